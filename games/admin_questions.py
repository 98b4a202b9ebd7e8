"""The question bank in the back-office: written, imported, exported, and how each question does."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.backoffice import ActionPage, Done, Panel, Preview, StaffAdmin, either, list_url, page_url
from accounts.models import User
from accounts.roles import Can
from games import question_form
from games.formats import QuestionFile
from games.models import Question
from games.models_bank import QuestionImport, QuestionStatistics
from games.services import bank_export, bank_import, questions
from games.services.bank_fates import Fate, Terms
from quantix.db import in_one_transaction
from quantix.templatetags.ui import light_markdown

FATES = {
    "new": "New",
    "present": "Held already",
    "differs": "Differs, left as it is",
    "updated": "Brought up to the file",
    "repeated": "Twice in the file",
    "refused": "Refused",
}


_NOTHING_NEW = (
    "Nothing in this file is new: there is nothing to import. Go back to its page to discard it, mend the file, "
    "and begin again."
)
_MARK = format_html("<strong>{}</strong> ", "✓ right:")


class EditQuestion(ActionPage):
    slug, label, can = "edit", "Edit", Can.MANAGE_GAMES
    help = "Running sessions keep the question as they have drawn it."

    def form(self, target: Any, **kwargs: Any) -> forms.Form:
        return question_form.QuestionForm(**kwargs | {"initial": question_form.written(target)})

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        question = questions.save_question(by=by, question=question_form.read(data, target))
        return Done(page_url(question), "The question is saved.")


class NewQuestion(EditQuestion):
    slug, label, is_for_list, help = "new", "New question", True, ""

    def form(self, target: Any, **kwargs: Any) -> forms.Form:
        return question_form.QuestionForm(**kwargs)

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        return super().act(by=by, target=Question(), data=data)


class RetireQuestion(ActionPage):
    slug, label, can, is_danger = "retire", "Retire", Can.MANAGE_GAMES, True
    help = (
        "No session draws the question any more. Those that have drawn it keep it. "
        "Edit, with “Drawn by quizzes” ticked, brings it back."
    )

    def offered(self, target: Question) -> bool:
        return target.is_active

    def act(self, *, by: User, target: Question, data: Mapping[str, Any]) -> Done:
        question = questions.retire_question(by=by, question_id=target.pk, reason=data["reason"])
        return Done(page_url(question), "The question is retired.")


class UploadQuestions(ActionPage):
    """The file is kept by the server until it is imported: what is looked at is what goes in."""

    slug, label, can, is_for_list = "import", "Import", Can.MANAGE_GAMES, True
    verb = "Look at it first"
    help = "Nothing goes in yet: first you see what would become of each question."
    form_class = question_form.UploadForm

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        file = QuestionFile(data["file"].name, data["file"].read())
        terms = Terms.of_words(**{name: data[name] for name in ("tags", "licence", "source", "updates")})
        upload = bank_import.store_upload(by=by, file=file, format=data["format"], terms=terms)
        return Done(reverse("admin:games_questionimport_action", args=[upload.pk, ImportUpload.slug]))


class ExportQuestions(ActionPage):
    slug, label, can, is_for_list = "export", "Export", Can.MANAGE_GAMES, True
    help = "A GIFT file. Importing it makes the same bank, and Moodle reads it too."
    form_class = question_form.ExportForm
    opens_transactions = True

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> StreamingHttpResponse:
        pieces = in_one_transaction(lambda: bank_export.export_questions(by=by, **data))
        reply = StreamingHttpResponse(pieces, content_type="text/plain; charset=utf-8")
        reply["Content-Disposition"] = 'attachment; filename="quantix-questions.gift"'
        return reply


class FirstTag(admin.SimpleListFilter):
    title = "first tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tags = Question.objects.exclude(tags=[]).values_list(KT("tags__0"), flat=True).distinct()
        return [(tag, tag) for tag in sorted(tags)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        return queryset.filter(tags__0=self.value()) if self.value() else queryset


class WorthALook(admin.SimpleListFilter):
    """Questions that the strong answer no better than the weak: a slip in the answer, or a leak."""

    title = "discrimination"
    parameter_name = "discrimination"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", f"below {QuestionStatistics.DISCRIMINATION_LOW}"), ("negative", "below 0")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        below = {"low": QuestionStatistics.DISCRIMINATION_LOW, "negative": 0}.get(self.value() or "")
        if below is None:
            return queryset
        answered = queryset.filter(statistics__answers__gte=QuestionStatistics.ANSWERS_TOLD_FROM)
        return answered.filter(statistics__discrimination__lt=below)


@admin.register(Question)
class QuestionAdmin(StaffAdmin[Question]):
    can_view = Can.MANAGE_GAMES
    action_pages = [EditQuestion(), RetireQuestion(), NewQuestion(), UploadQuestions(), ExportQuestions()]
    list_display = [
        "asked", "kind", "difficulty", "first_tag", "times_answered", "share_right", "median_time",
        "discrimination", "state",
    ]  # fmt: skip
    list_filter = [
        "kind",
        "difficulty",
        either("is_active", "state", "drawn by quizzes", "retired"),
        FirstTag,
        WorthALook,
    ]
    empty = "The bank is empty. Write a new question, or import a file of them."
    list_select_related = ["statistics"]
    search_fields = ["text"]
    search_help_text = "A part of the text, or the number of the question"
    fields = [
        "shown", "kind", "answer", "explained", "all_tags", "difficulty", "licence", "source", "state",
        "times_answered", "share_right", "median_time", "discrimination", "counted", "created_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return super().get_queryset(request).select_related("statistics")

    def find(self, rows: QuerySet[Question], words: str) -> QuerySet[Question]:
        has_number = Q(pk=int(words)) if words.isdecimal() and len(words) < 10 else Q()
        return rows.filter(Q(text__icontains=words) | has_number)

    @admin.display(description="question")
    def asked(self, question: Question) -> str:
        return str(question)

    @admin.display(description="state", ordering="is_active")
    def state(self, question: Question) -> str:
        return "drawn" if question.is_active else "retired"

    @admin.display(description="first tag")
    def first_tag(self, question: Question) -> str:
        return question.tags[0] if question.tags else ""

    @admin.display(description="right at first")
    def share_right(self, question: Question) -> str:
        seen = question.times_answered
        return f"{question.times_right / seen:.0%}" if seen else "–"

    @admin.display(description="text")
    def shown(self, question: Question) -> SafeString:
        return light_markdown(question.text)

    @admin.display(description="explanation")
    def explained(self, question: Question) -> SafeString:
        return light_markdown(question.explanation)

    @admin.display(description="tags")
    def all_tags(self, question: Question) -> str:
        return ", ".join(question.tags)

    @admin.display(description="answer")
    def answer(self, question: Question) -> SafeString:
        """The options with a mark at each right one; of the other kinds, what is accepted."""
        places = question.right if isinstance(question.right, list) else [question.right]
        rows = [(_MARK if at in places else "", text) for at, text in enumerate(question.options)]
        accepted = [("", line) for line in question_form.written_right(question).splitlines()]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}{}</li>", rows or accepted))

    @admin.display(description="median time", ordering="statistics__median_seconds")
    def median_time(self, question: Question) -> str:
        known = _statistics(question)
        return "–" if known is None or known.median_seconds is None else f"{known.median_seconds:.1f} s"

    @admin.display(description="discrimination", ordering="statistics__discrimination")
    def discrimination(self, question: Question) -> str:
        known = _statistics(question)
        told = None if known is None else known.discrimination_told
        return "–" if told is None else f"{told:+.2f}"

    @admin.display(description="time and discrimination from")
    def counted(self, question: Question) -> str:
        known = _statistics(question)
        if known is None:
            return "no session that has ended yet"
        from_ = QuestionStatistics.ANSWERS_TOLD_FROM
        return f"the newest {known.answers:,} first answers (discrimination from {from_} on)"


def _statistics(question: Question) -> QuestionStatistics | None:
    return getattr(question, "statistics", None)


class ImportUpload(ActionPage):
    slug, label, can = "import", "Import", Can.MANAGE_GAMES
    help = (
        "Nothing has gone in yet. Import puts in what is new; what is refused stays out, and can be mended in the "
        "file and imported again. A file that is not wanted is discarded from its page."
    )
    form_class = forms.Form
    # A file is imported once, whatever is sent twice.
    opens_transactions = True

    def offered(self, target: QuestionImport) -> bool:
        return target.imported_at is None

    def overview(self, target: QuestionImport) -> Preview | None:
        if target.content is None:
            return None
        report = bank_import.judge_upload(upload=target)
        facts = [("File", target.file_name), *_facts(dict(report.counts))]
        panel = _panel("What becomes of each question", dict(report.counts), report.fates)
        is_idle = not (report.counts["new"] or report.counts["updated"])
        return Preview(facts, panel, [_NOTHING_NEW] if is_idle else [], is_idle=is_idle)

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        upload = in_one_transaction(lambda: bank_import.import_upload(by=by, upload=target))
        return Done(page_url(upload), f"Imported {upload.file_name}: {_told(upload.counts) or 'nothing'}.")


class DiscardUpload(ActionPage):
    slug, label, can, is_danger = "discard", "Discard", Can.MANAGE_GAMES, True
    form_class = forms.Form
    help = "Forgets the file. Nothing of it has gone into the bank."

    def offered(self, target: QuestionImport) -> bool:
        return target.imported_at is None

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        bank_import.discard_upload(by=by, upload=target)
        return Done(list_url(Question), "The file is discarded.")


def fates_panel(request: HttpRequest, upload: QuestionImport) -> Panel | None:
    """What became of a file's questions, once it was imported."""
    if upload.imported_at is None:
        return None
    fates = [Fate(**fate) for fate in upload.report["fates"]]
    return _panel("What became of each question", upload.counts, fates)


