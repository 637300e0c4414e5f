"""The relay with its gate armed: order, bounds in time and bytes, and TAKE."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.steps import Leg
from edge_twisted.wire.relay import HOLD_BYTES, HOLD_SECONDS, Relay, Verdict


class Sink:
    """A leg that keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, bool]] = []
        self.frames: list[bytes] = []

    def send(self, payload: bytes, binary: bool) -> None:
        """Keep it."""
        self.got.append((payload, binary))

    def forward(self, frame: bytes) -> None:
        """Keep that it was a frame as it came."""
        self.got.append((frame, False))
        self.frames.append(frame)


class Words:
    """A gate that says of each payload what a table says, else PASS."""

    def __init__(self, **verdicts: Verdict) -> None:
        self.verdicts = {word.encode(): verdict for word, verdict in verdicts.items()}
        self.asked: list[bytes] = []

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Look it up."""
        self.asked.append(payload)
        return self.verdicts.get(payload, Verdict.PASS)


class RelayTests(SynchronousTestCase):
    """One way is enough: both are built alike."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.legs = {leg: Sink() for leg in Leg}
        self.pauses: list[tuple[Leg, bool]] = []
        self.seen: list[bytes] = []
        self.relay = Relay(
            self.clock,
            {leg: self.legs[leg] for leg in Leg},
            lambda leg, paused: self.pauses.append((leg, paused)),
            lambda leg, payload, binary: self.seen.append(payload),
        )

    def up(self, *payloads: bytes) -> None:
        """Messages come from the charger."""
        for payload in payloads:
            self.relay.message(Leg.CHARGER, payload, False)

    @property
    def arrived(self) -> list[bytes]:
        """What the central system got."""
        return [payload for payload, _ in self.legs[Leg.CENTRAL].got]

    def test_no_gate(self) -> None:
        """Without a gate everything passes, opcode kept, and is observed after it was forwarded."""
        self.relay.observe = lambda leg, payload, binary: self.seen.append(b"after " + self.arrived[-1])
        self.relay.message(Leg.CHARGER, b"a", True)
        self.assertEqual([(b"a", True)], self.legs[Leg.CENTRAL].got)
        self.assertEqual([b"after a"], self.seen)
        self.assertEqual([], self.legs[Leg.CHARGER].got)

    def test_take(self) -> None:
        """What is taken goes no further; what follows does."""
        self.relay.gate = Words(b=Verdict.TAKE)
        self.up(b"a", b"b", b"c")
        self.assertEqual([b"a", b"c"], self.arrived)
        self.assertEqual([b"a", b"c"], self.seen)

    def test_hold_keeps_order(self) -> None:
        """Everything behind a held message waits; the other direction does not."""
        self.relay.gate = Words(b=Verdict.HOLD)
        self.up(b"a", b"b", b"c")
        self.relay.message(Leg.CENTRAL, b"d", False)
        self.assertEqual([b"a"], self.arrived)
        self.assertEqual([(b"d", False)], self.legs[Leg.CHARGER].got)
        self.relay.release(Leg.CHARGER)
        self.assertEqual([b"a", b"b", b"c"], self.arrived)

    def test_each_is_judged_once(self) -> None:
        """A message behind a held one is judged when its turn comes, and can be held or taken itself."""
        gate = self.relay.gate = Words(b=Verdict.HOLD, c=Verdict.TAKE, d=Verdict.HOLD)
        self.up(b"b", b"c", b"d", b"e")
        self.relay.release(Leg.CHARGER)
        self.assertEqual([b"b"], self.arrived)
        self.relay.release(Leg.CHARGER)
        self.assertEqual([b"b", b"d", b"e"], self.arrived)
        self.assertEqual([b"b", b"c", b"d", b"e"], gate.asked)

    def test_bounded_in_time(self) -> None:
        """A held message goes on by itself after `HOLD_SECONDS`."""
        self.relay.gate = Words(b=Verdict.HOLD)
        self.up(b"b", b"c")
        self.clock.advance(HOLD_SECONDS - 0.1)
        self.assertEqual([], self.arrived)
        self.clock.advance(0.2)
        self.assertEqual([b"b", b"c"], self.arrived)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_bounded_in_bytes(self) -> None:
        """Above `HOLD_BYTES` the sender is not read; it is read again once they went on."""
        self.relay.gate = Words(b=Verdict.HOLD)
        self.up(b"b", b"x" * HOLD_BYTES)
        self.assertEqual([(Leg.CHARGER, True)], self.pauses)
        self.relay.release(Leg.CHARGER)
        self.assertEqual([(Leg.CHARGER, True), (Leg.CHARGER, False)], self.pauses)

    def test_flush(self) -> None:
        """Before a close everything that is held goes on."""
        self.relay.gate = Words(b=Verdict.HOLD, c=Verdict.HOLD)
        self.up(b"b", b"c")
        self.relay.flush()
        self.assertEqual([b"b", b"c"], self.arrived)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_stop(self) -> None:
        """A relay that stops leaves no timer."""
        self.relay.gate = Words(b=Verdict.HOLD)
        self.up(b"b")
        self.relay.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_frames(self) -> None:
        """A frame goes on as it came, also where it was held or looked at; a message without one is sent anew."""
        self.relay.gate = Words(hold=Verdict.HOLD, take=Verdict.TAKE)
        for word in (b"a", b"hold", b"take", b"b"):
            self.relay.message(Leg.CHARGER, word, False, b"<" + word + b">")
        self.relay.message(Leg.CHARGER, b"c", False)
        self.assertEqual(self.arrived, [b"<a>"])
        self.relay.release(Leg.CHARGER)
        self.assertEqual(self.arrived, [b"<a>", b"<hold>", b"<b>", b"c"])
        self.assertEqual(self.seen, [b"a", b"hold", b"b", b"c"])
