"""What becomes of an event's bets by a decision, bet by bet: the rule by which it is settled, and previewed."""

from psycopg2 import sql

# Void is what staff have voided (`betting.voiding`), what was placed at or after `outcome_known_at`, whatever was
# chosen, all of a voided event, and of a pool without two sides. A sale at or after that moment is undone: the bet
# then counts as if it had not been sold.
# Fixed odds pay stake * odds * weight, a market maker's shares pay their weight, and a pool what its split says:
# a whole number of cents, and one more where the remainder is among the largest (ties to the lower bet).
# A wallet that no longer holds what must come back gives what it has: credits first, then debits by bet.
_FATES = """
    WITH rule AS (
        SELECT b.id, s.user_id, b.amount,
            e.status = 'voided' OR b.metadata ? 'voided' OR coalesce(b.placed_at >= e.outcome_known_at, false)
                OR (b.metadata ->> 'mechanism' = 'pool' AND e.split = '{{}}') AS is_void,
            b.metadata ? 'sold' AND coalesce((b.metadata #>> '{{sold,at}}')::timestamptz < e.outcome_known_at, true)
                AS is_sold,
            (b.metadata #>> '{{sold,payout}}')::numeric AS sold,
            CASE b.metadata ->> 'mechanism'
                WHEN 'lmsr' THEN trunc((b.metadata ->> 'shares')::numeric * weight, 2)
                WHEN 'pool' THEN round(
                    (div(due, whole) + ((mod(due, whole), -b.id) >= (remainder, -last))::int) / 100, 2)
                ELSE trunc(b.amount * b.odds * weight, 2) END AS winnings,
            coalesce((b.metadata #>> '{{settled,bet}}')::numeric, 0) AS posted_bet,
            coalesce((b.metadata #>> '{{settled,win}}')::numeric, 0) AS posted_win
        FROM bets b JOIN game_sessions s ON s.id = b.session_id JOIN {events} e ON e.game_id = s.game_id
        CROSS JOIN LATERAL (SELECT coalesce((e.weights ->> b.choice)::numeric, 0) AS weight) AS truth
        CROSS JOIN LATERAL (SELECT (e.split ->> 'denominator')::numeric AS whole,
            (e.split ->> 'remainder')::numeric AS remainder, (e.split ->> 'last')::bigint AS last,
            b.amount * 100 * coalesce((e.split #>> ARRAY['rates', b.choice])::numeric, 0) AS due) AS part
        WHERE {which}
    ), target AS (
        SELECT id, user_id, amount, posted_bet, posted_win,
            CASE WHEN is_void THEN 'void' WHEN is_sold THEN 'cashed_out' WHEN winnings > 0 THEN 'win' ELSE 'loss' END
                AS outcome,
            CASE WHEN is_void THEN amount WHEN is_sold THEN sold ELSE winnings END AS payout
        FROM rule
    ), lines AS (
        SELECT id, user_id, category, wanted FROM target, LATERAL (VALUES
            ('bet', CASE outcome WHEN 'void' THEN payout ELSE 0 END - posted_bet),
            ('win', CASE outcome WHEN 'void' THEN 0 ELSE payout END - posted_win)
        ) AS line (category, wanted)
        WHERE wanted <> 0
    ), covered AS (
        SELECT lines.*, w.balance + sum(greatest(wanted, 0)) OVER (PARTITION BY user_id)
            - sum(greatest(-wanted, 0)) OVER (PARTITION BY user_id ORDER BY lines.id, category)
            + greatest(-wanted, 0) AS available
        FROM lines JOIN wallets w USING (user_id)
    ), moved AS (
        SELECT id, category, wanted,
            CASE WHEN wanted > 0 THEN wanted ELSE -least(-wanted, greatest(available, 0)) END AS amount
        FROM covered
    ), sums AS (
        SELECT id, sum(amount - wanted) AS uncollected,
            coalesce(sum(amount) FILTER (WHERE category = 'bet'), 0) AS bet,
            coalesce(sum(amount) FILTER (WHERE category = 'win'), 0) AS win
        FROM moved GROUP BY id
    )
"""


def fates(*, events: sql.Composable, which: sql.Composable) -> sql.Composed:
    """What becomes of the bets (`b`, in sessions `s`) that `which` chooses: the CTEs `target` and `sums`, by bet.

    `events` is the table, or a decision that is only considered (`betting.preview`); it has the columns game_id,
    status, weights, outcome_known_at, and split (`betting.pools`).
    """
    return sql.SQL(_FATES).format(events=events, which=which)
