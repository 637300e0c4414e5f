"""Tests of `edge_twisted.core.events`."""

from attrs import asdict
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e


class ValuesTests(SynchronousTestCase):
    """`Event.values`: what belongs to an event, by name."""

    def test_values(self) -> None:
        """All fields in their order, without the code, and without those of other kinds."""
        for event in (e.Event(), e.Stopping(1), e.Served("c", "CP1", "s", "call", True), e.Started((), (1,), "f", 2)):
            self.assertEqual(list(event.values().items()), list(asdict(event, recurse=False).items()))
