"""What the central system asks one charger over one connection: one request at a time, the others wait."""

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from attrs import frozen
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from edge_twisted.sandbox.framing import Call, Payload

ANSWER_SECONDS: Final = 30.0
"""How long a charger may take to answer."""
WAITING: Final = 20
"""Requests to one charger that wait at most."""
GIVEN_UP: Final = 20
"""Requests without an answer that are remembered, to tell a late answer from one to nothing."""


class NotAnswered(Exception):
    """A request to a charger had no result.

    Args:
        code: of the charger's CALLERROR; else `offline`, `timeout` or `crowded`.
        description: the charger's, for a person.
    """

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description


@frozen(eq=False)
class Asked:
    """A request that was sent.

    Args:
        call: what was asked.
        at: when, in the clock's seconds.
        answer: fires with the result's payload, or fails with `NotAnswered`.
        in_time: whether it still waits for its answer.
    """

    call: Call
    at: float
    answer: Deferred[Payload]
    in_time: bool = True


class Asking:
    """The requests to one charger, as long as its connection lasts.

    Args:
        clock: for time.
        say: sends a request; false: the connection is closing.
    """

    def __init__(self, clock: IReactorTime, say: Callable[[Call], bool]) -> None:
        self._clock = clock
        self._say = say
        self._waiting: deque[tuple[Call, Deferred[Payload]]] = deque()
        self._open: Asked | None = None
        self._given_up: OrderedDict[str, Asked] = OrderedDict()
        self._timer: IDelayedCall | None = None
        self._over = False

    def ask(self, action: str, payload: Payload) -> Deferred[Payload]:
        """Ask.

        Args:
            action, payload: the request.

        Returns:
            The payload of the answer; fails with `NotAnswered`.
        """
        if self._over:
            return fail(NotAnswered("offline"))
        if len(self._waiting) >= WAITING:
            return fail(NotAnswered("crowded"))
        answer: Deferred[Payload] = Deferred()
        self._waiting.append((Call(secrets.token_hex(16), action, payload), answer))
        self._next()
        return answer

    def take(self, id: str) -> Asked | None:
        """Say what an answer belongs to, and count that as answered.

        Args:
            id: the answer's.

        Returns:
            The request, `in_time` or not; None: nothing was asked with this id. Who calls this settles `answer`, and
            then calls `go_on`.
        """
        if self._open is not None and self._open.call.id == id:
            asked, self._open = self._open, None
            self._stop_timer()
            return asked
        return self._given_up.pop(id, None)

    def go_on(self) -> None:
        """Ask the next."""
        self._next()

    def over(self) -> None:
        """The connection is closing or gone: nothing is answered any more."""
        self._over = True
        self._stop_timer()
        asked, self._open = self._open, None
        answers = [asked.answer] if asked is not None else []
        answers += [answer for _, answer in self._waiting]
        self._waiting.clear()
        for answer in answers:
            answer.errback(NotAnswered("offline"))

    def _next(self) -> None:
        while self._open is None and self._waiting:
            call, answer = self._waiting.popleft()
            if answer.called:  # whoever asked has given it up
                continue
            self._open = Asked(call, self._clock.seconds(), answer)
            self._timer = self._clock.callLater(ANSWER_SECONDS, self._too_late)
            if not self._say(call):
                self.over()

    def _too_late(self) -> None:
        self._timer = None
        asked, self._open = self._open, None
        if asked is not None:
            self._given_up[asked.call.id] = Asked(asked.call, asked.at, asked.answer, in_time=False)
            if len(self._given_up) > GIVEN_UP:
                self._given_up.popitem(last=False)
            asked.answer.errback(NotAnswered("timeout"))
        self._next()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
