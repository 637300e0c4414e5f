"""Entries of the journal as rows. Everything here blocks, and belongs in the journal's thread."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, Union

import msgspec
from attrs import frozen
from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from edge_twisted.store.engine import cause, place, writing
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import JOURNAL

JSON: TypeAlias = Union[None, bool, int, float, str, "list[JSON]", "dict[str, JSON]"]
"""What a field may hold."""

FIELDS_BYTES: Final = 1 << 16
"""Of the fields of one entry, as JSON."""
REMOVED: Final = 1000
"""Entries that are removed in one transaction: chargers are written by another thread, and wait for its end."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, Any])


@frozen
class Entry:
    """Something that happened, as it stands in the journal.

    Args:
        id: its number; later entries have higher ones, some are left out.
        at: seconds since the epoch.
        code: which sentence tells it, as `Event.code`.
        charger: opaque id, or None.
        fields: what belongs to it, by name.
    """

    id: int
    at: float
    code: str
    charger: str | None
    fields: dict[str, JSON]


@frozen
class Query:
    """Which entries are wanted.

    Args:
        after: only later ones than this.
        before: only earlier ones than this; None: no bound.
        charger: only of this one; None: of all, and those that belong to none.
        limit: how many at most.
    """

    after: int
    before: int | None
    charger: str | None
    limit: int

    @property
    def forward(self) -> bool:
        """Whether the earliest that match are wanted, and not the latest: so nobody who reads on misses any."""
        return self.after > 0 and self.before is None

    def pick(self, entries: Iterable[Entry]) -> list[Entry]:
        """Choose.

        Args:
            entries: in any order; of those with the same number the last counts.

        Returns:
            Those that are wanted, the newest last.
        """
        found = {entry.id: entry for entry in entries if self._wants(entry)}
        chosen = sorted(found)[: self.limit] if self.forward else sorted(found)[-self.limit :]
        return [found[id] for id in chosen]

    def _wants(self, entry: Entry) -> bool:
        early = self.before is None or entry.id < self.before
        return early and entry.id > self.after and self.charger in (None, entry.charger)


def plain(fields: Mapping[str, object]) -> dict[str, JSON]:
    """Fields as they come back from the disk: a copy, tuples as lists.

    Args:
        fields: by name; values that JSON can carry.

    Returns:
        The copy.

    Raises:
        ValueError: it holds something else, or more than `FIELDS_BYTES`. Says nothing of the content.
    """
    try:
        data = msgspec.json.encode(dict(fields))
        if len(data) <= FIELDS_BYTES:
            return _FIELDS.decode(data)
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError):
        pass  # their texts quote the content
    raise ValueError("an entry's fields must be JSON of at most 64 KiB")


def newest_id(engine: Engine) -> int:
    """The number of the newest entry on the disk; 0 where there is none.

    Raises:
        StoreError: the database cannot be read.
    """
    try:
        with engine.connect() as connection:
            return connection.scalar(select(func.max(JOURNAL.c.id))) or 0
    except SQLAlchemyError as error:
        raise _unreadable(engine, error) from None


def write_entries(engine: Engine, entries: Sequence[Entry], again: bool) -> None:
    """Write entries, all or none.

    Args:
        engine: the database.
        entries: at least one, in order.
        again: whether this was tried before, so that some may stand there although the database said no.

    Raises:
        SQLAlchemyError: nothing was written, as far as the database knows.
    """
    rows = [
        {"id": e.id, "at": e.at, "code": e.code, "charger": e.charger, "fields": msgspec.json.encode(e.fields).decode()}
        for e in entries
    ]
    with writing(engine) as connection:
        if again:
            connection.execute(delete(JOURNAL).where(JOURNAL.c.id.between(entries[0].id, entries[-1].id)))
        connection.execute(insert(JOURNAL), rows)


def read_entries(engine: Engine, query: Query) -> list[Entry]:
    """Read entries.

    Args:
        engine: the database.
        query: which.

    Returns:
        Those on the disk that are wanted, the newest last. One whose fields are damaged has none.

    Raises:
        StoreError: the database cannot be read.
    """
    wanted = select(JOURNAL).where(JOURNAL.c.id > query.after)
    if query.before is not None:
        wanted = wanted.where(JOURNAL.c.id < query.before)
    if query.charger is not None:
        wanted = wanted.where(JOURNAL.c.charger == query.charger)
    wanted = wanted.order_by(JOURNAL.c.id if query.forward else JOURNAL.c.id.desc()).limit(query.limit)
    try:
        with engine.connect() as connection:
            rows = connection.execute(wanted).all()
    except SQLAlchemyError as error:
        raise _unreadable(engine, error) from None
    return query.pick(Entry(row.id, row.at, row.code, row.charger, _read_fields(row.fields)) for row in rows)


def outdated(engine: Engine, since: float, most: int) -> int:
    """Up to which entry the journal is too old or too long.

    The newest entry always stays, so that its number is known at the next start. An old entry that stands behind
    younger ones stays as long as they do: the clock of a box without a battery begins anew at each start.

    Args:
        engine: the database.
        since: seconds since the epoch; what is older is outdated.
        most: how many entries are kept.

    Returns:
        The number of the last entry to be removed; 0: none.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    id = JOURNAL.c.id
    with engine.connect() as connection:
        newest = connection.scalar(select(func.max(id))) or 0
        young = connection.scalar(select(id).where(JOURNAL.c.at >= since).order_by(id).limit(1)) or newest
        too_many = connection.scalar(select(id).order_by(id.desc()).offset(most).limit(1)) or 0
    return max(0, min(max(young - 1, too_many), newest - 1))


def remove_entries(engine: Engine, up_to: int) -> bool:
    """Remove some of the oldest entries, few enough that others who write need not wait for long.

    Args:
        engine: the database.
        up_to: the last one to be removed.

    Returns:
        Whether more are left to be removed.

    Raises:
        SQLAlchemyError: the database cannot be read or written.
    """
    id = JOURNAL.c.id
    with engine.connect() as connection:
        left = connection.scalar(select(id).where(id <= up_to).order_by(id).offset(REMOVED).limit(1))
    with writing(engine) as connection:
        connection.execute(delete(JOURNAL).where(id <= up_to if left is None else id < left))
    return left is not None


def _read_fields(text: str) -> dict[str, JSON]:
    try:
        return _FIELDS.decode(text)
    except (ValueError, TypeError, msgspec.MsgspecError):
        return {}  # the rest of the journal is still worth reading


def _unreadable(engine: Engine, error: SQLAlchemyError) -> StoreError:
    return StoreError(f"{place(engine)}: the journal cannot be read ({cause(error)}); see that the disk is sound")
