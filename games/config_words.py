"""What is wrong with a configuration, in the words of who fills in its form: the schema's own are for programs."""

import re
from dataclasses import replace

from games.config_form import words_of
from quantix.errors import FieldError

#: The code of a fault to what the form says; `{}` is the number that the schema names.
_WORDS = {
    "missing": "fill this in",
    "too-short": "at least {} are needed",
    "too-long": "at most {} are possible",
    "string-too-short": "fill this in",
    "string-too-long": "at most {} characters",
    "string-pattern-mismatch": "small letters, digits and hyphens only, 40 at most",
    "greater-than": "more than {}",
    "greater-than-equal": "{} or more",
    "less-than": "less than {}",
    "less-than-equal": "{} at most",
    "int-type": "a whole number",
    "int-parsing": "a whole number",
    "float-type": "a number",
    "datetime-type": "a date and a time",
}
_NUMBER = re.compile(r"\d[\d.]*")


def in_words(error: FieldError) -> FieldError:
    """`error` as the form tells it, with its field's name; one that is told in words already stays as it is."""
    if error.code not in _WORDS:
        return error
    number = _NUMBER.search(error.message)
    told = _WORDS[error.code].format(number.group().rstrip(".") if number else "")
    return replace(error, message=f"{words_of(error.field)}: {told}.")
