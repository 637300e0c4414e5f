"""A simulated charger: it connects, says what chargers say, does what it is asked, and comes back when cut off."""

import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any, Final

from attrs import evolve
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet.defer import Deferred

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger import flood
from edge_twisted.sandbox.charger.cards import Cards
from edge_twisted.sandbox.charger.commands import Commands
from edge_twisted.sandbox.charger.core_commands import CoreCommands
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.events import Events
from edge_twisted.sandbox.charger.leg import ChargerLeg
from edge_twisted.sandbox.charger.line import Line
from edge_twisted.sandbox.charger.posture import Posture
from edge_twisted.sandbox.charger.profiles import Profiles
from edge_twisted.sandbox.charger.routine import Routine
from edge_twisted.sandbox.charger.security_commands import SecurityCommands
from edge_twisted.sandbox.charger.service_commands import ServiceCommands
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings
from edge_twisted.sandbox.charger.settling import Settling
from edge_twisted.sandbox.charger.state import ChargerState
from edge_twisted.sandbox.charger.watch import Watch
from edge_twisted.sandbox.charger.works import Works, keys_of, run
from edge_twisted.sandbox.flow import End
from edge_twisted.sandbox.ledger import Ledger

__all__ = ["BackOff", "Charger", "ChargerSettings", "ChargerState"]

DRAW: Final = SystemRandom().random
REBOOT_SECONDS: Final = 1.0
SOFT_SECONDS: Final = 5.0
"""How long a soft reset waits until everything is told."""
LOOK_SECONDS: Final = 0.25
REASONS: Final = {"soft": "SoftReset", "hard": "HardReset", "power": "PowerLoss", "quirk": "Reboot"}
"""Why a transaction ends with a reboot, as StopTransaction names it."""


