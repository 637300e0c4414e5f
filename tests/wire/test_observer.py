"""Whoever looks on at what passes: behind the relay, in one call, and unable to harm it."""

from edge_twisted.core.steps import Leg
from tests.wire.test_bridge import SiteTestCase


class ObserverTests(SiteTestCase):
    """`Desk.passed`, as the wire calls it."""

    def test_every_message(self) -> None:
        """Every message is told after it was forwarded, before and after the session was served, with its side."""
        site = self.site()
        told: list[tuple[Leg, bytes, bool]] = []
        charger, central = site.open()
        site.desk.passed = lambda session, source, payload, binary: told.append((source, payload, binary))
        site.serve(charger, central)
        charger.say(b'[2,"2","Heartbeat",{}]')
        central.say(b'[3,"2",{}]')
        self.assertEqual(
            told,
            [
                (Leg.CHARGER, b'[2,"b1","BootNotification",{}]', False),
                (Leg.CENTRAL, b'[3,"b1",{"status":"Accepted"}]', False),
                (Leg.CHARGER, b'[2,"2","Heartbeat",{}]', False),
                (Leg.CENTRAL, b'[3,"2",{}]', False),
            ],
        )
        self.assertEqual(len(site.told("served")), 1)

    def test_fault(self) -> None:
        """An onlooker that raises ends nothing: the message is forwarded, it is told once, and he is asked no more."""
        site = self.site()
        calls: list[bytes] = []

        def fail(session: str, source: Leg, payload: bytes, binary: bool) -> None:
            calls.append(payload)
            raise ZeroDivisionError("secret")

        charger, central = site.open()
        site.desk.passed = fail
        site.serve(charger, central)
        charger.say(b'[2,"2","Heartbeat",{}]')
        self.assertEqual(len(calls), 1)
        self.assertEqual(central.texts[-1], b'[2,"2","Heartbeat",{}]')
        self.assertEqual([event.place for event in site.told("internal")], ["observer"])
        self.assertEqual(site.told("session-ended"), [])
        self.assertEqual(len(site.told("served")), 1)
