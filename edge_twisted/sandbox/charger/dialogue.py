"""A charger's requests: one at a time, in order; those that belong to a transaction survive a lost connection."""

import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from edge_twisted.sandbox.framing import Call, Error, Payload, Result, Unreadable, read, write

WAITING: Final = 500
"""Requests that wait at most; an offline charger's oldest go first."""
ANSWER_SECONDS: Final = 30.0


class Unanswered(Exception):
    """A request had no result: the connection is gone, it was refused, or too many were waiting.

    Args:
        code: the code of the CALLERROR, or `offline`, `crowded`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@define(eq=False)
class Request:
    """A request that has no answer yet.

    Args:
        call: what is asked.
        lasting: whether it belongs to a transaction.
        result: fires with the answer's payload, or fails with `Unanswered`.
    """

    call: Call
    lasting: bool
    result: Deferred[Payload]


class Dialogue:
    """What a charger has to say, over all its connections.

    Args:
        clock: for the time that an answer may take.
        silent: called when an answer does not come in time; to cut the connection.
    """

    def __init__(self, clock: IReactorTime, silent: Callable[[], None]) -> None:
        self._clock = clock
        self._silent = silent
        self._send: Callable[[str], None] | None = None
        self._waiting: deque[Request] = deque()
        self._open: Request | None = None
        self._timer: IDelayedCall | None = None

    def call(self, action: str, payload: Payload, *, lasting: bool = False) -> Deferred[Payload]:
        """Ask the central system.

        Args:
            action, payload: the request.
            lasting: keep it through a lost connection: what belongs to a transaction must arrive (J-50).

        Returns:
            The answer's payload; fails with `Unanswered`.
        """
        request = Request(Call(secrets.token_hex(16), action, payload), lasting, Deferred())
        if self._send is None and not lasting:
            request.result.errback(Unanswered("offline"))
            return request.result
        self._waiting.append(request)
        if len(self._waiting) > WAITING:
            self._waiting.popleft().result.errback(Unanswered("crowded"))
        self._next()
        return request.result

    def attach(self, send: Callable[[str], None]) -> None:
        """There is a connection.

        Args:
            send: sends a text over it.
        """
        self._send = send
        self._next()

    def detach(self) -> None:
        """The connection is gone: what lasts waits for the next one, the request under way first; the rest fails."""
        self._send = None
        self._stop_timer()
        kept = [self._open] if self._open is not None else []
        kept += self._waiting
        self._open = None
        self._waiting = deque(request for request in kept if request.lasting)
        for request in kept:
            if not request.lasting:
                request.result.errback(Unanswered("offline"))

    def received(self, payload: bytes) -> None:
        """Take a message of the central system's.

        Args:
            payload: of a text message.
        """
        message = read(payload)
        match message:
            case Result() if self._answers(message.id):
                self._settled().result.callback(message.payload)
                self._next()
            case Error() if self._answers(message.id):
                self._settled().result.errback(Unanswered(message.code))
                self._next()
            case Call() if self._send is not None:
                self._send(write(Error(message.id, "NotImplemented", "a simulated charger")))
            case Unreadable() if message.id and self._send is not None:
                self._send(write(Error(message.id, "FormationViolation")))

    def _answers(self, id: str) -> bool:
        return self._open is not None and self._open.call.id == id

    def _settled(self) -> Request:
        assert self._open is not None
        request, self._open = self._open, None
        self._stop_timer()
        return request

    def _next(self) -> None:
        if self._open is None and self._waiting and self._send is not None:
            self._open = self._waiting.popleft()
            self._timer = self._clock.callLater(ANSWER_SECONDS, self._too_late)
            self._send(write(self._open.call))

    def _too_late(self) -> None:
        self._timer = None
        self._silent()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
