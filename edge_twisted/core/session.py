"""The life of one charger's session, both legs: events in, commands out.

    ADMITTING --Admitted--> DIALLING --Opened--> CLEARING --Cleared--> OPEN --Shut/Ordered--> OVER
        |                      | turned away: next dial, if the desk allows it
        +--Refused--> OVER <---+ nothing left: refuse

All state of a session that decides anything is in this file. It never sees a frame, a socket or a clock: time comes
in with each event. Every session that was opened ends with exactly one `End`; so does every attempt that was not.
"""

import enum
from typing import Final

from attrs import define, field

from edge_twisted.core.policy import Dial, Plan, Refusal, Unsupported
from edge_twisted.core.steps import (
    Accept,
    AcceptAndClose,
    Allowed,
    Answered,
    Ask,
    Clear,
    Cleared,
    Close,
    Command,
    Decided,
    DialEnded,
    Displace,
    Displaced,
    Drop,
    End,
    Event,
    Failed,
    Leg,
    Opened,
    Ordered,
    Refuse,
    Result,
    Shut,
    Tried,
    Try,
    WasServed,
)

DIAL_SECONDS: Final = 10.0
"""How long one dial may take, from DNS to the answer."""
DIALS_SECONDS: Final = 20.0
"""How long all dials of one attempt may take together."""
FURTHER_SECONDS: Final = 5.0
"""What must be left of that for a further dial."""

TURNED_AWAY: Final = (401, 403, 404)
PATIENT_CODES: Final = (1001, 1012, 1013)
"""Close codes by which a central system does not turn a charger away."""


class State(enum.Enum):
    """Where a session is in its life."""

    ADMITTING = "admitting"
    DIALLING = "dialling"
    CLEARING = "clearing"
    OPEN = "open"
    OVER = "over"


