"""Codes by time (TOTP, RFC 6238): keys, what an app is told of them, and which code is which step's. No database.

A key follows from the site's SECRET_KEY and a salt, as the secrets of webhooks do: who reads the database alone
can make no code. With a new SECRET_KEY, apps that were set up before go on while the old one is among
SECRET_KEY_FALLBACKS.
"""

import base64
import secrets
from collections.abc import Iterator
from datetime import datetime

import pyotp
import segno
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.safestring import SafeString, mark_safe

ISSUER = "Quantix"
STEP_SECONDS = 30
#: Steps before and after the present one whose codes are taken: clocks differ, and typing takes time.
STEPS_AROUND = 1
#: As RFC 4226 recommends for HMAC-SHA1, which every app knows.
KEY_BYTES = 20


def new_salt() -> str:
    return secrets.token_urlsafe(32)


def key_of(salt: str) -> str:
    """The key of an app set up with `salt`, in Base32, as apps take it."""
    return _key(settings.SECRET_KEY, salt)


def in_fours(text: str) -> str:
    """`text` in groups of four, as it is read off and typed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address_of(salt: str, name: str) -> str:
    """The `otpauth:` address of the key, by which an app is set up for the account called `name`."""
    return pyotp.TOTP(key_of(salt)).provisioning_uri(name=name, issuer_name=ISSUER)


def picture_of(address: str) -> SafeString:
    """`address` as a QR code, in SVG without a style. Always dark on light, whatever the theme: cameras want it so."""
    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(
        border=4, dark="#01303e", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    # Modules and numbers only: nothing of what was sent is in it as text.
    return mark_safe(svg)  # noqa: S308


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(salt: str, code: str, now: datetime) -> int | None:
    """The newest step around `now` whose code `code` is, or None."""
    present = step_of(now)
    steps = range(present + STEPS_AROUND, present - STEPS_AROUND - 1, -1)
    # Every one is looked at: how long it takes does not tell which it was.
    found = [step for step in steps for key in _keys(salt) if _is_code(key, step, code)]
    return found[0] if found else None


def code_at(salt: str, now: datetime) -> str:
    """What an app set up with `salt` shows at `now`."""
    return pyotp.TOTP(key_of(salt)).generate_otp(step_of(now))


def proof_of_address(salt: str, owner: int) -> str:
    """What the user with the id `owner` is mailed while an app is set up with `salt`: 40 bits, for that salt alone."""
    told = salted_hmac("accounts.proof-of-address", f"{owner}:{salt}", algorithm="sha256").digest()
    letters = base64.b32encode(told)[:8].decode().lower()
    return f"{letters[:4]}-{letters[4:]}"


def proves_address(salt: str, owner: int, told: str) -> bool:
    """Whether `told` is what was mailed, however it was typed."""
    due = proof_of_address(salt, owner).replace("-", "")
    return constant_time_compare(due, "".join(letter for letter in told.lower() if letter.isalnum()))


def _is_code(key: str, step: int, code: str) -> bool:
    return constant_time_compare(pyotp.TOTP(key).generate_otp(step), code)


def _keys(salt: str) -> Iterator[str]:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _key(key, salt)


def _key(secret: str | bytes, salt: str) -> str:
    digest = salted_hmac("second factor", salt, secret=secret, algorithm="sha256").digest()
    return base64.b32encode(digest[:KEY_BYTES]).decode()
