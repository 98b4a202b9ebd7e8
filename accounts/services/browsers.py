"""Where a user is signed in: each browser's session, told apart, and ended."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from quantix import clock
from quantix.context import origin
from quantix.models import BrowserSession

#: Where a session keeps what is told of its browser.
ABOUT = "browser"
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "Mac",
    "CrOS": "Chromebook", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class Browser:
    """A session as its user sees it. `handle` names it without being its key, which would let one in."""

    handle: str
    name: str
    address: str
    signed_in_at: datetime | None
    expires_at: datetime
    is_this: bool


def remember_browser(*, request: HttpRequest) -> None:
    """Note in a session that has just begun which browser it is of, from where, and since when."""
    request.session[ABOUT] = {
        "agent": origin().agent,
        "address": origin().address,
        "signed_in_at": clock.now().isoformat(),
    }


def browsers_of(*, user: User, this: str | None) -> list[Browser]:
    """The user's sessions that still let in, newest first; `this` is the key of the one at hand. One query."""
    found = [_browser(row, row.get_decoded(), this) for row in _sessions(user) if _lets_in(row, user)]
    return sorted(found, key=lambda browser: (not browser.is_this, -browser.expires_at.timestamp()))


def end_browser(*, user: User, handle: str) -> None:
    """End the user's session of that handle; harmless where there is none."""
    keys = [row.session_key for row in _sessions(user) if _handle(row.session_key) == handle]
    BrowserSession.objects.filter(session_key__in=keys).delete()


def end_other_browsers(*, user: User, this: str | None) -> int:
    """End all sessions of the user's but `this`; how many."""
    return BrowserSession.objects.filter(user=user).exclude(session_key=this).delete()[0]


def told(encoded: str) -> dict[str, Any]:
    """What a session's encoded data tell of its browser."""
    return dict(BrowserSession(session_data=encoded).get_decoded().get(ABOUT, {}))


def _sessions(user: User) -> Any:
    return BrowserSession.objects.filter(user=user, expire_date__gt=clock.now())


def _lets_in(row: BrowserSession, user: User) -> bool:
    """A session that began with another password is over, though its row is there."""
    kept: str = row.get_decoded().get(HASH_SESSION_KEY, "")
    return constant_time_compare(kept, user.get_session_auth_hash())


def _browser(row: BrowserSession, data: dict[str, Any], this: str | None) -> Browser:
    about = data.get(ABOUT, {})
    since = about.get("signed_in_at")
    return Browser(
        handle=_handle(row.session_key),
        name=name_of(about.get("agent", "")),
        address=about.get("address", ""),
        signed_in_at=datetime.fromisoformat(since) if since else None,
        expires_at=row.expire_date,
        is_this=row.session_key == this,
    )


def name_of(agent: str) -> str:
    """What a User-Agent header most likely is, in two words."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in agent), "A browser")
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