@define
class Session:
    """One charger's session.

    Args:
        started: when the head was read, in seconds of any clock that the later `now` use too.
        dial_seconds, dials_seconds: the two limits of design section 3.4.
    """

    started: float
    dial_seconds: float = DIAL_SECONDS
    dials_seconds: float = DIALS_SECONDS
    state: State = State.ADMITTING
    served: bool = False
    _left: list[Dial] = field(factory=list)
    _tried: list[Tried] = field(factory=list)
    _dial: Dial | None = None
    _asked: bool = False
    _same_secret: bool = False
    _protocol: str | None = None

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take one event.

        Args:
            event: what happened.
            now: when, in seconds.

        Returns:
            What to do, in order. An event that no longer matters gives nothing.
        """
        if self.state is State.OVER:
            return []
        match event:
            case Decided():
                return self._decided(event, now)
            case DialEnded(result):
                return self._dial_ended(result, now)
            case Displaced():
                waited_for = self.state is State.DIALLING and self._dial is None and not self._asked
                return self._next(now) if waited_for else []
            case Allowed(refusal):
                return self._allowed(refusal, now)
            case Cleared(refusal):
                return self._cleared(refusal)
            case Shut():
                return self._shut(event)
            case Ordered(why):
                return self._ordered(why)
            case WasServed():
                self.served = self.state is State.OPEN
                return []

    def _decided(self, event: Decided, now: float) -> list[Command]:
        if self.state is not State.ADMITTING:
            return []
        match event.verdict:
            case Refusal():
                return self._refuse(event.verdict, "refused")
            case Unsupported():
                return [AcceptAndClose(), self._end("unsupported")]
            case Plan(dials=dials):
                self._left = list(dials)
                self._same_secret = event.same_secret
                self.state = State.DIALLING
                return self._next(now)

    def _next(self, now: float) -> list[Command]:
        self._dial = self._left.pop(0)
        left = self.dials_seconds - (now - self.started) if self._tried else self.dials_seconds
        return [Try(self._dial, max(1.0, min(self.dial_seconds, left)))]

    def _dial_ended(self, result: Result, now: float) -> list[Command]:
        if self.state is not State.DIALLING or self._dial is None:
            return []
        dial, self._dial = self._dial, None
        self._tried.append(Tried(dial, result))
        if isinstance(result, Opened):
            self.state = State.CLEARING
            self._protocol = result.protocol
            return [Clear(tuple(self._tried))]
        if isinstance(result, Answered):
            if self._same_secret and result.status not in (401, 404) and self._time_left(now):
                self._same_secret = False
                self._left.insert(0, dial)
                return [Displace()]
            if result.status in TURNED_AWAY and self._left:
                if self._time_left(now):
                    self._asked = True
                    return [Ask(self._left[0])]
                return self._refuse(Refusal(504, "no-time"), "uplink-failed", unfinished=self._left[0])
        return self._refused()

    def _allowed(self, refusal: Refusal | None, now: float) -> list[Command]:
        if not self._asked:
            return []
        self._asked = False
        if refusal:
            return self._refuse(refusal, "uplink-failed", unfinished=self._left[0])
        return self._next(now)

    def _time_left(self, now: float) -> bool:
        return self.dials_seconds - (now - self.started) >= FURTHER_SECONDS

    def _refused(self) -> list[Command]:
        """Every dial failed: pass on the first answer (design section 4), in the terms of W-23."""
        first = next((t for t in self._tried if isinstance(t.result, Answered)), self._tried[-1])
        outcome = "uplink-failed"
        match first.result:
            case Answered(status, wait) if status in TURNED_AWAY:
                outcome = "turned-away"
                if any(t.dial.ours for t in self._tried):
                    refusal = Refusal(503, "secret-refused", wait or 0)
                else:
                    refusal = Refusal(status, "turned-away", wait or 0)
            case Answered(status, wait) if status in (429, 503):
                refusal = Refusal(status, "central-busy", wait or 0)
            case Failed(kind="timeout") | Answered(status=504):
                refusal = Refusal(504, "central-timeout")
            case _:
                refusal = Refusal(502, "central-failed")
        return self._refuse(refusal, outcome)

    def _cleared(self, refusal: Refusal | None) -> list[Command]:
        if self.state is not State.CLEARING:
            return []
        if refusal:
            return [Close(Leg.CENTRAL, 1001), *self._refuse(refusal, "refused")]
        self.state = State.OPEN
        return [Accept(self._protocol)]

    def _shut(self, event: Shut) -> list[Command]:
        before = self.state
        if before is not State.OPEN:
            return self._shut_early(event)
        code, reason = (event.code, event.reason) if event.how == "closed" else (1001, b"")
        turned_away = (
            event.leg is Leg.CENTRAL and event.how == "closed" and not self.served and event.code not in PATIENT_CODES
        )
        commands: list[Command] = [Close(event.leg.other, code, reason)]
        if event.how == "broke":
            commands.insert(0, Close(event.leg, event.code))
        elif event.how in ("silent", "slow"):
            commands.insert(0, Drop(event.leg))
        outcome = f"{event.leg.value}-{event.how}"
        return [*commands, self._end(outcome, close=event.code or 0, opened=True, turned_away=turned_away)]

    def _shut_early(self, event: Shut) -> list[Command]:
        """Before the charger's 101; the central system's frames are not read yet, so it can only have vanished."""
        if event.leg is Leg.CHARGER:
            drop = [Drop(Leg.CENTRAL)] if self.state is not State.ADMITTING else []
            return [*drop, self._end("left")]
        if self.state is not State.CLEARING:
            return []
        return self._refuse(Refusal(502, "central-failed"), "central-lost")

    def _ordered(self, why: str) -> list[Command]:
        if self.state is State.OPEN:
            return [Close(Leg.CHARGER, 1001), Close(Leg.CENTRAL, 1001), self._end(why, close=1001, opened=True)]
        drop = [Drop(Leg.CENTRAL)] if self.state is not State.ADMITTING else []
        return [*drop, *self._refuse(Refusal(503, why, 5), why)]

    def _refuse(self, refusal: Refusal, outcome: str, unfinished: Dial | None = None) -> list[Command]:
        return [Refuse(refusal), self._end(outcome, unfinished=unfinished, refusal=refusal)]

    def _end(
        self,
        outcome: str,
        close: int = 0,
        opened: bool = False,
        turned_away: bool = False,
        unfinished: Dial | None = None,
        refusal: Refusal | None = None,
    ) -> End:
        self.state = State.OVER
        return End(outcome, tuple(self._tried), close, opened, self.served, turned_away, unfinished, refusal)
