"""The commands of OCPP 1.6's Core, Reservation, Local Authorization List and Smart Charging profiles."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from edge_twisted.sandbox.charger.commands import Answer, Command, status
from edge_twisted.sandbox.charger.connector import Connector, Reservation
from edge_twisted.sandbox.charger.keys import ASKED_AT_ONCE
from edge_twisted.sandbox.charger.routine import Routine
from edge_twisted.sandbox.charger.watch import seconds_of
from edge_twisted.sandbox.charger.works import Works
from edge_twisted.sandbox.framing import Payload

Why = Literal["soft", "hard"]


class CoreCommands:
    """What a charger does when it is asked.

    Args:
        works: its inside.
        routine: what it does all day.
        reboot: reboots it.
        configure: changes a configuration key: name and value to a status, and what to do after the answer.
    """

    def __init__(
        self,
        works: Works,
        routine: Routine,
        reboot: Callable[[str], None],
        configure: Callable[[str, str], tuple[str, Callable[[], None] | None]],
    ) -> None:
        self._works = works
        self._routine = routine
        self._reboot = reboot
        self._configure = configure

    def known(self) -> dict[str, Command]:
        """What is done for each action."""
        return {
            "CancelReservation": self.cancel_reservation,
            "ChangeAvailability": self.change_availability,
            "ChangeConfiguration": self.change_configuration,
            "ClearCache": self.clear_cache,
            "ClearChargingProfile": lambda payload: status(self._works.profiles.clear(payload)),
            "DataTransfer": lambda payload: status("UnknownVendorId"),
            "GetCompositeSchedule": self.get_composite_schedule,
            "GetConfiguration": self.get_configuration,
            "GetLocalListVersion": self.get_local_list_version,
            "RemoteStartTransaction": self.remote_start,
            "RemoteStopTransaction": self.remote_stop,
            "ReserveNow": self.reserve_now,
            "Reset": self.reset,
            "SendLocalList": self.send_local_list,
            "SetChargingProfile": self.set_charging_profile,
            "UnlockConnector": self.unlock_connector,
        }

    def get_configuration(self, payload: Payload) -> Answer:
        """Tell configuration keys."""
        return Answer(self._works.keys.told(payload.get("key", [])[:ASKED_AT_ONCE]))

    def change_configuration(self, payload: Payload) -> Answer:
        """Change a configuration key."""
        return status(*self._configure(payload["key"], payload["value"]))

    def change_availability(self, payload: Payload) -> Answer:
        """Take a connector, or all, in or out of use."""
        chosen = self._connectors(payload["connectorId"])
        if not chosen:
            return status("Rejected")
        answers = {one.change_availability(payload["type"] == "Operative") for one in chosen}
        return status("Scheduled" if "Scheduled" in answers else "Accepted")

    def clear_cache(self, payload: Payload) -> Answer:
        """Forget which cards were accepted."""
        if not self._works.keys.on("AuthorizationCacheEnabled"):
            return status("Rejected")
        self._works.cards.cached.clear()
        return status("Accepted")

    def remote_start(self, payload: Payload) -> Answer:
        """Start a session; the driver is there and plugs in."""
        card = payload["idTag"]
        chosen = self._connectors(payload.get("connectorId", 0))
        free = [one for one in chosen if one.free_for(card) and one.status != "Finishing"]
        if not free:
            return status("Rejected")
        connector = next((one for one in free if one.plugged), free[0])
        profile = payload.get("chargingProfile")
        if profile is not None and profile.get("chargingProfilePurpose") != "TxProfile":
            return status("Rejected")
        if profile is not None:
            self._works.profiles.put(connector.number, {**profile}, {connector.number: profile.get("transactionId")})
        authorised = not self._works.keys.on("AuthorizeRemoteTxRequests")
        return status("Accepted", lambda: connector.start_from_afar(card, authorised))

    def remote_stop(self, payload: Payload) -> Answer:
        """Stop the session of a transaction."""
        for connector in self._routine.connectors.values():
            session = connector.session
            if session is not None and session.begun and session.transaction.id == payload["transactionId"]:
                return status("Accepted", partial(session.end, "Remote"))
        return status("Rejected")

    def reset(self, payload: Payload) -> Answer:
        """Reboot."""
        why: Why = "hard" if payload["type"] == "Hard" else "soft"
        return status("Accepted", lambda: self._reboot(why))

    def unlock_connector(self, payload: Payload) -> Answer:
        """Unlock a connector."""
        connector = self._routine.connectors.get(payload["connectorId"])
        return status("NotSupported" if connector is None else connector.unlock())

    def reserve_now(self, payload: Payload) -> Answer:
        """Keep a connector for a card."""
        connector, until = self._routine.connectors.get(payload["connectorId"]), seconds_of(payload["expiryDate"])
        if connector is None or until is None or until <= self._works.watch.now():
            return status("Rejected")
        if not connector.operative:
            return status("Unavailable")
        kept = connector.reservation
        if connector.plugged or (kept is not None and kept.id != payload["reservationId"]):
            return status("Occupied")
        connector.reservation = Reservation(payload["reservationId"], payload["idTag"], until)
        return status("Accepted", connector.rest)

    def cancel_reservation(self, payload: Payload) -> Answer:
        """Keep a connector no more."""
        for connector in self._routine.connectors.values():
            if connector.reservation is not None and connector.reservation.id == payload["reservationId"]:
                connector.reservation = None
                return status("Accepted", None if connector.plugged else connector.rest)
        return status("Rejected")

    def get_local_list_version(self, payload: Payload) -> Answer:
        """Tell the version of the local list; -1: there can be none."""
        enabled = self._works.keys.on("LocalAuthListEnabled")
        return Answer({"listVersion": self._works.cards.version if enabled else -1})

    def send_local_list(self, payload: Payload) -> Answer:
        """Take a local list, or what is new in it."""
        entries = payload.get("localAuthorizationList", [])
        return status(self._works.cards.update(payload["listVersion"], entries, payload["updateType"] == "Full"))

    def set_charging_profile(self, payload: Payload) -> Answer:
        """Take a charging profile; it holds from the next reading of the meter on."""
        if not self._connectors(payload["connectorId"]):
            return status("Rejected")
        put = self._works.profiles.put
        return status(put(payload["connectorId"], payload["csChargingProfiles"], self._routine.transactions()))

    def get_composite_schedule(self, payload: Payload) -> Answer:
        """Tell how much a connector may take in the time to come."""
        number, unit = payload["connectorId"], payload.get("chargingRateUnit", "A")
        chosen = self._connectors(number)
        if not chosen or not payload["duration"]:
            return status("Rejected")
        works = self._works
        session = chosen[0].session if number else None
        begun = session.begun if session is not None else None
        most = works.settings.plan.amperes if works.settings.plan else 16.0
        now = works.watch.now()
        periods = works.profiles.schedule(number, now, begun, payload["duration"], unit, most)
        schedule = {
            "duration": payload["duration"],
            "startSchedule": works.watch.text(),
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods,
        }
        return Answer(
            {
                "status": "Accepted",
                "connectorId": number,
                "scheduleStart": works.watch.text(),
                "chargingSchedule": schedule,
            }
        )

    def _connectors(self, number: int) -> list[Connector]:
        """Those that a number means; 0: all."""
        return [one for one in self._routine.connectors.values() if number in (0, one.number)]
