"""Which addresses may connect (design section 4, Admission): private ones, given prefixes, the box's own networks."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Final

from attrs import field, frozen

Network = IPv4Network | IPv6Network
Interface = IPv4Interface | IPv6Interface

# Named one by one: `is_private` of the standard library also holds for documentation and benchmark addresses.
PRIVATE: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fe80::/10",
        "fc00::/7",
    )
)

SHORTEST: Final = {4: 8, 6: 48}
"""Shortest prefix of an own interface that counts: a site's IPv6 network has 48 bits or more, a tunnel may have 16."""


MOST: Final = 1024
"""Addresses whose answer is kept at hand: a site's chargers come again and again."""


class NetworkError(ValueError):
    """A word that names no network; the text says what would be right."""


@frozen
class Networks:
    """Who may connect.

    Args:
        private: whether private addresses may, and those in `own`.
        any: whether every address may.
        prefixes: networks that may in any case.
        own: networks of the box's own interfaces, see `own_networks`.
    """

    private: bool = True
    any: bool = False
    prefixes: tuple[Network, ...] = ()
    own: tuple[Network, ...] = ()
    _decided: dict[str, bool] = field(init=False, factory=dict, eq=False, repr=False)

    def admit(self, address: str) -> bool:
        """Decide on a peer.

        Args:
            address: an IP address literal, with or without a scope (`%eth0`); IPv4 mapped into IPv6 counts as IPv4.

        Returns:
            Whether it may connect; false for what is no address.
        """
        if self.any:
            return True
        decided = self._decided.get(address)
        if decided is None:
            if len(self._decided) >= MOST:
                self._decided.clear()
            decided = self._decided[address] = self._decide(address)
        return decided

    def _decide(self, address: str) -> bool:
        peer = _unmapped(address)
        if peer is None:
            return False
        # An address of the other version is in no network.
        if self.private and (_in(peer, PRIVATE) or _in(peer, self.own)):
            return True
        return _in(peer, self.prefixes)


def parse_networks(words: Iterable[str], own: Iterable[Network] = ()) -> Networks:
    """Read `listen.from`.

    Args:
        words: `private`, `any`, addresses, or prefixes such as `10.1.0.0/16`.
        own: networks of the box's own interfaces.

    Returns:
        Who may connect.

    Raises:
        NetworkError: a word that is none of these.
    """
    known = list(words)
    prefixes = tuple(_prefix(word) for word in known if word not in ("private", "any"))
    return Networks("private" in known, "any" in known, prefixes, tuple(own))


def own_networks(interfaces: Iterable[Iterable[str]]) -> tuple[Network, ...]:
    """Say which networks the box's interfaces add to the private ones.

    An interface with a public IPv4 address adds none: there its neighbours are strangers, over IPv6 too.

    Args:
        interfaces: of each interface all its addresses with prefix lengths, such as `192.168.1.5/24` or `fe80::1/64`.

    Returns:
        The networks, without those that `private` covers anyway, and without prefixes too short for a site.

    Raises:
        ValueError: a text that is no address.
    """
    networks: list[Network] = []
    for interface in interfaces:
        addresses = [_interface(text) for text in interface]
        if any(address.version == 4 and address.ip.is_global for address in addresses):
            continue
        for address in addresses:
            network = address.network
            if network.prefixlen >= SHORTEST[network.version] and not _in(network.network_address, PRIVATE):
                networks.append(network)
    return tuple(dict.fromkeys(networks))


def _interface(text: str) -> Interface:
    address, slash, length = text.partition("/")
    return ip_interface(address.partition("%")[0] + slash + length)


def _unmapped(address: str) -> IPv4Address | IPv6Address | None:
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        return peer.ipv4_mapped
    return peer


def _in(peer: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(peer in network for network in networks)


def _prefix(word: str) -> Network:
    try:
        network = ip_network(word, strict=False)
    except ValueError:
        raise NetworkError('must be "private", "any", or a prefix such as "10.1.0.0/16"') from None
    address = word.partition("/")[0]
    if ip_address(address) != network.network_address:
        raise NetworkError(
            f'has bits beside its prefix; write "{network}" for the network or "{address}" for one address'
        )
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise NetworkError("must be written as an IPv4 prefix")
    return network
