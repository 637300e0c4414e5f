"""What the tests of a charger's pages share: pages over a store of messages and what they told."""

import json
from typing import Any

from edge_twisted.core.steps import Leg
from tests.web.site.rooms import RoomCase
from tests.web.test_insight import InsightCase

HOSTILE = '<script>alert("x")</script> %s {{ 7 * 7 }} \u202egnp'
"""Text that would run, break or turn a page."""


class ChargerCase(RoomCase, InsightCase):
    """The pages, with messages."""

    def boots(self, name: str, **more: str) -> None:
        """A charger says what it is."""
        boot = {"chargePointVendor": "Acme", "chargePointModel": "One", **more}
        self.pass_(name, Leg.CHARGER, [2, "1", "BootNotification", boot])
        self.pass_(name, Leg.CENTRAL, [3, "1", {"status": "Accepted", "interval": 60}])

    def tells(self, name: str, status: str, connector: int = 1, **more: str) -> None:
        """A connector's state."""
        told = {"connectorId": connector, "status": status, "errorCode": "NoError", **more}
        self.pass_(name, Leg.CHARGER, [2, "s", "StatusNotification", told])

    def draws(self, name: str, watts: float, connector: int = 1) -> None:
        """A connector's power."""
        sampled = [{"value": str(watts), "measurand": "Power.Active.Import", "unit": "W"}]
        values = {"connectorId": connector, "meterValue": [{"sampledValue": sampled}]}
        self.pass_(name, Leg.CHARGER, [2, "m", "MeterValues", values])

    def heard_by(self, wire: Any) -> list[tuple[str, Any]]:
        """The events that a live page got so far."""
        found = []
        for line in wire.value().decode().replace("\r\n", "\n").split("event: ")[1:]:
            kind, _, rest = line.partition("\ndata: ")
            found.append((kind, json.loads(rest.partition("\n")[0])))
        return found

    def part(self, wire: Any, name: str) -> str:
        """A live part as the page got it last; nothing where it did not."""
        parts = [data["html"] for kind, data in self.heard_by(wire) if kind == "part" and data["name"] == name]
        return str(parts[-1]) if parts else ""
