"""Tests of `edge_twisted.web.control`: the socket, who may use it, and what a client cannot do to Edge."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from edge_twisted.store.errors import StateError
from edge_twisted.web import control
from edge_twisted.web.control import (
    CONNECTIONS,
    IDLE_SECONDS,
    ControlSite,
    listen,
    open_socket,
    peer_of,
    short_path,
    who,
)
from edge_twisted.web.events import Events
from tests.web.asked import MemoryJournal, Wire

ASK = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
FOLLOW = b"GET /follow HTTP/1.1\r\nHost: x\r\n\r\n"


class Stub(Resource):
    """Answers who asks, and lets events be followed.

    Args:
        events: what is followed.
    """

    isLeaf = True

    def __init__(self, events: Events) -> None:
        super().__init__()
        self.events = events
        self.asked: list[str] = []

    def render_GET(self, request: Any) -> bytes | int:
        """Answer."""
        self.asked.append(who(request))
        if request.path == b"/follow":
            self.events.follow(request, None, -1)
            return NOT_DONE_YET
        return b"hello"


class Asker(Protocol):
    """A client."""

    def __init__(self) -> None:
        self.heard = b""
        self.told: Deferred[bytes] = Deferred()
        self.gone: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """An answer."""
        self.heard += data
        if not self.told.called and (b"hello" in self.heard or b"ndjson" in self.heard):
            self.told.callback(self.heard)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        self.gone.callback(None)

    @property
    def pipe(self) -> Any:
        """The connection."""
        return self.transport


class SocketCase(TestCase):
    """The socket in a directory of its own."""

    timeout = 60

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.journal = MemoryJournal(lambda: 0.0)
        self.events = Events(self.journal)  # type: ignore[arg-type]  # as much of it as is needed
        self.stub = Stub(self.events)
        self.open()

    def open(self) -> None:
        """Open the socket."""
        port = listen(self.reactor, open_socket(self.directory), self.stub)
        self.addCleanup(port.stopListening)
        self.port = port

    async def connect(self, send: bytes = b"") -> Asker:
        """A client; its connection ends with the test."""
        asker: Asker = await connectProtocol(
            UNIXClientEndpoint(self.reactor, short_path(self.directory / control.NAME)), Asker()
        )
        self.addCleanup(self.leave, asker)
        if send:
            asker.pipe.write(send)
        return asker

    def leave(self, asker: Asker) -> Deferred[None]:
        """A client leaves."""
        if asker.gone.called:
            return succeed(None)
        asker.pipe.abortConnection()
        return asker.gone

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the reactor turn until something is true."""
        while not true():
            await deferLater(self.reactor, 0)


