"""The charger leg: the head is read and judged by us; Autobahn takes over with a head that we wrote, at the 101."""

from typing import Any, Final

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.interfaces import IDelayedCall, IHandshakeListener, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from edge_twisted.core.answer import answer_head
from edge_twisted.core.request import HEAD_LIMIT, Plain, Request, head_end, read_request, response, upgrade_head
from edge_twisted.core.steps import Leg
from edge_twisted.wire.closing import Ending
from edge_twisted.wire.leg import CLOSED, OPTIONS, Pulse, WebSocketLeg
from edge_twisted.wire.settled import settle

FATAL_ALERT: Final = bytes((0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28))
"""A TLS record with the fatal alert handshake_failure: what TLS on a ws port gets."""
TLS_RECORD: Final = 0x16


@implementer(IHandshakeListener)
class ChargerLeg(WebSocketLeg, WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn's own bases disagree
    """One connection of a charger, or of whoever else comes to its port."""

    side = Leg.CHARGER
    factory: "ChargerFactory"

    def connectionMade(self) -> None:
        """Start the clock for the head; Autobahn hears of the connection only at the 101."""
        self._stage = "head"
        self._buffer = bytearray()
        self._seen = 0
        self.received = 0
        self.handshaken = False
        self.request: Request | None = None
        self.clock = self.factory.clock
        self.address: str = getattr(self.transport.getPeer(), "host", "")
        self._deadline: IDelayedCall | None = self.clock.callLater(self.factory.head_seconds, self._too_slow)
        self.factory.port.came(self)

    def handshakeCompleted(self) -> None:
        """The TLS handshake is done."""
        self.handshaken = True

    # --- the head ----------------------------------------------------------------------------------------------------

    def dataReceived(self, data: bytes) -> None:
        """Collect the head; count what comes before the 101; then let Autobahn have everything."""
        if self._stage == "open":
            if self.heard_now():
                self.take(data)
            return
        self.received += len(data)
        if self._stage == "over":
            return
        self._buffer += data
        if self._stage == "waiting":
            if len(self._buffer) > self.factory.pre_open_bytes:
                self._stage = "over"
                self._tell("broke", 1009, b"")
                self.refuse(400)
            return
        if self._buffer[0] == TLS_RECORD and not self.factory.secure:
            self._stage = "over"
            self.factory.port.wrong_kind(self, bytes(self._buffer))
            self.transport.write(FATAL_ALERT)
            self._leave()
            return
        self._look_for_head()

    def _look_for_head(self) -> None:
        end = head_end(self._buffer, self._seen)
        self._seen = len(self._buffer)
        if end < 0 and len(self._buffer) <= HEAD_LIMIT:
            return
        self._stop_clock()
        head = bytes(self._buffer[:end] if end > 0 else self._buffer)
        asked = read_request(head)
        if isinstance(asked, Request):
            del self._buffer[:end]
            self._stage = "waiting"
            self.request = asked
            self.factory.port.arrived(self, asked)
        elif isinstance(asked, Plain):
            self.answer(self.factory.port.visited(self, asked))
        else:
            self.factory.port.refused(self, asked)
            self.refuse(asked.status, asked.headers)

    def _too_slow(self) -> None:
        self._deadline = None
        if getattr(self.transport, "is_kept_waiting", bool)():
            self._deadline = self.clock.callLater(self.factory.head_seconds, self._too_slow)
            return
        self._stage = "over"
        self.factory.port.timed_out(self)
        if self._buffer:
            self.refuse(408)
        else:
            self.transport.abortConnection()

    def _stop_clock(self) -> None:
        if self._deadline and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    # --- what becomes of it ------------------------------------------------------------------------------------------

    def refuse(self, status: int, headers: Any = ()) -> None:
        """Answer by HTTP; the connection is gone 2 s later at the latest.

        Args:
            status: 400 to 599.
            headers: (name, value) pairs.
        """
        self.answer(response(status, headers))

    def answer(self, data: bytes) -> None:
        """Send a finished HTTP answer and leave."""
        self._stage = "over"
        self._deaf = True
        self.transport.write(data)
        self._leave()

    def _leave(self) -> None:
        """Say that nothing more comes, and wait for the peer to leave: a reset would take the answer with it."""
        if self._ending is not None:
            return
        self._ending = Ending(self.clock, self.transport)
        self._say_no_more()

    def _say_no_more(self) -> None:
        if self.factory.secure or not hasattr(self.transport, "loseWriteConnection"):
            self.transport.loseConnection()
        else:
            self.transport.loseWriteConnection()

    def accept(self, protocol: str | None) -> None:
        """Answer 101 and let Autobahn take over, with what came meanwhile.

        Args:
            protocol: the subprotocol for the answer; None: an answer without the header.
        """
        assert self.request is not None
        self._stage = "open"
        self.pulse = Pulse(self.clock.seconds())
        self._protocol = protocol
        peek = getattr(self.transport, "peek", None)
        if peek is not None:
            peek.forget()
        if self.settled:
            self.transport.setTcpNoDelay(True)
            self.transport.write(answer_head(self.request.key, protocol))
            self.begin()
        else:
            super().connectionMade()
            self.take(upgrade_head(self.request.key, [protocol] if protocol else []))

    def shut_down(self, code: int | None, reason: bytes = b"") -> None:
        """Send a close frame; to one that broke the protocol, the end of the stream as well.

        It is not heard any more, so its own close can't be waited for, and a client leaves the end to the server.
        """
        super().shut_down(code, reason)
        if self._mute:
            self._say_no_more()

    def release(self) -> None:
        """Let Autobahn have what the charger sent before the 101."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        if rest and self._stage == "open":
            self.take(rest)

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """Answer with the subprotocol that the central system chose."""
        return self._protocol

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone, at whatever stage."""
        self._stop_clock()
        if self._stage == "open" and not self.settled:
            super().connectionLost(reason)
        elif self._stage == "head":
            self.factory.port.left(self, reason)
        self._stage, self.state = "over", CLOSED
        self.factory.port.went(self)
        self.lost()


class ChargerFactory(WebSocketServerFactory):  # type: ignore[misc]  # Autobahn's factories have no types
    """Makes charger legs for one kind of listener.

    Args:
        port: whom the legs tell (`wire.port.Port`).
        clock: our clock.
        secure: whether TLS is below.
        message_bytes: the largest message.
        head_seconds: time for TLS and the head.
        pre_open_bytes: what may come before the 101.
        settled: whether the legs begin behind Autobahn's handshake.
    """

    protocol = ChargerLeg
    noisy = False
    log = WebSocketLeg.log

    def __init__(
        self,
        port: Any,
        clock: IReactorTime,
        *,
        secure: bool,
        message_bytes: int,
        head_seconds: float,
        pre_open_bytes: int,
        settled: bool = False,
    ) -> None:
        super().__init__(reactor=clock, server="")
        self.port = port
        self.clock = clock
        self.secure = secure
        self.head_seconds = head_seconds
        self.pre_open_bytes = pre_open_bytes
        self.setProtocolOptions(
            webStatus=False,
            versions=[13],
            requireMaskedClientFrames=True,
            maxFramePayloadSize=message_bytes,
            maxMessagePayloadSize=message_bytes,
            **OPTIONS,
        )
        if settled:
            self.protocol = settle(ChargerLeg, self)

    def buildProtocol(self, addr: Any) -> Any:
        """A leg for whoever may connect; nobody else gets an answer (`listen.from`)."""
        if not self.port.admits(addr):
            return None
        return super().buildProtocol(addr)
