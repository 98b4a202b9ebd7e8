-- what staff and programs left
INSERT INTO adjustments (user_id, type, amount, reason, reason_code, status, requested_by_id, decided_by_id, transaction_id, created_at, decided_at)
SELECT user_id, CASE WHEN signed < 0 THEN 'debit' ELSE 'credit' END, abs(signed), 'For the club, number ' || subject,
    (ARRAY['goodwill', 'prize', 'correction', 'abuse', 'other'])[1 + bench.pick(subject, 27, 5)], 'posted',
    (%(staff)s::int[])[1 + bench.pick(subject, 28, cardinality(%(staff)s::int[]))], NULL, id, at, NULL
FROM bench.numbered WHERE kind = 5 ORDER BY id;

INSERT INTO adjustments (user_id, type, amount, reason, reason_code, status, requested_by_id, decided_by_id, created_at, decided_at)
SELECT 1 + bench.pick(k, 29, %(players)s), 'credit', 1500, 'A prize', 'prize', CASE WHEN is_pending THEN 'pending' ELSE 'rejected' END,
    (%(staff)s::int[])[1], CASE WHEN NOT is_pending THEN (%(staff)s::int[])[2] END, at, CASE WHEN NOT is_pending THEN at + interval '1 hour' END
FROM generate_series(1, 5 + %(rows)s / 10000) AS k,
LATERAL (SELECT mod(k, 5) = 0 AS is_pending, %(now)s - %(span)s * (k / (6 + %(rows)s / 10000)::float8) AS at) AS a;

INSERT INTO audit_entries (actor_id, action, target_type, target_id, before, after, reason, address, request_id, created_at)
SELECT (%(staff)s::int[])[1 + bench.pick(k, 30, cardinality(%(staff)s::int[]))], action[1], action[2],
    CASE WHEN mod(k, 1000) = 0 THEN 1 ELSE 1 + bench.pick(k, 31, %(players)s) END, '{"status": "before"}', '{"status": "after"}',
    'Reason ' || k, '10.0.0.' || mod(k, 250), md5(k::text), %(began)s + %(span)s * (k / (%(rows)s / 10)::float8)
FROM generate_series(1, %(rows)s / 10) AS k,
LATERAL (SELECT CASE WHEN mod(k, 5000) = 1 THEN ARRAY['webhook.create', 'webhooks.webhook'] WHEN mod(k, 2000) = 2 THEN ARRAY['limits.set', 'accounts.user']
    WHEN mod(k, 10) < 5 THEN ARRAY['user.suspend', 'accounts.user'] WHEN mod(k, 10) < 7 THEN ARRAY['adjustment.request', 'wallets.adjustment']
    WHEN mod(k, 10) < 9 THEN ARRAY['event.resolve', 'games.game'] ELSE ARRAY['session.void', 'games.gamesession'] END AS action) AS a;

INSERT INTO sign_ins (user_id, at, way, result, address, agent)
SELECT 1 + bench.pick(k, 34, %(players)s / 5), %(began)s + %(span)s * (k / (%(rows)s / 10)::float8),
    CASE WHEN mod(k, 5) = 0 THEN 'token' WHEN mod(k, 997) = 1 THEN 'recovery' WHEN mod(k, 101) = 1 THEN 'code' ELSE 'page' END,
    CASE WHEN mod(k, 20) = 3 THEN 'wrong' WHEN mod(k, 200) = 4 THEN 'unverified' WHEN mod(k, 500) = 6 THEN 'suspended' ELSE 'in' END,
    '10.1.' || mod(k, 200) || '.' || mod(k, 250), 'Firefox, Linux'
FROM generate_series(1, %(rows)s / 10) AS k;

INSERT INTO webhooks (id, url, events, salt, created_by_id, created_at)
SELECT k, 'https://club-' || k || '.example.org/hook', ARRAY['bet.settled'], md5(k::text), (%(staff)s::int[])[1], %(began)s
FROM generate_series(1, 3) AS k;
INSERT INTO webhook_events (id, type, data, created_at)
SELECT k, 'bet.settled', jsonb_build_object('bet', k, 'outcome', 'win', 'payout', '12.50'), %(now)s - interval '30 days' * (1 - k * 50 / %(rows)s::float8)
FROM generate_series(1, %(rows)s / 50) AS k;
INSERT INTO webhook_deliveries (webhook_id, event_id, status, tries, due_at, last_tried_at, last_status, last_error, delivered_at, created_at)
SELECT 1 + mod(id, 3), id, status, 1, created_at, created_at, CASE WHEN status = 'delivered' THEN 200 END,
    CASE WHEN status = 'failed' THEN 'no answer' ELSE '' END, CASE WHEN status = 'delivered' THEN created_at END, created_at
FROM webhook_events, LATERAL (SELECT CASE WHEN mod(id, 1000) = 500 THEN 'failed' WHEN mod(id, 5000) = 7 THEN 'pending' ELSE 'delivered' END AS status) AS s;

INSERT INTO questions (kind, text, options, "right", explanation, tags, difficulty, licence, source, is_active, times_answered, times_right, created_at)
SELECT 'single', 'What is ' || k || ' plus one?', to_jsonb(ARRAY[k::text, (k + 1)::text, (k + 2)::text]), '1', 'One more.', '["sums"]', 1 + mod(k, 5), 'CC0', 'bench',
    mod(k, 40) <> 0, 1000, 600, %(began)s
FROM generate_series(1, greatest(20, %(rows)s / 5000)) AS k;
INSERT INTO question_statistics (question_id, answers, times_right, median_seconds, discrimination, newest_answer, worked_out_at)
SELECT id, 1000, 600, bench.pick(id, 32, 60), (bench.pick(id, 33, 100) - 10) / 100.0, 0, %(now)s FROM questions WHERE source = 'bench';

INSERT INTO reconciliations (started_at, finished_at, is_clean, findings)
SELECT at, at + interval '40 seconds', k <> 7, '[]' FROM generate_series(1, 700) AS k, LATERAL (SELECT %(began)s + interval '1 day' * k AS at) AS d;

INSERT INTO seasons (name, begins_at, ends_at, created_at)
SELECT to_char(at, 'FMMonth YYYY'), at, at + interval '1 month', at
FROM generate_series(date_trunc('month', %(began)s), date_trunc('month', %(now)s) - interval '1 month', interval '1 month') AS at;
