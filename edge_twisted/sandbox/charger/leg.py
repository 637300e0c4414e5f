"""A charger's connection: Autobahn's client side with the charger's own handshake and its own frames."""

import base64
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.liveness import Liveness
from edge_twisted.sandbox.charger.request import offered, request_of
from edge_twisted.sandbox.quiet import HEAD_BYTES, LINGER, OPTIONS, SILENCE, guarded

if TYPE_CHECKING:
    from edge_twisted.sandbox.charger.dial import Dial

LONGEST_WAIT: Final = 600
"""Seconds of Retry-After that a charger heeds."""
RSV: Final = 4


class ChargerLeg(WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn has no types
    """A charger's connection.

    Attributes:
        opened: whether its 101 came.
        live: its timers, once it is open.
    """

    log = SILENCE
    factory: "ChargerFactory"
    opened = False
    live: Liveness | None = None

    def connectionMade(self) -> None:
        """Let the dial know, before anything is said."""
        self._dial = self.factory.dial
        self._dial.leg = self
        self._head = 0
        self._code = 1006
        self._said = 0
        super().connectionMade()

    def startHandshake(self) -> None:
        """Send the request for an upgrade, in the charger's own words (called by Autobahn)."""
        self.websocket_key = base64.b64encode(os.urandom(16))
        dial = self._dial
        every = dial.quirks.malformed_upgrade_every
        malformed = every > 0 and dial.number % every == 0
        self.sendData(request_of(dial.access, dial.agent, self.websocket_key, dial.quirks, malformed=malformed))

    def dataReceived(self, data: bytes) -> None:
        """Take octets; those of a handshake only so many."""
        if self.live is not None:
            self.live.heard = self._dial.reactor.seconds()
        elif not self.opened:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abortConnection()
                return
        super().dataReceived(data)

    def failHandshake(self, reason: str) -> None:
        """Hear that there is no 101."""
        identity, status = self._dial.access.identity, _status(getattr(self, "http_status_line", ""))
        if status is None or status == 101:
            self._dial.answered(h.Failed(identity, "answer"))
        else:
            wait = _seconds(self.http_headers.get("retry-after", ""))
            self._dial.answered(h.Refused(identity, status, wait), wait)
        self.transport.abortConnection()

    @guarded
    def onOpen(self) -> None:
        """Hear of the 101."""
        self.opened = True
        self._dial.stop_timer()
        self.live = Liveness(self._dial.reactor, self._dial.quirks, self.sendPing, self._dial.leave, self._dial.cut)
        self._dial.owner.opened(self)

    def say(self, text: str) -> bool:
        """Send a message.

        Args:
            text: of the message.

        Returns:
            Whether it was sent: nothing is, where the connection is closing.
        """
        if self.state != self.STATE_OPEN:
            return False
        self._said += 1
        every = self._dial.quirks.rsv_bits_every
        payload = text.encode("utf-8", "surrogatepass")
        if every and self._said % every == 0:
            self.sendFrame(opcode=1, payload=payload, rsv=RSV)
        else:
            self.sendMessage(payload)
        return True

    @guarded
    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take a message."""
        self._dial.owner.received(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer a ping, unless this charger never does (Q25)."""
        if self._dial.pongs:
            super().onPing(payload)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> Any:
        """Answer a close, and don't wait for ever until the server cuts the connection."""
        self._dial.cut_after(LINGER)
        return super().onCloseFrame(code, reasonRaw)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Remember the close code."""
        self._code = code or 1005

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        if self.live is not None:
            self.live.stop()
        super().connectionLost(reason)
        self._dial.lost(reason, self._code)


class ChargerFactory(WebSocketClientFactory):  # type: ignore[misc]  # Autobahn has no types
    """Makes the connection of one dial.

    Args:
        dial: whose.
    """

    protocol = ChargerLeg
    noisy = False
    log = SILENCE

    def __init__(self, dial: "Dial") -> None:
        parts = urlsplit(dial.access.endpoint)
        # The leg writes its own request: Autobahn needs these to judge the answer only.
        url = f"{'wss' if dial.secure else 'ws'}://{parts.netloc}/"
        super().__init__(url, protocols=list(offered(dial.access, dial.quirks)), reactor=dial.reactor)
        self.dial = dial
        self.setProtocolOptions(serverConnectionDropTimeout=0, **OPTIONS)


def _status(line: str) -> int | None:
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None


def _seconds(text: str) -> int:
    """A Retry-After; dates are not for chargers without a clock."""
    return min(int(text), LONGEST_WAIT) if text.isdecimal() and len(text) < 6 else 0
