"""How a central system lets a charger in: the three choices of the charger dashboard, and what each refuses."""

import base64
import binascii
import hmac
from enum import Enum
from typing import Final

from attrs import field, frozen


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
    """

    security: Security = Security.NONE
    credentials: Credentials | None = None


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
        None: let it in; else how it is refused. `No authentication` ignores credentials.
    """
    if account is None:
        return Refusal(404, "unknown")
    if account.security is Security.NONE:
        return None
    if not secure:
        return Refusal(403, "wss-demanded")
    if account.security is Security.NONE_OVER_WSS:
        return None
    shown, wanted = read_basic(authorization), account.credentials
    if shown is None:
        return Refusal(401, "credentials-missing")
    if wanted is None:
        return Refusal(401, "credentials-wrong")
    same_user = hmac.compare_digest(shown.user, wanted.user)
    same_password = hmac.compare_digest(shown.password, wanted.password)
    return None if same_user and same_password else Refusal(401, "credentials-wrong")
