"""What a charger does all day: it boots, tells its status, beats its heart, and charges cars."""

from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.asking import Unanswered
from edge_twisted.sandbox.charger.connector import Connector
from edge_twisted.sandbox.charger.meter import Meter
from edge_twisted.sandbox.charger.settings import Model, Plan
from edge_twisted.sandbox.charger.works import Works, run
from edge_twisted.sandbox.framing import Payload

__all__ = ["Model", "Plan", "Routine"]

HEARTBEAT_LEAST: Final = 1.0
BOOT_AGAIN_SECONDS: Final = 30.0
JUMP_SECONDS: Final = 5.0
"""A clock that is set by more is a security event."""


class Routine:
    """Runs from power-on to `stop`, whether there is a connection or not.

    Args:
        works: the charger's inside.

    Attributes:
        connectors: by number, from 1.
        booted: whether the central system accepted the charger since its last power-on.
    """

    def __init__(self, works: Works) -> None:
        self.booted = False
        self.connectors = {number: Connector(works, number, _meter(works, number)) for number in _numbers(works)}
        self._works = works
        self._booting: Deferred[None] | None = None
        self._days: list[Deferred[None]] = []
        self._pulse = LoopingCall(self._beat)
        self._pulse.clock = works.clock
        works.dialogue.accept(False)

    def power_on(self) -> None:
        """Power is on: the clock begins, and there is a boot to come."""
        self._works.watch.power_on()
        self._works.events.note("StartupOfTheDevice")

    def connected(self) -> None:
        """There is a connection: boot, if that was not done since power-on (J-44); else say how things are."""
        if self.booted:
            self._beat()
            for connector in self.connectors.values():
                connector.tell_status()
        elif self._booting is None:
            self._booting = run(self._boot())

    def end_sessions(self, reason: str) -> None:
        """End what is being charged.

        Args:
            reason: why the transactions end, as StopTransaction names it.
        """
        for connector in self.connectors.values():
            if connector.session is not None:
                connector.session.end(reason)

    def power_cycle(self) -> None:
        """Power is off and on again: begin with the boot at the next connection."""
        self.booted = False
        self._works.dialogue.accept(False)
        if self._pulse.running:
            self._pulse.stop()
        if self._booting is not None:
            self._booting.cancel()
            self._booting = None
        self.power_on()

    def stop(self) -> None:
        """Power off for good."""
        if self._pulse.running:
            self._pulse.stop()
        for running in (self._booting, *self._days):
            if running is not None:
                running.cancel()
        for connector in self.connectors.values():
            connector.stop()

    def set_heartbeat(self, seconds: float) -> None:
        """Send a Heartbeat so often from now on.

        Args:
            seconds: 0: as before.
        """
        if self._pulse.running and seconds:
            self._pulse.stop()
            self._pulse.start(max(HEARTBEAT_LEAST, seconds), now=False)

    def trigger(self, message: str, connector: int | None) -> None:
        """Send a message because the central system asked for it.

        Args:
            message: `BootNotification`, `Heartbeat`, `StatusNotification` or `MeterValues`.
            connector: of which connector; None: of all.
        """
        chosen = [one for one in self.connectors.values() if connector in (None, one.number)]
        match message:
            case "BootNotification":
                self._works.say(message, self._boot_payload(), urgent=True)
            case "Heartbeat":
                self._beat(urgent=True)
            case "StatusNotification":
                if connector is None:
                    self._tell_whole(urgent=True)
                for one in chosen:
                    one.tell_status(urgent=True)
            case "MeterValues":
                for one in chosen:
                    one.tell_meter(urgent=True)

    def transactions(self) -> dict[int, int | None]:
        """The numbers of the transactions that run now, by connector."""
        return {
            one.number: one.session.transaction.id
            for one in self.connectors.values()
            if one.session is not None and one.session.begun is not None
        }

    def _boot_payload(self) -> Payload:
        model = self._works.settings.model
        asked = {"chargePointVendor": model.vendor, "chargePointModel": model.name, "firmwareVersion": model.firmware}
        return {**asked, "chargePointSerialNumber": model.serial} if model.serial else asked

    async def _boot(self) -> None:
        while not self.booted:
            wait = BOOT_AGAIN_SECONDS
            try:
                answer = await self._works.dialogue.call("BootNotification", self._boot_payload(), urgent=True)
            except Unanswered as failed:
                if failed.code == "offline":
                    self._booting = None  # the next connection begins it anew
                    return
            else:
                status = str(answer.get("status", ""))
                wait = _interval(answer, wait)
                self._set_clock(answer)
                self._works.tell(h.Booted(self._works.identity, status))
                if status == "Accepted":
                    self._begin(wait)
                    return
            await self._works.sleep(wait)

    def _begin(self, interval: float) -> None:
        """The central system accepted the charger."""
        self.booted = True
        self._booting = None
        self._works.keys.put("HeartbeatInterval", round(interval))
        self._pulse.start(interval, now=False)
        self._works.dialogue.accept(True)
        self._tell_whole()
        for connector in self.connectors.values():
            connector.tell_status()
        if not self._days:
            self.plan()

    def plan(self) -> None:
        """Let cars come as it is planned now; sessions go on."""
        for day in self._days:
            day.cancel()
        self._days = [run(self._drive(connector)) for connector in self.connectors.values()] if self.booted else []

    async def _drive(self, connector: Connector) -> None:
        """Let cars come to one connector, those of several connectors one after the other."""
        plan = self._works.settings.plan
        if plan is None:
            return
        later = (plan.length + plan.pause) * (connector.number - 1) / len(self.connectors)
        await self._works.sleep(plan.first + later)
        while plan is not None:
            await connector.visit(plan)
            await self._works.sleep(plan.pause)
            plan = self._works.settings.plan

    def _beat(self, urgent: bool = False) -> None:
        asked = self._works.dialogue.call("Heartbeat", {}, urgent=urgent)
        asked.addCallbacks(self._set_clock, lambda failure: failure.trap(Unanswered) and None)

    def _set_clock(self, answer: Payload) -> None:
        if abs(self._works.watch.set(answer.get("currentTime"))) > JUMP_SECONDS:
            self._works.events.note("SettingSystemTime")

    def _tell_whole(self, *, urgent: bool = False) -> None:
        """Tell the status of the charger as a whole."""
        usable = any(connector.operative for connector in self.connectors.values())
        status = "Available" if usable else "Unavailable"
        told = {"connectorId": 0, "status": status, "errorCode": "NoError", "timestamp": self._works.watch.text()}
        self._works.say("StatusNotification", told, urgent=urgent)


def _numbers(works: Works) -> range:
    return range(1, works.settings.connectors + 1)


def _meter(works: Works, number: int) -> Meter:
    plan = works.settings.plan
    register = plan.register + 10_000 * (number - 1) if plan else 0.0
    return Meter(register, plan.amperes if plan else 0.0, works.draw)


def _interval(answer: Payload, otherwise: float) -> float:
    """The interval of an answered BootNotification, in seconds."""
    found = answer.get("interval")
    return max(HEARTBEAT_LEAST, float(found)) if isinstance(found, int | float) and found > 0 else otherwise
