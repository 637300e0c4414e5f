"""Tests of `edge_twisted.journalist`, and that `logbook` folds the same floods."""

from collections.abc import Mapping
from typing import Any

from attrs import asdict, evolve, fields
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from edge_twisted.bus import Bus
from edge_twisted.core import events as e
from edge_twisted.core.floods import FLOODS
from edge_twisted.journalist import TEXT, Journalist
from edge_twisted.logbook import Logbook
from edge_twisted.store.entries import plain
from tests.words.codes import event_classes

WHO = ("c4k2abcdefgh2345", "EVB…")
FAILED = e.UplinkFailed(*WHO, "wss://wss.evc-net.com", "uplink-dns", "check-dns")
REFUSED = e.HandshakeFailed("192.168.1.20", True, "tls-distrust", "load-root", "48")


def made(kind: type[e.Event], text: str = "x", number: int = 1) -> e.Event:
    """An event of a kind, with the same in all its fields."""
    values: dict[object, Any] = {str: text, int: number, float: 1.5, bool: True}
    values |= {tuple[int, ...]: (number, number), tuple[str, ...]: (text, text)}
    return kind(**{field.name: values[field.type] for field in fields(kind)})


class JournalistTests(SynchronousTestCase):
    """`Journalist`: events become entries."""

    def setUp(self) -> None:
        self.entries: list[tuple[str, str | None, dict[str, object]]] = []
        self.clock = Clock()
        self.tell = Journalist(self.append, self.clock.seconds)

    def append(self, code: str, charger: str | None, values: Mapping[str, object]) -> None:
        """Take an entry, as the journal does."""
        self.entries.append((code, charger, dict(plain(values))))

    def test_fields(self) -> None:
        """An entry has the event's code, its charger and all other fields; tuples are lists."""
        self.tell(e.SessionOpened(*WHO, "a-1", "::1", True, False, "ws://x", "none", "ocpp1.6", ("query",)))
        wanted = {
            "label": "EVB…",
            "session": "a-1",
            "address": "::1",
            "secure": True,
            "password": False,
            "uplink": "ws://x",
            "kind": "none",
            "protocol": "ocpp1.6",
            "quirks": ["query"],
        }
        self.assertEqual(self.entries, [("session-opened", "c4k2abcdefgh2345", wanted)])

    def test_no_charger(self) -> None:
        """An event that belongs to no charger has none in its entry."""
        self.tell(e.Started((80,), (), "AB", 3))
        self.tell(e.Alarm("", "", "clash"))
        self.assertEqual([entry[1] for entry in self.entries], [None, None])
        self.assertEqual(self.entries[0][2], {"ws": [80], "wss": [], "fingerprint": "AB", "known": 3, "manager": []})

    def test_edited(self) -> None:
        """An edit tells who, and the old and the new value."""
        self.tell(e.Edited(*WHO, "endpoint", "control:0", "", "wss://a"))
        self.assertEqual(
            self.entries[0][2], {"label": "EVB…", "what": "endpoint", "by": "control:0", "old": "", "new": "wss://a"}
        )

    def test_every_event(self) -> None:
        """Every event there is becomes an entry that can be stored and told."""
        for kind in event_classes():
            self.tell(made(kind))
        self.assertEqual([entry[0] for entry in self.entries], [kind.code for kind in event_classes()])

    @given(st.text(st.characters()), st.integers(-(1 << 63), (1 << 64) - 1))
    def test_any_text(self, text: str, number: int) -> None:
        """Whatever a field holds, even half characters, can be stored."""
        self.setUp()
        self.tell(made(e.SessionEnded, text, number))
        self.assertEqual(len(self.entries), 1)

    def test_long(self) -> None:
        """No text and no list takes more room than a sentence shows of it."""
        self.tell(e.JournalFailed("x" * 100_000))
        self.tell(e.CertificateRenewed(("edge.lan",) * 100_000))
        self.tell(e.CertificateRenewed(("",) * 100_000))
        self.tell(e.CertificateRenewed(("edge.lan", "x" * 100_000)))
        [text], [many], [empty], [one] = (entry[2].values() for entry in self.entries)
        self.assertEqual(text, "x" * TEXT)
        self.assertEqual((many, one), (["edge.lan"] * 100, ["edge.lan"]))
        self.assertEqual(empty, [""] * 500)

    def test_folded(self) -> None:
        """The same trouble is written once a minute; the next entry says how many were left out."""
        for _ in range(150):
            self.tell(FAILED)
            self.tell(REFUSED)
            self.clock.advance(1)
        for code in (FAILED.code, REFUSED.code):
            folded = [entry[2].get("folded") for entry in self.entries if entry[0] == code]
            self.assertEqual(folded, [None, 59, 59])

    def test_not_folded(self) -> None:
        """Other trouble, and everything that is no flood, is written each time."""
        for _ in range(3):
            self.tell(e.Alarm(*WHO, "clash"))
            self.tell(e.Served(*WHO, "a-1", "call", False))
        for charger in ("a", "b", "c"):
            self.tell(evolve(FAILED, charger=charger))
        self.assertEqual(len(self.entries), 9)

    def test_floods(self) -> None:
        """Each kind of event that comes in floods is folded."""
        for kind in event_classes():
            self.entries.clear()
            self.tell(made(kind))
            self.tell(made(kind))
            self.assertEqual(len(self.entries), 1 if kind.code in FLOODS else 2, kind.code)

    def test_bus(self) -> None:
        """It listens to the bus; a journal that takes no more harms no other listener."""
        bus, heard = Bus(), list[e.Event]()

        def closed(*_: object) -> None:
            raise ValueError("closed")

        bus.subscribe(self.tell)
        bus.subscribe(Journalist(closed, self.clock.seconds))
        bus.subscribe(heard.append)
        bus.publish(FAILED)
        self.assertEqual((len(self.entries), heard), (1, [FAILED]))
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)


class LogbookTests(SynchronousTestCase):
    """`Logbook` tells the same floods as the journal, and alarms, once a minute."""

    def watch(self) -> list[LogEvent]:
        """A list that grows by each line of the log."""
        told: list[LogEvent] = []

        @implementer(ILogObserver)
        def observe(event: LogEvent) -> None:
            if event.get("log_namespace") == "edge":
                told.append(event)

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        return told

    def test_folded(self) -> None:
        """One line a minute for the same trouble; each alarm of one kind and charger is trouble too."""
        clock, told = Clock(), self.watch()
        tell = Logbook(clock.seconds)
        for _ in range(61):
            for event in (FAILED, REFUSED, e.Alarm(*WHO, "clash")):
                tell(event)
            clock.advance(1)
        codes = [event["code"] for event in told]
        self.assertEqual(codes, [FAILED.code, REFUSED.code, "alarm"] * 2)

    def test_levels(self) -> None:
        """What Edge could not do is an error, trouble a warning, the rest for information."""
        told = self.watch()
        tell = Logbook(Clock().seconds)
        for event in (e.JournalFailed("disk is full"), e.StoreFailed("c", "x"), FAILED, e.Stopping(1)):
            tell(event)
        levels = [event["log_level"].name for event in told]
        self.assertEqual(levels, ["error", "error", "warn", "info"])
        self.assertEqual(asdict(e.JournalFailed("x")), {"error": "x"})
