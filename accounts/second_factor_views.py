"""Pages on which staff set up their second factor, pass it, and get by without the app."""

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse

from accounts import totp
from accounts.forms import CodeForm, EnrolForm, RecoveryCodeForm
from accounts.middleware import remember_passed
from accounts.second_factor_models import SecondFactor as Factor
from accounts.services import second_factor
from quantix.pages import Done, FormT, PlayerFormView, go_on, safe_next, signed_in

#: Where a session keeps the salt of an app that is being set up.
_SALT = "second_factor_salt"


def address_with(request: HttpRequest, name: str) -> str:
    """The address of the page called `name`, with where to go on to from there."""
    wanted = safe_next(request, "")
    return reverse(name) + (f"?{urlencode({'next': wanted})}" if wanted else "")


class FactorPage(PlayerFormView[FormT]):
    """A page for staff whose session has yet to pass; everybody else goes on to where they were going."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not signed_in(request).lacks_second_factor:
            return redirect(self.next)
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))

    @property
    def next(self) -> str:
        return safe_next(self.request, resolve_url(settings.LOGIN_REDIRECT_URL))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": safe_next(self.request, "")}


class SecondFactor(FactorPage[CodeForm]):
    """The first time it mails a proof, sets an app up with it, shows the recovery codes; later it asks for a code."""

    def get_form_class(self) -> type[CodeForm]:
        return CodeForm if self.is_set_up else EnrolForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "mail" not in request.POST or self.is_set_up:
            return super().post(request, *args, **kwargs)
        second_factor.mail_proof(user=self.player, salt=self.salt)
        words = f"A mail is on its way to {self.player.email}."
        return go_on(request, Done(address_with(request, "second-factor"), words))

    def get_template_names(self) -> list[str]:
        return [f"accounts/second_factor{'' if self.is_set_up else '_new'}.html"]

    @property
    def is_set_up(self) -> bool:
        if not hasattr(self, "_is_set_up"):
            self._is_set_up = Factor.objects.filter(user=self.player).exists()
        return self._is_set_up

    @property
    def salt(self) -> str:
        """Kept until the app is proved, so that a page that is opened again shows the same key."""
        if _SALT not in self.request.session:
            self.request.session[_SALT] = totp.new_salt()
        return str(self.request.session[_SALT])

    def get_form(self, form_class: type[CodeForm] | None = None) -> CodeForm:
        form = super().get_form(form_class)
        if not self.is_set_up:
            # There is something to read and scan first.
            form.fields["code"].widget.attrs.pop("autofocus", None)
        return form

    def act(self, form: CodeForm) -> Done | HttpResponse:
        code = form.cleaned_data["code"]
        if self.is_set_up:
            second_factor.check_code(user=self.player, code=code)
            remember_passed(self.request)
            return Done(self.next)
        mailed = form.cleaned_data["mailed"]
        codes = second_factor.enrol(user=self.player, salt=self.salt, mailed=mailed, code=code)
        del self.request.session[_SALT]
        remember_passed(self.request)
        return show_codes(self, codes)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.is_set_up:
            return context
        address = totp.address_of(self.salt, self.player.email)
        told = {"key": totp.in_fours(totp.key_of(self.salt)), "address": address}
        return context | told | {"picture": totp.picture_of(address)}


class Recovery(FactorPage[RecoveryCodeForm]):
    form_class = RecoveryCodeForm
    template_name = "accounts/second_factor_recovery.html"

    def act(self, form: RecoveryCodeForm) -> Done:
        second_factor.check_recovery_code(user=self.player, code=form.cleaned_data["code"])
        remember_passed(self.request)
        left = second_factor.recovery_codes_left(self.player)
        return Done(self.next, f"That code is used up. You have {left} left.")


class RecoveryCodes(PlayerFormView[CodeForm]):
    """New recovery codes in place of the old ones."""

    form_class = CodeForm
    template_name = "accounts/recovery_codes_new.html"
    extra_context = {"count": second_factor.RECOVERY_CODES}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not signed_in(request).passed_second_factor:
            return redirect("account")
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))

    @property
    def next(self) -> str:
        return reverse("account")

    def act(self, form: CodeForm) -> HttpResponse:
        codes = second_factor.renew_recovery_codes(user=self.player, code=form.cleaned_data["code"])
        return show_codes(self, codes)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = second_factor.recovery_codes_left(self.player)
        return super().get_context_data(**kwargs) | {"left": left}


def show_codes(view: SecondFactor | RecoveryCodes, codes: list[str]) -> HttpResponse:
    """The page that shows `codes`, this once: no redirect could carry them without keeping them somewhere."""
    context = {"codes": codes, "next": view.next}
    return view.response_class(
        request=view.request, template=["accounts/recovery_codes.html"], context=context
    )
