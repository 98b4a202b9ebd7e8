from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.formats import Option, ParsedQuestion, RefusedQuestion, gift
from games.formats.texts import decode


def parse(text: str) -> list[ParsedQuestion | RefusedQuestion]:
    return list(gift.parse(text))


def question_in(text: str) -> ParsedQuestion:
    [question] = parse(text)
    assert isinstance(question, ParsedQuestion), question
    return question


def reason_for(text: str) -> str:
    [error] = parse(text)
    assert isinstance(error, RefusedQuestion), error
    return error.reason


def test_a_single_choice_keeps_its_options_in_order() -> None:
    question = question_in("::Mean:: Mean of 1, 2, 6? {~2 #the median\n =3 #yes\n ~6 #### Sum over count.}")
    assert question == ParsedQuestion(
        line=1,
        title="Mean",
        text="Mean of 1, 2, 6?",
        kind="single",
        options=(Option("2", False), Option("3", True), Option("6", False)),
        right=1,
        explanation="Sum over count.\n\n2: the median",
    )


def test_a_partly_right_option_of_a_single_choice_is_not_the_right_one() -> None:
    assert question_in("q {~%50%a =b ~c}").right == 1


def test_weights_without_an_equals_sign_make_a_multiple_choice() -> None:
    question = question_in("Which are even? {~%50%2 ~%-100%3 ~%50%4#yes}")
    assert (question.kind, question.right) == ("multiple", (0, 2))
    assert question.options == (Option("2", True), Option("3", False), Option("4", True))


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("T", True),
        ("TRUE", True),
        ("F", False),
        ("FALSE", False),
        (" true ", True),
        ("F#no#yes####Why.", False),
    ],
)
def test_true_and_false_have_a_long_and_a_short_form(answer: str, right: bool) -> None:
    question = question_in(f"The median resists outliers.{{{answer}}}")
    assert (question.kind, question.options) == ("true_false", ())
    assert question.right is right


@pytest.mark.parametrize(
    ("answer", "value", "tolerance"),
    [
        ("#3.14:0.01", "3.14", "0.01"),
        ("# 42", "42", "0"),
        ("#-1.5e3:2", "-1500", "2"),
        ("#1..5", "3", "2"),
        ("#=%50%2:1 =%100%3:0.5#yes =%0%9", "3", "0.5"),
        ("#=.5:1", "0.5", "1"),
        ("#0.1..0.2", "0.15", "0.05"),
        ("#=1822:0 =%50%1822:2 ~wrong#no", "1822", "0"),
    ],
)
def test_a_number_has_a_value_and_a_tolerance(answer: str, value: str, tolerance: str) -> None:
    question = question_in(f"How many? {{{answer}}}")
    assert (question.kind, question.right) == ("numeric", (Decimal(value), Decimal(tolerance)))


def test_a_short_answer_accepts_what_earns_full_marks() -> None:
    question = question_in("Who? {=no one =%50%some =nobody#yes}")
    assert (question.kind, question.options, question.right) == ("short", (), ("no one", "nobody"))


def test_a_lone_answer_without_a_mark_is_a_short_answer() -> None:
    assert question_in("Who? {nobody}").right == ("nobody",)


def test_answers_amid_the_text_leave_a_gap() -> None:
    assert question_in("Grant is {~buried =entombed} in his tomb.").text == "Grant is _____ in his tomb."


def test_escapes_stand_for_the_characters_themselves() -> None:
    question = question_in(r"::a\:\:b::if x \= \{1\}\: \~y \# C\\D\n    z { =\=1#f ~\~1 ####\#\#\#\# }")
    assert question.title == "a::b"
    assert question.text == "if x = {1}: ~y # C\\D\n    z"
    assert [option.text for option in question.options] == ["=1", "~1"]
    assert question.explanation == "####\n\n=1: f"


