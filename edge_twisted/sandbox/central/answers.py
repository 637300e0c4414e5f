"""What the central system answers to each request of a charger."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final

from attrs import Factory, define, field

from edge_twisted.sandbox.framing import Call, Error, Payload, Result

EMPTY: Final = frozenset(
    {
        "MeterValues",
        "StatusNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "SecurityEventNotification",
        "SignedFirmwareStatusNotification",
    }
)
"""Requests that are answered with nothing: they are told, not asked."""


def timestamp(seconds: float) -> str:
    """Write a time as OCPP does.

    Args:
        seconds: since the epoch.

    Returns:
        Such as `2026-01-31T12:00:00.000Z`.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _folded(cards: Iterable[str]) -> frozenset[str]:
    return frozenset(card.casefold() for card in cards)


@define
class Answers:
    """Answers chargers, and counts transactions over all of them.

    A certificate is never signed (`SignCertificate`: Rejected), since nobody has to show one here (S-15), and no
    vendor's own message is understood (`DataTransfer`: UnknownVendorId).

    Args:
        heartbeat_seconds: how often a charger shall send a Heartbeat.
        transactions: the numbers of the transactions to come.
        cards: those that may charge (`idTag`, without regard to case); none: all may.
    """

    heartbeat_seconds: int
    transactions: Iterator[int] = Factory(lambda: count(1))
    cards: frozenset[str] = field(default=frozenset(), converter=_folded)

    def answer(self, call: Call, now: float, boot: str = "Accepted") -> Result | Error:
        """Answer one request, whatever its fields hold.

        Args:
            call: the charger's request.
            now: seconds since the epoch.
            boot: the status that answers a BootNotification.

        Returns:
            The answer; `NotImplemented` for an action that OCPP 1.6 has not for chargers.
        """
        payload = self._payload(call, now, boot)
        if payload is None:
            return Error(call.id, "NotImplemented", "unknown action")
        return Result(call.id, payload)

    def _payload(self, call: Call, now: float, boot: str) -> Payload | None:
        match call.action:
            case "BootNotification":
                return {
                    "status": boot,
                    "currentTime": timestamp(now),
                    "interval": self.heartbeat_seconds,
                }
            case "Heartbeat":
                return {"currentTime": timestamp(now)}
            case "Authorize":
                return {"idTagInfo": self._card(call)}
            case "StartTransaction":
                return {"transactionId": next(self.transactions), "idTagInfo": self._card(call)}
            case "StopTransaction":
                return {"idTagInfo": self._card(call)} if "idTag" in call.payload else {}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case "SignCertificate":
                return {"status": "Rejected"}
            case action if action in EMPTY:
                return {}
        return None

    def _card(self, call: Call) -> Payload:
        card = call.payload.get("idTag")
        may = not self.cards or (isinstance(card, str) and card.casefold() in self.cards)
        return {"status": "Accepted" if may else "Invalid"}
