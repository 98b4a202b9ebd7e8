"""What `manage.py reconcile` checks of bets: that they and the ledger tell the same story."""

# ruff: noqa: S608 (the statements are put together from this module's own words)

from wallets.reconcile import Check

# A bet's postings carry its id in their reference: one stake, and what settling it moved since. A payout
# that should have come back and could not is `uncollected`: it is still in the wallet.
_BOOKED = """
    SELECT split_part(t.reference, ':', 2)::bigint AS bet_id,
        count(*) AS rows, count(*) FILTER (WHERE t.reference ~ '^bet:[0-9]+:stake$') AS stakes,
        -sum(signed) FILTER (WHERE t.reference ~ '^bet:[0-9]+:stake$') AS stake,
        coalesce(sum(signed) FILTER (WHERE t.reference !~ '^bet:[0-9]+:stake$'), 0) AS paid,
        min(t.wallet_id) AS wallet_id, max(t.wallet_id) AS other_wallet_id
    FROM transactions t
    CROSS JOIN LATERAL (SELECT CASE t.type WHEN 'credit' THEN t.amount ELSE -t.amount END AS signed) s
    WHERE t.reference LIKE 'bet:%' GROUP BY 1
"""

STAKES = Check(
    "bets",
    "Every bet took its stake once, from its player's wallet",
    "bets",
    f"""
    SELECT 'bet ' || coalesce(b.id, booked.bet_id), b.amount || ' from user ' || s.user_id,
        coalesce(booked.stake::text, 'nothing') || ' from user ' || w.user_id
    FROM bets b JOIN game_sessions s ON s.id = b.session_id
    FULL JOIN ({_BOOKED}) booked ON booked.bet_id = b.id
    LEFT JOIN wallets w ON w.id = booked.wallet_id
    WHERE (b.amount = booked.stake AND booked.stakes = 1 AND s.user_id = w.user_id
        AND booked.wallet_id = booked.other_wallet_id) IS NOT TRUE
    """,
)

PAYOUTS = Check(
    "bets",
    "Every bet was paid what it says, and an open one nothing",
    "bets",
    f"""
    SELECT 'bet ' || b.id, (coalesce(b.payout, 0) + uncollected)::text, coalesce(booked.paid, 0)::text
    FROM bets b
    CROSS JOIN LATERAL (SELECT coalesce((b.metadata ->> 'uncollected')::numeric, 0) AS uncollected) u
    LEFT JOIN ({_BOOKED}) booked ON booked.bet_id = b.id
    WHERE coalesce(b.payout, 0) + uncollected <> coalesce(booked.paid, 0)
    """,
)

OWNERS = Check(
    "bets",
    "A bet is its session's player's, on its session's game",
    "bets",
    """
    SELECT 'bet ' || b.id, concat('user ', s.user_id, ', game ', s.game_id),
        concat('user ', b.user_id, ', game ', b.game_id)
    FROM bets b JOIN game_sessions s ON s.id = b.session_id
    WHERE (b.user_id, b.game_id) IS DISTINCT FROM (s.user_id, s.game_id)
    """,
)

REFERENCES = Check(
    "bets",
    "Every stake and every payout belongs to a bet",
    "(SELECT FROM transactions WHERE category IN ('bet', 'win'))",
    """
    SELECT 'transaction ' || t.id, 'a reference to a bet', coalesce(t.reference, 'none')
    FROM transactions t WHERE t.category IN ('bet', 'win') AND (t.reference ~ '^bet:[0-9]+:') IS NOT TRUE
    """,
)

ENDED = Check(
    "bets",
    "A session that has ended, or an event that is settled, has no open bets",
    "bets",
    """
    SELECT 'bet ' || b.id, 'settled', 'open'
    FROM bets b JOIN game_sessions s ON s.id = b.session_id LEFT JOIN events e ON e.game_id = s.game_id
    WHERE b.outcome IS NULL AND (s.status <> 'in_progress' OR e.settled_at IS NOT NULL)
    """,
)

VOIDED = Check(
    "bets",
    "A bet that staff have voided stays void",
    "(SELECT FROM bets WHERE metadata ? 'voided')",
    """
    SELECT 'bet ' || b.id, 'void', coalesce(b.outcome, 'open')
    FROM bets b WHERE b.metadata ? 'voided' AND b.outcome IS DISTINCT FROM 'void'
    """,
)

BOOKS = Check(
    "bets",
    "The book of an option is what its bets staked, would be paid and hold, without what was voided or sold",
    "option_books",
    """
    SELECT 'option ' || option || ' of game ' || game_id, coalesce(held::text, 'nothing'),
        coalesce(booked::text, 'no book')
    FROM (
        SELECT s.game_id, b.choice AS option, (sum(b.amount), sum(CASE b.metadata ->> 'mechanism' WHEN 'pool' THEN 0
            ELSE trunc(coalesce((b.metadata ->> 'shares')::numeric, b.amount * b.odds), 2) END),
            sum(coalesce((b.metadata ->> 'shares')::numeric, 0))) AS held
        FROM bets b JOIN game_sessions s ON s.id = b.session_id
        WHERE NOT b.metadata ?| ARRAY['voided', 'sold'] GROUP BY 1, 2
    ) AS bets FULL JOIN (
        SELECT game_id, option, (stakes, liability, shares) AS booked FROM option_books
    ) AS books USING (game_id, option) JOIN events e USING (game_id)
    WHERE booked IS DISTINCT FROM coalesce(held, (0.00, 0.00, 0.000000))
    """,
)

POOLS = Check(
    "bets",
    "A pool that is settled has paid exactly its stakes",
    "(SELECT FROM events WHERE settled_at IS NOT NULL)",
    """
    SELECT 'game ' || s.game_id, sum(b.amount)::text, sum(b.payout)::text
    FROM bets b JOIN game_sessions s ON s.id = b.session_id JOIN events e ON e.game_id = s.game_id
    WHERE e.settled_at IS NOT NULL AND b.metadata ->> 'mechanism' = 'pool'
    GROUP BY s.game_id HAVING sum(b.amount) IS DISTINCT FROM sum(b.payout)
    """,
)

EVERY = (STAKES, PAYOUTS, OWNERS, REFERENCES, ENDED, VOIDED, BOOKS, POOLS)
