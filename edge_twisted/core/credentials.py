"""Basic authentication as bytes: from the wire to the store and back, never as text (J-62, J-66)."""

import base64
import binascii
import hmac

from attrs import field, frozen


class BrokenCredentials(ValueError):
    """An `Authorization` header that is not readable Basic authentication (D6)."""


@frozen
class Credentials:
    """A user name and a password as they travel.

    Args:
        user: bytes before the colon. Not shown either: mostly it is the identity.
        password: bytes after it; any value, NUL and colons included. Never shown.
    """

    user: bytes = field(repr=False)
    password: bytes = field(repr=False)

    def header(self) -> str:
        """The value of an `Authorization` header that carries them (J-62)."""
        return "Basic " + base64.b64encode(self.user + b":" + self.password).decode("ascii")


def parse_basic(value: bytes, identity: bytes) -> Credentials:
    """Read the value of an `Authorization` header.

    The scheme is taken in any letter case and missing padding is forgiven (W-31, Q13). The first colon splits,
    unless the user name is an identity that holds colons itself (W-30, D4).

    Args:
        value: the header's value.
        identity: the decoded identity of the request.

    Returns:
        The credentials as bytes.

    Raises:
        BrokenCredentials: another scheme, broken base64, or no colon.
    """
    scheme, _, token = value.strip().partition(b" ")
    if scheme.lower() != b"basic":
        raise BrokenCredentials("scheme")
    return parse_token(token, identity)


def parse_token(token: bytes, identity: bytes) -> Credentials:
    """Read base64 of `user:password`, as in a header or as a maintainer enters it.

    Args:
        token: base64, with or without padding.
        identity: the identity they are for; splits where it holds colons (D4).

    Returns:
        The credentials as bytes.

    Raises:
        BrokenCredentials: broken base64, or no colon.
    """
    token = token.strip()
    stripped = token.rstrip(b"=")
    try:
        raw = base64.b64decode(stripped + b"=" * (-len(stripped) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BrokenCredentials("base64") from None
    if b":" in identity and raw.startswith(identity + b":"):
        return Credentials(identity, raw[len(identity) + 1 :])
    user, colon, password = raw.partition(b":")
    if not colon:
        raise BrokenCredentials("colon")
    return Credentials(user, password)


def is_hex_of(text: bytes, password: bytes) -> bool:
    """Whether a text is a password's hexadecimal digits, in any letter case; in constant time.

    Args:
        text: what was shown.
        password: bytes.

    Returns:
        Whether it is.
    """
    return hmac.compare_digest(text.lower(), password.hex().encode())


def same_password(one: bytes, other: bytes) -> bool:
    """Compare two passwords in constant time, also where one is the other's hexadecimal text (S-07, D12, D16).

    Args:
        one: what was shown.
        other: what is known.

    Returns:
        Whether they are the same password.
    """
    equal = hmac.compare_digest(one, other)
    equal |= is_hex_of(one, other)
    equal |= is_hex_of(other, one)
    return equal and bool(one) == bool(other)
