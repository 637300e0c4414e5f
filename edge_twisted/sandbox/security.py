"""How a central system lets a charger in: the three choices of the charger dashboard, and what each refuses."""

import base64
import binascii
import hmac
import secrets
import string
from enum import Enum
from typing import Final

from attrs import evolve, field, frozen

PASSWORD_LENGTH: Final = 20
"""Bytes of a new password: the most that OCPP 1.6 allows (S-06)."""


class Security(Enum):
    """What the charger dashboard offers for each charger; in this order; `CHOICES` has its words."""

    NONE = "none"
    NONE_OVER_WSS = "none-over-wss"
    BASIC_OVER_WSS = "basic-over-wss"


CHOICES: Final = {
    Security.NONE: "No authentication",
    Security.NONE_OVER_WSS: "No authentication over HTTPS/WSS",
    Security.BASIC_OVER_WSS: "Basic authentication over HTTPS/WSS",
}
"""The charger dashboard's words."""


@frozen
class Credentials:
    """A user name and a password, as bytes: OCPP's passwords need not be text.

    Args:
        user: without a colon; usually the charger's identity.
        password: any bytes.
    """

    user: bytes
    password: bytes = field(repr=False)

    def header(self) -> str:
        """The value of an `Authorization` header."""
        return "Basic " + base64.b64encode(self.user + b":" + self.password).decode("ascii")


@frozen
class Account:
    """What the dashboard says of one charger.

    Args:
        security: which of the three choices.
        credentials: with `BASIC_OVER_WSS`, what the charger must show.
        later: what it shows after its next reboot, and may show until then (J-64, `RebootRequired`).
        raising: the security profile that it has accepted over OCPP and did not connect on yet; 0: none.
        reached: the security profile that it was raised to over OCPP and connected on: a lower one is refused
            (A05.FR.09).
    """

    security: Security = Security.NONE
    credentials: Credentials | None = None
    later: Credentials | None = None
    raising: int = 0
    reached: int = 0


@frozen
class Refusal:
    """An HTTP answer in place of the 101.

    Args:
        status: 401, 403 or 404.
        why: a code: `wss-demanded`, `credentials-missing`, `credentials-wrong`, `unknown`.
    """

    status: int
    why: str


def read_basic(header: str) -> Credentials | None:
    """Read an `Authorization` header.

    Args:
        header: its value; of two such headers, joined with a comma, nothing can be read.

    Returns:
        User and password, split at the first colon (W-30); padding may be missing (W-31). None where there are none.
    """
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    bare = token.strip().rstrip("=")
    try:
        shown = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = shown.partition(b":")
    return Credentials(user, password) if colon else None


def judge(account: Account | None, secure: bool, authorization: str) -> Refusal | None:
    """Decide whether a charger may connect.

    Args:
        account: what the dashboard says; None for an identity that it does not know.
        secure: whether the connection is `wss`.
        authorization: the value of its `Authorization` header, or nothing.

    Returns:
        None: let it in; else how it is refused. `No authentication` ignores credentials, unless the charger's security
        profile was raised over OCPP since that was saved.
    """
    if account is None:
        return Refusal(404, "unknown")
    if not secure and (account.security is not Security.NONE or account.reached >= 2):
        return Refusal(403, "wss-demanded")
    raised = account.reached > 0 and account.credentials is not None
    if account.security is not Security.BASIC_OVER_WSS and not raised:
        return None
    shown = read_basic(authorization)
    if shown is None:
        return Refusal(401, "credentials-missing")
    return None if _is_right(account, shown) else Refusal(401, "credentials-wrong")


def admitted(account: Account, secure: bool, authorization: str) -> Account:
    """What holds from now on for a charger that was let in.

    Args:
        account: what held so far.
        secure, authorization: as for `judge`.

    Returns:
        The same account; another where the charger showed its later credentials, which end the earlier ones (S-30), or
        came on the profile that it was to be raised to, which ends the lower one (S-31).
    """
    shown = read_basic(authorization)
    if shown is not None and account.later is not None and _same(shown, account.later):
        account = evolve(account, credentials=account.later, later=None)
    if account.raising:
        authenticated = account.credentials is None or (shown is not None and _is_right(account, shown))
        if (secure or account.raising == 1) and (authenticated or account.raising == 3):
            account = evolve(account, raising=0, reached=account.raising)
    return account


def printable_password() -> str:
    """Make a password that a person can copy: 20 letters and digits, 119 bits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH))


def _is_right(account: Account, shown: Credentials) -> bool:
    now = account.credentials is not None and _same(shown, account.credentials)
    later = account.later is not None and _same(shown, account.later)
    return now or later


def _same(shown: Credentials, wanted: Credentials) -> bool:
    same_user = hmac.compare_digest(shown.user, wanted.user)
    same_password = hmac.compare_digest(shown.password, wanted.password)
    return same_user and same_password
