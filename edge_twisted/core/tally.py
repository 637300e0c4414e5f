"""What is counted of the messages that passed, since Edge started."""

from bisect import bisect_left
from typing import Final

from attrs import define, field

from edge_twisted.core.steps import Leg

LATENCIES: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the counted times of answers, seconds."""


@define
class Tally:
    """The counts.

    Args:
        messages, octets: that were forwarded, by the leg they came from; of those that wait, once they are looked at.
        errors: CALLERRORs by the leg they came from.
        unreadable: messages that are no OCPP.
        missed: messages that were forwarded and not looked at.
        latencies: of answers, by the leg that answered: how many were within each bound, and beyond all.
        latency_sums: their seconds, in all.
    """

    messages: dict[Leg, int] = field(factory=lambda: dict.fromkeys(Leg, 0))
    octets: dict[Leg, int] = field(factory=lambda: dict.fromkeys(Leg, 0))
    errors: dict[Leg, int] = field(factory=lambda: dict.fromkeys(Leg, 0))
    unreadable: int = 0
    missed: int = 0
    latencies: dict[Leg, list[int]] = field(factory=lambda: {leg: [0] * (len(LATENCIES) + 1) for leg in Leg})
    latency_sums: dict[Leg, float] = field(factory=lambda: dict.fromkeys(Leg, 0.0))

    def passed(self, source: Leg, octets: int) -> None:
        """A message was forwarded."""
        self.messages[source] += 1
        self.octets[source] += octets

    def answered(self, source: Leg, seconds: float) -> None:
        """An answer came."""
        self.latencies[source][bisect_left(LATENCIES, seconds)] += 1
        self.latency_sums[source] += seconds
