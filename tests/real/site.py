"""What tests through a real Edge share: its memory while it is stopped, chargers that come again, odd neighbours."""

import os
import random
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, load_certificate, load_privatekey
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.protocols.portforward import ProxyFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from edge_twisted.config import read_settings
from edge_twisted.core.policy import Rules
from edge_twisted.core.record import Record
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.state import open_state
from tests.certificates import Root
from tests.real.child import BOUND
from tests.real.harness import Central, EdgeProcess, to_toml
from tests.real.peer import Event, Peer, start_central, write

PASSWORD = bytes.fromhex("00ff3a0d0a8081c3283d7f1011121314151617aa")
"""Twenty octets with NUL, colon, CR and LF among them, and no UTF-8: a vector of the references (D2)."""

ODD = '[2,"odd","DataTransfer",{ "vendorId" : "x", "data":"\\u00e9 1.00 1e3", "vendorId":"x" }]'
"""A CALL that nobody would write again in the same way (E2)."""


# --- Edge's memory ---------------------------------------------------------------------------------------------------


def rules_of(edge: EdgeProcess) -> Rules:
    """What Edge's configuration says about uplinks, as Edge itself will read it."""
    edge.config.write_text(to_toml(edge.settings))
    uplink = read_settings(edge.config).uplink
    return Rules(uplink.ws, uplink.wss, uplink.trust)


async def remember(edge: EdgeProcess, identity: str, change: Callable[[Record], Record]) -> None:
    """Change what Edge remembers of a charger, as EdgeManager would; only while Edge is stopped.

    Args:
        edge: whose state directory; it need not exist yet.
        identity: the charger, not encoded.
        change: makes the new record from the old one, or from an empty one.
    """
    from twisted.internet import reactor

    state = open_state(edge.state, os.environ)
    store = Chargers(state.engine, state.vault, reactor)  # type: ignore[arg-type]  # it is one, mypy sees the module
    try:
        known = {record.identity: record for record in store.load()}
        before = known.get(identity.encode()) or Record(identity.encode(), state.vault.name(identity.encode()))
        await store.save(change(before))
    finally:
        await store.close()
        state.close()


async def remembered(edge: EdgeProcess, identity: str) -> Record | None:
    """What Edge remembers of a charger, on disk; only while Edge is stopped."""
    from twisted.internet import reactor

    state = open_state(edge.state, os.environ)
    store = Chargers(state.engine, state.vault, reactor)  # type: ignore[arg-type]  # as above
    try:
        return next((record for record in store.load() if record.identity == identity.encode()), None)
    finally:
        await store.close()
        state.close()


# --- central systems -------------------------------------------------------------------------------------------------


async def secure_central(
    case: TestCase, kind: str = "py", *, port: int = 0, basic: str = "none", root: Root | None = None
) -> tuple[Central, str]:
    """Start a central system on wss with a certificate for `localhost` of a private root.

    Args:
        case: the test.
        kind, port, basic: as for `start_central`.
        root: the private root; None: a new one.

    Returns:
        The central system, and the path of the root's PEM file, as `uplink.roots` takes it.
    """
    root = root or Root()
    central = await start_central(case, kind, leaf=root.issue(names=["localhost"]), port=port, basic=basic)
    return central, write(case, root.pem)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, and that the system gives to nobody who asks for any: below 32768."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - a port, no secret
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


# --- chargers --------------------------------------------------------------------------------------------------------


async def come(charger: Peer, endpoint: str = "", identity: str = "", **fields: object) -> Event:
    """Have a charger connect.

    Args:
        charger: started with `wait=True`, or not connected any more.
        endpoint: another one than before; then the identity is needed as well.
        identity: not encoded.
        fields: what else changes, such as `password` (hexadecimal).

    Returns:
        What came of it: its event `connected`, `refused` or `failed`.
    """
    if endpoint:
        fields |= {"endpoint": endpoint, "url": f"{endpoint}/{quote(identity, safe='')}"}
    await charger.tell("connect", **fields)
    return max((one for name in ("connected", "refused", "failed") for one in charger.events(name)), key=_connection)


def _connection(event: Event) -> int:
    return int(event.get("connection", 0))


async def come_until_accepted(charger: Peer) -> list[int]:
    """Have a charger connect until it gets its 101, each time after the Retry-After that it was given.

    Returns:
        The statuses of the refusals.
    """
    from twisted.internet import reactor

    statuses: list[int] = []
    while (met := await come(charger))["event"] == "refused":
        statuses.append(met["status"])
        assert len(statuses) < 20, statuses
        await deferLater(reactor, int(header(met, "Retry-After")))  # type: ignore[arg-type]  # as above
    assert met["event"] == "connected", met
    return statuses


async def leave(charger: Peer, central: Central) -> None:
    """Have a charger close, and wait until the central system knows."""
    await charger.tell("close", code=1000)
    await charger.event("closed")
    await central.event("closed")


