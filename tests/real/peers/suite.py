"""Plays the Autobahn test suite's cases as a charger against an echo, or as a central system against echoing chargers.

`--role charger`: the cases are the charger's, and the central system here echoes; `--role central`: the other way
round. The central system listens at once (event `listening`, with the ports `ws` and `wss`); told `run`, chargers
connect to `url`, one for each case: its name ends with the case's number. The answer has the verdict on each.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from attrs import define
from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)
from twisted.internet import reactor as anyone
from twisted.internet.defer import Deferred, DeferredSemaphore, ensureDeferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.protocol import connectionDone
from twisted.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS, trustRootFromCertificates
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from tests.real.peers.suite_cases import load, octets

OCPP: Final = "ocpp1.6"
AT_ONCE: Final = 24
"""Cases that run beside each other; their waits would add up."""
PATIENCE: Final = 3
"""In times of the suite's own: a busy machine is no verdict."""
DEADLINE: Final = 20
"""The same, where a peer that does as it should needs nothing of it."""
DROP_SECONDS: Final = 20.0
"""For the peer's close, and for the end of the connection behind it."""
LARGEST: Final = 32 << 20

reactor: Any = anyone


class Tester:
    """One end of a connection that runs a case: what the case asks of its protocol, beside Autobahn's own methods."""

    case: Any = None
    connectionWasOpen = False
    createWirelog = False
    done: "Deferred[Any]"
    failedByMe: bool
    remoteCloseCode: int | None
    sendClose: Callable[..., None]
    _fail_connection: Callable[..., None]

    def begin(self, case: type[Any], done: "Deferred[Any]") -> None:
        """Take a case; its verdict is the deferred's."""
        self.txFrameStats: dict[int, int] = {}
        self.waits: list[Any] = []
        self.case = case(self)
        self.done = done

    def onOpen(self) -> None:
        """Let it run."""
        self.connectionWasOpen = True
        self.case.onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Show it a message."""
        self.case.onMessage(payload.decode("latin-1"), isBinary)

    def onPong(self, payload: bytes) -> None:
        """Show it a pong."""
        self.case.onPong(payload.decode("latin-1"))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Show it the close."""
        self.case.onClose(wasClean, code, reason)

    def connectionLost(self, reason: Failure) -> None:
        """Let it judge."""
        super().connectionLost(reason)  # type: ignore[misc]  # Autobahn's
        for wait in self.waits:
            if wait.active():
                wait.cancel()
        self.case.onConnectionLost(self.failedByMe)
        self.done.callback([self.case.behavior, self.case.behaviorClose, self.remoteCloseCode])

    def sendFrame(self, opcode: int, payload: str | bytes = b"", **more: Any) -> None:
        """Send a frame, right or wrong."""
        self.txFrameStats[opcode] = self.txFrameStats.get(opcode, 0) + 1
        super().sendFrame(opcode, payload=_bytes(payload), **more)  # type: ignore[misc]  # Autobahn's

    def sendMessage(self, payload: str, isBinary: bool = False, **more: Any) -> None:
        """Send a message."""
        super().sendMessage(_bytes(payload), isBinary, **more)  # type: ignore[misc]  # Autobahn's

    def sendMessageFrameData(self, payload: str) -> None:
        """Send a part of a frame."""
        super().sendMessageFrameData(_bytes(payload))  # type: ignore[misc]  # Autobahn's

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: str | bytes | None = None, **more: Any) -> None:
        """Send a close frame, right or wrong."""
        reason = None if reasonUtf8 is None else _bytes(reasonUtf8)
        super().sendCloseFrame(code, reason, **more)  # type: ignore[misc]  # Autobahn's
        if isinstance(reasonUtf8, str):
            self.localCloseReason = reasonUtf8

    def continueLater(self, delay: float, fun: Any, tag: object = None) -> None:
        """Go on after a while."""
        self._later(delay * PATIENCE, fun)

    def closeAfter(self, delay: float) -> None:
        """Close after a while."""
        self._later(delay * PATIENCE, self.sendClose)

    def killAfter(self, delay: float) -> None:
        """Give up after a while."""
        self._later(delay * DEADLINE, self._fail_connection)

    def enableWirelog(self, enable: bool) -> None:
        """Here nothing is logged."""

    def _later(self, seconds: float, what: Any) -> None:
        self.waits.append(reactor.callLater(seconds, what))


def _bytes(text: str | bytes) -> bytes:
    return octets(text) if isinstance(text, str) else text


