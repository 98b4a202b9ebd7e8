"""What playing refuses."""

from quantix.errors import Refusal


class SessionOpen(Refusal):
    """Carries `session`, the id of the one that is open."""

    code = "session-open"
    title = "A session of this game is open already"
    detail = "Finish or forfeit the open session of this game first."


class DailyPlayed(Refusal):
    """Carries `session`, the id of the go that was had."""

    code = "daily-played"
    title = "You have had your go at this puzzle today"
    detail = "A daily puzzle is played once. The next one comes at midnight in Kolkata."


class SessionEnded(Refusal):
    code = "session-ended"
    title = "This session has ended"
    detail = "This session has ended; start another one."


class NotEnoughQuestions(Refusal):
    code = "not-enough-questions"
    title = "The bank has too few questions for this quiz"
    detail = "The bank has too few questions for this quiz, besides those that your open sessions have drawn."


class QuestionTextTaken(Refusal):
    code = "question-taken"
    title = "The bank asks this already"
    detail = "The bank has a question with this text already."
    constraint = "question_text_once"


class ImportedAlready(Refusal):
    code = "imported-already"
    title = "This file was imported already"


class EventDecided(Refusal):
    code = "event-decided"
    title = "This event was decided already"


class NotAnEventStatus(Refusal):
    code = "event-state"
    title = "Staff do not set an event to this status"


class ResultProposed(Refusal):
    code = "result-proposed"
    title = "A result of this event waits to be confirmed"
    detail = (
        "A result of this event waits to be confirmed: it takes no bets. Reject the result to open it again."
    )


class OwnPosition(Refusal):
    code = "own-position"
    status = 403
    title = "Nobody decides what they have a stake in"
    detail = "You hold, or have held, a position in this event or session. Another member of staff has to decide it."
