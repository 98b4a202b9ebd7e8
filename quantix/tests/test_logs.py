"""Logs: one line an event, and one can tell which request it belongs to."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from django.test import Client

from quantix.context import Origin, coming_from
from quantix.logs import JSONFormatter, PlainFormatter, WithOrigin


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger, and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    caplog.set_level(logging.INFO, "quantix.test")
    handler.addFilter(WithOrigin())
    handler.setFormatter(JSONFormatter())
    logger = logging.getLogger("quantix.test")
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def test_a_line_is_json_with_time_level_and_where_it_came_from(
    logger: tuple[logging.Logger, io.StringIO],
) -> None:
    log, written = logger
    with coming_from(Origin("request-1", "192.0.2.1")):
        log.warning("%s settled", "Event 7")
    line = json.loads(written.getvalue())
    assert line["message"] == "Event 7 settled" and line["level"] == "WARNING"
    assert (line["request_id"], line["address"]) == ("request-1", "192.0.2.1")
    assert line["at"].endswith("+00:00")


@pytest.mark.parametrize("message", ["two\nlines", "₹ 100.00", 'a "quote"', "\x00\x1b[31m", "\u2028"])
def test_any_message_is_one_line(logger: tuple[logging.Logger, io.StringIO], message: str) -> None:
    log, written = logger
    log.info("%s", message)
    assert written.getvalue().count("\n") == 1
    assert json.loads(written.getvalue())["message"] == message


def test_an_exception_stands_in_its_line(logger: tuple[logging.Logger, io.StringIO]) -> None:
    log, written = logger
    try:
        raise ValueError("as an example")
    except ValueError:
        log.exception("failed")
    assert "ValueError: as an example" in json.loads(written.getvalue())["exception"]
    assert written.getvalue().count("\n") == 1


def test_work_without_a_request_has_empty_names(logger: tuple[logging.Logger, io.StringIO]) -> None:
    log, written = logger
    log.info("a job")
    assert json.loads(written.getvalue())["request_id"] == ""


def test_the_plain_form_is_for_people() -> None:
    record = logging.LogRecord("quantix", logging.INFO, __file__, 1, "%d bets", (3,), None)
    assert PlainFormatter().format(record).endswith("INFO quantix 3 bets")


@pytest.mark.django_db
def test_no_password_is_logged(
    client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/sign-in", {"login": "nobody", "password": "hunter2hunter2"})
    assert "hunter2" not in caplog.text and sys.stderr and "hunter2" not in capsys.readouterr().err
