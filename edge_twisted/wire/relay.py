"""The forwarding path once both legs are open: messages as they came, in order, past a gate (J-28, J-32).

A message that came in one frame goes on with that frame, octet for octet: a charger's mask is as good on the uplink.
"""

import enum
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from edge_twisted.core.configuring import may_set
from edge_twisted.core.steps import Leg

HOLD_SECONDS: Final = 10.0
"""How long a message may be held."""
HOLD_BYTES: Final = 4 * 1048576
"""How much may be held per direction before the sender is no longer read."""


class Verdict(enum.Enum):
    """What the gate says of a message."""

    PASS = "pass"
    """It goes on."""
    HOLD = "hold"
    """It waits, and so does everything behind it, until `Relay.release`."""
    TAKE = "take"
    """It is for Edge itself and goes no further."""


class Gate(Protocol):
    """Asked before each message, synchronously."""

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Say what becomes of a message that came from `source`."""


class End(Protocol):
    """What the relay needs of a leg."""

    def send(self, payload: bytes, binary: bool) -> None:
        """Send one message."""

    def forward(self, frame: bytes) -> None:
        """Send a frame as it is."""


Observer = Callable[[Leg, bytes, bool], None]


@define
class Direction:
    """One way through the relay.

    Args:
        sink: where messages go.
        held: messages that wait, oldest first; the first one was judged HOLD.
        size: bytes of them.
        carried: how many messages went this way.
        spoke: when the last one came, in the clock's seconds.
    """

    sink: End
    held: deque[tuple[bytes, bool, bytes]] = field(factory=deque)
    size: int = 0
    timer: IDelayedCall | None = None
    paused: bool = False
    carried: int = 0
    spoke: float = 0.0


class Relay:
    """Forwards messages between two legs, opcode and octets unchanged.

    Args:
        clock: for the time bound of held messages.
        legs: both legs.
        pause: called with (leg, whether to pause) where too much is held.
        observe: gets a copy of each message after it was forwarded, or None.
        gate: None passes everything.

    Attributes:
        arm: makes the gate that is asked from then on, where a message of the central system may concern it; None:
            there is none.
    """

    def __init__(
        self,
        clock: IReactorTime,
        legs: dict[Leg, End],
        pause: Callable[[Leg, bool], None],
        observe: Observer | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._clock = clock
        self._up = Direction(legs[Leg.CENTRAL])
        self._down = Direction(legs[Leg.CHARGER])
        self._pause = pause
        self.observe = observe
        self.gate = gate
        self.arm: Callable[[], Gate] | None = None

    def way(self, source: Leg) -> Direction:
        """The way of messages that come from a leg."""
        return self._up if source is Leg.CHARGER else self._down

    def message(self, source: Leg, payload: bytes, binary: bool, raw: bytes = b"") -> None:
        """Take a whole message from a leg.

        Args:
            source: the leg it came from.
            payload: its octets.
            binary: its opcode.
            raw: the one frame in which it came, to go on as it is; empty: a new frame is made.
        """
        way = self.way(source)
        way.spoke = self._clock.seconds()
        if way.held:
            self._hold(source, way, payload, binary, raw)
        else:
            self._judge(source, way, payload, binary, raw)

    def _judge(self, source: Leg, way: Direction, payload: bytes, binary: bool, raw: bytes) -> bool:
        """Ask the gate, where there is one; whether the way is still free."""
        if self.gate is None and self.arm is not None and source is Leg.CENTRAL and may_set(payload):
            self.gate = self.arm()
        verdict = self.gate.judge(source, payload, binary) if self.gate else Verdict.PASS
        if verdict is Verdict.PASS:
            self._forward(source, way, payload, binary, raw)
        elif verdict is Verdict.HOLD:
            self._hold(source, way, payload, binary, raw)
            return False
        return True

    def _forward(self, source: Leg, way: Direction, payload: bytes, binary: bool, raw: bytes) -> None:
        if raw:
            way.sink.forward(raw)
        else:
            way.sink.send(payload, binary)
        way.carried += 1
        if self.observe:
            self.observe(source, payload, binary)

    def _hold(self, source: Leg, way: Direction, payload: bytes, binary: bool, raw: bytes) -> None:
        way.held.append((payload, binary, raw))
        way.size += len(payload)
        if way.timer is None:
            way.timer = self._clock.callLater(HOLD_SECONDS, self._held_long, source)
        if way.size > HOLD_BYTES and not way.paused:
            way.paused = True
            self._pause(source, True)

    def _held_long(self, source: Leg) -> None:
        self.way(source).timer = None
        self.release(source)

    def release(self, source: Leg) -> None:
        """Let the message that is held go on, and judge those behind it.

        Args:
            source: the leg it came from.
        """
        way = self.way(source)
        if not way.held:
            return
        waiting, way.held, way.size = way.held, deque(), 0
        if way.timer:
            if way.timer.active():
                way.timer.cancel()
            way.timer = None
        self._forward(source, way, *waiting.popleft())
        while waiting and self._judge(source, way, *waiting.popleft()):
            pass
        for message in waiting:
            self._hold(source, way, *message)
        if way.paused and way.size <= HOLD_BYTES:
            way.paused = False
            self._pause(source, False)

    def flush(self) -> None:
        """Let everything that is held go on, ungated: a close must not overtake a message."""
        self.gate = self.arm = None
        for source in Leg:
            self.release(source)

    def stop(self) -> None:
        """Forget what is held, every timer, and who is asked."""
        self.gate = self.arm = None
        for way in (self._up, self._down):
            if way.timer and way.timer.active():
                way.timer.cancel()
            way.timer = None
            way.held.clear()
