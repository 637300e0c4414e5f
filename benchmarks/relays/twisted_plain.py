"""The relay that Twisted and Autobahn give, nothing tuned: `onMessage` on one side is `sendMessage` on the other."""

import argparse
import sys
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)
from autobahn.websocket.types import ConnectionRequest
from twisted.internet import ssl
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, serverFromString, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import react
from twisted.python.failure import Failure

OCPP = "ocpp1.6"


class Uplink(WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn's protocols have no types
    """The side of the central system."""

    def onOpen(self) -> None:
        """Let the charger in."""
        self.factory.opened.callback(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Pass it on."""
        self.factory.charger.sendMessage(payload, isBinary)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """End the other side too."""
        if not self.factory.opened.called:
            self.factory.opened.errback(ConnectionError(reason))
        self.factory.charger.sendClose()


class Charger(WebSocketServerProtocol):  # type: ignore[misc]  # as above
    """The side of the charger."""

    uplink: Uplink | None = None

    def onConnect(self, request: ConnectionRequest) -> "Deferred[str]":
        """Answer once the central system did."""
        plan = self.factory.plan
        factory = WebSocketClientFactory(
            plan.upstream + request.path, protocols=[OCPP], headers={"Authorization": plan.auth}
        )
        factory.protocol = Uplink
        factory.charger = self
        factory.opened = Deferred()
        endpoint: IStreamClientEndpoint = TCP4ClientEndpoint(self.factory.reactor, "127.0.0.1", factory.port)
        if factory.isSecure:
            endpoint = wrapClientTLS(self.factory.client_tls, endpoint)

        def failed(failure: Failure) -> None:
            if not factory.opened.called:
                factory.opened.errback(failure)

        endpoint.connect(factory).addErrback(failed)

        def ready(uplink: Uplink) -> str:
            self.uplink = uplink
            return OCPP

        opened: Deferred[str] = factory.opened.addCallback(ready)
        return opened

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Pass it on."""
        assert self.uplink is not None
        self.uplink.sendMessage(payload, isBinary)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """End the other side too."""
        if self.uplink:
            self.uplink.sendClose()


def main(reactor: Any, *words: str) -> "Deferred[None]":
    """Serve for ever."""
    parser = argparse.ArgumentParser()
    for name in ("port", "upstream", "auth", "ca", "cert", "key"):
        parser.add_argument("--" + name)
    plan = parser.parse_args(words)
    factory = WebSocketServerFactory(protocols=[OCPP])
    factory.protocol = Charger
    factory.plan = plan
    factory.reactor = reactor
    if plan.upstream.startswith("wss"):
        root = ssl.Certificate.loadPEM(Path(plan.ca).read_bytes())
        factory.client_tls = ssl.optionsForClientTLS("localhost", trustRoot=root)
    # Twisted's own backlog of 50 would make any storm a matter of luck.
    where = f"{plan.port}:interface=127.0.0.1:backlog=4096"
    listener = f"ssl:{where}:privateKey={plan.key}:certKey={plan.cert}" if plan.cert else f"tcp:{where}"
    serverFromString(reactor, listener).listen(factory)
    return Deferred()


if __name__ == "__main__":
    react(main, sys.argv[1:])
