"""What a charger says: one request at a time; what belongs to a transaction is kept, in order, until it arrived."""

from collections import deque
from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from edge_twisted.sandbox.charger.asking import Care, Reply, Request, Transaction, Unanswered, not_implemented
from edge_twisted.sandbox.charger.oddities import Oddities
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Transactions
from edge_twisted.sandbox.framing import Call, Error, Payload, Result, Unreadable, read, write

ORDINARY: Final = 100
"""Requests that wait at most and are not kept."""
KEPT: Final = 50
"""Security events that wait at most."""
EVENT_AGAIN_SECONDS: Final = 60.0


class Dialogue:
    """What a charger has to say, over all its connections.

    Args:
        clock: for the time that an answer may take.
        silent: called when nothing at all came while an answer was due; to cut the connection.
        rules: how what belongs to a transaction is kept.
        quirks: how the charger deviates.

    Attributes:
        accepted: whether more than urgent requests may be sent: the central system accepted the charger.
        heard: when the last octet came, in the clock's seconds.
        asked: answers the central system's requests.
        gave_up: hears the text, the action and why of each request that is kept no more.
    """

    def __init__(
        self,
        clock: IReactorTime,
        silent: Callable[[], None],
        rules: Transactions | None = None,
        quirks: Quirks | None = None,
    ) -> None:
        self.accepted = True
        self.heard: Callable[[], float] = lambda: 0.0
        self.asked: Callable[[Call], Reply] = not_implemented
        self.gave_up: Callable[[str, str, str], None] = lambda text, action, why: None
        self.rules = rules or Transactions()
        self.oddities = Oddities(quirks or Quirks())
        self._clock = clock
        self._silent = silent
        self._send: Callable[[str], object] | None = None
        self._waiting: deque[Request] = deque()
        self._open: Request | None = None
        self._timer: IDelayedCall | None = None
        self._wake: IDelayedCall | None = None

    @property
    def online(self) -> bool:
        """Whether there is a connection, and the charger may say what it likes."""
        return self._send is not None and self.accepted

    @property
    def waiting(self) -> int:
        """How many requests are kept or under way."""
        return len(self._waiting) + (self._open is not None)

    def call(
        self,
        action: str,
        payload: Payload,
        *,
        care: Care = Care.ORDINARY,
        transaction: Transaction | None = None,
        urgent: bool = False,
    ) -> Deferred[Payload]:
        """Ask the central system.

        Args:
            action, payload: the request.
            care: what becomes of it without a connection.
            transaction: whose number is put in when it is sent.
            urgent: whether it may be sent before the charger is accepted.

        Returns:
            The answer's payload; fails with `Unanswered`.
        """
        request = Request(self.oddities.new_id(), action, payload, care, transaction, urgent)
        if care is Care.ORDINARY and (self._send is None or not (self.accepted or urgent)):
            request.result.errback(Unanswered("offline"))
            return request.result
        self._waiting.append(request)
        self._make_room(care)
        self._next()
        return request.result

    def attach(self, send: Callable[[str], object]) -> None:
        """There is a connection.

        Args:
            send: sends a text over it.
        """
        self._send = send
        self.oddities.connected()
        self._next()

    def accept(self, accepted: bool) -> None:
        """Hear whether more than urgent requests may be sent.

        Args:
            accepted: whether the central system accepted the charger.
        """
        self.accepted = accepted
        self._next()

    def detach(self) -> None:
        """The connection is gone: what is kept waits for the next one, the request under way first; the rest fails."""
        self._send = None
        self._stop_timers()
        all_of_them = [self._open] if self._open is not None else []
        all_of_them += self._waiting
        self._open = None
        self._waiting = deque(request for request in all_of_them if request.care is not Care.ORDINARY)
        for request in all_of_them:
            if request.care is Care.ORDINARY:
                request.result.errback(Unanswered("offline"))

    def forget(self) -> None:
        """Lose everything that waits (Q39)."""
        waiting, self._waiting = list(self._waiting), deque()
        for request in waiting:
            self._drop(request, "reset")

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
                self._failed(self._settled(), message.code)
            case Call() if self._send is not None:
                self._reply(self.asked(message))
            case Unreadable() if message.id and self._send is not None:
                self._reply(Reply(Error(message.id, "FormationViolation")))

    def _reply(self, reply: Reply) -> None:
        if reply.message is not None and self._send is not None:
            self._send(self.oddities.text_of(reply.message))
        if reply.then is not None:
            reply.then()

    def _answers(self, id: str) -> bool:
        return self._open is not None and self._open.id == id

    def _settled(self) -> Request:
        assert self._open is not None
        request, self._open = self._open, None
        self._stop_timers()
        return request

    def _next(self) -> None:
        if self._open is not None or self._send is None:
            return
        request = self._pick()
        if request is None:
            return
        if request.orphan:
            self._drop(request, "attempts")
            self._next()
            return
        self._open = request
        request.sent = self._clock.seconds()
        self._timer = self._clock.callLater(self.rules.answer_seconds, self._too_late)
        self._send(self.oddities.text_of(request.call))

    def _pick(self) -> Request | None:
        """Take the first request that may be sent now; one of a transaction never passes an earlier one."""
        now, blocked, soonest = self._clock.seconds(), False, None
        for request in self._waiting:
            if not (self.accepted or request.urgent) or (blocked and request.care is Care.TRANSACTION):
                continue
            if request.rest <= now:
                self._waiting.remove(request)
                return request
            blocked = blocked or request.care is Care.TRANSACTION
            soonest = request.rest if soonest is None else min(soonest, request.rest)
        if soonest is not None:
            if self._wake is not None and self._wake.active():
                self._wake.cancel()
            self._wake = self._clock.callLater(soonest - now, self._next)
        return None

    def _too_late(self) -> None:
        self._timer = None
        assert self._open is not None
        if self.heard() <= self._open.sent:
            self._silent()
            return
        self._failed(self._settled(), "timeout")

    def _failed(self, request: Request, code: str) -> None:
        """The central system did not process a request: try it again later, or give it up (J-51)."""
        request.failures += 1
        now = self._clock.seconds()
        if code != "timeout" and request.care is Care.TRANSACTION:
            request.id = self.oddities.new_id()  # that one was answered; an unanswered request is sent again as it was
        if request.care is Care.TRANSACTION and request.failures < self.rules.attempts:
            request.rest = now + self.rules.retry_seconds * request.failures
            self._waiting.appendleft(request)
        elif request.care is Care.KEPT and code == "timeout":
            request.rest = now + EVENT_AGAIN_SECONDS
            self._waiting.append(request)
        elif request.care is Care.TRANSACTION:
            self._drop(request, "attempts")
        else:
            request.result.errback(Unanswered(code))
        self._next()

    def _make_room(self, care: Care) -> None:
        most = {Care.ORDINARY: ORDINARY, Care.TRANSACTION: self.rules.capacity}.get(care, KEPT)
        same = [request for request in self._waiting if request.care is care]
        if len(same) <= most:
            return
        request = next((one for one in same if one.action == "MeterValues"), same[0])
        self._waiting.remove(request)
        self._drop(request, "crowded" if care is Care.ORDINARY else "full")

    def _drop(self, request: Request, why: str) -> None:
        if request.care is not Care.ORDINARY:
            self.gave_up(write(request.call), request.action, why)
        request.result.errback(Unanswered(why))

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._wake):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._wake = None
