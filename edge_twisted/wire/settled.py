"""Legs that begin where Autobahn's opening handshake ends.

Edge reads and writes both opening handshakes itself; Autobahn would be walked through its own only to be ready for what
it does behind it: pings, pongs, closes, frames of our own. What it knows then is the same for every connection of a
factory. So one connection is walked through in memory, and what it knows becomes the class of all others: a storm
costs less, and so does an idle charger. `tests/wire/test_settled.py` fails where Autobahn comes to know something
else; where it can't be walked through at all, Edge goes the plain way, which does the same.
"""

import base64
from typing import Any, Final

from autobahn.twisted.websocket import WebSocketClientProtocol, WebSocketServerProtocol
from twisted.internet.address import IPv4Address
from twisted.logger import Logger

from edge_twisted.core.answer import answer_head
from edge_twisted.core.request import upgrade_head
from edge_twisted.wire.leg import CONNECTING, OPEN, WebSocketLeg
from edge_twisted.wire.silence import SILENCE

_KEY: Final = base64.b64encode(bytes(16)).decode()
_ADDRESS: Final = IPv4Address("TCP", "127.0.0.1", 0)
_SIMPLE: Final = (bool, int, float, str, bytes, type(None))

ONE_CONNECTION: Final = frozenset(
    {
        "data",
        "factory",
        "transport",
        "connected",
        "state",
        "peer",
        "websocket_key",
        "_wskey",
    }
)
"""What belongs to one connection."""
UNUSED: Final = frozenset(
    {
        "is_open",
        "_results",
        "_transport_details",
        "_valid_events",
        "utf8validator",
        "allowedOrigins",
        "allowedOriginsPatterns",
        "flashSocketPolicy",
        "perMessageCompressionAccept",
        "perMessageCompressionOffers",
        "versions",
        "http_headers",
        "http_request_data",
        "http_request_host",
        "http_request_params",
        "http_request_path",
        "http_request_uri",
        "http_response_data",
        "http_status_line",
        "websocket_extensions",
        "websocket_extensions_in_use",
        "websocket_origin",
        "websocket_protocol_in_use",
        "websocket_protocols",
    }
)
"""What nothing asks for behind the handshake, once our own reader finds the frames."""

_log = Logger()


class Nobody:
    """Stands for a Deferred that nobody waits for."""

    def callback(self, result: object) -> None:
        """Tell nobody."""


class _Nowhere:
    """The transport of the connection that is walked through."""

    def write(self, data: bytes) -> None:
        """Send nothing."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send nothing at once."""

    def getPeer(self) -> IPv4Address:
        """Nobody's address."""
        return _ADDRESS

    getHost = getPeer


class _Server(WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn has no types
    log = SILENCE


class _Client(WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn has no types
    log = SILENCE

    def startHandshake(self) -> None:
        """Ask for nothing: the answer comes anyway."""
        self.websocket_key = _KEY.encode()


class Unsettled(Exception):
    """Autobahn's connection is not as it was when this was written."""


def walk_through(factory: Any) -> dict[str, Any]:
    """Walk one connection through Autobahn's handshake.

    Args:
        factory: with its options set.

    Returns:
        What Autobahn keeps of it, by name.

    Raises:
        Unsettled: it does not get through.
    """
    sample: Any = _Server() if factory.isServer else _Client()
    sample.factory = factory
    sample.makeConnection(_Nowhere())
    sample.dataReceived(upgrade_head(_KEY, []) if factory.isServer else answer_head(_KEY, None))
    if sample.state != OPEN:
        raise Unsettled("state")
    return dict(vars(sample))


def knowledge(kept: dict[str, Any]) -> dict[str, Any]:
    """What all connections of a factory can share.

    Args:
        kept: from `walk_through`.

    Returns:
        Attributes for their class.

    Raises:
        Unsettled: there is something that is not known to be shared, or to belong to one connection.
    """
    shared: dict[str, Any] = {}
    for name, value in kept.items():
        if name in ONE_CONNECTION or name in UNUSED:
            continue
        if name == "trafficStats":
            shared[name] = value  # counted together, and read by nobody
        elif name == "send_queue":
            shared[name] = ()  # Edge sends nothing piece by piece
        elif name == "is_closed":
            shared[name] = Nobody()
        elif type(value) in _SIMPLE:
            shared[name] = value
        else:
            raise Unsettled(name)
    return shared


def settle(kind: type[WebSocketLeg], factory: Any) -> Any:
    """Make the class of a factory's legs.

    Args:
        kind: the legs' own class.
        factory: with its options set.

    Returns:
        A class of legs that need no walking through; `kind` itself where that can't be.
    """
    try:
        shared = knowledge(walk_through(factory))
    except Exception as error:  # noqa: BLE001 - whatever Autobahn has become: the plain way remains
        _log.warn("Autobahn unsettled: {kind}", kind=type(error).__name__)
        return kind
    begins = {"settled": True, "state": CONNECTING, "__init__": lambda self: None}
    return type(kind.__name__, (kind,), {**shared, **begins})
