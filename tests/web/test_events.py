"""Tests of `edge_twisted.web.events`: the journal read and followed; nobody waits for who does not keep up."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StoreError
from edge_twisted.web.events import BACKLOG_BYTES, PAGE, Follower
from tests.scene import at_door, name_of
from tests.web.asked import CP001, OWN, ApiCase, Told, Wire, chunks, parse

OTHER = name_of(b"OTHER")


class EventsCase(ApiCase):
    """A journal that a test fills."""

    def setUp(self) -> None:
        super().setUp()
        self.site  # noqa: B018 - from now on the journal is written
        self.events_api = self.api.events

    def happen(self, count: int = 1, charger: str | None = CP001, **fields: object) -> None:
        """Let so many things happen."""
        for _ in range(count):
            self.events_api.append("stopping", charger, {"sessions": self.journal.newest + 1, **fields})

    def follow(self, query: str = "") -> tuple[Any, Wire]:
        """Follow."""
        return self.begin("GET", f"/v1/events?follow=1{query}")

    def lines(self, wire: Wire) -> list[dict[str, Any]]:
        """What a client that follows was told so far."""
        _, _, body = wire.value().partition(b"\r\n\r\n")
        lines = b"".join(chunks(body)).decode().splitlines()
        for line in lines:
            self.check("GET", "/v1/events", Told(200, {"content-type": "application/x-ndjson"}, line.encode()))
        return [json.loads(line) for line in lines]

    def ids(self, wire: Wire) -> list[int]:
        """Their numbers."""
        return [one["id"] for one in self.lines(wire)]


class ReadTests(EventsCase):
    """GET /v1/events."""

    def read(self, query: str = "") -> list[int]:
        """The numbers of the events that are read."""
        return [one["id"] for one in self.get(f"/events{query}")["events"]]

    def test_sentence(self) -> None:
        """An event comes with its number, time, code, charger and fields, and with the sentence that tells it."""
        self.serve(at_door(OWN))
        told = self.get("/events")["events"]
        self.assertEqual([one["code"] for one in told], ["session-opened", "served", "learned", "learned"])
        opened = told[0]
        self.assertEqual((opened["id"], opened["at"], opened["charger"]), (1, self.time(), CP001))
        self.assertEqual(opened["fields"]["uplink"], "wss://wss.evc-net.com")
        self.assertTrue(opened["sentence"].startswith(f"Charger C… ({CP001}) is connected from "))

    def test_newest_last(self) -> None:
        """Without `after` the latest 200 come, with it the earliest behind it; the newest stand last."""
        self.happen(300)
        self.assertEqual(self.read(), list(range(101, 301)))
        self.assertEqual(self.read("?limit=2"), [299, 300])
        self.assertEqual(self.read("?after=7&limit=3"), [8, 9, 10])
        self.assertEqual(self.read("?after=300"), [])
        self.assertEqual(self.read("?after=0&limit=1"), [300])

    def test_charger(self) -> None:
        """Events of one charger, by its id, a beginning of it or its OCPP ID; also one that only the journal knows."""
        self.absent_charger()
        known = self.read(f"?charger={CP001}")
        self.assertEqual(len(known), 5)
        self.happen(3, OTHER)
        for ref in (CP001[:5], "CP001", CP001.upper()):
            self.assertEqual(self.read(f"?charger={ref}"), known)
        self.assertEqual(self.read(f"?charger={OTHER}"), [6, 7, 8])
        self.assertEqual(self.read("?charger=2222222222222222"), [])


class FollowTests(EventsCase):
    """GET /v1/events?follow=1."""

    def test_begins_at_once(self) -> None:
        """The head comes at once, before anything happens, and it is not to be kept."""
        _, wire = self.follow()
        told = parse(wire.value())
        self.assertEqual((told.status, told.headers["content-type"]), (200, "application/x-ndjson"))
        self.assertEqual((told.headers["cache-control"], told.data), ("no-store", b""))

    def test_from_now_on(self) -> None:
        """Without `after` what happens from now on is told, line by line as it happens."""
        self.happen(3)
        _, wire = self.follow()
        for number in (4, 5):
            self.happen()
            self.assertEqual(self.ids(wire), list(range(4, number + 1)))
        self.assertEqual(self.lines(wire)[0]["sentence"], "Edge was told to stop. Sessions to close: 4.")

    def test_catches_up(self) -> None:
        """With `after` the past comes first, then what happens, in order and once, whatever happens meanwhile."""
        self.happen(5)
        self.journal.slow = True
        _, wire = self.follow("&after=2")
        self.happen()
        self.assertEqual(self.ids(wire), [])
        self.journal.answer()
        self.assertEqual(self.ids(wire), [3, 4, 5])
        self.happen()
        self.journal.answer()
        self.journal.answer()
        self.happen()
        self.assertEqual(self.ids(wire), [3, 4, 5, 6, 7, 8])
        self.assertEqual(self.journal.asked, [])

    def test_pages(self) -> None:
        """A past of many pages comes whole."""
        self.happen(2 * PAGE + 500)
        _, wire = self.follow("&after=1")
        self.happen()
        self.assertEqual(self.ids(wire), list(range(2, 2 * PAGE + 502)))

    def test_latest(self) -> None:
        """`after=0` begins with the latest page."""
        self.happen(PAGE + 10)
        _, wire = self.follow("&after=0")
        self.happen()
        self.assertEqual(self.ids(wire), list(range(11, PAGE + 12)))

    def test_charger(self) -> None:
        """One charger can be followed."""
        self.happen(2, OTHER)
        self.happen(2)
        _, wire = self.follow(f"&after=1&charger={CP001}")
        self.happen(1, OTHER)
        self.happen(1)
        self.happen(1, None)
        self.assertEqual(self.ids(wire), [3, 4, 6])

    def test_several(self) -> None:
        """Each client gets its own lines; one that leaves is nobody's trouble, and is forgotten."""
        (gone, _), (_, wire) = self.follow(), self.follow()
        self.happen()
        gone.connectionLost(Failure(ConnectionLost()))
        self.happen()
        self.assertEqual(self.ids(wire), [1, 2])
        self.assertEqual(len(self.events_api._followers), 1)

    def test_journal_fails(self) -> None:
        """Where the journal cannot be read, the client is dropped: it would miss something."""
        self.happen()
        self.journal.fault = StoreError("gone")
        _, wire = self.follow("&after=1")
        self.assertTrue(wire.aborted)
        self.happen()
        self.assertEqual(self.ids(wire), [])


