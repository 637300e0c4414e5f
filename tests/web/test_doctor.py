"""Tests of `edge_twisted.web.doctor`: what a connection needs, and what helps where it is missing."""

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import evolve
from msgspec import structs
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError

from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.policy import Dial, Rules
from edge_twisted.core.steps import Answered, Failed, Opened, Result
from edge_twisted.web.doctor import NAME_SECONDS, PROBE
from edge_twisted.web.shapes import CertificateInfo
from edge_twisted.words import en
from tests.scene import LITERAL, RULES, WS, WSS
from tests.web.asked import ApiCase, parse


class DoctorTests(ApiCase):
    """The checks."""

    def setUp(self) -> None:
        super().setUp()
        self.now = 200_000_000.0  # in the year 2030
        self.results: dict[Endpoint, Result] = {}

    def trial(self, dial: Dial, segment: bytes) -> Deferred[Result]:
        """Dial as the doctor does."""
        self.trials.append((dial, segment))
        return succeed(self.results.get(dial.endpoint, Answered(404)))

    def found(self) -> dict[str, tuple[bool, str, str]]:
        """What is found, by name."""
        return {one["name"]: (one["ok"], one["sentence"], one["remedy"]) for one in self.get("/doctor")["checks"]}

    def test_well(self) -> None:
        """All is well: clock, ports, certificate, names and both endpoints; no remedies."""
        found = self.found()
        names = [
            "clock",
            "ports",
            "certificate",
            f"name {WS.host}",
            f"endpoint {WS}",
            f"name {WSS.host}",
            f"endpoint {WSS}",
        ]
        self.assertEqual(list(found), names)
        self.assertEqual({(ok, remedy) for ok, _, remedy in found.values()}, {(True, "")})
        self.assertEqual(found["ports"][1], "Edge listens for chargers (ws 80, wss 443).")

    def test_asks_as_nobody(self) -> None:
        """The endpoints are asked without credentials, as a charger that nobody has; any answer to that is good."""
        for answer in (Answered(401), Answered(403), Answered(404), Opened("ocpp1.6"), Opened(None)):
            self.results = {WS: answer, WSS: answer}
            self.assertTrue(all(ok for ok, _, _ in self.found().values()), answer)
        self.assertEqual({(dial.credentials, segment) for dial, segment in self.trials}, {(None, PROBE)})

    def test_endpoint(self) -> None:
        """What is wrong with an endpoint is told with the endpoint, and with what helps."""
        for result, cause, remedy in (
            (Failed("tls", "expired"), en.CAUSES["uplink-expired"], en.REMEDIES["ask-operator-certificate"]),
            (Failed("timeout"), en.CAUSES["uplink-timeout"], en.REMEDIES["check-firewall"]),
            (Answered(503), f"{en.CAUSES['uplink-unavailable']} (503)", en.REMEDIES["wait"]),
            (Answered(302), "The central system sends Edge to another address (302).", en.CHECKS["endpoint"][2]),
            (Failed("refused"), en.CAUSES["uplink-refused"], en.CHECKS["endpoint"][2]),
        ):
            self.results = {WSS: result}
            ok, sentence, helps = self.found()[f"endpoint {WSS}"]
            self.assertEqual((ok, helps), (False, remedy + "."), result)
            self.assertTrue(sentence.startswith(f"{WSS}: {cause}"), sentence)
            self.assertTrue(self.found()[f"endpoint {WS}"][0])

    def test_name(self) -> None:
        """A name that is not found is told, and its endpoint is not asked."""
        self.names = {WSS.host: fail(DNSLookupError())}
        found = self.found()
        self.assertEqual(found[f"name {WSS.host}"][0], False)
        self.assertEqual(found[f"name {WSS.host}"][2], en.CHECKS["name"][2] + ".")
        self.assertNotIn(f"endpoint {WSS}", found)
        self.names = {WSS.host: succeed([])}
        self.assertFalse(self.found()[f"name {WSS.host}"][0])

    def test_hanging_lookup(self) -> None:
        """A lookup that hangs is given up after 10 s."""
        hanging: Deferred[Any] = Deferred()
        self.names = {WS.host: hanging}
        _, wire = self.begin("GET", "/v1/doctor")
        self.assertEqual(wire.value(), b"")
        self.reactor.advance(NAME_SECONDS)
        [check] = [one for one in parse(wire.value()).json["checks"] if one["name"] == f"name {WS.host}"]
        self.assertFalse(check["ok"])

    def test_literal(self) -> None:
        """Nobody looks an address up."""
        self.desk.rules = Rules(LITERAL, WSS)
        self.assertNotIn(f"name {LITERAL.host}", self.found())

    def test_used_endpoints(self) -> None:
        """Only what is used is asked: one endpoint where both are the same, and only wss where it always is."""
        for rules in (evolve(RULES, always=True), Rules(WSS, WSS)):
            self.desk.rules, self.trials = rules, []
            self.found()
            self.assertEqual([dial.endpoint for dial, _ in self.trials], [WSS])

    def test_clock(self) -> None:
        """A clock that was never set."""
        self.now = -1_000_000_000.0
        self.assertEqual(self.found()["clock"], (False, en.CHECKS["clock"][1] + ".", en.CHECKS["clock"][2] + "."))

    def test_ports(self) -> None:
        """No port for chargers."""
        self.get("/doctor")
        self.api.doctor.ports = {"ws": [], "wss": [], "manager": [8443]}
        self.assertFalse(self.found()["ports"][0])

    def test_certificate(self) -> None:
        """A certificate that ends within 30 days, the root's or a leaf's."""
        self.get("/doctor")
        good = self.api.doctor.certificate()
        for ends in ({"leaf_ends": self.time() + 86400.0}, {"root_ends": self.time() - 1}):
            told: Callable[[], CertificateInfo] = partial(structs.replace, good, **ends)
            self.api.doctor.certificate = told
            self.assertFalse(self.found()["certificate"][0])
