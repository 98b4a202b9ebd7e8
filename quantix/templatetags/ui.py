"""How things look in templates: icons, money, odds, status chips, form fields, light markdown.

Filters and tags only turn values into markup; they read no database. The catalogue is docs/design.md.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

MINUS = "\u2212"
SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}

# value: (tone, icon, word). One table for every column that holds a status, so a word never differs by page.
CHIPS = {
    "in_progress": ("note", "hourglass", "In play"),
    "completed": ("still", "flag", "Finished"),
    "forfeited": ("loss", "flag", "Forfeited"),
    "expired": ("warn", "clock", "Out of time"),
    "voided": ("still", "minus", "Voided"),
    "win": ("gain", "check", "Won"),
    "loss": ("loss", "cross", "Lost"),
    "draw": ("still", "scale", "Draw"),
    "void": ("still", "refresh", "Void, stake back"),
    "cashed_out": ("note", "download", "Cashed out"),
    "unsettled": ("note", "hourglass", "Open"),
    "upcoming": ("still", "calendar", "Opens soon"),
    "open": ("gain", "unlock", "Open"),
    "closed": ("warn", "lock", "Closed"),
    "pending": ("warn", "hourglass", "Being confirmed"),
    "resolved": ("still", "flag", "Resolved"),
    "retired": ("still", "lock", "Retired"),
    "bet": ("note", "bet", "Stake"),
    "bonus": ("gain", "plus", "Bonus"),
    "admin_adjustment": ("warn", "scale", "Adjustment"),
    "credit": ("gain", "arrow-down", "Credit"),
    "debit": ("still", "arrow-up", "Debit"),
    "quiz": ("still", "quiz", "Quiz"),
    "puzzle": ("still", "puzzle", "Puzzle"),
    "prediction": ("still", "prediction", "Prediction"),
    "active": ("gain", "check", "Active"),
    "suspended": ("loss", "lock", "Suspended"),
    "staked": ("note", "bet", "Staked"),
}

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```[ \t]*$\n?", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration; with one it is an image that says it."""
    css = f"icon icon--{size}" if size else "icon"
    href = f"{static('icons.svg')}#{name}"
    if not label:
        return format_html(
            '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', css, href
        )
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><title>{}</title><use href="{}"></use></svg>',
        css,
        label,
        label,
        href,
    )


def _decimal(amount: object) -> Decimal | None:
    try:
        return Decimal(str(amount))
    except InvalidOperation:
        return None


def _group(rupees: str) -> str:
    """Indian digit grouping: the last three digits, then pairs."""
    head, tail = rupees[:-3], rupees[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])


def _figures(amount: Decimal, currency: str) -> str:
    whole, cents = f"{abs(amount):.2f}".split(".")
    symbol = SYMBOLS.get(currency, f"{currency}\u00a0")
    return f"{symbol}{_group(whole)}.{cents}"


@register.filter(name="money")
def money_filter(amount: object, currency: str = "INR") -> str:
    """`₹1,23,456.50`; a minus before the symbol if below zero; a dash for what is no number."""
    value = _decimal(amount)
    if value is None:
        return "–"
    return f"{MINUS if value < 0 else ''}{_figures(value, currency)}"


def moment(at: datetime) -> str:
    """`at` in the time of the site, to the minute: `3 Dec 2026, 18:30`."""
    return f"{timezone.localtime(at):%d %b %Y, %H:%M}"


@register.filter
def whole_money(amount: int, currency: str = "INR") -> str:
    """A round sum without decimals, for the axis of a chart: `₹1,500`."""
    return _figures(Decimal(amount), currency).removesuffix(".00")


@register.filter
def signed_money(amount: object, currency: str = "INR") -> str:
    """`+₹10.00`, `−₹10.00`, and a zero without sign."""
    value = _decimal(amount)
    if value is None:
        return "–"
    return f"{'+' if value > 0 else ''}{money_filter(value, currency)}"


@register.simple_tag(name="money")
def money_tag(amount: object, currency: str = "INR", sign: bool = False, type: str = "") -> SafeString:
    """Money in a span. `type` (`credit` or `debit`) gives the sign of a transaction whose amount has none."""
    value = _decimal(amount)
    if value is not None and type:
        value = -abs(value) if type == "debit" else abs(value)
    signed = sign or bool(type)
    tone = "" if not signed or not value else " money--in" if value > 0 else " money--out"
    words = signed_money(value, currency) if signed else money_filter(value, currency)
    return format_html('<span class="money{}">{}</span>', tone, words)


