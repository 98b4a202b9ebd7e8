# ruff: noqa: S608 (the pieces are this module's own; values are parameters)
"""The statements of the search: temporary tables, each made from the one before by joins on keys that bound them.

An *act* is what can coincide: the first session of a game or sign-in that an account begins in an hour, its first bet
on an event. Acts meet at a *place* (that game in that hour; that event) and coincide where they bear the same `tag`
(a bet's stake) and lie no further apart than the kind's `seconds`. Where more than CROWD accounts act at once,
coincidence says nothing, and no pair is made of it: so there are at most CROWD pairs an act, however many play.
"""

#: How far back a search looks.
WINDOW_DAYS = 28
#: Acts that coincide with one; above it, it is a crowd.
CROWD = 20
#: Coincidences, or questions shared, from which on a pair is weighed at all.
MATCHES_MIN, QUESTIONS_MIN = 3, 5
#: The chance that an act of one is met by the other, if the two belong together.
TOGETHER = 0.5
#: The chance of a right answer for who was told it.
TOLD = 0.95
#: An answer comes after another's if its session began within so many seconds of the other's.
ANSWER_SECONDS = 1800
#: Of each kind, as many shared things as are kept to be shown.
SHOWN = 12

ACTS = """
    CREATE TEMP TABLE link_acts (
        kind text, user_id int, place text, slot text, tag text, at timestamptz, row_id bigint, near int, others int
    ) ON COMMIT DROP
"""

#: Everybody's first session of each game in each hour, and first sign-in. Predictions are told by their bets.
_TIMES = """
    SELECT DISTINCT ON (s.user_id, s.game_id, date_trunc('hour', s.started_at)) s.user_id,
        s.game_id || '@' || extract(epoch FROM date_trunc('hour', s.started_at))::bigint AS place,
        extract(epoch FROM date_trunc('hour', s.started_at))::bigint::text AS slot,
        '' AS tag, s.started_at AS at, s.id AS row_id
    FROM game_sessions s JOIN games g ON g.id = s.game_id JOIN users u ON u.id = s.user_id
    WHERE s.started_at >= %(since)s AND s.started_at < %(until)s AND g.type <> 'prediction' AND NOT u.is_admin
    ORDER BY s.user_id, s.game_id, date_trunc('hour', s.started_at), s.started_at
"""
_SIGN_INS = """
    SELECT DISTINCT ON (i.user_id, date_trunc('hour', i.at)) i.user_id,
        'sign-in@' || extract(epoch FROM date_trunc('hour', i.at))::bigint AS place,
        extract(epoch FROM date_trunc('hour', i.at))::bigint::text AS slot, '' AS tag, i.at, i.id AS row_id
    FROM sign_ins i JOIN users u ON u.id = i.user_id
    WHERE i.at >= %(since)s AND i.at < %(until)s AND i.result = 'in' AND NOT u.is_admin
    ORDER BY i.user_id, date_trunc('hour', i.at), i.at
"""
#: Everybody's first bet on each event: a player's bets on it are one session's.
_BETS = """
    SELECT DISTINCT ON (b.user_id, b.session_id) b.user_id, b.game_id::text AS place, b.game_id::text AS slot,
        b.amount::text AS tag, b.placed_at AS at, b.id AS row_id
    FROM bets b JOIN games g ON g.id = b.game_id JOIN users u ON u.id = b.user_id
    WHERE b.placed_at >= %(since)s AND b.placed_at < %(until)s AND g.type = 'prediction' AND NOT u.is_admin
    ORDER BY b.user_id, b.session_id, b.placed_at, b.id
"""


def fill_acts(kind: str, acts: str, seconds: int) -> str:
    """INSERT the acts of a kind, each with how many others act at its place, and how many of them near it."""
    return f"""
        INSERT INTO link_acts
        SELECT '{kind}', user_id, place, slot, tag, at, row_id,
            count(*) OVER (PARTITION BY place, tag ORDER BY at RANGE BETWEEN '{seconds} seconds' PRECEDING
                AND '{seconds} seconds' FOLLOWING) - 1,
            count(*) OVER (PARTITION BY place) - 1
        FROM ({acts}) acts
    """


#: kind, its acts, how near is near in seconds.
FILLED = [("times", _TIMES, 60), ("times", _SIGN_INS, 60), ("bets", _BETS, 120)]
#: By kind: how near is near, and how likely two acts at one place are to coincide at least. Two minutes of an hour
#: would be 1/30, and the same stake within minutes rarer still; but habits crowd, and few others there may not show it.
PRIORS = "(VALUES ('times', 60, 1.0 / 12), ('bets', 120, 0.05)) AS prior (kind, seconds, chance)"

