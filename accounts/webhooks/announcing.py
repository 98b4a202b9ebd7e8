"""How something that happens becomes an event: by the database, in the statement that makes it happen.

A trigger sees every row that a statement has changed, whichever service sent it, and writes one event for
each that matters and one delivery for each webhook that asked for it, in one INSERT … SELECT. Nothing can be
settled and not told, and where nobody has asked, it costs a look at an empty table.
"""

import pgtrigger

from accounts.webhooks.catalog import EVENTS


def announcement(*, name: str, event: str, data: str, rows: str, order: str) -> pgtrigger.Trigger:
    """A trigger that announces `event` after an UPDATE, by SQL that names the changed rows `was` and `became`.

    `rows` is what follows FROM, `order` the column the events are written by, `data` the JSON they carry.
    """
    assert event in EVENTS
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Update,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(old="was", new="became"),
        func=f"""
            IF EXISTS (SELECT FROM webhooks WHERE is_active AND '{event}' = ANY (events)) THEN
                WITH happened AS (
                    INSERT INTO webhook_events (type, data)
                    SELECT '{event}', {data} FROM {rows} ORDER BY {order}
                    RETURNING id
                )
                INSERT INTO webhook_deliveries (webhook_id, event_id)
                SELECT webhooks.id, happened.id FROM happened CROSS JOIN webhooks
                WHERE is_active AND '{event}' = ANY (events) ORDER BY happened.id;
            END IF;
            RETURN NULL;
        """,  # noqa: S608 (written here, by programmers)
    )


def moment(column: str) -> str:
    """A time as the API writes it: RFC 3339 in UTC."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
