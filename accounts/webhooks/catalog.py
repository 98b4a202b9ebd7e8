"""What can be told to programs, by name. The rooms above write what is in it; see `announcing`."""

BET_SETTLED = "bet.settled"
SESSION_ENDED = "session.ended"
EVENT_RESOLVED = "event.resolved"

#: What one can subscribe to.
EVENTS = (BET_SETTLED, SESSION_ENDED, EVENT_RESOLVED)
#: What a test sends; nobody subscribes to it.
PING = "ping"
#: Of the envelope and of all data. Fields may be added to a version; one that goes or changes makes another.
VERSION = 1
