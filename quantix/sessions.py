"""Sessions in the database, found by nothing but keys such as Django makes."""

import re

from django.contrib.sessions.backends import db

_KEY = re.compile("[a-z0-9]{8,40}", re.ASCII)


class SessionStore(db.SessionStore):
    """Takes a key of another form for none: PostgreSQL does not even look for a NUL."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
