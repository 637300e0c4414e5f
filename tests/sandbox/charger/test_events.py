"""Tests of a charger's security events."""

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.events import LOG
from tests.sandbox.charger.bench import EVENTS, Bench


class EventsTests(Bench):
    """S-35: noted, kept, told."""

    def types(self) -> list[str]:
        """What was told to the central system."""
        return [payload["type"] for payload in self.asked(EVENTS)]

    def test_failures(self) -> None:
        """What an attempt came to is noted under its name; what tells of no security is not."""
        self.power_on(plan=None)
        for happening in (
            h.Untrusting("CP1", "expired"),
            h.Refused("CP1", 401, 0),
            h.Failed("CP1", "tls", "tlsv1 alert protocol version"),
            h.Failed("CP1", "tls", "ssl/tls alert handshake failure"),
            h.Failed("CP1", "dns"),
            h.Refused("CP1", 503, 0),
        ):
            self.works.events.failed(happening)
        self.connect()
        self.assertEqual(
            self.types(),
            [
                "InvalidCentralSystemCertificate",
                "FailedToAuthenticationAtCentralSystem",
                "InvalidTLSVersion",
                "InvalidTLSCipherSuite",
            ],
        )
        self.assertEqual(self.asked(EVENTS)[0]["techInfo"], "expired")

    def test_once(self) -> None:
        """One that is not critical is noted once until the charger was connected; a critical one each time."""
        self.power_on(plan=None)
        for _ in range(3):
            self.works.events.note("InvalidMessages")
            self.works.events.note("TamperDetectionActivated")
        self.works.events.connected()
        self.works.events.note("InvalidMessages")
        self.connect()
        self.assertEqual(
            (self.types().count("InvalidMessages"), self.types().count("TamperDetectionActivated")), (2, 3)
        )
        self.assertEqual([one.critical for one in self.happened(h.Noticed)[:2]], [False, True])

    def test_after_boot(self) -> None:
        """Nothing is told before the central system accepted the charger."""
        self.replies["BootNotification"] = {"status": "Pending", "currentTime": "", "interval": 3}
        self.power_on(plan=None)
        self.routine.power_on()
        self.connect()
        self.assertEqual(self.types(), [])
        del self.replies["BootNotification"]
        self.pass_time(4)
        self.assertEqual(self.types(), ["StartupOfTheDevice"])

    def test_bounded(self) -> None:
        """The log keeps the last ones."""
        self.power_on(plan=None)
        for number in range(LOG + 5):
            self.works.events.note("MemoryExhaustion", str(number))
        self.assertEqual((len(self.works.events.log), self.works.events.log[-1].info), (LOG, str(LOG + 4)))
