"""Tests of the page `Security`: what is saved holds, and nothing of it is shown again."""

from twisted.python.failure import Failure

from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.sandbox.dashboard.stage import BASIC, SECRET, DashboardCase

PAGE = "/chargers/CP-1/security"


class SecurityTests(DashboardCase):
    """The form."""

    def account(self) -> Account:
        """What holds."""
        return self.central.accounts["CP-1"]

    def test_labels(self) -> None:
        """The words are exactly those of the procedure."""
        self.known()
        text = self.page(PAGE)
        for words in (
            "No authentication",
            "No authentication over HTTPS/WSS",
            "Basic authentication over HTTPS/WSS",
            "Save changes",
            "Make a random password",
            "Change the password over OCPP",
            "Raise the security profile",
            "Close the connection at once",
        ):
            self.assertRegex(text, f">\\s*{words}\\s*<")
        self.assertIn('value="basic-over-wss" checked', text)
        self.assertIn('data-before="CP-1:"', text)

    def test_choices(self) -> None:
        """Each of the three choices is saved."""
        self.known("CP-1", Account())
        for security in Security:
            text = self.sent(PAGE, security=security.value, credentials="CP-1:a-password:with-colon")
            self.assertIn("Saved: ", text)
            self.assertIn(f'value="{security.value}" checked', text)
            self.assertIs(self.account().security, security)
        self.assertEqual(self.account().credentials, Credentials(b"CP-1", b"a-password:with-colon"))
        self.assertNotIn("a-password", self.page(PAGE))

    def test_kept(self) -> None:
        """An empty field keeps what is set, through other choices too; what was raised over OCPP ends with a save."""
        assert BASIC.credentials is not None
        later = Credentials(b"CP-1", b"later")
        self.known("CP-1", Account(Security.BASIC_OVER_WSS, BASIC.credentials, later, 2, 2))
        for security in ("basic-over-wss", "none", "basic-over-wss"):
            self.sent(PAGE, security=security, credentials="")
            self.assertEqual(self.account(), Account(Security(security), BASIC.credentials, later))
        self.sent(PAGE, security="basic-over-wss", credentials="other:new")
        self.assertEqual(self.account(), Account(Security.BASIC_OVER_WSS, Credentials(b"other", b"new")))

    def test_user(self) -> None:
        """A random password stands behind the user name that is set."""
        self.known("CP-1", Account(Security.BASIC_OVER_WSS, Credentials(b"me", b"x")))
        self.assertIn('data-before="me:"', self.page(PAGE))

    def test_wrong(self) -> None:
        """What is wrong is said beside its field; nothing is saved."""
        self.known("CP-1", Account())
        for fields, name in (
            ({}, "security"),
            ({"security": "x"}, "security"),
            ({"security": "basic-over-wss"}, "credentials"),
            ({"security": "basic-over-wss", "credentials": "only-a-user"}, "credentials"),
        ):
            text = self.wrong(PAGE, **fields)
            self.assertIn(f'id="e-{name}"', text)
            self.assertIn("autofocus", text)
        self.assertEqual(self.account(), Account())

    def test_close(self) -> None:
        """The connection is closed at once only where that is wanted."""
        leg = self.online()
        self.sent(PAGE, security="none")
        self.assertEqual(leg.left, [])
        self.assertIn("holds at once", self.sent(PAGE, security="none", close="on"))
        self.assertEqual(leg.left, [1000])

    def test_stranger(self) -> None:
        """A charger that is not on the dashboard is told so, and saving puts it there."""
        self.known("CP-1", None)
        self.assertIn("Save changes puts it there", self.page(PAGE))
        self.sent(PAGE, security="none-over-wss")
        self.assertIs(self.account().security, Security.NONE_OVER_WSS)


class OverOcppTests(DashboardCase):
    """The two changes that go over OCPP."""

    def asked(self, path: str, answer: object, **fields: str) -> str:
        """Ask, let the charger answer, and open the page that follows."""
        leg = self.online()
        _, wire = self.browser.begin(
            "POST",
            path,
            "&".join(f"{name}={value}" for name, value in fields.items()).encode(),
            Content_Type="application/x-www-form-urlencoded",
        )
        self.assertEqual(wire.value(), b"")
        self.request = leg.asked[0]
        self.request[2].callback(answer) if isinstance(answer, dict) else self.request[2].errback(Failure(answer))
        location = wire.value().partition(b"location: ")[2] or wire.value().partition(b"Location: ")[2]
        return self.page(location.partition(b"\r\n")[0].decode())

    def test_password(self) -> None:
        """The new password goes to the charger, and is shown nowhere."""
        text = self.asked(f"{PAGE}/password", {"status": "Accepted"}, form="verbatim")
        self.assertIn("Only the new one is valid", text)
        account = self.central.accounts["CP-1"]
        assert account.credentials is not None
        password = account.credentials.password.decode()
        self.assertNotEqual(password, SECRET)
        self.assertEqual(self.request[1], {"key": "AuthorizationKey", "value": password})
        self.assertNotIn(password, text)

    def test_password_later(self) -> None:
        """RebootRequired: both are valid for a while, and the page says so."""
        self.assertIn("both are valid until then", self.asked(f"{PAGE}/password", {"status": "RebootRequired"}))

    def test_password_rejected(self) -> None:
        """Any other answer, or none, leaves the old one, and says why."""
        self.assertIn("The old one stays valid", self.asked(f"{PAGE}/password", {"status": "Rejected"}))
        self.assertIn("NotImplemented", self.asked(f"{PAGE}/password", NotAnswered("NotImplemented")))
        self.assertIn("did not answer in time", self.asked(f"{PAGE}/password", NotAnswered("timeout")))
        self.assertEqual(self.central.accounts["CP-1"], BASIC)

    def test_offline(self) -> None:
        """An offline charger is not asked."""
        self.known()
        self.assertIn("The charger is offline", self.sent(f"{PAGE}/password", form="hex"))
        self.assertIn("The charger is offline", self.sent(f"{PAGE}/profile", profile="2"))

    def test_profile(self) -> None:
        """The profile that was chosen is asked for; that it was accepted stands on the page."""
        text = self.asked(f"{PAGE}/profile", {"status": "Accepted"}, profile="3")
        self.assertEqual(self.request[1], {"key": "SecurityProfile", "value": "3"})
        self.assertIn("accepted profile 3", text)
        self.assertIn("does not know security profiles", self.asked(f"{PAGE}/profile", {"status": "NotSupported"}))
