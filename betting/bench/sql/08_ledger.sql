-- the ledger
INSERT INTO wallets (id, user_id, balance, currency, last_updated)
SELECT user_id, user_id, run + amount, 'INR', at FROM bench.openings;

INSERT INTO transactions (id, wallet_id, amount, type, category, description, metadata, balance_after, reference,
    created_at, updated_at, deleted_at)
SELECT m.id, user_id, CASE kind WHEN 0 THEN o.amount ELSE abs(m.signed) END,
    CASE WHEN m.signed < 0 THEN 'debit' ELSE 'credit' END,
    (ARRAY['bonus', 'bet', 'win', 'bet', 'win', 'admin_adjustment', 'bonus', 'bonus'])[1 + kind],
    (ARRAY['Sign-up bonus', 'Stake: bet ', 'Won: bet ', 'Stake back: bet ', 'Sold: bet ', 'Adjustment ', 'Bonus ', 'Voided bonus '])[1 + kind]
        || CASE WHEN kind > 0 THEN m.subject::text ELSE '' END,
    CASE WHEN kind BETWEEN 1 AND 4 THEN jsonb_build_object('bet', m.subject)
        WHEN kind = 7 THEN jsonb_build_object('reverses', v.id) ELSE '{}' END,
    m.run + o.amount,
    CASE kind WHEN 0 THEN 'signup:' || m.subject WHEN 1 THEN 'bet:' || m.subject || ':stake' WHEN 4 THEN 'bet:' || m.subject || ':cash-out'
        WHEN 5 THEN 'adjustment:' || m.subject WHEN 6 THEN 'mistake:' || m.subject WHEN 7 THEN 'void:' || v.id
        ELSE 'bet:' || m.subject || ':settle:1' END,
    m.at, coalesce(v.at, m.at), v.at
FROM bench.running m JOIN bench.openings o USING (user_id)
LEFT JOIN bench.voided v ON kind IN (6, 7) AND v.subject = m.subject
ORDER BY m.id;
