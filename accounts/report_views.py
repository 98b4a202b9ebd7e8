"""The page on which a player reports another."""

from typing import Any

from django import forms
from django.urls import reverse

from accounts.report_models import WORDS_MAX, Reason
from accounts.services import reports
from quantix.pages import Done, PlayerFormView, once_for


class ReportForm(forms.Form):
    reason = forms.ChoiceField(label="What is it about?", choices=Reason.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="What happened?",
        max_length=WORDS_MAX,
        widget=forms.Textarea({"rows": 4, "maxlength": WORDS_MAX}),
        help_text=f"When and where did you see it? Up to {WORDS_MAX} characters.",
    )


class ReportPlayer(PlayerFormView[ReportForm]):
    form_class = ReportForm
    template_name = "accounts/report.html"

    def act(self, form: ReportForm) -> Done:
        return once_for(self.request, lambda: self._report(form))

    def _report(self, form: ReportForm) -> Done:
        report = reports.report_player(
            reporter=self.player, username=self.kwargs["username"], **form.cleaned_data
        )
        said = f"Thank you. Staff will look at what you wrote about {report.reported}."
        return Done(reverse("player", args=[report.reported.username]), said)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reported = reports.find_other(reporter=self.player, username=self.kwargs["username"])
        return super().get_context_data(**kwargs) | {"reported": reported}
