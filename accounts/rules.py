"""The forms of an address and a username: one place for pages, programs, models and the database."""

import re

EMAIL_FORM = r"^[0-9]{2}f[0-9]{7}@ds\.study\.iitm\.ac\.in$"
EMAIL_HELP = "Use your institute address, such as 21f1000001@ds.study.iitm.ac.in."
USERNAME_FORM = r"^[A-Za-z0-9_.-]{3,80}$"
USERNAME_HELP = "3 to 80 letters, digits, dots, dashes or underscores."
FULL_NAME_HELP = "Your name has 1 to 100 characters, and no space around it."
PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MAX = 10, 128

# In Python `$` lets a final newline pass; PostgreSQL's does not. So: fullmatch, on the same pattern.
_EMAIL = re.compile(EMAIL_FORM.strip("^$"))
_USERNAME = re.compile(USERNAME_FORM.strip("^$"))


def is_institute_email(email: str) -> bool:
    """Whether `email`, lower-cased already, is an institute address in full."""
    return _EMAIL.fullmatch(email) is not None


def is_username(name: str) -> bool:
    return _USERNAME.fullmatch(name) is not None


def is_full_name(name: str) -> bool:
    return 1 <= len(name) <= 100 and name.isprintable() and name == name.strip()
