"""Edge at work in a terminal: `python -m edge_twisted.sandbox.demo [--config FILE] [--seconds N]`."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, LogEvent, LogLevel, eventAsText, globalLogBeginner
from zope.interface import implementer

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.cast import make_cast
from edge_twisted.sandbox.demo.control import Control, Event
from edge_twisted.sandbox.demo.edge import state_of, to_toml
from edge_twisted.sandbox.demo.narrator import Narrator
from edge_twisted.sandbox.demo.show import Show
from edge_twisted.sandbox.demo.summary import Summary
from edge_twisted.sandbox.demo.terminal import Terminal
from edge_twisted.sandbox.scenario import Scenario
from edge_twisted.sandbox.scenario_tables import CentralTable, DashboardTable, EdgeTable
from edge_twisted.sandbox.service import Sandbox, SandboxError

PAUSE_SECONDS: Final = 0.5
"""Between two chargers, so that the story can be read."""
TURN_SECONDS: Final = 3.0
"""How long the next charger waits for the fate of the one before it."""
PATIENCE_SECONDS: Final = 10.0
"""How long the table waits for chargers whose fate is open."""
HOST: Final = "127.0.0.1"
CONNECTIONS: Final = 1000
"""Enough for whoever tries his own chargers, and within the files that any system lets a process open."""


class Demo(Show):
    """A central system with its dashboard, Edge, and six chargers.

    Args:
        reactor, terminal: as for `Show`.
    """

    def __init__(self, reactor: Any, terminal: Terminal) -> None:
        super().__init__(reactor, terminal)
        self._cast = make_cast()
        self._summary = Summary(self._cast)
        self.narrator = Narrator(terminal, reactor.seconds, self._cast)
        self._sandbox: Sandbox | None = None
        self._summed_up = False

    async def play(self) -> None:
        """From nothing to the table; what happens afterwards tells itself."""
        self.terminal.line(story.TITLE, "bold")
        self.terminal.line()
        state, config = self.folder / "state", self.folder / "edgeproxy.toml"
        sandbox = self._start_sandbox(state / "root.pem")
        if sandbox is None:
            return
        settings: dict[str, dict[str, object]] = {
            "state": {"directory": str(state)},
            "listen": {"ws": ["tcp:0"], "wss": ["tcp:0"]},
            "uplink": {**sandbox.endpoints, "roots": [str(sandbox.authority.path)]},
            "manager": {"listen": [f"tcp:0:interface={HOST}"]},
            "limits": {"connections": CONNECTIONS},
        }
        config.write_text(to_toml(settings), encoding="utf-8")
        control = await self.run_edge(config, state)
        if control is None:
            return
        ports = (await control.get("/v1/box"))["ports"]
        await self._start_chargers(sandbox, ports["ws"][0], ports["wss"][0], (state / "root.pem").read_text("ascii"))
        await self.until(lambda: self._summary.decided, PATIENCE_SECONDS)
        self._show_table()
        if sandbox.dashboard is not None:
            self.terminal.line()
            self.terminal.line(story.LOOK_AND_TRY, "bold")
            self.terminal.literal(sandbox.dashboard.url)
        await self._tell_manager(control, ports["manager"])
        await self.tell_addresses(control, state, story.OPEN_TO_ALL)

    async def _tell_manager(self, control: Control, ports: Sequence[int]) -> None:
        """Tell where EdgeManager is, and how one comes in."""
        label = await control.get("/v1/label")
        if ports and label["code"]:
            self.terminal.line(story.MANAGER.format(code=label["code"]), "bold")
            self.terminal.literal(f"https://{HOST}:{ports[0]}/#setup={label['code']}")

    def closing(self) -> Iterable[Deferred[Any]]:
        """End chargers, dashboard and central system."""
        return [self._sandbox.close()] if self._sandbox is not None else ()

    def last_line(self) -> str:
        """Say that nothing is left."""
        return story.ENDED.format(folder=self.folder)

    def hear(self, event: Event) -> None:
        """Take an event of Edge's for the table, too; who is served only after it, is told of."""
        outcome = self._summary.find(event)
        before = outcome is not None and outcome.served
        super().hear(event)
        self._summary.hear(event)
        if outcome is not None and outcome.served and not before and self._summed_up:
            self.narrator.demo(outcome.moral(), "bold")

    def _start_sandbox(self, root: Path) -> Sandbox | None:
        """Start the central system and its dashboard; None where there is no port for them.

        Args:
            root: where Edge's root certificate will be.
        """
        scenario = Scenario(
            path=self.folder / "scenario.toml",
            central=CentralTable(interface=HOST),
            dashboard=DashboardTable(listen=0, interface=HOST),
            edge=EdgeTable(root=root),
            ledger=None,
            accounts={member.identity: member.account for member in self._cast},
            chargers=(),
        )
        try:
            sandbox = Sandbox(self.reactor, scenario, self.folder / "sandbox", self._central_tells, self._charger_tells)
            self._sandbox = sandbox
            sandbox.open()
        except SandboxError as error:
            self.give_up(story.NO_SANDBOX.format(error=error))
            return None
        self.narrator.central_ready(**sandbox.endpoints)
        self.narrator.dashboard()
        return sandbox

    async def _start_chargers(self, sandbox: Sandbox, ws: int, wss: int, root: str) -> None:
        for member in self._cast:
            sandbox.fleet.add(member.settings(ws, wss, root))
            sandbox.fleet.chargers[member.identity].start()
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
        if notes:
            self.terminal.line(story.MEND, indent=2)
        self.terminal.line()
        self.terminal.line(story.WHAT_IT_MEANS)
        self._summed_up = True

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
