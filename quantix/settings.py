"""Quantix's settings: read from the environment (`.env.example` names each), with defaults that run the demo."""

import ipaddress
import re
import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from quantix import environment, postgres
from quantix.environment import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".data"

DEBUG = environment.switch("DEBUG", default=True)
_DEBUG_KEY = "a key for development only, refused with DEBUG off: set SECRET_KEY there"
SECRET_KEY = environment.text("SECRET_KEY", _DEBUG_KEY)
if not DEBUG and (SECRET_KEY == _DEBUG_KEY or len(SECRET_KEY) < 50):
    raise ImproperlyConfigured(
        "SECRET_KEY is wrong: with DEBUG off it should be 50 random characters or more."
    )
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if DEBUG else "")
SITE_URL = environment.url(
    "SITE_URL", f"http://127.0.0.1:{environment.number('PORT', 8000)}", "http", "https"
).rstrip("/")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")


def _currency(value: str) -> str:
    if not re.fullmatch("[A-Z]{3,10}", value):
        raise ValueError
    return value


def _networks(value: str) -> list[str]:
    return [str(ipaddress.ip_network(network.strip())) for network in value.split(",") if network.strip()]


TRUSTED_PROXIES = environment.read("TRUSTED_PROXIES", "", _networks, "a list of networks such as 10.0.0.0/8")

# What Quantix itself is set by.
CURRENCY = environment.read("CURRENCY", "INR", _currency, "a code of 3 to 10 capital letters")
SIGNUP_BONUS = environment.money("SIGNUP_BONUS", "100.00")
ADJUSTMENT_APPROVAL_FROM = environment.money("ADJUSTMENT_APPROVAL_FROM", "1000.00")
RESOLVE_CONFIRM_FROM = environment.money("RESOLVE_CONFIRM_FROM", "10000.00")
NEW_PLAYER_STAKE_MAX = environment.money("NEW_PLAYER_STAKE_MAX", "20.00")
API_TOKEN_DAYS = environment.number("API_TOKEN_DAYS", 90, least=1)
IDEMPOTENCY_HOURS = environment.number("IDEMPOTENCY_HOURS", 24, least=1)
STAFF_SECOND_FACTOR = environment.switch("STAFF_SECOND_FACTOR", default=False)
WEBHOOK_PRIVATE = environment.switch("WEBHOOK_PRIVATE", default=False)
SIGNUP_MILLISECONDS_MIN = environment.number("SIGNUP_MILLISECONDS_MIN", 400)
RATES = {
    name: environment.rate(f"RATE_{name.upper()}", default)
    for name, default in {
        "signin": "5/900",
        "signup": "20/3600",
        "code": "5/900",
        "mail": "5/3600",
        "requests": "600/60",
        "bets": "60/60",
        "reports": "5/86400",
    }.items()
}

INSTALLED_APPS = [
    "quantix",
    "accounts",
    "accounts.webhooks",
    "wallets",
    "games",
    "betting",
    "quantix.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
]

MIDDLEWARE = [
    "quantix.middleware.RequestOrigin",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "quantix.middleware.Compressed",
    "csp.middleware.CSPMiddleware",
    "quantix.middleware.PrivatePages",
    "quantix.middleware.Refusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.SessionUser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

# Addresses have no slash at the end, and are not corrected.
APPEND_SLASH = False
ROOT_URLCONF = "quantix.urls"
WSGI_APPLICATION = "quantix.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quantix.context_processors.look",
                "wallets.context_processors.wallet",
            ],
            "builtins": ["quantix.templatetags.ui"],
        },
    }
]

# One engine everywhere: unset means a real PostgreSQL under .data, started when it is not running.
DATABASE_URL = environment.url("DATABASE_URL", "", "postgres", "postgresql") or postgres.ensure_running(
    DATA_DIR / "postgres"
)
DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL),
        "CONN_MAX_AGE": environment.number("DATABASE_CONN_SECONDS", 600),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": environment.switch("PGBOUNCER", default=False),
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailOrUsername"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "email", "full_name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "lobby"

LANGUAGE_CODE = "en-in"
TIME_ZONE = "Asia/Kolkata"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "quantix.formats"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

OUTBOX_DIR = DATA_DIR / "outbox"
_EMAIL_URL = environment.url("EMAIL_URL", "", *env.EMAIL_SCHEMES)
if _EMAIL_URL:
    EMAIL_CONFIG = env.email_url_config(_EMAIL_URL)
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "quantix.outbox.EmailBackend"
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "Quantix <quantix@localhost>")
EMAIL_TIMEOUT = 10

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["quantix.api.rates.PerToken"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["quantix.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "quantix.api.negotiation.AlwaysJSON",
    "DEFAULT_FILTER_BACKENDS": ["quantix.api.filters.StrictFilters"],
    "DEFAULT_PAGINATION_CLASS": "quantix.api.paging.CursorPage",
    "DEFAULT_SCHEMA_CLASS": "quantix.api.schema.Schema",
    "EXCEPTION_HANDLER": "quantix.api.problems.reply_to_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quantix",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Play-money quizzes, puzzles and predictions. Errors are `application/problem+json` (RFC 9457).",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "quantix.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "DeliveryStatus": "accounts.webhooks.models.Delivery.Status",
        "SessionStatus": "games.models.GameSession.Status",
        "GameType": "games.models.Game.Type",
        "PostingType": "wallets.models.Transaction.Type",
    },
    "WEBHOOKS": [
        f"accounts.webhooks.api.contract.{name}"
        for name in ("BET_SETTLED", "SESSION_ENDED", "EVENT_RESOLVED", "PING")
    ],
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "quantix.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
HTTPS = environment.switch("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "quantix.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"origin": {"()": "quantix.logs.WithOrigin"}},
    "formatters": {
        "json": {"()": "quantix.logs.JSONFormatter"},
        "plain": {"()": "quantix.logs.PlainFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "filters": ["origin"],
            "formatter": "plain" if DEBUG else "json",
        }
    },
    "root": {
        "handlers": ["console"],
        "level": environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    },
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # It says twice a second that it looks for work.
        "django_tasks_db": {"level": "WARNING"},
    },
}
