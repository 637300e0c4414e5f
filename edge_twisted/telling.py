"""What passing messages tell, gathered: one live state per charger, fed behind the relay, and the way into the store.

The relay only puts a message into a queue here; it is looked at a moment later, in slices, when what was forwarded is
on its way. The queue is bounded: what comes while it is full is counted, and neither seen nor kept.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from attrs import define, field
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from edge_twisted.core.facts import Boot, Connector
from edge_twisted.core.messages import Call, CallError, Message, Unreadable, parse, parse_beginning
from edge_twisted.core.observe import Observed
from edge_twisted.core.pairing import Asked, Pairing
from edge_twisted.core.steps import Leg
from edge_twisted.core.tally import Tally

GATHER_SECONDS: Final = 0.2
"""How long messages wait before they are looked at."""
SLICE: Final = 32
"""Messages that are looked at before others get their turn: a third of a millisecond, so that no message waits long.
Where the reactor has so much to do that its turn comes late, there are more slices in a turn, as `SHARE` allows."""
SHARE: Final = 2
"""Others have so many times what looking takes: it has a third of the time at most. That is enough for all that Edge
can forward in the rest; beyond, messages would be forwarded and counted as not seen."""
SLICE_BYTES: Final = 1 << 18
QUEUE: Final = 20_000
QUEUE_BYTES: Final = 4 << 20
HURRY_BYTES: Final = QUEUE_BYTES // 8
"""So much is not waited for `GATHER_SECONDS` with."""
OCTETS: Final = 81_920
"""Of one message that are looked at, and handed on to be kept; real ones have a few thousand."""
CHARGERS: Final = 5000
"""Chargers whose state is kept; beyond, those go that are away the longest."""
SAVE_SECONDS: Final = 60.0
"""Between two times at which the states that changed are kept on disk."""


class Keeper(Protocol):
    """Where messages are kept."""

    def number(self) -> int:
        """A number for the next one."""

    def keep(
        self,
        number: int,
        at: float,
        where: "Live",
        source: Leg,
        message: Message | None,
        asked: Asked | None,
        payload: bytes,
        size: int,
    ) -> None:
        """Keep one; without a message it is binary. `size` is what passed, `payload` at most its first `OCTETS`."""

    def keep_states(self, states: Mapping[str, tuple[bytes, Any] | None]) -> None:
        """Keep the states of some chargers: by opaque id, the identity and what can be JSON; None: no longer."""

    def forget(self, charger: str) -> None:
        """Keep nothing of a charger any more."""


@define(eq=False)
class Live:
    """One charger as its messages show it.

    Args:
        charger: its opaque id.
        identity: what it is called itself; never shown as such.
        observed: what is known.
        session: the session that feeds it, or nothing while it is away.
    """

    charger: str
    identity: bytes = field(repr=False)
    observed: Observed = field(factory=Observed)
    session: str = ""
    pairing: Pairing = field(factory=Pairing, repr=False)
    changed: bool = False


class _Saved(msgspec.Struct):
    """A state as it is kept on disk."""

    boot: Boot | None
    connectors: list[Connector]
    heartbeat_at: float
    interval: int
    last_at: float
    last_from: str
    last_action: str
    history: dict[str, Any]


_log = Logger(namespace="edge")
_saved: Final = msgspec.json.Decoder(_Saved)


def _saved_of(seen: Observed, now: float) -> _Saved:
    return _Saved(
        seen.boot,
        list(seen.connectors.values()),
        seen.heartbeat_at,
        seen.interval,
        seen.last_at,
        seen.last_from,
        seen.last_action,
        seen.history.dump(now),
    )


@define(eq=False)
class Telling:
    """See the module. All methods belong on the reactor's thread.

    Args:
        reactor: for later.
        time: seconds since the epoch.
        keeper: where messages are kept; None: nowhere.
    """

    _reactor: Any
    _time: Callable[[], float]
    _keeper: Keeper | None = None
    tally: Tally = field(factory=Tally)
    _queue: deque[tuple[str, float, Leg, bytes | None, bool, int]] = field(init=False, factory=deque, repr=False)
    _queued: int = field(init=False, default=0)
    _gathering: bool = field(init=False, default=False)
    _call: IDelayedCall | None = field(init=False, default=None)
    _looked: float = field(init=False, default=0.0)
    _save_call: IDelayedCall | None = field(init=False, default=None)
    _lives: "OrderedDict[str, Live]" = field(init=False, factory=OrderedDict)
    _sessions: dict[str, Live] = field(init=False, factory=dict)
    _stopped: bool = field(init=False, default=False)

    # --- what the desk and the wire say ------------------------------------------------------------------------------

    def opened(self, session: str, charger: str, identity: bytes) -> None:
        """A session relays from now on.

        Args:
            session: its name.
            charger: the charger's opaque id.
            identity: the charger.
        """
        live = self._lives.get(charger)
        if live is None:
            live = self._lives[charger] = Live(charger, identity)
        live.identity = identity
        self._lives.move_to_end(charger)
        self._sessions[session] = live
        self._make_room()

    def passed(self, session: str, source: Leg, payload: bytes, binary: bool) -> None:
        """A message was forwarded. Cheap, and does nothing else now.

        Args:
            session: whose.
            source: the leg it came from.
            payload: its octets.
            binary: its opcode.
        """
        size = len(payload)
        if len(self._queue) >= QUEUE or self._queued > QUEUE_BYTES:
            self.tally.passed(source, size)
            self.tally.missed += 1
            return
        payload = payload[:OCTETS]
        self._queued += len(payload)
        self._queue.append((session, self._time(), source, payload, binary, size))
        if self._call is None:
            self._gather()
        elif self._gathering and self._queued > HURRY_BYTES:
            self._gathering = False
            self._call.reset(0)

    def ended(self, session: str) -> None:
        """A session is over; what still waits of it is looked at before."""
        if session in self._sessions:
            self._queue.append((session, self._time(), Leg.CHARGER, None, False, 0))
            if self._call is None:
                self._gather()

    # --- what is asked -----------------------------------------------------------------------------------------------

    def get(self, charger: str) -> Observed | None:
        """What is known of a charger, by its opaque id; None where nothing is."""
        live = self._lives.get(charger)
        return live.observed if live else None

    def __len__(self) -> int:
        return len(self._lives)

    @property
    def waiting(self) -> int:
        """Messages that wait to be looked at."""
        return len(self._queue)

    def forget(self, charger: str) -> None:
        """Know nothing of a charger any more, also on disk."""
        live = self._lives.pop(charger, None)
        for session in [name for name, one in self._sessions.items() if one is live]:
            del self._sessions[session]
        if self._keeper:
            self._keeper.forget(charger)

    # --- looking -----------------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        self._gathering = True
        self._call = self._reactor.callLater(GATHER_SECONDS, self._look)

    def _look(self) -> None:
        """Look at some of what waits, for as long as the time that others had allows."""
        clock, began = self._reactor.seconds, self._reactor.seconds()
        rested = 0.0 if self._gathering else began - self._looked
        self._call, self._gathering = None, False
        took, slices = 0.0, 0
        while not slices or (self._queue and (took + took / slices) * SHARE < rested):
            self._look_at_some()
            slices += 1
            self._looked = clock()
            took = self._looked - began
        if self._queue and not self._stopped:
            self._call = self._reactor.callLater(SHARE * took, self._look)

    def _look_at_some(self) -> None:
        """Look at a slice."""
        room, octets, queue = SLICE, SLICE_BYTES, self._queue
        while queue and room > 0 and octets > 0:
            session, at, source, payload, binary, size = queue.popleft()
            room -= 1
            if payload is not None:
                self._queued, octets = self._queued - len(payload), octets - len(payload)
                self.tally.passed(source, size)
            live = self._sessions.get(session)
            if live is None:
                continue
            try:
                if payload is None:
                    self._left(session, live, at)
                else:
                    self._see(session, live, at, source, payload, binary, size)
            except Exception as error:  # noqa: BLE001 - a mistake of ours costs this message; its text may quote
                self.tally.missed += 1
                _log.error("Looking failed: {kind}", kind=type(error).__name__)

    def _see(self, session: str, live: Live, at: float, source: Leg, payload: bytes, binary: bool, size: int) -> None:
        if live.session != session:
            live.session, live.pairing = session, Pairing()
        number = self._keeper.number() if self._keeper else 0
        if binary:
            if self._keeper:
                self._keeper.keep(number, at, live, source, None, None, payload, size)
            return
        message = parse(payload) if size == len(payload) else parse_beginning(payload)
        pairing, observed, asked = live.pairing, live.observed, None
        if type(message) is Call:
            note = observed.see(source, message, None, at)
            pairing.asked(source, message, Asked(observed.last_action, at, number, note))
        else:
            asked = pairing.answered(source, message)
            observed.see(source, message, asked, at)
            if asked:
                self.tally.answered(source, at - asked.at)
            if type(message) is Unreadable:
                self.tally.unreadable += 1
            elif type(message) is CallError:
                self.tally.errors[source] += 1
        if self._keeper:
            self._keeper.keep(number, at, live, source, message, asked, payload, size)
            live.changed = True
            if self._save_call is None and not self._stopped:
                self._save_call = self._reactor.callLater(SAVE_SECONDS, self._save)

    def _left(self, session: str, live: Live, at: float) -> None:
        del self._sessions[session]
        if live.session in ("", session):
            live.session, live.pairing = "", Pairing()
            live.observed.left(at)

    def _make_room(self) -> None:
        if len(self._lives) <= CHARGERS:
            return
        present = {live.charger for live in self._sessions.values()}
        away = next((charger for charger in self._lives if charger not in present), None)
        if away is not None:
            del self._lives[away]
            self._keep_no_longer([away])

    def _keep_no_longer(self, chargers: Sequence[str]) -> None:
        """Let the disk have no more states than memory: whoever connects once would stay on it for good."""
        if self._keeper and chargers:
            self._keeper.keep_states(dict.fromkeys(chargers))

    # --- over a restart ----------------------------------------------------------------------------------------------

    def load(self, states: Mapping[str, bytes]) -> None:
        """Take back what was known before Edge was started.

        Args:
            states: by opaque id; one that can't be read is left out, and so are those beyond `CHARGERS`.
        """
        self._keep_no_longer(list(states)[CHARGERS:])
        for charger, state in list(states.items())[:CHARGERS]:
            try:
                saved = _saved.decode(state)
            except (ValueError, RecursionError):
                continue
            observed = Observed(
                saved.boot,
                {connector.number: connector for connector in saved.connectors},
                saved.heartbeat_at,
                saved.interval,
                saved.last_at,
                saved.last_from,
                saved.last_action,
            )
            observed.history.load(saved.history)
            observed.left(saved.last_at)
            self._lives[charger] = Live(charger, b"", observed)

    def _save(self) -> None:
        self._save_call, now, changed = None, self._time(), {}
        for charger, live in self._lives.items():
            if live.changed:
                live.changed = False
                changed[charger] = (live.identity, _saved_of(live.observed, now))
        if self._keeper and changed:
            self._keeper.keep_states(changed)

    def stop(self) -> None:
        """Look at all that waits, and hand over what is known, to be kept."""
        self._stopped = True
        for call in (self._call, self._save_call):
            if call is not None and call.active():
                call.cancel()
        while self._queue:
            self._look()
        self._save()
