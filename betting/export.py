"""What betting tells in `quantix.export`."""

from quantix import export
from quantix.export import Section

SECTIONS = [
    Section(
        "bets",
        ("bets",),
        """
        SELECT b.id, b.session_id AS session, b.game_id AS game, b.metadata ->> 'market' AS market, b.choice,
            b.amount::text, b.odds::text, b.placed_at, b.outcome, b.payout::text, b.is_successful, b.settled_at,
            b.metadata
        FROM bets b WHERE b.user_id = %(user)s ORDER BY b.placed_at, b.id
        """,
    ),
    Section(
        "play_limits",
        ("play_limits",),
        """
        SELECT stake_day::text, stake_week::text, stake_month::text, loss_day::text, loss_week::text, loss_month::text,
            break_until, excluded_until, updated_at
        FROM play_limits WHERE user_id = %(user)s
        """,
        is_single=True,
    ),
    Section(
        "limit_raises",
        ("limit_raises",),
        """
        SELECT "limit", value::text, asked_at, effective_at FROM limit_raises WHERE limits_id = %(user)s ORDER BY id
        """,
    ),
    Section(
        "achievements",
        ("achievements",),
        """
        SELECT code, session_id AS session, bet_id AS bet, earned_at FROM achievements
        WHERE user_id = %(user)s ORDER BY id
        """,
    ),
    Section(
        "tallies",
        ("tallies",),
        """
        SELECT t.session_id AS session, s.name AS season, t.game_id AS game, t.played, t.won, t.bets, t.stakes::text,
            t.winnings::text, t.brier, t.scope, t.rating, t.deviation
        FROM tallies t JOIN seasons s ON s.id = t.season_id WHERE t.user_id = %(user)s ORDER BY t.session_id
        """,
    ),
    Section(
        "standings",
        ("standings",),
        """
        SELECT s.name AS season, b.game_id AS game, m.played, m.won, m.bets, m.stakes::text, m.winnings::text,
            m.forecasts, m.brier, m.scope, m.rating, m.deviation
        FROM standings m JOIN boards b ON b.id = m.board_id JOIN seasons s ON s.id = b.season_id
        WHERE m.user_id = %(user)s ORDER BY m.id
        """,
    ),
    Section(
        "placings",
        ("placings",),
        """
        SELECT s.name AS season, b.game_id AS game, p.measure, p.rank, p.value::text, p.detail
        FROM placings p JOIN boards b ON b.id = p.board_id JOIN seasons s ON s.id = b.season_id
        WHERE p.user_id = %(user)s ORDER BY p.id
        """,
    ),
]


def register() -> None:
    export.register(*SECTIONS)
    export.audited["betting.playlimits"] = "SELECT %(user)s"
    export.audited["betting.bet"] = "SELECT id FROM bets WHERE user_id = %(user)s"
    export.left_out["account_links"] = (
        "What staff are told of two accounts at once: it is about the other one, too, and told to one it warns both."
    )
    export.left_out["event_proposals"] = (
        "They name who of the staff proposed a result, and are not about them."
    )
