"""Refusals: what the rules of Quantix say no to, each with a stable code.

A service raises a refusal; `quantix.problems` turns it into a reply, in one place, for pages and
programs alike. This module knows nothing of Django, so that the engines may refuse moves with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class Refusal(Exception):
    """A request that was understood and is refused, leaving no trace.

    `code` is stable and unique, `status` is the HTTP status it becomes, `title` is the same for every
    refusal of the class, `detail` says what happened this time and the way out. `extra` members are
    added to the problem document as they are.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409
    title: ClassVar[str]
    detail: str = ""
    #: The database constraint whose violation means this refusal, if one does.
    constraint: ClassVar[str] = ""

    def __init__(
        self, detail: str = "", *, field: str = "", headers: Mapping[str, str] | None = None, **extra: Any
    ):
        self.detail = detail or type(self).detail or self.title
        self.field = field
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.detail)

    @classmethod
    def by_constraint(cls, detail: str) -> "Refusal":
        """The refusal that a violation of `constraint` is; `detail` is what the database says with it."""
        return cls()

    @property
    def errors(self) -> Sequence["FieldError"]:
        """What is wrong with which field; empty where no field is to blame."""
        return [FieldError(self.field, self.code, self.detail)] if self.field else []


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field. `field` is a path such as `options.2.label`."""

    field: str
    code: str
    message: str


class Invalid(Refusal):
    """Understood, and not valid: carries one error for each field at fault."""

    code = "invalid"
    status = 400
    title = "The request is not valid"
    detail = "Some fields are not valid."

    def __init__(self, *errors: FieldError, detail: str = ""):
        super().__init__(detail or " ".join(error.message for error in errors))
        self._errors = errors

    @property
    def errors(self) -> Sequence[FieldError]:
        return self._errors


class NotFound(Refusal):
    """Not there, or not yours: the two are never told apart."""

    code = "not-found"
    status = 404
    title = "Not found"
    detail = "There is nothing here, or it is not yours."


class Forbidden(Refusal):
    """Known, signed in, and not allowed."""

    code = "forbidden"
    status = 403
    title = "Not allowed"
    detail = "Your account may not do this."


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    status = 422
    title = "Idempotency key used for another request"
    detail = "This Idempotency-Key came with another request before. Use a new key for a new request."


class TooManyRequests(Refusal):
    code = "rate-limited"
    status = 429
    title = "Too many requests"
    detail = "Too many requests. Wait a little, then try again."


class DatabaseAway(Refusal):
    code = "database-unavailable"
    status = 503
    title = "The database cannot be reached"
    detail = (
        "Quantix cannot reach its database just now. Try again soon; if you changed something, look first."
    )


class TooMuchToRead(Refusal):
    code = "too-much-to-read"
    status = 400
    title = "Too many rows would have to be read for this"
    detail = "Ask for less: name a player or a reference, or fewer days."


def every_refusal(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """All refusals the project defines, depth first: the source of the documented list of codes."""
    for refusal in base.__subclasses__():
        yield refusal
        yield from every_refusal(refusal)
