-- who bets on what, and when
-- Ten bets a block: four on events, then two sessions of three bets each.
CREATE UNLOGGED TABLE bench.plan AS
SELECT i AS id, %(began)s + %(span)s * (i / %(rows)s::float8) AS at, game_id, grp, is_running,
    CASE WHEN is_running THEN %(players)s / 2 - mod(grp, %(players)s / 5)
        WHEN bench.pick(CASE WHEN grp = 0 THEN i ELSE -grp END, 7, 100) = 0 THEN 1
        -- A tenth of all players are drawn to what everybody talks of.
        WHEN heavy IS NOT NULL THEN 1 + mod(bench.pick(i, 9, greatest(1, %(players)s / 10)) * 7, here)
        WHEN slot IS NULL THEN 1 + bench.pick(CASE WHEN grp = 0 THEN i ELSE -grp END, 8, here)
        -- A few hundred who come back to the same event.
        ELSE 1 + bench.pick(slot * 1000 + bench.pick(i, 9, 350), 10, here) END::integer AS user_id,
    (100 + bench.pick(i, 11, 4900))::numeric / 100 AS amount
FROM generate_series(1::bigint, %(rows)s) AS i,
LATERAL (SELECT (i - 1) / 10 AS block, mod(i - 1, 10) AS place) AS b,
LATERAL (SELECT CASE WHEN place < 4 THEN 0 ELSE 1 + block * 2 + (place > 6)::int END AS grp,
    CASE WHEN place = 0 AND i > 0.9 * %(rows)s THEN %(heavy_closed)s WHEN place = 1 AND i > 0.9 * %(rows)s THEN %(heavy_open)s
        WHEN place = 2 AND i > 0.8 * %(rows)s AND i < 0.9 * %(rows)s THEN %(heavy_resolved)s END AS heavy) AS g,
LATERAL (SELECT CASE WHEN place < 4 AND heavy IS NULL THEN
        greatest(1, ceil(i * %(events)s / %(rows)s::float8)::bigint - bench.pick(i, 12, 5)) END AS slot) AS s,
LATERAL (SELECT place >= 4 AND block >= %(rows)s / 10 - greatest(2, %(rows)s / 100000) AS is_running,
    greatest(1, floor(%(players)s * (0.2 + 0.8 * greatest(0, coalesce((slot - 1) / %(events)s::float8, (i - 10) / %(rows)s::float8))))::bigint) AS here,
    CASE WHEN place < 4 THEN coalesce(heavy, %(first_event)s + slot)
        ELSE (%(solo)s::bigint[])[1 + bench.pick(grp, 13, cardinality(%(solo)s::bigint[]))] END AS game_id) AS r;

ANALYZE bench.plan;
