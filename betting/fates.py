"""What becomes of an event's bets by a decision, bet by bet: the rule by which it is settled, and previewed."""

from psycopg2 import sql

# Void is what staff have voided (`betting.voiding`), what was placed at or after `outcome_known_at`, whatever was
# chosen, all of a voided event, and of a pool without two sides. A sale at or after that moment is undone: the bet
# then counts as if it had not been sold.
# Fixed odds pay stake * odds * weight, a market maker's shares pay their weight, and a pool what its split says:
# a whole number of cents, and one more where the remainder is among the largest (ties to the lower bet).
# OFFSET 0: otherwise a bet's metadata is read again wherever its outcome is asked for.
# What has moved, what was sold and what was voided is on bets that have an outcome: of open ones it is not looked for.
# A wallet that no longer holds what must come back gives what it has: credits first, then debits by bet. That is
# worked out for those wallets alone.
_TARGET = """
    WITH rule AS (
        SELECT b.id, b.user_id, b.amount,
            e.status = 'voided' OR (b.outcome = 'void' AND b.metadata ? 'voided')
                OR coalesce(b.placed_at >= e.outcome_known_at, false)
                OR (e.split = '{{}}' AND b.metadata ->> 'mechanism' = 'pool') AS is_void,
            b.outcome IS NOT NULL AND b.metadata ? 'sold'
                AND coalesce((b.metadata #>> '{{sold,at}}')::timestamptz < e.outcome_known_at, true) AS is_sold,
            CASE WHEN b.outcome IS NOT NULL THEN (b.metadata #>> '{{sold,payout}}')::numeric END AS sold,
            CASE b.metadata ->> 'mechanism'
                WHEN 'lmsr' THEN trunc((b.metadata ->> 'shares')::numeric * weight, 2)
                WHEN 'pool' THEN round(
                    (div(due, whole) + ((mod(due, whole), -b.id) >= (remainder, -last))::int) / 100, 2)
                ELSE trunc(b.amount * b.odds * weight, 2) END AS winnings,
            CASE WHEN b.outcome IS NULL THEN 0 ELSE coalesce((b.metadata #>> '{{settled,bet}}')::numeric, 0) END
                AS posted_bet,
            CASE WHEN b.outcome IS NULL THEN 0 ELSE coalesce((b.metadata #>> '{{settled,win}}')::numeric, 0) END
                AS posted_win
        FROM bets b JOIN {events} e ON e.game_id = b.game_id
        CROSS JOIN LATERAL (SELECT coalesce((e.weights ->> b.choice)::numeric, 0) AS weight) AS truth
        CROSS JOIN LATERAL (SELECT (e.split ->> 'denominator')::numeric AS whole,
            (e.split ->> 'remainder')::numeric AS remainder, (e.split ->> 'last')::bigint AS last,
            b.amount * 100 * coalesce((e.split #>> ARRAY['rates', b.choice])::numeric, 0) AS due) AS part
        WHERE {which}
        OFFSET 0
    ), target AS (
        SELECT id, user_id, amount, posted_bet, posted_win, outcome, payout,
            CASE outcome WHEN 'void' THEN payout ELSE 0 END - posted_bet AS bet,
            CASE outcome WHEN 'void' THEN 0 ELSE payout END - posted_win AS win
        FROM rule
        CROSS JOIN LATERAL (SELECT CASE WHEN is_void THEN 'void' WHEN is_sold THEN 'cashed_out'
            WHEN winnings > 0 THEN 'win' ELSE 'loss' END AS outcome) AS fate
        CROSS JOIN LATERAL (SELECT CASE WHEN is_void THEN amount WHEN is_sold THEN sold ELSE winnings END AS payout)
            AS due
    )
"""
_FATES = """
    , purse AS (
        SELECT user_id, balance + credits AS holds
        FROM (SELECT user_id, sum(greatest(bet, 0) + greatest(win, 0)) AS credits, sum(bet + win) AS net
            FROM target GROUP BY user_id HAVING sum(bet + win) < 0) AS falls JOIN wallets USING (user_id)
        WHERE balance + net < 0
    ), owed AS (
        SELECT id, user_id, holds, category, wanted
        FROM target JOIN purse USING (user_id), LATERAL (VALUES ('bet', bet), ('win', win)) AS line (category, wanted)
        WHERE wanted < 0
    ), short AS (
        SELECT id, category, -wanted - least(-wanted, greatest(0,
            holds - wanted + sum(wanted) OVER (PARTITION BY user_id ORDER BY id, category))) AS lacks
        FROM owed
    ), fates AS (
        SELECT target.id, user_id, amount, outcome, payout, posted_bet, posted_win,
            bet + coalesce(lacks_bet, 0) AS bet, win + coalesce(lacks_win, 0) AS win,
            coalesce(lacks_bet, 0) + coalesce(lacks_win, 0) AS uncollected, bet <> 0 OR win <> 0 AS is_moved
        FROM target LEFT JOIN (
            SELECT id, sum(lacks) FILTER (WHERE category = 'bet') AS lacks_bet,
                sum(lacks) FILTER (WHERE category = 'win') AS lacks_win
            FROM short WHERE lacks > 0 GROUP BY id
        ) AS lacking USING (id)
    )
"""


def targets(*, events: sql.Composable, which: sql.Composable) -> sql.Composed:
    """What becomes of the bets (`b`) that `which` chooses, whatever wallets hold, as the CTE `target`, a row for each.

    `outcome` and `payout` are what the decision makes of it; `bet` and `win` what is to move to its wallet now in
    these categories (from it, below zero), beside `posted_bet` and `posted_win`, which moved before.
    `events` is the table, or a decision that is only considered (`betting.preview`); it has the columns game_id,
    status, weights, outcome_known_at, and split (`betting.pools`).
    """
    return sql.SQL(_TARGET).format(events=events, which=which)


def fates(*, events: sql.Composable, which: sql.Composable) -> sql.Composed:
    """As `targets`, and the CTE `fates`: `bet` and `win` are what does move, and `uncollected` what is not there."""
    return targets(events=events, which=which) + sql.SQL(_FATES)
