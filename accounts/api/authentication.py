"""The API's tokens: `Authorization: Bearer qx_…` (or `Token qx_…`), never in an address."""

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from accounts.services.signin import user_of_api_token
from quantix.api.problems import CHALLENGE


class TokenAuthentication(BaseAuthentication):
    """The user of the request's token. A header that names no valid one is refused, on public addresses too."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        user = user_of_api_token(token) if scheme.lower() in ("bearer", "token") else None
        if user is None:
            raise AuthenticationFailed
        return user, "token"

    def authenticate_header(self, request: Request | HttpRequest) -> str:
        return CHALLENGE


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the OpenAPI document says of tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, from POST /auth/token."}
