-- sessions
CREATE UNLOGGED TABLE bench.sessions AS
SELECT row_number() OVER (ORDER BY min(at), user_id, game_id, grp) AS id, user_id, game_id, grp,
    bool_or(is_running) AS is_running, min(at) AS started_at, max(at) AS last_at
FROM bench.plan GROUP BY user_id, game_id, grp;

