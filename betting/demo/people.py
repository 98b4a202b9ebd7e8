"""The demo's people: five members of staff and forty players, with one password."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.webhooks import services as webhooks

PASSWORD = "quantix-demo"  # noqa: S105
STAFF = [
    ("21f1000001", "owner", "Anjali Rao", "owner"),
    ("21f1000002", "finance.meera", "Meera Subramanian", "finance"),
    ("21f1000003", "finance.kabir", "Kabir Sethi", "finance"),
    ("21f1000004", "games.dev", "Dev Malhotra", "games"),
    ("21f1000005", "support.isha", "Isha Fernandes", "support"),
]
NAMES = """
Aarav Nambiar|Aditi Kulkarni|Akash Verma|Ananya Pillai|Arjun Nair|Bhavna Joshi|Charan Reddy|Deepika Menon|Dhruv Kapoor|
Diya Chatterjee|Esha Bhatt|Farhan Qureshi|Gauri Deshpande|Harsh Vardhan|Ishaan Gupta|Jaya Lakshmi|Karthik Raman|
Kavya Shetty|Lakshya Singh|Madhavi Rao|Manav Bansal|Neha Agarwal|Nikhil Thomas|Omkar Patil|Pooja Hegde|Pranav Mishra|
Priya Ghosh|Rahul Dutta|Riya Saxena|Rohan Mehta|Saanvi Krishnan|Sameer Khan|Shreya Banerjee|Siddharth Jain|Sneha Das|
Tanvi Rane|Uday Chowdhury|Varun Bhatia|Yash Tiwari|Zoya Ahmed
"""


@dataclass(frozen=True)
class Cast:
    """Everybody of the demo; `owner` acts for staff in its history."""

    owner: User
    games: User
    finance: User
    players: list[User]


def is_there() -> bool:
    """Whether the demo was loaded before."""
    return User.objects.filter(email=_email(STAFF[0][0])).exists()


def make() -> Cast:
    """Create everybody, verified, each with the sign-up bonus. In a transaction."""
    password_hash = make_password(PASSWORD)
    staff = [_person(roll, username, name, role) for roll, username, name, role in STAFF]
    names = [name.strip() for name in NAMES.split("|")]
    players = [
        _person(f"21f20000{number:02d}", name.lower().replace(" ", "."), name)
        for number, name in enumerate(names, start=1)
    ]
    User.objects.filter(pk__in=[person.pk for person in [*staff, *players]]).update(password=password_hash)
    return Cast(owner=staff[0], games=staff[3], finance=staff[1], players=players)


def register_bot(owner: User) -> None:
    """A club's bot that was told of results, and is switched off: the demo sends nothing to strangers."""
    bot = webhooks.create_webhook(
        by=owner, url="https://bot.example.org/quantix", events=["event.resolved", "bet.settled"]
    )
    webhooks.send_test(by=owner, webhook_id=bot.pk)
    webhooks.change_webhook(by=owner, webhook_id=bot.pk, is_active=False)


def _person(roll: str, username: str, name: str, role: str = "") -> User:
    user = User.objects.create_user(_email(roll), username, name, is_admin=bool(role))
    if role:
        user.groups.add(Group.objects.get(name=role))
    user.mark_verified()
    return user


def _email(roll: str) -> str:
    return f"{roll}@ds.study.iitm.ac.in"
