"""One charging session: from the card to the last kilowatt-hour, with or without a connection (J-50)."""

from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.asking import Care, Transaction, Unanswered
from edge_twisted.sandbox.charger.meter import Meter, Sample
from edge_twisted.sandbox.charger.works import Works, forget
from edge_twisted.sandbox.framing import Payload

FULL_SECONDS: Final = 4 * 3600.0
"""After so long a car that stays is full."""
STEP_SECONDS: Final = 60.0
"""Between two readings of the meter where none are told."""
WITHOUT_CARD: Final = frozenset({"Remote", "SoftReset", "HardReset", "PowerLoss", "UnlockCommand", "DeAuthorized"})
"""Why a transaction ends that nobody ended with a card."""


class Session:
    """A charging session.

    Args:
        works: the charger's inside.
        connector: its number.
        meter: the connector's.
        show: tells the connector's status.
        card: the driver's.
        amperes: what the car takes when it takes most.
        length: seconds until the car leaves; None: it stays until it is told to go.

    Attributes:
        transaction: its number, once it is known.
        begun: when it began by the charger's own clock; None: not yet.
    """

    def __init__(
        self,
        works: Works,
        connector: int,
        meter: Meter,
        show: Any,
        card: str,
        amperes: float,
        length: float | None,
    ) -> None:
        self.transaction = Transaction()
        self.begun: float | None = None
        self.card = card
        self._works = works
        self._connector = connector
        self._meter = meter
        self._show = show
        self._amperes = amperes
        self._length = length
        self._reason = ""
        self._pausing: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None

    async def run(self, authorised: bool) -> None:
        """Charge.

        Args:
            authorised: whether the card need not be asked for.

        Raises:
            Unanswered: the card was refused, or could not be asked for.
        """
        if not authorised:
            await self._authorise()
        if self._reason:
            return
        works, first = self._works, round(self._meter.register)
        self.begun = works.watch.now()
        started = {
            "connectorId": self._connector,
            "idTag": self.card,
            "meterStart": first,
            "timestamp": works.watch.text(),
        }
        number = works.settings.quirks.offline_transaction_id
        if number is not None and not works.dialogue.online:
            self.transaction.id = number
        asked = works.dialogue.call("StartTransaction", started, care=Care.TRANSACTION)
        asked.addCallback(self._started)
        forget(asked)
        self._show("Charging")
        try:
            await self._charge()
        finally:
            self._stop_timer()
        self._show("Finishing")
        self._stop(first)

    def end(self, reason: str) -> None:
        """End it.

        Args:
            reason: as StopTransaction names it.
        """
        if self._reason:
            return
        self._reason = reason
        pausing, self._pausing = self._pausing, None
        if pausing is not None:
            self._stop_timer()
            pausing.callback(None)

    def read_meter(self, context: str = "Trigger") -> Payload:
        """A MeterValues request with what the meter shows now."""
        sample = Sample(self._meter.register, self._meter.volts, self._meter.amperes_now)
        return meter_values(self._works, self._connector, sample, context)

    async def _authorise(self) -> None:
        works = self._works
        if not works.dialogue.online:
            if works.cards.lets(self.card, works.watch.now()):
                return
            raise Unanswered("offline")
        answer = await works.dialogue.call("Authorize", {"idTag": self.card})
        info = answer.get("idTagInfo")
        if not works.cards.learn(self.card, info) or info is None:
            raise Unanswered("refused")

    def _started(self, answer: Payload) -> Payload:
        number = answer.get("transactionId")
        if self.transaction.id is None:
            self.transaction.id = number if isinstance(number, int) and not isinstance(number, bool) else 0
        self._works.tell(h.Charging(self._works.identity, self.transaction.id))
        accepted = self._works.cards.learn(self.card, answer.get("idTagInfo"))
        if not accepted and self._works.keys.on("StopTransactionOnInvalidId"):
            self.end("DeAuthorized")
        return answer

    async def _charge(self) -> None:
        clock, length = self._works.clock, self._length or FULL_SECONDS
        begun = last = clock.seconds()
        while not self._reason:
            every = self._sample_seconds()
            left = length - (last - begun) if self._length is not None else every or STEP_SECONDS
            await self._pause(max(0.0, min(every or STEP_SECONDS, left)))
            now = clock.seconds()
            limit = self._works.profiles.amperes(self._connector, self._works.watch.now(), self.begun)
            self._meter.amperes = self._amperes if limit is None else min(self._amperes, limit)
            sample = self._meter.sample(now - begun, now - last, length)
            last = now
            if self._reason:
                return
            self._show("SuspendedEVSE" if limit == 0 else "SuspendedEV" if now - begun >= FULL_SECONDS else "Charging")
            if every:
                self._tell(meter_values(self._works, self._connector, sample))
            if self._length is not None and now - begun >= self._length:
                self._reason = "EVDisconnected"

    def _sample_seconds(self) -> float:
        """Between two meter values; what is planned may be finer than a configuration key can tell."""
        key, plan = self._works.keys.number("MeterValueSampleInterval"), self._works.settings.plan
        return plan.sample if plan is not None and round(plan.sample) == key else float(key)

    async def _pause(self, seconds: float) -> None:
        """Wait; not any longer than until the session is ended."""
        self._pausing = Deferred()
        self._timer = self._works.clock.callLater(seconds, self._go_on)
        await self._pausing

    def _go_on(self) -> None:
        pausing, self._pausing = self._pausing, None
        if pausing is not None:
            pausing.callback(None)

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _stop(self, first: int) -> None:
        works, energy = self._works, round(self._meter.register)
        stopped: Payload = {"meterStop": energy, "timestamp": works.watch.text(), "reason": self._reason}
        if self._reason not in WITHOUT_CARD:
            stopped["idTag"] = self.card
        forget(works.dialogue.call("StopTransaction", stopped, care=Care.TRANSACTION, transaction=self.transaction))
        works.tell(h.Charged(works.identity, self.transaction.id or 0, energy - first))
        if works.settings.quirks.late_meter_values:
            self._tell(self.read_meter("Transaction.End"))

    def _tell(self, payload: Payload) -> None:
        forget(self._works.dialogue.call("MeterValues", payload, care=Care.TRANSACTION, transaction=self.transaction))


def meter_values(works: Works, connector: int, sample: Sample, context: str = "Sample.Periodic") -> Payload:
    """Write a MeterValues request, without a transaction.

    Args:
        works: the charger's inside.
        connector: whose meter.
        sample: what it shows.
        context: why it is told.
    """
    wanted = [word.strip() for word in works.keys["MeterValuesSampledData"].split(",")]
    values = [value for value in sample.values(context) if value["measurand"] in wanted] or sample.values(context)[:1]
    return {"connectorId": connector, "meterValue": [{"timestamp": works.watch.text(), "sampledValue": values}]}
