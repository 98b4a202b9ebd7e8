"""What staff do over the API: the viewset that asks for the role first, and what support does to users."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import roles
from accounts.errors import SecondFactorNeeded
from accounts.models import User
from accounts.roles import Can
from accounts.services import staff
from quantix.api.fields import Moment, Reason, StrictSerializer, Time
from quantix.api.schema import answered, sent
from quantix.api.views import APIViewSet
from quantix.errors import Forbidden
from quantix.idempotency import Reply


class TakesRole(BasePermission):
    """The role that the view's action takes, asked for before the body is looked at; the services ask again."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user.is_authenticated and view.action:
            roles.demand(request.user, view.takes[view.action])
        return request.user.is_authenticated


@sent({"reason": "Asked for by the organisers"})
class Why(StrictSerializer):
    """Why it is done."""

    reason = Reason()


class StaffViewSet(APIViewSet):
    """Thin views over the services that the back-office calls, audited by these; each POST takes a key."""

    permission_classes = [TakesRole]
    refused_anywhere = (Forbidden, SecondFactorNeeded)
    #: What each action takes.
    takes: ClassVar[Mapping[str, Can]]

    def because(self, act: Callable[..., Any]) -> Response:
        """What `act(by, reason)` changed, as the reply; done once for the request's key."""
        reason = self.body(Why)["reason"]
        return self.once(lambda: Reply(200, self.get_serializer(act(by=self.player, reason=reason)).data))


@sent(
    {"until": "2026-03-01T06:30:00Z", "reason": "Insults in the chat"},
    {"reason": "Until this is cleared up"},
    names=("For a time", "Until further notice"),
)
class Suspension(StrictSerializer):
    """How long a user is kept out, and why."""

    until = Time(required=False, allow_null=True, help_text="Null, or left out: until further notice.")
    reason = Reason()


@sent({"reason": "Has apologised"})
class Pardon(StrictSerializer):
    reason = Reason(required=False)


@answered(
    {
        "id": 17,
        "email": "21f1000017@ds.study.iitm.ac.in",
        "username": "asha",
        "full_name": "Asha Rao",
        "is_admin": False,
        "is_active": False,
        "suspended_until": "2026-03-01T06:30:00Z",
        "created_at": "2026-01-05T06:00:00Z",
        "email_verified_at": "2026-01-05T06:02:10Z",
    }
)
class StaffUser(serializers.ModelSerializer[User]):
    """A user, as staff see one."""

    suspended_until = Moment(allow_null=True)
    created_at = Moment()
    email_verified_at = Moment(allow_null=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "username",
            "full_name",
            "is_admin",
            "is_active",
            "suspended_until",
            "created_at",
            "email_verified_at",
        ]
        read_only_fields = fields


class StaffUserViewSet(StaffViewSet):
    """Users, kept out and let in again. For `support` and `owner`."""

    queryset = User.objects.all()
    serializer_class = StaffUser
    takes = {"suspend": Can.SUSPEND, "unsuspend": Can.SUSPEND}
    once_actions = frozenset({"suspend", "unsuspend"})

    @extend_schema(request=Suspension, responses={200: StaffUser})
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        """Keep a user out at once; running bets still settle. Staff are suspended by owners."""
        form = {"until": None, **self.body(Suspension)}
        return self.once(lambda: self._reply(staff.suspend_user(by=self.player, user_id=int(pk), **form)))

    @extend_schema(request=Pardon, responses={200: StaffUser})
    @action(detail=True, methods=["post"])
    def unsuspend(self, request: Request, pk: str) -> Response:
        """Let a suspended user in again."""
        form = self.body(Pardon)
        return self.once(lambda: self._reply(staff.unsuspend_user(by=self.player, user_id=int(pk), **form)))

    def _reply(self, user: User) -> Reply:
        return Reply(200, self.get_serializer(user).data)
