# ruff: noqa: S608, E501 (no value from outside comes near these statements)
"""Triggers that keep the ledger true whatever writes to it: the database's own word on the promises about money
(numbered as `wallets.reconcile` does).

The deferred ones speak at COMMIT, when a posting's two writes (the row and the balance) are both there.
Each error names a constraint, by which `quantix.db` and the tests know it.
"""

import pgtrigger

from quantix import guards
from quantix.guards import refuse

# Nothing leaves the ledger, and of what stands there only the mark of a voided pair may change, once.
append_only = pgtrigger.Trigger(
    name="append_only",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func=f"""
        IF TG_OP = 'DELETE' THEN
            {refuse("ledger_append_only", "a posting is never deleted: void it")}
        END IF;
        IF to_jsonb(OLD) - '{{deleted_at,updated_at}}'::text[] <> to_jsonb(NEW) - '{{deleted_at,updated_at}}'::text[] THEN
            {refuse("ledger_append_only", "a posting is never changed: void it")}
        END IF;
        IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
            {refuse("ledger_append_only", "a voided posting stays voided")}
        END IF;
        RETURN NEW;
    """,
)

not_truncated = guards.not_truncated("ledger_append_only")

# Promise 3, from the row's side: it follows from the row before it in the same wallet, the next one follows
# from it, and the newest one leaves what the wallet holds.
follows_on = pgtrigger.Trigger(
    name="follows_on",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    declare=[("before", "numeric"), ("after", "numeric")],
    func=f"""
        SELECT t.balance_after INTO before FROM transactions t
            WHERE t.wallet_id = NEW.wallet_id AND t.id < NEW.id ORDER BY t.id DESC LIMIT 1;
        IF NEW.balance_after <> coalesce(before, 0) + (CASE NEW.type WHEN 'credit' THEN NEW.amount ELSE -NEW.amount END) THEN
            {refuse("ledger_follows_on", "balance_after does not follow from the posting before it")}
        END IF;
        SELECT t.balance_after - CASE t.type WHEN 'credit' THEN t.amount ELSE -t.amount END INTO after
            FROM transactions t WHERE t.wallet_id = NEW.wallet_id AND t.id > NEW.id ORDER BY t.id LIMIT 1;
        IF after IS NULL THEN
            SELECT w.balance INTO after FROM wallets w WHERE w.id = NEW.wallet_id;
        END IF;
        IF after <> NEW.balance_after THEN
            {refuse("ledger_matches_balance", "the balance, or the next posting, does not follow from this one")}
        END IF;
        RETURN NULL;
    """,
)

# Promise 3, from the wallet's side: no balance moves, or begins, without a posting that says so.
matches_ledger = pgtrigger.Trigger(
    name="matches_ledger",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("balance"),
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    declare=[("held", "numeric"), ("posted", "numeric")],
    func=f"""
        SELECT w.balance INTO held FROM wallets w WHERE w.id = NEW.id;
        SELECT t.balance_after INTO posted FROM transactions t
            WHERE t.wallet_id = NEW.id ORDER BY t.id DESC LIMIT 1;
        IF held IS NOT NULL AND held <> coalesce(posted, 0) THEN
            {refuse("ledger_matches_balance", "the balance differs from the newest posting")}
        END IF;
        RETURN NULL;
    """,
)

# Promise 5: a mark of deletion stands on both rows of a contra pair, and on no other. A contra row is final:
# one that reversed it would be hidden alone.
voided_in_pairs = pgtrigger.Trigger(
    name="voided_in_pairs",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("deleted_at"),
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition("NEW.deleted_at IS NOT NULL OR NEW.metadata ? 'reverses'"),
    declare=[("pairs", "integer")],
    func=f"""
        SELECT count(*) INTO pairs
        FROM transactions contra JOIN transactions voided ON voided.id::text = contra.metadata ->> 'reverses'
        WHERE NEW.id IN (contra.id, voided.id)
            AND (contra.id = NEW.id OR contra.metadata ->> 'reverses' = NEW.id::text)
            AND contra.wallet_id = voided.wallet_id AND contra.amount = voided.amount
            AND contra.type <> voided.type AND contra.category IS NOT DISTINCT FROM voided.category
            AND contra.deleted_at IS NOT NULL AND voided.deleted_at IS NOT NULL
            AND NOT voided.metadata ? 'reverses';
        IF pairs <> 1 THEN
            {refuse("ledger_voided_in_pairs", "a voided posting and its contra row come and go together")}
        END IF;
        RETURN NULL;
    """,
)
