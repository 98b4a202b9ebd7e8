"""A question as text that staff write: options line by line, a star before each right one."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from games.formats import AUTO, FORMATS
from games.models import Question
from games.services.bank_import import UPLOAD_QUESTIONS_MAX

Kind = Question.Kind
_NUMERIC = re.compile(r"(?P<value>\S+)(\s*(±|\+-|\+/-)\s*(?P<tolerance>\S+))?")


class QuestionForm(forms.Form):
    kind = forms.ChoiceField(choices=Kind)
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="`code` in backticks, blocks of it between ``` lines.",
    )
    options = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Single and multiple choice: one option a line, a * before each right one; an option's own star"
        " is written \\*.",
    )
    right = forms.CharField(
        required=False,
        label="Right answer",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="True or false: the word. Numeric: 3.14 ± 0.01. Short answer: one accepted text a line.",
    )
    explanation = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tags = forms.CharField(required=False, help_text="Separated by commas.")
    difficulty = forms.TypedChoiceField(choices=[(n, n) for n in range(1, 6)], coerce=int, initial=3)
    licence = forms.CharField(required=False, max_length=60)
    source = forms.CharField(required=False, max_length=200)
    is_active = forms.BooleanField(required=False, initial=True, label="Drawn by quizzes")

    def clean_text(self) -> str:
        return _unix(self.cleaned_data["text"])

    def clean_explanation(self) -> str:
        return _unix(self.cleaned_data["explanation"])


def written(question: Question) -> dict[str, Any]:
    """The form's texts for `question`."""
    names = ("kind", "text", "explanation", "difficulty", "licence", "source", "is_active")
    return {name: getattr(question, name) for name in names} | {
        "options": _written_options(question),
        "right": written_right(question),
        "tags": ", ".join(question.tags),
    }


def read(data: Mapping[str, Any], question: Question) -> Question:
    """`question` with what the form's texts say; for the service to check."""
    for name in ("kind", "text", "explanation", "difficulty", "licence", "source", "is_active"):
        setattr(question, name, data[name])
    question.tags = [tag.strip() for tag in data["tags"].split(",") if tag.strip()]
    lines = [line.strip() for line in data["options"].splitlines() if line.strip()]
    question.options = [_read_option(line) for line in lines]
    marked = [place for place, line in enumerate(lines) if line.startswith("*")]
    question.right = _read_right(data["kind"], data["right"].strip(), marked)
    return question


def _read_right(kind: str, text: str, marked: list[int]) -> Any:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    match kind:
        case Kind.SINGLE:
            return marked[0] if len(marked) == 1 else None
        case Kind.MULTIPLE:
            return marked
        case Kind.TRUE_FALSE:
            return {"true": True, "false": False}.get(text.lower())
        case Kind.NUMERIC:
            number = _NUMERIC.fullmatch(text)
            return {"value": number["value"], "tolerance": number["tolerance"] or "0"} if number else None
        case _:
            return lines


def written_right(question: Question) -> str:
    """The form's lines for the right answer of what has no options."""
    right = question.right
    match question.kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            return ""
        case Kind.TRUE_FALSE:
            return "true" if right else "false"
        case Kind.NUMERIC:
            return f"{right['value']} ± {right['tolerance']}"
        case _:
            return "\n".join(right)


def _written_options(question: Question) -> str:
    places = question.right if question.kind == Kind.MULTIPLE else [question.right]
    lines = (
        ("* " if place in places else "") + (f"\\{option}" if option[:1] in ("*", "\\") else option)
        for place, option in enumerate(question.options)
    )
    return "\n".join(lines)


def _read_option(line: str) -> str:
    text = line.removeprefix("*").strip()
    return text[1:] if text[:2] in ("\\*", "\\\\") else text


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


class UploadForm(forms.Form):
    file = forms.FileField(
        help_text="GIFT, Aiken, Moodle XML, Open Trivia Database (JSON) or CSV with a first line of headings. "
        f"At most {UPLOAD_QUESTIONS_MAX:,} questions and 4 MB; larger files are for who runs the server.",
        max_length=200,
    )
    format = forms.ChoiceField(
        choices=[(AUTO, "Whatever its content shows"), *((one.name, one.label) for one in FORMATS.values())],
        required=False,
    )
    tags = forms.CharField(required=False, help_text="More tags for all its questions, separated by commas.")
    licence = forms.CharField(required=False, max_length=60, help_text="For questions without one.")
    source = forms.CharField(required=False, max_length=200, help_text="For questions without one.")
    updates = forms.BooleanField(
        required=False,
        label="Update what the bank has",
        help_text="Questions with the same text but another answer, tag or explanation become as the file has them. "
        "Not ticked, they stay as they are.",
    )

    def clean_format(self) -> str:
        chosen: str = self.cleaned_data["format"]
        return chosen or AUTO


class ExportForm(forms.Form):
    tag = forms.CharField(required=False, help_text="Only questions that carry it; all, if empty.")
    with_retired = forms.BooleanField(required=False, initial=True, label="Retired ones too")
