"""Users and the tokens that prove an address."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower, Now, Upper

from accounts import hooks, rules
from accounts.report_models import PlayerReport
from accounts.second_factor_models import RecoveryCode, SecondFactor
from accounts.sign_in_models import SignIn
from accounts.validators import validate_institute_email, validate_username
from quantix import clock
from quantix.db import retry_when_lost
from quantix.fields import one_of

__all__ = [
    "PlayerReport",
    "RecoveryCode",
    "SecondFactor",
    "SignIn",
    "User",
    "UserManager",
    "VerificationToken",
]


class UserManager(BaseUserManager["User"]):
    """Makes users, each with all that belongs to one (`hooks.opened`)."""

    def create_user(
        self,
        email: str,
        username: str,
        full_name: str,
        password: str | None = None,
        hashed: str = "",
        **extra: Any,
    ) -> "User":
        """A new user, whose address is not proved yet. Raises ValidationError for a field of another form.

        Instead of `password` there may be its hash, `hashed`.
        """
        user = self.model(email=email.lower(), username=username, full_name=full_name, **extra)
        user.password = hashed or make_password(password)
        user.clean_fields(exclude=["password"])
        with transaction.atomic():
            user.save(using=self._db)
            hooks.opened(user)
        return user

    def create_superuser(
        self, email: str, username: str, full_name: str, password: str | None = None
    ) -> "User":
        """An owner; whoever has the command line vouches for the address."""
        with transaction.atomic():
            user = self.create_user(email, username, full_name, password, is_admin=True, is_superuser=True)
            user.mark_verified()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A student, or a member of staff (`is_admin`)."""

    id = models.AutoField(primary_key=True)
    email = models.EmailField(max_length=120, validators=[validate_institute_email])
    username = models.CharField(max_length=80, validators=[validate_username])
    password = models.CharField(max_length=256, db_column="password_hash")
    full_name = models.CharField(max_length=100)
    is_admin = models.BooleanField("staff", default=False, help_text="May sign in to the back-office.")
    is_active = models.BooleanField(default=True, help_text="Off while suspended.")
    suspended_until = models.DateTimeField(null=True, blank=True, editable=False)
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    api_token = models.CharField(max_length=64, unique=True, null=True, editable=False)
    api_token_created_at = models.DateTimeField(null=True, editable=False)
    api_token_second_factor = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether the token was made in a session that had passed the second factor.",
    )
    preferences = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username", "full_name"]

    #: Whether the session or token at hand has passed the second factor; None outside of requests.
    passed_second_factor: bool | None = None

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "users"
        constraints = [
            models.UniqueConstraint(fields=["email"], name=retry_when_lost("user_email_once")),
            models.UniqueConstraint(fields=["username"], name=retry_when_lost("user_username_once")),
            models.UniqueConstraint(Lower("username"), name=retry_when_lost("user_username_once_any_case")),
            models.CheckConstraint(condition=Q(email__regex=rules.EMAIL_FORM), name="user_email_form"),
            models.CheckConstraint(
                condition=Q(username__regex=rules.USERNAME_FORM), name="user_username_form"
            ),
            models.CheckConstraint(
                # Null is told apart first: it would pass the form as unknown, and with it the whole check.
                condition=Q(api_token=None, api_token_created_at=None)
                | Q(
                    api_token__isnull=False,
                    api_token__regex="^[0-9a-f]{64}$",  # noqa: S106
                    api_token_created_at__isnull=False,
                ),
                name="user_api_token_is_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="user_created"),
            models.Index(fields=["email_verified_at"], name="user_joined"),
            # What the back-office searches by, in any part of it.
            GinIndex(
                OpClass("email", name="gin_trgm_ops"),
                OpClass(Upper("username"), name="gin_trgm_ops"),
                OpClass(Upper("full_name"), name="gin_trgm_ops"),
                name="user_searched",
            ),
            # The few among the many.
            models.Index(fields=["created_at"], condition=Q(is_admin=True), name="user_staff"),
            models.Index(fields=["created_at"], condition=Q(is_active=False), name="user_suspended"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        return self.is_admin

    @property
    def lacks_second_factor(self) -> bool:
        """Whether who asks has yet to pass it before they may do what staff do (STAFF_SECOND_FACTOR)."""
        return self.is_admin and settings.STAFF_SECOND_FACTOR and self.passed_second_factor is False

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.username

    def mark_verified(self) -> bool:
        """Note that the address is proved; whether this was the first time. To be called in a transaction.

        One conditional UPDATE, so that of two proofs at once only one opens the door to the bonus.
        """
        now = clock.now()
        first = User.objects.filter(pk=self.pk, email_verified_at=None).update(email_verified_at=now) == 1
        if first:
            self.email_verified_at = now
            hooks.verified(self)
        return first


class VerificationToken(models.Model):
    """A one-time token sent by mail; `token` is its SHA-256, never the token."""

    class Purpose(models.TextChoices):
        EMAIL_VERIFICATION = "email_verification", "verify the address"
        PASSWORD_RESET = "password_reset", "reset the password"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="verification_tokens")
    token = models.CharField(max_length=128, unique=True)
    purpose = models.CharField(max_length=50, choices=Purpose)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    is_used = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "verification_tokens"
        constraints = [
            one_of("verification_token_purpose", "purpose", ["email_verification", "password_reset"])
        ]
        indexes = [models.Index(fields=["user", "purpose", "-id"], name="verification_token_newest")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} of {self.user_id}"