# Pairs whose acts coincide, found by buckets of time, of which a neighbour is never further than one.
CANDIDATES = f"""
    CREATE TEMP TABLE link_candidates ON COMMIT DROP AS
    SELECT a.kind, least(a.user_id, b.user_id) AS low, greatest(a.user_id, b.user_id) AS high
    FROM link_acts a JOIN {PRIORS} USING (kind)
        CROSS JOIN generate_series(-1, 1) AS step
        JOIN link_acts b ON b.kind = a.kind AND b.place = a.place AND b.tag = a.tag
            AND extract(epoch FROM b.at)::bigint / 120 = extract(epoch FROM a.at)::bigint / 120 + step
    WHERE a.near BETWEEN 1 AND {CROWD} AND b.near BETWEEN 1 AND {CROWD} AND a.user_id < b.user_id
        AND b.at BETWEEN a.at - make_interval(secs => seconds) AND a.at + make_interval(secs => seconds)
    GROUP BY 1, 2, 3 HAVING count(DISTINCT a.slot) >= {MATCHES_MIN}
"""

# Every place where both of a candidate pair were, whether or not they coincided there. Its chance is (k + 1) / (n + 1):
# of the n others there, k coincided with one of the two (the one with more). The ones make up for k being a sample:
# on average chance divided by it is 1 at most. Where nobody coincided it is the least chance there is.
TRIALS = f"""
    CREATE TEMP TABLE link_trials ON COMMIT DROP AS
    SELECT kind, low, high, slot, at, place, low_row, high_row, matched,
        CASE WHEN matched THEN ln({TOGETHER} / chance) ELSE ln((1 - {TOGETHER}) / (1 - chance)) END::float
            AS evidence
    FROM (
        SELECT c.kind, c.low, c.high, a.slot, a.place, greatest(a.at, b.at) AS at, a.row_id AS low_row,
            b.row_id AS high_row, m.matched,
            least(0.99, greatest(prior.chance, (k.near + sign(k.near)) / a.others)) AS chance
        FROM link_candidates c JOIN {PRIORS} USING (kind)
            JOIN link_acts a ON a.kind = c.kind AND a.user_id = c.low
            JOIN link_acts b ON b.kind = c.kind AND b.user_id = c.high AND b.place = a.place,
            LATERAL (
                SELECT a.tag = b.tag AND abs(extract(epoch FROM a.at - b.at)) <= prior.seconds AS matched
            ) AS m,
            LATERAL (SELECT greatest(a.near, b.near) - m.matched::int AS near) AS k
    ) trials
"""

# Questions that somebody saw within half an hour of another who had begun the same quiz before them. What a right
# answer is worth depends on who gives it: their own share right elsewhere, or everybody's if that is higher.
SEEN = f"""
    CREATE TEMP TABLE link_seen ON COMMIT DROP AS
    SELECT y.user_id, y.session_id, s.game_id, y.question_id, y.is_right, s.started_at AS at,
        extract(epoch FROM s.started_at)::bigint / {ANSWER_SECONDS} AS bucket,
        count(*) OVER (PARTITION BY s.game_id, y.question_id ORDER BY s.started_at
            RANGE BETWEEN '{ANSWER_SECONDS} seconds' PRECEDING AND CURRENT ROW) - 1 AS near
    FROM game_sessions s JOIN games g ON g.id = s.game_id JOIN users u ON u.id = s.user_id
        JOIN question_sightings y ON y.session_id = s.id
    WHERE s.started_at >= %(since)s AND s.started_at < %(until)s AND g.type = 'quiz' AND NOT u.is_admin
"""
AFTER = f"""
    CREATE TEMP TABLE link_after ON COMMIT DROP AS
    SELECT b.user_id AS later, a.user_id AS earlier, b.session_id AS later_row, a.session_id AS earlier_row, b.at,
        b.question_id, b.is_right
    FROM link_seen b CROSS JOIN generate_series(0, 1) AS step
        JOIN link_seen a ON a.game_id = b.game_id AND a.question_id = b.question_id AND a.bucket = b.bucket - step
            AND a.at < b.at AND a.at >= b.at - make_interval(secs => {ANSWER_SECONDS}) AND a.user_id <> b.user_id
    WHERE b.is_right IS NOT NULL AND b.near BETWEEN 1 AND {CROWD}
"""
ANSWER_TRIALS = f"""
    INSERT INTO link_trials
    WITH pairs AS (
        SELECT later, earlier FROM link_after GROUP BY 1, 2
        HAVING count(*) >= {QUESTIONS_MIN} AND count(*) FILTER (WHERE is_right) >= {QUESTIONS_MIN}
    ), elsewhere AS (
        SELECT later, earlier, count(*) AS answered, count(*) FILTER (WHERE y.is_right) AS right_ones
        FROM pairs JOIN question_sightings y ON y.user_id = later AND y.is_right IS NOT NULL
        WHERE NOT EXISTS (SELECT FROM link_after f WHERE f.later = pairs.later AND f.earlier = pairs.earlier
            AND f.question_id = y.question_id)
        GROUP BY 1, 2
    ), weighed AS (
        SELECT f.*, least({TOLD}, greatest(0.05, everybody,
            (coalesce(e.right_ones, 0) + 2 * everybody) / (coalesce(e.answered, 0) + 2))) AS chance
        FROM link_after f JOIN pairs USING (later, earlier) LEFT JOIN elsewhere e USING (later, earlier)
            JOIN questions q ON q.id = f.question_id,
            LATERAL (SELECT (q.times_right + 1.0) / (q.times_answered + 2.0) AS everybody) AS rate
    )
    SELECT 'answers', least(later, earlier), greatest(later, earlier),
        question_id || CASE WHEN later < earlier THEN '<' ELSE '>' END, at, question_id::text,
        CASE WHEN later < earlier THEN later_row ELSE earlier_row END,
        CASE WHEN later < earlier THEN earlier_row ELSE later_row END, is_right,
        CASE WHEN is_right THEN ln({TOLD} / chance) ELSE ln((1 - {TOLD}) / (1 - least(chance, 0.949))) END
    FROM weighed
"""

