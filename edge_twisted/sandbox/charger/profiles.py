"""Charging profiles: how much current the central system leaves to a connector, now and later."""

from typing import Any, Final

from attrs import Factory, define

from edge_twisted.sandbox.charger.meter import PHASES, VOLTS
from edge_twisted.sandbox.charger.watch import seconds_of
from edge_twisted.sandbox.framing import Payload

MOST_LEVEL: Final = 10
MOST: Final = 20
PERIODS: Final = 24
DAY: Final = 86_400
REPEATS: Final = {"Daily": DAY, "Weekly": 7 * DAY}
CHARGER, DEFAULT, ONE = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"


@define(eq=False)
class Profiles:
    """The profiles of one charger.

    Args:
        found: connector and profile, by the profile's number.
    """

    found: dict[int, tuple[int, Payload]] = Factory(dict)

    def put(self, connector: int, profile: Payload, transactions: dict[int, int | None]) -> str:
        """Answer SetChargingProfile.

        Args:
            connector: 0: the whole charger.
            profile: the request's `csChargingProfiles`.
            transactions: the numbers of the transactions that run now, by connector.

        Returns:
            The answer's status.
        """
        purpose, level = profile.get("chargingProfilePurpose"), profile.get("stackLevel")
        number, wanted = profile.get("chargingProfileId"), profile.get("transactionId")
        periods = _periods(profile)
        if not isinstance(number, int) or not isinstance(level, int) or not 0 <= level <= MOST_LEVEL:
            return "Rejected"
        if not periods or len(periods) > PERIODS or periods[0][0] != 0:
            return "Rejected"
        if (purpose == CHARGER) != (connector == 0) and purpose != DEFAULT:
            return "Rejected"
        if purpose == ONE and (connector not in transactions or wanted not in (None, transactions[connector])):
            return "Rejected"
        same = [
            key
            for key, (where, other) in self.found.items()
            if where == connector and other["chargingProfilePurpose"] == purpose and other["stackLevel"] == level
        ]
        for key in same:
            del self.found[key]
        if len(self.found) >= MOST and number not in self.found:
            return "Rejected"
        self.found[number] = (connector, profile)
        return "Accepted"

    def clear(self, asked: Payload) -> str:
        """Answer ClearChargingProfile.

        Args:
            asked: the request's payload: what is given must fit.
        """
        gone = [
            number
            for number, (connector, profile) in self.found.items()
            if asked.get("id", number) == number
            and asked.get("connectorId", connector) == connector
            and asked.get("chargingProfilePurpose", profile["chargingProfilePurpose"])
            == profile["chargingProfilePurpose"]
            and asked.get("stackLevel", profile["stackLevel"]) == profile["stackLevel"]
        ]
        for number in gone:
            del self.found[number]
        return "Accepted" if gone else "Unknown"

    def end_transaction(self, connector: int) -> None:
        """Forget what held for one transaction only."""
        for number, (where, profile) in list(self.found.items()):
            if where == connector and profile["chargingProfilePurpose"] == ONE:
                del self.found[number]

    def amperes(self, connector: int, now: float, begun: float | None) -> float | None:
        """What a connector may take of each phase.

        Args:
            connector: which; 0: the whole charger.
            now: a moment, in seconds since the epoch.
            begun: when its transaction began; None: there is none.

        Returns:
            Amperes; None: as much as it likes.
        """
        limits = [self._limit(CHARGER, {0}, now, begun)]
        if connector:
            one = self._limit(ONE, {connector}, now, begun) if begun is not None else None
            limits.append(self._limit(DEFAULT, {0, connector}, now, begun) if one is None else one)
        given = [limit for limit in limits if limit is not None]
        return max(0.0, min(given)) if given else None

    def schedule(
        self, connector: int, now: float, begun: float | None, duration: int, unit: str, most: float
    ) -> list[Payload]:
        """The periods of a GetCompositeSchedule answer.

        Args:
            connector, now, begun: as for `amperes`.
            duration: seconds from now.
            unit: A or W.
            most: amperes of each phase where nothing limits them.
        """
        steps = {0}
        for _, profile in self.found.values():
            start = _start(profile, now, begun)
            steps |= {round(start + at - now) for at, _ in _periods(profile)}
            steps.add(round(start + _duration(profile) - now))
        found: list[Payload] = []
        for step in sorted(step for step in steps if 0 <= step < duration):
            limit = self.amperes(connector, now + step, begun)
            value = min(most, most if limit is None else limit) * (VOLTS * len(PHASES) if unit == "W" else 1)
            if not found or found[-1]["limit"] != round(value, 1):
                found.append({"startPeriod": step, "limit": round(value, 1)})
        return found

    def _limit(self, purpose: str, connectors: set[int], now: float, begun: float | None) -> float | None:
        """The limit of the highest profile of a purpose that holds now; one of the connector goes before one of all."""
        best: tuple[tuple[int, int], float] | None = None
        for connector, profile in self.found.values():
            if profile["chargingProfilePurpose"] != purpose or connector not in connectors:
                continue
            limit = _limit_of(profile, now, begun)
            rank = (connector, profile["stackLevel"])
            if limit is not None and (best is None or rank > best[0]):
                best = (rank, limit)
        return best[1] if best else None


def _limit_of(profile: Payload, now: float, begun: float | None) -> float | None:
    valid_from, valid_to = seconds_of(profile.get("validFrom")), seconds_of(profile.get("validTo"))
    if (valid_from is not None and now < valid_from) or (valid_to is not None and now >= valid_to):
        return None
    since = now - _start(profile, now, begun)
    if since < 0 or since >= _duration(profile):
        return None
    limit = next((limit for at, limit in reversed(_periods(profile)) if at <= since), None)
    watts = profile["chargingSchedule"].get("chargingRateUnit") == "W"
    return limit / (VOLTS * len(PHASES)) if limit is not None and watts else limit


def _start(profile: Payload, now: float, begun: float | None) -> float:
    start = seconds_of(profile["chargingSchedule"].get("startSchedule"))
    kind = profile.get("chargingProfileKind")
    if kind == "Relative" or start is None:
        return begun if begun is not None else now
    every = REPEATS.get(str(profile.get("recurrencyKind")), 0) if kind == "Recurring" else 0
    return start + (now - start) // every * every if every else start


def _duration(profile: Payload) -> float:
    found = profile["chargingSchedule"].get("duration")
    return float(found) if isinstance(found, int | float) and found > 0 else 10.0 * 365 * DAY


def _periods(profile: Payload) -> list[tuple[float, float]]:
    """Start in seconds, and limit, of each period; nothing where the schedule can't be read."""
    schedule: Any = profile.get("chargingSchedule")
    periods: Any = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
    try:
        return [(float(one["startPeriod"]), float(one["limit"])) for one in periods]
    except (TypeError, KeyError, ValueError):
        return []
