"""Reaches a host: its name looked up, its addresses tried one after the other (RFC 8305).

Twisted's `HostnameEndpoint` does the same, and makes a class for each connection, which a storm of chargers pays for.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IDelayedCall, IProtocolFactory
from twisted.python.failure import Failure

from edge_twisted.wire.hub import Hub
from edge_twisted.wire.names import AddressInfo, Names
from edge_twisted.wire.outgoing import Outgoing

ATTEMPT_SECONDS: Final = 0.3
"""How long an address has before the next one is tried beside it."""


class Reach:
    """Where a dial goes.

    Args:
        reactor: for sockets and time.
        names: looks the host up.
        host: a name, or an address literal without brackets.
        port: a number.
        seconds: how long one address may take; with a hub, as long as nobody cancels it.
        hub: makes the connections; None: Twisted does.
    """

    def __init__(
        self, reactor: Any, names: Names, host: str, port: int, seconds: float, hub: Hub | None = None
    ) -> None:
        self._reactor = reactor
        self._names = names
        self._host = host
        self._port = port
        self._seconds = seconds
        self._hub = hub

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """Connect once.

        Args:
            factory: makes the protocol.

        Returns:
            The protocol; fails with `DNSLookupError`, or with what the last address failed with. Can be cancelled.
        """
        found = self._names.at_hand(self._host)
        if found is not None and len(found) == 1:  # then there is nothing to choose
            return self.to(str(found[0][4][0])).connect(factory)
        attempt = Attempt(self, factory)
        if found is None:
            self._names.look_up(self._host).addCallbacks(attempt.begin, attempt.fail)
        else:
            attempt.begin(found)
        return attempt.done

    def to(self, address: str) -> Outgoing | TCP4ClientEndpoint | TCP6ClientEndpoint:
        """One address as an endpoint."""
        if self._hub is not None:
            return Outgoing(self._hub, address, self._port)
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        return kind(self._reactor, address, self._port, timeout=self._seconds)

    def later(self, again: Any) -> IDelayedCall:
        """Come back for the next address."""
        call: IDelayedCall = self._reactor.callLater(ATTEMPT_SECONDS, again)
        return call


class Attempt:
    """One connection being made.

    Args:
        reach: where to.
        factory: makes the protocol.
    """

    def __init__(self, reach: Reach, factory: IProtocolFactory) -> None:
        self.done: Deferred[Any] = Deferred(lambda _: self._stop())
        self._reach = reach
        self._factory = factory
        self._left: deque[str] = deque()
        self._trying: list[Deferred[Any]] = []
        self._timer: IDelayedCall | None = None
        self._over = False

    def begin(self, found: Sequence[AddressInfo]) -> None:
        """The name was looked up."""
        if self._over:
            return
        self._left = deque(dict.fromkeys(str(address[0]) for *_, address in found))
        if self._left:
            self._next()
        else:
            self.fail(Failure(DNSLookupError("no address")))

    def fail(self, failure: Failure) -> None:
        """There is nothing more to try."""
        if not self._over:
            self._over = True
            self.done.errback(failure)

    def _next(self) -> None:
        if self._over or not self._left:
            return
        trying = self._reach.to(self._left.popleft()).connect(self._factory)
        self._trying.append(trying)
        self._rest()
        if self._left:
            self._timer = self._reach.later(self._next_due)
        trying.addCallbacks(self._reached, self._failed, callbackArgs=(trying,), errbackArgs=(trying,))

    def _next_due(self) -> None:
        self._timer = None
        self._next()

    def _reached(self, protocol: Any, trying: Deferred[Any]) -> None:
        self._trying.remove(trying)
        if self._over:
            protocol.transport.abortConnection()
            return
        self._stop()
        self.done.callback(protocol)

    def _failed(self, failure: Failure, trying: Deferred[Any]) -> None:
        self._trying.remove(trying)
        if self._over:
            return
        if self._left:
            self._next()
        elif not self._trying:
            self.fail(failure)

    def _rest(self) -> None:
        if self._timer and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _stop(self) -> None:
        """It is decided: give everything else up."""
        self._over = True
        self._rest()
        for one in tuple(self._trying):
            one.cancel()
