"""Actions of staff: a button, a small form, one service call, and a word on what was done.

An action changes things through its service alone, in one transaction, once for the form that was sent.
What the service refuses is shown beside the field it blames.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from accounts.roles import Can, may
from quantix import audit
from quantix.backoffice import Queue, holding
from quantix.db import in_one_transaction
from quantix.errors import Refusal
from quantix.pages import Done, ServiceFormView, once_for, signed_in

if TYPE_CHECKING:
    from accounts.backoffice.pages import Panel, StaffAdmin


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=255,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why, in words. It is kept in the audit trail.",
    )


@dataclass(frozen=True)
class Group:
    """Fields of a form that stand together: under each other, or in `rows` of (short label, field).

    `more` names the list whose further rows a button asks for (`ActionPage.grown`). A form with `groups` is drawn so.
    """

    legend: str
    fields: Sequence[BoundField] = ()
    rows: Sequence[Sequence[tuple[str, BoundField]]] = ()
    more: str = ""


@dataclass(frozen=True)
class Preview:
    """What an action would do, before it does it.

    `warnings` are what to think about first. `seal` comes back as `data["seen"]` with the confirmation: by it the
    service knows what was looked at. `deed` are words for the button that confirms, after `verb`, if that is not
    "Confirm" and the label. `page` of `pages` is what the panel shows; `has_file`: all of it can be had as a file
    (`ActionPage.file`). An overview that `is_idle` has no button: there is nothing to do.
    """

    facts: Sequence[tuple[str, object]]
    panel: "Panel | None" = None
    warnings: Sequence[str] = ()
    seal: str = ""
    deed: str = ""
    verb: str = ""
    page: int = 1
    pages: int = 1
    has_file: bool = False
    is_idle: bool = False


class ActionPage(ABC):
    """One thing that staff can do, to an object or (`is_for_list`) from a list.

    Subclasses say what it is called, which role it takes, what its form asks, and `act`. With `previews`,
    the form is sent twice: the first time shows `preview`, the second acts.
    """

    slug: str
    label: str
    can: Can
    #: What the button that sends the form says, if not the label.
    verb: str = ""
    help: str = ""
    form_class: type[forms.Form] = ReasonForm
    is_for_list: bool = False
    is_danger: bool = False
    previews: bool = False
    #: The service opens its transactions itself: sent twice, the form has its effect twice.
    opens_transactions: bool = False
    #: Of an action `is_for_list`: its target is the list as it is filtered (`exports.Listed`), else None.
    takes_list: bool = False

    def offered(self, target: Any) -> bool:
        """Whether the button shows; what is not possible is refused by the service in any case."""
        return True

    def why_not(self, target: Any) -> str:
        """What the page says where the action is not `offered` (any more)."""
        return "This is not possible as it stands now: it was done or decided already, or its time is over."

    def demand(self, *, by: User, target: Any) -> None:  # noqa: B027 (most ask for no more than the role)
        """Raises the refusal that keeps `by` from doing this to `target`, beside the role: it is their own, say.

        Asked before anything is shown; the service asks again.
        """

    def offered_to(self, by: User, target: Any) -> bool:
        """Whether the button shows to `by`."""
        if not (may(by, self.can) and self.offered(target)):
            return False
        try:
            self.demand(by=by, target=target)
        except Refusal:
            return False
        return True

    def form(self, target: Any, **kwargs: Any) -> forms.Form:
        """The form about `target`; `kwargs` are a form's own."""
        return self.form_class(**kwargs)

    def grown(self, target: Any, sent: Mapping[str, Any]) -> forms.Form | None:
        """The form as it was sent, with more rows of the list that `sent["more"]` names; None where none grows."""
        return None

    def overview(self, target: Any) -> Preview | None:
        """What to know before the form is sent: facts above it, a table below."""
        return None

    def preview(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Preview:
        """What `act` would do; of a long list the part `data["page"]`. Raises what it would refuse, as far as known."""
        return Preview(())

    def file(self, *, by: User, target: Any, data: Mapping[str, Any]) -> StreamingHttpResponse:
        """The whole list of a preview that `has_file`; that it was taken is noted in the audit trail."""
        raise Http404("This preview has no file.")

    @abstractmethod
    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done | StreamingHttpResponse:
        """Call the service. Runs in a transaction; only what `opens_transactions` may answer with a file."""

    def after(self, target: Any) -> None:  # noqa: B027 (most have nothing left to do)
        """What remains to be done once the transaction has committed; done again if the form is sent again."""


class ActionView(ServiceFormView[forms.Form]):
    """The page of `action`: its form, its preview, and the way on once it is done."""

    template_name = "admin/action.html"
    model_admin: "StaffAdmin[Any]" = None  # type: ignore[assignment] # as_view() takes what is declared
    action: ActionPage = None  # type: ignore[assignment]
    target: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may(signed_in(request), self.action.can):
            raise PermissionDenied(f"This takes a role that may {self.action.can}.")
        self.action.demand(by=signed_in(request), target=self.target)
        return super().dispatch(request, *args, **kwargs)

    @property
    def staff(self) -> User:
        return signed_in(self.request)

    def get_form(self, form_class: Any = None) -> forms.Form:
        return self.action.form(self.target, **self.get_form_kwargs())

    @property
    def refusal(self) -> str:
        """Why there is nothing to fill in: what is decided already is neither asked nor previewed. Else empty."""
        is_possible = self.action.is_for_list or self.action.offered(self.target)
        return "" if is_possible else self.action.why_not(self.target)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "back" in request.POST:
            return self.render_to_response(self.get_context_data(form=self.get_form()))
        grown = self.action.grown(self.target, request.POST) if "more" in request.POST else None
        if grown is not None:
            return self.render_to_response(self.get_context_data(form=grown))
        return super().post(request, *args, **kwargs)

    def act(self, form: forms.Form) -> Done | HttpResponseBase:
        sent = self.request.POST
        looked_at = {"seen": sent.get("seen", ""), "page": _page(sent.get("page", ""))}
        data = form.cleaned_data | (looked_at if self.action.previews else {})
        asked = {"by": self.staff, "target": self.target, "data": data}
        if self.action.previews and "file" in sent:
            file = self.action.file(**asked)
            self._note_file(form)
            return file
        if self.action.previews and "confirm" not in sent:
            if self.refusal:
                return self.render_to_response(self.get_context_data(form=form), status=409)
            preview = self.action.preview(**asked)
            return self.render_to_response(self.get_context_data(form=form, preview=preview))
        if self.action.opens_transactions:
            return self.action.act(**asked)
        waited = holding(self.staff, self.target) if isinstance(self.target, Model) else None
        done = once_for(self.request, lambda: self._done(asked))
        self.action.after(self.target)
        return self._leading_on(done, waited) if waited else done

    def _leading_on(self, done: Done, queue: Queue) -> Done:
        """`done`, with the way to what waits next in the queue that the target has left."""
        assert isinstance(queue.count, QuerySet), "a row waits among rows"
        following = queue.count.exclude(pk=self.target.pk).order_by("pk").first()
        words, url = (
            (f"Next of the {queue.title}", self.model_admin.address_of(following))
            if following
            else (f"That was the last of the {queue.title}: see what else waits", reverse("admin:index"))
        )
        return replace(done, message=format_html('{} <a href="{}">{}</a>', done.message, url, words))

    def _note_file(self, form: forms.Form) -> None:
        """What leaves as a file is in the audit trail before its first row is: who took which preview of what."""
        asked = {name: self.request.POST.get(name, "") for name in form.fields}
        reason = asked.pop("reason", "")
        told = {"of": self.action.slug, "asked": {name: value for name, value in asked.items() if value}}
        note = partial(audit.record, actor=self.staff, target=self.model_admin.audited(self.target))
        in_one_transaction(lambda: note(action="export.preview", after=told, reason=reason))

    def _done(self, asked: Mapping[str, Any]) -> Done:
        done = self.action.act(**asked)
        assert isinstance(done, Done), "a file is no reply to keep: see opens_transactions"
        return done

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refusal = "" if "preview" in kwargs else self.refusal
        title = self.action.label if self.target is None else f"{self.action.label}: {self.target}"
        return super().get_context_data(
            **self.model_admin.admin_site.each_context(self.request),
            title=title,
            opts=self.model_admin.opts,
            list_name=self.model_admin.list_name,
            action=self.action,
            target=self.target,
            overview=None if "preview" in kwargs or refusal else self.action.overview(self.target),
            impossible=refusal,
            back=self.model_admin.address_of(self.target),
            **kwargs,
        )


def _page(text: str) -> int:
    """The number of a page, from 1 on; 1 for what is none."""
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
