"""Many changes carried out one after another: a first one, then the rest, and a stop at the first failure."""

from collections.abc import Callable
from typing import Any, Final, Literal

from attrs import define, field
from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from edge_twisted.core.roles import Role
from edge_twisted.web import shapes
from edge_twisted.web.caller import Caller
from edge_twisted.web.office import Office
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.rows import Row
from edge_twisted.words.language import ENGLISH, mark, say, speaking, spoken

Outcome = Literal["waiting", "wrong", "working", "worked", "saved", "failed"]
State = Literal["planned", "wrong", "first", "tried", "rest", "done", "failed", "stopped"]

LOOK_SECONDS: Final = 0.5
"""Between two looks whether a charger is back."""
BACK_SECONDS: Final = 150.0
"""For a charger that was connected to come back and be served: many wait a minute or two before they try again."""
GRACE_SECONDS: Final = 8.0
"""For a charger that was refused once to be let in by its next attempt."""
AWAY: Final = mark("Saved. The charger was not connected; whether this works shows when it comes next.")
SERVED: Final = mark("The charger is back, and the central system serves it.")
UNTOUCHED: Final = mark("Saved. The connection stands as it did; nothing about it had to change.")
NOT_BACK: Final = mark("Saved, but the charger has not come back. See that it has power, and what its story tells.")
NOT_WAITED: Final = mark("Saved. It was not waited for.")
BROKE: Final = mark("This failed by a mistake of Edge's own; its log says more.")
GONE: Final = mark("Your session ended, so that nothing more was changed.")

_log = Logger(namespace="edge")


@define(eq=False)
class Item:
    """One charger of a job.

    Args:
        row: what to change; its secret is dropped when that is done.
        charger: opaque id.
        label: how it is called before people.
        about: what tells it from others.
        words: what would change, or what is wrong.
        outcome: how far it is.
    """

    row: Row | None = field(repr=False)
    charger: str
    label: str
    about: str
    words: str
    outcome: Outcome = "waiting"


@define(eq=False)
class Job:
    """Changes that somebody planned. All methods belong on the reactor's thread.

    Args:
        name: that nobody can guess.
        by: who planned it; nobody else may see it.
        items: in their order.
        office: carries them out.
        reactor: for time that never jumps.
        time: seconds since the epoch.
        changed: tells that the job's page should be drawn again.
    """

    name: str
    by: str
    items: list[Item]
    office: Office
    reactor: Any = field(repr=False)
    time: Callable[[], float]
    changed: Callable[[], None]
    state: State = "planned"
    _role: Role = field(init=False, default=Role.VIEWER)
    _language: str = field(init=False, default=ENGLISH)
    _caller: Caller | None = field(init=False, default=None)
    _forget: Callable[[], None] | None = field(init=False, default=None)
    _call: IDelayedCall | None = field(init=False, default=None)
    _begun: float = field(init=False, default=0.0)
    _begun_at: float = field(init=False, default=0.0)
    _refused_at: float | None = field(init=False, default=None)
    _before: str = field(init=False, default="")

    def __attrs_post_init__(self) -> None:
        if any(item.outcome == "wrong" for item in self.items):
            self.state = "wrong"

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self.state in ("first", "rest")

    @property
    def done(self) -> int:
        """How many chargers are changed."""
        return sum(item.outcome in ("worked", "saved") for item in self.items)

    @property
    def current(self) -> Item | None:
        """The charger that is being changed."""
        return next((item for item in self.items if item.outcome == "working"), None)

    @property
    def next(self) -> Item | None:
        """The charger that comes next: as the first one that is connected, as far as there is one."""
        waiting = [item for item in self.items if item.outcome == "waiting"]
        if self.done == 0:
            connected = [one for one in waiting if self.office.views.registry.get(one.charger)]
            return next(iter(connected or waiting), None)
        return next(iter(waiting), None)

    def begin(self, caller: Caller) -> bool:
        """Change the first one, or the rest where that is done.

        Args:
            caller: for whom; when he is no longer logged in, it stops.

        Returns:
            Whether there was anything to begin.
        """
        if self.state not in ("planned", "tried", "stopped"):
            return False
        self._caller, self._role, self._language = caller, caller.role or Role.VIEWER, spoken()
        self._forget = caller.until(lambda: self.stop(GONE)) if caller.until else None
        self.state = "rest" if self.done else "first"
        self._go_on()
        return True

    def stop(self, why: str = "") -> None:
        """Change nothing more; what was changed stays so."""
        if not self.running:
            return
        item = self.current
        if item:
            item.outcome, item.words = "saved", say(why or NOT_WAITED)
        self._end("stopped")

    def _go_on(self) -> None:
        item = self.next
        if item is None:
            self._end("done")
            return
        item.outcome = "working"
        self.changed()
        with speaking(self._language):
            ensureDeferred(self._change(item))

    async def _change(self, item: Item) -> None:
        assert item.row and self._caller
        found = self.office.views.registry.get(item.charger)
        self._before = found.session if found else ""
        self._begun, self._begun_at, self._refused_at = self.reactor.seconds(), self.time(), None
        row, item.row = item.row, None
        try:
            await self.office.set_uplink(row.identity, row.change, self._caller.by, self._role)
        except Refused as refused:
            self._failed(item, refused.problem.message)
            return
        except Exception as error:  # noqa: BLE001 - its text may quote a secret
            _log.error("Many changes at once stopped: {kind}", kind=type(error).__name__)
            self._failed(item, BROKE)
            return
        if self.current is item:
            self._look(item, row.identity)

    def _look(self, item: Item, identity: bytes) -> None:
        """See what became of it, and tell it in the language of who began."""
        self._call = None
        with speaking(self._language):
            self._judge(item, identity)

    def _judge(self, item: Item, identity: bytes) -> None:
        charger = self.office.views.charger(identity)
        session, waited = charger.session, self.reactor.seconds() - self._begun
        if session and session.served:
            self._well(item, "worked", UNTOUCHED if session.name == self._before else SERVED)
        elif not self._before:
            self._well(item, "saved", AWAY)
        elif self._is_refused(charger):
            attempt = charger.last_attempt
            self._failed(item, attempt.sentence if attempt else NOT_BACK)
        elif waited > BACK_SECONDS:
            self._failed(item, NOT_BACK)
        else:
            self._call = self.reactor.callLater(LOOK_SECONDS, self._look, item, identity)

    def _is_refused(self, charger: shapes.Charger) -> bool:
        """Whether it came back, and was not let in for a while."""
        attempt, now = charger.last_attempt, self.reactor.seconds()
        if charger.session or attempt is None or not attempt.cause or attempt.at < self._begun_at:
            return False
        if self._refused_at is None:
            self._refused_at = now
        return bool(now - self._refused_at >= GRACE_SECONDS)

    def _well(self, item: Item, outcome: Outcome, words: str) -> None:
        item.outcome, item.words = outcome, say(words)
        if self.state == "first" and self.next is not None:
            self._end("tried")
        else:
            self._call = self.reactor.callLater(0, self._go_on)

    def _failed(self, item: Item, words: str) -> None:
        item.outcome, item.words = "failed", say(words)
        self._end("failed")

    def _end(self, state: State) -> None:
        self.state = state
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None
        if self._forget:
            self._forget()
            self._forget = None
        if state in ("done", "failed"):
            self.drop()
        self.changed()

    def drop(self) -> None:
        """Forget the secrets that were not used."""
        for item in self.items:
            item.row = None
