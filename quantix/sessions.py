"""Sessions in the database, found by nothing but keys such as Django makes, and known by whose they are."""

import re
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

_KEY = re.compile("[a-z0-9]{8,40}", re.ASCII)


class SessionStore(db.SessionStore):
    """Takes a key of another form for none: PostgreSQL does not even look for a NUL."""

    @classmethod
    def get_model_class(cls) -> Any:
        from quantix.models import BrowserSession

        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
