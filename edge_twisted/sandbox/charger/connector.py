"""A connector of a charger: its status, who is plugged in, and the session that comes of it."""

from typing import Final

from attrs import define, frozen
from twisted.internet.defer import Deferred

from edge_twisted.sandbox.charger.asking import Unanswered
from edge_twisted.sandbox.charger.meter import Meter
from edge_twisted.sandbox.charger.session import Session, meter_values
from edge_twisted.sandbox.charger.settings import Plan
from edge_twisted.sandbox.charger.works import Works, run
from edge_twisted.sandbox.framing import Payload

PLUG_SECONDS: Final = 1.0
"""A driver who starts from afar plugs in so soon."""
AMPERES: Final = 16.0


@frozen
class Reservation:
    """Who may charge next.

    Args:
        id: the central system's number.
        card: whose.
        until: when it ends by the charger's clock, in seconds since the epoch.
    """

    id: int
    card: str
    until: float


@define(eq=False)
class Connector:
    """A connector.

    Args:
        works: the charger's inside.
        number: from 1.
        meter: what counts its energy.
        status: as OCPP names it.
        plugged: whether a car is.
        operative: whether it may be used.
        reservation: for whom it is kept.
        session: the one that runs.
    """

    works: Works
    number: int
    meter: Meter
    status: str = "Available"
    plugged: bool = False
    operative: bool = True
    reservation: Reservation | None = None
    session: Session | None = None
    _running: Deferred[None] | None = None

    def show(self, status: str) -> None:
        """Have a status; tell it where it is another one."""
        if status != self.status:
            self.status = status
            self.tell_status()

    def tell_status(self, *, urgent: bool = False) -> None:
        """Tell the status."""
        told = {"connectorId": self.number, "status": self.status, "errorCode": "NoError"}
        self.works.say("StatusNotification", {**told, "timestamp": self.works.watch.text()}, urgent=urgent)

    def tell_meter(self, *, urgent: bool = False) -> None:
        """Tell what the meter shows, because the central system asked for it."""
        if self.session is not None and self.session.begun is not None:
            payload, number = self.session.read_meter(), self.session.transaction.id
            payload = {**payload, "transactionId": number} if number is not None else payload
        else:
            payload = meter_values(self.works, self.number, self.meter.idle(), "Trigger")
        self.works.say("MeterValues", payload, urgent=urgent)

    def free_for(self, card: str) -> bool:
        """Whether somebody may begin to charge here.

        Args:
            card: whose.
        """
        kept = self._reserved()
        return self.operative and self.session is None and (kept is None or kept.card == card)

    async def visit(self, plan: Plan) -> None:
        """A car comes, charges and leaves, as planned; none comes where there is no room."""
        if not self.plugged and self.free_for(plan.card):
            self._plug(plan.card)
            await self._serve(plan.card, plan.amperes, False, plan.length, leaves=True)

    def plug_in(self, card: str | None = None) -> None:
        """Plug a car in by hand.

        Args:
            card: what the driver shows; None: nothing, so that the car waits to be started from afar.
        """
        if self.plugged or not self.operative:
            return
        self._plug(card or "")
        if card is not None and self.free_for(card):
            self._running = run(self._serve(card, self._amperes, False, None, leaves=False))

    def unplug(self) -> None:
        """Take the plug out."""
        self.plugged = False
        if self.session is not None:
            self.session.end("EVDisconnected")
        else:
            self.rest()

    def start_from_afar(self, card: str, authorised: bool) -> None:
        """RemoteStartTransaction was accepted: the driver plugs in, if that was not done before.

        Args:
            card: whose.
            authorised: whether the card need not be asked for.
        """
        plan = self.works.settings.plan
        leaves = not self.plugged
        length = plan.length if plan is not None and leaves else None
        self._running = run(self._start(card, authorised, length, leaves))

    async def _start(self, card: str, authorised: bool, length: float | None, leaves: bool) -> None:
        if leaves:
            await self.works.sleep(PLUG_SECONDS)
            if self.plugged or not self.free_for(card):
                return
            self._plug(card)
        if self.session is None:
            await self._serve(card, self._amperes, authorised, length, leaves=leaves)

    def unlock(self) -> str:
        """Answer UnlockConnector."""
        if self.session is not None:
            self.session.end("UnlockCommand")
        return "Unlocked"

    def change_availability(self, operative: bool) -> str:
        """Answer ChangeAvailability.

        Args:
            operative: whether it may be used from now on; a session goes on to its end.
        """
        self.operative = operative
        if self.session is not None:
            return "Accepted" if operative else "Scheduled"
        if not self.plugged:
            self.rest()
        return "Accepted"

    def rest(self) -> None:
        """Nobody is plugged in: show what is next."""
        if not self.operative:
            self.show("Unavailable")
        else:
            self.show("Available" if self._reserved() is None else "Reserved")

    def stop(self) -> None:
        """Power off for good."""
        if self._running is not None:
            self._running.cancel()

    async def _serve(self, card: str, amperes: float, authorised: bool, length: float | None, *, leaves: bool) -> None:
        session = Session(self.works, self.number, self.meter, self.show, card, amperes, length)
        self.session = session
        try:
            await session.run(authorised)
        except Unanswered:
            leaves = leaves or not self.plugged  # the card was refused, or nobody could be asked
            if not leaves:
                self.show("Preparing")
        finally:
            self.session = None
            self.works.profiles.end_transaction(self.number)
        if leaves or not self.plugged:
            self.plugged = False
            self.rest()

    def _plug(self, card: str) -> None:
        self.plugged = True
        if self.reservation is not None and self.reservation.card == card:
            self.reservation = None
        self.show("Preparing")

    @property
    def _amperes(self) -> float:
        return self.works.settings.plan.amperes if self.works.settings.plan else AMPERES

    def _reserved(self) -> Reservation | None:
        kept = self.reservation
        if kept is not None and kept.until <= self.works.watch.now():
            kept = self.reservation = None
        return kept


def transaction_of(connector: Connector) -> Payload:
    """What a request about a connector's transaction needs to name it: its number, if there is one."""
    session = connector.session
    return {} if session is None or session.transaction.id is None else {"transactionId": session.transaction.id}
