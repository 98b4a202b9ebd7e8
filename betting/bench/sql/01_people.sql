-- players
CREATE FUNCTION bench.pick(of bigint, seed bigint, below bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN mod(hashint8extended(of, seed) & 9223372036854775807, below);

INSERT INTO users (id, email, username, password_hash, full_name, is_admin, is_active, is_superuser,
    email_verified_at, preferences, created_at)
SELECT i, '23f' || lpad(i::text, 7, '0') || '@ds.study.iitm.ac.in',
    lower(first) || '.' || lower(last) || '.' || i, '!', first || ' ' || last, false, mod(i, 500) <> 0, false,
    CASE WHEN mod(i, 300) <> 7 THEN joined END, '{}', joined
FROM generate_series(1, %(players)s) AS i,
LATERAL (SELECT
    (ARRAY['Asha', 'Bela', 'Chetan', 'Divya', 'Esha', 'Farid', 'Gita', 'Hari', 'Isha', 'Jatin', 'Kavya', 'Lata',
        'Manoj', 'Neha', 'Om', 'Priya', 'Qasim', 'Ravi', 'Sita', 'Tara'])[1 + bench.pick(i, 1, 20)] AS first,
    (ARRAY['Acharya', 'Bhat', 'Chandra', 'Das', 'Elango', 'Fernandes', 'Gupta', 'Hegde', 'Iyer', 'Joshi', 'Kumar',
        'Lal', 'Menon', 'Nair', 'Ojha', 'Patel', 'Rao', 'Sharma', 'Thomas', 'Varma'])[1 + bench.pick(i, 2, 20)] AS last,
    -- A fifth was there before the first bet, the others came evenly since.
    CASE WHEN i <= %(players)s / 5 THEN %(began)s - interval '30 days' * (1 - 5.0 * i / %(players)s)
        ELSE %(began)s + %(span)s * ((i - %(players)s / 5.0) / (%(players)s * 0.8)) END AS joined) AS person;

INSERT INTO verification_tokens (user_id, token, purpose, expires_at, created_at, is_used)
SELECT id, encode(sha256(id::text::bytea), 'hex'), 'email_verification', created_at + interval '1 day', created_at,
    email_verified_at IS NOT NULL
FROM users WHERE id <= %(players)s;

INSERT INTO player_ratings (user_id, scope, rating, deviation, volatility, games, rated_at)
SELECT id, 'quiz', 1000 + bench.pick(id, 3, 1000), 50 + bench.pick(id, 4, 200), 0.06, 1 + bench.pick(id, 5, 90), created_at
FROM users WHERE id <= %(players)s;
