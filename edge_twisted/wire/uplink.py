"""The uplink leg: one dial to the central system, its answer read by us, then an Autobahn client."""

import base64
import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.core.answer import answer_head, read_answer, retry_after_seconds, valid_upgrade
from edge_twisted.core.endpoint import Trust
from edge_twisted.core.head import HEAD_LIMIT, head_end
from edge_twisted.core.policy import Dial
from edge_twisted.core.steps import Answered, Failed, Leg, Opened, Result
from edge_twisted.wire.hub import Hub
from edge_twisted.wire.leg import CLOSED, OPTIONS, Pulse, WebSocketLeg
from edge_twisted.wire.names import Names
from edge_twisted.wire.patience import Patience
from edge_twisted.wire.reach import Reach
from edge_twisted.wire.settled import settle
from edge_twisted.wire.straight import StraightFactory
from edge_twisted.wire.straight_tls import StraightTLSFactory

INTERIM: Final = 8
"""How many 1xx answers may come before the real one."""


class UplinkLeg(WebSocketLeg, WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn's own bases disagree
    """One connection to the central system."""

    side = Leg.CENTRAL
    factory: "UplinkFactory"

    def connectionMade(self) -> None:
        """Send the handshake."""
        self.clock = self.factory.clock
        self._stage = "answer"
        self._buffer = bytearray()
        self._interim = 0
        if self.settled:
            self.transport.setTcpNoDelay(True)
            self.startHandshake()
        else:
            super().connectionMade()

    def startHandshake(self) -> None:
        """Write the request ourselves: Autobahn's has a `Host` without brackets, and logs the credentials."""
        self.websocket_key = base64.b64encode(os.urandom(16))
        lines = [f"GET {self.factory.resource} HTTP/1.1", f"Host: {self.factory.authority}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {self.websocket_key.decode()}"]
        lines += ["Sec-WebSocket-Version: 13"]
        if self.factory.protocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self.factory.protocols)}")
        if self.factory.useragent:
            lines.append(f"User-Agent: {self.factory.useragent}")
        lines += [f"{name}: {value}" for name, value in self.factory.headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def dataReceived(self, data: bytes) -> None:
        """Read the answer; hold what comes behind it until the charger has its 101."""
        if self._stage == "open":
            if self.heard_now():
                self.take(data)
            return
        if self._stage == "over":
            return
        self._buffer += data
        if self._stage == "held":
            if len(self._buffer) > self.factory.pre_open_bytes:
                self.drop()
            return
        self._look_for_head()

    def _look_for_head(self) -> None:
        while self._stage == "answer":
            end = head_end(self._buffer)
            if end < 0:
                if len(self._buffer) > HEAD_LIMIT:
                    self._result(Failed("not-http"))
                return
            answer = read_answer(bytes(self._buffer[:end]))
            if answer is None:
                return self._result(Failed("not-http"))
            del self._buffer[:end]
            if 100 <= answer.status < 200 and answer.status != 101 and self._interim < INTERIM:
                self._interim += 1
                continue
            if answer.status != 101:
                wait = retry_after_seconds(answer.retry_after, self.factory.time()) if answer.retry_after else None
                return self._result(Answered(answer.status, wait, answer.location))
            wrong = valid_upgrade(answer, self.websocket_key.decode(), self.factory.protocols)
            self._result(Failed("handshake", wrong) if wrong else Opened(answer.protocol))

    def _result(self, result: Result) -> None:
        if isinstance(result, Opened):
            self._stage = "held"
            self._protocol = result.protocol
            if self.factory.creator is not None:
                self.factory.creator.remember()
        else:
            self._stage = "over"
            self._deaf = True
            self.transport.abortConnection()
        self.factory.ended(result, self)

    def open(self) -> None:
        """Let Autobahn take over, with a 101 that we wrote."""
        if self._stage == "held":
            self._stage = "open"
            self.pulse = Pulse(self.clock.seconds())
            if self.settled:
                return self.begin()
            self.take(answer_head(self.websocket_key.decode(), self._protocol))

    def release(self) -> None:
        """Let Autobahn have what came behind the answer."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        if rest and self._stage == "open":
            self.take(rest)

    def shut_down(self, code: int | None, reason: bytes = b"") -> None:
        """Send a close frame, also where the charger never got its 101."""
        self.open()
        super().shut_down(code, reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone, at whatever stage."""
        if self.settled:
            self.state = CLOSED
        else:
            super().connectionLost(reason)
        if self._stage == "answer":
            self._stage = "over"
            self.factory.ended(self.factory.why_lost(reason), self)
        self._stage = "over"
        self.lost()


class UplinkFactory(WebSocketClientFactory):  # type: ignore[misc]  # Autobahn's factories have no types
    """Carries one dial: the request, and what came of it. One is made for a dialler, and copied for each dial.

    Args:
        dialler: limits and clocks.
    """

    protocol = UplinkLeg
    noisy = False
    log = WebSocketLeg.log
    resource: str
    authority: str
    creator: Any = None
    tell: Callable[[Result, UplinkLeg | None], None]

    def __init__(self, dialler: "Dialler") -> None:
        super().__init__(reactor=dialler.reactor)
        self.clock: IReactorTime = dialler.reactor
        self.time = dialler.time
        self.pre_open_bytes = dialler.pre_open_bytes
        self.setProtocolOptions(
            maxFramePayloadSize=dialler.message_bytes,
            maxMessagePayloadSize=dialler.message_bytes,
            serverConnectionDropTimeout=0,
            acceptMaskedServerFrames=False,
            maskClientFrames=True,
            **OPTIONS,
        )
        if dialler.settled:
            self.protocol = settle(UplinkLeg, self)

    def to(self, dial: Dial, segment: bytes, protocols: Sequence[str], agent: str) -> "UplinkFactory":
        """Make the one for a dial.

        Args:
            dial: where to, and with which credentials.
            segment: the identity as it stood in the charger's URL.
            protocols: the subprotocols to offer.
            agent: the charger's own `User-Agent`, or nothing.
        """
        factory = UplinkFactory.__new__(UplinkFactory)
        factory.__dict__.update(self.__dict__)  # as `copy`, which looks for more
        factory.protocols = list(protocols)
        factory.useragent = agent
        factory.headers = {"Authorization": dial.credentials.header()} if dial.credentials else {}
        factory.resource = f"{dial.endpoint.path}/{segment.decode('ascii')}"
        factory.authority = dial.endpoint.authority
        return factory

    def ended(self, result: Result, leg: UplinkLeg | None) -> None:
        """The dial came to a result; the first one counts."""
        tell, self.tell = self.tell, _nobody
        tell(result, leg)

    def why_lost(self, reason: Failure) -> Failed:
        """Say why there is no answer."""
        if self.creator is None:
            return Failed("reset")
        if self.creator.refusal:
            return Failed("tls", self.creator.refusal)
        if self.creator.alert is not None:
            return Failed("tls", "alert", self.creator.alert)
        return Failed("tls", "broken") if reason.check(SSL.Error) else Failed("reset")


class Dialler:
    """Dials central systems.

    Args:
        reactor: for sockets and time.
        names: our resolver.
        creator: makes a connection creator for (host, trust): `trust.contexts.ClientContexts.creator`.
        time: wall-clock seconds, for Retry-After dates.
        message_bytes, pre_open_bytes: limits.
        hub: carries the connections the straight way; None: Twisted does.
        settled: whether the legs begin behind Autobahn's handshake; None: with a hub.
    """

    def __init__(
        self,
        reactor: Any,
        names: Names,
        creator: Callable[[str, Trust], Any],
        time: Callable[[], float],
        message_bytes: int,
        pre_open_bytes: int,
        hub: Hub | None = None,
        settled: bool | None = None,
    ) -> None:
        self.reactor = reactor
        self.time = time
        self.message_bytes = message_bytes
        self.pre_open_bytes = pre_open_bytes
        self._creator = creator
        self._hub = hub
        self._names = names
        self.settled = hub is not None if settled is None else settled
        self._pattern = UplinkFactory(self)

    def endpoint(self, host: str, port: int, seconds: float) -> Any:
        """Where to connect: a seam for tests in memory."""
        return Reach(self.reactor, self._names, host, port, seconds, self._hub)

    def dial(
        self, dial: Dial, segment: bytes, protocols: Sequence[str], agent: str, seconds: float
    ) -> Deferred[tuple[Result, UplinkLeg | None]]:
        """Try one uplink handshake.

        Args:
            dial: where to, and with which credentials.
            segment: the identity as it stood in the charger's URL, safe for a URL.
            protocols: what to offer.
            agent: the charger's `User-Agent`.
            seconds: from DNS to the answer.

        Returns:
            What came of it, with the leg where it opened. Cancelling it ends the dial.
        """
        factory = self._pattern.to(dial, segment, protocols, agent)
        wrapped: Any = factory if self._hub is None else StraightFactory(self._hub, factory, client=True)
        if dial.endpoint.secure:
            try:
                factory.creator = self._creator(dial.endpoint.host, dial.trust)
            except Exception:  # noqa: BLE001 - whatever is wrong with the trust, it is refused, not ignored
                return succeed((Failed("tls", "broken"), None))
            if self._hub is None:
                wrapped = TLSMemoryBIOFactory(factory.creator, True, factory, self.reactor)
            else:
                wrapped = StraightTLSFactory(self._hub, factory.creator, True, factory)
        state: dict[str, Any] = {}

        def connected(protocol: Any) -> None:
            state["transport"] = protocol.transport

        def failed(failure: Failure) -> None:
            factory.ended(_why_not(failure), None)

        def stop(kind: str) -> None:
            state["over"] = True
            factory.ended(Failed(kind), None)
            connecting.cancel()
            if "transport" in state:
                state["transport"].abortConnection()

        done: Deferred[tuple[Result, UplinkLeg | None]] = Deferred(lambda _: stop("cancelled"))
        timer = Patience(self.reactor, seconds, lambda: stop("timeout"))

        def finished(result: Result, leg: UplinkLeg | None) -> None:
            timer.stop()
            if not done.called:
                done.callback((result, leg))

        factory.tell = finished
        connecting = self.endpoint(dial.endpoint.host, dial.endpoint.port, 2 * seconds + 1).connect(wrapped)
        connecting.addCallbacks(connected, failed)
        return done


def _nobody(result: Result, leg: UplinkLeg | None) -> None:
    """Hears what comes after the first result; whoever heard that one is let go of."""


def _why_not(failure: Failure) -> Failed:
    if failure.check(error.DNSLookupError, error.UnknownHostError):
        return Failed("dns")
    if failure.check(error.ConnectionRefusedError):
        return Failed("refused")
    if failure.check(error.TimeoutError, error.TCPTimedOutError, CancelledError):
        return Failed("timeout")
    return Failed("unreachable")
