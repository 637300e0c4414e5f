"""Name resolution in a thread pool of its own: a hanging lookup delays only those who wait for that very name.

Twisted's resolver shares one pool of ten threads with everything else that is deferred to threads; twenty slow
lookups would freeze all of it.
"""

import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from threading import Thread
from typing import Any, Final

from attrs import frozen
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

THREADS: Final = 32
WAITING: Final = 256
"""Names that may be looked up or wait for it at once; one more fails at once."""

FRESH_SECONDS: Final = 1.0
"""How long an answer counts: a storm of chargers dials one name, and asks for it once a second."""

AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
Lookup = Callable[..., Sequence[AddressInfo]]


@lru_cache(maxsize=256)
def literal(host: str) -> int:
    """The version of an address literal; 0 for a name."""
    try:
        return ip_address(host).version
    except ValueError:
        return 0


class DaemonThread(Thread):
    """A thread that does not hold up the end of Edge: its lookup may hang for minutes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, daemon=True, **kwargs)


@implementer(IHostResolution)
@frozen
class Resolution:
    """One look-up as Twisted's interface names it; it can't be cancelled, its answer can be ignored."""

    name: str

    def cancel(self) -> None:
        """Do nothing: the thread goes on."""


@implementer(IHostnameResolver)
class Names:
    """Looks names up, once per name however many ask at the same time.

    Args:
        reactor: to hop back from threads to.
        lookup: `socket.getaddrinfo` or a stand-in.
    """

    def __init__(self, reactor: Any, lookup: Lookup = socket.getaddrinfo) -> None:
        self._reactor = reactor
        self._lookup = lookup
        self._pool = ThreadPool(minthreads=0, maxthreads=THREADS, name="names")
        self._pool.threadFactory = DaemonThread
        self._waiting: dict[str, list[Deferred[Sequence[AddressInfo]]]] = {}
        self._fresh: dict[str, tuple[float, Sequence[AddressInfo]]] = {}
        self._started = False

    def start(self) -> None:
        """Start the threads, as they are needed."""
        self._started = True
        self._pool.start()

    def stop(self) -> None:
        """Let the threads end; one that hangs in a lookup is not waited for."""
        if self._started:
            self._started = False
            self._pool.adjustPoolsize(0, 0)

    def resolveHostName(  # noqa: PLR0913 - the interface is Twisted's
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Resolve a name for `HostnameEndpoint`, as `IHostnameResolver` says."""
        resolution = Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def found(addresses: Sequence[AddressInfo]) -> None:
            for family, _, _, _, address in addresses:
                kind = IPv6Address if family == socket.AF_INET6 else IPv4Address
                resolutionReceiver.addressResolved(kind("TCP", address[0], portNumber))
            resolutionReceiver.resolutionComplete()

        self.look_up(hostName).addCallbacks(found, lambda _: resolutionReceiver.resolutionComplete())
        return resolution

    def at_hand(self, host: str) -> Sequence[AddressInfo] | None:
        """What `look_up` would give at once: for an address literal, or a name that was just looked up; or None."""
        until, found = self._fresh.get(host, (0.0, ()))
        if until > self._reactor.seconds():
            return found
        if version := literal(host):
            return [(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0))]
        return None

    def look_up(self, host: str) -> Deferred[Sequence[AddressInfo]]:
        """Look one name up.

        Args:
            host: a name, or an address literal, which needs no thread.

        Returns:
            `getaddrinfo` tuples; a `DNSLookupError` where there are none or too many wait already.
        """
        done: Deferred[Sequence[AddressInfo]] = Deferred()
        found = self.at_hand(host)
        if found is not None:
            done.callback(found)
            return done
        if host in self._waiting:
            self._waiting[host].append(done)
            return done
        if len(self._waiting) >= WAITING:
            done.errback(DNSLookupError("too many names are being looked up"))
            return done
        self._waiting[host] = [done]
        asked = deferToThreadPool(self._reactor, self._pool, self._lookup, host, 0, 0, socket.SOCK_STREAM)
        asked.addBoth(self._answered, host)
        return done

    def _answered(self, result: Any, host: str) -> None:
        if not isinstance(result, Failure):
            if len(self._fresh) >= WAITING:
                self._fresh.clear()
            self._fresh[host] = (self._reactor.seconds() + FRESH_SECONDS, result)
        for waiting in self._waiting.pop(host):
            if isinstance(result, Failure):
                waiting.errback(DNSLookupError("no such name"))
            else:
                waiting.callback(result)
