"""What a charger does all day: it boots, tells its status, beats its heart, and charges a car now and then."""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.answers import timestamp
from edge_twisted.sandbox.charger.dialogue import Dialogue, Unanswered
from edge_twisted.sandbox.charger.meter import Meter, Sample
from edge_twisted.sandbox.framing import Payload

HEARTBEAT_LEAST: Final = 1.0
BOOT_AGAIN_SECONDS: Final = 30.0
CONNECTOR: Final = 1

_log = Logger(namespace="sandbox")


@frozen
class Model:
    """What a charger says that it is."""

    vendor: str = "Sandbox"
    name: str = "Simulated charger"
    firmware: str = "1.0.0"


@frozen
class Plan:
    """When a car comes, and how long it charges. All in seconds.

    Args:
        first: from the boot to the first car.
        length: of a charging session.
        sample: between two meter values.
        pause: from one car to the next.
        card: the driver's card (`idTag`).
        amperes: what the car takes of each of the three phases when it takes most.
        register: what the meter shows before the first car, in Wh.
    """

    first: float = 5.0
    length: float = 60.0
    sample: float = 10.0
    pause: float = 60.0
    card: str = "04A2B3C4D5E680"
    amperes: float = 16.0
    register: float = 1_200_000.0


class Routine:
    """Runs from power-on to `stop`, whether there is a connection or not.

    Args:
        identity: the charger's.
        clock: for waits.
        dialogue: asks the central system.
        tell: hears what happens.
        time: seconds since the epoch.
        draw: a number from 0 to 1.
        model: what the charger is.
        plan: when it charges; None: never.
    """

    def __init__(
        self,
        identity: str,
        clock: IReactorTime,
        dialogue: Dialogue,
        tell: Callable[[h.Happening], None],
        time: Callable[[], float],
        draw: Callable[[], float],
        model: Model,
        plan: Plan | None,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._dialogue = dialogue
        self._tell = tell
        self._time = time
        self._model = model
        self._plan = plan
        self._meter = Meter(plan.register if plan else 0.0, plan.amperes if plan else 0.0, draw)
        self._status = "Available"
        self._booted = False
        self._booting: Deferred[None] | None = None
        self._days: Deferred[None] | None = None
        self._pulse = LoopingCall(self._beat)
        self._pulse.clock = clock

    def connected(self) -> None:
        """There is a connection: boot, if that was not done since power-on (J-44); else say how things are."""
        if self._booted:
            self._beat()
            self._notify(self._status)
        elif self._booting is None:
            self._booting = _run(self._boot())

    def stop(self) -> None:
        """Power off."""
        if self._pulse.running:
            self._pulse.stop()
        for running in (self._booting, self._days):
            if running is not None:
                running.cancel()

    async def _boot(self) -> None:
        asked = {
            "chargePointVendor": self._model.vendor,
            "chargePointModel": self._model.name,
            "firmwareVersion": self._model.firmware,
        }
        while not self._booted:
            wait = BOOT_AGAIN_SECONDS
            try:
                answer = await self._dialogue.call("BootNotification", asked)
            except Unanswered as failed:
                if failed.code == "offline":
                    self._booting = None  # the next connection begins it anew
                    return
            else:
                status = str(answer.get("status", ""))
                wait = _interval(answer, wait)
                self._tell(h.Booted(self._identity, status))
                if status == "Accepted":
                    self._begin(wait)
                    return
            await _sleep(self._clock, wait)

    def _begin(self, interval: float) -> None:
        """The central system accepted the charger."""
        self._booted = True
        self._booting = None
        self._pulse.start(interval, now=False)
        self._notify("Available", connector=0)
        self._notify("Available")
        if self._plan is not None:
            self._days = _run(self._charge(self._plan))

    def _beat(self) -> None:
        _forget(self._dialogue.call("Heartbeat", {}))

    def _notify(self, status: str, connector: int = CONNECTOR) -> None:
        self._status = status
        told = {"connectorId": connector, "status": status, "errorCode": "NoError", "timestamp": self._now()}
        _forget(self._dialogue.call("StatusNotification", told))

    def _now(self) -> str:
        return timestamp(self._time())

    async def _charge(self, plan: Plan) -> None:
        await _sleep(self._clock, plan.first)
        while True:
            try:
                await self._session(plan)
            except Unanswered:
                self._notify("Available")  # offline, or the card was refused: the driver leaves
            await _sleep(self._clock, plan.pause)

    async def _session(self, plan: Plan) -> None:
        """One car: from plug to unplug.

        Raises:
            Unanswered: before the car could begin to charge.
        """
        self._notify("Preparing")
        answer = await self._dialogue.call("Authorize", {"idTag": plan.card})
        if answer.get("idTagInfo", {}).get("status") != "Accepted":
            raise Unanswered("refused")
        started = await self._dialogue.call(
            "StartTransaction",
            {
                "connectorId": CONNECTOR,
                "idTag": plan.card,
                "meterStart": round(self._meter.register),
                "timestamp": self._now(),
            },
            lasting=True,
        )
        transaction, first = int(started.get("transactionId", 0)), round(self._meter.register)
        self._tell(h.Charging(self._identity, transaction))
        self._notify("Charging")
        begun = last = self._clock.seconds()
        while (now := self._clock.seconds()) - begun < plan.length:
            await _sleep(self._clock, min(plan.sample, plan.length - (now - begun)))
            now = self._clock.seconds()
            self._tell_meter(transaction, self._meter.sample(now - begun, now - last, plan.length))
            last = now
        energy = round(self._meter.register)
        stopped = {
            "transactionId": transaction,
            "idTag": plan.card,
            "meterStop": energy,
            "timestamp": self._now(),
            "reason": "EVDisconnected",
        }
        self._notify("Finishing")
        _forget(self._dialogue.call("StopTransaction", stopped, lasting=True))
        self._tell(h.Charged(self._identity, transaction, energy - first))
        self._notify("Available")

    def _tell_meter(self, transaction: int, sample: Sample) -> None:
        value = {"timestamp": self._now(), "sampledValue": sample.values()}
        told = {"connectorId": CONNECTOR, "transactionId": transaction, "meterValue": [value]}
        _forget(self._dialogue.call("MeterValues", told, lasting=True))


def _interval(answer: Payload, otherwise: float) -> float:
    """The interval of an answered BootNotification, in seconds."""
    found = answer.get("interval")
    return max(HEARTBEAT_LEAST, float(found)) if isinstance(found, int | float) and found > 0 else otherwise


def _run(steps: Any) -> Deferred[None]:
    """Run a coroutine; its end by cancelling is none to speak of, any other failure is logged."""
    running: Deferred[None] = Deferred.fromCoroutine(steps)

    def failed(failure: Any) -> None:
        if not failure.check(CancelledError):
            _log.failure("The routine of a charger failed", failure)

    return running.addErrback(failed)


async def _sleep(clock: IReactorTime, seconds: float) -> None:
    await deferLater(clock, seconds)


def _forget(asked: Deferred[Payload]) -> None:
    """A request whose answer changes nothing."""
    asked.addErrback(lambda failure: failure.trap(Unanswered) and None)
