-- events
-- One begins every slot and takes bets for five; the three last ones are as large as events get.
CREATE UNLOGGED TABLE bench.events AS
SELECT e, %(first_event)s + e AS game_id, kind, closes_at - %(span)s * (6.0 / %(events)s) AS opens_at, closes_at,
    CASE WHEN closes_at > %(now)s THEN CASE WHEN mod(e, 50) = 3 THEN 'suspended' ELSE 'open' END
        WHEN mod(e, 70) = 1 THEN 'closed'
        WHEN kind = 'pool' OR (kind = 'fixed' AND mod(e, 50) = 2) THEN 'voided' ELSE 'resolved' END AS status,
    CASE WHEN mod(e, 2) = 0 THEN 'yes' ELSE 'no' END AS winner
FROM generate_series(1, %(events)s) AS e,
LATERAL (SELECT (ARRAY['fixed', 'fixed', 'fixed', 'fixed', 'fixed', 'fixed', 'lmsr', 'lmsr', 'lmsr', 'pool'])[1 + mod(e, 10)]
    AS kind, %(began)s + %(span)s * ((e + 5.0) / %(events)s) AS closes_at) AS window_
UNION ALL VALUES
    (0, %(heavy_closed)s, 'fixed', %(now)s - interval '80 days', %(now)s - interval '1 hour', 'closed', 'yes'),
    (0, %(heavy_open)s, 'lmsr', %(now)s - interval '80 days', %(now)s + interval '1 day', 'open', 'yes'),
    (0, %(heavy_resolved)s, 'fixed', %(now)s - interval '160 days', %(now)s - interval '70 days', 'resolved', 'yes');

INSERT INTO games (id, name, slug, description, type, metadata, is_active, is_daily, created_at)
SELECT game_id, 'Event ' || game_id, 'event-' || game_id, 'What will happen, number ' || game_id || '.', 'prediction',
    %(templates)s::jsonb -> kind || jsonb_build_object('opens_at', opens_at, 'closes_at', closes_at), true, false, opens_at
FROM bench.events;

INSERT INTO events (game_id, opens_at, closes_at, status, settlement, weights, decided_at, settled_through, settled_at)
SELECT game_id, opens_at, closes_at, status, CASE WHEN decided_at IS NULL THEN 0 ELSE 1 END,
    CASE WHEN status = 'resolved' THEN jsonb_build_object(winner, '1') END, decided_at, 0, decided_at
FROM bench.events,
LATERAL (SELECT CASE WHEN status IN ('resolved', 'voided') THEN least(closes_at + interval '2 hours', %(now)s) END AS decided_at) AS d;
