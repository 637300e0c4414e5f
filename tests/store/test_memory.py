"""Tests of `edge_twisted.store.memory`."""

import math

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.record import Record
from edge_twisted.store.chargers import ChargerStore
from edge_twisted.store.errors import StoreError
from edge_twisted.store.memory import MemoryChargers

ONE, TWO = Record(b"CP\0\xff", "a"), Record(b"CP2", "b")


class MemoryChargersTests(SynchronousTestCase):
    """`MemoryChargers`: as the database, and at once."""

    def setUp(self) -> None:
        self.chargers = MemoryChargers([TWO])
        self.store: ChargerStore = self.chargers

    def test_saved(self) -> None:
        """What was saved is loaded, the newest value of each record, in the order of ids."""
        self.successResultOf(self.store.save(ONE))
        self.successResultOf(self.store.save(evolve(TWO, approved=True)))
        self.assertEqual(self.store.load(), [ONE, evolve(TWO, approved=True)])

    def test_forgotten(self) -> None:
        """What was forgotten is gone; forgetting it again is no error."""
        self.successResultOf(self.store.forget("b"))
        self.successResultOf(self.store.forget("b"))
        self.assertEqual(self.store.load(), [])

    def test_fault(self) -> None:
        """A test can let the disk fail and recover; what was there stays."""
        self.chargers.fault = StoreError("full")
        self.failureResultOf(self.store.save(ONE), StoreError)
        self.failureResultOf(self.store.forget("b"), StoreError)
        self.assertEqual(self.store.load(), [TWO])
        self.chargers.fault = None
        self.successResultOf(self.store.save(ONE))

    def test_unencodable(self) -> None:
        """What the database would refuse is refused here."""
        self.failureResultOf(self.store.save(evolve(ONE, last_served=math.nan)), StoreError)

    def test_close(self) -> None:
        """After closing, writes fail."""
        self.successResultOf(self.store.close())
        self.failureResultOf(self.store.save(ONE), StoreError)
