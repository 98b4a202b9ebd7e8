"""The page of a player's limits: how they stand, what waits, and the ways into a break."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_POST

from betting.limits import services
from betting.limits.forms import BreakForm, ExclusionForm, LimitsForm
from betting.limits.standing import NAMES, column_of, standing_of
from quantix import clock
from quantix.db import in_one_transaction
from quantix.pages import Done, PlayerFormView, go_on, signed_in

PauseT = TypeVar("PauseT", bound=Form)


class Limits(PlayerFormView[LimitsForm]):
    form_class = LimitsForm
    template_name = "betting/limits.html"
    field_names: ClassVar[dict[str, str]] = {name: column_of(name) for name in NAMES}

    @cached_property
    def sheet(self) -> services.Sheet:
        return services.sheet_of(player=self.player)

    def get_initial(self) -> dict[str, Any]:
        # A form that was sent carries what it showed.
        is_sent = self.request.method == "POST"
        return {} if is_sent else {column_of(name): self.sheet.row.value_of(name) for name in NAMES}

    def act(self, form: LimitsForm) -> Done:
        asked = form.asked
        if not asked:
            return Done(self.request.path, "Your limits are as they were.")
        sheet = in_one_transaction(lambda: services.set_limits(player=self.player, limits=asked))
        waits = any(waiting.limit in asked for waiting in sheet.pending)
        later = " What is higher waits 24 hours, and then for your word." if waits else ""
        return Done(self.request.path, f"Your limits are saved.{later}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        now = clock.now()
        standing = standing_of(self.player.pk, now, every=True)
        rows = [(use, context["form"][column_of(use.name)]) for use in standing.uses]
        return context | {
            "standing": standing,
            "groups": [("Stakes", "staked", rows[:3]), ("Losses", "lost", rows[3:])],
            "pending": [
                (waiting, self.sheet.row.value_of(waiting.limit), waiting.is_due(now))
                for waiting in self.sheet.pending
            ],
            "break_form": BreakForm(initial={"days": 7}, auto_id="break_%s"),
            "exclusion_form": ExclusionForm(auto_id="exclusion_%s"),
        }


class Pause(PlayerFormView[PauseT]):
    """Sent once, its form is shown with what it means; sent again with `confirm`, it holds."""

    template_name = "betting/pause.html"
    field: ClassVar[str]
    title: ClassVar[str]
    success_url = reverse_lazy("limits")

    def act(self, form: PauseT) -> Done | HttpResponse:
        until = clock.now() + timedelta(days=form.cleaned_data["days"])
        if "confirm" not in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, until=until))
        pauses = {self.field: until}
        in_one_transaction(lambda: services.set_limits(player=self.player, limits={}, pauses=pauses))
        return Done(reverse("limits"), f"{self.title}: done. Take care.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": self.title, "field": self.field}


class Break(Pause[BreakForm]):
    form_class, field, title = BreakForm, "break_until", "Take a break"


class Exclusion(Pause[ExclusionForm]):
    form_class, field, title = ExclusionForm, "excluded_until", "Exclude yourself"


@require_POST
@login_required
def confirm(request: HttpRequest, name: str) -> HttpResponse:
    """Let a raise hold that has waited its 24 hours."""
    return _decide(request, name, services.confirm_raise, "The new limit holds from now on.")


@require_POST
@login_required
def withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """Take a raise back."""
    return _decide(request, name, services.withdraw_raise, "The limit stays as it is.")


def _decide(request: HttpRequest, name: str, act: Callable[..., object], words: str) -> HttpResponse:
    in_one_transaction(lambda: act(player=signed_in(request), name=name))
    return go_on(request, Done(reverse("limits"), words))
