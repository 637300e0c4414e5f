"""Tests of `edge_twisted.web.secret`: three ways to enter a secret, as bytes."""

import base64

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.web.refusing import Refused
from edge_twisted.web.secret import read_secret
from edge_twisted.web.shapes import UplinkChange
from edge_twisted.words import en

USERS = st.binary(min_size=1, max_size=255).filter(lambda user: b":" not in user)
PASSWORDS = st.binary(min_size=1, max_size=1024)


def read(identity: bytes = b"CP001", **values: str) -> Credentials | None:
    """Read what was entered."""
    return read_secret(UplinkChange(**values), identity)  # type: ignore[arg-type]  # texts only


class ReadSecretTests(SynchronousTestCase):
    """What is taken."""

    def test_none(self) -> None:
        """Where nothing is entered, there is none."""
        self.assertIsNone(read())
        self.assertIsNone(read(endpoint="wss://x"))

    @given(USERS, PASSWORDS)
    def test_octets(self, user: bytes, password: bytes) -> None:
        """D1, D2: any octets arrive as they are, as hexadecimal digits and as base64, padded or not."""
        token = base64.b64encode(user + b":" + password).decode()
        for given_token in (token, token.rstrip("="), f"Basic {token}", f"  {token}\r\n"):
            self.assertEqual(read(basic_base64=given_token), Credentials(user, password))
        self.assertEqual(read(user, password_hex=password.hex()), Credentials(user, password))

    @given(st.text(min_size=1, max_size=200))
    def test_text(self, password: str) -> None:
        """Text is UTF-8; as JSON brings it, with every character that JSON can carry."""
        change = msgspec.json.decode(msgspec.json.encode({"password": password}), type=UplinkChange)
        self.assertEqual(read_secret(change, b"CP1"), Credentials(b"CP1", password.encode()))

    def test_identity_with_colons(self) -> None:
        """D4: an OCPP ID with colons is the user name where none is given, and splits the base64."""
        token = base64.b64encode(b"CP:001:pass:word").decode()
        for found in (
            read(b"CP:001", basic_base64=token),
            read(b"CP:001", password="pass:word"),  # noqa: S106 - it is no password of anybody
            read(b"CP:001", username="CP:001", password="pass:word"),  # noqa: S106 - a made-up password
        ):
            self.assertEqual(found, Credentials(b"CP:001", b"pass:word"))
        self.assertEqual(read(b"CP001", basic_base64=token), Credentials(b"CP", b"001:pass:word"))


class RefusedTests(SynchronousTestCase):
    """What is not taken, each with its own word and field."""

    def refused(self, code: str, field: str, **values: str) -> None:
        """What was entered is refused with that."""
        problem = self.assertRaises(Refused, read, **values).problem
        self.assertEqual((problem.error, problem.field, problem.message), (code, field, en.API[code] + "."), values)

    def test_more_ways(self) -> None:
        """More than one way at once."""
        self.refused("secret-ambiguous", "password_hex", password="x", password_hex="00")  # noqa: S106 - a made-up password
        self.refused("secret-ambiguous", "basic_base64", password_hex="00", basic_base64="QTpi")  # noqa: S106 - a made-up password
        self.refused("secret-ambiguous", "username", username="u", basic_base64="QTpi")

    def test_half(self) -> None:
        """A user name alone, and an empty one."""
        self.refused("password-missing", "password", username="u")
        self.refused("username-empty", "username", username="", password="x")  # noqa: S106 - a made-up password

    def test_colon(self) -> None:
        """D14: a colon in the user name."""
        self.refused("username-colon", "username", username="a:b", password="x")  # noqa: S106 - a made-up password

    def test_hexadecimal(self) -> None:
        """What are no pairs of hexadecimal digits."""
        for text in ("0", "0g", "0x00", "a password", "é"):
            self.refused("hex-broken", "password_hex", password_hex=text)

    def test_base64(self) -> None:
        """What is no base64, or holds no colon."""
        for text in ("QT*i", "QQ==", "A:b", "Basic", "é", "QTpi QTpi", "Bearer QTpi"):
            self.refused("base64-broken", "basic_base64", basic_base64=text)

    def test_empty(self) -> None:
        """An empty password, in each way."""
        self.refused("password-empty", "password", password="")
        self.refused("password-empty", "password_hex", password_hex="  ")  # noqa: S106 - a made-up password
        self.refused("password-empty", "basic_base64", basic_base64="QTo=")

    def test_long(self) -> None:
        """More than any charger or central system takes."""
        self.refused("secret-long", "password", password="x" * 1025)
        self.refused("secret-long", "password_hex", password_hex="00" * 1025)  # noqa: S106 - a made-up password
        self.refused("secret-long", "password", username="u" * 256, password="x")  # noqa: S106 - a made-up password
