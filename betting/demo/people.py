"""The demo's people: six members of staff and forty players, with one password."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.webhooks import services as webhooks
from quantix import clock

PASSWORD = "quantix-demo"  # noqa: S105
STAFF = [
    ("21f1000001", "owner", "Anjali Rao", "owner"),
    ("21f1000002", "finance.meera", "Meera Subramanian", "finance"),
    ("21f1000003", "finance.kabir", "Kabir Sethi", "finance"),
    ("21f1000004", "games.dev", "Dev Malhotra", "games"),
    ("21f1000005", "support.isha", "Isha Fernandes", "support"),
    ("21f1000006", "games.leela", "Leela Thomas", "games"),
]
NAMES = """
Aarav Nambiar|Aditi Kulkarni|Akash Verma|Ananya Pillai|Arjun Nair|Bhavna Joshi|Charan Reddy|Deepika Menon|Dhruv Kapoor|
Diya Chatterjee|Esha Bhatt|Farhan Qureshi|Gauri Deshpande|Harsh Vardhan|Ishaan Gupta|Jaya Lakshmi|Karthik Raman|
Kavya Shetty|Lakshya Singh|Madhavi Rao|Manav Bansal|Neha Agarwal|Nikhil Thomas|Omkar Patil|Pooja Hegde|Pranav Mishra|
Priya Ghosh|Rahul Dutta|Riya Saxena|Rohan Mehta|Saanvi Krishnan|Sameer Khan|Shreya Banerjee|Siddharth Jain|Sneha Das|
Tanvi Rane|Uday Chowdhury|Varun Bhatia|Yash Tiwari|Zoya Ahmed
"""


#: Players who were there before the month of play, one more each day; the others join in its course.
EARLY = 28


@dataclass(frozen=True)
class Cast:
    """Everybody of the demo; `owner` acts for staff in its history, `colleague` is the other one for games."""

    owner: User
    games: User
    colleague: User
    finance: User
    players: list[User]


def is_there() -> bool:
    """Whether the demo was loaded before."""
    return User.objects.filter(email=_email(STAFF[0][0])).exists()


def make() -> Cast:
    """Create everybody. In a transaction, with the clock set to when the month begins.

    Who was there before it is verified, with the sign-up bonus; who is not proves the address when they were created.
    """
    password_hash = make_password(PASSWORD)
    began = clock.now()
    with clock.set_to(began - timedelta(days=EARLY + 1)):
        staff = [_person(roll, username, name, role) for roll, username, name, role in STAFF]
    players = []
    for number, name in enumerate((name.strip() for name in NAMES.split("|")), start=1):
        # One a day before it, at some hour; then one in two days.
        days = number - EARLY - 1 if number <= EARLY else 2.1 * (number - EARLY)
        with clock.set_to(began + timedelta(days=days, hours=number * 7 % 10)):
            roll = f"21f20000{number:02d}"
            is_there = number <= EARLY
            players.append(_person(roll, name.lower().replace(" ", "."), name, is_verified=is_there))
    User.objects.filter(pk__in=[person.pk for person in [*staff, *players]]).update(password=password_hash)
    return Cast(owner=staff[0], games=staff[3], colleague=staff[5], finance=staff[1], players=players)


def register_bot(owner: User) -> None:
    """A club's bot that was told of results, and is switched off: the demo sends nothing to strangers."""
    bot = webhooks.create_webhook(
        by=owner, url="https://bot.example.org/quantix", events=["event.resolved", "bet.settled"]
    )
    webhooks.send_test(by=owner, webhook_id=bot.pk)
    webhooks.change_webhook(by=owner, webhook_id=bot.pk, is_active=False)


def _person(roll: str, username: str, name: str, role: str = "", *, is_verified: bool = True) -> User:
    user = User.objects.create_user(_email(roll), username, name, is_admin=bool(role))
    if role:
        user.groups.add(Group.objects.get(name=role))
    if is_verified:
        user.mark_verified()
    return user


def _email(roll: str) -> str:
    return f"{roll}@ds.study.iitm.ac.in"
