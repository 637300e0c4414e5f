"""The commands for firmware, logs and triggers: the statuses come as they should, and nothing is up- or downloaded."""

from collections.abc import Callable, Sequence
from typing import Final

from cryptography import x509
from twisted.internet.defer import Deferred

from edge_twisted.sandbox.charger.commands import Answer, Command, status
from edge_twisted.sandbox.charger.routine import Routine
from edge_twisted.sandbox.charger.works import Works, run
from edge_twisted.sandbox.framing import Payload

STEP_SECONDS: Final = 1.0
"""From one status to the next."""
DIAGNOSTICS: Final = "DiagnosticsStatusNotification"
FIRMWARE: Final = "FirmwareStatusNotification"
SIGNED_FIRMWARE: Final = "SignedFirmwareStatusNotification"
LOG: Final = "LogStatusNotification"
STEPS: Final = {
    DIAGNOSTICS: ("Uploading", "Uploaded"),
    FIRMWARE: ("Downloading", "Downloaded", "Installing", "Installed"),
    SIGNED_FIRMWARE: ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"),
    LOG: ("Uploading", "Uploaded"),
}
REBOOTS: Final = {FIRMWARE: "Installing", SIGNED_FIRMWARE: "InstallRebooting"}
"""After which status the charger reboots."""
IDLE: Final = "Idle"


class ServiceCommands:
    """What a charger does for those who maintain it.

    Args:
        works: its inside.
        routine: what it does all day.
        reboot: reboots it.
        sign: asks for a certificate of its own to be signed.
    """

    def __init__(self, works: Works, routine: Routine, reboot: Callable[[str], None], sign: Callable[[], None]) -> None:
        self._works = works
        self._routine = routine
        self._reboot = reboot
        self._sign = sign
        self._now: dict[str, Payload] = {}
        self._running: dict[str, Deferred[None]] = {}

    def known(self) -> dict[str, Command]:
        """What is done for each action."""
        usual: dict[str, Command] = {
            "GetDiagnostics": self.get_diagnostics,
            "TriggerMessage": self.trigger_message,
            "UpdateFirmware": self.update_firmware,
        }
        white_paper: dict[str, Command] = {
            "ExtendedTriggerMessage": self.extended_trigger_message,
            "GetLog": self.get_log,
            "SignedUpdateFirmware": self.signed_update_firmware,
        }
        return usual | (white_paper if self._works.settings.white_paper else {})

    def stop(self) -> None:
        """Power off for good."""
        for running in list(self._running.values()):
            running.cancel()

    def get_diagnostics(self, payload: Payload) -> Answer:
        """Seem to upload diagnostics."""
        return Answer({"fileName": "diagnostics.log"}, lambda: self._begin(DIAGNOSTICS, {}))

    def update_firmware(self, payload: Payload) -> Answer:
        """Seem to download and install firmware."""
        return Answer({}, lambda: self._begin(FIRMWARE, {}))

    def get_log(self, payload: Payload) -> Answer:
        """Seem to upload a log."""
        if not isinstance(payload["log"].get("remoteLocation"), str):
            return status("Rejected")
        busy = LOG in self._running
        name = "security.log" if payload["logType"] == "SecurityLog" else "diagnostics.log"
        about = {"requestId": payload["requestId"]}
        answer = {"status": "AcceptedCanceled" if busy else "Accepted", "filename": name}
        return Answer(answer, lambda: self._begin(LOG, about))

    def signed_update_firmware(self, payload: Payload) -> Answer:
        """Seem to download and install signed firmware; its signing certificate is looked at."""
        firmware = payload["firmware"]
        try:
            x509.load_pem_x509_certificate(str(firmware.get("signingCertificate", "")).encode())
        except ValueError:
            self._works.events.note("InvalidFirmwareSigningCertificate")
            return status("InvalidCertificate")
        busy = SIGNED_FIRMWARE in self._running
        about = {"requestId": payload["requestId"]}
        word = "AcceptedCanceled" if busy else "Accepted"
        return status(word, lambda: self._begin(SIGNED_FIRMWARE, about))

    def trigger_message(self, payload: Payload) -> Answer:
        """Send a message now."""
        return self._trigger(payload, (DIAGNOSTICS, FIRMWARE))

    def extended_trigger_message(self, payload: Payload) -> Answer:
        """Send a message now, one of the white paper's, too."""
        if payload["requestedMessage"] == "SignChargePointCertificate":
            named = bool(self._works.keys["CpoName"])  # it goes into the request, so it must be set before (A02)
            return status("Accepted", self._sign) if named else status("Rejected")
        return self._trigger(payload, (LOG, FIRMWARE))

    def _trigger(self, payload: Payload, statuses: Sequence[str]) -> Answer:
        message, connector = payload["requestedMessage"], payload.get("connectorId")
        if connector is not None and connector not in self._routine.connectors:
            return status("Rejected")
        if message in statuses:
            return status("Accepted", lambda: self._tell_now(message))
        if message not in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification"):
            return status("NotImplemented")
        return status("Accepted", lambda: self._routine.trigger(message, connector))

    def _tell_now(self, message: str) -> None:
        """Tell how far it is; a signed update tells its own message."""
        if message == FIRMWARE and SIGNED_FIRMWARE in self._running:
            message = SIGNED_FIRMWARE
        self._works.say(message, self._now.get(message, {"status": IDLE}), urgent=True)

    def _begin(self, message: str, about: Payload) -> None:
        if message in self._running:
            self._running[message].cancel()
        self._running[message] = run(self._steps(message, about))

    async def _steps(self, message: str, about: Payload) -> None:
        try:
            for word in STEPS[message]:
                self._now[message] = {"status": word, **about}
                self._works.say(message, self._now[message])
                if REBOOTS.get(message) == word:
                    self._reboot("soft")
                await self._works.sleep(STEP_SECONDS)
                while not self._works.dialogue.online:
                    await self._works.sleep(STEP_SECONDS)
            if message in REBOOTS:
                self._works.events.note("FirmwareUpdated")
        finally:
            self._now.pop(message, None)
            self._running.pop(message, None)
