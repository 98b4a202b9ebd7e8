"""Signing up, proving the address, and choosing a new password."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, QuerySet
from django.db.models.functions import Lower

from accounts import rules
from accounts.models import User, VerificationToken
from accounts.services.mail_tokens import use_token
from accounts.services.mails import ask_for_mail
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import FieldError, Invalid

Purpose = VerificationToken.Purpose
#: An unverified account lapses after this, and its username is free again.
UNVERIFIED_LIFETIME = timedelta(hours=24)


def register(*, email: str, username: str, full_name: str, password: str) -> None:
    """Open an account and send the mail that proves its address. To be called in a transaction.

    A verified account with the address is left as it is (its owner gets a mail that says so), an
    unverified one is replaced: who asks cannot tell the three apart. Raises Invalid, naming each field
    (`taken` for a username).
    """
    email = email.lower()
    _check_fields(email, username, full_name, password)
    password_hash = make_password(password)
    free_lapsed(username)
    known = User.objects.select_for_update(no_key=True).filter(email=email).first()
    taken = taken_faults(username, email)
    if taken:
        raise Invalid(*taken)
    if known is None:
        User.objects.create_user(email, username, full_name, hashed=password_hash)
    elif not known.is_verified:
        known.username, known.full_name, known.password = username, full_name, password_hash
        known.created_at = clock.now()
        known.save(update_fields=["username", "full_name", "password", "created_at"])
        # The old sign-up's link must not verify the new one.
        known.verification_tokens.filter(is_used=False).update(is_used=True)
    ask_for_mail(email, "sign-up")


def verify_email(*, token: str) -> User:
    """Prove an address by the mailed token; the first time brings the sign-up bonus. In a transaction.

    Raises InvalidToken.
    """
    user = use_token(token, Purpose.EMAIL_VERIFICATION)
    user.mark_verified()
    return user


def reset_password(*, token: str, password: str) -> User:
    """Set a new password by the mailed token: ends all sessions and the API token, and proves the address.

    To be called in a transaction. Raises InvalidToken, and Invalid for the password (the token then still works).
    """
    user = use_token(token, Purpose.PASSWORD_RESET)
    check_password_rules(password, user)
    user.set_password(password)
    user.api_token = user.api_token_created_at = None
    user.save(update_fields=["password", "api_token", "api_token_created_at"])
    user.mark_verified()
    return user


def check_password_rules(password: str, user: User) -> None:
    """Raises Invalid with what is wrong with `password`, one error a rule."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        faults = [
            FieldError("password", (fault.code or "invalid").replace("_", "-"), " ".join(fault.messages))
            for fault in error.error_list
        ]
        raise Invalid(*faults) from error


def taken_faults(username: str, email: str) -> list[FieldError]:
    """What is wrong with `username`, in any case, for the account of `email`: that another one has it."""
    holders = User.objects.alias(name=Lower("username")).filter(name=username.lower()).exclude(email=email)
    message = "This username is taken. Choose another one."
    return [FieldError("username", "taken", message)] if holders.exists() else []


def delete_lapsed() -> int:
    """Delete accounts whose address was never proved in time; how many."""
    # Whoever is locked is being proved, or signed up anew, at this moment.
    due = _lapsed().select_for_update(skip_locked=True)
    return in_one_transaction(lambda: sum(_delete(user) for user in due.all()[:500]))


def free_lapsed(username: str) -> None:
    """Delete the account that holds `username`, if it was never proved in time. To be called in a transaction."""
    holders = _lapsed().alias(name=Lower("username")).filter(name=username.lower())
    for user in holders.select_for_update():
        _delete(user)


def _delete(user: User) -> bool:
    try:
        user.delete()
    except ProtectedError:
        # Staff have moved money in its wallet: the ledger is kept, and the account with it.
        return False
    return True


def _lapsed() -> QuerySet[User]:
    """Accounts never proved in time. Their wallets are empty (the bonus comes with the proof) and go with them."""
    return User.objects.filter(email_verified_at=None, created_at__lt=clock.now() - UNVERIFIED_LIFETIME)


def _check_fields(email: str, username: str, full_name: str, password: str) -> None:
    faults = []
    if not rules.is_institute_email(email):
        faults.append(FieldError("email", "email-form", rules.EMAIL_HELP))
    if not rules.is_username(username):
        faults.append(FieldError("username", "username-form", rules.USERNAME_HELP))
    if not rules.is_full_name(full_name):
        faults.append(FieldError("full_name", "full-name-form", rules.FULL_NAME_HELP))
    try:
        check_password_rules(password, User(email=email, username=username, full_name=full_name))
    except Invalid as error:
        faults.extend(error.errors)
    if faults:
        raise Invalid(*faults)
