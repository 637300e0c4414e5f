"""Tests of `edge_twisted.store.entries`; `test_journal.py` has entries on disk."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.entries import FIELDS_BYTES, Entry, Query, plain


def entry(id: int, charger: str | None = None) -> Entry:
    """An entry with nothing in it."""
    return Entry(id, 0.0, "served", charger, {})


def picked(query: Query, *ids: int) -> list[int]:
    """What is chosen of entries with these numbers."""
    return [found.id for found in query.pick(entry(id) for id in ids)]


class QueryTests(SynchronousTestCase):
    """`Query`: which entries are wanted."""

    def test_latest(self) -> None:
        """Without `after` the latest are wanted, in order, whatever the order they are found in."""
        self.assertEqual(picked(Query(0, None, None, 2), 3, 1, 2), [2, 3])

    def test_reading_on(self) -> None:
        """After an entry the next are wanted, so that nobody who reads on misses one."""
        self.assertEqual(picked(Query(1, None, None, 2), 1, 2, 3, 4), [2, 3])

    def test_leafing_back(self) -> None:
        """Before an entry those just before it are wanted, not further back than `after`."""
        self.assertEqual(picked(Query(0, 4, None, 2), 1, 2, 3, 4), [2, 3])
        self.assertEqual(picked(Query(2, 4, None, 2), 1, 2, 3, 4), [3])

    def test_charger(self) -> None:
        """Those of one charger, or of all and none."""
        entries = [entry(1, "a"), entry(2, None), entry(3, "b")]
        self.assertEqual(Query(0, None, "a", 9).pick(entries), entries[:1])
        self.assertEqual(Query(0, None, None, 9).pick(entries), entries)

    @given(st.integers(0, 9), st.none() | st.integers(0, 9), st.integers(1, 9), st.lists(st.integers(1, 9)))
    def test_any(self, after: int, before: int | None, limit: int, ids: list[int]) -> None:
        """Whatever is asked: in order, each once, between the bounds, and as many as there are up to the limit."""
        found = picked(Query(after, before, None, limit), *ids)
        wanted = {id for id in ids if id > after and (before is None or id < before)}
        self.assertEqual(found, sorted(set(found)))
        self.assertLessEqual(set(found), wanted)
        self.assertEqual(len(found), min(limit, len(wanted)))


class PlainTests(SynchronousTestCase):
    """`plain`: fields as they come back from the disk."""

    def test_as_read(self) -> None:
        """Tuples become lists; nothing of it is shared with whoever gave it."""
        quirks = ["query"]
        fields = plain({"ws": (80, 8080), "quirks": quirks, "seconds": 1.5, "secure": True, "none": None})
        quirks.append("hash-in-path")
        self.assertEqual(fields, {"ws": [80, 8080], "quirks": ["query"], "seconds": 1.5, "secure": True, "none": None})

    def test_refused(self) -> None:
        """What JSON cannot carry and what is too long is refused, without a word of its content."""
        endless: list[Any] = []
        endless.append(endless)
        for value in (object(), "opensesame\ud800", endless, "opensesame" * FIELDS_BYTES):
            error = self.assertRaises(ValueError, plain, {"field": value})
            self.assertEqual(str(error), "an entry's fields must be JSON of at most 64 KiB")
            self.assertTrue(error.__cause__ is None)
