"""Tests of the three choices of the charger dashboard."""

import base64

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.security import (
    PASSWORD_LENGTH,
    Account,
    Credentials,
    Refusal,
    Security,
    admitted,
    judge,
    printable_password,
    read_basic,
)

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


class ChangeTests(SynchronousTestCase):
    """What a change over OCPP leaves behind."""

    NEW = Credentials(b"CP1", b"new")

    def test_later(self) -> None:
        """J-64: after RebootRequired both passwords are right, until the charger shows the new one."""
        both = evolve(BASIC, later=self.NEW)
        for shown in (RIGHT, self.NEW):
            self.assertIsNone(judge(both, True, shown.header()))
        self.assertEqual(judge(both, True, Credentials(b"CP1", b"x").header()), Refusal(401, "credentials-wrong"))
        self.assertIs(admitted(both, True, RIGHT.header()), both)
        self.assertEqual(admitted(both, True, self.NEW.header()), Account(Security.BASIC_OVER_WSS, self.NEW))

    def test_raising(self) -> None:
        """A05.FR.08, FR.09: the lower profile is let in until the charger came on the higher one, then it is not."""
        account = Account(Security.NONE, RIGHT, raising=2)
        self.assertIsNone(judge(account, False, ""))
        for secure, shown in ((False, RIGHT.header()), (True, ""), (True, self.NEW.header())):
            self.assertIs(admitted(account, secure, shown), account)
        raised = admitted(account, True, RIGHT.header())
        self.assertEqual(raised, Account(Security.NONE, RIGHT, reached=2))
        self.assertEqual(judge(raised, False, RIGHT.header()), Refusal(403, "wss-demanded"))
        self.assertEqual(judge(raised, True, ""), Refusal(401, "credentials-missing"))
        self.assertEqual(judge(raised, True, self.NEW.header()), Refusal(401, "credentials-wrong"))
        self.assertIsNone(judge(raised, True, RIGHT.header()))

    def test_raising_to_1(self) -> None:
        """Profile 1 is a password over ws."""
        raised = admitted(Account(Security.NONE, RIGHT, raising=1), False, RIGHT.header())
        self.assertEqual(raised.reached, 1)
        self.assertIsNone(judge(raised, False, RIGHT.header()))
        self.assertEqual(judge(raised, False, ""), Refusal(401, "credentials-missing"))

    def test_raising_without_password(self) -> None:
        """Where no password is known, or for profile 3, a connection over wss is enough."""
        for account in (Account(raising=2), Account(Security.NONE, RIGHT, raising=3)):
            self.assertEqual(admitted(account, False, "").reached, 0)
            self.assertEqual(admitted(account, True, "").reached, account.raising)
        self.assertIsNone(judge(Account(reached=2), True, ""))
        self.assertEqual(judge(Account(reached=2), False, ""), Refusal(403, "wss-demanded"))

    def test_unchanged(self) -> None:
        """Without a change nothing changes, whatever is shown."""
        for shown in ("", "nonsense", RIGHT.header()):
            self.assertIs(admitted(BASIC, True, shown), BASIC)

    def test_printable_password(self) -> None:
        """A new password has 20 letters and digits, and is never the same."""
        first, second = printable_password(), printable_password()
        self.assertTrue(first.isalnum() and first.isascii())
        self.assertEqual(len(first), PASSWORD_LENGTH)
        self.assertNotEqual(first, second)


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
