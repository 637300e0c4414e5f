"""How the box is called: its own host names, addresses and interfaces."""

import socket

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


def _literal(ip: ifaddr.IP) -> str:
    text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
    return text.partition("%")[0]


def host_interfaces() -> list[list[str]]:
    """List the addresses of each interface with their prefix lengths, such as `192.168.1.5/24`.

    Returns:
        One list per interface, for `core.networks.own_networks`.
    """
    return [[f"{_literal(ip)}/{ip.network_prefix}" for ip in adapter.ips] for adapter in ifaddr.get_adapters()]
