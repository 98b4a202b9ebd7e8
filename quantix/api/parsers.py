"""Bodies: a JSON object in strict UTF-8, bounded in size, depth and numbers, checked before any view sees it."""

import codecs
import json
import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from quantix.errors import Refusal
from quantix.problems import BodyTooLarge

BODY_BYTES_MAX = 64 * 1024
DEPTH_MAX = 8
#: No number that means anything here is written longer; Python itself stops at 4,300 digits.
NUMBER_CHARACTERS_MAX = 64


class MalformedBody(Refusal):
    code = "malformed-body"
    status = 400
    title = "The body is not a JSON object as this API takes it"


class UnsupportedMediaType(Refusal):
    code = "unsupported-media-type"
    status = 415
    title = "Bodies are JSON"
    detail = "Send the body as application/json, in UTF-8."


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 and I-JSON have it: no byte order mark, duplicate names, NaN, NUL or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        request: Request = (parser_context or {})["request"]
        if (request._request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType
        # One byte more than is allowed is never read: the length that was declared need not be true.
        raw = stream.read(BODY_BYTES_MAX + 1)
        if len(raw) > BODY_BYTES_MAX:
            raise BodyTooLarge
        return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` writes; empty for no bytes at all. Raises MalformedBody."""
    if not raw:
        return {}
    if raw.startswith(codecs.BOM_UTF8):
        raise MalformedBody("The body begins with a byte order mark.")
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise MalformedBody("The body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise MalformedBody(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    except RecursionError as error:
        raise MalformedBody(_TOO_DEEP) from error
    if not isinstance(value, dict):
        raise MalformedBody("The body is not a JSON object.")
    _check(value, depth=1)
    return value


_TOO_DEEP = f"The body is nested deeper than {DEPTH_MAX} levels."


def _check(value: object, depth: int) -> None:
    """Raises MalformedBody where `value` is nested too deep, or holds text that a database cannot."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth > DEPTH_MAX:
            raise MalformedBody(_TOO_DEEP)
        for inner in value if isinstance(value, list) else [*value.keys(), *value.values()]:
            _check(inner, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedBody("The body holds the character U+0000.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise MalformedBody("The body holds half of a surrogate pair.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedBody("An object of the body has the same name twice.")
    return value


def _int(text: str) -> int:
    _check_number(text)
    return int(text)


def _float(text: str) -> float:
    _check_number(text)
    number = float(text)
    if not math.isfinite(number):
        raise MalformedBody("The body holds a number that is too large.")
    return number


def _check_number(text: str) -> None:
    if len(text) > NUMBER_CHARACTERS_MAX:
        raise MalformedBody(f"The body holds a number of more than {NUMBER_CHARACTERS_MAX} characters.")


def _constant(name: str) -> None:
    raise MalformedBody(f"{name} is not JSON.")