def header(event: Event, name: str) -> str:
    """The one value of a header in an event `refused` or `request`."""
    [value] = [value for key, value in event["headers"] if key.lower() == name.lower()]
    return str(value)


def frames(peer: Peer, way: str, **wanted: object) -> list[tuple[str, str]]:
    """Opcode and octets of all messages that a peer received (`in`) or sent (`out`)."""
    return [(event["opcode"], event["hex"]) for event in peer.events("message", way=way, **wanted)]


def lines(edge: EdgeProcess, *texts: str) -> list[str]:
    """The lines of Edge's log that hold all of these texts."""
    return [line for line in edge.output.decode().splitlines() if all(text in line for text in texts)]


# --- odd neighbours --------------------------------------------------------------------------------------------------


def upgrade(target: bytes, *headers: bytes) -> bytes:
    """A WebSocket request, octet for octet.

    Args:
        target: the request target.
        headers: whole lines without their ends, beside the ones that belong to every such request.
    """
    usual = [
        b"Host: edge.lan",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==",
        b"Sec-WebSocket-Version: 13",
    ]
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *usual, *headers, b"", b""])


class Stranger(Protocol):
    """Sends octets and keeps what comes back."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._answer = b""
        self.answered: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Ask."""
        assert self.transport is not None
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        """Keep the answer; its head is enough."""
        self._answer += data
        if b"\r\n\r\n" in self._answer:
            self._tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """No more comes."""
        self._tell()

    def _tell(self) -> None:
        if not self.answered.called:
            self.answered.callback(self._answer)


async def knock(case: TestCase, port: int, request: bytes, source: str = "127.0.0.2") -> bytes:
    """Come to a port of this machine from another address of it, with any octets.

    Args:
        case: the test; the connection ends with it.
        port: where to.
        request: what to send.
        source: where from, in 127.0.0.0/8.

    Returns:
        What came back, at least up to the end of the head, or to the connection's end.
    """
    from twisted.internet import reactor

    stranger = Stranger(request)
    connector = reactor.connectTCP(  # type: ignore[attr-defined]  # as above
        "127.0.0.1", port, Factory.forProtocol(lambda: stranger), BOUND, (source, 0)
    )
    case.addCleanup(connector.disconnect)
    return await stranger.answered.addTimeout(BOUND, reactor)  # type: ignore[arg-type]  # as above


class Ear(Protocol):
    """Listens and never answers."""

    factory: "Listener"

    def connectionMade(self) -> None:
        """Count it."""
        assert self.transport is not None
        self.factory.callers.append(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.factory.heard += data


class Listener(Factory):
    """Takes connections on 127.0.0.1, keeps what it hears, and never answers.

    Args:
        case: the test; the listener ends with it.
        context: its TLS, or None.
        port: 0: any.

    Attributes:
        callers: all connections so far.
        heard: all octets so far; with TLS, what came encrypted and was decrypted.
    """

    protocol = Ear
    noisy = False

    def __init__(self, case: TestCase, context: SSL.Context | None = None, port: int = 0) -> None:
        from twisted.internet import reactor

        anyone: Any = reactor
        self.callers: list[Any] = []
        self.heard = b""
        self._context = context
        where: dict[str, Any] = {"interface": "127.0.0.1"}
        self._port = anyone.listenSSL(port, self, self, **where) if context else anyone.listenTCP(port, self, **where)
        case.addCleanup(self.stop)

    def getContext(self) -> SSL.Context:
        """The context for the next connection (called by Twisted)."""
        assert self._context is not None
        return self._context

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._port.getHost().port)

    def stop(self) -> Any:
        """Take no more connections and end those that stand."""
        for caller in self.callers:
            caller.abortConnection()
        return self._port.stopListening()


def server_context(leaf: tuple[bytes, bytes]) -> SSL.Context:
    """The TLS of a `Listener`.

    Args:
        leaf: PEM of certificate and key.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(load_certificate(FILETYPE_PEM, leaf[0]))
    context.use_privatekey(load_privatekey(FILETYPE_PEM, leaf[1]))
    return context


class Forwarder(ProxyFactory):
    """Carries connections from a port of its own to a port of 127.0.0.1.

    Args:
        case: the test; it ends with it.
        port: where to.
        interface: where it listens, `::1` too.

    Attributes:
        came: who came.
    """

    noisy = False

    def __init__(self, case: TestCase, port: int, interface: str = "127.0.0.1") -> None:
        from twisted.internet import reactor

        anyone: Any = reactor
        super().__init__("127.0.0.1", port)
        self.came: list[IAddress] = []
        self._port = anyone.listenTCP(0, self, interface=interface)
        case.addCleanup(self._port.stopListening)

    def buildProtocol(self, addr: IAddress) -> Any:
        """Note who comes (called by Twisted)."""
        self.came.append(addr)
        return super().buildProtocol(addr)

    @property
    def port(self) -> int:
        """Where it listens."""
        host = self._port.getHost()
        return int(host.port) if isinstance(host, IPv4Address) else int(getattr(host, "port"))
