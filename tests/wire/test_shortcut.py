"""The shortest way through a session: who takes it, who does not, and that it ends with the session."""

from typing import Any
from unittest.mock import patch

from attrs import evolve

from edge_twisted.core.steps import Leg
from edge_twisted.wire.leg import WebSocketLeg
from edge_twisted.wire.relay import HOLD_BYTES, Relay, Verdict
from edge_twisted.wire.shortcut import Shortcut
from tests.wire import frames
from tests.wire.memory import LIMITS, Central, Charger, Site
from tests.wire.test_bridge import SiteTestCase

CALL = b'[2,"2","Heartbeat",{}]'
RESULT = b'[3,"2",{}]'


class Hold:
    """A gate that holds all."""

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Hold it."""
        return Verdict.HOLD


class ShortcutTests(SiteTestCase):
    """A session between peers in memory, whose transports know shortcuts as Edge's own do."""

    def setUp(self) -> None:
        """Count what legs are given themselves."""
        self.long: list[bytes] = []
        take = WebSocketLeg.take

        def count(leg: WebSocketLeg, data: bytes) -> None:
            self.long.append(data)
            take(leg, data)

        patcher = patch.object(WebSocketLeg, "take", count)
        patcher.start()
        self.addCleanup(patcher.stop)

    def opened(self, **options: Any) -> tuple[Site, Any, Charger, Central]:
        """A session that stands: the site, the bridge and both peers."""
        site = self.site(**options)
        charger, central = site.served()
        (bridge,) = site.line._bridges.values()
        self.long.clear()
        return site, bridge, charger, central

    def test_usual(self) -> None:
        """Whole text messages pass both legs by, octet for octet, and count as signs of life."""
        _, bridge, charger, central = self.opened()
        signs = bridge._charger.pulse.signs
        charger.say(CALL)
        central.say(RESULT)
        self.assertEqual((central.texts[-1], charger.texts[-1], self.long), (CALL, RESULT, []))
        self.assertEqual(bridge._charger.pulse.signs, signs + 1)
        self.assertEqual([bridge._relay.way(leg).carried for leg in Leg], [2, 2])

    def test_quiet(self) -> None:
        """How long a charger has said nothing is counted from its last message, not from a pong."""
        site, bridge, charger, _ = self.opened()
        site.advance(5.0)
        charger.say(CALL)
        self.assertEqual(bridge.quiet, 0.0)
        site.advance(5.0)
        charger.say(b"", frames.PONG)
        self.assertEqual(bridge.quiet, 5.0)

    def test_not_usual(self) -> None:
        """Everything else goes the long way: binary, other letters, fragments and what comes between, two at once."""
        _, _, charger, central = self.opened()
        charger.say(b"\x00\xff", frames.BINARY)
        charger.say("é".encode())
        charger.raw(frames.frame(frames.TEXT, b"[2,", masked=True, final=False))
        charger.raw(frames.frame(frames.CONTINUATION, b"1]", masked=True))
        charger.raw(frames.frame(frames.TEXT, b"[3]", masked=True) + frames.frame(frames.TEXT, b"[4]", masked=True))
        whole = frames.frame(frames.TEXT, CALL, masked=True)
        charger.raw(whole[:9])
        charger.raw(whole[9:])
        self.assertEqual(len(self.long), 7)
        self.assertEqual(central.texts[-5:], ["é".encode(), b"[2,1]", b"[3]", b"[4]", CALL])

    def test_held(self) -> None:
        """Behind what a gate holds, and while there is a gate, nothing takes the shortcut."""
        site, bridge, charger, central = self.opened()
        relay: Relay = bridge._relay
        before = len(central.texts)
        relay.gate = Hold()
        charger.say(CALL)
        relay.gate = None
        charger.say(RESULT)
        self.assertEqual((len(central.texts), len(self.long)), (before, 2))
        relay.release(Leg.CHARGER)
        site.net.flush()
        self.assertEqual(central.texts[before:], [CALL, RESULT])

    def test_held_and_clogged(self) -> None:
        """Whoever is not read for two reasons is read once neither stands: what is held keeps its bound (W-12)."""
        _, bridge, charger, _ = self.opened(limits=evolve(LIMITS, message_bytes=2 * HOLD_BYTES))
        relay, transport, faucet = bridge._relay, bridge._charger.transport, bridge._uplink.transport.producer
        relay.gate = Hold()
        charger.say(b"x" * (HOLD_BYTES + 1))
        self.assertTrue(transport.paused)
        faucet.pauseProducing()
        faucet.resumeProducing()
        self.assertTrue(transport.paused)
        faucet.pauseProducing()
        relay.release(Leg.CHARGER)
        self.assertTrue(transport.paused)
        faucet.resumeProducing()
        self.assertFalse(transport.paused)

    def test_ends_with_the_session(self) -> None:
        """Once the session ends, what a leg still says is the leg's own affair."""
        _, bridge, charger, central = self.opened()
        transports = [bridge._charger.transport, bridge._uplink.transport]
        self.assertEqual([type(one.listener) for one in transports], [Shortcut, Shortcut])
        before = len(central.texts)
        bridge.order("changed")
        self.assertEqual([one.listener for one in transports], [None, None])
        charger.say(CALL)
        self.assertEqual(len(central.texts), before)

    def test_fault(self) -> None:
        """A mistake of ours on the shortcut ends this session, is told, and ends no other."""
        site, bridge, charger, _ = self.opened()
        other, its_central = site.served(target=b"/CP002")
        transport = bridge._uplink.transport
        with patch.object(transport, "write", side_effect=[ZeroDivisionError, None, None]):
            charger.say(CALL)
        self.assertEqual([event.place for event in site.told("internal")], ["relay"])
        self.assertEqual(len(site.told("session-ended")), 1)
        other.say(CALL)
        self.assertEqual(its_central.texts[-1], CALL)

    def test_fault_that_stays(self) -> None:
        """The same where the closes fail as well: the session ends once all the same, and nothing of it is kept."""
        site, bridge, charger, _ = self.opened()
        with patch.object(bridge._uplink.transport, "write", side_effect=ZeroDivisionError):
            charger.say(CALL)
        site.net.flush()
        self.assertEqual([event.place for event in site.told("internal")], ["relay", "session"])
        self.assertEqual([event.outcome for event in site.told("session-ended")], ["internal"])
        self.assertEqual((len(site.line), len(site.desk.hall), len(site.desk.registry)), (0, 0, 0))
        self.assertIsNotNone(charger.lost)

    def test_plain(self) -> None:
        """Where Autobahn reads the frames there is no shortcut."""
        _, bridge, charger, central = self.opened(hot=False)
        self.assertIsNone(bridge._charger.transport.listener)
        charger.say(CALL)
        self.assertEqual(central.texts[-1], CALL)
