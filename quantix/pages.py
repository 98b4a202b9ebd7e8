"""Form pages: forms check shape, services check rules, and one place puts a refusal beside its field.

A page that changes something is a ServiceFormView whose `act` calls the service and returns Done: where
to go next, and what to say there (post, redirect, get). Money moves through `once_for`, by the key that
the form carries: `{% idempotency_key %}` in the template.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from quantix import idempotency
from quantix.errors import FieldError, Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

FormT = TypeVar("FormT", bound=BaseForm)
KEY_FIELD = "idempotency_key"
ROWS_SHOWN = 30
#: What of a form is not part of the request that it makes.
_ENVELOPE = {KEY_FIELD, "csrfmiddlewaretoken"}


class SeeOther(HttpResponseRedirect):
    """303: what was posted is done; get this page, and let nobody post again by reloading."""

    status_code = 303


@dataclass(frozen=True)
class Done:
    """What a form led to: the address to go on to, and what to say there (nothing, if empty)."""

    location: str
    message: str = ""


def go_on(request: HttpRequest, done: Done) -> SeeOther:
    if done.message:
        messages.success(request, done.message)
    return SeeOther(done.location)


def once_for(request: HttpRequest, act: Callable[[], Done]) -> Done:
    """Run `act` in one transaction, once for the form's key; sent again, the form leads where it led before.

    Raises what `quantix.idempotency.once` does. The request's user is signed in.
    """
    body = {name: values for name, values in request.POST.lists() if name not in _ENVELOPE}
    reply = idempotency.once(
        user_id=signed_in(request).pk,
        key=request.POST.get(KEY_FIELD) or None,
        request=(request.method or "POST", request.path, body),
        act=lambda: idempotency.Reply(303, asdict(act())),
    )
    return Done(**reply.body)


def newest(found: "QuerySet[Any]", before: int | None) -> dict[str, Any]:
    """The newest ROWS_SHOWN rows of `found`, or those older than the row with the id `before`.

    `rows`, `before`, and `older`: the id before which there are more; None at the end. One query. The way to
    and fro is `_fragments/older.html`.
    """
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-id")[: ROWS_SHOWN + 1])
    older = rows[ROWS_SHOWN - 1].pk if len(rows) > ROWS_SHOWN else None
    return {"rows": rows[:ROWS_SHOWN], "before": before, "older": older}


def signed_in(request: HttpRequest) -> "User":
    """Who asks, where a page is for the signed in only."""
    return cast("User", request.user)


def safe_next(request: HttpRequest, default: str) -> str:
    """The address that `next` names if it is one of this site, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else default


# Never cached: the browser's Back fetches the form anew, with a key that no earlier request used.
@method_decorator(never_cache, name="dispatch")
class ServiceFormView(ABC, FormView[FormT]):
    """A page with a form whose work is done by a service. Subclasses set `form_class`, `template_name`, `act`."""

    http_method_names = ["get", "head", "post", "options"]
    #: The refusal's name of a field, where the form has another one for it.
    field_names: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def act(self, form: FormT) -> Done | HttpResponseBase:
        """Do what the valid `form` asks for. Refusals may fly: they come back beside their fields."""

    def form_valid(self, form: FormT) -> HttpResponseBase:  # type: ignore[override] # files too
        try:
            done = self.act(form)
        except Refusal as refusal:
            return self.refused(form, refusal)
        return go_on(self.request, done) if isinstance(done, Done) else done

    def form_invalid(self, form: FormT) -> HttpResponse:
        _focus_first_fault(form)
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def refused(self, form: FormT, refusal: Refusal) -> HttpResponse:
        """The form again, with the refusal's words beside its fields or above them, and with its status."""
        for error in refusal.errors or [FieldError("", refusal.code, refusal.detail)]:
            form.add_error(_field_at(form, self.field_names.get(error.field, error.field)), error.message)
        _focus_first_fault(form)
        context = self.get_context_data(form=form, refusal=refusal)
        return self.render_to_response(context, status=refusal.status, headers=refusal.headers)


class PlayerFormView(LoginRequiredMixin, ServiceFormView[FormT]):
    """The same for who is signed in."""

    @property
    def player(self) -> "User":
        return signed_in(self.request)


def _field_at(form: BaseForm, path: str) -> str | None:
    """The field that draws `path`, or what it is part of (`options` for `options.2.label`); None if no field does."""
    parts = path.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in form.fields), None)


def _focus_first_fault(form: BaseForm) -> None:
    faults: list[Any] = [bound.field for bound in form if bound.errors and not bound.is_hidden]
    for field in faults[:1]:
        field.widget.attrs["autofocus"] = True
