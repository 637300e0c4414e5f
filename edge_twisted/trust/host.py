"""How the box is called: its own host names, addresses and prefixes."""

import ipaddress
import socket
from ipaddress import IPv4Network, IPv6Network

import ifaddr


def host_names() -> list[str]:
    """Say under which names the box may be reached, without asking any server.

    Returns:
        The host name, its first label, and that label under `.local` (mDNS); in lower case, none twice. They are
        not checked: a host name may hold characters that no certificate takes.
    """
    name = socket.gethostname().strip().rstrip(".").lower()
    if not name:
        return []
    label = name.partition(".")[0]
    return list(dict.fromkeys([name, label, f"{label}.local"]))


def host_addresses() -> list[str]:
    """List all addresses of the box's own interfaces, loopback and link-local ones included.

    Returns:
        IPv4 and IPv6 literals without scope ids, none twice.
    """
    found = [_literal(ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return list(dict.fromkeys(found))


def host_prefixes() -> list[IPv4Network | IPv6Network]:
    """List the prefixes that count as the site's own network (design section 4, Admission).

    An interface that has a public IPv4 address leads to the internet: none of its prefixes is in the list. A prefix
    of length 0 would make everybody a neighbour, and is left out as well.

    Returns:
        Networks, none twice.
    """
    found: dict[IPv4Network | IPv6Network, None] = {}
    for adapter in ifaddr.get_adapters():
        if any(ip.is_IPv4 and ipaddress.ip_address(_literal(ip)).is_global for ip in adapter.ips):
            continue
        for ip in adapter.ips:
            if ip.network_prefix > 0:
                found[ipaddress.ip_network(f"{_literal(ip)}/{ip.network_prefix}", strict=False)] = None
    return list(found)


def _literal(ip: ifaddr.IP) -> str:
    text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
    return text.partition("%")[0]


def host_interfaces() -> list[list[str]]:
    """List the addresses of each interface with their prefix lengths, such as `192.168.1.5/24`.

    Returns:
        One list per interface, for `core.networks.own_networks`.
    """
    return [[f"{_literal(ip)}/{ip.network_prefix}" for ip in adapter.ips] for adapter in ifaddr.get_adapters()]
