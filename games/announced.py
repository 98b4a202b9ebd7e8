"""What programs are told of play (`accounts.webhooks`), in the API's names and forms. A player is an id."""

from accounts.webhooks.announcing import announcement, moment
from accounts.webhooks.catalog import EVENT_RESOLVED, SESSION_ENDED

# A corrected event may change how a session ended: that is told as well.
session_ended = announcement(
    name="announced",
    event=SESSION_ENDED,
    data=f"""jsonb_build_object(
        'id', became.id, 'user', became.user_id, 'game', became.game_id, 'status', became.status,
        'result', became.result, 'score', became.score, 'started_at', {moment("became.started_at")},
        'ended_at', {moment("became.ended_at")}, 'duration', extract(epoch FROM became.duration)::float8)""",
    rows="""became JOIN was USING (id) WHERE became.status <> 'in_progress'
        AND (became.status, became.result, became.score) IS DISTINCT FROM (was.status, was.result, was.score)""",
    order="became.id",
)

# `settlement` counts the decisions: a correction has the next number.
event_resolved = announcement(
    name="announced",
    event=EVENT_RESOLVED,
    data=f"""jsonb_build_object(
        'game', became.game_id, 'status', became.status, 'weights', became.weights,
        'outcome_known_at', {moment("became.outcome_known_at")}, 'decided_at', {moment("became.decided_at")},
        'settlement', became.settlement)""",
    rows="became JOIN was USING (game_id) WHERE became.settlement <> was.settlement",
    order="became.game_id",
)
