# ruff: noqa: S608 (no value from outside comes near these statements)
"""Triggers on `bets`: whose a bet is, and that none passes its player's limits, whatever writes it."""

import pgtrigger

from betting.limits.standing import USES

#: The constraint in whose name a bet beyond a limit, or in a break, is refused.
WITHIN_LIMITS = "bet_within_limits"

# A bet's player and game are its session's, written down so that an index finds their bets of a month.
bet_of_session = pgtrigger.Trigger(
    name="bet_of_session",
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("session_id", "user_id", "game_id"),
    when=pgtrigger.Before,
    declare=[("session", "record")],
    func="""
        SELECT * INTO session FROM game_sessions WHERE id = NEW.session_id;
        IF FOUND THEN
            NEW.user_id := session.user_id;
            NEW.game_id := session.game_id;
        END IF;
        RETURN NEW;
    """,
)

# The row of limits puts a player's bets in order, one after the other; who has none has nothing to wait for.
# The sums are a statement of their own: its snapshot sees the bets of whoever held the row before.
bet_within_limits = pgtrigger.Trigger(
    name="bet_within_limits",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    condition=pgtrigger.Condition("NEW.outcome IS NULL"),
    declare=[("uses", "jsonb")],
    func=f"""
        PERFORM FROM play_limits WHERE user_id = NEW.user_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_agg(to_jsonb(u)) INTO uses
        FROM ({USES.format(user="NEW.user_id", at="NEW.placed_at", every="false")}) u
        HAVING bool_or(u.used > u.value) OR bool_or(greatest(u.break_until, u.excluded_until) > NEW.placed_at);
        IF uses IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{WITHIN_LIMITS}',
                MESSAGE = 'the player''s limits do not take this bet',
                DETAIL = jsonb_build_object('uses', uses, 'amount', NEW.amount, 'at', NEW.placed_at)::text;
        END IF;
        RETURN NULL;
    """,
)
