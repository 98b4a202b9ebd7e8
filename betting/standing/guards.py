"""The triggers of standing: what feeds the queue of sessions to tally, and what keeps an archive as it is."""

import pgtrigger

from quantix.guards import refuse

_NOTE = "INSERT INTO sessions_to_tally (session_id) VALUES ({session}); RETURN NULL;"

# In the transaction that ends a session, or that decides its event anew: whoever wrote it, by whatever door.
note_ended_session = pgtrigger.Trigger(
    name="note_ended",
    operation=pgtrigger.Update,
    when=pgtrigger.After,
    condition=pgtrigger.Condition(
        "NEW.status <> 'in_progress' AND (OLD.status, OLD.ended_at, OLD.result, OLD.score)"
        " IS DISTINCT FROM (NEW.status, NEW.ended_at, NEW.result, NEW.score)"
    ),
    func=_NOTE.format(session="NEW.id"),
)

# A bet is settled with its session, and counts then; it is noted where it comes out otherwise later.
note_changed_bet = pgtrigger.Trigger(
    name="note_changed",
    operation=pgtrigger.Update,
    when=pgtrigger.After,
    condition=pgtrigger.Condition(
        "OLD.outcome IS NOT NULL AND (OLD.outcome, OLD.payout) IS DISTINCT FROM (NEW.outcome, NEW.payout)"
    ),
    func=_NOTE.format(session="NEW.session_id"),
)

# One look at all the rows of a statement: a ranking writes a million of them.
_REFUSE_ARCHIVED = """
    IF EXISTS (
        SELECT FROM ({rows}) touched
        JOIN boards b ON b.id = touched.board_id JOIN seasons s ON s.id = b.season_id
        WHERE s.archived_at IS NOT NULL
    ) THEN
        {refuse}
    END IF;
    RETURN NULL;
"""


_REFUSE_BOARD = """
    SELECT archived_at INTO archived FROM seasons WHERE id = OLD.season_id;
    IF archived IS NOT NULL THEN
        {refuse}
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""
_REFUSAL = refuse("season_archive_final", "the boards of an archived season are kept as they are")


def _archived_stays(name: str, operation: pgtrigger.Operation, **rows: str) -> pgtrigger.Trigger:
    touched = " UNION ".join(f"SELECT board_id FROM {table} GROUP BY 1" for table in rows.values())  # noqa: S608
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**rows),
        func=_REFUSE_ARCHIVED.format(rows=touched, refuse=_REFUSAL),
    )


placings_of_archive_stay = [
    _archived_stays("archive_takes_none", pgtrigger.Insert, new="new_rows"),
    _archived_stays("archive_changes_none", pgtrigger.Update, old="old_rows", new="new_rows"),
    _archived_stays("archive_loses_none", pgtrigger.Delete, old="old_rows"),
]

archived_season_stays = pgtrigger.Trigger(
    name="archived_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    condition=pgtrigger.Condition("OLD.archived_at IS NOT NULL"),
    func=refuse("season_archive_final", "an archived season is kept as it is"),
)

archived_board_stays = pgtrigger.Trigger(
    name="archived_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    declare=[("archived", "timestamptz")],
    func=_REFUSE_BOARD.format(refuse=_REFUSAL),
)
