"""The second factor of staff: an app that shows codes, and recovery codes on paper."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from quantix import clock


class SecondFactor(models.Model):
    """An authenticator app that a user has set up. Its key is kept nowhere: it follows from SECRET_KEY and `salt`.

    `last_step` is the time step (30 s since 1970) of the newest code that was used: none works twice.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="second_factor"
    )
    salt = models.CharField(max_length=64)
    last_step = models.BigIntegerField()
    enrolled_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "second_factors"

    def __str__(self) -> str:
        return f"Second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the app, once. `digest` is its SHA-256 in hex: it has 80 random bits."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "recovery_codes"
        constraints = [
            models.UniqueConstraint("factor", "digest", name="recovery_code_once"),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="recovery_code_is_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"Recovery code of {self.factor_id}"
