"""Edge under load: many chargers for a while, slow peers, hanging lookups, strangers in numbers, and a sudden death.

`EDGE_LONG=1` makes them longer and larger. What was measured stands in trial's `test.log`.
"""

import json
import os
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred, DeferredLock, DeferredSemaphore, ensureDeferred, gatherResults
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from edge_twisted.core.endpoint import parse_endpoint
from tests.certificates import Root
from tests.real.child import BOUND
from tests.real.harness import EdgeProcess, start_edge
from tests.real.peer import write
from tests.real.prepared import PreparedEdge
from tests.real.sockets import Central, CentralLeg, ChargerLeg, Leg, Sockets, Watch, call, charger_request
from tests.real.steps import remember
from tests.wire.frames import CLOSE

MIB = 1 << 20
LONG = bool(os.environ.get("EDGE_LONG"))
SECONDS = 60 if LONG else 20
GUESSES = 10_000 if LONG else 2_000
CHARGERS = 100
PERIOD = 0.2
KINDS = ("BASIC", "WSS", "LEG")
"""Chargers with a password, chargers that are served on the wss uplink only, chargers that come on wss."""
GROWTH = 10 * MIB
"""What Edge's memory may grow by."""
KEPT = 20 * MIB
"""What 60 MiB of large messages may cost: the record of messages holds a few MiB of them, in two threads' memory."""

_log = Logger()


