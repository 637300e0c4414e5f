"""How a central system is set up."""

from collections.abc import Iterable
from typing import Any, Literal

from attrs import field, frozen

from edge_twisted.sandbox.authority import Authority, ServerCertificate


@frozen
class CentralSettings:
    """How the central system is set up.

    Args:
        certificate: what the wss port shows; None: there is no such port.
        ws, wss: the ports; 0 for any.
        interface: the address to listen on.
        strangers: identities that are not on the dashboard: `accept` them without authentication, or `refuse` (404).
        heartbeat_seconds: how often a charger shall send a Heartbeat.
        authority: issued the certificate, and issues those that the faults show; None: only a self-signed one can be.
        cards: those that may charge (`idTag`); none: all may.
    """

    certificate: ServerCertificate | None = None
    ws: int = 0
    wss: int = 0
    interface: str = "127.0.0.1"
    strangers: Literal["accept", "refuse"] = field(default="accept")
    heartbeat_seconds: int = 30
    authority: Authority | None = None
    cards: Iterable[str] = ()

    @strangers.validator
    def _known(self, attribute: Any, value: str) -> None:
        if value not in ("accept", "refuse"):
            raise ValueError("strangers must be accept or refuse")