# The rarest address that both have signed in from: few of all accounts have, and each has several.
ADDRESSES = """
    CREATE TEMP TABLE link_addresses ON COMMIT DROP AS
    SELECT user_id, address, max(at) AS at, max(id) AS row_id,
        count(*) OVER (PARTITION BY address) AS accounts, count(*) OVER (PARTITION BY user_id) AS addresses
    FROM sign_ins
    WHERE at >= %(since)s AND at < %(until)s AND result = 'in' AND user_id IS NOT NULL AND address <> ''
    GROUP BY user_id, address
"""
ADDRESS_TRIALS = f"""
    INSERT INTO link_trials
    SELECT DISTINCT ON (p.low, p.high) 'address', p.low, p.high, 'address', greatest(a.at, b.at), a.address, a.row_id,
        b.row_id, true, greatest(0, ln({TOGETHER} / c.chance))
    FROM (SELECT DISTINCT low, high FROM link_trials) p
        JOIN link_addresses a ON a.user_id = p.low
        JOIN link_addresses b ON b.user_id = p.high AND b.address = a.address,
        LATERAL (
            SELECT greatest(a.addresses, b.addresses) * (a.accounts - 1)::float
                / greatest(1, %(accounts)s - 1) AS chance
        ) AS c
    WHERE a.accounts <= {CROWD}
    ORDER BY p.low, p.high, c.chance
"""

# An hour, an event, a question counts once: acts that coincide in it are averaged. Each kind of evidence may or may not
# be there: its likelihood ratio counts half, beside a half that says nothing. 700: exp() of more is no float.
WEIGHED = """
    CREATE TEMP TABLE link_weighed ON COMMIT DROP AS
    WITH slots AS (
        SELECT kind, low, high, slot, bool_or(matched) AS matched, avg(evidence) AS evidence
        FROM link_trials GROUP BY 1, 2, 3, 4
    ), kinds AS (
        SELECT kind, low, high, count(*) AS trials, count(*) FILTER (WHERE matched) AS matches,
            ln((1 + exp(least(700::float, sum(evidence)))) / 2) AS evidence
        FROM slots GROUP BY 1, 2, 3
    )
    SELECT low, high, sum(evidence) AS evidence,
        jsonb_object_agg(kind, jsonb_build_object('trials', trials, 'matches', matches,
            'weight', round((evidence / ln(10))::numeric, 1))) AS kinds
    FROM kinds GROUP BY low, high
"""

KEPT = f"""
    INSERT INTO account_links AS mine (low_id, high_id, weight, kinds, shared, first_found_at, found_at)
    SELECT w.low, w.high, w.evidence / ln(10), w.kinds, s.shared, %(until)s, %(until)s
    FROM link_weighed w, LATERAL (
        SELECT coalesce(jsonb_agg(t ORDER BY t.kind, t.at DESC), '[]') AS shared
        FROM (
            SELECT kind, at, place, low_row AS low, high_row AS high,
                row_number() OVER (PARTITION BY kind ORDER BY at DESC) AS number
            FROM link_trials t WHERE t.low = w.low AND t.high = w.high AND t.matched
        ) t WHERE number <= {SHOWN}
    ) AS s
    WHERE w.evidence >= %(threshold)s
    ORDER BY w.low, w.high
    ON CONFLICT (low_id, high_id) DO UPDATE
        SET weight = excluded.weight, kinds = excluded.kinds, shared = excluded.shared, found_at = excluded.found_at
"""
