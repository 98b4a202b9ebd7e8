-- sessions, with their results
INSERT INTO game_sessions (id, user_id, game_id, started_at, ended_at, result, score, status, metadata, expires_at)
SELECT s.id, s.user_id, s.game_id, started_at, fate.ended_at, fate.result,
    CASE WHEN fate.ended_at IS NOT NULL THEN bench.pick(s.id, 14, 1000) / 1000.0 END, fate.status,
    CASE WHEN grp = 0 THEN '{}' ELSE jsonb_build_object('commitment', encode(sha256(s.id::text::bytea), 'hex'),
        'salt', encode(sha256((s.id + 1)::text::bytea), 'hex'), 'seed', bench.pick(s.id, 15, 1000000000)) END,
    CASE WHEN grp > 0 THEN started_at + interval '1 hour' END
FROM bench.sessions s LEFT JOIN bench.events e ON e.game_id = s.game_id LEFT JOIN events ON events.game_id = e.game_id,
LATERAL (SELECT bench.pick(s.id, 16, 1000) AS luck) AS l,
LATERAL (SELECT CASE WHEN is_running OR (grp = 0 AND events.decided_at IS NULL) THEN 'in_progress'
        WHEN grp = 0 THEN CASE WHEN e.status = 'voided' THEN 'voided' ELSE 'completed' END
        WHEN luck < 5 THEN 'voided' WHEN luck < 15 THEN 'forfeited' WHEN luck < 30 THEN 'expired' ELSE 'completed' END AS status) AS f,
LATERAL (SELECT f.status,
    CASE WHEN f.status = 'in_progress' THEN NULL ELSE greatest(last_at, coalesce(events.decided_at,
        least(last_at + interval '1 second' * (30 + bench.pick(s.id, 17, 600)), %(now)s))) END AS ended_at,
    CASE WHEN f.status IN ('in_progress', 'voided') THEN NULL WHEN f.status IN ('forfeited', 'expired') THEN 'loss'
        WHEN luck > 995 AND grp = 0 THEN 'draw' WHEN mod(luck, 2) = 0 THEN 'win' ELSE 'loss' END AS result) AS fate;
