"""The shapes of accounts in the API."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers

from accounts import rules
from accounts.models import User
from accounts.services.profile import PREFERENCES
from quantix.api.fields import Moment, StrictSerializer, Text
from quantix.api.schema import answered, sent

_FULL_NAME = {"minLength": 1, "maxLength": 100}
_PASSWORD = {"minLength": rules.PASSWORD_CHARACTERS_MIN, "maxLength": rules.PASSWORD_CHARACTERS_MAX}
_PASSWORD_HELP = "10 to 128 characters; not only digits, not a common password, not your name."  # noqa: S105


def _any_case(form: str) -> str:
    """`form`, for text that is lower-cased before it is held to it."""
    return re.sub("(?<!\\\\)[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", form)


@sent(
    {
        "email": "21f1000001@ds.study.iitm.ac.in",
        "username": "asha",
        "full_name": "Asha Rao",
        "password": "correct horse battery",
    }
)
class Registration(StrictSerializer):
    """A new account. The institute's addresses only."""

    email = Text(told={"pattern": _any_case(rules.EMAIL_FORM)}, help_text=rules.EMAIL_HELP)
    username = Text(told={"pattern": rules.USERNAME_FORM}, help_text=rules.USERNAME_HELP)
    full_name = Text(told=_FULL_NAME, help_text=rules.FULL_NAME_HELP)
    password = Text(told=_PASSWORD, help_text=_PASSWORD_HELP, write_only=True)


@sent({"token": "tJb0vVQmVZk5cM4dXh2bq1xXn8vC9m3w8yq0b7z5k2E"})
class MailedToken(StrictSerializer):
    """The token of a mail: the last part of its link."""

    token = Text()


@sent({"email": "21f1000001@ds.study.iitm.ac.in"})
class Address(StrictSerializer):
    email = Text()


@sent({"token": "tJb0vVQmVZk5cM4dXh2bq1xXn8vC9m3w8yq0b7z5k2E", "password": "a new horse battery"})
class NewPassword(StrictSerializer):
    token = Text()
    password = Text(told=_PASSWORD, help_text=_PASSWORD_HELP, write_only=True)


@sent({"login": "asha", "password": "correct horse battery"})
class Credentials(StrictSerializer):
    login = Text(help_text="E-mail address or username.")
    password = Text(write_only=True)


@answered(
    {
        "token": "qx_4Yq3m5mJ0m4yq1v7c3Q2n8x6w9z5r1t7u3i0o8p2a6s",
        "created_at": "2026-02-03T09:30:00Z",
        "expires_at": "2026-05-04T09:30:00Z",
    }
)
class IssuedToken(serializers.Serializer[Any]):
    """An API token, shown this once."""

    token = serializers.CharField()
    created_at = Moment()
    expires_at = Moment()


_PREFERENCES_SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string", "enum": list(values)} for name, values in PREFERENCES.items()},
    "additionalProperties": False,
}


@extend_schema_field(_PREFERENCES_SCHEMA)
class Preferences(serializers.DictField):
    """Names to values; what is not given keeps its value."""


@answered(
    {
        "id": 17,
        "email": "21f1000001@ds.study.iitm.ac.in",
        "username": "asha",
        "full_name": "Asha Rao",
        "is_admin": False,
        "created_at": "2026-02-03T09:12:41.307Z",
        "email_verified_at": "2026-02-03T09:13:20.118Z",
        "api_token_created_at": "2026-02-03T09:30:00Z",
        "preferences": {"theme": "dark"},
    }
)
class Me(serializers.ModelSerializer[User]):
    """The signed-in user."""

    created_at = Moment()
    email_verified_at = Moment(allow_null=True)
    api_token_created_at = Moment(allow_null=True)
    preferences = Preferences()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "username",
            "full_name",
            "is_admin",
            "created_at",
            "email_verified_at",
            "api_token_created_at",
            "preferences",
        ]
        read_only_fields = fields


@sent({"username": "asha.rao", "preferences": {"theme": "dark"}})
class Profile(StrictSerializer):
    """What users change about themselves."""

    full_name = Text(told=_FULL_NAME, help_text=rules.FULL_NAME_HELP, required=False)
    username = Text(told={"pattern": rules.USERNAME_FORM}, help_text=rules.USERNAME_HELP, required=False)
    preferences = Preferences(required=False)


#: The schema of the export: each room of the house adds its section.
EXPORT = {
    "type": "object",
    "required": ["exported_at", "account"],
    "properties": {
        "exported_at": {"type": "string", "format": "date-time"},
        "account": {"type": "object", "additionalProperties": True},
    },
    "additionalProperties": {"oneOf": [{"type": "object"}, {"type": "array"}, {"type": "null"}]},
}
EXPORTED = OpenApiExample(
    "The beginning of one",
    response_only=True,
    status_codes=["200"],
    value={
        "exported_at": "2026-02-04T10:00:00Z",
        "account": {"id": 17, "email": "21f1000001@ds.study.iitm.ac.in", "username": "asha", "roles": []},
        "wallet": {
            "id": 17,
            "balance": "87.50",
            "currency": "INR",
            "last_updated": "2026-02-04T09:58:12+00:00",
        },
        "transactions": [],
    },
)
