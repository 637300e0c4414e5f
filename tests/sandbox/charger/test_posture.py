"""Tests of how a charger's security is changed over OCPP."""

from typing import Any

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import Trust
from tests.certificates import Root
from tests.sandbox.charger.bench import EVENTS, Bench

HEX = "000102030405060708090a0b0c0d0e0f10111213"
OLD = Credentials(b"user", b"old")


class KeyTests(Bench):
    """S-30: a new password."""

    def change(self, value: str, access: Access | None = None, **quirks: Any) -> str:
        """Change it; the status."""
        self.power_on(access or Access("ws://edge.lan", "CP1", credentials=OLD), plan=None, quirks=Quirks(**quirks))
        self.connect()
        return str(self.status("ChangeConfiguration", key="authorizationkey", value=value))

    def test_accepted(self) -> None:
        """The bytes are shown from then on, the charger connects anew, and notes it; nothing tells the value."""
        self.assertEqual((self.change(HEX), self.redials), ("Accepted", 1))
        self.assertEqual(self.posture.access.credentials, Credentials(b"user", bytes.fromhex(HEX)))
        self.assertEqual(self.happened(h.KeyChanged), [h.KeyChanged("CP1")])
        self.pass_time(0)
        self.assertEqual(self.asked(EVENTS)[-1]["type"], "ReconfigurationOfSecurityParameters")
        self.assertNotIn(HEX, str(self.ask("GetConfiguration")))
        self.assertNotIn(HEX, str(self.told))

    def test_first(self) -> None:
        """A charger without a password takes its identity as the user name (J-62)."""
        self.change(HEX, Access("ws://edge.lan", "CP1"))
        credentials = self.posture.access.credentials
        assert credentials is not None
        self.assertEqual(credentials.user, b"CP1")

    def test_rejected(self) -> None:
        """S-06: 16 to 20 bytes in hexadecimal, nothing else."""
        for value in ("", HEX[:30], HEX + "00", HEX[:39], "x" * 40, "0x" + HEX[2:]):
            self.assertEqual((self.change(value), self.redials), ("Rejected", 0), value)
            self.assertEqual(self.posture.access.credentials, OLD)

    def test_hex_password(self) -> None:
        """Q9: the text itself is the password."""
        self.change(HEX, hex_password=True)
        self.assertEqual(self.posture.access.credentials, Credentials(b"user", HEX.encode()))

    def test_old_key(self) -> None:
        """Q14: accepted, and the old one goes on."""
        self.assertEqual((self.change(HEX, old_key_after_rotation=True), self.redials), ("Accepted", 1))
        self.assertEqual(self.posture.access.credentials, OLD)


class ProfileTests(Bench):
    """S-31: a higher security profile."""

    def setUp(self) -> None:
        super().setUp()
        self.trust = Trust(roots=(Root().pem,))

    def start(self, access: Access) -> None:
        """A charger with this access, online."""
        self.power_on(access, plan=None)
        self.connect()

    def change(self, profile: int) -> str:
        """Change it; the status."""
        return str(self.status("ChangeConfiguration", key="SecurityProfile", value=str(profile)))

    def key(self) -> str:
        """What the configuration says."""
        return str(self.ask("GetConfiguration", key=["SecurityProfile"])["configurationKey"][0]["value"])

    def test_prerequisites(self) -> None:
        """A05.FR.02 to FR.04: a password, and a root for TLS; 3 needs a client certificate."""
        self.start(Access("ws://edge.lan", "CP1"))
        self.assertEqual([self.change(profile) for profile in (0, 1, 2, 3)], ["Rejected"] * 4)
        self.start(Access("ws://edge.lan", "CP1", credentials=OLD))
        self.assertEqual([self.change(2), self.key(), self.redials], ["Rejected", "1", 0])

    def test_raised(self) -> None:
        """It goes to the same place over wss, and stays there once it was connected; then it never falls."""
        self.start(Access("ws://edge.lan:8081/x", "CP1", self.trust, OLD))
        self.assertEqual([self.change(2), self.key(), self.redials], ["Accepted", "2", 1])
        self.assertEqual(self.posture.access.endpoint, "wss://edge.lan:8081/x")
        self.posture.opened()
        for _ in range(5):
            self.posture.failed(h.Failed("CP1", "tls"))
        self.assertEqual(self.posture.access.endpoint, "wss://edge.lan:8081/x")
        self.assertEqual([self.change(profile) for profile in (0, 1, 2)], ["Rejected"] * 3)

    def test_secure_endpoint(self) -> None:
        """It goes where it was told to go over wss; port 80 becomes 443."""
        for more, endpoint in (
            ({"secure_endpoint": "wss://edge.lan:8443"}, "wss://edge.lan:8443"),
            ({}, "wss://[::1]"),
        ):
            self.start(Access("ws://[::1]:80", "CP1", self.trust, OLD, **more))  # type: ignore[arg-type]  # as the test needs it
            self.change(2)
            self.assertEqual(self.posture.access.endpoint, endpoint)

    def test_fallback(self) -> None:
        """A05.FR.08: after three failures it goes back, and can be raised again."""
        self.start(Access("ws://edge.lan", "CP1", self.trust, OLD))
        self.change(2)
        for _ in range(3):
            self.assertEqual(self.posture.access.endpoint, "wss://edge.lan")
            self.posture.failed(h.Untrusting("CP1", "untrusted"))
        self.assertEqual((self.posture.access.endpoint, self.key()), ("ws://edge.lan", "1"))
        changes = self.happened(h.ProfileChanged)
        self.assertEqual(changes, [h.ProfileChanged("CP1", 2, False), h.ProfileChanged("CP1", 1, True)])
        self.assertEqual(self.change(2), "Accepted")

    def test_given_profile(self) -> None:
        """What an installer says goes before what the access amounts to."""
        for access, more, profile in (
            (Access("ws://edge.lan", "CP1"), {}, 0),
            (Access("ws://edge.lan", "CP1", credentials=OLD), {}, 1),
            (Access("wss://edge.lan", "CP1", credentials=OLD), {}, 2),
            (Access("wss://edge.lan", "CP1", credentials=OLD), {"security_profile": 1}, 1),
        ):
            self.power_on(access, None, **more)
            self.assertEqual(self.posture.profile, profile)
