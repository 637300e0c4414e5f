"""Tests of `edge_twisted.web.metrics` and `edge_twisted.web.health`."""

import json

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.steps import Leg
from edge_twisted.desk.archive import Usher
from edge_twisted.telling import GATHER_SECONDS, Telling
from edge_twisted.web import health
from edge_twisted.web.health import Page, health_pages, make_site
from edge_twisted.web.metrics import TYPE, Figures, Happened, make_metrics
from tests.scene import NOW, DeskCase, at_door, name_of
from tests.web.asked import Wire, parse


class MetricsTests(DeskCase):
    """What Prometheus reads."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.telling = Telling(self.clock, lambda: NOW)
        self.happened = Happened()
        self.desk.bus.subscribe(Usher(self.desk.hall, self.telling))
        self.desk.bus.subscribe(self.happened)
        figures = Figures(self.registry, self.telling, None, self.happened, lambda: len(self.book), lambda: NOW)
        self.give = make_metrics(figures)

    def read(self) -> dict[tuple[str, str], float]:
        """The figures by name and labels, as a foreign reader understands them."""
        found = {}
        for family in text_string_to_metric_families(self.give().decode()):
            for sample in family.samples:
                found[sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))] = sample.value
        return found

    def test_figures(self) -> None:
        """Sessions, messages, answers and power are told."""
        name = self.serve(at_door(identity="SECRET-ID-1"))
        sampled = [{"value": "7", "unit": "kW", "measurand": "Power.Active.Import"}]
        payload = {"connectorId": 1, "meterValue": [{"sampledValue": sampled}]}
        self.telling.passed(name, Leg.CHARGER, json.dumps([2, "1", "MeterValues", payload]).encode(), False)
        self.telling.passed(name, Leg.CENTRAL, b'[3,"1",{}]', False)
        self.clock.advance(GATHER_SECONDS)
        found = self.read()
        self.assertEqual(found["edge_chargers_connected", "leg=ws,uplink=ws"], 1)
        self.assertEqual(found["edge_chargers_known", ""], 1)
        self.assertEqual(found["edge_messages_total", "source=charger"], 1)
        self.assertEqual(found["edge_answer_seconds_bucket", "le=0.1,source=central"], 1)
        self.assertEqual(found["edge_answer_seconds_count", "source=central"], 1)
        self.assertEqual(found["edge_sessions_opened_total", "leg=ws"], 1)
        self.assertEqual(found["edge_charger_power_watts", f"charger={name_of(b'SECRET-ID-1')}"], 7000)
        self.leave(name)
        found = self.read()
        self.assertEqual(found["edge_sessions_ended_total", "outcome=charger-closed"], 1)
        self.assertNotIn(("edge_charger_power_watts", f"charger={name_of(b'SECRET-ID-1')}"), found)

    def test_no_identity(self) -> None:
        """No identity stands in what Prometheus gets, with a password or without."""
        self.serve(at_door(identity="SECRET-ID-1"))
        self.serve(at_door(b"password", identity="SECRET-ID-2", user=b"SECRET-ID-2"))
        self.assertNotIn(b"SECRET-ID", self.give())
        self.assertNotIn(b"SECR", self.give())

    def test_process(self) -> None:
        """The figures of the process are among them, and nothing of another registry."""
        names = {name for name, _ in self.read()}
        self.assertIn("process_resident_memory_bytes", names)
        self.assertNotIn("python_info", names)


class HealthTests(SynchronousTestCase):
    """The pages for machines, over HTTP in memory."""

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        """Ask the site."""
        site = make_site(
            {**health_pages(lambda: self.ready), b"/metrics": Page(lambda: (200, b"x 1\n"), TYPE)}, Clock()
        )
        channel, wire = site.buildProtocol(None), Wire()
        channel.makeConnection(wire)
        channel.dataReceived(f"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        told = parse(wire.value())
        self.assertNotIn("server", told.headers)
        return told.status, told.data

    ready = True

    def test_pages(self) -> None:
        """Each page answers, others are not there, and nothing but reading is taken."""
        self.assertEqual(self.ask("/healthz"), (200, b"ok\n"))
        self.assertEqual(self.ask("/readyz?x=1"), (200, b"ready\n"))
        self.assertEqual(self.ask("/metrics"), (200, b"x 1\n"))
        self.assertEqual(self.ask("/v1/chargers")[0], 404)
        self.assertEqual(self.ask("/healthz", "POST")[0], 405)
        self.assertEqual(self.ask("/healthz", "HEAD"), (200, b""))
        self.ready = False
        self.assertEqual(self.ask("/readyz"), (503, b"not ready\n"))

    def test_room(self) -> None:
        """Only so many connections are taken."""
        self.patch(health, "CONNECTIONS", 2)
        site = make_site({}, Clock())
        for _ in range(2):
            channel = site.buildProtocol(None)
            channel.makeConnection(Wire())
        self.assertIsNone(site.buildProtocol(None))
