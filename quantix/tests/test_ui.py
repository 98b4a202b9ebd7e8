from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from quantix.templatetags import ui

SPRITE = (Path(__file__).resolve().parents[2] / "static" / "icons.svg").read_text()


class SignUp(forms.Form):
    email = forms.EmailField(label="Institute e-mail", help_text="In small letters.")
    nickname = forms.CharField(required=False)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "₹0.00"),
        ("1234.5", "₹1,234.50"),
        (Decimal("123456.50"), "₹1,23,456.50"),
        ("123456789.01", "₹12,34,56,789.01"),
        ("-10", "−₹10.00"),
        (None, "–"),
    ],
)
def test_money_is_grouped_the_indian_way(amount: object, words: str) -> None:
    assert ui.money_filter(amount) == words


def test_money_of_an_unknown_currency_shows_its_code() -> None:
    assert ui.money_filter("5", "XTS") == "XTS\u00a05.00"


@pytest.mark.parametrize(("amount", "words"), [("10", "+₹10.00"), ("-10", "−₹10.00"), ("0", "₹0.00")])
def test_signed_money_shows_its_sign(amount: str, words: str) -> None:
    assert ui.signed_money(amount) == words


def test_a_debit_is_drawn_as_money_going_out() -> None:
    assert ui.money_tag("40", type="debit") == '<span class="money money--out">−₹40.00</span>'


def test_a_credit_is_drawn_as_money_coming_in() -> None:
    assert ui.money_tag("40", type="credit") == '<span class="money money--in">+₹40.00</span>'


def test_odds_have_two_decimals_and_a_times_sign() -> None:
    assert ui.odds("2.5000") == "2.50×"


def test_a_chance_is_a_whole_percentage() -> None:
    assert ui.percent("0.432") == "43%"


def test_an_icon_without_label_is_hidden_from_those_who_hear_the_page() -> None:
    assert 'aria-hidden="true"' in ui.icon("clock")


def test_an_icon_with_label_says_it() -> None:
    assert 'role="img" aria-label="Time &amp; tide"' in ui.icon("clock", "Time & tide")


@pytest.mark.parametrize("status", ui.CHIPS)
def test_every_status_has_a_word_and_an_icon_that_exists(status: str) -> None:
    _, icon, word = ui.CHIPS[status]
    assert word
    assert f'id="{icon}"' in SPRITE


def test_a_bet_without_outcome_is_open() -> None:
    assert "Open" in ui.chip(None)


def test_an_unknown_status_shows_as_its_own_words_escaped() -> None:
    assert "&lt;b&gt;odd one" in ui.chip("<b>odd_one").lower()


def test_a_peg_tells_its_symbol_by_letter_and_shape() -> None:
    drawn = ui.peg("C", ["A", "B", "C"])
    assert "#peg-3" in drawn
    assert '<span class="peg__letter">C</span>' in drawn


def test_a_symbol_that_is_not_on_the_board_is_an_empty_hole() -> None:
    assert "peg--empty" in ui.peg("", ["A"])


@pytest.mark.parametrize(("name", "letters"), [("arjun.k", "AK"), ("meera", "ME"), ("A B Rao", "AR")])
def test_an_avatar_shows_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b> & c", "<p>a &lt;b&gt; &amp; c</p>"),
        ("use `x < 1`", "<p>use <code>x &lt; 1</code></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        (
            "see\n```python\na = `1`\n  <b>\n```\ndone",
            '<p>see</p><pre tabindex="0"><code>a = `1`\n  &lt;b&gt;</code></pre><p>done</p>',
        ),
        ("```\nnever closed", "<p>```<br>never closed</p>"),
        ("**not** [a](link)", "<p>**not** [a](link)</p>"),
    ],
)
def test_light_markdown_knows_code_and_lines_alone(text: str, html: str) -> None:
    assert ui.light_markdown(text) == html


def _draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_field_ties_hint_and_error_to_its_input() -> None:
    drawn = _draw("{% field bound %}", bound=SignUp({"email": "x"})["email"])
    assert 'aria-describedby="id_email_helptext id_email_error"' in drawn
    assert 'id="id_email_helptext"' in drawn
    assert 'id="id_email_error"' in drawn
    assert 'aria-invalid="true"' in drawn


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert "optional" in _draw("{% field bound %}", bound=SignUp()["nickname"])


def test_a_page_that_is_not_routed_has_no_link() -> None:
    request = RequestFactory().get("/")
    assert _draw('{% nav_link "no-such-page" "Nowhere" "home" %}', request=request) == ""


def test_a_link_to_the_page_one_is_on_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "reverse", lambda name: "/bets/")
    drawn = _draw('{% nav_link "bets" "Bets" "bet" %}', request=RequestFactory().get("/bets/7/"))
    assert 'href="/bets/" aria-current="page"' in drawn
