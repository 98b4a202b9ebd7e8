"""Hanson's logarithmic market scoring rule, as arithmetic. Nothing here overflows, however lopsided a market is.

Sources: R. Hanson, Combinatorial Information Market Design, Information Systems Frontiers 5(1), 2003; and
Logarithmic Market Scoring Rules for Modular Combinatorial Information Aggregation, Journal of Prediction
Markets 1(1), 2007. With q the shares that are out by option and b the liquidity (both in units of money, as
a share of what comes true pays 1.00): cost C(q) = b ln sum_i exp(q_i / b), price p_i = exp(q_i / b) / sum_j
exp(q_j / b), and the maker loses b ln n at most among n options.

Exponents are taken relative to the largest one (log-sum-exp), so that each is at most 0; sixty digits leave
the cents of a billion exact.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

from quantix.money import CENT

SHARE = Decimal("0.000001")
_CONTEXT = Context(prec=60)

#: Option to the shares of it that are out.
Shares = Mapping[str, Decimal]


def cost(q: Shares, b: Decimal) -> Decimal:
    """C(q) = b ln sum_i exp(q_i / b): what all shares together have cost, over C(0) = b ln n. Money, not rounded."""
    with localcontext(_CONTEXT):
        return b * _log_sum_exp(shares / b for shares in q.values())


def prices(q: Shares, b: Decimal) -> dict[str, Decimal]:
    """p_i = exp(q_i / b) / sum_j exp(q_j / b): the price of a sliver of a share, which is the option's chance."""
    with localcontext(_CONTEXT):
        whole = _log_sum_exp(shares / b for shares in q.values())
        return {option: (shares / b - whole).exp() for option, shares in q.items()}


def buy(q: Shares, b: Decimal, option: str, stake: Decimal) -> Decimal:
    """The shares of `option` that `stake` (above zero) buys, six decimals, rounded down.

    What solves C(q + s e_i) - C(q) = m for s: s = b ln((1 + r) exp(m / b) - r) with r = sum_{j != i}
    exp((q_j - q_i) / b). Written as m + b ln(1 + r (1 - exp(-m / b))), no exponential is large but r, which
    stays a logarithm.
    """
    with localcontext(_CONTEXT):
        log_r = _log_sum_exp((shares - q[option]) / b for other, shares in q.items() if other != option)
        shares = stake + b * _softplus(log_r + (1 - (-stake / b).exp()).ln())
        return shares.quantize(SHARE, rounding=ROUND_FLOOR)


def sell(q: Shares, b: Decimal, option: str, shares: Decimal) -> Decimal:
    """What `shares` of `option` bring when they are given back: C(q) - C(q - s e_i), down to the cent."""
    with localcontext(_CONTEXT):
        rest = {**q, option: q[option] - shares}
        return (cost(q, b) - cost(rest, b)).quantize(CENT, rounding=ROUND_FLOOR)


def loss_max(n: int, b: Decimal) -> Decimal:
    """b ln n: what the maker loses at most among `n` options, whatever is traded and whatever comes true."""
    with localcontext(_CONTEXT):
        return b * Decimal(n).ln()


def _log_sum_exp(exponents: Iterable[Decimal]) -> Decimal:
    """ln sum exp(x): the largest x, and what the others add to it."""
    every = list(exponents)
    top = max(every)
    return top + sum(((x - top).exp() for x in every), Decimal(0)).ln()


def _softplus(x: Decimal) -> Decimal:
    """ln(1 + exp(x))."""
    return max(x, Decimal(0)) + (1 + (-abs(x)).exp()).ln()
