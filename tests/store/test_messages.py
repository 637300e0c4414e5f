"""Tests of `edge_twisted.store.messages` and its file."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import evolve
from msgspec.structs import replace
from twisted.trial.unittest import TestCase

from edge_twisted.store import message_file
from edge_twisted.store import messages as module
from edge_twisted.store.errors import StoreError
from edge_twisted.store.message_file import ASIDE, MessageFile, find
from edge_twisted.store.messages import (
    MISSED_SECONDS,
    RETRY_SECONDS,
    SHARE,
    WAITING_BYTES,
    WRITE_SECONDS,
    Messages,
    Passed,
    Row,
    Search,
)
from tests.store.test_journal import ThreadClock

NOW = 1_700_000_000.0
DAY = 86_400.0
FULL = "CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(FAIL, 'disk is full'); END"


def passed(number: int, charger: str = "c1", **more: Any) -> Passed:
    """A message on its way."""
    text = more.pop("text", f'[2,"{number}","Heartbeat",{{}}]')
    usual = Passed(
        number, NOW + number, charger, "s1", "charger", "call", str(number), "Heartbeat", None, None, "", text.encode()
    )
    return replace(usual, **more)


class MessagesCase(TestCase):
    """Has a store on disk, and turns its clock."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()
        self.troubles: list[str] = []
        self.misses: list[int] = []
        self.time = NOW
        self.store = self.open()

    def open(self, **options: Any) -> Messages:
        """A store, closed at the end."""
        self.clock = ThreadClock()
        store = Messages(
            self.path,
            self.clock,
            lambda: self.time,
            failed=self.troubles.append,
            missed=self.misses.append,
            **options,
        )
        self.states = store.load()
        self.addCleanup(store.close)
        return store

    def add(self, *some: Passed) -> None:
        """Messages come."""
        for one in some:
            self.store.number()
            self.store.append(one)

    async def written(self, seconds: float = WRITE_SECONDS) -> None:
        """Turn the clock, and wait until the thread has done what was due."""
        self.clock.advance(seconds)
        while self.store._writing:
            await self.store.work(lambda: None)

    async def found(self, **search: Any) -> list[int]:
        """The numbers of what a search finds."""
        return [row.id for row in (await self.store.find(Search(**search))).rows]

    def change(self, statement: str) -> None:
        """Change the file behind the store's back."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(statement)
            connection.commit()


class KeepingTests(MessagesCase):
    """What passes is kept, redacted, and found again."""

    async def test_share(self) -> None:
        """However much waits, writing has a tenth of a processor: after a batch the thread rests nine times as long."""
        self.patch(module, "BATCH", 2)
        self.patch(time, "thread_time", iter(range(100)).__next__)
        self.add(*map(passed, range(1, 6)))
        await self.written()
        self.assertEqual(self.store.written, 2)
        await self.written(SHARE - 0.1)
        self.assertEqual(self.store.written, 2)
        await self.written(0.2)
        self.assertEqual(self.store.written, 4)

    async def test_kept(self) -> None:
        """A message is kept without its secrets, with its size as it passed; the file is its owner's alone."""
        text = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hunter2"}]'
        self.add(passed(1, text=text, secret_identity=b"EVB-123456", uid="EVB-123456", action="ChangeConfiguration"))
        await self.written()
        [row] = (await self.store.find(Search())).rows
        self.assertNotIn("hunter2", row.text)
        self.assertEqual((row.id, row.size, row.uid, row.at), (1, len(text), "EV…", NOW + 1))
        self.assertEqual(row.action, "ChangeConfiguration")
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        await self.store.close()
        for file in self.path.parent.glob(self.path.name + "*"):
            self.assertFalse(b"hunter2" in file.read_bytes() or b"EVB-123456" in file.read_bytes(), file)

    async def test_filters(self) -> None:
        """A search by charger, time, side, action, text, errors and slowness finds what it should."""
        self.add(
            passed(1),
            passed(2, source="central", kind="result", answers=1, seconds=0.5),
            passed(3, charger="c2"),
            passed(4, action="Authorize", kind="error", error="GenericError", seconds=3.0, answers=9),
            passed(5, kind="unreadable", error="json", text="100%_!"),
        )
        await self.written()
        for search, wanted in (
            ({}, [1, 2, 3, 4, 5]),
            ({"charger": "c1"}, [1, 2, 4, 5]),
            ({"since": NOW + 2, "until": NOW + 3}, [2, 3]),
            ({"source": "central"}, [2]),
            ({"action": "authorize"}, [4]),
            ({"errors": True}, [4, 5]),
            ({"slow": 0.5}, [2, 4]),
            ({"slow": 1.0}, [4]),
            ({"text": "HEARTBEAT"}, [1, 2, 3, 4]),
            ({"text": "%_!"}, [5]),
            ({"text": "1__"}, []),
            ({"limit": 2}, [4, 5]),
            ({"before": 4, "limit": 2}, [2, 3]),
            ({"after": 1, "forward": True, "limit": 2}, [2, 3]),
            ({"after": 1, "limit": 2}, [4, 5]),
        ):
            self.assertEqual(await self.found(**search), wanted, search)
            rows = (await self.store.find(Search())).rows
            by_hand = [row.id for row in rows if Search(**search).matches(row)]
            if "limit" not in search:
                self.assertEqual(by_hand, wanted, search)

    async def test_pairs(self) -> None:
        """A call is given with its answer, and either opens with the other."""
        self.add(passed(1), passed(2, kind="result", answers=1, seconds=0.25), passed(3))
        await self.written()
        found = await self.store.find(Search(limit=10))
        self.assertEqual({call: answer.id for call, answer in found.answers.items()}, {1: 2})
        for number, other in ((1, 2), (2, 1), (3, None)):
            opened = await self.store.open("c1", number)
            assert opened is not None
            self.assertEqual((opened[0].id, opened[1].id if opened[1] else None), (number, other))
        self.assertIsNone(await self.store.open("c2", 1))
        self.assertIsNone(await self.store.open("c1", 99))

    async def test_paging(self) -> None:
        """Whoever pages on, in either direction, sees each message once."""
        self.patch(message_file, "WINDOW", 7)
        self.add(*(passed(number, action="A" if number % 3 else "B") for number in range(1, 101)))
        await self.written()
        wanted = [number for number in range(1, 101) if not number % 3]
        for forward in (True, False):
            seen: list[int] = []
            search = Search(action="B", forward=forward, limit=4)
            while True:
                found = await self.store.find(search)
                seen += [row.id for row in found.rows]
                if not found.reached:
                    break
                search = evolve(search, after=found.reached) if forward else evolve(search, before=found.reached)
            self.assertEqual(sorted(seen), wanted)

    async def test_search_takes_its_time(self) -> None:
        """A search that takes long tells how far it came."""
        self.patch(message_file, "WINDOW", 10)
        self.patch(message_file, "SEARCH_SECONDS", -1.0)
        self.add(*(passed(number) for number in range(1, 51)))
        await self.written()
        found = await self.store.find(Search(text="nowhere"))
        self.assertEqual((found.rows, found.reached), ([], 41))

    async def test_again(self) -> None:
        """After a restart numbers go on, and what was observed comes back."""
        self.add(passed(1), passed(2))
        self.store.keep_states({"c1": b"{}", "c2": b"x", "c3": b"y"})
        await self.written()
        self.store.keep_states({"c3": b""})
        await self.store.close()
        store = self.open()
        self.assertEqual((store.newest, store.number(), self.states), (2, 3, {"c1": b"{}", "c2": b"x"}))

    async def test_forget(self) -> None:
        """Nothing is kept of a charger that is forgotten, on its way or on the disk."""
        self.add(passed(1), passed(2, charger="c2"))
        self.store.keep_states({"c1": b"{}"})
        await self.written()
        self.add(passed(3))
        self.store.forget("c1")
        await self.written()
        self.assertEqual(await self.found(), [2])
        await self.store.close()
        self.open()
        self.assertEqual(self.states, {})

    async def test_follow(self) -> None:
        """Whoever follows hears of messages redacted and in order, and no more once he ended it."""
        heard: list[Row] = []
        end = self.store.follow(heard.extend)
        self.add(passed(1, text='[2,"1","X",{"password":"hunter2"}]'), passed(2))
        await self.written(0.2)
        self.assertEqual([row.id for row in heard], [1, 2])
        self.assertNotIn("hunter2", heard[0].text)
        end()
        self.add(passed(3))
        await self.written()
        self.assertEqual(len(heard), 2)


