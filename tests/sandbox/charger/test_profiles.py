"""Tests of charging profiles."""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.profiles import CHARGER, DEFAULT, ONE, Profiles
from edge_twisted.sandbox.charger.settings import Plan
from edge_twisted.sandbox.charger.watch import timestamp
from tests.sandbox.charger.bench import Bench


def profile(number: int, purpose: str, limit: float, **more: Any) -> dict[str, Any]:
    """Make a profile with one period, or those of `periods`."""
    periods = more.pop("periods", [(0, limit)])
    schedule = {
        "chargingRateUnit": more.pop("unit", "A"),
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": value} for at, value in periods],
        **more.pop("schedule", {}),
    }
    return {
        "chargingProfileId": number,
        "stackLevel": more.pop("level", 0),
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": more.pop("kind", "Absolute"),
        "chargingSchedule": schedule,
        **more,
    }


class ProfilesTests(SynchronousTestCase):
    """Which profile holds, and how much it leaves."""

    def setUp(self) -> None:
        self.profiles = Profiles()

    def put(self, connector: int, one: dict[str, Any], transactions: dict[int, int | None] | None = None) -> str:
        """Set a profile."""
        return self.profiles.put(connector, one, transactions or {})

    def test_none(self) -> None:
        """Without a profile there is no limit."""
        self.assertIsNone(self.profiles.amperes(1, 0.0, None))

    def test_ranks(self) -> None:
        """The transaction's own goes before the default, a higher level before a lower, and the charger's caps all."""
        self.put(0, profile(1, DEFAULT, 10))
        self.assertEqual(self.profiles.amperes(1, 5.0, 0.0), 10)
        self.put(1, profile(2, DEFAULT, 12))
        self.put(1, profile(3, DEFAULT, 8, level=1))
        self.assertEqual((self.profiles.amperes(1, 5.0, 0.0), self.profiles.amperes(2, 5.0, 0.0)), (8, 10))
        self.put(1, profile(4, ONE, 14), {1: 7})
        self.assertEqual((self.profiles.amperes(1, 5.0, 0.0), self.profiles.amperes(1, 5.0, None)), (14, 8))
        self.put(0, profile(5, CHARGER, 9))
        self.assertEqual(self.profiles.amperes(1, 5.0, 0.0), 9)
        self.profiles.end_transaction(1)
        self.assertEqual(set(self.profiles.found), {1, 2, 3, 5})

    def test_times(self) -> None:
        """Periods, durations, beginnings relative to the session or each day, and validity."""
        self.put(1, profile(1, DEFAULT, 0, kind="Relative", periods=[(0, 6), (10, 12)], schedule={"duration": 20}))
        found = [self.profiles.amperes(1, 100.0 + at, 100.0) for at in (0, 9, 10, 19, 20)]
        self.assertEqual(found, [6, 6, 12, 12, None])
        self.profiles = Profiles()
        daily = {"startSchedule": timestamp(0), "duration": 3600}
        self.put(1, profile(1, DEFAULT, 6, kind="Recurring", recurrencyKind="Daily", schedule=daily))
        found = [self.profiles.amperes(1, 86_400.0 * 9 + at, None) for at in (10, 3599, 3600)]
        self.assertEqual(found, [6, 6, None])
        self.profiles = Profiles()
        self.put(1, profile(1, DEFAULT, 6, validFrom=timestamp(10), validTo=timestamp(20)))
        self.assertEqual([self.profiles.amperes(1, float(at), None) for at in (9, 10, 20)], [None, 6, None])

    def test_watts(self) -> None:
        """Watts are for three phases together."""
        self.put(1, profile(1, DEFAULT, 6900, unit="W"))
        self.assertEqual(self.profiles.amperes(1, 0.0, None), 10)

    def test_rejected(self) -> None:
        """What makes no sense, or is for no transaction."""
        for connector, one in (
            (1, profile(1, CHARGER, 6)),
            (1, profile(1, ONE, 6)),
            (1, profile(1, DEFAULT, 6, level=99)),
            (1, profile(1, DEFAULT, 6, periods=[])),
            (1, profile(1, DEFAULT, 6, periods=[(5, 6)])),
            (1, profile(1, DEFAULT, 6, periods=[(at, 6) for at in range(30)])),
            (1, {}),
        ):
            self.assertEqual(self.put(connector, one), "Rejected", one)
        self.assertEqual(self.put(1, profile(1, ONE, 6, transactionId=8), {1: 7}), "Rejected")

    def test_replaced_and_bounded(self) -> None:
        """Another profile of the same purpose, level and connector takes its place; there are 20 at most."""
        for number in range(50):
            self.put(1, profile(number, DEFAULT, 6))
        self.assertEqual(set(self.profiles.found), {49})
        for number in range(100, 125):
            self.put(number, profile(number, DEFAULT, 6))
        self.assertEqual(len(self.profiles.found), 20)

    def test_clear(self) -> None:
        """What fits is taken out."""
        self.put(0, profile(1, CHARGER, 6))
        self.put(1, profile(2, DEFAULT, 6))
        self.assertEqual(self.profiles.clear({"id": 9}), "Unknown")
        self.assertEqual(self.profiles.clear({"chargingProfilePurpose": CHARGER}), "Accepted")
        self.assertEqual(self.profiles.clear({}), "Accepted")
        self.assertEqual(self.profiles.clear({}), "Unknown")

    def test_schedule(self) -> None:
        """The composite schedule has a period for each change, in either unit."""
        self.put(
            1, profile(1, DEFAULT, 0, schedule={"startSchedule": timestamp(0)}, periods=[(0, 6), (60, 10), (90, 10)])
        )
        found = self.profiles.schedule(1, 30.0, None, 100, "A", 16)
        self.assertEqual(found, [{"startPeriod": 0, "limit": 6}, {"startPeriod": 30, "limit": 10}])
        self.assertEqual(self.profiles.schedule(1, 30.0, None, 10, "W", 16), [{"startPeriod": 0, "limit": 4140}])


class HonouredTests(Bench):
    """A car takes no more than it is left."""

    def power(self) -> float:
        """The power that was told last."""
        values = self.asked("MeterValues")[-1]["meterValue"][0]["sampledValue"]
        return next(float(one["value"]) for one in values if one["measurand"] == "Power.Active.Import")

    def test_limit(self) -> None:
        """The limit holds from the next sample on; at 0 the charger suspends."""
        self.power_on(plan=Plan(first=1, length=300, sample=10, pause=10))
        self.connect()
        self.pass_time(30)
        full = self.power()
        one = profile(1, DEFAULT, 8)
        self.assertEqual(self.status("SetChargingProfile", connectorId=0, csChargingProfiles=one), "Accepted")
        self.pass_time(10)
        self.assertApproximates(self.power() / full, 0.5, 0.05)
        self.status("SetChargingProfile", connectorId=0, csChargingProfiles=profile(1, DEFAULT, 0))
        self.pass_time(10)
        self.assertEqual((self.power(), self.statuses()[-1]), (0, "SuspendedEVSE"))
        self.assertEqual(self.status("ClearChargingProfile"), "Accepted")
        self.pass_time(10)
        self.assertEqual(self.statuses()[-1], "Charging")
