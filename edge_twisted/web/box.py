"""The box as the API tells it: version, ports, uplinks, certificates."""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define
from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName

from edge_twisted import __version__
from edge_twisted.core.policy import Rules
from edge_twisted.registry import Registry
from edge_twisted.trust.authority import Authority
from edge_twisted.web import shapes

ADDRESSES: Final = 2
"""Of the box that people are told."""


def useful(addresses: Sequence[str]) -> list[str]:
    """Addresses at which somebody else can reach the box, IPv4 before all; its loopback where there is no other."""
    others = [one for one in addresses if not one.startswith(("127.", "fe80:")) and one != "::1"]
    simple = [one for one in others if ":" not in one]
    return (simple or others or list(addresses))[:ADDRESSES]


@define
class BoxView:
    """What is told of the box.

    Args:
        directory: the state directory.
        authority: gives the certificates as they are now.
        rules: gives the configuration as the desk uses it.
        registry: who is connected.
        known: gives how many chargers are remembered.
        time: wall-clock seconds.
        ports: the ports that were really taken, by kind.
    """

    directory: str
    authority: Callable[[], Authority]
    rules: Callable[[], Rules]
    registry: Registry
    known: Callable[[], int]
    time: Callable[[], float]
    ports: dict[str, list[int]]

    @property
    def root_pem(self) -> bytes:
        """The root certificate, PEM."""
        return self.authority().root_pem

    @property
    def root_der(self) -> bytes:
        """The root certificate, DER."""
        return self.authority().root_der

    def describe(self) -> shapes.Box:
        """Tell about the box."""
        rules = self.rules()
        return shapes.Box(
            version=__version__,
            state_directory=self.directory,
            ports=shapes.Ports(**{kind: self.ports.get(kind, []) for kind in ("ws", "wss", "manager")}),
            uplink=shapes.Uplinks(ws=str(rules.ws), wss=str(rules.wss), secure="always" if rules.always else "detect"),
            admission="approve" if rules.approve else "open",
            certificate=self.certificate(),
            chargers=shapes.Numbers(known=self.known(), connected=len(self.registry)),
            now=self.time(),
        )

    def certificate(self) -> shapes.CertificateInfo:
        """Tell about the certificates."""
        authority = self.authority()
        leaves = [leaf.certificate for leaf in authority.leaves]
        names = leaves[0].extensions.get_extension_for_class(SubjectAlternativeName).value
        return shapes.CertificateInfo(
            fingerprint=authority.fingerprint,
            root_ends=authority.root.not_valid_after_utc.timestamp(),
            leaf_ends=min(leaf.not_valid_after_utc.timestamp() for leaf in leaves),
            names=list(names.get_values_for_type(DNSName)),
            addresses=[str(address) for address in names.get_values_for_type(IPAddress)],
        )