@pytest.mark.parametrize("mark", ["html", "plain", "markdown", "moodle"])
def test_format_marks_are_not_part_of_a_text(mark: str) -> None:
    question = question_in(f"::t::[{mark}]Which? {{=[{mark}]a ~[1, 2] ####[{mark}]why}}")
    assert (question.text, question.explanation) == ("Which?", "why")
    assert [option.text for option in question.options] == ["a", "[1, 2]"]


def test_metadata_comes_from_the_comments_of_a_question() -> None:
    question = question_in(
        "// question: 7  [id:x] [tag:probability] [tag:a\\]b]\n// [difficulty:3] [licence:CC BY-SA 4.0]\n"
        "// [source:Quantix] [tag:probability]\nq {=a}"
    )
    assert question.line == 4
    assert (question.tags, question.difficulty) == (("probability", "a]b"), 3)
    assert (question.licence, question.source) == ("CC BY-SA 4.0", "Quantix")


def test_comments_that_stand_alone_give_licence_and_source_to_what_follows() -> None:
    first, second = parse("// [licence:CC0] [source:Book] [tag:no]\n\nq1 {=a}\n\n// [source:Own]\nq2 {=a}")
    assert isinstance(first, ParsedQuestion) and isinstance(second, ParsedQuestion)
    assert (first.licence, first.source, first.tags) == ("CC0", "Book", ())
    assert (second.licence, second.source) == ("CC0", "Own")


def test_the_last_part_of_a_category_becomes_a_tag() -> None:
    first, second, third = parse(
        "// [tag:x]\nq1 {=a}\n\n$CATEGORY: $course$/Bayes\n\n// [tag:x]\nq2 {=a}\n\n$CATEGORY: SQL\nq3 {=a}"
    )
    assert isinstance(first, ParsedQuestion) and first.tags == ("x",)
    assert isinstance(second, ParsedQuestion) and second.tags == ("x", "bayes")
    assert isinstance(third, ParsedQuestion) and third.tags == ("sql",)


