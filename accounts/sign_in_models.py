"""Who signed in when, from where, and how: what support looks at, kept for a while."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from quantix import clock
from quantix.fields import one_of


class Way(models.TextChoices):
    PAGE = "page", "sign-in page"
    TOKEN = "token", "program, for a token"
    CODE = "code", "second factor"
    RECOVERY = "recovery", "recovery code"


class Result(models.TextChoices):
    IN = "in", "let in"
    WRONG = "wrong", "refused: wrong"
    UNVERIFIED = "unverified", "refused: address not verified"
    SUSPENDED = "suspended", "refused: suspended"


class SignInQuerySet(QuerySet["SignIn"]):
    def of(self, user: object) -> Self:
        return self.filter(user=user)


class SignIn(models.Model):
    """One attempt to sign in that was looked at: `user` is null where the login is nobody's.

    Attempts beyond the rate are not looked at, and leave nothing here.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sign_ins",
        db_index=False,
    )
    at = models.DateTimeField(default=clock.now, db_default=Now())
    way = models.CharField(max_length=20, choices=Way)
    result = models.CharField(max_length=20, choices=Result)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=60, blank=True, help_text="The browser and system, in two words.")

    objects: ClassVar = SignInQuerySet.as_manager()

    class Meta:
        db_table = "sign_ins"
        constraints = [
            one_of("sign_in_way", "way", ["page", "token", "code", "recovery"]),
            one_of("sign_in_result", "result", ["in", "wrong", "unverified", "suspended"]),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="sign_in_of_user"),
            # The few among the many: others are met soon by whoever looks for them from the newest on.
            models.Index(
                fields=["result", "-id"], include=["way"], condition=~Q(result="in"), name="sign_in_refused"
            ),
            models.Index(
                fields=["way", "-id"],
                include=["result"],
                condition=Q(way__in=["code", "recovery"]),
                name="sign_in_by_rare_way",
            ),
            models.Index(fields=["at"], name="sign_in_at"),
        ]

    def __str__(self) -> str:
        return f"Sign-in {self.pk}"