class SlowTests(EventsCase):
    """A client that takes nothing."""

    def test_while_it_catches_up(self) -> None:
        """The past is told as the client takes it: nothing of it is kept for it meanwhile, and nothing is lost."""
        self.happen(2 * PAGE)
        self.journal.slow = True
        _, wire = self.follow("&after=1")
        wire.pause()
        self.journal.answer()
        self.assertEqual((self.ids(wire), self.journal.asked), ([], []))
        self.happen()
        for _ in range(3):
            wire.resume()
            self.journal.answer()
        self.journal.slow = False
        while self.journal.asked:
            self.journal.answer()
        self.happen()
        self.assertEqual(self.ids(wire), list(range(2, 2 * PAGE + 3)))

    def test_in_the_middle_of_a_page(self) -> None:
        """A client that takes nothing more in the middle of a page gets the rest of it later."""
        self.happen(20)
        write = Follower._write

        def stop_at(follower: Follower, entry: Entry) -> None:
            write(follower, entry)
            if entry.id == 12:
                follower.pauseProducing()

        self.patch(Follower, "_write", stop_at)
        _, wire = self.follow("&after=5")
        self.assertEqual(self.ids(wire), list(range(6, 13)))
        wire.resume()
        self.happen()
        self.assertEqual(self.ids(wire), list(range(6, 22)))

    def test_dropped(self) -> None:
        """More than 1 MiB happens while it takes nothing: it is dropped; nothing more is kept, and others go on."""
        (_, slow), (_, fast) = self.follow(), self.follow()
        slow.pause()
        fields = {"padding": "x" * 50_000}
        happened = 0
        while not slow.aborted:
            self.happen(1, CP001, **fields)
            happened += 1
            self.assertLess(happened * 50_000, BACKLOG_BYTES + 50_000)
        size = len(slow.value())
        self.happen(3)
        self.assertEqual((len(slow.value()), len(self.ids(fast))), (size, happened + 3))
        self.assertLess(size, BACKLOG_BYTES + 100_000)

    def test_dropped_while_it_catches_up(self) -> None:
        """So is one that takes nothing of the past either."""
        self.happen(10)
        _, wire = self.follow("&after=1")
        self.journal.slow = True
        wire.pause()
        while not wire.aborted:
            self.happen(1, CP001, padding="x" * 50_000)
            self.assertLess(self.journal.newest, 40)

    def test_taken_again(self) -> None:
        """A client that takes lines again starts from nothing."""
        _, wire = self.follow()
        for _ in range(5):
            wire.pause()
            self.happen(15, CP001, padding="x" * 50_000)
            wire.resume()
        self.assertFalse(wire.aborted)
        self.assertEqual(self.ids(wire), list(range(1, 76)))


class AnyOrderTests(EventsCase):
    """Whatever happens in whatever order."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(0, 8),
        st.integers(1, 8),
        st.lists(st.sampled_from(("happen", "other", "pause", "resume", "answer")), max_size=25),
    )
    def test_in_order_and_once(self, past: int, after: int, steps: list[str]) -> None:
        """A client is told every event of its charger behind `after` once and in order, at the latest when it reads."""
        self.setUp()
        self.happen(past)
        self.journal.slow = True
        _, wire = self.follow(f"&after={after}&charger={CP001}")
        paused = False
        for step in steps:
            if step in ("happen", "other"):
                self.happen(1, CP001 if step == "happen" else OTHER)
            elif step == "answer" and self.journal.asked:
                self.journal.answer()
            elif step == "pause" and not paused:
                wire.pause()
                paused = True
            elif step == "resume" and paused:
                wire.resume()
                paused = False
        if paused:
            wire.resume()
        while self.journal.asked:
            self.journal.answer()
        self.happen()
        wanted = [one.id for one in self.journal.entries if one.charger == CP001 and one.id > after]
        self.assertEqual(self.ids(wire), wanted)

    def setUp(self) -> None:
        if hasattr(self, "_site"):
            del self._site
        super().setUp()
