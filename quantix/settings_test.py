"""Settings of the tests: the same site, with a cheap hash, no padding of answers, and mail kept in memory."""

from quantix.environment import env
from quantix.settings import *  # noqa: F403
from quantix.settings import DATABASES, RATES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SIGNUP_MILLISECONDS_MIN = 0
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# No rate unless a test is about it.
RATES = dict.fromkeys(RATES)
HTTPS = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = False
# Two test runs side by side each have a database of their own.
DATABASES["default"]["TEST"] = {"NAME": f"test_quantix{env.str('TEST_RUN', default='')}"}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
# Static files are looked for when one is asked for: a list of all of them, for each test client, takes 75 ms.
WHITENOISE_AUTOREFRESH = True
