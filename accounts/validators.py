"""The rules as Django's validators, for models, forms and passwords."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts import rules


def validate_institute_email(value: str) -> None:
    if not rules.is_institute_email(value):
        raise ValidationError(rules.EMAIL_HELP, code="email-form")


def validate_username(value: str) -> None:
    if not rules.is_username(value):
        raise ValidationError(rules.USERNAME_HELP, code="username-form")


class MaximumLengthValidator:
    """An upper bound on passwords, so that hashing one is never a way to tire the server."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > rules.PASSWORD_CHARACTERS_MAX:
            raise ValidationError(self.get_help_text(), code="password-too-long")

    def get_help_text(self) -> str:
        return f"Your password may have {rules.PASSWORD_CHARACTERS_MAX} characters at most."
