"""Signing up, tokens, and one's own account."""

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import rules
from accounts.api import serializers
from accounts.errors import EmailNotVerified, InvalidToken, Suspended, WrongCredentials
from accounts.models import User
from accounts.services import mails, pace, profile, signin, signup
from accounts.sign_in_models import Way
from quantix import export
from quantix.api.fields import Detail
from quantix.api.rates import SignUpsPerAddress
from quantix.api.views import APIViewSet
from quantix.db import in_one_transaction

MAIL_IS_ON_ITS_WAY = {"detail": "If this address can have one, a mail is on its way to it."}


class AuthViewSet(APIViewSet):
    """What is done before one has a token."""

    permission_classes = [AllowAny]
    refusals = {"verify_email": (InvalidToken,), "confirm_password_reset": (InvalidToken,)}

    @extend_schema(
        request=serializers.Registration,
        responses={202: Detail},
    )
    @action(detail=False, methods=["post"], throttle_classes=[SignUpsPerAddress])
    def register(self, request: Request) -> Response:
        """Open an account. The answer is the same, and as quick, whether or not the address has one."""
        with pace.even_pace():
            form = self.body(serializers.Registration)
            in_one_transaction(lambda: signup.register(**form))
        return Response(MAIL_IS_ON_ITS_WAY, 202)

    @extend_schema(request=serializers.MailedToken, responses={200: Detail})
    @action(detail=False, methods=["post"], url_path="verify-email")
    def verify_email(self, request: Request) -> Response:
        """Prove an address by the token of its mail; the first time credits the sign-up bonus."""
        form = self.body(serializers.MailedToken)
        in_one_transaction(lambda: signup.verify_email(**form))
        return Response({"detail": "The address is verified. You can sign in now."})

    @extend_schema(request=serializers.Address, responses={202: Detail})
    @action(detail=False, methods=["post"], url_path="resend-verification")
    def resend_verification(self, request: Request) -> Response:
        """Send the verification mail again, if there is an account that needs it."""
        return self._mail("verify")

    @extend_schema(request=serializers.Address, responses={202: Detail})
    @action(detail=False, methods=["post"], url_path="password-reset")
    def password_reset(self, request: Request) -> Response:
        """Send a mail by which a new password can be chosen, if there is an account."""
        return self._mail("reset")

    @extend_schema(request=serializers.NewPassword, responses={200: Detail})
    @action(detail=False, methods=["post"], url_path="password-reset/confirm")
    def confirm_password_reset(self, request: Request) -> Response:
        """Choose a new password by the token of a mail: ends all sessions and the API token."""
        form = self.body(serializers.NewPassword)
        in_one_transaction(lambda: signup.reset_password(**form))
        return Response({"detail": "The password is changed. Sign in with the new one."})

    def _mail(self, wanted: str) -> Response:
        email = self.body(serializers.Address)["email"].lower()
        # An address of another form has no account: that is no secret, and nothing is queued for it.
        if rules.is_institute_email(email):
            in_one_transaction(lambda: mails.ask_for_mail(email, wanted))
        return Response(MAIL_IS_ON_ITS_WAY, 202)


class TokenViewSet(APIViewSet):
    """One's API token: there is one at a time."""

    refusals = {"create": (WrongCredentials, EmailNotVerified, Suspended)}

    def get_permissions(self) -> Sequence[Any]:
        return super().get_permissions() if self.action == "destroy" else [AllowAny()]

    @extend_schema(
        request=serializers.Credentials,
        responses={201: serializers.IssuedToken},
    )
    def create(self, request: Request) -> Response:
        """A new token for a login and password; the old one stops working.

        A program that sends the old one with it has a count of wrong pairs of its own: nobody locks it out.
        """
        holder = self.player if request.auth else None
        form = self.body(serializers.Credentials)
        user = signin.check_credentials(**form, held_by=holder, way=Way.TOKEN)
        token = in_one_transaction(lambda: signin.issue_api_token(user=user))
        issued = {
            "token": token,
            "created_at": user.api_token_created_at,
            "expires_at": signin.api_token_expires_at(user),
        }
        return Response(serializers.IssuedToken(issued).data, 201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request) -> Response:
        """Take the token back."""
        in_one_transaction(lambda: signin.revoke_api_token(user=self.player))
        return Response(status=204)


class MeViewSet(APIViewSet):
    """One's own account."""

    queryset = User.objects.all()
    serializer_class = serializers.Me

    def retrieve(self, request: Request) -> Response:
        """Who I am."""
        return Response(self.get_serializer(self.player).data)

    @extend_schema(responses={200: serializers.EXPORT}, examples=[serializers.EXPORTED])
    def export(self, request: Request) -> HttpResponseBase:
        """All that is held about me, in one document; without digests and the hidden state of running sessions."""
        return export.download(user_id=self.player.pk)

    @extend_schema(request=serializers.Profile, responses={200: serializers.Me})
    def partial_update(self, request: Request) -> Response:
        """Change name, username or preferences."""
        form = self.body(serializers.Profile)
        user = in_one_transaction(lambda: profile.update_profile(user=self.player, **form))
        return Response(self.get_serializer(user).data)
