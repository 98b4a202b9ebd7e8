"""The lists of the back-office, in the sections and under the names by which staff look for them.

Tables, addresses and the API keep their own names: these are what is read on the pages, and in the documentation.
"""

#: Section → list → what it is called, in the order in which they stand.
SECTIONS = {
    "Players": {
        "accounts.user": "Players",
        "accounts.playerreport": "Player reports",
        "betting.accountlink": "Linked accounts",
        "betting.linksearch": "Link searches",
        "accounts.signin": "Sign-ins",
    },
    "Play": {
        "games.event": "Events",
        "betting.bet": "Bets",
        "games.gamesession": "Sessions",
        "games.game": "Games",
        "betting.season": "Seasons",
    },
    "Questions": {
        "games.question": "Questions",
        "games.questionimport": "Imports",
    },
    "Money": {
        "wallets.transaction": "Ledger",
        "wallets.adjustment": "Adjustments",
        "wallets.wallet": "Wallets",
        "wallets.reconciliation": "Reconciliations",
    },
    "Records": {
        "quantix.auditentry": "Audit trail",
        "quantix.export": "Exports",
        "webhooks.webhook": "Webhooks",
        "webhooks.delivery": "Deliveries",
    },
}
_NAMES = {label: name for lists in SECTIONS.values() for label, name in lists.items()}


def name_of(label: str) -> str:
    """What the list of the model with this label (`wallets.transaction`) is called."""
    return _NAMES[label]
