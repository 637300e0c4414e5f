"""Reads the secret that a maintainer enters, in one of three ways, as bytes."""

from typing import Final

from msgspec import UNSET

from edge_twisted.core.credentials import BrokenCredentials, Credentials, parse_token
from edge_twisted.web.refusing import refuse
from edge_twisted.web.shapes import UplinkChange

USER_BYTES: Final = 255
"""Of a user name: as many as an identity may have."""
PASSWORD_BYTES: Final = 1024
"""Of a password; OCPP's has 40 at most."""
_SCHEME: Final = "basic "


def read_secret(change: UplinkChange, identity: bytes) -> Credentials | None:
    """Read the secret of a change.

    Args:
        change: at most one way of entering a secret may be used.
        identity: the user name where none is given, and how `basic_base64` is split (D4, D14).

    Returns:
        The credentials as bytes, or None where no secret is entered.

    Raises:
        Refused: 422 where it is ambiguous, broken, empty or too long.
    """
    ways = [name for name in ("password", "password_hex", "basic_base64") if getattr(change, name) is not UNSET]
    if len(ways) > 1:
        raise refuse(422, "secret-ambiguous", ways[1])
    if not ways:
        if change.username is not UNSET:
            raise refuse(422, "password-missing", "password")
        return None
    if change.basic_base64 is not UNSET:
        if change.username is not UNSET:
            raise refuse(422, "secret-ambiguous", "username")
        credentials = _from_token(change.basic_base64, identity)
    else:
        credentials = Credentials(_user(change, identity), _password(change))
    if not credentials.password:
        raise refuse(422, "password-empty", ways[0])
    if len(credentials.user) > USER_BYTES or len(credentials.password) > PASSWORD_BYTES:
        raise refuse(422, "secret-long", ways[0])
    return credentials


def read_digits(change: UplinkChange) -> str:
    """The digits of a password that is entered in hexadecimal: the second of the two readings that it has.

    Args:
        change: one that `read_secret` took.

    Returns:
        The digits without the spaces between them; nothing where the password is entered otherwise.
    """
    return "" if change.password_hex is UNSET else "".join(change.password_hex.split())


def _from_token(text: str, identity: bytes) -> Credentials:
    text = text.strip()
    token = text[len(_SCHEME) :] if text.lower().startswith(_SCHEME) else text  # copied from a header, whole
    try:
        return parse_token(token.encode("utf-8", "replace"), identity)
    except BrokenCredentials:
        raise refuse(422, "base64-broken", "basic_base64") from None


def _user(change: UplinkChange, identity: bytes) -> bytes:
    if change.username is UNSET:
        return identity
    user = change.username.encode("utf-8", "surrogatepass")
    if not user:
        raise refuse(422, "username-empty", "username")
    if b":" in user and user != identity:
        raise refuse(422, "username-colon", "username")
    return user


def _password(change: UplinkChange) -> bytes:
    if change.password is not UNSET:
        return change.password.encode("utf-8", "surrogatepass")
    assert change.password_hex is not UNSET
    try:
        return bytes.fromhex(change.password_hex)
    except ValueError:
        raise refuse(422, "hex-broken", "password_hex") from None
