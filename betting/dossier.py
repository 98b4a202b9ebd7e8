"""What betting tells on the page of a user: bets, what is at stake, limits and pauses, what could not be collected."""

from collections.abc import Iterable

from django.utils.html import format_html

from accounts.backoffice import Panel, list_url
from accounts.backoffice.dossier import Fact, Part, Row, amount, link, register, when
from accounts.models import User
from betting.limits.standing import USES
from betting.models import Bet
from quantix.templatetags.ui import money_filter

BETS = """
    SELECT b.id, b.placed_at, coalesce(b.metadata ->> 'label', g.name) AS wager, b.choice, b.amount::text, b.odds::text,
        b.outcome, b.payout::text
    FROM bets b JOIN games g ON g.id = b.game_id
    WHERE b.user_id = %(user)s ORDER BY b.placed_at DESC, b.id DESC LIMIT 10
"""
AT_STAKE = """
    SELECT count(*) FILTER (WHERE outcome IS NULL) AS open,
        sum(amount) FILTER (WHERE outcome IS NULL)::text AS at_stake,
        sum((metadata ->> 'uncollected')::numeric)::text AS uncollected
    FROM bets WHERE user_id = %(user)s AND (outcome IS NULL OR metadata ? 'uncollected')
"""
LIMITS = USES.format(user="%(user)s", at="%(now)s::timestamptz", every="false")


def bet_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            link(Bet, row["id"], when(row["placed_at"])),
            row["wager"],
            row["choice"],
            money_filter(amount(row["amount"])),
            row["odds"],
            Bet.Outcome(row["outcome"]).label if row["outcome"] else "open",
            None if row["payout"] is None else money_filter(amount(row["payout"])),
        ]
        for row in rows
    ]
    headings = ["placed", "on", "choice", "stake", "odds", "outcome", "payout"]
    return Panel("Bets", headings, told, list_url(Bet, user__id__exact=user.pk))


def stake_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    (row,) = rows
    url = list_url(Bet, user__id__exact=user.pk, outcome="open")
    words = f"{money_filter(amount(row['at_stake']))} in {row['open']} bet{'' if row['open'] == 1 else 's'}"
    yield Fact("Open stakes", format_html('<a href="{}">{}</a>', url, words))
    if row["uncollected"]:
        url = list_url(Bet, user__id__exact=user.pk, uncollected="yes")
        owed = format_html('<a href="{}">{}</a>', url, money_filter(amount(row["uncollected"])))
        yield Fact("Not collected", owed, is_flag=True)


def limit_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    """Pauses, and the limits that are set, with what is left of each."""
    for name, column in (("On a break", "break_until"), ("Self-excluded", "excluded_until")):
        if rows[0][f"is_{column}"]:
            yield Fact(name, f"until {when(rows[0][column])}", is_flag=True)
    told = [_limit(row) for row in rows if row["value"] is not None]
    yield Fact("Limits", "; ".join(told) or "none set")


def _limit(row: Row) -> str:
    measure, _, window = row["name"].partition(".")
    value, left = amount(row["value"]), max(amount(row["value"]) - amount(row["used"]), amount("0"))
    return f"{measure} {money_filter(value)} a {window}, {money_filter(left)} left"


register(
    Part(
        f"""
        SELECT name, value::text, used::text, break_until, excluded_until,
            coalesce(break_until > %(now)s, false) AS is_break_until,
            coalesce(excluded_until > %(now)s, false) AS is_excluded_until
        FROM ({LIMITS}) uses
        """,  # noqa: S608 (no value is in it)
        33,
        facts=limit_facts,
    ),
    Part(AT_STAKE, 32, facts=stake_facts),
    Part(BETS, 50, panel=bet_panel),
)
