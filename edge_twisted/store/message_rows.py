"""Messages on their way to the disk and from there: values, and how what is kept is made of what passed."""

import time
from collections.abc import Collection
from typing import Final

import msgspec
from attrs import frozen

from edge_twisted.core.kept import kept, without_identity
from edge_twisted.core.redaction import CUT

BREATH: Final = 4
"""Messages that are redacted in one go. Then the thread sleeps for a moment: what is to be relayed would else wait
until Python takes its lock from the thread, and so at each of its system calls."""
BREATH_SECONDS: Final = 0.00005
FEW: Final = 50
"""Messages that take less than half a millisecond together: not worth waking up for again and again."""
TEXT: Final = 200
"""Characters of an id, an action, an error code that are kept."""


class Row(msgspec.Struct, frozen=True):
    """One message as it is kept.

    Args:
        id: its number; later ones have higher ones.
        at: when it passed, seconds since the epoch.
        charger: opaque id.
        session: the session's name.
        source: `charger` or `central`: who sent it.
        kind: `call`, `result`, `error`, `unreadable` or `binary`.
        uid: OCPP's id of it, as far as it could be read.
        action: of a call; of an answer, that of its call.
        answers: the number of the call that it answers, where that is known.
        seconds: how long the answer took.
        error: the code of a CALLERROR, or why it can't be read; else nothing.
        size: octets, before anything was left out.
        text: as `core.kept.kept` lets it be.
    """

    id: int
    at: float
    charger: str
    session: str
    source: str
    kind: str
    uid: str
    action: str
    answers: int | None
    seconds: float | None
    error: str
    size: int
    text: str

    def __repr__(self) -> str:
        return f"Row(id={self.id!r}, charger={self.charger!r}, kind={self.kind!r}, action={self.action!r})"


@frozen
class Search:
    """Which messages are wanted.

    Args:
        charger: of this one; None: of all.
        forward: the earliest that match first, so that whoever reads on misses none; else the latest.
        after, before: only those with a higher, a lower number.
        since, until: only those of this time, seconds since the epoch.
        source, action: only from there, only of this action; nothing: any.
        text: only those that hold this, without regard to the case of ASCII letters; nothing: any.
        errors: only CALLERRORs and what can't be read.
        slow: only answers that took at least as many seconds; 0: any.
        limit: how many at most.
    """

    charger: str | None = None
    forward: bool = False
    after: int = 0
    before: int = 1 << 62
    since: float = 0.0
    until: float = 1e12
    source: str = ""
    action: str = ""
    text: str = ""
    errors: bool = False
    slow: float = 0.0
    limit: int = 100

    def matches(self, row: Row) -> bool:
        """Whether a message is wanted; for one that is not on the disk yet."""
        return (
            self.charger in (None, row.charger)
            and self.after < row.id < self.before
            and self.since <= row.at <= self.until
            and self.source in ("", row.source)
            and self.action.lower() in ("", row.action.lower())
            and (not self.errors or row.kind in ("error", "unreadable"))
            and (not self.slow or (row.seconds or 0.0) >= self.slow)
            and (not self.text or self.text.lower() in row.text.lower())
        )

    def conditions(self) -> tuple[str, dict[str, object]]:
        """What a row must meet beside its charger and number, as SQL with its values."""
        found: list[str] = ["at BETWEEN :since AND :until"]
        given: dict[str, object] = {"since": self.since, "until": self.until}
        for name in ("source", "action"):
            if value := getattr(self, name):
                found.append(f"{name} = :{name} COLLATE NOCASE")
                given[name] = value
        if self.errors:
            found.append("kind IN ('error', 'unreadable')")
        if self.slow:
            found.append("seconds >= :slow")
            given["slow"] = self.slow
        if self.text:
            found.append("text LIKE :text ESCAPE '!'")
            escaped = self.text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
            given["text"] = f"%{escaped}%"
        return " AND ".join(found), given


@frozen
class Found:
    """What a search came to.

    Args:
        rows: the messages, newest last.
        answers: by number of a call among them: its answer, without its text.
        reached: to go on, search behind (forward) or before this number; 0: there is nothing more.
    """

    rows: list[Row]
    answers: dict[int, Row]
    reached: int


class Passed(msgspec.Struct, frozen=True):
    """A message on its way into the store; arguments as for `Row`.

    Args:
        payload: as it passed, or its beginning; redacted before it is written.
        secret_identity: the charger's identity where it is its only secret.
        size: octets that passed; 0: as many as the payload has.
    """

    id: int
    at: float
    charger: str
    session: str
    source: str
    kind: str
    uid: str
    action: str
    answers: int | None
    seconds: float | None
    error: str
    payload: bytes
    secret_identity: bytes = b""
    size: int = 0

    def __repr__(self) -> str:
        return f"Passed(id={self.id!r}, charger={self.charger!r}, kind={self.kind!r}, action={self.action!r})"

    def row(self) -> Row:
        """As it is kept."""
        secret = self.secret_identity
        text = "" if self.kind == "binary" else kept(self.payload.decode("utf-8", "backslashreplace"), secret)
        if self.size > len(self.payload) and not text.endswith(CUT):
            text += CUT
        words = [word[:TEXT] for word in (self.uid, self.action, self.error)]
        if secret:
            words = [without_identity(word, secret) if word else word for word in words]
        uid, action, error = map(_sound, words)
        return Row(
            self.id,
            self.at,
            self.charger,
            self.session,
            self.source,
            self.kind,
            uid,
            action,
            self.answers,
            self.seconds,
            error,
            self.size or len(self.payload),
            _sound(text),
        )


def rows_of(batch: Collection[Passed]) -> list[Row]:
    """Redact messages, in a thread that gives way to the one that relays.

    Args:
        batch: the messages.

    Returns:
        As they are kept. What can't be redacted is not kept, and no reason to stop.
    """
    rows: list[Row] = []
    gives_way = len(batch) > FEW
    for number, one in enumerate(batch):
        if gives_way and number % BREATH == 0:
            time.sleep(BREATH_SECONDS)
        try:
            rows.append(one.row())
        except Exception:  # noqa: BLE001, PERF203 - see above
            continue
    return rows


def _sound(text: str) -> str:
    """A text without half characters, which no file takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
