"""The shape of what the account pages take; whether it is allowed is said by the services."""

from typing import Any

from django import forms

from accounts import rules
from accounts.services.profile import PREFERENCES

EMAIL_EXAMPLE = "21f1000001@ds.study.iitm.ac.in"
PASSWORD_HELP = "10 to 128 characters; not only digits, not a common password, not your name."  # noqa: S105


def _text(label: str, autocomplete: str, *, most: int, help_text: str = "", **attrs: str) -> forms.CharField:
    """A text field. Nothing is trimmed: a space around a name or an address is a mistake, and is told."""
    widget = forms.TextInput({"autocomplete": autocomplete, "spellcheck": "false", **attrs})
    return forms.CharField(label=label, max_length=most, strip=False, help_text=help_text, widget=widget)


def _email() -> forms.CharField:
    attrs = {"type": "email", "autocapitalize": "none", "placeholder": EMAIL_EXAMPLE}
    return _text("Institute e-mail", "email", most=120, help_text="It ends in @ds.study.iitm.ac.in.", **attrs)


def _username() -> forms.CharField:
    hint = "Others see it, on boards and with your results."
    return _text("Username", "username", most=80, help_text=hint, autocapitalize="none")


def _password(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": autocomplete})
    # Longer than a password may be, so that the rule that refuses it can be told in words.
    return forms.CharField(label=label, max_length=1000, strip=False, help_text=help_text, widget=widget)


class SignUpForm(forms.Form):
    email = _email()
    username = _username()
    full_name = _text("Full name", "name", most=100)
    password = _password("Password", "new-password", PASSWORD_HELP)


class SignInForm(forms.Form):
    login = _text("E-mail or username", "username", most=120, autocapitalize="none")
    password = _password("Password", "current-password")


class AddressForm(forms.Form):
    email = _email()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if not rules.is_institute_email(email):
            raise forms.ValidationError(rules.EMAIL_HELP, code="email-form")
        return email


class NothingForm(forms.Form):
    """A button: all there is to say is in the address."""


class NewPasswordForm(forms.Form):
    password = _password("New password", "new-password", PASSWORD_HELP)


class ProfileForm(forms.Form):
    full_name = _text("Full name", "name", most=100)
    username = _username()


class PasswordForm(forms.Form):
    old_password = _password("Your password now", "current-password")
    new_password = _password("New password", "new-password", PASSWORD_HELP)


class CodeForm(forms.Form):
    """What an authenticator app shows."""

    code = forms.CharField(
        label="Code",
        max_length=10,
        help_text="The six digits that your app shows now.",
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )

    def clean_code(self) -> str:
        """Without the space in the middle that apps show."""
        return "".join(str(self.cleaned_data["code"]).split())


class EnrolForm(CodeForm):
    """Beside it what was mailed, when the app is set up."""

    mailed = _text("From the mail", "off", most=20, help_text="Such as abcd-efgh.", autocapitalize="none")
    field_order = ("mailed", "code")


class RecoveryCodeForm(forms.Form):
    code = _text(
        "Recovery code", "off", most=40, help_text="Such as abcd-efgh-jkmn-pqrs.", autocapitalize="none"
    )


_THEMES = {"auto": "As the device says", "light": "Light", "dark": "Dark"}


def _shown(label: str, name: str, help_text: str = "") -> forms.ChoiceField:
    choices = [(value, value.capitalize()) for value in PREFERENCES[name]]
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, initial=PREFERENCES[name][0], required=False
    )


class PreferencesForm(forms.Form):
    """What is not sent stays as it was chosen before."""

    theme = forms.ChoiceField(
        choices=[(value, _THEMES[value]) for value in PREFERENCES["theme"]],
        widget=forms.RadioSelect,
        initial=PREFERENCES["theme"][0],
    )
    boards = _shown("You on leaderboards", "boards", "Hidden, you keep your figures; nobody sees your place.")
    profile = _shown("Your public profile", "profile", "Hidden, your page is not found, by nobody but you.")
    profile_ratings = _shown("Ratings, on the profile", "profile_ratings")
    profile_forecasts = _shown("Forecasts, on the profile", "profile_forecasts")
    profile_achievements = _shown("Achievements, on the profile", "profile_achievements")
    profile_results = _shown(
        "Results and stakes, on the profile", "profile_results", "With what they won and lost."
    )

    def clean(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}