class BoundsTests(MessagesCase):
    """Memory and disk are bounded."""

    async def test_days(self) -> None:
        """What is too old is removed; the newest stays, for its number."""
        store = self.store
        self.add(passed(1, at=NOW - 20 * DAY), passed(2, at=NOW - 15 * DAY), passed(3, at=NOW - 10 * DAY), passed(4))
        await self.written()
        self.assertEqual(await self.found(), [3, 4])
        self.time = NOW + 30 * DAY
        store.keep_states({"c1": b"{}"})
        await self.written()
        self.assertEqual(await self.found(), [4])

    async def test_megabytes(self) -> None:
        """Beyond so many megabytes the oldest are removed, and the file does not grow any more."""
        await self.store.close()
        self.store = self.open(megabytes=1)
        self.patch(message_file, "REMOVED", 50)
        self.patch(module, "PRUNED_AFTER", 50)
        number = 0
        for _ in range(20):
            self.add(*(passed(number := number + 1, text="x" * 2000) for _ in range(60)))
            await self.written()
            for _ in range(20):
                await self.written(module.PAUSE_SECONDS)
        found = await self.found(limit=100_000)
        self.assertEqual(found[-1], number)
        self.assertGreater(len(found), 200)
        self.assertLess(len(found), 600)
        self.assertLess(self.path.stat().st_size, 3 << 20)

    async def test_long_messages(self) -> None:
        """The same with long messages, which are few for their megabytes."""
        await self.store.close()
        self.store = self.open(megabytes=1)
        self.patch(module, "PRUNED_AFTER", 1000)
        for number in range(1, 61):
            self.add(passed(number, text="x" * 60_000))
            await self.written()
            await self.written(module.PAUSE_SECONDS)
        self.assertLess(len(await self.found(limit=100)), 30)
        self.assertEqual((await self.found())[-1], 60)

    async def test_waiting(self) -> None:
        """What waits is bounded by number and octets; what is left out is counted and told, not too often."""
        self.patch(module, "WAITING", 3)
        self.add(*(passed(number) for number in range(1, 7)))
        await self.written()
        self.assertEqual((await self.found(), self.store.dropped, self.misses), ([1, 2, 3], 3, [3]))
        self.add(passed(7), passed(8, text="x" * (WAITING_BYTES + 1)))
        await self.written()
        self.assertEqual((await self.found(), self.misses), ([1, 2, 3, 7], [3]))
        self.time += MISSED_SECONDS
        self.add(passed(9))
        await self.written()
        self.assertEqual(self.misses, [3, 1])

    async def test_readers(self) -> None:
        """Only so many may wait for what they asked to read."""
        asked = [self.store.find(Search()) for _ in range(module.READERS + 1)]
        await self.assertFailure(asked[-1], StoreError)
        for one in asked[:-1]:
            await one

    async def test_large_texts(self) -> None:
        """However many are asked for, no more is given at once than fits."""
        self.patch(message_file, "FOUND_BYTES", 5000)
        self.add(*(passed(number, text="x" * 2000) for number in range(1, 11)))
        await self.written()
        found = await self.store.find(Search(limit=100))
        self.assertEqual(([row.id for row in found.rows], found.reached), ([8, 9, 10], 8))


