"""Reads Edge's API on `<state>/control.sock`: what happened, and what goes on happening."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss

NAME: Final = "control.sock"
PATH_BYTES: Final = 107
"""Of the path of a UNIX socket, by the kernel."""
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 0.25
"""Until Edge is asked anew, while it does not answer."""
LONGEST: Final = 1 << 20
"""Bytes of an answer, and of one line of events."""

Event = dict[str, Any]


class ControlError(Exception):
    """The API gave no usable answer."""


class Control:
    """A client of the API.

    Args:
        reactor: for sockets and time.
        state: Edge's state directory.
    """

    def __init__(self, reactor: Any, state: Path) -> None:
        self.reactor = reactor
        self._path = state / NAME
        self._directory: int | None = None
        pool = HTTPConnectionPool(reactor, persistent=False)
        self._agent = Agent.usingEndpointFactory(reactor, self, pool)

    def endpointForURI(self, uri: object) -> UNIXClientEndpoint:
        """Where to connect (called by Twisted): always the socket."""
        return UNIXClientEndpoint(self.reactor, self._reachable(), timeout=CONNECT_SECONDS)

    def _reachable(self) -> str:
        """The socket's path; where it is too long for the kernel, one over an open descriptor of its directory."""
        if len(os.fsencode(self._path)) <= PATH_BYTES:
            return str(self._path)
        if self._directory is None:
            try:
                self._directory = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY)
            except OSError:
                return f"/proc/self/fd/none/{NAME}"  # it is not there yet, and so is not the socket
        return f"/proc/self/fd/{self._directory}/{NAME}"

    def get(self, path: str) -> Deferred[Any]:
        """Ask once.

        Args:
            path: such as `/v1/box`.

        Returns:
            What the answer's JSON says; fails with whatever went wrong.
        """
        done: Deferred[bytes] = Deferred()
        body = bytearray()

        def piece(data: bytes) -> None:
            body.extend(data)
            if len(body) > LONGEST:
                raise ControlError("the answer is too long")

        def end(failure: Failure | None) -> None:
            if failure is None:
                done.callback(bytes(body))
            else:
                done.errback(failure)

        def told(whole: bytes) -> Any:
            return json.loads(whole)

        asked = self.stream(path, piece, end)
        done.addBoth(lambda result: _after(result, asked.stop))
        done.addTimeout(ANSWER_SECONDS, self.reactor)
        return done.addCallback(told)

    def stream(self, path: str, piece: Callable[[bytes], None], end: Callable[[Failure | None], None]) -> "Stream":
        """Ask, and take the answer as it comes.

        Args:
            path: what is asked for.
            piece: takes a piece of the answer's body; what it raises ends the answer.
            end: called once, when nothing more comes: without a failure where the answer is complete.

        Returns:
            The request, to stop it.
        """
        stream = Stream(piece, end)
        stream.asked(self._agent.request(b"GET", b"http://edge" + path.encode("ascii")))
        return stream


class Stream(Protocol):
    """One answer as it comes.

    Args:
        piece, end: as for `Control.stream`.
    """

    def __init__(self, piece: Callable[[bytes], None], end: Callable[[Failure | None], None]) -> None:
        self._piece = piece
        self._end: Callable[[Failure | None], None] | None = end
        self._asking: Deferred[Any] | None = None

    def asked(self, asking: Deferred[Any]) -> None:
        """Wait for the answer's head."""
        self._asking = asking
        asking.addCallbacks(self._head, self._over)

    def stop(self) -> None:
        """Take no more; `end` is not called."""
        self._end = None
        if self.transport is not None:
            self.transport.loseConnection()
        elif self._asking is not None:
            self._asking.cancel()

    def dataReceived(self, data: bytes) -> None:
        """A piece of the body."""
        try:
            if self._end is not None:
                self._piece(data)
        except Exception:  # noqa: BLE001 - whatever is wrong with the answer, it is over
            self._over(Failure())
            self.stop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The body is complete, or broke off."""
        self._over(None if reason.check(ResponseDone, PotentialDataLoss, ConnectionDone) else reason)

    def _head(self, response: Any) -> None:
        if response.code != 200:
            self._over(Failure(ControlError(f"HTTP status {response.code}")))
        response.deliverBody(self)
        if self._end is None:
            self.stop()

    def _over(self, failure: Failure | None) -> None:
        end, self._end = self._end, None
        if end is not None:
            end(failure)


class Follower:
    """Hears every event of Edge's, from a moment on; asks again where the answer breaks off.

    Args:
        control: the API.
        since: events before this are left out, in seconds since the epoch.
        hear: takes an event: `id`, `at`, `code`, `charger`, `fields`, `sentence`.
    """

    def __init__(self, control: Control, since: float, hear: Callable[[Event], None]) -> None:
        self._control = control
        self._since = since
        self._hear = hear
        self._last = 0
        self._rest = b""
        self._stream: Stream | None = None
        self._again: IDelayedCall | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin."""
        self._again = None
        self._rest = b""
        self._stream = self._control.stream(f"/v1/events?follow=1&after={self._last}", self._lines, self._broken)

    def stop(self) -> Deferred[None]:
        """Hear no more."""
        self._stopped = True
        if self._again is not None and self._again.active():
            self._again.cancel()
        if self._stream is not None:
            self._stream.stop()
        return succeed(None)

    def _lines(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST:
            raise ControlError("a line is too long")
        for line in filter(None, lines):
            event: Event = json.loads(line)
            self._last = max(self._last, int(event["id"]))
            if float(event["at"]) >= self._since:
                self._hear(event)

    def _broken(self, failure: Failure | None) -> None:
        self._stream = None
        if not self._stopped:
            self._again = self._control.reactor.callLater(AGAIN_SECONDS, self.start)


def _after(result: Any, finish: Callable[[], None]) -> Any:
    finish()
    return result
