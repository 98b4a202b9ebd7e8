"""What strangers ask for: answered alike, and in the same time, whether or not an address is known."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from accounts.services.signup import register
from quantix import rates
from quantix.context import origin
from quantix.db import in_one_transaction


@contextmanager
def even_pace() -> Iterator[None]:
    """Let a block take SIGNUP_MILLISECONDS_MIN at least, however it ends."""
    done_at = time.monotonic() + settings.SIGNUP_MILLISECONDS_MIN / 1000
    try:
        yield
    finally:
        time.sleep(max(0.0, done_at - time.monotonic()))


def sign_up(*, email: str, username: str, full_name: str, password: str) -> None:
    """`register`, as the page offers it: at an even pace, within the network address's rate (RATE_SIGNUP).

    Not to be called in a transaction. Raises Invalid, TooManyRequests.
    """
    rates.demand("signup", origin().address, settings.RATES["signup"])
    with even_pace():
        in_one_transaction(
            lambda: register(email=email, username=username, full_name=full_name, password=password)
        )
