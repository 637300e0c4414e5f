"""What the two legs have in common: an Autobahn protocol that tells its owner what happens, and ends when told.

Once both legs are open, Autobahn's message layer may step aside: our own reader then finds the frames, whole data
frames go on with their octets unchanged, and Autobahn keeps what is rare (pings, closes, all that is sent besides).
"""

import fcntl
import os
import socket
import struct
import termios
from collections.abc import Callable
from typing import Any, Final, Protocol

from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from edge_twisted.core.frames import CLOSE, PING, Breach, FrameReader, Message, ping
from edge_twisted.core.steps import Leg
from edge_twisted.wire.closing import Ending, close_payload
from edge_twisted.wire.mask import unmask
from edge_twisted.wire.silence import SILENCE

OPEN: Final = WebSocketProtocol.STATE_OPEN
CONNECTING: Final = WebSocketProtocol.STATE_CONNECTING
CLOSED: Final = WebSocketProtocol.STATE_CLOSED
OPTIONS: Final = {
    "utf8validateIncoming": True,
    "applyMask": True,
    "failByDrop": True,
    "echoCloseCodeReason": True,
    "openHandshakeTimeout": 0,
    "closeHandshakeTimeout": 0,
    "tcpNoDelay": True,
    "autoPingInterval": 0,
    "autoPingTimeout": 0,
    "autoFragmentSize": 0,
}
"""Autobahn's options on both legs: its timers are off, ours decide; how it fails is decided in `WebSocketLeg`."""


class Owner(Protocol):
    """Who owns the legs: the bridge."""

    def message(self, leg: Leg, payload: bytes, binary: bool, raw: bytes = b"") -> None:
        """Take one whole message, with the one frame in which it came, where it is to go on as it is."""

    def shut(self, leg: Leg, how: str, code: int | None, reason: bytes) -> None:
        """Hear that a leg ended by itself: `closed`, `lost` or `broke`; at most once per leg."""

    def gone(self, leg: Leg) -> None:
        """Hear that a leg's connection is gone."""


class Pulse:
    """What tells that a peer is alive.

    Args:
        heard: when its last octet came, in the clock's seconds.

    Attributes:
        signs: how often octets came.
        asked: when it was last asked for a sign of life because it was quiet.
        ponged: whether it ever answered a ping.
    """

    __slots__ = ("asked", "heard", "ponged", "signs")

    def __init__(self, heard: float = 0.0) -> None:
        self.heard = heard
        self.signs = 0
        self.asked = float("-inf")
        self.ponged = False


