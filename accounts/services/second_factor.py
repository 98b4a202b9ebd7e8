"""The second factor: setting an app up, codes that work once, recovery codes, and the way back when all is lost."""

import secrets

from django.conf import settings

from accounts import roles, totp
from accounts.errors import FactorKnown, WrongCode
from accounts.models import User
from accounts.second_factor_models import RecoveryCode, SecondFactor
from accounts.services import sign_ins
from accounts.services.mail_tokens import digest
from accounts.services.mails import send_proof_mail, tell_of_second_factor
from accounts.services.signin import revoke_api_token
from accounts.sign_in_models import Result, Way
from quantix import audit, clock, rates
from quantix.db import in_one_transaction, the_one
from quantix.errors import Forbidden, NotFound
from quantix.models import BrowserSession

RECOVERY_CODES = 10
#: No letters or digits that are taken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
#: What to do about a wrong one, where it is no code of the app.
_WRONG = {
    (Way.CODE, "mailed"): "This is not what was mailed for this browser. Ask for it anew.",
    (Way.RECOVERY, "code"): (
        "This is none of your recovery codes, or was used already. Each works once: look for a slip, or type another."
    ),
}


def mail_proof(*, user: User, salt: str) -> None:
    """Mail the user what `enrol` asks for: who has found out a password does not read that person's mail.

    Not to be called in a transaction: attempts count at once. Raises TooManyRequests.
    """
    # By a rate of its own: asked for by a stranger, it must not use up the owner's mails about their password.
    rates.demand("proof-mail", str(user.pk), settings.RATES["mail"])
    send_proof_mail.enqueue(user.email, salt)


def enrol(*, user: User, salt: str, mailed: str, code: str) -> list[str]:
    """Set up the app whose key follows from `salt`, proved by what was `mailed` and a `code` of the app.

    Returns the recovery codes, shown this once. Not to be called in a transaction: attempts count at once. Raises
    TooManyRequests, WrongCode, FactorKnown.
    """
    standing = _attempt(user)
    if not totp.proves_address(salt, user.pk, mailed):
        raise _refused(user, Way.CODE, standing, field="mailed")
    step = totp.matching_step(salt, code, clock.now())
    if step is None:
        raise _refused(user, Way.CODE, standing)
    codes = in_one_transaction(lambda: _enrol(user, salt, step))
    _let_in(user, Way.CODE, standing)
    return codes


def check_code(*, user: User, code: str) -> None:
    """Take a code of the user's app, once. Not to be called in a transaction: attempts count at once.

    Raises TooManyRequests, WrongCode.
    """
    standing = _attempt(user)
    if not _use_code(user, code):
        raise _refused(user, Way.CODE, standing)
    _let_in(user, Way.CODE, standing)


def check_recovery_code(*, user: User, code: str) -> None:
    """Take a recovery code in place of the app's, once; the user gets a mail about it.

    Not to be called in a transaction. Raises TooManyRequests, WrongCode.
    """
    standing = _attempt(user)
    if not in_one_transaction(lambda: _use_recovery_code(user, code)):
        raise _refused(user, Way.RECOVERY, standing)
    _let_in(user, Way.RECOVERY, standing)


def renew_recovery_codes(*, user: User, code: str) -> list[str]:
    """New recovery codes for who shows a code of the app; the old ones are worthless. Shown this once.

    Not to be called in a transaction. Raises TooManyRequests, WrongCode.
    """
    check_code(user=user, code=code)
    return in_one_transaction(lambda: _renew(user))


def reset_second_factor(*, by: User, user_id: int, reason: str) -> User:
    """Forget another's app and recovery codes: at the next sign-in they set up a new one. In a transaction.

    Their sessions and their API token end. Raises Forbidden, NotFound where there is no second factor.
    """
    roles.demand(by, roles.Can.MANAGE_STAFF)
    demand_another(by=by, user_id=user_id)
    user = the_one(User.objects.select_for_update(no_key=True).filter(pk=user_id))
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise NotFound
    before = {"enrolled_at": factor.enrolled_at.isoformat()}
    factor.delete()
    BrowserSession.objects.filter(user=user).delete()
    revoke_api_token(user=user)
    audit.record(actor=by, action="user.second-factor-reset", target=user, before=before, reason=reason)
    tell_of_second_factor(user=user, what="reset")
    return user


def demand_another(*, by: User, user_id: int) -> None:
    """Raises Forbidden for one's own second factor."""
    if user_id == by.pk:
        raise Forbidden("Nobody resets their own second factor: another owner has to.")


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(factor=user.pk, used_at=None).count()


def _enrol(user: User, salt: str, step: int) -> list[str]:
    # Locked: of two apps set up at once one is refused, and its owner sees it.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if SecondFactor.objects.filter(user=user).exists():
        raise FactorKnown
    factor = SecondFactor.objects.create(user=user, salt=salt, last_step=step, enrolled_at=clock.now())
    audit.record(actor=user, action="user.second-factor-enrol", target=user)
    tell_of_second_factor(user=user, what="enrolled")
    return _make_codes(factor)


def _renew(user: User) -> list[str]:
    factor = the_one(SecondFactor.objects.select_for_update(no_key=True).filter(user=user))
    factor.recovery_codes.all().delete()
    audit.record(actor=user, action="user.recovery-codes", target=user)
    return _make_codes(factor)


def _make_codes(factor: SecondFactor) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=digest(_plain(code))) for code in codes
    )
    return codes


def _recovery_code() -> str:
    """16 of 31 characters: 79 random bits, in groups as they are typed."""
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)]
    return "-".join(groups)


def _plain(code: str) -> str:
    """A recovery code as it counts: however it was typed."""
    return "".join(character for character in code.lower() if character in _ALPHABET)


def _use_code(user: User, code: str) -> bool:
    """One conditional UPDATE: of two that show the same code at once, one passes."""
    now = clock.now()
    salt = SecondFactor.objects.filter(user=user).values_list("salt", flat=True).first()
    step = totp.matching_step(salt, code, now) if salt else None
    if step is None:
        return False
    unused = SecondFactor.objects.filter(user=user, salt=salt, last_step__lt=step)
    return unused.update(last_step=step) == 1


def _use_recovery_code(user: User, code: str) -> bool:
    mine = RecoveryCode.objects.filter(factor=user.pk, digest=digest(_plain(code)), used_at=None)
    if mine.update(used_at=clock.now()) != 1:
        return False
    audit.record(actor=user, action="user.recovery-code", target=user)
    tell_of_second_factor(user=user, what="recovery")
    return True


def _attempt(user: User) -> rates.Standing | None:
    """Count an attempt of the user's, wherever it comes from: a code has few digits, so few are tried."""
    return rates.demand("code", str(user.pk), settings.RATES["code"])


def _refused(user: User, way: Way, standing: rates.Standing | None, field: str = "code") -> WrongCode:
    sign_ins.record(user=user, way=way, result=Result.WRONG)
    return WrongCode(
        _WRONG.get((way, field), ""), field=field, headers=standing.headers if standing else None
    )


def _let_in(user: User, way: Way, standing: rates.Standing | None) -> None:
    rates.take_back("code", str(user.pk), standing)
    sign_ins.record(user=user, way=way, result=Result.IN)
