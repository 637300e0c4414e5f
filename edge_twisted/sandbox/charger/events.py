"""Security events of a charger: noted in its log, and told to the central system (S-35)."""

from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import frozen

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.asking import Care, Unanswered
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.watch import Watch

LOG: Final = 200
CRITICAL: Final = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
    }
)
VERSION, CIPHER = "InvalidTLSVersion", "InvalidTLSCipherSuite"
CERTIFICATE: Final = "InvalidCentralSystemCertificate"
REFUSED: Final = "FailedToAuthenticationAtCentralSystem"
RECONFIGURED: Final = "ReconfigurationOfSecurityParameters"


@frozen
class Event:
    """A line of the security log."""

    at: str
    type: str
    info: str


class Events:
    """The security log.

    Args:
        identity: the charger's.
        dialogue: tells the central system.
        watch: the charger's clock.
        tell: hears what happens.
        told: whether the charger knows the white paper's messages.

    Attributes:
        log: the last events.
        watch: as given.
    """

    def __init__(
        self, identity: str, dialogue: Dialogue, watch: Watch, tell: Callable[[h.Happening], None], told: bool
    ) -> None:
        self.log: deque[Event] = deque(maxlen=LOG)
        self._identity = identity
        self._dialogue = dialogue
        self.watch = watch
        self._tell = tell
        self._told = told
        self._since: set[str] = set()

    def note(self, type: str, info: str = "") -> None:
        """Note an event; one that is not critical, once until the charger is connected again.

        Args:
            type: as the white paper names it.
            info: for a technician.
        """
        critical = type in CRITICAL
        if not self._told or (not critical and type in self._since):
            return
        self._since.add(type)
        self.log.append(Event(self.watch.text(), type, info))
        self._tell(h.Noticed(self._identity, type, critical))
        payload = {"type": type, "timestamp": self.watch.text()}
        payload = {**payload, "techInfo": info[:255]} if info else payload
        asked = self._dialogue.call("SecurityEventNotification", payload, care=Care.KEPT if critical else Care.NOTED)
        asked.addErrback(lambda failure: failure.trap(Unanswered) and None)

    def connected(self) -> None:
        """The charger is connected: what fails from now on is new."""
        self._since.clear()

    def failed(self, happening: h.Happening) -> None:
        """Note what an attempt to connect came to, if it tells of security.

        Args:
            happening: what came of it.
        """
        match happening:
            case h.Untrusting(why=why):
                self.note(CERTIFICATE, why)
            case h.Refused(status=401):
                self.note(REFUSED)
            case h.Failed(why="tls", detail=detail) if "version" in detail or "protocol" in detail:
                self.note(VERSION, detail)
            case h.Failed(why="tls", detail=detail) if "handshake failure" in detail or "cipher" in detail:
                self.note(CIPHER, detail)
