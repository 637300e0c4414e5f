"""Where what passes is kept: the way from `telling` into the store, and what the bus tells both of them."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from attrs import define

from edge_twisted.core.events import Edited, Event, SessionEnded, SessionOpened
from edge_twisted.core.kept import texts_without_identity
from edge_twisted.core.messages import Call, CallError, CallResult, Message, Unreadable
from edge_twisted.core.pairing import Asked
from edge_twisted.core.steps import Leg
from edge_twisted.desk.hall import Hall
from edge_twisted.store.messages import Messages, Passed
from edge_twisted.telling import Live, Telling


@define
class Archive:
    """Keeps messages: what `telling.Keeper` asks for.

    Args:
        messages: the store.
        secret: gives a charger's identity where it is its only secret, else nothing.
    """

    messages: Messages
    secret: Callable[[bytes], bytes]

    def number(self) -> int:
        """A number for the next message."""
        return self.messages.number()

    def keep(
        self,
        number: int,
        at: float,
        where: Live,
        source: Leg,
        message: Message | None,
        asked: Asked | None,
        payload: bytes,
        size: int,
    ) -> None:
        """Keep a message; arguments as for `telling.Keeper`."""
        if not self.messages.has_room(len(payload)):
            return
        kind, uid, action, error = "binary", "", asked.action if asked else "", ""
        match message:
            case Call(id=uid, action=action):
                kind = "call"
            case CallResult(id=uid):
                kind = "result"
            case CallError(id=uid, code=error):
                kind = "error"
            case Unreadable(reason=error):
                kind = "unreadable"
        self.messages.append(
            Passed(
                number,
                at,
                where.charger,
                where.session,
                source.word,
                kind,
                uid,
                action,
                asked.number or None if asked else None,
                max(0.0, round(at - asked.at, 4)) if asked else None,
                error,
                payload,
                self.secret(where.identity),
                size,
            )
        )

    def keep_states(self, states: Mapping[str, tuple[bytes, Any] | None]) -> None:
        """Keep what was observed of some chargers: by opaque id, the identity and the state; None: no longer."""
        self.messages.keep_states({charger: self._state(*state) if state else b"" for charger, state in states.items()})

    def _state(self, identity: bytes, state: Any) -> bytes:
        secret = self.secret(identity)
        if secret:
            state = texts_without_identity(msgspec.to_builtins(state), secret)
        return msgspec.json.encode(state)

    def forget(self, charger: str) -> None:
        """Keep nothing of a charger any more."""
        self.messages.forget(charger)


@define
class Usher:
    """A listener of the bus: tells `telling` whose messages come.

    Args:
        hall: knows the guests by session.
        telling: is told.
    """

    hall: Hall
    telling: Telling

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        match event:
            case SessionOpened(session=session, charger=charger):
                guest = self.hall.get(session)
                if guest is not None:
                    self.telling.opened(session, charger, guest.attempt.identity)
            case SessionEnded(session=session):
                self.telling.ended(session)
            case Edited(what="forgotten", charger=charger):
                self.telling.forget(charger)
