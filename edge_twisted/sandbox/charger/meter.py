"""The meter of a simulated charger: three phases, a car that takes what it wants, a register that never falls."""

import math
from collections.abc import Callable
from typing import Any, Final

from attrs import define, frozen

VOLTS: Final = 230.0
RAMP_SECONDS: Final = 6.0
TAPER: Final = 0.2
"""The last part of a session, in which the car takes less and less."""
PHASES: Final = ("L1", "L2", "L3")


@frozen
class Sample:
    """What the meter shows at one moment.

    Args:
        register: energy since the meter was made, in Wh.
        volts, amperes: of the three phases.
    """

    register: float
    volts: tuple[float, float, float]
    amperes: tuple[float, float, float]

    @property
    def watts(self) -> float:
        """The power now."""
        return sum(volt * ampere for volt, ampere in zip(self.volts, self.amperes, strict=True))

    def values(self, context: str = "Sample.Periodic") -> list[dict[str, Any]]:
        """The same as `sampledValue` of a MeterValues request.

        Args:
            context: why it was read.
        """
        found = [
            _value(f"{self.register:.0f}", "Energy.Active.Import.Register", "Wh"),
            _value(f"{self.watts:.0f}", "Power.Active.Import", "W"),
        ]
        for phase, volt, ampere in zip(PHASES, self.volts, self.amperes, strict=True):
            found.append(_value(f"{ampere:.1f}", "Current.Import", "A", phase))
            found.append(_value(f"{volt:.1f}", "Voltage", "V", f"{phase}-N"))
        return [{**value, "context": context} for value in found]


@define
class Meter:
    """A meter and the car behind it.

    Args:
        register: in Wh, whatever was charged before included.
        amperes: what the car takes of each phase when it takes most.
        draw: a number from 0 to 1, for the small differences that real lines have.
        volts, amperes_now: of the three phases when it was last read.
    """

    register: float
    amperes: float
    draw: Callable[[], float]
    volts: tuple[float, float, float] = (VOLTS, VOLTS, VOLTS)
    amperes_now: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def idle(self) -> Sample:
        """What it shows while no car is charged."""
        self.amperes_now = (0.0, 0.0, 0.0)
        return Sample(self.register, self.volts, self.amperes_now)

    def sample(self, since: float, step: float, length: float) -> Sample:
        """Let time pass, and read the meter.

        Args:
            since: seconds since the session began.
            step: seconds since the last reading.
            length: seconds that the session lasts in all.

        Returns:
            What it shows now.
        """
        middle = self.amperes * share(since - step / 2, length)
        self.register += len(PHASES) * VOLTS * middle * step / 3600
        now = self.amperes * share(since, length)
        self.volts = (self._near(VOLTS, 0.006), self._near(VOLTS, 0.006), self._near(VOLTS, 0.006))
        self.amperes_now = (self._near(now, 0.01), self._near(now, 0.01), self._near(now, 0.01))
        return Sample(self.register, self.volts, self.amperes_now)

    def _near(self, value: float, part: float) -> float:
        return value * (1 + part * (2 * self.draw() - 1))


def share(since: float, length: float) -> float:
    """How much of its most a car takes: it begins softly, and ends slowly when its battery is nearly full.

    Args:
        since, length: as for `Meter.sample`.

    Returns:
        0 to 1.
    """
    if since <= 0 or since >= length:
        return 0.0
    rise = min(1.0, since / RAMP_SECONDS)
    rest = (length - since) / (length * TAPER)
    return rise * (1.0 if rest >= 1 else math.sin(rest * math.pi / 2))


def _value(value: str, measurand: str, unit: str, phase: str = "") -> dict[str, Any]:
    found = {"value": value, "measurand": measurand, "unit": unit}
    return {**found, "phase": phase} if phase else found
