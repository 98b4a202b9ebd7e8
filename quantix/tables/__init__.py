"""Tables as files, row by row: rows go in, bytes come out, and none are kept. Any number of rows takes no more memory.

A value is written by its type: numbers stay numbers, moments are told by the clock in India, and a text that a
spreadsheet would take for a formula is kept from being one. That is decided by the type, never by the look: the
number -12.50 is an amount, the text "-12.50" is somebody's words.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

_INDIA = timezone.get_default_timezone()
Row = Sequence[object]
Writer = Callable[[Sequence[str], Iterable[Row]], Iterator[bytes]]

#: What spreadsheets begin formulas with (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def looks_like_a_formula(text: str) -> bool:
    return text.startswith(_FORMULA)


def in_india(moment: datetime) -> datetime:
    return moment.astimezone(_INDIA)


def as_text(value: object) -> str:
    """What is neither number nor moment: words as they are, durations in seconds, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.3f}"
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
