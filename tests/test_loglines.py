"""Tests of `edge_twisted.loglines`, and of Twisted's names that it leans on."""

import io
import json

from twisted.application.app import AppLogger
from twisted.logger import (
    FileLogObserver,
    Logger,
    LogLevel,
    LogPublisher,
    globalLogPublisher,
    jsonFileLogObserver,
    textFileLogObserver,
)
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e
from edge_twisted.logbook import Logbook
from edge_twisted.loglines import Lines, shorten

EVENTS = (
    e.Stopping(3),
    e.Served("c1", "CP{0}", "s-1", "result", True),
    e.HandshakeFailed("192.0.2.1", True, "{cause}", "{}"),
    e.JournalFailed("disk\nfull"),
)


class LinesTests(SynchronousTestCase):
    """`Lines` writes what Twisted writes."""

    def setUp(self) -> None:
        self.ours, self.theirs = io.StringIO(), io.StringIO()
        observer = textFileLogObserver(self.ours)
        self.assertEqual(shorten(LogPublisher(observer)), 1)
        for one in (observer, textFileLogObserver(self.theirs)):
            globalLogPublisher.addObserver(one)
            self.addCleanup(globalLogPublisher.removeObserver, one)

    def test_events(self) -> None:
        """Every event of Edge's has the same line."""
        tell = Logbook(lambda: 0.0)
        for event in EVENTS:
            tell(event)
        self.assertEqual(self.ours.getvalue(), self.theirs.getvalue())
        self.assertEqual(self.ours.getvalue().count("\n"), len(EVENTS))

    def test_seconds(self) -> None:
        """The time is that of the event, in order or not, and with the zone's offset then."""
        for when in (0.0, 1e9, 1e9 + 0.999, 1e9 + 1, 1e9, 1_750_000_000.5, 1_760_000_000.5, 1_770_000_000.5):
            event = {"log_level": LogLevel.info, "log_namespace": "edge", "log_format": "So.", "log_time": when}
            globalLogPublisher({**event, "sentence": "So."})
        self.assertEqual(self.ours.getvalue(), self.theirs.getvalue())

    def test_others(self) -> None:
        """What others log stays as it is, tracebacks included."""
        log = Logger(namespace="other")
        log.info("{a} and {b}", a=1, b=2)
        log.warn("a sentence of {sentence}", sentence="")
        log.emit(LogLevel.info, None)
        try:
            raise ValueError("text")
        except ValueError:
            log.failure("It failed", sentence="It failed")
        self.assertIn("ValueError", self.ours.getvalue())
        self.assertEqual(self.ours.getvalue(), self.theirs.getvalue())
        self.flushLoggedErrors(ValueError)


class ShortenTests(SynchronousTestCase):
    """`shorten` changes only what writes the same lines."""

    def test_other_shapes(self) -> None:
        """An observer that writes JSON, other times or to nowhere is left alone."""
        told = io.StringIO()
        others = [jsonFileLogObserver(told), textFileLogObserver(told, timeFormat=None), lambda event: None]
        self.assertEqual(shorten(LogPublisher(*others)), 0)  # type: ignore[arg-type]  # a function will do
        others[0]({"log_format": "So.", "log_time": 1.0})  # type: ignore[operator]  # it is an observer
        self.assertEqual(json.loads(told.getvalue().strip("\x1e\n"))["log_format"], "So.")

    def test_broken(self) -> None:
        """A formatter that fails at the sample stays."""
        self.assertEqual(shorten(LogPublisher(FileLogObserver(io.StringIO(), lambda event: str(1 // 0)))), 0)

    def test_twice(self) -> None:
        """An Edge that is started again in one process finds its work done."""
        publisher = LogPublisher(textFileLogObserver(io.StringIO()))
        self.assertEqual([shorten(publisher), shorten(publisher)], [1, 0])

    def test_no_names(self) -> None:
        """Without the observers' place nothing is changed, and nothing fails."""
        self.assertEqual(shorten(object()), 0)  # type: ignore[arg-type]  # a Twisted that has become another

    def test_twistd(self) -> None:
        """What `twistd` logs to is found and changed: Twisted keeps its names."""
        observer = AppLogger({"logfile": "-", "nodaemon": True})._getLogObserver()
        publisher = LogPublisher()
        publisher.addObserver(observer)
        self.assertEqual(shorten(publisher), 1)
        self.assertIsInstance(observer.formatEvent, Lines)
