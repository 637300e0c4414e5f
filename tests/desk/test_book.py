"""Tests of `edge_twisted.desk.book`."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.bus import Bus
from edge_twisted.core.events import Event, StoreFailed
from edge_twisted.core.record import Record
from edge_twisted.desk.book import Book
from edge_twisted.store.errors import StoreError
from edge_twisted.store.memory import MemoryChargers
from tests.scene import entered, name_of, record_of, secret


class BookTests(SynchronousTestCase):
    """`Book`: records in memory, with the store behind them."""

    def setUp(self) -> None:
        self.store = MemoryChargers([record_of(b"CP001"), record_of(b"cp\xff")])
        self.events: list[Event] = []
        bus = Bus()
        bus.subscribe(self.events.append)
        self.book = Book(self.store, name_of, bus)
        self.book.load()

    def save(self, record: Record) -> None:
        """Save a record."""
        self.successResultOf(self.book.save(record))

    def test_loaded(self) -> None:
        """What the store remembers is known."""
        self.assertEqual(len(self.book), 2)
        self.assertEqual({record.identity for record in self.book}, {b"CP001", b"cp\xff"})
        self.assertEqual(self.book.get(b"CP001"), record_of(b"CP001"))
        found = [identity in self.book for identity in (b"CP001", b"cp001", b"")]
        self.assertEqual(found, [True, False, False])

    def test_saved(self) -> None:
        """What is saved holds at once, and is in the store."""
        record = evolve(record_of(b"CP001"), blocked=True)
        self.save(record)
        self.save(record_of(b"CP002"))
        self.assertEqual((self.book.get(b"CP001"), len(self.book)), (record, 3))
        self.assertEqual({one.id: one for one in self.store.load()}[record.id], record)

    def test_fresh(self) -> None:
        """Of an identity that nobody knows there is an empty record under its opaque id; looking keeps nothing."""
        self.assertEqual(self.book.fresh(b"NEW"), Record(b"NEW", name_of(b"NEW")))
        self.assertEqual((self.book.get(b"NEW"), len(self.book)), (None, 2))
        self.assertEqual(self.book.fresh(b"CP001"), self.book.get(b"CP001"))

    def test_alike(self) -> None:
        """Identities that differ at most in letter case are found together."""
        self.save(record_of(b"cp001"))
        for identity in (b"CP001", b"Cp001"):
            self.assertEqual({record.identity for record in self.book.alike(identity)}, {b"CP001", b"cp001"})
        self.assertEqual([record.identity for record in self.book.alike(b"CP\xff")], [b"cp\xff"])
        self.assertEqual(self.book.alike(b"CP\xfe"), [])

    def test_full(self) -> None:
        """Where the book is full there is room for those who are known, and for nobody new until one is forgotten; what
        a maintainer saves is kept all the same.
        """
        self.book.most = 2
        self.assertTrue(self.book.has_room_for(b"CP001"))
        self.assertFalse(self.book.has_room_for(b"CP002"))
        self.save(record_of(b"CP002"))
        self.assertEqual(len(self.book), 3)
        for identity in (b"CP001", b"CP002"):
            self.assertFalse(self.book.has_room_for(b"CP003"))
            self.successResultOf(self.book.forget(identity))
        self.assertTrue(self.book.has_room_for(b"CP003"))

    def test_disk_full(self) -> None:
        """A write that fails is told, by opaque id and kind of error; the record is kept in memory."""
        self.store.fault = StoreError("disk full, with some path")
        record = evolve(record_of(b"CP001"), blocked=True)
        self.save(record)
        self.assertEqual(self.book.get(b"CP001"), record)
        self.assertEqual(self.events, [StoreFailed(name_of(b"CP001"), "StoreError")])

    def test_called(self) -> None:
        """'Secrets are encrypted at rest (key from the service manager's credential store, else a 0600 file; the docs
        say what that does and doesn't protect), write-only in web and API, and absent from every log, event, trace,
        journal and export; so are identities of chargers without Basic auth (shown shortened; opaque ids in URLs).'
        Here: a charger is called by its identity only where a password stands beside it.
        """
        for identity, change, label in (
            (b"CP001", {}, "C…"),
            (b"NEW-CHARGER", {}, "NE…"),
            (b"CP001", {"shown": secret(b"X")}, "CP001"),
            (b"CP001", {"entered": entered(b"S")}, "CP001"),
        ):
            if change:
                self.save(evolve(record_of(identity), **change))
            self.assertEqual(self.book.called(identity), (name_of(identity), label))

    def test_no_secret(self) -> None:
        """The repr of a book holds neither records nor identities."""
        self.assertNotIn("CP001", repr(self.book))
