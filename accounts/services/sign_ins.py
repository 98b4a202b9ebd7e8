"""The record of sign-ins: written as they happen, forgotten after KEPT."""

from datetime import timedelta

from django.db import connection

from accounts.models import User
from accounts.services.browsers import name_of
from accounts.sign_in_models import Result, SignIn, Way
from quantix import clock
from quantix.context import origin

#: As long as a question about a season may come up, and no longer.
KEPT = timedelta(days=90)
#: Rows that are deleted at once.
BATCH = 10_000


def record(*, user: User, way: Way, result: Result) -> None:
    """Note how an attempt of `user` ended; from where is known from the request."""
    SignIn.objects.create(user=user, way=way, result=result, address=origin().address, agent=_agent())


def record_wrong(*, login: str, way: Way) -> None:
    """Note a wrong pair. One statement, whether or not `login` is somebody's: its time tells nothing."""
    login = "" if "\x00" in login else login.lower()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sign_ins (user_id, at, way, result, address, agent)
            VALUES ((SELECT id FROM users WHERE email = %(login)s OR lower(username) = %(login)s LIMIT 1),
                %(at)s, %(way)s, 'wrong', %(address)s, %(agent)s)
            """,
            {"login": login, "at": clock.now(), "way": way, "address": origin().address, "agent": _agent()},
        )


def forget_old() -> int:
    """Delete what is older than KEPT, a batch at a time; how many."""
    old = SignIn.objects.filter(at__lt=clock.now() - KEPT)
    return SignIn.objects.filter(pk__in=old.values("pk")[:BATCH]).delete()[0]


def _agent() -> str:
    return name_of(origin().agent) if origin().agent else ""