def test_comments_between_answers_are_no_answers() -> None:
    assert question_in("q {\n  =a\n  // =b\n  ~c\n}").options == (Option("a", True), Option("c", False))


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    text = "// [tag:x]\n::t::q {\n=a\n~b\n}\n\nq2 {T}\n"
    assert parse(decode(("\ufeff" + text.replace("\n", "\r\n")).encode())) == parse(text)
    assert len(parse(text)) == 2


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Discuss. {}", "essay"),
        ("Discuss. {####why}", "essay"),
        ("Match. {=a -> b =c -> d}", "matching"),
        ("q {~a ~b}", "no option is right"),
        ("q {=%50%a}", "no answer is fully right"),
        ("q {#=%50%1}", "no answer is fully right"),
        ("q {#}", "no answer is fully right"),
        ("q {=a ~b", "braces"),
        ("q =a ~b}", "braces"),
        ("q {=a {b} ~c}", "braces"),
        ("{=a} and {=b}", "braces"),
        ("Just a text.", "no answers"),
        ("q {=a ~b ~b}", "two answers are the same"),
        ("q {=a =a}", "two answers are the same"),
        ("q {=a =b ~c}", "more than one"),
        ("q {=SELECT * FROM t}", "wildcard"),
        ("q {#=1 =2}", "more than one number"),
        ("q {~=a}", "empty"),
        ("q {~%100%a}", "two options"),
        ("q {#many}", "not a number: many"),
        ("q {#NaN}", "not a number: NaN"),
        ("q {#1:-1}", "tolerance"),
        ("q {#5..1}", "tolerance"),
        ("{=a ~b}", "no text"),
        ("::title q {=a}", "title"),
        ("// [difficulty:6]\nq {=a}", "difficulty"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(text: str, part: str) -> None:
    assert part in reason_for(text)


def test_a_refusal_has_its_line_and_leaves_the_others_alone() -> None:
    found = parse("q1 {T}\n\n// [tag:x]\n::t::\nDiscuss. {}\n\nq3 {F}\n")
    assert [item.line for item in found] == [1, 4, 7]
    assert [type(item) for item in found] == [ParsedQuestion, RefusedQuestion, ParsedQuestion]


@given(st.text("~=#{}:\\n%[]/>-5T markdown\n$<&;") | st.text())
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    assert all(isinstance(item, ParsedQuestion | RefusedQuestion) for item in parse(text))


def test_more_options_than_there_are_letters_for_are_refused() -> None:
    options = [f"~wrong {number}" for number in range(25)]
    (most,) = parse("Which? {=right " + " ".join(options) + "}")
    (too_many,) = parse("Which? {=right ~one more " + " ".join(options) + "}")
    assert isinstance(most, ParsedQuestion) and len(most.options) == 26
    assert isinstance(too_many, RefusedQuestion)


def test_an_open_brace_goes_on_over_blank_lines_but_not_into_the_next_question() -> None:
    text = "q1 {\n=a\n\n~b\n\n}\n\nq2 {=a ~b\n\nq3 {T}"
    assert [type(item) for item in parse(text)] == [ParsedQuestion, RefusedQuestion, ParsedQuestion]
    assert [item.line for item in parse(text)] == [1, 8, 10]


def test_texts_are_read_in_their_format_and_answers_in_that_of_the_question() -> None:
    question = question_in(
        "[html]<p>Is <b>1&nbsp;&lt;&nbsp;2</b>?</p>{=<i>yes</i> ~[plain]<i>no</i> ####<code>1 < 2</code>}"
    )
    assert question.text == "Is 1 < 2?"
    assert [option.text for option in question.options] == ["yes", "<i>no</i>"]
    assert question.explanation == "`1 < 2`"


def test_without_a_mark_html_is_read_and_what_is_none_stays() -> None:
    question = question_in("If a < b and c > d &amp; List<int>,<br>then? {=vector<a> ~x<sup>2</sup>}")
    assert question.text == "If a < b and c > d & List<int>,\nthen?"
    assert [option.text for option in question.options] == ["vector", "x^2"]


def test_feedback_on_answers_is_told_below_the_explanation() -> None:
    question = question_in("q {=a#Correct! ~b#That is the median. ~c#Wrong####Think of c.}")
    assert question.explanation == "Think of c.\n\nb: That is the median."
    assert question_in("q {T#Zero counts too.#Yes####Why.}").explanation == "Why.\n\nZero counts too."


def test_partly_right_answers_count_as_wrong_and_that_is_noted() -> None:
    assert question_in("q {=a =%50%b =%25%c}").notes == ("2 partly right answers count as wrong",)
    assert question_in("q {~%33.33333%a ~%33.33333%b ~%33.33334%c ~%-100%d}").right == (0, 1, 2)


def test_a_star_is_a_wildcard_unless_escaped() -> None:
    assert question_in(r"q {=SELECT \\* FROM t}").right == ("SELECT * FROM t",)


def test_what_moodle_calls_defaults_are_no_tags() -> None:
    (question,) = parse("$CATEGORY: $course$/top/Default for Statistics I\n\nq {T}")
    assert question.tags == ()  # type: ignore[union-attr]


def test_retired_questions_say_so() -> None:
    assert question_in("// [retired:yes]\nq {T}").is_retired is True
    assert question_in("q {T}").is_retired is None


def test_a_title_begins_the_next_question_without_a_blank_line() -> None:
    found = parse("$CATEGORY: SQL\n::a::q1 {=a}\n::b::q2 {\n=b\n} rest\n// [tag:x]\n::c::q3 {T}")
    assert [item.line for item in found] == [2, 3, 7]
    assert [item.text for item in found if isinstance(item, ParsedQuestion)] == ["q1", "q2 _____ rest", "q3"]
    assert [item.tags for item in found if isinstance(item, ParsedQuestion)] == [
        ("sql",),
        ("sql",),
        ("x", "sql"),
    ]
