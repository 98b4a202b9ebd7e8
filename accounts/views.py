"""Pages on which an account is opened, entered and kept. Strangers learn from none whether an address is known."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import (
    AddressForm,
    NewPasswordForm,
    NothingForm,
    PasswordForm,
    PreferencesForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
)
from accounts.middleware import PASSED
from accounts.models import User
from accounts.second_factor_views import address_with
from accounts.services import browsers, mails, pace, profile, signin, signup
from quantix import clock, export
from quantix.db import in_one_transaction
from quantix.pages import Done, FormT, PlayerFormView, ServiceFormView, go_on, safe_next, signed_in
from quantix.templatetags.ui import money_filter
from quantix.views import remember_theme


class StrangerFormView(ServiceFormView[FormT]):
    """A page for who is not signed in; who is goes on to where they were going."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(safe_next(request, resolve_url(settings.LOGIN_REDIRECT_URL)))
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))


class SignUp(StrangerFormView[SignUpForm]):
    form_class = SignUpForm
    template_name = "accounts/sign_up.html"
    extra_context = {"bonus": settings.SIGNUP_BONUS}

    def act(self, form: SignUpForm) -> Done:
        pace.sign_up(**form.cleaned_data)
        return Done(f"{reverse('resend')}?sent=sign-up")