class TestingCharger(Tester, WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn's protocols have no types
    """A charger that runs a case."""

    def connectionMade(self) -> None:
        """Connected."""
        super().connectionMade()
        self.begin(self.factory.case, self.factory.done)


class EchoingCharger(WebSocketClientProtocol):  # type: ignore[misc]  # as above
    """A charger that says what it hears."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Say it, unless it is over already."""
        if self.state == self.STATE_OPEN:
            self.sendMessage(payload, isBinary)

    def connectionLost(self, reason: Failure) -> None:
        """Over."""
        super().connectionLost(reason)
        self.factory.done.callback(None)


class TestingCentral(Tester, WebSocketServerProtocol):  # type: ignore[misc]  # as above
    """A central system's end that runs the case which the last segment of the path ends with."""

    def onConnect(self, request: Any) -> str:
        """Take the case."""
        name = request.path.rpartition("/")[2]
        self.begin(self.factory.cases[name.rpartition("-")[2]], self.factory.running[name])
        return OCPP


class EchoingCentral(WebSocketServerProtocol):  # type: ignore[misc]  # as above
    """A central system's end that says what it hears."""

    def onConnect(self, request: Any) -> str:
        """Take anybody."""
        return OCPP

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Say it, unless it is over already."""
        if self.state == self.STATE_OPEN:
            self.sendMessage(payload, isBinary)


@define
class Runner:
    """Connects the chargers.

    Args:
        role: whose the cases are.
        central: the central system's factory.
        cases: by number.
    """

    role: str
    central: Any
    cases: dict[str, type[Any]]

    async def run(self, url: str, name: str, numbers: Iterable[str], root: str | None) -> dict[str, Any]:
        """Run cases.

        Args:
            url: what chargers connect to, without their names.
            name: before the cases' numbers.
            numbers: of cases, or sections such as `9.7`.
            root: PEM of the root by which chargers trust; None: ws.

        Returns:
            By number: the behaviour, that at the close, and the peer's close code.
        """
        chosen = [one for one in self.cases if any(f"{one}.".startswith(f"{number}.") for number in numbers)]
        turns = DeferredSemaphore(AT_ONCE)
        verdicts = [
            turns.run(lambda *asked: ensureDeferred(self._one(*asked)), f"{url}/{name}-{one}", one, root)
            for one in chosen
        ]
        return dict(zip(chosen, await gatherResults(verdicts), strict=True))

    async def _one(self, url: str, number: str, root: str | None) -> Any:
        done: Deferred[Any] = Deferred()
        factory = WebSocketClientFactory(url, protocols=[OCPP])
        as_the_suite(factory)
        factory.case, factory.done = self.cases[number], done
        factory.protocol = TestingCharger if self.role == "charger" else EchoingCharger
        verdict = done
        if self.role == "central":
            verdict = self.central.running[url.rpartition("/")[2]] = Deferred()
        way: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", factory.port)
        if root is not None:
            trust = trustRootFromCertificates([Certificate.loadPEM(root.encode())])
            way = wrapClientTLS(optionsForClientTLS("localhost", trust), way)
        await way.connect(factory)
        await done
        return await verdict


def as_the_suite(factory: Any) -> None:
    """Let Autobahn do as in the suite: a breach is answered with a close, not by dropping the connection."""
    factory.setProtocolOptions(
        failByDrop=False, closeHandshakeTimeout=DROP_SECONDS, openHandshakeTimeout=30, maxMessagePayloadSize=LARGEST
    )
    if not factory.isServer:
        factory.setProtocolOptions(serverConnectionDropTimeout=DROP_SECONDS)


class Orders(LineReceiver):
    """What the test tells.

    Args:
        runner: runs cases.
    """

    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def lineReceived(self, line: bytes) -> None:
        """Carry it out."""
        told = json.loads(line)
        running = ensureDeferred(self._runner.run(told["url"], told["name"], told["cases"], told.get("root")))
        running.addCallbacks(
            lambda result: say("told", tell=told["tell"], result=result),
            lambda failure: say("told", tell=told["tell"], error=failure.type.__name__, text=failure.getTraceback()),
        )

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The test is over."""
        reactor.stop()


def say(event: str, **fields: object) -> None:
    """Tell the test what happened."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", choices=["charger", "central"], required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    given = parser.parse_args()
    central = WebSocketServerFactory(protocols=[OCPP])
    as_the_suite(central)
    central.protocol = EchoingCentral if given.role == "charger" else TestingCentral
    central.cases, central.running = load(), {}
    leaf = PrivateCertificate.loadPEM(given.certificate.read_bytes() + given.key.read_bytes())
    ports = {
        scheme: reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
        for scheme, factory in (("ws", central), ("wss", TLSMemoryBIOFactory(leaf.options(), False, central)))
    }
    StandardIO(Orders(Runner(given.role, central, central.cases)))
    reactor.callWhenRunning(lambda: say("listening", **ports))
    reactor.run()


if __name__ == "__main__":
    main()
