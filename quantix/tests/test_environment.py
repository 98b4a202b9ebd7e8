"""Settings from the environment: a wrong value stops the start by its name, and `.env.example` names them all."""

import os
import re
import runpy
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from quantix import environment

CHECKOUT = Path(__file__).resolve().parents[2]
NOWHERE = "postgres://nobody@127.0.0.1:1/none"
LONG_KEY = "k3y-" * 20
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "".join(f"{number:x}{chr(97 + number % 26)}" for number in range(60)),
    "ALLOWED_HOSTS": "quantix.example",
    "SITE_URL": "https://quantix.example",
    "DATABASE_URL": NOWHERE,
}


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`settings_with(NAME="value")`: the settings as a start with this environment would read them."""
    for name in {*environment.NAMES, "DATABASE_URL"}:
        monkeypatch.delenv(name, raising=False)

    def start(**values: str) -> dict[str, Any]:
        for name, value in ({"DATABASE_URL": NOWHERE} | values).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(CHECKOUT / "quantix" / "settings.py"))

    return start


@pytest.mark.parametrize(
    ("name", "value", "should_be"),
    [
        ("DEBUG", "perhaps", "on or off"),
        ("DEBUG", "", "on or off"),
        ("HTTPS", "2", "on or off"),
        ("SIGNUP_BONUS", "abc", 'an amount such as "100.00"'),
        ("SIGNUP_BONUS", "-1", 'an amount such as "100.00"'),
        ("SIGNUP_BONUS", "1e3", 'an amount such as "100.00"'),
        ("ADJUSTMENT_APPROVAL_FROM", "1.001", 'an amount such as "100.00"'),
        ("NEW_PLAYER_STAKE_MAX", "NaN", 'an amount such as "100.00"'),
        ("RATE_BETS", "5", "count/seconds"),
        ("RATE_SIGNIN", "5/0", "count/seconds"),
        ("RATE_MAIL", "5/hour", "count/seconds"),
        ("API_TOKEN_DAYS", "0", "a whole number of at least 1"),
        ("API_TOKEN_DAYS", "9.5", "a whole number of at least 1"),
        ("IDEMPOTENCY_HOURS", "-24", "a whole number of at least 1"),
        ("DATABASE_CONN_SECONDS", "long", "a whole number of at least 0"),
        ("PORT", "http", "a whole number of at least 0"),
        ("CURRENCY", "a currency of the realm", "a code of 3 to 10 capital letters"),
        ("TRUSTED_PROXIES", "the proxy", "a list of networks"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "a list of networks"),
        ("SITE_URL", "quantix.example", "begins with http://, https://"),
        ("DATABASE_URL", "sqlite:///db.sqlite3", "begins with postgres://, postgresql://"),
        ("DATABASE_URL", "localhost", "begins with postgres://, postgresql://"),
        ("EMAIL_URL", "mail.example:25", "begins with smtp://"),
        ("EMAIL_URL", "http://mail.example", "begins with smtp://"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name_and_what_it_should_be(
    settings_with: Any, name: str, value: str, should_be: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        settings_with(**{name: value})
    assert str(told.value).startswith(f"{name} is wrong: it should be ")
    assert should_be in str(told.value)


def test_a_secret_in_a_wrong_value_is_not_told(settings_with: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        settings_with(DATABASE_URL="postgresq://quantix:hunter2@db/quantix")
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("key", [None, "", "short", "x" * 49])
def test_production_takes_a_long_key_of_its_own(settings_with: Any, key: str | None) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is wrong: .* 50 random characters"):
        settings_with(DEBUG="off", **({} if key is None else {"SECRET_KEY": key}))


def test_a_key_may_begin_with_any_character(settings_with: Any) -> None:
    assert settings_with(DEBUG="off", SECRET_KEY="$" + LONG_KEY)["SECRET_KEY"] == "$" + LONG_KEY


def test_an_empty_rate_is_none(settings_with: Any) -> None:
    rates = settings_with(RATE_BETS="")["RATES"]
    assert rates["bets"] is None and rates["signin"].count == 5


def test_debug_off_alone_makes_cookies_and_redirects_safe(settings_with: Any) -> None:
    read = settings_with(DEBUG="off", SECRET_KEY=LONG_KEY)
    safe = ("HTTPS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    assert all(read[name] is True for name in safe)
    assert read["ALLOWED_HOSTS"] == [] and read["SECURE_HSTS_SECONDS"] >= 31536000


def example() -> dict[str, str]:
    """name → default, as `.env.example` tells them."""
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    return {found[1]: found[2] for line in lines if (found := re.fullmatch(r"#([A-Z_]+)=(.*)", line))}


def test_the_example_names_every_setting_with_its_real_default(
    settings_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.NAMES.clear()
    settings_with()
    runpy.run_path(str(CHECKOUT / "quantix" / "gunicorn_settings.py"))
    # PG_BINDIR is read by the embedded server, which knows nothing of Django.
    assert example() == {**environment.NAMES, "PG_BINDIR": ""}


def test_the_example_says_what_each_setting_is() -> None:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match("#[A-Z_]+=", line):
            assert before.startswith("# "), line


def test_nothing_else_reads_the_environment() -> None:
    """Names read past `quantix.environment` would be missing from the example."""
    read = re.compile(r"""\bos\.environ(?:\.get\(|\[)["']([A-Z_]+)""")
    found = {
        name
        for path in CHECKOUT.glob("[a-z]*/**/*.py")
        if "tests" not in path.parts
        for name in read.findall(path.read_text())
    }
    assert found - {"DJANGO_SETTINGS_MODULE"} <= example().keys()


def check(*options: str, **values: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-W", "ignore::RuntimeWarning", "manage.py", "check", *options]
    return subprocess.run(
        command, cwd=CHECKOUT, env=kept | values, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_line_ends_with_the_words(tmp_path: Path) -> None:
    ended = check(SIGNUP_BONUS="abc", DATABASE_URL=NOWHERE)
    assert ended.returncode != 0
    assert 'SIGNUP_BONUS is wrong: it should be an amount such as "100.00".' in ended.stderr


@pytest.mark.slow
def test_the_check_for_deployment_is_clean_with_production_settings() -> None:
    ended = check("--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (ended.returncode, ended.stdout) == (0, "System check identified no issues (0 silenced).\n"), (
        ended.stderr
    )
