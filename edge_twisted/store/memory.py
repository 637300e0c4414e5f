"""Charger records without a disk, for tests: the interface of `Chargers`, answered at once."""

from collections.abc import Iterable

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed

from edge_twisted.core.record import Record
from edge_twisted.store.codec import Unencodable, decode_record, encode_record
from edge_twisted.store.errors import StoreError


def _encoded(records: Iterable[Record]) -> dict[str, bytes]:
    return {record.id: encode_record(record) for record in records}


@define(eq=False)
class MemoryChargers:
    """Keeps records as the database does, encoded, and fails like a full disk where a test wants it.

    Args:
        rows: the records to begin with.
        fault: what every write fails with, or None.
    """

    rows: dict[str, bytes] = field(factory=dict, converter=_encoded, repr=False)
    fault: StoreError | None = None

    def load(self) -> list[Record]:
        """All records, in the order of their ids.

        Returns:
            The records.
        """
        return [decode_record(self.rows[id]) for id in sorted(self.rows)]

    def save(self, record: Record, within: float = 0.0) -> Deferred[None]:
        """Remember a record.

        Args:
            record: the charger.
            within: without meaning here.

        Returns:
            Has fired; failed with StoreError where it cannot be encoded or `fault` is set.
        """
        if self.fault is not None:
            return fail(self.fault)
        try:
            self.rows[record.id] = encode_record(record)
        except Unencodable as error:
            return fail(StoreError(f"memory: record {record.id} was not written: {error}"))
        return succeed(None)

    def forget(self, id: str) -> Deferred[None]:
        """Remove a record; one that does not exist is no error.

        Args:
            id: its opaque id.

        Returns:
            Has fired; failed with StoreError where `fault` is set.
        """
        if self.fault is not None:
            return fail(self.fault)
        self.rows.pop(id, None)
        return succeed(None)

    def close(self) -> Deferred[None]:
        """Stop; from then on every write fails, as with the database.

        Returns:
            Has fired.
        """
        self.fault = StoreError("memory: Edge is stopping; nothing is written any more")
        return succeed(None)
