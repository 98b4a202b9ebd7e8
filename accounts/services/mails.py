"""Mails about an account: asked for in one transaction, written and sent by the worker.

What is queued names an address and a purpose, never a token, and is the same for known and unknown
addresses: only the worker looks which mail, if any, there is to send.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts import totp
from accounts.models import User, VerificationToken
from accounts.services import browsers
from accounts.services.mail_tokens import make_token
from quantix import clock, rates
from quantix.context import origin

Purpose = VerificationToken.Purpose
#: The pages that use the tokens up, by name.
PAGES = {Purpose.EMAIL_VERIFICATION: "verify", Purpose.PASSWORD_RESET: "reset"}
SUBJECTS = {
    "verify": "Verify your address for Quantix",
    "reset": "Choose a new password for Quantix",
    "known": "You already have a Quantix account",
}
#: What the mails about the second factor say above them.
FACTOR_SUBJECTS = {
    "enrolled": "A second factor protects your Quantix account",
    "reset": "Your second factor for Quantix was reset",
    "recovery": "A recovery code of your Quantix account was used",
    "proof": "Set up your second factor for Quantix",
}


def ask_for_mail(email: str, wanted: str) -> None:
    """Queue the mail that `wanted` ("verify", "reset", or "sign-up") stands for, if `email` has an account.

    Above the recipient's rate (RATE_MAIL) it is dropped in silence: nobody learns anything from it.
    """
    email = email.lower()
    limit = settings.RATES["mail"]
    if limit is None or rates.attempt("mail", email, limit).allowed:
        send_account_mail.enqueue(email, wanted)


@task
def send_account_mail(email: str, wanted: str) -> None:
    """Send `email` the mail that fits the state of its account: an unverified one verifies, a verified one resets."""
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is None or (wanted == "verify" and user.is_verified):
            return
        kind = _kind(user, wanted)
        purpose = Purpose.EMAIL_VERIFICATION if kind == "verify" else Purpose.PASSWORD_RESET
        token = make_token(user, purpose)
    link = f"{settings.SITE_URL}{reverse(PAGES[purpose], args=[token])}"
    send(user, subject=SUBJECTS[kind], template=kind, context={"link_url": link})


def tell_of_second_factor(*, user: User, what: str) -> None:
    """Queue the mail that tells `user` that their second factor was "enrolled", "reset", or got by ("recovery")."""
    where = origin()
    agent = browsers.name_of(where.agent)
    send_second_factor_mail.enqueue(
        user.email, what, at=clock.now().isoformat(), address=where.address, agent=agent
    )


@task
def send_second_factor_mail(email: str, what: str, *, at: str, address: str, agent: str) -> None:
    """Tell what happened to the second factor of the account with `email`, when (ISO 8601), and from where."""
    user = User.objects.filter(email=email).first()
    if user is None:
        return
    context = {"what": what, "address": address, "agent": agent, "link_url": f"{settings.SITE_URL}/account"}
    moment = timezone.localtime(datetime.fromisoformat(at))
    context["at"] = f"{moment:%d %B %Y, %H:%M}"
    send(user, subject=FACTOR_SUBJECTS[what], template="second_factor", context=context)


@task
def send_proof_mail(email: str, salt: str) -> None:
    """Send `email` what proves, to the browser that sets an app up with `salt`, that its mails are read."""
    user = User.objects.filter(email=email).first()
    if user:
        context = {
            "proof": totp.proof_of_address(salt, user.pk),
            "link_url": f"{settings.SITE_URL}/second-factor",
        }
        send(user, subject=FACTOR_SUBJECTS["proof"], template="second_factor_proof", context=context)


def send(user: User, *, subject: str, template: str, context: dict[str, str]) -> None:
    """Send one mail with a text part (`emails/<template>.txt`) and an HTML part."""
    context = {"user": user, "subject": subject, "site_url": settings.SITE_URL, **context}  # type: ignore[dict-item]
    text = render_to_string(f"emails/{template}.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[user.email])
    message.attach_alternative(render_to_string(f"emails/{template}.html", context), "text/html")
    message.send()


def _kind(user: User, wanted: str) -> str:
    if wanted == "reset":
        return "reset"
    return "known" if user.is_verified else "verify"
