"""The question bank as staff write it: checked whole, and each change in the audit trail. In a transaction each."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from games.bank_rows import known_by_text
from games.engines.quiz.answers import OPTIONS_MAX, SHORT_CHARACTERS_MAX
from games.errors import QuestionTextTaken
from games.formats import texts
from games.models import Question
from quantix import audit
from quantix.db import the_one
from quantix.errors import FieldError, Invalid

Kind = Question.Kind


def save_question(*, by: User, question: Question) -> Question:
    """Write a question, new or changed, its texts tidied. Raises Invalid, naming each field at fault.

    Running sessions keep the question as they have drawn it.
    """
    roles.demand(by, roles.Can.MANAGE_GAMES)
    is_new = question.pk is None
    before = {} if is_new else _told(Question.objects.get(pk=question.pk))
    faults = list(_tidied(question)) or [*_faults_of_words(question), *_faults_of_answer(question)]
    if faults:
        raise Invalid(*faults)
    question.save()
    action = "question.create" if is_new else "question.change"
    audit.record(actor=by, action=action, target=question, before=before, after=_told(question))
    return question


def retire_question(*, by: User, question_id: int, reason: str) -> Question:
    """Draw the question no more. Raises NotFound."""
    roles.demand(by, roles.Can.MANAGE_GAMES)
    question = the_one(Question.objects.select_for_update(no_key=True).filter(pk=question_id))
    before = {"is_active": question.is_active}
    question.is_active = False
    question.save(update_fields=["is_active"])
    audit.record(
        actor=by,
        action="question.retire",
        target=question,
        before=before,
        after={"is_active": False},
        reason=reason,
    )
    return question


def _tidied(question: Question) -> Iterable[FieldError]:
    """Tidy its texts, as importing a file does; what is wrong with them."""
    tidy: dict[str, Callable[[Any], Any]] = {
        "text": texts.tidy,
        "options": _tidy_lines,
        "explanation": texts.tidy,
        "tags": lambda tags: list(texts.tidy_tags(tags)),
        "licence": texts.tidy_line,
        "source": texts.tidy_line,
        "right": _tidy_right,
    }
    for name, tidied in tidy.items():
        try:
            setattr(question, name, tidied(getattr(question, name)))
        except texts.NotAText as fault:
            yield FieldError(name, "text-form", f"Refused: {fault}.")


def _tidy_lines(lines: Any) -> list[str]:
    return [texts.tidy_line(line) for line in lines]


def _tidy_right(right: Any) -> Any:
    """Accepted texts in one line each, numbers in plain digits; what is neither stays as it is."""
    if isinstance(right, list) and all(isinstance(text, str) for text in right):
        return _tidy_lines(right)
    if isinstance(right, dict) and right.keys() == {"value", "tolerance"}:
        return {name: f"{texts.plain_number(number):f}" for name, number in right.items()}
    return right


def _faults_of_words(question: Question) -> Iterable[FieldError]:
    if not question.text:
        yield FieldError("text", "required", "A question has a text.")
    elif known_by_text([question.text]).exclude(pk=question.pk).exists():
        yield FieldError("text", QuestionTextTaken.code, QuestionTextTaken.detail)
    for name, characters_max in texts.CHARACTERS_MAX.items():
        if len(getattr(question, name)) > characters_max:
            yield FieldError(name, "too-long", f"Write at most {characters_max:,} characters.")
    if not 1 <= question.difficulty <= 5:
        yield FieldError("difficulty", "range", "The difficulty is between 1 and 5.")


def _faults_of_answer(question: Question) -> Iterable[FieldError]:
    """What is wrong with options and right answer, by the forms that `Question` documents."""
    match question.kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            yield from _faults_of_choice(question)
        case Kind.TRUE_FALSE:
            if not isinstance(question.right, bool):
                yield FieldError("right", "form", "The right answer is true or false.")
        case Kind.NUMERIC:
            if not _is_number_with_tolerance(question.right):
                yield FieldError(
                    "right", "form", "The right answer is a number and a tolerance of zero or more."
                )
        case Kind.SHORT:
            if not question.right or any(
                not 0 < len(text) <= SHORT_CHARACTERS_MAX for text in question.right
            ):
                message = f"Give one or more accepted texts of up to {SHORT_CHARACTERS_MAX} characters."
                yield FieldError("right", "form", message)
        case _:
            yield FieldError("kind", "unknown-kind", f"Choose one of: {', '.join(Kind.values)}.")
    if question.kind not in (Kind.SINGLE, Kind.MULTIPLE) and question.options:
        yield FieldError("options", "unwanted", "Only single and multiple choice have options.")


def _faults_of_choice(question: Question) -> Iterable[FieldError]:
    options, right = question.options, question.right
    if not 2 <= len(options) <= OPTIONS_MAX or len(set(options)) != len(options):
        yield FieldError("options", "form", f"Give 2 to {OPTIONS_MAX} different options.")
    if not all(0 < len(option) <= texts.OPTION_CHARACTERS_MAX for option in options):
        yield FieldError(
            "options", "too-long", f"An option has 1 to {texts.OPTION_CHARACTERS_MAX:,} characters."
        )
    chosen = [right] if question.kind == Kind.SINGLE else right
    is_list_of_places = isinstance(chosen, list) and all(
        isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(options)
        for place in chosen
    )
    if not is_list_of_places or not chosen or len(set(chosen)) != len(chosen):
        wanted = "exactly one option" if question.kind == Kind.SINGLE else "one or more options"
        yield FieldError("right", "form", f"Mark {wanted} as right.")


def _is_number_with_tolerance(right: Any) -> bool:
    """Of a right answer that has been tidied."""
    is_pair = isinstance(right, dict) and right.keys() == {"value", "tolerance"}
    return is_pair and Decimal(right["tolerance"]) >= 0


def _told(question: Question) -> dict[str, Any]:
    names = ("kind", "text", "options", "right", "explanation", "tags", "difficulty", "is_active")
    return {name: getattr(question, name) for name in names}
