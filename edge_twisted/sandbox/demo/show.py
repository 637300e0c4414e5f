"""What a demo and an Edge with a configuration of one's own have in common: Edge, its story, and a clean end."""

import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.control import Control, Event, Follower
from edge_twisted.sandbox.demo.edge import Edge, program
from edge_twisted.sandbox.demo.narrator import Narrator
from edge_twisted.sandbox.demo.terminal import Terminal

LOOK_SECONDS: Final = 0.1
"""How often is looked whether something waited for has come."""
SLOW_SECONDS: Final = 20.0
"""After which a newcomer wonders whether Edge starts at all."""
GRACE_SECONDS: Final = 0.5
"""Ctrl-C reaches Edge too; it may be gone before it is heard here."""
SOCKET_PATH: Final = 60
"""Characters of a temporary folder, in which the path of a UNIX socket (107 characters at most) has to fit."""

_log = Logger(namespace="sandbox")


class Show:
    """One run of Edge, told in the terminal.

    Args:
        reactor: for everything.
        terminal: where the story goes.

    Attributes:
        folder: of this run alone; made by `begin`, gone after it.
        status: the exit status.
        ending: whether the end has begun.
    """

    def __init__(self, reactor: Any, terminal: Terminal) -> None:
        self.reactor = reactor
        self.terminal = terminal
        self.narrator = Narrator(terminal, reactor.seconds)
        self.status = 0
        self.ending = False
        self.folder = Path()
        self._edge: Edge | None = None
        self._follower: Follower | None = None
        self._started = False
        self._playing: Deferred[None] | None = None

    def begin(self) -> None:
        """Play; what goes wrong in it ends the run."""
        self.folder = make_folder()
        self._playing = Deferred.fromCoroutine(self.play())
        self._playing.addErrback(self._broken)

    async def play(self) -> None:
        """What there is to see."""
        raise NotImplementedError

    def closing(self) -> Iterable[Deferred[Any]]:
        """End what else was started."""
        return ()

    def last_line(self) -> str:
        """What is said when all has ended."""
        raise NotImplementedError

    def hear(self, event: Event) -> None:
        """Take an event of Edge's."""
        self._started = self._started or event["code"] == "started"
        self.narrator.edge(event)

    async def run_edge(self, config: Path, state: Path) -> Control | None:
        """Start Edge, and wait until it is ready.

        Args:
            config: its configuration file.
            state: its state directory.

        Returns:
            Its API; None where Edge can't be started at all.
        """
        log = self.folder / "edge.log"
        edge = Edge(self.reactor, config, log)
        if not Path(edge.command[0]).exists():
            self.give_up(story.NO_TWISTD.format(program=edge.command[0]))
            return None
        control = Control(self.reactor, state)
        self.narrator.demo(story.EDGE_STARTS.format(config=config))
        self._edge = edge
        self._follower = Follower(control, time.time(), self.hear)
        edge.start()
        edge.ended.addCallback(self._edge_ended)
        self._follower.start()
        if not await self.until(lambda: self._started, SLOW_SECONDS):
            self.narrator.demo(story.EDGE_SLOW.format(socket=state / "control.sock", log=log), "yellow")
            self._show_log()
            await self.until(lambda: self._started, float("inf"))
        return control

    async def until(self, holds: Any, seconds: float) -> bool:
        """Wait until something holds.

        Args:
            holds: a function that says whether it does.
            seconds: how long at most.

        Returns:
            Whether it does.
        """
        end = self.reactor.seconds() + seconds
        while not holds():
            if self.reactor.seconds() >= end:
                return False
            await deferLater(self.reactor, LOOK_SECONDS)
        return True

    async def tell_addresses(self, control: Control, state: Path, opening: str) -> None:
        """Tell where chargers can connect."""
        box, say, literal = await control.get("/v1/box"), self.terminal.line, self.terminal.literal
        host, ports = own_address(box["certificate"]["addresses"]), box["ports"]
        say()
        say(opening, "bold")
        for port in ports["ws"]:
            literal(story.WS_ADDRESS.format(host=host, port=port))
        for port in ports["wss"]:
            literal(story.WSS_ADDRESS.format(host=host, port=port))
        if ports["wss"]:
            say(story.ROOT)
            literal(str(state / "root.pem"))
        if ports["wss"] and ports["ws"]:
            literal(story.ROOT_URL.format(host=host, port=ports["ws"][0]))
        if program("edgectl").exists():
            say(story.EDGECTL)
            literal(story.EDGECTL_COMMAND.format(edgectl=program("edgectl"), state=state))
        say(story.LOG)
        literal(str(self.folder / "edge.log"))
        say()
        say(story.GOES_ON, "bold")
        say()

    def give_up(self, why: str) -> None:
        """End with a failure."""
        self.terminal.line(why, "red")
        self.status = 1
        self.stop()

    def stop(self) -> None:
        """Begin the end."""
        if not self.ending and self.reactor.running:
            self.reactor.stop()

    def close(self) -> Deferred[Any]:
        """End everything; called by the reactor when it stops."""
        self.ending = self.narrator.silent = True
        self.terminal.say(story.DEMO, story.ENDING, "bold")
        if self._playing is not None:
            self._playing.cancel()
        stops = [*self.closing()]
        if self._follower is not None:
            self._follower.stop()
        if self._edge is not None:
            stops.append(self._edge.stop())
        return DeferredList(stops, consumeErrors=True).addCallback(self._closed)

    def _closed(self, _: object) -> None:
        if self._playing is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.terminal.say(story.DEMO, self.last_line(), "bold")

    def _edge_ended(self, status: int | None) -> None:
        self.reactor.callLater(GRACE_SECONDS, self._edge_is_gone)

    def _edge_is_gone(self) -> None:
        if not self.ending:
            self.narrator.demo(story.EDGE_ENDED, "red")
            self._show_log()
            self.status = 1
            self.stop()

    def _show_log(self) -> None:
        for line in self._edge.last_words() if self._edge is not None else ():
            self.terminal.line(f"  {line}", "yellow", indent=4)

    def _broken(self, failure: Failure) -> None:
        if not (failure.check(CancelledError) and self.ending):
            _log.failure("The demo failed", failure)
            self.status = 1
            self.stop()


def make_folder() -> Path:
    """Make the run's folder.

    Returns:
        A new one, readable by nobody else; not where the path would be too long for Edge's socket in it.
    """
    base = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="edge-demo-", dir=base if len(base) <= SOCKET_PATH else "/tmp"))  # noqa: S108 - the usual folder's path is too long


def own_address(addresses: Iterable[str]) -> str:
    """Choose the address to tell other devices.

    Args:
        addresses: all of the box's.

    Returns:
        The one from which it reaches others, as far as that is an IPv4 address of the box's, else any IPv4 address
        that is none of loopback, else loopback.
    """
    known = [address for address in addresses if "." in address and not ip_address(address).is_loopback]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("192.0.2.1", 9))  # sends nothing: it only asks the kernel for the way
        if (found := str(way.getsockname()[0])) in known:
            return found
    return next(iter(known), "127.0.0.1")
