"""Tests of the changes over OCPP: new passwords, raised profiles."""

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.rotation import new_password, raise_profile, rotate
from edge_twisted.sandbox.central.schemas import request_findings
from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.security import Account, Credentials, Security

OLD = Account(Security.BASIC_OVER_WSS, Credentials(b"user", b"old"))


class PasswordTests(SynchronousTestCase):
    """New passwords."""

    def test_hex(self) -> None:
        """J-63, S-06: 20 random bytes, sent as 40 hexadecimal digits."""
        password, value = new_password("hex")
        self.assertEqual((len(password), bytes.fromhex(value)), (20, password))
        self.assertNotEqual(password, new_password("hex")[0])

    def test_text(self) -> None:
        """20 letters and digits, sent in the same way."""
        password, value = new_password("text")
        self.assertTrue(password.isalnum())
        self.assertEqual((len(password), bytes.fromhex(value)), (20, password))

    def test_verbatim(self) -> None:
        """20 letters and digits, sent as they are."""
        password, value = new_password("verbatim")
        self.assertEqual((len(password), value.encode()), (20, password))

    def test_other(self) -> None:
        """There is no other form."""
        self.assertRaises(ValueError, new_password, "base64")


class ChangeTests(SynchronousTestCase):
    """What a charger's answer leads to."""

    def setUp(self) -> None:
        self.account = OLD
        self.asked: list[tuple[str, Payload]] = []
        self.answer: Deferred[Payload] = Deferred()

    def ask(self, action: str, payload: Payload) -> "Deferred[Payload]":
        """Take a request."""
        self.assertEqual(request_findings(action, payload), ())
        self.asked.append((action, payload))
        return self.answer

    def save(self, account: Account) -> None:
        """Set what holds."""
        self.account = account

    def rotate(self, form: str = "hex") -> "Deferred[str]":
        """Change the password."""
        return Deferred.fromCoroutine(rotate(self.ask, "CP1", lambda: self.account, self.save, form))

    def sent(self) -> Credentials:
        """What was sent to the charger."""
        [(action, payload)] = self.asked
        self.assertEqual((action, payload["key"]), ("ChangeConfiguration", "AuthorizationKey"))
        return Credentials(b"user", bytes.fromhex(payload["value"]))

    def test_accepted(self) -> None:
        """S-30: Accepted: only the new password from now on; not before the answer."""
        done = self.rotate()
        self.assertEqual(self.account, OLD)
        self.answer.callback({"status": "Accepted"})
        self.assertEqual(self.successResultOf(done), "Accepted")
        self.assertEqual(self.account, Account(Security.BASIC_OVER_WSS, self.sent()))

    def test_reboot_required(self) -> None:
        """J-64: RebootRequired: both."""
        done = self.rotate("text")
        self.answer.callback({"status": "RebootRequired"})
        self.assertEqual(self.successResultOf(done), "RebootRequired")
        self.assertEqual(self.account, Account(Security.BASIC_OVER_WSS, OLD.credentials, later=self.sent()))

    def test_else(self) -> None:
        """J-64: any other answer leaves the old one, one that is none at all too."""
        for answer in ({"status": "Rejected"}, {"status": "NotSupported"}, {"status": ["Accepted"]}, {}):
            self.answer = Deferred()
            done = self.rotate()
            self.answer.callback(answer)
            self.assertIsInstance(self.successResultOf(done), str)
            self.assertEqual(self.account, OLD)

    def test_no_answer(self) -> None:
        """Without an answer the old one stays, and the failure is handed on."""
        done = self.rotate()
        self.answer.errback(NotAnswered("timeout"))
        self.failureResultOf(done, NotAnswered)
        self.assertEqual(self.account, OLD)

    def test_saved_meanwhile(self) -> None:
        """What was saved while the charger thought about it stays, but for the password."""
        self.account = Account()
        done = self.rotate()
        self.account = Account(Security.NONE_OVER_WSS)
        self.answer.callback({"status": "Accepted"})
        self.successResultOf(done)
        self.assertEqual(self.account.security, Security.NONE_OVER_WSS)
        assert self.account.credentials is not None
        self.assertEqual(self.account.credentials.user, b"CP1")

    def test_profile(self) -> None:
        """S-31: an accepted profile is waited for; another answer changes nothing."""
        for status, raising in (("Rejected", 0), ("Accepted", 2), ("RebootRequired", 2)):
            self.account, self.answer, self.asked = OLD, Deferred(), []
            done = Deferred.fromCoroutine(raise_profile(self.ask, lambda: self.account, self.save, 2))
            self.answer.callback({"status": status})
            self.assertEqual(self.successResultOf(done), status)
            self.assertEqual(self.account.raising, raising)
            self.assertEqual(self.asked, [("ChangeConfiguration", {"key": "SecurityProfile", "value": "2"})])
