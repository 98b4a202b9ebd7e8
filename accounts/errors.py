"""What signing up and signing in refuse."""

from quantix.errors import Refusal


class WrongCredentials(Refusal):
    code = "wrong-credentials"
    status = 401
    title = "Login or password is wrong"
    detail = "No account has this login and password together."


class EmailNotVerified(Refusal):
    code = "email-not-verified"
    status = 403
    title = "The address is not verified yet"
    detail = "Follow the link in the mail we sent you, or ask for another one."


class Suspended(Refusal):
    code = "suspended"
    status = 403
    title = "This account is suspended"
    detail = "This account is suspended. Write to the club if you think that is a mistake."


class InvalidToken(Refusal):
    """Wrong, used, expired, superseded or of another purpose: which one is not told."""

    code = "invalid-token"
    status = 400
    title = "This link does not work (any more)"
    detail = "The link was used already, has expired, or a newer one was sent. Ask for another mail."


class WrongCode(Refusal):
    """Of another key, too old, used already: which one is not told."""

    code = "wrong-code"
    status = 400
    title = "This code does not work (any more)"
    detail = "The code is wrong, too old, or was used already. Wait for the next one and type that."


class FactorKnown(Refusal):
    code = "second-factor-known"
    status = 409
    title = "A second factor is set up already"
    detail = "An app was set up for this account a moment ago, from elsewhere. Open the page again."


class SecondFactorNeeded(Refusal):
    code = "second-factor-needed"
    status = 403
    title = "This takes a second factor"
    detail = (
        "Staff enter a code of their app first. Programs use a token that was made on the account page "
        "after that: one made with a password alone does what players do, and no more."
    )


class OwnRoles(Refusal):
    code = "own-roles"
    status = 403
    title = "Nobody changes their own roles"
    detail = "Another owner has to change your roles."


class ExportsBusy(Refusal):
    code = "exports-busy"
    status = 429
    title = "As many exports run as may run at a time"
    detail = "Other exports are being sent. Try again when one of them is done."


class OwnReport(Refusal):
    code = "own-report"
    status = 403
    title = "Nobody reports themselves"
    detail = "This is you. What others see of you is set on your account's page."


class AlreadyReported(Refusal):
    code = "reported-already"
    title = "You have reported this player"
    detail = "Your report of this player waits for staff. You can write another once they have looked at it."
    constraint = "report_open_once"


class ReportDecided(Refusal):
    code = "report-decided"
    title = "This report is closed"
    detail = "Another member of staff has looked at it meanwhile."
