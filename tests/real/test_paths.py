"""One suite over all ways of the relay, on real sockets: Twisted's and Autobahn's, or the straight one; TCP or TLS; the
gate armed or not. Whatever way, the outcome is the same: messages, order, close codes, events.
"""

import gc
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import ref

from attrs import define, frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from edge_twisted.bus import Bus
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.endpoint import Trust, parse_endpoint
from edge_twisted.core.events import Event
from edge_twisted.core.lane import Lane
from edge_twisted.core.networks import parse_networks
from edge_twisted.core.policy import Rules
from edge_twisted.core.request import response
from edge_twisted.core.steps import Leg
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.registry import Registry
from edge_twisted.store.memory import MemoryChargers
from edge_twisted.trust.contexts import ClientContexts, ServerCreator, server_context
from edge_twisted.wire.charger import ChargerFactory
from edge_twisted.wire.hub import Hub
from edge_twisted.wire.line import Line, WireLimits
from edge_twisted.wire.names import Names
from edge_twisted.wire.port import ChargerTLS, StraightChargerTLS, note_alert
from edge_twisted.wire.relay import Verdict
from edge_twisted.wire.straight import StraightFactory
from edge_twisted.wire.uplink import Dialler
from tests.certificates import Root
from tests.real.sockets import Central, CentralLeg, ChargerLeg, Sockets
from tests.real.sockets import Leg as Peer
from tests.trust.handshake import charger_authority
from tests.wire import frames
from tests.wire.frames import BINARY, CONTINUATION, PING, TEXT

LIMITS = WireLimits(
    message_bytes=100_000,
    head_seconds=10.0,
    dial_seconds=10.0,
    dials_seconds=20.0,
    connections=100,
    connections_per_address=100,
    pre_open_bytes=65536,
    ping_seconds=3600.0,
)


@frozen
class Way:
    """One way through the relay."""

    hot: bool
    secure: bool
    armed: bool = False


WAYS = tuple(Way(hot, secure, armed) for hot in (False, True) for secure in (False, True) for armed in (False, True))


class Passing:
    """A gate that is armed and lets everything pass, after a look at it."""

    def __init__(self) -> None:
        self.seen = 0

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Say what becomes of a message."""
        self.seen += 1
        return Verdict.PASS


@define(eq=False)
class Wire:
    """Edge's wire and desk in the test's process, on real sockets."""

    way: Way
    sockets: Sockets
    central: Central
    line: Line
    events: list[Event]
    port: Any
    hub: Hub | None

    async def open(self, identity: str = "CP001") -> tuple[ChargerLeg, CentralLeg]:
        """Connect a charger through to the central system, which answers nothing by itself."""
        self.central.serves = False
        root = charger_authority().root_pem.decode() if self.way.secure else None
        charger = await self.sockets.charger(self.port.getHost().port, identity, root=root)
        assert charger.status == 101, charger.head
        uplink = await self.central.leg(identity)
        if self.way.armed:
            for bridge in self.line._bridges.values():
                assert bridge._relay is not None
                bridge._relay.gate = Passing()
        return charger, uplink

    async def ended(self) -> Event:
        """Wait for the end of the only session."""
        (event,) = await self.sockets.watch.until(
            lambda: [one for one in self.events if one.code == "session-ended"] or None, "end of the session"
        )
        return event

    async def stop(self) -> None:
        """End everything."""
        await self.port.stopListening()
        await self.line.stop()


def start(case: TestCase, way: Way) -> Wire:
    """Start a central system and Edge's wire; both end with the test."""
    from twisted.internet import reactor as anyone

    reactor: Any = anyone
    sockets, root = Sockets(case), Root()
    central = sockets.central(root.issue(addresses=["127.0.0.1"]) if way.secure else None)
    endpoint = parse_endpoint(central.endpoint)
    events: list[Event] = []
    bus = Bus()
    bus.subscribe(events.append)
    bus.subscribe(lambda _: sockets.watch.look())
    book = Book(MemoryChargers(), lambda identity: identity.hex(), bus)
    rules = Rules(endpoint, endpoint, Trust(system=False, roots=(root.pem,)), way.secure)
    desk = Desk(
        rules, book, bus, Registry(), Brakes(Lane(100, 5000)), time.time, reactor.seconds, random.random, b"k" * 32
    )
    hub = Hub(reactor) if way.hot else None
    dialler = Dialler(
        reactor, Names(reactor), ClientContexts().creator, time.time, LIMITS.message_bytes, LIMITS.pre_open_bytes, hub
    )
    line = Line(
        reactor,
        desk,
        dialler,
        LIMITS,
        parse_networks(["private"]),
        "p",
        lambda asked: response(426, ()),
        lambda address: "",
        lambda seconds: seconds,
        way.hot,
    )
    desk.hall.line = line
    factory: Any = ChargerFactory(
        line,
        reactor,
        secure=way.secure,
        message_bytes=LIMITS.message_bytes,
        head_seconds=10.0,
        pre_open_bytes=65536,
        settled=way.hot,
    )
    creator = ServerCreator(server_context(charger_authority().leaves, note_alert))
    if way.secure:
        factory = StraightChargerTLS(hub, creator, factory) if hub else ChargerTLS(creator, factory, reactor)
    elif hub:
        factory = StraightFactory(hub, factory)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    return Wire(way, sockets, central, line, events, port, hub)


