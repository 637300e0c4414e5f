"""Tests of the pages of faults: every kind can be switched on and off, for all and for one."""

from edge_twisted.sandbox.central.faults import FAULTS
from tests.sandbox.dashboard.stage import DashboardCase

NEEDS_WSS = {kind for kind in FAULTS if kind.startswith("certificate")}


class FaultTests(DashboardCase):
    """Faults."""

    def test_all(self) -> None:
        """Each kind is on the page, can be switched on with what stands in its form, and off again."""
        for code, kind in FAULTS.items():
            self.assertIn(f"/faults/on/{code}", self.page("/faults"))
            if kind.fields:
                text = self.page(f"/faults/on/{code}")
                for field in kind.fields:
                    self.assertIn(f'name="{field.name}"', text)
            if code in NEEDS_WSS:
                told = self.browser.send(f"/faults/on/{code}")
                self.assertEqual(told.status, 422)
                self.assertIn("needs a wss port", told.text)
                continue
            fields = {field.name: str(field.default) for field in kind.fields}
            self.assertIn("Switched on: ", self.sent(f"/faults/on/{code}", **fields))
            self.assertEqual([fault.kind for fault in self.central.faults.all[None]], [code])
            self.assertIn("Switched off: ", self.sent("/faults/stop", kind=code))
            self.assertEqual(dict(self.central.faults.all), {})

    def test_one(self) -> None:
        """Those of one charger are its own; those that come before an identity is known are not offered there."""
        self.known("CP-1")
        for code, kind in FAULTS.items():
            if kind.scope == "all":
                self.assertNotIn(f'/faults/on/{code}"', self.page("/chargers/CP-1/faults"))
                self.assertEqual(self.browser.get(f"/chargers/CP-1/faults/on/{code}").status, 404)
        self.sent("/chargers/CP-1/faults/on/refuse", status="429", retry_after="77")
        self.assertEqual(list(self.central.faults.all), ["CP-1"])
        text = self.page("/chargers/CP-1/faults")
        self.assertIn("retry_after 77", text)
        self.assertIn('href="/chargers/CP-1/faults">CP-1</a>', self.page("/faults"))
        self.sent("/faults/on/garbage")
        self.assertIn("For all chargers, and so for this one too", self.page("/chargers/CP-1/faults"))
        self.sent("/chargers/CP-1/faults/on/slow-answer", seconds="2")
        self.assertIn("Switch all 2 off", self.page("/chargers/CP-1/faults"))
        self.sent("/chargers/CP-1/faults/clear")
        self.assertEqual(list(self.central.faults.all), [None])

    def test_wrong(self) -> None:
        """What is wrong is said beside its field."""
        for code, fields, name in (
            ("refuse", {"status": "200"}, "status"),
            ("refuse", {"status": "x"}, "status"),
            ("refuse", {"retry_after": "-1"}, "retry_after"),
            ("close", {"code": "1005"}, "code"),
            ("close", {"reason": "x" * 200}, "reason"),
            ("slow-answer", {"seconds": "nan"}, "seconds"),
            ("redirect", {"status": "200"}, "status"),
        ):
            self.assertIn(f'id="e-{name}"', self.wrong(f"/faults/on/{code}", **fields))
        self.assertEqual(dict(self.central.faults.all), {})

    def test_unknown(self) -> None:
        """404 for a kind that is none."""
        self.assertEqual(self.browser.get("/faults/on/nothing").status, 404)
        self.assertEqual(self.browser.send("/faults/stop", kind="nothing").status, 404)