def memory(edge: EdgeProcess) -> int:
    """How much memory the process has, in octets (resident set)."""
    assert edge.child is not None
    status = Path(f"/proc/{edge.child.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def all_of(waiting: Iterable[Coroutine[Any, Any, Any]]) -> Deferred[list[Any]]:
    """Do things at the same time."""
    return gatherResults([ensureDeferred(one) for one in waiting], consumeErrors=True)


async def seconds(number: float) -> None:
    """Let time pass, where time itself is the test's matter."""
    from twisted.internet import reactor

    await deferLater(reactor, number)


async def come_online(sockets: Sockets, edge: EdgeProcess, identity: str, source: str = "127.0.0.1") -> list[int]:
    """Connect as a charger does: where it is refused, again after the Retry-After.

    Returns:
        The statuses of the refusals.
    """
    statuses: list[int] = []
    while (charger := await sockets.charger(edge.ports["ws"][0], identity, source=source)).status != 101:
        statuses.append(charger.status)
        charger.abort()
        if not 1 <= charger.retry_after <= 10:
            raise AssertionError(f"{identity}: {charger.status}, to come again after {charger.retry_after} s")
        await seconds(charger.retry_after)
    charger.send(call(1))
    await charger.message()
    return statuses


class Numbered:
    """Numbered messages through one session: CALLs of both sides, each answered with its number.

    Args:
        charger: the charger's end.
        central: the central system's end.

    Attributes:
        sent, got, answered: how many CALLs by who sent them, `c` or `s`.
        faults: what was lost, came twice or out of order.
    """

    def __init__(self, charger: ChargerLeg, central: CentralLeg) -> None:
        self.ends: dict[str, Leg] = {"c": charger, "s": central}
        self.sent, self.got, self.answered = Counter[str](), Counter[str](), Counter[str]()
        self.faults: list[str] = []
        charger.heard = lambda payload: self._hear("c", "s", payload)
        central.heard = lambda payload: self._hear("s", "c", payload)

    def send(self, side: str) -> None:
        """Send the next CALL of a side."""
        text = call(f"{side}-{self.sent[side]}", "DataTransfer", {"vendorId": "load", "data": "x" * 150})
        self.sent[side] += 1
        self.ends[side].send(text)

    def _hear(self, here: str, there: str, payload: bytes) -> None:
        kind, name = json.loads(payload)[:2]
        side, counted = (there, self.got) if kind == 2 else (here, self.answered)
        if name != f"{side}-{counted[side]}":
            self.faults.append(f"{side}-{counted[side]} was due at {here}, {name} came")
        counted[side] += 1
        if kind == 2:
            self.ends[here].send(json.dumps([3, name, {}]).encode())

    @property
    def complete(self) -> bool:
        """Whether all that was sent has come and was answered."""
        return self.sent == self.got == self.answered


class Talking:
    """Has chargers and central systems say something again and again.

    Args:
        say: called each time.
    """

    def __init__(self, say: Callable[[], object]) -> None:
        self.count = 0
        self._say = say

    async def until(self, find: Callable[[], bool], what: str) -> None:
        """Talk until something is found, which is looked for each time."""
        watch = Watch()

        def turn() -> None:
            self._say()
            self.count += 1
            watch.look()

        again = LoopingCall(turn)
        again.start(PERIOD)
        try:
            await watch.until(lambda: find() or None, what, 2 * SECONDS + BOUND)
        finally:
            again.stop()

    async def go(self, number: float) -> None:
        """Talk for so many seconds, on a machine that keeps up."""
        end = self.count + number / PERIOD
        await self.until(lambda: self.count >= end, f"{number} s of talk")


@implementer(IPushProducer)
class Offering:
    """Offers messages to a peer as fast as it takes them.

    Args:
        leg: who offers.
        messages: what.
    """

    def __init__(self, leg: Leg, messages: Iterable[bytes]) -> None:
        self._messages = deque(messages)
        self._leg = leg
        self._paused = False
        transport: Any = leg.transport
        transport.registerProducer(self, True)
        self.resumeProducing()

    @property
    def left(self) -> int:
        """Octets that nobody took yet."""
        return sum(map(len, self._messages))

    def resumeProducing(self) -> None:
        """More is taken."""
        self._paused = False
        while self._messages and not self._paused:
            self._leg.send(self._messages.popleft())
            if not self._messages:
                transport: Any = self._leg.transport
                transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """Nothing is taken for now."""
        self._paused = True

    def stopProducing(self) -> None:
        """The connection is over."""
        self._messages.clear()


def at(central: Central, beginning: str) -> int:
    """How many handshakes of identities that begin so a central system saw."""
    return sum(leg.identity.startswith(beginning) for leg in central.asked)


def delayed(centrals: Iterable[Central], status: int, known: Iterable[str] = ()) -> Callable[[], int]:
    """Let central systems take a moment for each answer.

    Args:
        centrals: which.
        status: what they answer.
        known: identities that they take at once.

    Returns:
        Says how many waited at once at all of them, at most.
    """
    from twisted.internet import reactor

    clock: Any = reactor
    waiting, most = set[CentralLeg](), [0]

    def answer(leg: CentralLeg) -> None:
        waiting.discard(leg)
        leg.answer(status)

    def judge(leg: CentralLeg) -> int | None:
        if leg.identity in known:
            return 101
        waiting.add(leg)
        most[0] = max(most[0], len(waiting))
        clock.callLater(0.02, answer, leg)
        return None

    for central in centrals:
        central.judge = judge
    return lambda: most[0]


class LoadTests(TestCase):
    """Many at once."""

    timeout = 300

    async def begin(self, limits: dict[str, object] | None = None) -> None:
        """Start central systems on ws and wss, and Edge."""
        self.sockets = Sockets(self)
        root = Root()
        self.plain = self.sockets.central()
        self.secure = self.sockets.central(root.issue(addresses=["127.0.0.1"]))
        self.edge = await start_edge(
            self,
            ws=self.plain.endpoint,
            wss=self.secure.endpoint,
            settings={"uplink": {"roots": [write(self, root.pem)]}, "limits": limits or {}},
            cold=True,
        )

    async def session(self, identity: str, password: bytes | None = None, *, wss: bool = False) -> Numbered:
        """Connect a charger, and number what goes through its session."""
        port, root = (self.edge.ports["wss"][0], self.edge.root) if wss else (self.edge.ports["ws"][0], None)
        charger = await self.sockets.charger(port, identity, password, root=root)
        self.assertEqual(charger.status, 101, identity)
        legs = [leg for central in (self.plain, self.secure) for leg in central.open.get(identity, [])]
        self.assertEqual(len(legs), 1, identity)
        return Numbered(charger, legs[0])

    async def test_traffic(self) -> None:
        """M3: a hundred chargers on ws and wss: no message is lost, doubled or out of order, and memory stays flat."""
        await self.begin({"unserved_dials": 1000})
        sessions = await all_of(self.session(f"LOAD-{n}", wss=n % 2 == 1) for n in range(CHARGERS))

        def talk() -> None:
            for number, session in enumerate(sessions):
                session.send("c")
                if (number + talking.count) % 2:
                    session.send("s")

        talking = Talking(talk)
        await talking.go(SECONDS / 3)
        early = memory(self.edge)
        await talking.go(SECONDS * 2 / 3)
        await self.sockets.watch.until(lambda: all(one.complete for one in sessions) or None, "all answers")
        late = memory(self.edge)
        self.assertEqual([fault for one in sessions for fault in one.faults], [])
        number = sum(one.sent.total() for one in sessions)
        self.assertGreater(number, CHARGERS * SECONDS)
        _log.info("{n} CALLs and answers, memory {a} then {b} MiB", n=number, a=early / MIB, b=late / MIB)
        self.assertLess(late - early, GROWTH)
        await self.edge.stop()
        self.assertNotIn(b"Traceback", self.edge.output)

    async def test_killed(self) -> None:
        """H8: after a kill in mid-traffic every charger is back at once; its first dial goes where it was served."""
        await self.begin({"unserved_dials": 1000})
        self.plain.judge = lambda leg: 404 if leg.identity.startswith("WSS") else 101
        names = [
            (kind, f"{kind}-{n}", b"password-%d" % n if kind == "BASIC" else None) for kind in KINDS for n in range(10)
        ]

        async def all_sessions() -> list[Numbered]:
            return await all_of(self.session(name, password, wss=kind == "LEG") for kind, name, password in names)

        sessions = await all_sessions()

        def talk() -> None:
            for one in sessions:
                one.send("c")
                one.send("s")

        talking = Talking(talk)
        await talking.until(lambda: self.rows() == len(names), "records on disk")
        self.assertEqual([fault for one in sessions for fault in one.faults], [])
        await self.edge.kill()
        await self.sockets.watch.until(lambda: None if self.sockets.legs else True, "end of all connections")
        for central in (self.plain, self.secure):
            central.asked.clear()
        await self.edge.start()
        await self.edge.says(b"Chargers known: 30")
        sessions = await all_sessions()
        asked = {kind: (at(self.plain, kind), at(self.secure, kind)) for kind in KINDS}
        self.assertEqual(asked, {"BASIC": (10, 0), "WSS": (0, 10), "LEG": (0, 10)})
        self.assertEqual(
            {leg.shown for leg in self.plain.asked}, {name.encode() + b":" + shown for _, name, shown in names if shown}
        )
        for one in sessions:
            one.send("c")
        await self.sockets.watch.until(lambda: all(one.complete for one in sessions) or None, "all answers")
        await self.sockets.charger(self.edge.ports["ws"][0], "BASIC-3")
        await self.edge.says(b"It no longer shows the password that it showed before")

    def rows(self) -> int:
        """How many chargers stand on the disk."""
        path = self.edge.state / "edgeproxy.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM chargers").fetchone()[0])

    async def test_first_power_on(self) -> None:
        """200 new chargers behind one address all come online, with the limits as they are and by Retry-After."""
        await self.begin()
        most = delayed([self.plain], 101)
        refused = await all_of(come_online(self.sockets, self.edge, f"NEW-{number}") for number in range(200))
        statuses = Counter(status for one in refused for status in one)
        _log.info("200 new chargers: {s} refusals, at most {m} of one charger", s=statuses, m=max(map(len, refused)))
        self.assertEqual(set(statuses), {503})
        self.assertEqual(len(self.plain.asked), 200)
        self.assertLessEqual(most(), 8)

    async def test_made_up_identities(self) -> None:
        """Thousands of made-up identities from one address stay in their lane, and a known charger gets through."""
        await self.begin({"unserved_per_hour": 120})
        await come_online(self.sockets, self.edge, "KNOWN")
        await self.leave("KNOWN")
        known = {"KNOWN", "NEWCOMER"}
        most = delayed([self.plain, self.secure], 404, known)
        places, turn = DeferredSemaphore(50), DeferredLock()
        done = Counter[int]()

        async def visit() -> None:
            self.assertEqual(await come_online(self.sockets, self.edge, "KNOWN"), [])
            await self.leave("KNOWN")

        async def guess(number: int) -> None:
            charger = await self.sockets.charger(self.edge.ports["ws"][0], f"MADE-UP-{number}", source="127.0.0.66")
            done[charger.status] += 1
            charger.abort()
            if number % (GUESSES // 8) == GUESSES // 10:
                await turn.run(visit)

        await gatherResults([places.run(guess, n) for n in range(GUESSES)], consumeErrors=True)
        self.assertEqual(await come_online(self.sockets, self.edge, "NEWCOMER", "127.0.0.2"), [])
        dials = sum(at(central, "MADE-UP") for central in (self.plain, self.secure))
        _log.info("{n} made-up identities: {d} dials, answers {a}", n=GUESSES, d=dials, a=done)
        self.assertEqual(done.total(), GUESSES)
        self.assertEqual(set(done), {404, 503})
        self.assertLessEqual(dials, 60)
        self.assertLessEqual(most(), 8)

    async def leave(self, identity: str) -> None:
        """Let a charger go, and see its uplink end."""
        leg = await self.plain.leg(identity)
        leg.send(b"", CLOSE)
        await leg.over()

    async def test_slow_readers(self) -> None:
        """W-12: a peer that does not read what the other side offers, 60 MiB, costs Edge no memory; nothing is lost."""
        await self.begin()
        other = await self.session("OTHER")
        for identity, wss, offers, deaf in (
            ("TO-WS", False, "c", "s"),
            ("TO-WSS", True, "c", "s"),
            ("FROM-WS", False, "s", "c"),
            ("FROM-WSS", True, "s", "c"),
        ):
            session = await self.session(identity, wss=wss)
            await self.offer(session.ends[offers], session.ends[deaf], other)

    async def offer(self, source: Leg, sink: Leg, other: Numbered) -> None:
        """Offer 60 MiB to a peer that does not read, until nothing more is taken; then let it read.

        Args:
            source: who offers.
            sink: who does not read.
            other: a session that goes on meanwhile; its messages show that Edge had time to read.
        """
        size, heard = 256 * 1024, Counter[bytes]()
        sink.heard = lambda payload: heard.update([payload[:8]])
        sink.read_no_more()
        before = memory(self.edge)
        offering = Offering(source, [b"%08d" % number + bytes(size - 8) for number in range(240)])
        left = -1
        while offering.left != left:
            left = offering.left
            for _ in range(100):
                other.send("c")
                await self.sockets.watch.until(lambda: other.complete or None, "an answer")
        grown = memory(self.edge) - before
        _log.info("60 MiB offered, {l} MiB not taken, memory grew {g} MiB", l=offering.left / MIB, g=grown / MIB)
        self.assertGreater(offering.left, 30 * MIB)
        self.assertLess(grown, KEPT)
        sink.read_again()
        await sink.until(lambda: len(heard) == 240 or None, "all messages")
        self.assertEqual(list(heard), [b"%08d" % number for number in range(240)])
        self.assertLess(memory(self.edge) - before, KEPT)


SLOW = """
import os
import socket
import time

from edge_twisted.wire.names import Names


def lookup(host, *others):
    if host.startswith("slow"):
        os.write(1, f"looking for {host}\\n".encode())
        while not os.path.exists(os.environ["EDGEPROXY_CONFIG"] + ".found"):
            time.sleep(0.05)
        host = "127.0.0.1"
    return socket.getaddrinfo(host, *others)


Names.__init__.__defaults__ = (lookup,)
"""
"""Lookups of names that begin with `slow` hang until a file is there."""


class HangingLookupTests(TestCase):
    """Names that nobody answers for."""

    timeout = 120

    async def begin(self) -> None:
        """Start an Edge in which the lookups of 20 chargers' endpoints hang."""
        self.sockets = Sockets(self)
        self.central = self.sockets.central()
        port = self.central.port.getHost().port
        limits = {"dial_seconds": 60, "dials_seconds": 60}
        self.edge = PreparedEdge(self, {"uplink": {"ws": f"ws://localhost:{port}"}, "limits": limits})
        self.edge.first = SLOW
        for number in range(20):
            endpoint = parse_endpoint(f"ws://slow-{number}.example:{port}")
            # Served before: new chargers would wait for one another.
            await remember(self.edge, f"SLOW-{number}", partial(evolve, endpoint=endpoint, first_served=1.0))
        await self.edge.start()
        self.slow = [
            await self.sockets.connect(self.edge.ports["ws"][0], charger_request(f"SLOW-{n}")) for n in range(20)
        ]
        for number in range(20):
            await self.edge.says(f"looking for slow-{number}.example".encode())

    async def test_others_are_served(self) -> None:
        """20 lookups that hang delay nobody else, whose own endpoint has to be looked up as well."""
        await self.begin()
        for number in range(20):
            self.assertEqual(await come_online(self.sockets, self.edge, f"OTHER-{number}"), [])
        self.assertEqual([charger.head for charger in self.slow], [b""] * 20)
        self.edge.config.with_name(self.edge.config.name + ".found").touch()
        self.assertEqual({await charger.answered() for charger in self.slow}, {101})
        await self.edge.stop()
        self.assertNotIn(b"Traceback", self.edge.output)

    async def test_stop(self) -> None:
        """Lookups that hang do not hold up the end of Edge."""
        await self.begin()
        await self.edge.stop(5)
        self.assertEqual({await charger.answered() for charger in self.slow}, {503})
