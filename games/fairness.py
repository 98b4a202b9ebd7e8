"""The commitment: a promise, made before play, about all that was drawn, which anyone can check after it."""

import hashlib
import secrets
from typing import Any

import rfc8785


def new_salt() -> str:
    """32 random bytes in hex: without it, a commitment to a short code could be guessed through."""
    return secrets.token_hex(32)


def commitment(salt: str, content: dict[str, Any]) -> str:
    """Hex SHA-256 of the salt's hex text followed by the canonical JSON (RFC 8785) of `content`."""
    return hashlib.sha256(salt.encode() + rfc8785.dumps(content)).hexdigest()
