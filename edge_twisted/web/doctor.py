"""Looks at everything that a connection needs, and says in plain words what is wrong and what helps."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final

from attrs import define
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults

from edge_twisted.core.diagnosis import from_result
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.policy import Dial, Rules
from edge_twisted.core.session import TURNED_AWAY
from edge_twisted.core.steps import Answered, Opened, Result
from edge_twisted.web import shapes
from edge_twisted.words import speech

PROBE: Final = b"edge-doctor"
"""The identity with which the central system is asked; none that a charger has."""
EARLIEST: Final = 1_767_225_600.0
"""2026-01-01: a clock before it was never set."""
SOON: Final = 30 * 86400.0
"""A certificate that ends within this time is worth a word."""
NAME_SECONDS: Final = 10.0
"""How long the lookup of a name may take."""
CONFIGURED: Final = frozenset({"check-endpoint", "enter-target"})
"""Remedies that tell where a charger's endpoint is set; the two that are looked at here stand in the configuration."""


@define
class Doctor:
    """Examines the box.

    Args:
        rules: gives the configuration.
        look_up: resolves a name.
        trial: dials once and closes again.
        certificate: describes the box's own certificates.
        ports: the ports that were really taken.
        time: wall-clock seconds.
        reactor: bounds what is waited for.
    """

    rules: Callable[[], Rules]
    look_up: Callable[[str], Deferred[Any]]
    trial: Callable[[Dial, bytes], Deferred[Result]]
    certificate: Callable[[], shapes.CertificateInfo]
    ports: dict[str, list[int]]
    time: Callable[[], float]
    reactor: Any

    async def examine(self) -> shapes.Checks:
        """Look at everything, at both endpoints at once.

        Returns:
            What was found.
        """
        rules = self.rules()
        used = [rules.wss] if rules.always or rules.ws == rules.wss else [rules.ws, rules.wss]
        found = await gatherResults([ensureDeferred(self._uplink(rules, endpoint)) for endpoint in used])
        return shapes.Checks(
            checks=[self._clock(), self._listeners(), self._certificate(), *(one for some in found for one in some)]
        )

    def _clock(self) -> shapes.Check:
        return _check("clock", self.time() >= EARLIEST)

    def _listeners(self) -> shapes.Check:
        ports = ", ".join(f"{kind} {port}" for kind in ("ws", "wss") for port in self.ports.get(kind, ()))
        return _check("ports", bool(ports), ports)

    def _certificate(self) -> shapes.Check:
        certificate = self.certificate()
        return _check("certificate", min(certificate.leaf_ends, certificate.root_ends) > self.time() + SOON)

    async def _uplink(self, rules: Rules, endpoint: Endpoint) -> list[shapes.Check]:
        found = [] if is_literal(endpoint.host) else [await self._name(endpoint)]
        if all(check.ok for check in found):
            found.append(await self._answer(rules, endpoint))
        return found

    async def _name(self, endpoint: Endpoint) -> shapes.Check:
        try:
            found = await self.look_up(endpoint.host).addTimeout(NAME_SECONDS, self.reactor)
        except Exception:  # noqa: BLE001 - whatever is wrong with the lookup, the name does not resolve
            found = ()
        return _check("name", bool(found), endpoint.host)

    async def _answer(self, rules: Rules, endpoint: Endpoint) -> shapes.Check:
        result = await self.trial(Dial(endpoint, rules.trust, None, "none"), PROBE)
        if isinstance(result, Opened) or (isinstance(result, Answered) and result.status in TURNED_AWAY):
            return _check("endpoint", True, str(endpoint))
        found = from_result(result)
        _, remedy = speech.check("endpoint", False)
        return shapes.Check(
            name=f"endpoint {endpoint}",
            ok=False,
            sentence=f"{endpoint}: {speech.cause(found.cause, found.detail)}.",
            remedy=f"{remedy if found.remedy in CONFIGURED else speech.remedy(found.remedy)}.",
        )


def _check(name: str, ok: bool, value: str = "") -> shapes.Check:
    sentence, remedy = speech.check(name, ok, value)
    title = f"{name} {value}" if name in ("name", "endpoint") else name
    return shapes.Check(name=title, ok=ok, sentence=f"{sentence}.", remedy=f"{remedy}." if remedy else "")


def is_literal(host: str) -> bool:
    """Whether a host is an address, which nobody has to look up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
