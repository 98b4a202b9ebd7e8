"""What form pages share: refusals come back into the form, and money moves once for a form's key."""

import uuid
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from quantix.errors import FieldError, Invalid, KeyReused, TooManyRequests
from quantix.pages import Done, ServiceFormView, once_for, safe_next

REFUSED = Invalid(FieldError("email", "taken", "That one is gone."), FieldError("shoe", "size", "Too large."))


class NameForm(forms.Form):
    name = forms.CharField()


class NameView(ServiceFormView[NameForm]):
    form_class = NameForm
    template_name = "_fragments/form_errors.html"
    field_names = {"email": "name"}

    def act(self, form: NameForm) -> Done:
        if form.cleaned_data["name"] == "hasty":
            raise TooManyRequests(headers={"Retry-After": "7"})
        raise REFUSED


def post(**data: str) -> HttpRequest:
    request = RequestFactory().post("/somewhere", data)
    request.user = AnonymousUser()
    return request


def shown(**data: str) -> tuple[Any, Any]:
    response: Any = NameView.as_view()(post(**data))
    return response, response.context_data["form"]


def test_a_refused_field_is_named_beside_the_field() -> None:
    response, form = shown(name="anybody")
    assert response.status_code == 400
    assert form.errors["name"] == ["That one is gone."]


def test_a_refusal_that_no_field_is_to_blame_for_stands_above_the_form() -> None:
    assert shown(name="anybody")[1].non_field_errors() == ["Too large."]


def test_a_refusal_keeps_its_status_and_headers() -> None:
    response, form = shown(name="hasty")
    assert (response.status_code, response["Retry-After"]) == (429, "7")
    assert form.non_field_errors() == [TooManyRequests.detail]


def test_the_first_field_at_fault_has_the_focus() -> None:
    _, form = shown(name="")
    assert form.fields["name"].widget.attrs["autofocus"]


def test_a_form_page_is_never_kept_by_the_browser() -> None:
    assert "no-store" in shown(name="anybody")[0]["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_has_its_effect_once(player: User) -> None:
    calls = []

    def act() -> Done:
        calls.append(1)
        return Done("/there", f"Done {len(calls)}")

    request = post(amount="5", idempotency_key=str(uuid.uuid4()), csrfmiddlewaretoken="a")
    request.user = player
    again = post(amount="5", idempotency_key=request.POST["idempotency_key"], csrfmiddlewaretoken="b")
    again.user = player
    assert once_for(request, act) == once_for(again, act) == Done("/there", "Done 1")


@pytest.mark.django_db(transaction=True)
def test_another_form_with_the_same_key_is_refused(player: User) -> None:
    key = str(uuid.uuid4())
    for amount in ("5", "6"):
        request = post(amount=amount, idempotency_key=key)
        request.user = player
        if amount == "5":
            once_for(request, lambda: Done("/there"))
    with pytest.raises(KeyReused):
        once_for(request, lambda: Done("/there"))


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", ""],
)
def test_next_leads_nowhere_but_to_this_site(wanted: str) -> None:
    assert safe_next(post(next=wanted), "/home") == "/home"


def test_next_leads_to_a_page_of_this_site() -> None:
    assert safe_next(post(next="/wallet?type=credit"), "/home") == "/wallet?type=credit"
