"""How a charger is connected to this box: the endpoints that it takes, ready to be copied."""

from typing import Final

from attrs import frozen

from edge_twisted.web import shapes
from edge_twisted.web.box import useful

USUAL: Final = {"ws": 80, "wss": 443}
"""Ports that need not be named."""


@frozen
class Endpoint:
    """What is entered in a charger.

    Args:
        url: without its ID, which the charger adds by itself.
        secure: whether that is `wss`.
        by_name: whether it names the box, so that the charger needs a DNS server that knows it.
    """

    url: str
    secure: bool
    by_name: bool


def endpoints_of(box: shapes.Box) -> list[Endpoint]:
    """The box's endpoints: by its first name, then by its addresses; `wss` before `ws`.

    Args:
        box: as it describes itself.
    """
    hosts = [(name, True) for name in box.certificate.names[:1]]
    hosts += [(_bracketed(address), False) for address in useful(box.certificate.addresses)]
    found = []
    for host, by_name in hosts:
        for scheme, ports in (("wss", box.ports.wss), ("ws", box.ports.ws)):
            for port in ports[:1]:
                shown = "" if port == USUAL[scheme] else f":{port}"
                found.append(Endpoint(f"{scheme}://{host}{shown}", scheme == "wss", by_name))
    return found


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
