"""The shortest way through a session: what one socket gave is looked at once, and written to the other socket.

Legs, bridge and relay know every case, and ask on the way which one it is. Most of what passes is one case: exactly one
whole text message, nothing held, no gate. While a session relays, a shortcut stands at each transport in place of the
leg, takes that case, and hands everything else to the leg, so that there is one way only for all that is not usual.
"""

from typing import Any

from twisted.python.failure import Failure

from edge_twisted.core.configuring import may_set
from edge_twisted.core.steps import Leg
from edge_twisted.wire.leg import WebSocketLeg
from edge_twisted.wire.relay import Relay


class Shortcut:
    """Takes what the transport of one leg reads.

    All that it touches for a message is of the same class for both legs, which Python rewards.

    Args:
        bridge: looks on, and hears where something of ours breaks.
        relay: of the bridge.
        leg: from which messages come; it has stepped aside for our own reader.
        other: to which they go.
    """

    __slots__ = ("_bridge", "_clock", "_leg", "_pulse", "_reader", "_relay", "_searched", "_side", "_sink", "_way")

    def __init__(self, bridge: Any, relay: Relay, leg: WebSocketLeg, other: WebSocketLeg) -> None:
        self._bridge = bridge
        self._clock = leg.clock
        self._leg: Any = leg
        self._pulse = leg.pulse
        self._reader: Any = leg.reader
        self._relay = relay
        self._searched = leg.side is Leg.CENTRAL  # what it sets may concern Edge
        self._side = leg.side
        self._sink = other.transport
        self._way = relay.way(leg.side)

    def dataReceived(self, data: bytes) -> None:
        """Take octets, as they were read at once."""
        way, payload = self._way, self._reader.usual(data)
        if payload is None or way.held or self._relay.gate is not None or (self._searched and may_set(payload)):
            self._leg.dataReceived(data)
            return
        pulse = self._pulse
        pulse.heard = way.spoke = self._clock.seconds()
        pulse.signs += 1
        try:
            self._sink.write(data)
            way.carried += 1
            self._bridge.look(self._side, payload, False)
        except Exception:  # noqa: BLE001 - ends this session only, and is told
            self._bridge.broke(Failure())


def shorten(bridge: Any, relay: Relay, leg: WebSocketLeg, other: WebSocketLeg) -> None:
    """Let messages of a leg take the shortcut, where its transport knows how; until `lengthen`.

    Args:
        bridge, relay, leg, other: as for `Shortcut`.
    """
    listen = getattr(leg.transport, "listen", None)
    if listen is not None:
        listen(Shortcut(bridge, relay, leg, other))


def lengthen(leg: WebSocketLeg) -> None:
    """Let all that comes from a leg go the long way again."""
    listen = getattr(leg.transport, "listen", None)
    if listen is not None:
        listen(None)
