-- what moved in each wallet
-- Kinds: 0 sign-up, 1 stake, 2 winnings, 3 stake back, 4 sold, 5 adjustment, 6 bonus given by mistake, 7 its contra row.
CREATE UNLOGGED TABLE bench.moves AS
SELECT id AS user_id, created_at AS at, 0::smallint AS kind, id::bigint AS subject, 0::numeric(18, 2) AS signed FROM users WHERE id <= %(players)s
UNION ALL SELECT user_id, placed_at, 1::smallint, id, -amount FROM bets
UNION ALL SELECT user_id, settled_at, CASE outcome WHEN 'void' THEN 3 WHEN 'cashed_out' THEN 4 ELSE 2 END::smallint, id, paid
    FROM bets, LATERAL (SELECT payout + coalesce((metadata ->> 'uncollected')::numeric, 0) AS paid) AS p WHERE paid > 0
UNION ALL SELECT 1 + bench.pick(k, 24, %(players)s / 5), %(began)s + %(span)s * (k * 100 / %(rows)s::float8), 5::smallint, k,
        CASE WHEN mod(k, 4) = 0 THEN -1 ELSE 1 END * (100 + bench.pick(k, 25, 20000))::numeric / 100
    FROM generate_series(1, %(rows)s / 100) AS k
UNION ALL SELECT 1 + bench.pick(k, 26, %(players)s / 5), %(began)s + %(span)s * (k * 950 / %(rows)s::float8) + interval '1 hour' * (kind - 6),
        kind::smallint, k, CASE kind WHEN 6 THEN 50 ELSE -50 END
    FROM generate_series(1, %(rows)s / 1000) AS k, unnest(ARRAY[6, 7]) AS kind;

CREATE UNLOGGED TABLE bench.numbered AS
SELECT row_number() OVER (ORDER BY at, kind, subject) AS id, moves.* FROM bench.moves;

CREATE UNLOGGED TABLE bench.running AS
SELECT numbered.*, sum(signed) OVER (PARTITION BY user_id ORDER BY id) AS run FROM bench.numbered;

-- Who would have run dry began with more.
CREATE UNLOGGED TABLE bench.openings AS
SELECT user_id, 100 + greatest(0, -min(run)) AS amount, (array_agg(run ORDER BY id DESC))[1] AS run, max(at) AS at
FROM bench.running GROUP BY user_id;

CREATE UNLOGGED TABLE bench.voided AS
SELECT subject, min(id) AS id, max(at) AS at FROM bench.numbered WHERE kind IN (6, 7) GROUP BY subject;