@register.filter
def odds(value: object) -> str:
    """Decimal odds: `2.50×`."""
    number = _decimal(value)
    return "–" if number is None else f"{number:.2f}×"


@register.filter
def percent(value: object) -> str:
    """A share of one as a whole percentage: `0.432` is `43%`."""
    number = _decimal(value)
    return "–" if number is None else f"{number * 100:.0f}%"


@register.filter
def signed_percent(value: object) -> str:
    """A gain or loss as a percentage with its sign: `0.1234` is `+12.3%`."""
    number = _decimal(value)
    if number is None:
        return "–"
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    return f"{sign}{abs(number) * 100:.1f}%"


@register.simple_tag
def chip(status: str | None, word: str = "") -> SafeString:
    """A status as icon and word. None is a bet not settled yet; an unknown value shows as its own words."""
    value = status or "unsettled"
    tone, name, usual = CHIPS.get(value, ("still", "info", value.replace("_", " ").capitalize()))
    return format_html('<span class="chip chip--{}">{}{}</span>', tone, icon(name), word or usual)


@register.simple_tag
def peg(symbol: str, symbols: Sequence[str]) -> SafeString:
    """One codebreaker symbol: letter, shape and colour by its place in `symbols`. Nothing: an empty hole."""
    if not symbol or symbol not in symbols:
        return mark_safe('<span class="peg peg--empty"><span class="sr-only">empty</span></span>')
    number = symbols.index(symbol) % 8 + 1
    return format_html(
        '<span class="peg peg--{0}"><svg class="peg__shape" viewBox="0 0 40 40" aria-hidden="true">'
        '<use href="{1}#peg-{0}"></use></svg><span class="peg__letter">{2}</span></span>',
        number,
        static("icons.svg"),
        symbol,
    )


@register.filter
def initials(name: str) -> str:
    """Two letters for an avatar: of the first and the last word, or of the only one."""
    words = re.split(r"[\s._-]+", name.strip())
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else name[:2]
    return letters.upper()


@register.simple_tag
def idempotency_key() -> SafeString:
    """A hidden field that names this form, filled in once: sent again, it has its effect once."""
    return format_html('<input type="hidden" name="idempotency_key" value="{}">', uuid.uuid4())


@register.inclusion_tag("_fragments/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field whole: label, control, hint and errors, tied together for those who hear it."""
    widget = bound.field.widget
    grouped = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": grouped,
        # One of a list is always chosen: nothing to leave out.
        "is_choice": isinstance(widget, Select) and not widget.allow_multiple_selected,
    }


@register.filter
def inline_code(text: str) -> SafeString:
    """One line of text: everything escaped, then `code`."""
    return mark_safe(_inline(text))  # noqa: S308 - escaped by _inline


@register.filter
def spell(seconds: int) -> str:
    """A time limit in words: `45 seconds`, `3 minutes`, `2 minutes 30 seconds`."""
    minutes, rest = divmod(int(seconds), 60)
    parts = ((minutes, "minute"), (rest, "second"))
    return " ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts if n) or "0 seconds"


def _inline(text: str) -> str:
    return SPAN.sub(r"<code>\1</code>", escape(text.strip("\n"))).replace("\n", "<br>")


@register.filter
def light_markdown(text: str) -> SafeString:
    """Question text: everything escaped, then `code`, fenced blocks, paragraphs and line breaks."""
    parts = FENCE.split(text.replace("\r\n", "\n"))
    html = []
    for place, part in enumerate(parts):
        # re.split puts what the one group caught at the odd places.
        if place % 2:
            # Focusable, so that a long line can be scrolled by keyboard.
            html.append(f'<pre tabindex="0"><code>{escape(part.rstrip())}</code></pre>')
        else:
            html += [f"<p>{_inline(block)}</p>" for block in re.split(r"\n{2,}", part) if block.strip()]
    return mark_safe("".join(html))  # noqa: S308 - every piece went through escape() above


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, url_name: str, word: str, icon_name: str) -> SafeString:
    """A link of the main navigation; nothing at all while no page of that name is routed."""
    try:
        address = reverse(url_name)
    except NoReverseMatch:
        return mark_safe("")
    path = request.path if (request := context.get("request")) else ""
    is_here = path == address or (address != "/" and path.startswith(address))
    here = mark_safe(' aria-current="page"') if is_here else ""
    return format_html(
        '<a class="nav-link" href="{}"{}>{}<span>{}</span></a>', address, here, icon(icon_name), word
    )