@admin.register(QuestionImport)
class QuestionImportAdmin(StaffAdmin[QuestionImport]):
    can_view = Can.MANAGE_GAMES
    action_pages = [ImportUpload(), DiscardUpload()]
    panels = [fates_panel]
    list_display = ["file_name", "format", "kilobytes", "outcome", "by", "created_at", "imported_at"]
    list_filter = ["format"]
    empty = "No file was imported yet. Import, on the list of questions, begins with a look at what would become of it."
    list_select_related = ["by"]
    fields = [
        "file_name",
        "format",
        "kilobytes",
        "sha256",
        "said",
        "outcome",
        "by",
        "created_at",
        "imported_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionImport]:
        # The files themselves are fetched where they are read only.
        return super().get_queryset(request).select_related("by").defer("content")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: Any = None
    ) -> QuestionImport | None:
        found = QuestionImport.objects.select_related("by").filter(pk=object_id)
        return found.first() if object_id.isdecimal() else None

    @admin.display(description="size")
    def kilobytes(self, upload: QuestionImport) -> str:
        return filesizeformat(upload.size)

    @admin.display(description="said of all its questions")
    def said(self, upload: QuestionImport) -> str:
        """In the words of the form that asked."""
        terms = Terms(**upload.terms)
        words = {"tags": ", ".join(terms.tags), "licence": terms.licence, "source": terms.source}
        told = [f"{name}: {said}" for name, said in words.items() if said]
        return "; ".join([*told, *(["updates what the bank has"] if terms.updates else [])]) or "nothing"

    @admin.display(description="outcome")
    def outcome(self, upload: QuestionImport) -> str:
        return _told(upload.counts) or "not imported yet"


def _facts(counts: Mapping[str, int]) -> list[tuple[str, object]]:
    return [(words, f"{counts[word]:,}") for word, words in FATES.items() if counts.get(word)]


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {words.lower()}" for words, count in _facts(counts))


def _panel(title: str, counts: Mapping[str, int], fates: list[Fate]) -> Panel:
    total = sum(counts.values())
    if total > len(fates):
        title = f"{title} ({len(fates):,} of {total:,}; what to look at comes first)"
    rows = [
        [fate.line, f"{FATES[fate.word]}: {fate.reason}" if fate.reason else FATES[fate.word], fate.title]
        for fate in fates
    ]
    return Panel(title, ["line", "what becomes of it", "question"], rows)
