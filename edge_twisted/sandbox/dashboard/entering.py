"""What is entered for a charger's security: read, judged, and never shown again."""

from typing import Final

from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.security import CHOICES, Account, Credentials, Security

CHOICE_HINTS: Final = (
    (
        Security.NONE.value,
        CHOICES[Security.NONE],
        "Takes the charger over ws and wss, and ignores any password that it shows.",
    ),
    (
        Security.NONE_OVER_WSS.value,
        CHOICES[Security.NONE_OVER_WSS],
        "Refuses ws (403). Over wss it takes the charger without a password.",
    ),
    (
        Security.BASIC_OVER_WSS.value,
        CHOICES[Security.BASIC_OVER_WSS],
        "Refuses ws (403), and over wss a missing or wrong user name or password (401).",
    ),
)
LONGEST: Final = 500
NO_CHOICE: Final = "Choose one of the three."
NO_CREDENTIALS: Final = "Enter the user name and the password as username:password."
NO_COLON: Final = "Put a colon between the user name and the password: username:password."
NO_PASSWORD: Final = "Behind the colon there is no password. Enter one, or make a random one."
TOO_LONG: Final = f"User name and password together have at most {LONGEST} characters."
CONTROL: Final = "There is a character in it that can't be typed, such as a line break. Enter it without."


def read_account(form: Form, now: Account | None) -> Account | None:
    """Read the fields `security` and `credentials`.

    Args:
        form: what was entered; what is wrong is said in it.
        now: what holds so far: an empty field keeps its user name and password.

    Returns:
        The account; None where something is wrong.
    """
    try:
        security = Security(form.text("security"))
    except ValueError:
        form.wrong("security", NO_CHOICE)
        return None
    entered, kept = form.text("credentials"), now.credentials if now is not None else None
    if now is not None and (security is not Security.BASIC_OVER_WSS or (kept is not None and not entered)):
        return Account(security, kept, now.later)
    if security is not Security.BASIC_OVER_WSS:
        return Account(security)
    why = wrong_with(entered)
    if why:
        form.wrong("credentials", why)
        return None
    return Account(security, credentials_of(entered))


def wrong_with(entered: str) -> str:
    """Say what is wrong with `username:password`; nothing where it is right."""
    _, colon, password = entered.partition(":")
    if not entered:
        return NO_CREDENTIALS
    if len(entered) > LONGEST:
        return TOO_LONG
    if any(ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) < 0xE000 for character in entered):
        return CONTROL
    return NO_COLON if not colon else "" if password else NO_PASSWORD


def credentials_of(entered: str) -> Credentials:
    """Read `username:password` that is right; the first colon divides them."""
    user, _, password = entered.partition(":")
    return Credentials(user.encode(), password.encode())


def security_of(known: Known) -> str:
    """The words of a charger's setting."""
    return "Not on the dashboard" if known.account is None else CHOICES[known.account.security]