class TroubleTests(MessagesCase):
    """The disk fails; nothing else does."""

    async def test_full(self) -> None:
        """While the disk is full messages are lost and counted, which is told once; then all is well again."""
        self.add(passed(1))
        await self.written()
        self.change(FULL)
        heard: list[Row] = []
        self.store.follow(heard.extend)
        for number in (2, 3):
            self.add(passed(number))
            await self.written(RETRY_SECONDS)
        self.assertEqual((len(self.troubles), self.store.dropped), (1, 2))
        self.assertIn("disk is full", self.troubles[0])
        self.assertEqual([row.id for row in heard], [2, 3])
        self.change("DROP TRIGGER full")
        self.add(passed(4))
        await self.written(RETRY_SECONDS)
        self.assertEqual(await self.found(), [1, 4])
        self.change(FULL)
        self.add(passed(5))
        await self.written(RETRY_SECONDS)
        self.assertEqual(len(self.troubles), 2)

    async def test_forget_while_full(self) -> None:
        """Nothing is left of a charger that was forgotten while the disk failed, once it works again."""
        self.add(passed(1), passed(2, charger="c2"))
        self.store.keep_states({"c1": b"{}"})
        await self.written()
        self.change(FULL.replace("INSERT", "DELETE"))
        self.store.forget("c1")
        self.store.keep_states({"c2": b"{}"})
        await self.written()
        self.assertEqual(await self.found(), [1, 2])
        self.change("DROP TRIGGER full")
        await self.written(RETRY_SECONDS)
        self.assertEqual(await self.found(), [2])
        await self.store.close()
        self.open()
        self.assertEqual(self.states, {"c2": b"{}"})

    async def test_broken_at_start(self) -> None:
        """A file that is no database is set aside, and a new one begun."""
        await self.store.close()
        self.path.write_bytes(b"no database at all" * 1000)
        self.store = self.open()
        self.add(passed(1))
        await self.written()
        self.assertEqual((await self.found(), self.troubles), ([1], []))
        self.assertTrue(self.path.with_name(self.path.name + ASIDE).exists())

    async def test_broken_while_running(self) -> None:
        """A file that breaks while Edge runs is set aside as well."""
        self.add(*(passed(number, text="x" * 5000) for number in range(1, 200)))
        await self.written()
        await self.store.close()
        data = bytearray(self.path.read_bytes())
        data[4096 : len(data)] = b"\xff" * (len(data) - 4096)
        self.path.write_bytes(data)
        self.store = self.open()
        for number in range(200, 204):
            self.add(passed(number))
            await self.written(RETRY_SECONDS)
        self.assertIn(203, await self.found())
        self.assertEqual(len(self.troubles), 1)

    async def test_later_version(self) -> None:
        """A file of a later Edge is set aside."""
        await self.store.close()
        self.change("PRAGMA user_version = 99")
        self.store = self.open()
        self.add(passed(1))
        await self.written()
        self.assertEqual(await self.found(), [1])

    async def test_no_directory(self) -> None:
        """A directory that can't be written is told, and nothing raises."""
        await self.store.close()
        self.path = self.path / "nowhere" / "messages.db"
        self.store = self.open()
        self.add(passed(1))
        await self.written()
        self.assertEqual(len(self.troubles), 1)
        await self.assertFailure(self.store.find(Search()), StoreError)

    async def test_closed(self) -> None:
        """What waits is written at the end; afterwards nothing is taken and nothing is read."""
        self.add(passed(1))
        await self.store.close()
        self.store.append(passed(2))
        await self.assertFailure(self.store.find(Search()), StoreError)
        file = MessageFile(self.path)
        self.assertEqual(file.newest(), 1)
        file.close()
        self.assertEqual([row.id for row in find(self.path, Search()).rows], [1])
