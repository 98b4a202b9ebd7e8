"""What the site promises browsers: headers on every page, and careful cookies."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from quantix import environment
from quantix.tests.test_environment import PRODUCTION

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name in environment.NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(CHECKOUT / "quantix" / "settings.py"))


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-up", "/nowhere", "/health/live"])
def test_every_reply_has_the_headers_that_keep_pages_safe(client: Client, path: str) -> None:
    response = client.get(path)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def policy(client: Client, path: str) -> dict[str, list[str]]:
    directives = client.get(path)["Content-Security-Policy"].split(";")
    return {name: sources for name, *sources in (directive.split() for directive in directives)}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/api/docs/", "/admin/login/"])
def test_no_page_runs_what_is_not_a_file_of_ours(client: Client, path: str) -> None:
    found = policy(client, path)
    sources = {source for listed in found.values() for source in listed}
    assert sources <= {"'self'", "'none'", "data:"}
    assert found["default-src"] == ["'self'"] and "data:" not in found.get("script-src", [])
    assert found["object-src"] == found["frame-ancestors"] == ["'none'"]
    assert found["base-uri"] == found["form-action"] == ["'self'"]


def test_cookies_of_production_travel_over_https_only_and_scripts_do_not_see_the_session(
    production: dict[str, Any],
) -> None:
    assert production["SESSION_COOKIE_SECURE"] and production["CSRF_COOKIE_SECURE"]
    assert production["SESSION_COOKIE_HTTPONLY"]
    assert production["SESSION_COOKIE_SAMESITE"] == production["CSRF_COOKIE_SAMESITE"] == "Lax"


def test_production_redirects_to_https_and_says_so_for_a_year(
    client: Client, production: dict[str, Any], settings: LazySettings
) -> None:
    for name in ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS"):
        setattr(settings, name, production[name])
    fresh = Client()
    assert fresh.get("/sign-in").status_code == 301
    assert (
        "max-age=31536000; includeSubDomains"
        in fresh.get("/sign-in", secure=True)["Strict-Transport-Security"]
    )
    assert fresh.get("/health/live").status_code == 200


def test_production_shows_no_traces_and_logs_json(production: dict[str, Any]) -> None:
    assert production["DEBUG"] is False
    assert production["LOGGING"]["handlers"]["console"]["formatter"] == "json"


def test_the_first_hasher_is_argon2(production: dict[str, Any]) -> None:
    assert production["PASSWORD_HASHERS"][0].endswith(".Argon2PasswordHasher")


def test_the_proxys_word_on_https_counts_only_where_proxies_are_trusted(
    production: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in production
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8")
    behind = runpy.run_path(str(CHECKOUT / "quantix" / "settings.py"))
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
