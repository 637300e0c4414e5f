"""What Prometheus asks for: figures of this Edge, in a registry of its own. A charger is told by its opaque id only."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from edge_twisted import __version__
from edge_twisted.core.events import Alarm, AttemptRefused, Event, SessionEnded, SessionOpened, TurnedAway, UplinkFailed
from edge_twisted.core.steps import Leg
from edge_twisted.core.tally import LATENCIES
from edge_twisted.registry import Registry
from edge_twisted.store.messages import Messages
from edge_twisted.telling import Telling

TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
CHARGERS: Final = 1000
"""Chargers of which each has figures of its own, at most."""

Key = tuple[str, str]
"""A counter of events, and the value of its label."""


@define
class Happened:
    """Counts events; a listener of the bus. The words that it counts by are Edge's own, so that they are bounded."""

    counts: dict[Key, int] = field(factory=dict)

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        match event:
            case SessionOpened():
                key = ("opened", "wss" if event.secure else "ws")
            case SessionEnded():
                key = ("ended", event.outcome)
            case AttemptRefused() | TurnedAway() | UplinkFailed():
                key = (event.code, event.cause)
            case Alarm():
                key = ("alarm", event.what)
            case _:
                key = ("event", event.code)
        self.counts[key] = self.counts.get(key, 0) + 1


_EVENTS: Final = {
    "opened": ("edge_sessions_opened", "Sessions that came to stand, by the charger's own leg.", "leg"),
    "ended": ("edge_sessions_ended", "Sessions that ended, by how.", "outcome"),
    "attempt-refused": ("edge_attempts_refused", "Chargers that Edge itself refused, by why.", "cause"),
    "turned-away": ("edge_turned_away", "Chargers that the central system turned away, by why.", "cause"),
    "uplink-failed": ("edge_uplink_failures", "Dials that came to nothing, by why.", "cause"),
    "alarm": ("edge_alarms", "Alarms, by what.", "what"),
    "event": ("edge_events", "All other events, by code.", "code"),
}


@define(eq=False)
class Figures(Collector):
    """All figures, found when they are asked for.

    Args:
        registry: who is connected.
        telling: what messages told.
        messages: the store, or None.
        happened: counted events.
        known: gives how many chargers are remembered.
        time: seconds since the epoch.
    """

    registry: Registry
    telling: Telling
    messages: Messages | None
    happened: Happened
    known: Callable[[], int]
    time: Callable[[], float]

    def collect(self) -> Iterator[Metric]:
        """Find them."""
        yield InfoMetricFamily("edge", "This Edge.", {"version": __version__})
        yield GaugeMetricFamily("edge_chargers_known", "Chargers that Edge remembers.", self.known())
        connected = GaugeMetricFamily("edge_chargers_connected", "Chargers with a session.", labels=("leg", "uplink"))
        found = dict.fromkeys(((leg, up) for leg in ("ws", "wss") for up in ("ws", "wss")), 0)
        for one in self.registry:
            found["wss" if one.secure else "ws", "wss" if one.uplink_secure else "ws"] += 1
        for labels, count in found.items():
            connected.add_metric(labels, count)
        yield connected
        yield from self._messages()
        yield from self._events()
        yield from self._chargers()

    def _messages(self) -> Iterator[Metric]:
        tally = self.telling.tally
        for name, words, counts in (
            ("edge_messages", "Messages that were forwarded, by who sent them.", tally.messages),
            ("edge_message_bytes", "Their octets.", tally.octets),
            ("edge_call_errors", "CALLERRORs, by who sent them.", tally.errors),
        ):
            family = CounterMetricFamily(name, words, labels=("source",))
            for leg in Leg:
                family.add_metric((leg.value,), counts[leg])
            yield family
        yield CounterMetricFamily("edge_messages_unreadable", "Messages that are no OCPP.", tally.unreadable)
        yield CounterMetricFamily("edge_messages_missed", "Messages that were not looked at.", tally.missed)
        yield GaugeMetricFamily("edge_messages_waiting", "Messages that wait.", self.telling.waiting)
        answers = HistogramMetricFamily("edge_answer_seconds", "How long answers took.", labels=("source",))
        for leg in Leg:
            total, buckets = 0, []
            bounds = [*map(str, LATENCIES), "+Inf"]
            for bound, count in zip(bounds, tally.latencies[leg], strict=True):
                total += count
                buckets.append((bound, total))
            answers.add_metric((leg.value,), buckets, tally.latency_sums[leg])
        yield answers
        if self.messages:
            yield CounterMetricFamily("edge_store_messages", "Messages written to the disk.", self.messages.written)
            yield CounterMetricFamily("edge_store_dropped", "Messages not written.", self.messages.dropped)
            yield GaugeMetricFamily("edge_store_bytes", "What kept messages take on the disk.", self.messages.used)

    def _events(self) -> Iterator[Metric]:
        for kind, (name, words, label) in _EVENTS.items():
            family = CounterMetricFamily(name, words, labels=(label,))
            for (counted, value), count in sorted(self.happened.counts.items()):
                if counted == kind:
                    family.add_metric((value,), count)
            yield family

    def _chargers(self) -> Iterator[Metric]:
        power = GaugeMetricFamily("edge_charger_power_watts", "What a connected charger draws.", labels=("charger",))
        heard = GaugeMetricFamily(
            "edge_charger_last_message_timestamp_seconds", "When its last message passed.", labels=("charger",)
        )
        now = self.time()
        for one in list(self.registry)[:CHARGERS]:
            seen = self.telling.get(one.charger)
            if seen is None:
                continue
            if (watts := seen.power(now)) is not None:
                power.add_metric((one.charger,), watts)
            if seen.last_at:
                heard.add_metric((one.charger,), seen.last_at)
        yield power
        yield heard


def make_metrics(figures: Figures) -> Callable[[], bytes]:
    """Make what gives the figures as Prometheus reads them; nothing of prometheus-client's global registry is used.

    Args:
        figures: all of them.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
