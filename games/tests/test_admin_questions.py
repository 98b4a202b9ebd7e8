"""The question bank as staff import and export it in the back-office."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from games.errors import ImportedAlready
from games.models import Question
from games.models_bank import QuestionImport, QuestionStatistics
from games.services import bank_import
from quantix import clock
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)

GIFT = "1 + 1?{=2 ~3}\n\nDiscuss.{}\n\n2 + 2?{#4}\n"
FORM = {"format": "auto", "tags": "sums", "licence": "CC0", "source": "A <b>book</b>"}


@pytest.fixture
def games_staff(client: Client) -> User:
    user = factories.make_staff("games")
    client.force_login(user)
    return user


@pytest.fixture
def upload(client: Client, games_staff: User) -> Callable[..., Any]:
    """`upload("1 + 1?{#2}")`: the form of the import sent with a file, and the page that it leads to."""

    def send(text: str | bytes = GIFT, name: str = "sums.gift", **form: str) -> Any:
        data = text.encode() if isinstance(text, str) else text
        sent = FORM | form | {"file": SimpleUploadedFile(name, data)}
        return client.post("/admin/games/question/do/import/", sent, follow=True)

    return send


def newest() -> QuestionImport:
    return QuestionImport.objects.latest("id")


def address(action: str) -> str:
    return f"/admin/games/questionimport/{newest().pk}/do/{action}/"


def test_a_file_is_looked_at_first_and_goes_in_when_that_is_confirmed(
    client: Client, upload: Callable[..., Any]
) -> None:
    page = upload()
    assert page.redirect_chain == [(address("import"), 303)]
    html = page.content.decode()
    for words in (
        "sums.gift",
        "<dt>New</dt><dd>2</dd>",
        "<dt>Refused</dt><dd>1</dd>",
        "essay questions have no right",
    ):
        assert words in html
    assert not Question.objects.exists()
    assert client.post(address("import")).status_code == 303
    question = Question.objects.get(text="1 + 1?")
    assert (question.tags, question.licence, question.source) == (["sums"], "CC0", "A <b>book</b>")
    after = client.get(f"/admin/games/questionimport/{newest().pk}/change/").content.decode()
    assert "What became of each question" in after and "essay questions have no right" in after


def test_what_is_confirmed_is_the_file_that_was_uploaded_and_nothing_that_is_sent_again(
    client: Client, upload: Callable[..., Any]
) -> None:
    upload()
    client.post(
        address("import"), {"file": SimpleUploadedFile("x.gift", b"Other?{T}"), "content": "Other?{T}"}
    )
    assert not Question.objects.filter(text="Other?").exists()
    assert newest().content is None


def test_a_file_is_imported_once(client: Client, upload: Callable[..., Any]) -> None:
    upload()
    assert client.post(address("import")).status_code == 303
    again = client.post(address("import"))
    assert again.status_code == 409 and "imported already" in again.content.decode()
    assert client.post(address("discard")).status_code == 409
    assert AuditEntry.objects.filter(action="question.import").count() == 1


def test_who_imports_a_file_at_the_same_moment_finds_it_imported(
    upload: Callable[..., Any], games_staff: User
) -> None:
    upload()
    mine, theirs = newest(), newest()

    def both() -> None:
        bank_import.import_upload(by=games_staff, upload=mine)
        bank_import.import_upload(by=games_staff, upload=theirs)

    with pytest.raises(ImportedAlready):
        in_one_transaction(both)
    assert not Question.objects.exists()


def test_a_file_with_nothing_new_is_not_offered_to_be_imported(upload: Callable[..., Any]) -> None:
    assert 'value="Import"' in upload().content.decode()
    page = upload("Discuss.{}").content.decode()
    assert "there is nothing to import" in page and 'value="Import"' not in page


def test_a_file_can_be_discarded(client: Client, upload: Callable[..., Any]) -> None:
    upload()
    assert client.post(address("discard")).status_code == 303
    assert not QuestionImport.objects.exists() and not Question.objects.exists()
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions)[-2:] == ["question.upload", "question.discard"]


def test_a_file_that_nobody_imports_is_forgotten_after_a_day(
    client: Client, upload: Callable[..., Any]
) -> None:
    upload()
    assert bank_import.forget_uploads() == 0
    with clock.set_to(clock.now() + timedelta(hours=24, minutes=1)):
        assert bank_import.forget_uploads() == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"just words", "none of the formats"),
        (b'{"name": "A cup", "options": [{"id": "a", "odds": "=2"}], "more": {}}', "none of the formats"),
        (b"Question?{T}\n" + bytes([0xFF, 0xC3, 0xA9]), "not UTF-8"),
        (b"q{T}\n" * 900_000, "more than 4,194,304 bytes"),
        (b"".join(b"q%d{T}\n\n" % n for n in range(5_001)), "more than 5,000 questions"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><quiz>&a;</quiz>", "document type"),
    ],
    ids=["words", "data", "encoding", "large", "many", "bomb"],
)
def test_a_file_that_cannot_be_taken_is_told_on_the_form(
    data: bytes, words: str, upload: Callable[..., Any]
) -> None:
    page = upload(data)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert not QuestionImport.objects.exists()


def test_a_form_without_a_file_or_with_an_unknown_format_is_at_fault(
    client: Client, upload: Callable[..., Any]
) -> None:
    assert client.post("/admin/games/question/do/import/", FORM).context["form"].errors.keys() == {"file"}
    assert upload(format="excel").context["form"].errors.keys() == {"format"}


def test_what_files_say_is_shown_as_text(upload: Callable[..., Any]) -> None:
    html = upload("::<script>alert(1)</script>::Discuss.{}\n\nq{T}").content.decode()
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html


def test_a_long_file_shows_what_to_look_at_first_and_how_many_there_are(upload: Callable[..., Any]) -> None:
    html = upload("".join(f"q{n}{{T}}\n\n" for n in range(1000)) + "Discuss.{}").content.decode()
    assert "300 of 1,001" in html
    assert html.index("essay questions") < html.index(">q0")


def test_import_and_export_take_few_statements_however_long_the_file(
    client: Client, upload: Callable[..., Any]
) -> None:
    upload("".join(f"q{n}{{T}}\n\n" for n in range(2000)))
    for method, path in [("get", address("import")), ("post", address("import"))]:
        with count_queries():
            assert getattr(client, method)(path, {"idempotency_key": "x"}).status_code < 400
    with count_queries():
        reply: Any = client.post("/admin/games/question/do/export/", {"with_retired": "on"})
        assert b"".join(reply.streaming_content).count(b"TRUE") == 2000


def test_the_export_is_a_file_that_imports_to_the_same_bank(
    client: Client, upload: Callable[..., Any]
) -> None:
    upload()
    client.post(address("import"))
    reply: Any = client.post("/admin/games/question/do/export/", {"with_retired": "on"})
    assert reply["Content-Disposition"] == 'attachment; filename="quantix-questions.gift"'
    file = b"".join(reply.streaming_content)
    assert AuditEntry.objects.filter(action="question.export").exists()
    assert "<dt>Held already</dt><dd>2</dd>" in upload(file, tags="", licence="").content.decode()


def test_an_export_can_be_of_one_tag_and_without_what_is_retired(client: Client, games_staff: User) -> None:
    factories.QuestionFactory(tags=["sql"], text="Join?")
    factories.QuestionFactory(tags=["sql"], text="Leaked?", is_active=False)
    factories.QuestionFactory(tags=["python"], text="Slice?")
    reply: Any = client.post("/admin/games/question/do/export/", {"tag": "sql"})
    file = b"".join(reply.streaming_content)
    assert b"Join?" in file and b"Leaked?" not in file and b"Slice?" not in file


def test_the_statistics_of_a_question_stand_on_its_page_and_in_the_list(
    client: Client, games_staff: User
) -> None:
    question: Any = factories.QuestionFactory()
    QuestionStatistics.objects.create(
        question=question, answers=40, times_right=30, median_seconds=12.34, discrimination=-0.2, newest_answer=1,
        worked_out_at=clock.now(),
    )  # fmt: skip
    for path in (f"{question.pk}/change/", "", "?discrimination=negative", "?discrimination=low"):
        html = client.get(f"/admin/games/question/{path}").content.decode()
        assert "12.3 s" in html and "-0.20" in html, path
    QuestionStatistics.objects.update(answers=19)
    assert "-0.20" not in client.get("/admin/games/question/").content.decode()
    assert "12.3 s" not in client.get("/admin/games/question/?discrimination=negative").content.decode()


def test_a_question_is_shown_as_players_see_it_with_its_right_answers_marked(
    client: Client, games_staff: User
) -> None:
    shown: list[tuple[Any, str]] = [
        (factories.QuestionFactory(text="What is `x`?", options=["<b>", "* 2"], right=0), "<code>x</code>"),
        (
            factories.QuestionFactory(kind="numeric", options=[], right={"value": "2", "tolerance": "0.5"}),
            "2 ± 0.5",
        ),
        (factories.QuestionFactory(kind="short", options=[], right=["Bayes", "Price"]), "<li>Price</li>"),
        (factories.QuestionFactory(kind="true_false", options=[], right=True), "<li>true</li>"),
    ]
    for question, words in shown:
        assert words in client.get(f"/admin/games/question/{question.pk}/change/").content.decode()
    html = client.get(f"/admin/games/question/{shown[0][0].pk}/change/").content.decode()
    assert "<strong>✓ right:</strong> &lt;b&gt;" in html


def test_options_that_begin_with_a_star_survive_being_edited(client: Client, games_staff: User) -> None:
    question: Any = factories.QuestionFactory(options=["*args", "\\*", "\\n", "args"], right=0)
    address = f"/admin/games/question/{question.pk}/do/edit/"
    form = client.get(address).context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    assert client.post(address, shown).status_code == 303
    question.refresh_from_db()
    assert (question.options, question.right) == (["*args", "\\*", "\\n", "args"], 0)
