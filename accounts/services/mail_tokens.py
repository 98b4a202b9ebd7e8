"""One-time tokens that are sent by mail: made when the mail is written, used up once.

Only the SHA-256 is stored. Using a token is one conditional UPDATE: of two at once, one succeeds.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db import connection

from accounts.errors import InvalidToken
from accounts.models import User, VerificationToken
from quantix import clock

Purpose = VerificationToken.Purpose
LIFETIME = {Purpose.EMAIL_VERIFICATION: timedelta(hours=24), Purpose.PASSWORD_RESET: timedelta(hours=1)}


def digest(token: str) -> str:
    """Hex SHA-256: a token has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(user: User, purpose: VerificationToken.Purpose) -> str:
    """A new token of `purpose`, which makes all earlier ones of it worthless."""
    token = secrets.token_urlsafe(32)
    VerificationToken.objects.create(
        user=user, token=digest(token), purpose=purpose, expires_at=clock.now() + LIFETIME[purpose]
    )
    return token


def use_token(token: str, purpose: VerificationToken.Purpose) -> User:
    """The user whose token this is, used up with this call. Raises InvalidToken, whatever is wrong with it."""
    # The user first, as who signs up anew or lets an account lapse does: nobody waits in a circle.
    owner = User.objects.select_for_update(no_key=True, of=("self",))
    user = owner.filter(verification_tokens__token=digest(token)).first()
    if user is None or not _use_up(token, purpose):
        raise InvalidToken
    return user


def _use_up(token: str, purpose: VerificationToken.Purpose) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE verification_tokens AS mine SET is_used = true
            WHERE token = %s AND purpose = %s AND NOT is_used AND expires_at > %s
                AND NOT EXISTS (SELECT FROM verification_tokens newer WHERE newer.user_id = mine.user_id
                                AND newer.purpose = mine.purpose AND newer.id > mine.id)
            """,
            [digest(token), purpose, clock.now()],
        )
        return bool(cursor.rowcount)