def turn(seconds: float = 0.0) -> Deferred[None]:
    """Let the reactor turn."""
    from twisted.internet import reactor

    return deferLater(reactor, seconds)


class PathTests(TestCase):
    """Each test runs over every way."""

    timeout = 120

    async def each(self, check: Callable[[Wire], Awaitable[object]]) -> list[object]:
        """Run a check on every way; what it finds must be the same on all."""
        outcomes = []
        for way in WAYS:
            wire = start(self, way)
            try:
                outcomes.append(await check(wire))
            except Exception as error:
                raise AssertionError(f"{way}: {error}") from error
            finally:
                await wire.stop()
            if wire.hub is not None:
                self.assertEqual(len(wire.hub), 0, way)
        self.assertEqual([one for one in outcomes if one != outcomes[0]], [], outcomes[0])
        return outcomes

    async def test_nothing_left(self) -> None:
        """An ended session's memory is free at once, most of it OpenSSL's, and not when garbage is looked for."""
        gc.disable()
        self.addCleanup(gc.enable)
        for way in (Way(True, False), Way(True, True)):
            wire = start(self, way)
            try:
                charger, uplink = await wire.open()
                ((bridge, legs),) = [(one, (one._charger, one._uplink)) for one in wire.line._bridges.values()]
                left = [ref(one) for one in (bridge, *legs, *(leg.transport for leg in legs if leg))]
                del bridge, legs
                charger.send(b"", frames.CLOSE)
                await uplink.until(lambda: uplink.closed != -1 or None, "close")  # noqa: B023 - called in this turn
                await wire.ended()
            finally:
                await wire.stop()
            await turn()
            self.assertEqual([None] * 5, [one() for one in left], way)

    async def test_messages(self) -> None:
        """E1, E16: messages of all sizes, whole and in fragments, cut anywhere, with pings between, both ways."""

        async def check(wire: Wire) -> object:
            draw = random.Random(6)  # noqa: S311 - no secret, and the same on every way
            charger, uplink = await wire.open()
            sent: dict[bool, list[bytes]] = {True: [], False: []}
            streams: dict[bool, bytes] = {}
            for by_charger in (True, False):
                made = b""
                for number in range(60):
                    size = draw.choice([0, 1, 125, 126, 1000, 20_000, 65_535, 65_536, 99_000])
                    text = (b"%d " % number + b"\xc3\xa9x" * size)[: max(size, 6)].decode("utf-8", "ignore").encode()
                    sent[by_charger].append(text)
                    if draw.random() < 0.3:
                        at = draw.randrange(len(text) + 1)
                        made += frames.frame(TEXT, text[:at], masked=by_charger, final=False)
                        made += frames.frame(PING, b"p", masked=by_charger)
                        made += frames.frame(CONTINUATION, text[at:], masked=by_charger)
                    else:
                        made += frames.frame(draw.choice([TEXT, BINARY]), text, masked=by_charger)
                streams[by_charger] = made
            while any(streams.values()):
                for by_charger, peer in ((True, charger), (False, uplink)):
                    size = draw.choice([1, 2, 5, 100, 5000, 100_000, 200_000])
                    peer.write(streams[by_charger][:size])
                    streams[by_charger] = streams[by_charger][size:]
                await turn()
            await uplink.message(59)
            await charger.message(59)
            self.assertEqual(uplink.messages, sent[True])
            self.assertEqual(charger.messages, sent[False])
            charger.send(b"", frames.CLOSE)
            await uplink.until(lambda: uplink.closed != -1 or None, "close")
            return (await wire.ended()).outcome  # type: ignore[attr-defined]  # the test's own stand-in, or a private part of typing

        await self.each(check)

    async def test_slow_reader(self) -> None:
        """W-12: a peer that reads nothing stops the other; little is kept, nothing is lost."""
        from tests.real.test_load import Offering

        said = [b"%06d" % number + b"x" * 60_000 for number in range(500)]

        async def slow(wire: Wire, reader: Peer, writer: Peer) -> object:
            reader.read_no_more()
            offering = Offering(writer, said)
            before = -1
            while before != offering.left:
                before = offering.left
                await turn(0.1)
            self.assertGreater(offering.left, 8_000_000)
            reader.read_again()
            await reader.message(len(said) - 1, 60)
            self.assertEqual(reader.messages, said)
            return len(reader.messages)

        async def check(wire: Wire) -> object:
            charger, uplink = await wire.open()
            found = await slow(wire, charger, uplink) if wire.way.armed else await slow(wire, uplink, charger)
            return found

        await self.each(check)

    async def test_last_words(self) -> None:
        """W-04: what was said before a close arrives before it, code and reason too, in both directions."""

        async def check(wire: Wire) -> object:
            found: list[object] = []
            for number, by_charger in enumerate((True, False)):
                charger, uplink = await wire.open(f"CP{number}")
                here, there = (charger, uplink) if by_charger else (uplink, charger)
                words = b"".join(frames.frame(TEXT, b"%d" % n * 10_000, masked=by_charger) for n in range(9))
                here.write(words + frames.close(3001, b"why", masked=by_charger))
                await there.until(lambda leg=there: leg.closed != -1 or None, "close")  # type: ignore[misc]  # mypy infers no lambda with defaults
                await here.over()
                await there.over()
                found += [len(there.messages), there.closed, here.closed]
            self.assertEqual(found, [9, 3001, 3001] * 2)
            return found

        await self.each(check)

    async def test_ends(self) -> None:
        """W-04: a reset, an end without a close, and a breach, by each side: what the other hears, and what is told."""

        async def check(wire: Wire) -> object:
            found: list[object] = []
            ways: list[Callable[[Peer, bool], object]] = [
                lambda peer, masked: peer.abort(),
                lambda peer, masked: peer.transport.loseConnection(),  # type: ignore[union-attr]  # it is connected, or a plan, here
                lambda peer, masked: peer.write(frames.frame(TEXT, b"\xff", masked=masked)),
                lambda peer, masked: peer.write(frames.frame(TEXT, b"x", masked=not masked)),
                lambda peer, masked: peer.write(frames.frame(TEXT, b"x" * 100_001, masked=masked)),
            ]
            for number, end in enumerate(ways):
                for by_charger in (True, False):
                    charger, uplink = await wire.open(f"CP{number}{by_charger}")
                    here, there = (charger, uplink) if by_charger else (uplink, charger)
                    here.send(b"before")
                    await there.message()
                    end(here, by_charger)
                    await there.until(lambda leg=there: leg.closed != -1 or None, "close")  # type: ignore[misc]  # mypy infers no lambda with defaults
                    await there.over()
                    await here.over()
                    ended = wire.events[-1]
                    found.append((there.closed, here.closed, getattr(ended, "outcome", ended)))
            return found

        (outcome, *_) = await self.each(check)
        self.assertEqual(
            outcome,
            [
                (1001, -1, "charger-lost"),
                (1001, -1, "central-lost"),
                (1001, -1, "charger-lost"),
                (1001, -1, "central-lost"),
                (1001, 1007, "charger-broke"),
                (1001, 1007, "central-broke"),
                (1001, 1002, "charger-broke"),
                (1001, 1002, "central-broke"),
                (1001, 1009, "charger-broke"),
                (1001, 1009, "central-broke"),
            ],
        )

    async def test_both_close(self) -> None:
        """W-04: both close in the same moment; each hears one close, and the session ends once."""

        async def check(wire: Wire) -> object:
            charger, uplink = await wire.open()
            charger.write(frames.close(3001, masked=True))
            uplink.write(frames.close(3002, masked=False))
            await charger.over()
            await uplink.over()
            self.assertIn(charger.closed, (3001, 3002))
            self.assertIn(uplink.closed, (3001, 3002))
            await wire.ended()
            return sum(event.code == "session-ended" for event in wire.events)

        await self.each(check)

    async def test_stop(self) -> None:
        """Edge stops: both peers hear 1001, and every connection is gone."""

        async def check(wire: Wire) -> object:
            charger, uplink = await wire.open()
            stopped = wire.line.stop()
            await stopped
            await charger.over()
            await uplink.over()
            return charger.closed, uplink.closed

        (outcome, *_) = await self.each(check)
        self.assertEqual(outcome, (1001, 1001))

    def test_ways(self) -> Deferred[None]:
        """There are eight ways."""
        self.assertEqual(len(set(WAYS)), 8)
        return succeed(None)
