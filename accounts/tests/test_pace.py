"""Strangers learn nothing from how long an answer takes."""

import time

import pytest
from django.conf import LazySettings

from accounts.services.pace import even_pace
from quantix.errors import Forbidden


def test_a_quick_answer_takes_as_long_as_a_slow_one(settings: LazySettings) -> None:
    settings.SIGNUP_MILLISECONDS_MIN = 60
    began = time.monotonic()
    with even_pace():
        pass
    assert time.monotonic() - began >= 0.06


def test_a_refusal_takes_as_long_too(settings: LazySettings) -> None:
    settings.SIGNUP_MILLISECONDS_MIN = 60
    began = time.monotonic()
    with pytest.raises(Forbidden), even_pace():
        raise Forbidden
    assert time.monotonic() - began >= 0.06
