"""Edge at work in a terminal: `python -m edge_twisted.sandbox.demo [--config FILE] [--seconds N]`."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ReactorNotRunning
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, LogEvent, LogLevel, eventAsText, globalLogBeginner
from zope.interface import implementer

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.cast import make_cast
from edge_twisted.sandbox.demo.control import Event
from edge_twisted.sandbox.demo.edge import state_of, to_toml
from edge_twisted.sandbox.demo.narrator import Narrator
from edge_twisted.sandbox.demo.show import Show
from edge_twisted.sandbox.demo.summary import Summary
from edge_twisted.sandbox.demo.terminal import Terminal

PAUSE_SECONDS: Final = 0.5
"""Between two chargers, so that the story can be read."""
TURN_SECONDS: Final = 3.0
"""How long the next charger waits for the fate of the one before it."""
PATIENCE_SECONDS: Final = 10.0
"""How long the table waits for chargers whose fate is open."""
HOST: Final = "127.0.0.1"


class Demo(Show):
    """A central system, Edge, and four chargers.

    Args:
        reactor, terminal: as for `Show`.
    """

    def __init__(self, reactor: Any, terminal: Terminal) -> None:
        super().__init__(reactor, terminal)
        self._cast = make_cast()
        self._summary = Summary(self._cast)
        self.narrator = Narrator(terminal, reactor.seconds, self._cast)
        self._central: Central | None = None
        self._chargers: list[Charger] = []

    async def play(self) -> None:
        """From nothing to the table; what happens afterwards tells itself."""
        self.terminal.line(story.TITLE, "bold")
        self.terminal.line()
        uplinks = self._start_central()
        if uplinks is None:
            return
        state, config = self.folder / "state", self.folder / "edgeproxy.toml"
        settings: dict[str, dict[str, object]] = {
            "state": {"directory": str(state)},
            "listen": {"ws": ["tcp:0"], "wss": ["tcp:0"]},
            "uplink": uplinks,
            "manager": {"listen": []},
        }
        config.write_text(to_toml(settings), encoding="utf-8")
        control = await self.run_edge(config, state)
        if control is None:
            return
        ports = (await control.get("/v1/box"))["ports"]
        await self._start_chargers(ports["ws"][0], ports["wss"][0], (state / "root.pem").read_text("ascii"))
        await self.until(lambda: self._summary.decided, PATIENCE_SECONDS)
        self._show_table()
        await self.tell_addresses(control, state, story.OPEN_TO_ALL)

    def closing(self) -> Iterable[Deferred[Any]]:
        """End chargers and central system."""
        stops = [charger.stop() for charger in self._chargers]
        return [*stops, self._central.stop()] if self._central is not None else stops

    def last_line(self) -> str:
        """Say that nothing is left."""
        return story.ENDED.format(folder=self.folder)

    def hear(self, event: Event) -> None:
        """Take an event of Edge's for the table, too."""
        super().hear(event)
        self._summary.hear(event)

    def _start_central(self) -> dict[str, object] | None:
        """Start the central system; what Edge has to know of it."""
        authority = make_authority(self.folder)
        settings = CentralSettings(authority.issue(["localhost"], [HOST]), interface=HOST)
        central = Central(self.reactor, settings, self._central_tells)
        central.accounts |= {member.identity: member.account for member in self._cast}
        try:
            central.start()
        except CannotListenError as error:
            self.give_up(story.NO_PORT.format(error=error))
            return None
        self._central = central
        endpoints = {kind: f"{kind}://{HOST}:{port}" for kind, port in central.ports.items()}
        self.narrator.central_ready(**endpoints)
        self.narrator.dashboard()
        return {**endpoints, "roots": [str(authority.path)]}

    async def _start_chargers(self, ws: int, wss: int, root: str) -> None:
        for member in self._cast:
            charger = Charger(self.reactor, member.settings(ws, wss, root), self._charger_tells)
            self._chargers.append(charger)
            charger.start()
            outcome = self._summary.outcomes[member.identity]
            await self.until(lambda outcome=outcome: outcome.decided, TURN_SECONDS)
            if outcome.decided:
                self.narrator.demo(outcome.moral(), "bold")
            await deferLater(self.reactor, PAUSE_SECONDS)

    def _show_table(self) -> None:
        rows, notes = self._summary.rows(), self._summary.notes()
        served = [outcome.served for outcome in self._summary.outcomes.values()]
        self.terminal.line()
        self.terminal.table(story.TABLE_HEAD, rows, ["green" if good else "yellow" for good in served])
        self.terminal.line()
        for note in notes:
            self.terminal.line(note, "yellow", indent=2)
        self.terminal.line()
        self.terminal.line(story.WHAT_IT_MEANS)

    def _central_tells(self, happening: h.Happening) -> None:
        if not self.ending:
            self.narrator.central(happening)

    def _charger_tells(self, happening: h.Happening) -> None:
        self._summary.notice(happening)
        self.narrator.charger(happening)


class Own(Show):
    """Edge with a configuration of one's own, and nothing else.

    Args:
        reactor, terminal: as for `Show`.
        config: the configuration file.
    """

    def __init__(self, reactor: Any, terminal: Terminal, config: Path) -> None:
        super().__init__(reactor, terminal)
        self._config = config
        self._state = state_of(config)

    async def play(self) -> None:
        """From nothing to the addresses; what happens afterwards tells itself."""
        self.terminal.line(story.OWN_TITLE.format(config=self._config), "bold")
        self.terminal.line()
        control = await self.run_edge(self._config, self._state)
        if control is not None:
            await self.tell_addresses(control, self._state, story.OWN_OPEN)

    def last_line(self) -> str:
        """Say what stays."""
        return story.OWN_FAILED if self.status else story.OWN_ENDED.format(state=self._state)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo.

    Args:
        arguments: the command line without the program's name; None: this process's.

    Returns:
        The exit status: 0, or 1 where Edge could not run.
    """
    parser = argparse.ArgumentParser("python -m edge_twisted.sandbox.demo", description=story.USAGE)
    parser.add_argument("--config", type=Path, metavar="FILE", help=story.USAGE_CONFIG)
    parser.add_argument("--seconds", type=_positive, metavar="N", help=story.USAGE_SECONDS)
    options = parser.parse_args(arguments)
    from twisted.internet import reactor as the_reactor  # noqa: PLC0415 - never at module level

    reactor: Any = the_reactor
    globalLogBeginner.beginLoggingTo([_tell_fault], discardBuffer=True, redirectStandardIO=False)
    terminal = Terminal(sys.stdout, reactor.seconds, lost=lambda: show.stop())
    show: Show = Own(reactor, terminal, options.config.absolute()) if options.config else Demo(reactor, terminal)
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(show.stop))
    reactor.addSystemEventTrigger("before", "shutdown", show.close)
    reactor.callWhenRunning(show.begin)
    if options.seconds is not None:
        reactor.callLater(options.seconds, show.stop)
    reactor.run()
    return show.status


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError
    return seconds


@implementer(ILogObserver)
def _tell_fault(event: LogEvent) -> None:
    """Show what went wrong inside the demo; everything else in the log is for nobody."""
    failure = event.get("log_failure")
    if event["log_level"] < LogLevel.error or (failure is not None and failure.check(ReactorNotRunning)):
        return  # the latter: Ctrl-C was pressed twice
    with contextlib.suppress(OSError):
        sys.stderr.write(eventAsText(event, includeTimestamp=False, includeSystem=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