class SocketTests(SocketCase):
    """Who may use the socket."""

    async def test_mode(self) -> None:
        """The socket belongs to Edge's user and has mode 0600, from its first moment on."""
        found = (self.directory / control.NAME).stat()
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual((stat.S_IMODE(found.st_mode), found.st_uid), (0o600, os.geteuid()))
        before = os.umask(0o022)
        os.umask(before)
        self.assertNotEqual(before, 0o177)

    async def test_stale(self) -> None:
        """A socket that a killed Edge left there is replaced; a stopped Edge leaves none."""
        await self.port.stopListening()
        self.assertFalse((self.directory / control.NAME).exists())
        (self.directory / control.NAME).touch()
        self.open()
        asker = await self.connect(ASK)
        self.assertIn(b"200 OK", await asker.told)

    async def test_something_else(self) -> None:
        """What is no socket of Edge's, and cannot be replaced, is told with its place and what helps."""
        await self.port.stopListening()
        path = self.directory / control.NAME
        path.mkdir()
        error = self.assertRaises(StateError, open_socket, self.directory)
        self.assertRegex(str(error), rf"^{re.escape(str(path))} can't be opened \([^)]+\); remove what lies there")
        self.assertTrue(path.is_dir())
        path.rmdir()
        self.open()

    async def test_waits(self) -> None:
        """Whoever connects between the opening and the start is answered once Edge serves."""
        await self.port.stopListening()
        bound = open_socket(self.directory)
        asker = await self.connect(ASK)
        self.assertEqual(stat.S_IMODE((self.directory / control.NAME).stat().st_mode), 0o600)
        self.port = listen(self.reactor, bound, self.stub)
        self.addCleanup(self.port.stopListening)
        self.assertIn(b"200 OK", await asker.told)

    async def test_deep_directory(self) -> None:
        """However deep the state directory lies: the path of a socket may be longer than the kernel takes."""
        self.directory = self.directory / ("x" * 100) / ("y" * 100)
        self.directory.mkdir(parents=True)
        self.open()
        self.assertEqual(stat.S_IMODE((self.directory / control.NAME).stat().st_mode), 0o600)
        asker = await self.connect(ASK)
        self.assertIn(b"200 OK", await asker.told)
        await self.port.stopListening()
        self.assertFalse((self.directory / control.NAME).exists())

    async def test_peer(self) -> None:
        """The kernel says who is at the other end: that stands in the journal."""
        await (await self.connect(ASK)).told
        self.assertEqual(self.stub.asked, [f"control:{os.getuid()}"])
        self.assertEqual(peer_of(Wire()), -1)

    async def test_others(self) -> None:
        """Another user is dropped before anything of him is read; root and Edge's own user are let in."""
        own, root, other = os.geteuid(), 0, os.geteuid() + 12345
        for uid, heard in ((other, False), (-1, False), (root, True), (own, True)):
            self.patch(control, "peer_of", lambda _, uid=uid: uid)
            asker = await self.connect(ASK)
            if heard:
                await asker.told
            else:
                await asker.gone
                self.assertEqual((asker.heard, self.stub.asked), (b"", []))

    async def test_many(self) -> None:
        """The 51st client is dropped; when one of the others leaves, there is room again."""
        askers = [await self.connect(ASK) for _ in range(CONNECTIONS)]
        for asker in askers:
            await asker.told
        late = await self.connect(ASK)
        await late.gone
        self.assertEqual(late.heard, b"")
        await self.leave(askers[0])
        await self.until(lambda: len(self.port.factory.protocols) < CONNECTIONS)
        again = await self.connect(ASK)
        self.assertIn(b"hello", await again.told)
        self.assertEqual(len(self.stub.asked), CONNECTIONS + 1)


class FollowTests(SocketCase):
    """Who follows events."""

    def happen(self, padding: str = "") -> None:
        """Let something happen."""
        self.events.append("stopping", None, {"sessions": 0, "padding": padding})

    async def test_follows(self) -> None:
        """A client is told what happens, line by line."""
        asker = await self.connect(FOLLOW)
        await asker.told
        self.happen("first")
        await self.until(lambda: b"first" in asker.heard)
        self.assertTrue(asker.heard.rstrip().endswith(b"}"))

    async def test_slow(self) -> None:
        """A client that reads nothing is dropped after about 1 MiB; writing to the journal never waits for it."""
        slow, fast = await self.connect(FOLLOW), await self.connect(FOLLOW)
        await slow.told
        await fast.told
        slow.pipe.pauseProducing()
        happened = 0
        while len(self.events._followers) == 2:
            self.happen("x" * 10_000)
            happened += 1
            self.assertLess(happened, 400)
            await deferLater(self.reactor, 0)
        self.assertGreater(happened, 100)
        slow.pipe.resumeProducing()
        await slow.gone
        self.assertFalse(fast.gone.called)

    async def test_dead(self) -> None:
        """A client that is gone is forgotten, and nothing is written to it."""
        asker = await self.connect(FOLLOW)
        await asker.told
        await self.leave(asker)
        await self.until(lambda: not self.events._followers)
        self.happen()


class IdleTests(SynchronousTestCase):
    """Clients without a request."""

    def connected(self, send: bytes) -> tuple[Clock, Wire]:
        """A client in memory that sends this."""
        clock, wire = Clock(), Wire()
        site = ControlSite(Stub(Events(MemoryJournal(lambda: 0.0))), clock)  # type: ignore[arg-type]  # as above
        channel = site.buildProtocol(None)
        assert channel
        channel.makeConnection(wire)
        channel.dataReceived(send)
        return clock, wire

    def test_silent(self) -> None:
        """A client that sends nothing, or half a head, is dropped after a minute."""
        for send in (b"", ASK[:-3]):
            clock, wire = self.connected(send)
            clock.advance(IDLE_SECONDS - 1)
            self.assertFalse(wire.disconnecting)
            clock.advance(2)
            self.assertTrue(wire.disconnecting)

    def test_follower(self) -> None:
        """One that follows events may be silent for as long as it likes."""
        clock, wire = self.connected(FOLLOW)
        clock.advance(3 * IDLE_SECONDS)
        self.assertFalse(wire.disconnecting or wire.aborted)
