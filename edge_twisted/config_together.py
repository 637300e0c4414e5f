"""Settings against each other: two listeners on one port, an uplink that leads back to Edge."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from edge_twisted.config_values import Wrong, shown
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.listening import parse_listener

if TYPE_CHECKING:
    from edge_twisted.config import Settings


def check_together(settings: "Settings") -> None:
    """Find keys that are right one by one and not together.

    Args:
        settings: all of them.

    Raises:
        Wrong: what is wrong, and what would be right.
    """
    uplink, limits = settings.uplink, settings.limits
    if not uplink.system_roots and not uplink.roots:
        raise Wrong("uplink.system_roots = false: nobody would be trusted; name a root certificate in uplink.roots")
    if uplink.cn_fallback and uplink.system_roots:
        raise Wrong(
            "uplink.cn_fallback = true: only with uplink.system_roots = false and a certificate in uplink.roots"
        )
    if limits.dial_seconds > limits.dials_seconds:
        raise Wrong(
            f"limits.dial_seconds = {limits.dial_seconds:g}: must not be more than limits.dials_seconds, "
            f"which is {limits.dials_seconds:g}"
        )
    taken: dict[tuple[bool, int, str], str] = {}
    lists = {
        "listen.ws": settings.listen.ws,
        "listen.wss": settings.listen.wss,
        "manager.listen": settings.manager.listen,
        "metrics.listen": settings.metrics.listen,
    }
    for key, descriptions in lists.items():
        for description in descriptions:
            listener = parse_listener(description)
            where = (listener.ipv6, listener.port, listener.interface)
            if listener.port and where in taken:
                raise Wrong(f"{key} = {shown(descriptions)}: {shown(description)} is taken by {taken[where]} already")
            taken[where] = key
    for key, endpoint in (("uplink.ws", uplink.ws), ("uplink.wss", uplink.wss)):
        if any(_reaches(endpoint, settings.listen.names, where) for where in taken):
            raise Wrong(f'{key} = "{endpoint}": leads to Edge itself; the address of the central system belongs here')


def _reaches(endpoint: Endpoint, names: Iterable[str], listener: tuple[bool, int, str]) -> bool:
    """Whether an endpoint certainly leads to a listener."""
    ipv6, port, interface = listener
    if endpoint.port != port:
        return False
    if endpoint.host in names:
        return True
    if endpoint.host == "localhost":
        return interface in ("", "127.0.0.1", "0.0.0.0", "::", "::1")
    try:
        address = ip_address(endpoint.host)
    except ValueError:
        return False
    if interface in ("", "0.0.0.0", "::"):
        return address.is_loopback and (address.version == 6) == ipv6
    return address == ip_address(interface)
