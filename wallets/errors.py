"""What the ledger refuses."""

from quantix.errors import Refusal


class InsufficientFunds(Refusal):
    code = "insufficient-funds"
    title = "Not enough money in the wallet"
    detail = "The wallet does not hold enough for this."
    constraint = "wallet_balance_not_negative"


class ReferenceConflict(Refusal):
    """A reference that stands for another posting already: a programmer's mistake, refused before it costs money."""

    code = "reference-conflict"
    title = "This reference stands for another posting"


class NotVoidable(Refusal):
    code = "not-voidable"
    title = "This posting cannot be voided"
    constraint = "transaction_reversed_once"


class OwnRequest(Refusal):
    code = "own-request"
    status = 403
    title = "Nobody approves their own request, or one for their own wallet"
    detail = "Another member of staff has to decide this one."


class AlreadyDecided(Refusal):
    code = "already-decided"
    title = "This request was decided already"


class WalletFull(Refusal):
    code = "wallet-full"
    title = "The wallet cannot hold more"
    detail = "The balance would be larger than a wallet can hold."
