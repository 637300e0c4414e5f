"""What is remembered of chargers, in memory with the store behind it, and how they are called before people."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from edge_twisted.bus import Bus
from edge_twisted.core.events import StoreFailed
from edge_twisted.core.record import Record, folded
from edge_twisted.core.redaction import shown_identity
from edge_twisted.store.chargers import GATHER_SECONDS, ChargerStore

MOST: Final = 10_000
"""Chargers that are remembered for being served, unless the configuration says otherwise."""


@define
class Book:
    """All records.

    Args:
        store: writes them.
        name: makes the opaque id of an identity (`store.vault.Vault.name`).
        bus: hears of a write that failed; the record stays in memory.
        most: how many records there may be before nobody new is remembered for being served; what a maintainer
            approves or edits is remembered all the same.
    """

    store: ChargerStore
    name: Callable[[bytes], str]
    bus: Bus
    most: int = MOST
    _records: dict[bytes, Record] = field(factory=dict, repr=False)
    _folded: dict[str, set[bytes]] = field(factory=dict, repr=False)

    def load(self) -> None:
        """Take what the store remembers; once, before anything else."""
        for record in self.store.load():
            self._keep(record)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records.values()))

    def __contains__(self, identity: bytes) -> bool:
        return identity in self._records

    def get(self, identity: bytes) -> Record | None:
        """What is remembered of a charger, or None."""
        return self._records.get(identity)

    def has_room_for(self, identity: bytes) -> bool:
        """Whether a charger that was served can be remembered: it is known, or the book is not full."""
        return identity in self._records or len(self._records) < self.most

    def fresh(self, identity: bytes) -> Record:
        """What is remembered of a charger; a record with nothing in it where nothing is."""
        return self._records.get(identity) or Record(identity, self.name(identity))

    def alike(self, identity: bytes) -> list[Record]:
        """The records whose identity differs at most in letter case."""
        return [self._records[other] for other in self._folded.get(folded(identity), ())]

    def save(self, record: Record, *, soon: bool = False) -> Deferred[None]:
        """Remember a record, at once in memory and soon on disk.

        Args:
            record: replaces what was remembered of its identity.
            soon: whether the disk may wait a moment for more to write: what was learned will be learned again.

        Returns:
            Fires when it is on disk, or when that failed and was told.
        """
        self._keep(record)
        saving = self.store.save(record, GATHER_SECONDS) if soon else self.store.save(record)
        return saving.addErrback(self._not_saved, record.id)

    def forget(self, identity: bytes) -> Deferred[None]:
        """Remember a charger no more.

        Args:
            identity: whose record.

        Returns:
            Fires when it is gone from the disk, or when that failed and was told.
        """
        record = self.fresh(identity)
        self._records.pop(identity, None)
        alike = self._folded.get(folded(identity), set())
        alike.discard(identity)
        if not alike:
            self._folded.pop(folded(identity), None)
        return self.store.forget(record.id).addErrback(self._not_saved, record.id)

    def called(self, identity: bytes) -> tuple[str, str]:
        """How a charger is called before people.

        Args:
            identity: whose.

        Returns:
            (opaque id, label); the label is the whole identity only where a password stands beside it.
        """
        return self.name(identity), shown_identity(identity, self._is_proved(identity))

    def secret(self, identity: bytes) -> bytes:
        """The identity where it is its charger's only secret, else nothing."""
        return b"" if self._is_proved(identity) else identity

    def _is_proved(self, identity: bytes) -> bool:
        record = self._records.get(identity)
        return record is not None and (record.shown is not None or record.entered is not None)

    def _keep(self, record: Record) -> None:
        self._records[record.identity] = record
        self._folded.setdefault(folded(record.identity), set()).add(record.identity)

    def _not_saved(self, failure: Failure, charger: str) -> None:
        self.bus.publish(StoreFailed(charger, type(failure.value).__name__))
