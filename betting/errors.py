"""What betting refuses."""

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
    code = "limit-reached"
    title = "A limit is reached"


CAP_REACHED = "So much has been staked on this option that no more can be taken on it at these odds."


class StakeOutOfRange(Refusal):
    code = "stake-out-of-range"
    status = 400
    title = "The stake is outside the market's limits"


class OwnPosition(Refusal):
    code = "own-position"
    status = 403
    title = "Who has bet on an event does not decide it"
    detail = "You hold, or have held, a position in this event. Another member of staff has to decide it."


class WeightsInvalid(Refusal):
    code = "weights-invalid"
    status = 400
    title = "These weights do not resolve the event"
