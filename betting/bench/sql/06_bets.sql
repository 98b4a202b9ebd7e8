-- bets
INSERT INTO bets (id, session_id, user_id, game_id, amount, placed_at, outcome, payout, choice, is_successful, metadata, settled_at)
SELECT p.id, s.id, p.user_id, p.game_id, p.amount, p.at, outcome, payout, choice,
    CASE WHEN outcome IS NOT NULL THEN outcome IN ('win', 'cashed_out') AND payout > p.amount END,
    jsonb_build_object('market', CASE WHEN p.grp = 0 THEN 'winner' ELSE 'result' END, 'odds', odds::text,
        'label', CASE WHEN p.grp = 0 THEN 'Event ' || p.game_id || ': ' || choice ELSE 'To win' END)
        || CASE WHEN p.grp = 0 THEN jsonb_build_object('mechanism', e.kind) ELSE '{}' END
        || CASE WHEN e.kind = 'lmsr' THEN jsonb_build_object('shares', shares::text) ELSE '{}' END
        || CASE WHEN is_sold THEN jsonb_build_object('sold', jsonb_build_object('at', p.at, 'payout', payout::text)) ELSE '{}' END
        || CASE WHEN p.grp = 0 AND outcome IN ('win', 'loss', 'void') THEN jsonb_build_object('settled', jsonb_build_object(
            'number', 1, 'bet', CASE WHEN outcome = 'void' THEN payout ELSE 0 END::text,
            'win', CASE WHEN outcome = 'void' THEN 0 ELSE payout + owed END::text)) ELSE '{}' END
        || CASE WHEN owed > 0 THEN jsonb_build_object('uncollected', owed::text) ELSE '{}' END,
    CASE WHEN outcome IS NULL THEN NULL WHEN is_sold THEN least(p.at + interval '1 hour', %(now)s) ELSE g.ended_at END
FROM bench.plan p JOIN bench.sessions s USING (user_id, game_id, grp) JOIN game_sessions g ON g.id = s.id
LEFT JOIN bench.events e ON e.game_id = p.game_id,
LATERAL (SELECT CASE WHEN e.kind = 'lmsr' THEN 1.9000 WHEN p.grp = 0 THEN CASE WHEN bench.pick(p.id, 18, 2) = 0 THEN 2.0000 ELSE 1.8000 END
        ELSE 1.5000 + bench.pick(s.id, 19, 200) / 100.0000 END::numeric(12, 4) AS odds,
    CASE WHEN p.grp > 0 THEN 'win' WHEN bench.pick(p.id, 18, 2) = 0 THEN 'yes' ELSE 'no' END AS choice,
    coalesce(e.kind = 'lmsr' AND bench.pick(p.id, 20, 10) = 0, false) AS is_sold,
    round(p.amount * 1.9, 6)::numeric(24, 6) AS shares) AS o,
LATERAL (SELECT CASE WHEN is_sold THEN 'cashed_out' WHEN g.status = 'in_progress' THEN NULL WHEN g.status = 'voided' THEN 'void'
        WHEN choice = coalesce(e.winner, g.result) THEN 'win' ELSE 'loss' END AS outcome) AS f,
LATERAL (SELECT CASE outcome WHEN 'void' THEN p.amount WHEN 'loss' THEN 0
        WHEN 'win' THEN trunc(CASE WHEN e.kind = 'lmsr' THEN shares ELSE p.amount * odds END, 2)
        WHEN 'cashed_out' THEN trunc(p.amount * (0.80 + bench.pick(p.id, 21, 50) / 100.00), 2) END AS payout,
    -- Won at first, lost by the correction, and spent meanwhile.
    CASE WHEN outcome = 'loss' AND e.kind = 'fixed' AND bench.pick(p.id, 22, 200) = 0 THEN trunc(p.amount * odds, 2) ELSE 0 END AS owed) AS w
ORDER BY p.id;

INSERT INTO option_books (game_id, option, stakes, liability, shares)
SELECT game_id, option, coalesce(stakes, 0), coalesce(liability, 0), coalesce(shares, 0)
FROM bench.events CROSS JOIN unnest(ARRAY['yes', 'no']) AS option LEFT JOIN (
    SELECT s.game_id, b.choice AS option, sum(b.amount) AS stakes,
        sum(CASE b.metadata ->> 'mechanism' WHEN 'pool' THEN 0
            ELSE trunc(coalesce((b.metadata ->> 'shares')::numeric, b.amount * b.odds), 2) END) AS liability,
        sum(coalesce((b.metadata ->> 'shares')::numeric, 0)) AS shares
    FROM bets b JOIN bench.sessions s ON s.id = b.session_id
    WHERE s.grp = 0 AND NOT b.metadata ? 'sold' GROUP BY 1, 2
) AS held USING (game_id, option);

INSERT INTO price_points (game_id, at, prices)
SELECT %(heavy_open)s, at, jsonb_build_object('yes', yes::text, 'no', (1 - yes)::text)
FROM bench.plan, LATERAL (SELECT (bench.pick(id, 23, 8000) + 1000)::numeric / 10000 AS yes) AS price
WHERE game_id = %(heavy_open)s;
