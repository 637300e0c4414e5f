"""Tests of the three choices of the charger dashboard."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.security import Account, Credentials, Refusal, Security, judge, read_basic

RIGHT = Credentials(b"CP1", b"\x00\xff:\r\n pass")
BASIC = Account(Security.BASIC_OVER_WSS, RIGHT)


class JudgeTests(SynchronousTestCase):
    """Who is let in."""

    def test_none(self) -> None:
        """`No authentication` takes ws and wss, and ignores credentials."""
        for secure in (False, True):
            for shown in ("", RIGHT.header(), "nonsense"):
                self.assertIsNone(judge(Account(), secure, shown))

    def test_none_over_wss(self) -> None:
        """`No authentication over HTTPS/WSS` refuses ws with 403 and ignores credentials."""
        account = Account(Security.NONE_OVER_WSS)
        self.assertEqual(judge(account, False, RIGHT.header()), Refusal(403, "wss-demanded"))
        self.assertIsNone(judge(account, True, ""))
        self.assertIsNone(judge(account, True, RIGHT.header()))

    def test_basic_over_wss(self) -> None:
        """`Basic authentication over HTTPS/WSS` refuses ws with 403 even with the right password, else wants it."""
        self.assertEqual(judge(BASIC, False, RIGHT.header()), Refusal(403, "wss-demanded"))
        self.assertIsNone(judge(BASIC, True, RIGHT.header()))

    def test_missing(self) -> None:
        """401 without credentials, and with such as can't be read."""
        for shown in ("", "Basic", "Basic !", "Bearer abc", "Basic " + base64.b64encode(b"no colon").decode()):
            self.assertEqual(judge(BASIC, True, shown), Refusal(401, "credentials-missing"), shown)

    def test_wrong(self) -> None:
        """401 with another user or another password, bytes compared."""
        for user, password in ((b"CP1", b""), (b"CP1", b"\x00\xff:\r\n pasS"), (b"cp1", RIGHT.password), (b"", b"")):
            shown = Credentials(user, password).header()
            self.assertEqual(judge(BASIC, True, shown), Refusal(401, "credentials-wrong"))

    def test_nothing_set(self) -> None:
        """401 for everybody where Basic was chosen and no password was set."""
        account = Account(Security.BASIC_OVER_WSS)
        self.assertEqual(judge(account, True, RIGHT.header()), Refusal(401, "credentials-wrong"))

    def test_unknown(self) -> None:
        """J-07: 404 for an identity that the dashboard does not know, whatever it shows."""
        self.assertEqual(judge(None, True, RIGHT.header()), Refusal(404, "unknown"))


class BasicTests(SynchronousTestCase):
    """The `Authorization` header."""

    @given(st.binary().filter(lambda user: b":" not in user), st.binary())
    def test_round(self, user: bytes, password: bytes) -> None:
        """W-30: any bytes survive; the first colon splits."""
        self.assertEqual(read_basic(Credentials(user, password).header()), Credentials(user, password))

    def test_liberal(self) -> None:
        """W-31: the scheme's case and missing padding don't matter."""
        self.assertEqual(read_basic("bASIC  YTpi"), Credentials(b"a", b"b"))
        self.assertEqual(read_basic("Basic YTpiYg"), Credentials(b"a", b"bb"))

    def test_two_headers(self) -> None:
        """Two headers, as Autobahn joins them, can't be read."""
        self.assertIsNone(read_basic(f"{RIGHT.header()}, {RIGHT.header()}"))

    def test_no_secret_in_repr(self) -> None:
        """The password is in no repr."""
        self.assertNotIn("pass", repr(BASIC))

    @given(st.text())
    def test_anything(self, header: str) -> None:
        """Whatever the header holds, nothing raises."""
        self.assertIsInstance(read_basic(header), Credentials | None)
        self.assertIsInstance(read_basic("Basic " + header), Credentials | None)