class WebSocketLeg:
    """Mixed into Autobahn's server and client protocol, before them.

    Attributes:
        pulse: of its peer, once the leg is open.
        reader: finds the frames, once Autobahn has stepped aside.
        clogged: since when the peer takes nothing, or None.
        held: whether the relay holds so much of this peer's that it is not read.
    """

    log = SILENCE
    settled = False  # whether it begins behind Autobahn's handshake (see `settled`)
    side: Leg
    owner: Owner | None = None
    clock: IReactorTime
    transport: Any
    pulse: Pulse
    clogged: float | None = None
    held: bool = False
    state: int
    maxMessagePayloadSize: int
    sendMessage: Callable[..., None]
    sendPong: Callable[..., None]
    sendCloseFrame: Callable[..., None]
    _deaf: bool = False
    _mute: bool = False
    _owed: bytes | None = None
    _ending: Ending | None = None
    reader: FrameReader | None = None

    def heard_now(self) -> bool:
        """An octet came: the peer is alive.

        Returns:
            Whether Autobahn shall see it. Behind a breach of the protocol nothing is read any more: it would pile up.
        """
        self.pulse.heard = self.clock.seconds()
        self.pulse.signs += 1
        return not self._mute

    def begin(self) -> None:
        """Be open, as Autobahn is behind its handshake; for a leg that is settled."""
        self.state = OPEN
        self.step_aside(self.maxMessagePayloadSize)

    # --- frames, once Autobahn has stepped aside ----------------------------------------------------------------------

    def step_aside(self, limit: int) -> None:
        """Find the frames ourselves from now on; to be called between the 101 and the first frame.

        Args:
            limit: the largest message, in octets.
        """
        self.reader = FrameReader(self.side is Leg.CHARGER, limit, unmask)

    def take(self, data: bytes) -> None:
        """Take what the peer sent behind the handshake."""
        if self.reader is None:
            super().dataReceived(data)  # type: ignore[misc]  # Autobahn's
            return
        for found in self.reader.feed(data):
            if type(found) is Message:
                if self.owner and not self._deaf:
                    self.owner.message(self.side, *found)
            elif type(found) is Breach:
                self._fail_connection(found.code)
            elif not self._control(*found):
                return
            if self._mute:
                return

    def _control(self, opcode: int, payload: bytes) -> bool:
        """Answer a control frame as Autobahn does; whether to read on."""
        if self.state == CLOSED:
            return False
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else None
            return not self.onCloseFrame(code, payload[2:] or None)
        self.onPing(payload) if opcode == PING else self.onPong(payload)
        return True

    # --- what Autobahn tells -----------------------------------------------------------------------------------------

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Hand a message to the owner."""
        if self.owner and not self._deaf:
            self.owner.message(self.side, payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer on this leg (J-41); while the peer takes nothing, only the newest ping is remembered."""
        if self.clogged is not None:
            self._owed = payload
        else:
            self.sendPong(payload)

    def onPong(self, payload: bytes) -> None:
        """Remember that this peer answers pings at all (Q25)."""
        self.pulse.ponged = True

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> bool | None:
        """Let Autobahn answer the close, then tell the owner. Behind a breach a close says nothing any more."""
        if self._mute:
            return True
        was_open = self.state == OPEN
        stop: bool | None = super().onCloseFrame(code, reasonRaw)  # type: ignore[misc]  # Autobahn's
        if was_open and not self._deaf:
            self._linger()
            self._tell("closed", code, reasonRaw or b"")
        return stop

    def _fail_connection(self, code: int = 1001, reason: str = "") -> None:
        """Autobahn found the peer in breach: 1002, 1007 or 1009. The owner decides what both legs are told."""
        self._mute = True
        if self.state == OPEN:
            self._tell("broke", code, b"")

    def _tell(self, how: str, code: int | None, reason: bytes) -> None:
        if self._deaf:
            return
        self._deaf = True
        if self.owner:
            self.owner.shut(self.side, how, code, reason)

    # --- what the owner says -----------------------------------------------------------------------------------------

    def send(self, payload: bytes, binary: bool) -> None:
        """Send one message, if the leg is still open."""
        if self.state == OPEN:
            self.sendMessage(payload, isBinary=binary)

    def forward(self, frame: bytes) -> None:
        """Send a data frame as it came from the other leg, if this one is still open."""
        if self.state == OPEN:
            self.transport.write(frame)

    def ping(self) -> bool:
        """Ask for a sign of life; whether that was possible."""
        able = self.state == OPEN and self.clogged is None
        if able:
            self.transport.write(ping(os.urandom(4) if self.side is Leg.CENTRAL else b""))
        return able

    def shut_down(self, code: int | None, reason: bytes = b"") -> None:
        """Send a close frame; the connection is gone `LINGER` seconds later at the latest.

        Args:
            code: None for an empty close; one that may not be sent becomes 1001.
            reason: UTF-8.
        """
        self._deaf = True
        if self.state == OPEN:
            self.sendCloseFrame(*close_payload(code, reason), isReply=False)
        self._linger()

    def drop(self) -> None:
        """End the connection without a word."""
        self._deaf = self._mute = True
        self.transport.abortConnection()

    def _linger(self) -> None:
        if self._ending is None:
            self._ending = Ending(self.clock, self.transport)

    def lost(self) -> None:
        """To be called when the connection is gone."""
        if self._ending:
            self._ending.over()
        self._tell("lost", None, b"")
        if self.owner:
            self.owner.gone(self.side)

    # --- back-pressure and life --------------------------------------------------------------------------------------

    def couple(self, other: "WebSocketLeg") -> None:
        """Let the other leg's reading stop while this one's peer takes nothing (W-12)."""
        self.transport.registerProducer(Faucet(self, other), True)

    def uncouple(self) -> None:
        """Undo `couple`."""
        self.transport.unregisterProducer()

    def unclogged(self) -> None:
        """The peer takes data again."""
        self.clogged = None
        owed, self._owed = self._owed, None
        if owed is not None and self.state == OPEN:
            self.sendPong(owed)

    def unacknowledged(self) -> int:
        """How many bytes the peer's TCP has not acknowledged; -1 where the kernel doesn't tell."""
        try:
            packed = fcntl.ioctl(_raw(self.transport).getHandle().fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        except (OSError, AttributeError, ValueError):
            return -1
        (waiting,) = struct.unpack("i", packed)
        return int(waiting)


@implementer(IPushProducer)
class Faucet:
    """Registered with one leg's transport as producer: it stops the other leg's reading.

    Args:
        sink: the leg whose peer may take nothing.
        source: the leg that is not read meanwhile.
    """

    def __init__(self, sink: WebSocketLeg, source: WebSocketLeg) -> None:
        self._sink = sink
        self._source = source

    def pauseProducing(self) -> None:
        """The sink's buffers are full."""
        if self._sink.clogged is None:
            self._sink.clogged = self._sink.clock.seconds()
        self._source.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """They have room again."""
        self._sink.unclogged()
        self._source.pulse.heard = self._source.clock.seconds()
        if not self._source.held:
            self._source.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The sink is gone; the bridge ends the other leg."""


def _raw(transport: Any) -> Any:
    """The TCP transport below a TLS one, or the transport itself."""
    below = getattr(transport, "transport", None)
    return below if below is not None else transport


def keep_alive(transport: Any, seconds: int) -> None:
    """Let TCP find a peer that vanished: keep-alive and `TCP_USER_TIMEOUT` (H10).

    Args:
        transport: of either kind; one without a socket (tests) is left alone.
        seconds: after which unacknowledged data ends the connection.
    """
    raw = _raw(transport)
    try:
        raw.setTcpKeepAlive(1)
        handle = raw.getHandle()
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, seconds // 3))
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)
    except (AttributeError, OSError):
        return
