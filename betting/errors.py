"""What betting refuses."""

from betting.limits.guards import WITHIN_LIMITS
from betting.limits.standing import standing_told
from quantix.errors import Refusal


class MarketClosed(Refusal):
    code = "market-closed"
    title = "This market is closed"
    detail = "This market is closed: bets are not taken on it (any more)."


class UnknownChoice(Refusal):
    code = "unknown-choice"
    status = 404
    title = "There is no such market or choice"


class OddsChanged(Refusal):
    """Carries `odds`, what the bet would get now."""

    code = "odds-changed"
    title = "The odds have changed"
    detail = "The odds got worse than you asked for. Nothing was staked."


class LimitReached(Refusal):
    """A cap of the event's, or of the market's on all one's stakes, or a limit that the player has set.

    For the player's own it carries `limit` (`stake.day` … `loss.month`, `break`, `exclusion`), what is `left` of
    it, and when it `opens_at` again.
    """

    code = "limit-reached"
    title = "A limit is reached"
    constraint = WITHIN_LIMITS

    @classmethod
    def by_constraint(cls, detail: str) -> "LimitReached":
        standing, amount = standing_told(detail)
        why_not = standing.why_not(amount)
        assert why_not, "the database and the words agree on what is refused"
        words, members = why_not
        return cls(words, **members)


CAP_REACHED = "So much has been staked on this option that no more can be taken on it at these odds."
PRICE_AT_ITS_END = (
    "The price of this option is at the end of its range: no stakes are taken on it until it moves."
)


class StakeOutOfRange(Refusal):
    code = "stake-out-of-range"
    status = 400
    title = "The stake is outside the market's limits"


class NothingOwed(Refusal):
    code = "nothing-owed"
    title = "Nothing is uncollected of this bet"


class BetVoid(Refusal):
    code = "bet-void"
    title = "This bet is void already"
    detail = "This bet is void already: its stake went back."


class WeightsInvalid(Refusal):
    code = "weights-invalid"
    status = 400
    title = "These weights do not resolve the event"


class PauseStands(Refusal):
    code = "pause-stands"
    title = "A break is not cut short"
    detail = "A break or an exclusion that you have begun ends when it was to end, or later; not sooner."


class NothingToConfirm(Refusal):
    code = "nothing-to-confirm"
    title = "There is nothing to confirm (yet)"
    detail = "No raise of this limit waits to be confirmed, or its 24 hours are not over, or it has lapsed."


class ProposalChanged(Refusal):
    code = "proposal-changed"
    title = "Another result is proposed by now"
    detail = "Another result has been proposed since you looked. Look at it, then confirm or reject it."


class PreviewPast(Refusal):
    code = "preview-past"
    title = "It is not what you have looked at any more"
    detail = "Bets have come or gone since you looked: nothing was changed. Look at it anew, then confirm."


class NothingProposed(Refusal):
    code = "nothing-proposed"
    title = "No result waits to be confirmed"
    detail = "No result of this event waits to be confirmed (any more). Resolve it anew."