class MailPage(ServiceFormView[AddressForm]):
    """Asks for a mail to an address, and says the same whether or not there is one to send."""

    form_class = AddressForm
    template_name = "accounts/mail.html"
    wanted: ClassVar[str]

    def act(self, form: AddressForm) -> Done:
        with pace.even_pace():
            in_one_transaction(lambda: mails.ask_for_mail(form.cleaned_data["email"], self.wanted))
        return Done(f"{self.request.path}?sent={self.wanted}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_demo = settings.DEBUG and settings.EMAIL_BACKEND == "quantix.outbox.EmailBackend"
        sent = self.request.GET.get("sent", "")
        return super().get_context_data(**kwargs) | {"wanted": self.wanted, "sent": sent, "is_demo": is_demo}


class Resend(MailPage):
    wanted = "verify"


class Forgot(MailPage):
    wanted = "reset"


class Verify(ServiceFormView[NothingForm]):
    """A button, since programs that scan mails follow links: only pressing it uses the token up."""

    form_class = NothingForm
    template_name = "accounts/verify.html"
    extra_context = {"bonus": settings.SIGNUP_BONUS}

    def act(self, form: NothingForm) -> Done:
        in_one_transaction(lambda: signup.verify_email(token=self.kwargs["token"]))
        bonus = money_filter(settings.SIGNUP_BONUS, settings.CURRENCY)
        arrived = f" A bonus of {bonus} is in your wallet." if settings.SIGNUP_BONUS else ""
        return Done(reverse("sign-in"), f"Your address is verified.{arrived} Sign in to play.")


class Reset(ServiceFormView[NewPasswordForm]):
    form_class = NewPasswordForm
    template_name = "accounts/reset.html"

    def act(self, form: NewPasswordForm) -> HttpResponse:
        new = form.cleaned_data["password"]
        user = in_one_transaction(lambda: signup.reset_password(token=self.kwargs["token"], password=new))
        said = "Your new password is set. All sessions and the API token have ended."
        response = go_on(self.request, Done(reverse("sign-in"), said))
        remember_device(response, user)
        return response


class SignIn(StrangerFormView[SignInForm]):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"

    def act(self, form: SignInForm) -> HttpResponse:
        device = self.request.COOKIES.get(signin.DEVICE_COOKIE, "")
        user = signin.check_credentials(**form.cleaned_data, device=device)
        login(self.request, user)
        browsers.remember_browser(request=self.request)
        response = go_on(self.request, Done(self._way_on(user)))
        remember_device(response, user)
        if "theme" in user.preferences:
            remember_theme(response, user.preferences["theme"])
        return response

    def _way_on(self, user: User) -> str:
        """Where they were going; for staff by way of the second factor, where it is asked for."""
        # The session has just begun, or goes on if this user had signed in on it before.
        user.passed_second_factor = self.request.session.get(PASSED) == user.pk
        if user.lacks_second_factor:
            return address_with(self.request, "second-factor")
        return safe_next(self.request, resolve_url(settings.LOGIN_REDIRECT_URL))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": safe_next(self.request, "")}


def remember_device(response: HttpResponse, user: User) -> None:
    """Let the browser keep that `user` was here: guesses from elsewhere do not lock them out on it."""
    response.set_cookie(
        signin.DEVICE_COOKIE,
        signin.device_of(user=user),
        max_age=signin.DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


@login_required
@require_safe
def export_data(request: HttpRequest) -> FileResponse:
    """Everything that is held about who asks, to be saved."""
    return export.download(user_id=signed_in(request).pk)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return go_on(request, Done(reverse("home"), "You are signed out."))


class AccountFormView(PlayerFormView[FormT]):
    """One of the forms of the account page, at an address of its own; the page shows the others with it."""

    template_name = "accounts/account.html"
    part: ClassVar[str]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        parts = {f"{part}_form": make(self.player) for part, make in _PARTS.items() if part != self.part}
        signed_in_on = browsers.browsers_of(user=self.player, this=self.request.session.session_key)
        every_form = parts | {f"{self.part}_form": context["form"]}
        return context | every_form | {"browsers": signed_in_on} | _token_facts(self.player)

    def get_form(self, form_class: type[FormT] | None = None) -> FormT:
        if self.request.method == "POST":
            return super().get_form(form_class)
        return cast(FormT, _PARTS[self.part](self.player))

    def update(self, **changes: Any) -> None:
        # A copy: what is refused must not show in the page's head as if it were so.
        user = User.objects.get(pk=self.player.pk)
        in_one_transaction(lambda: profile.update_profile(user=user, **changes))


class Profile(AccountFormView[ProfileForm]):
    form_class = ProfileForm
    part = "profile"

    def act(self, form: ProfileForm) -> Done:
        self.update(**form.cleaned_data)
        return Done(reverse("account"), "Your profile is saved.")


class Password(AccountFormView[PasswordForm]):
    form_class = PasswordForm
    part = "password"

    def act(self, form: PasswordForm) -> Done:
        old, new = form.cleaned_data["old_password"], form.cleaned_data["new_password"]
        change = profile.change_password
        in_one_transaction(lambda: change(request=self.request, user=self.player, old=old, new=new))
        return Done(reverse("account"), "Your password is changed. Your sessions elsewhere have ended.")


class Preferences(AccountFormView[PreferencesForm]):
    form_class = PreferencesForm
    part = "preferences"

    def act(self, form: PreferencesForm) -> HttpResponse:
        self.update(preferences=form.cleaned_data)
        response = go_on(self.request, Done(reverse("account"), "Your preferences are saved."))
        remember_theme(response, form.cleaned_data["theme"])
        return response


class ApiToken(AccountFormView[NothingForm]):
    """Makes a token and shows it, this once: no redirect could carry it without keeping it somewhere."""

    form_class = NothingForm
    part = "token"

    def act(self, form: NothingForm) -> HttpResponse:
        token = in_one_transaction(lambda: signin.issue_api_token(user=self.player))
        return self.render_to_response(self.get_context_data(form=form, token=token))


class RevokeApiToken(AccountFormView[NothingForm]):
    form_class = NothingForm
    part = "token"

    def act(self, form: NothingForm) -> Done:
        in_one_transaction(lambda: signin.revoke_api_token(user=self.player))
        return Done(
            reverse("account") + "#token", "Your API token is revoked: programs that used it are out."
        )


@require_POST
@login_required
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's sessions, wherever it is; this one, too."""
    in_one_transaction(lambda: browsers.end_browser(user=signed_in(request), handle=handle))
    return go_on(request, Done(reverse("account") + "#browsers", "That session has ended."))


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    this = request.session.session_key
    ended = in_one_transaction(lambda: browsers.end_other_browsers(user=signed_in(request), this=this))
    words = f"{ended} other session{'s have' if ended != 1 else ' has'} ended."
    return go_on(request, Done(reverse("account") + "#browsers", words))


_PARTS: dict[str, Callable[[User], forms.Form]] = {
    "profile": lambda user: ProfileForm(initial={"full_name": user.full_name, "username": user.username}),
    "password": lambda user: PasswordForm(),
    "preferences": lambda user: PreferencesForm(initial=user.preferences),
    "token": lambda user: NothingForm(),
}


def _token_facts(user: User) -> dict[str, Any]:
    expires_at = signin.api_token_expires_at(user)
    return {
        "token_expires_at": expires_at,
        "has_expired": expires_at is not None and expires_at <= clock.now(),
        "token_days": settings.API_TOKEN_DAYS,
    }