class Charger:
    """A charger from power-on (`start`) to power-off (`stop`).

    Args:
        reactor: for sockets and time.
        settings: what it is.
        tell: hears what happens; must not raise.
        clock: seconds since the epoch.
        draw: a number from 0 to 1.
        ledger: where its messages are written; None: nowhere.

    Raises:
        ValueError: its TLS does not exist, or a root is no certificate.

    Attributes:
        identity: its OCPP communication id.
        works: its inside.
        posture: how it connects.
        line: its connection.
        routine: what it does all day.
    """

    def __init__(
        self,
        reactor: Any,
        settings: ChargerSettings,
        tell: Callable[[h.Happening], None],
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = DRAW,
        ledger: Ledger | None = None,
    ) -> None:
        self.identity = settings.access.identity
        self._tell = tell
        self._clock = clock
        self._ledger = ledger if ledger is not None else Ledger(clock)
        if ledger is not None:
            ledger.watch(self.identity)
        self._since: float | None = None
        self._failure: h.Happening | None = None
        self._started = self._flooded = False
        self._rebooting: Deferred[None] | None = None
        self.works = self._make_works(reactor, settings, draw)
        self.posture = Posture(self.works)
        self.line = Line(reactor, self, tell, draw)
        self.routine = Routine(self.works)
        self._security = SecurityCommands(self.works, self.posture, self._used)
        self._service = ServiceCommands(self.works, self.routine, self.reboot, self._security.sign)
        settle = Settling(self.works, self.posture, self.routine, self.line.redial, self._set_pings)
        core = CoreCommands(self.works, self.routine, self.reboot, settle.change)
        known = core.known() | self._service.known() | self._security.known()
        self._commands = Commands(self.works, known, self.reboot)
        self.works.dialogue.asked = self._commands.answer

    def _make_works(self, reactor: Any, settings: ChargerSettings, draw: Callable[[], float]) -> Works:
        dialogue = Dialogue(reactor, self._silent, settings.transactions, settings.quirks)
        dialogue.heard = self._heard
        dialogue.gave_up = self._gave_up
        watch = Watch(self._clock, settings.clock_error, settings.quirks.clock_at_1970)
        keys = keys_of(settings)
        events = Events(self.identity, dialogue, watch, self._tell, settings.white_paper)
        return Works(
            self.identity, reactor, settings, dialogue, self._tell, draw, watch, keys, Cards(keys), Profiles(), events
        )

    # --- what a person does ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Power on: connect, now and again."""
        if not self._started:
            self._started = True
            self.routine.power_on()
        self.line.begin()

    def stop(self) -> Deferred[None]:
        """Power off; done when the connection is gone, within `quiet.LINGER` seconds."""
        self.routine.stop()
        self._service.stop()
        if self._rebooting is not None:
            self._rebooting.cancel()
        return self.line.stop()

    def change(self, settings: ChargerSettings) -> None:
        """Enter other settings at the charger itself; it connects anew. Its number of connectors stays.

        Args:
            settings: what it is now.

        Raises:
            ValueError: they have another identity: that is another charger. Or their TLS does not exist, or a root is
                no certificate.
        """
        if settings.access.identity != self.identity:
            raise ValueError("a charger keeps its identity")
        before, works = self.works.settings, self.works
        settings = evolve(settings, connectors=before.connectors, white_paper=before.white_paper)
        self.posture.enter(settings)
        works.settings = settings
        works.watch = works.events.watch = Watch(self._clock, settings.clock_error, settings.quirks.clock_at_1970)
        works.dialogue.oddities.quirks = settings.quirks
        works.dialogue.rules = settings.transactions
        for name, value in dict(settings.keys).items():
            works.keys.put(name, value)
        works.keys.put("WebSocketPingInterval", round(settings.ping.every))
        self.routine.plan()
        self.line.redial()

    def plug_in(self, connector: int = 1, card: str | None = None) -> None:
        """Plug a car in.

        Args:
            connector: its number.
            card: what the driver shows; None: nothing, so that the car waits to be started from afar.

        Raises:
            KeyError: there is no such connector.
        """
        self.routine.connectors[connector].plug_in(card)

    def unplug(self, connector: int = 1) -> None:
        """Take the plug out.

        Args:
            connector: its number.

        Raises:
            KeyError: there is no such connector.
        """
        self.routine.connectors[connector].unplug()

    def power_cycle(self) -> None:
        """Switch the power off and on."""
        self.reboot("power")

    # --- how it is ---------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> ChargerSettings:
        """What it is now, with the password, endpoint and roots that it was given over OCPP."""
        given = self.works.settings
        profile = None if given.security_profile is None else self.posture.profile
        return evolve(given, access=self.posture.access, security_profile=profile)

    @property
    def access(self) -> Access:
        """What the next attempt connects with."""
        return self.posture.access

    @property
    def clock_error(self) -> float:
        """Seconds that its clock is ahead."""
        return self.works.watch.error

    @property
    def state(self) -> ChargerState:
        """How it is at this moment."""
        leg, dial = self.line.leg, self.line.dial
        return ChargerState(
            online=leg is not None,
            secure=dial.secure if leg is not None and dial is not None else None,
            since=self._since,
            failure=self._failure,
            next_attempt=self.line.next_attempt,
            waiting=self.works.dialogue.waiting,
            transactions=tuple(-1 if one is None else one for one in self.routine.transactions().values()),
            roots=self.posture.roots.subjects(),
            security_profile=self.posture.profile,
            connectors=tuple(one.status for one in self.routine.connectors.values()),
        )

    # --- what its line tells -----------------------------------------------------------------------------------------

    def opened(self, leg: ChargerLeg) -> None:
        """The 101 came."""
        self._since, self._failure = self._clock(), None
        self._tell(h.Connected(self.identity, leg.websocket_protocol_in_use or ""))
        self._set_pings()
        self.works.events.connected()
        self.posture.opened()
        self._commands.connected()
        if not self._flooded:
            self._flooded = True
            for text in flood.messages(self.settings.quirks.flood, self.works):
                self._send(text)
        self.works.dialogue.attach(self._send)
        self.routine.connected()

    def received(self, payload: bytes, binary: bool) -> None:
        """A message came."""
        self._ledger.received(End.CHARGER, self.identity, payload.decode("utf-8", "backslashreplace"))
        leg = self.line.leg
        if leg is not None and leg.live is not None and payload.lstrip().startswith(b"[2"):
            leg.live.asked()
        if not binary:
            self.works.dialogue.received(payload)

    def closed(self, happening: h.Happening) -> None:
        """An attempt, or the connection that came of it, is over."""
        if self._since is not None:
            self._ledger.over(End.CHARGER, self.identity)
        opened, self._since, self._failure = self._since is not None, None, happening
        self.works.dialogue.detach()
        if not opened:
            self.works.events.failed(happening)
            self.posture.failed(happening)

    # --- the rest ----------------------------------------------------------------------------------------------------

    def reboot(self, why: str) -> None:
        """Reboot.

        Args:
            why: as for `happenings.Rebooting`.
        """
        if self._rebooting is None or self._rebooting.called:
            self._rebooting = run(self._reboot(why))

    async def _reboot(self, why: str) -> None:
        works = self.works
        self._tell(h.Rebooting(self.identity, why))
        if why in ("soft", "hard"):
            works.events.note("ResetOrReboot", why)
        if why == "soft":
            self.routine.end_sessions(REASONS[why])
            until = works.clock.seconds() + SOFT_SECONDS
            while works.dialogue.online and works.dialogue.waiting and works.clock.seconds() < until:
                await works.sleep(LOOK_SECONDS)
        self.line.redial(REBOOT_SECONDS, abrupt=why in ("power", "quirk"))
        self.routine.end_sessions(REASONS[why])
        self.routine.power_cycle()
        if self.settings.quirks.forgets_queue:
            works.dialogue.forget()

    def _set_pings(self) -> None:
        leg, key = self.line.leg, self.works.keys.number("WebSocketPingInterval")
        if leg is not None and leg.live is not None:
            every = self.settings.ping.every  # may be finer than a configuration key can tell
            leg.live.set_interval(every if round(every) == key else float(key))

    def _send(self, text: str) -> None:
        leg = self.line.leg
        if leg is not None and leg.say(text):
            self._ledger.sent(End.CHARGER, self.identity, text)

    def _heard(self) -> float:
        leg = self.line.leg
        return leg.live.heard if leg is not None and leg.live is not None else 0.0

    def _silent(self) -> None:
        self.line.cut()

    def _gave_up(self, text: str, action: str, why: str) -> None:
        self._ledger.discarded(self.identity, text, why)
        self._tell(h.GaveUp(self.identity, action, why))

    def _used(self) -> tuple[bytes, ...]:
        """The certificates that the present connection rests on, in DER."""
        leg = self.line.leg
        handle = leg.transport.getHandle() if leg is not None and self.line.dial and self.line.dial.secure else None
        chain = (handle.get_verified_chain() or []) if handle is not None else []
        return tuple(one.to_cryptography().public_bytes(Encoding.DER) for one in chain)
