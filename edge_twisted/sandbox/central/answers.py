"""What the central system answers to each request of a charger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final

from attrs import Factory, define

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


@define
class Answers:
    """Answers chargers, and counts transactions over all of them.

    Args:
        heartbeat_seconds: how often a charger shall send a Heartbeat.
        transactions: the numbers of the transactions to come.
    """

    heartbeat_seconds: int
    transactions: Iterator[int] = Factory(lambda: count(1))

    def answer(self, call: Call, now: float) -> Result | Error:
        """Answer one request.

        Args:
            call: the charger's request.
            now: seconds since the epoch.

        Returns:
            The answer; `NotImplemented` for an action that OCPP 1.6 has not for chargers.
        """
        payload = self._payload(call, now)
        if payload is None:
            return Error(call.id, "NotImplemented", "unknown action")
        return Result(call.id, payload)

    def _payload(self, call: Call, now: float) -> Payload | None:
        match call.action:
            case "BootNotification":
                return {
                    "status": "Accepted",
                    "currentTime": timestamp(now),
                    "interval": self.heartbeat_seconds,
                }
            case "Heartbeat":
                return {"currentTime": timestamp(now)}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                return {"transactionId": next(self.transactions), "idTagInfo": {"status": "Accepted"}}
            case "StopTransaction":
                return {"idTagInfo": {"status": "Accepted"}} if "idTag" in call.payload else {}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case "SignCertificate":
                return {"status": "Rejected"}
            case action if action in EMPTY:
                return {}
        return None
