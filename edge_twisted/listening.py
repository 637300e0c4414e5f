"""Where Edge listens: Twisted's endpoint descriptions for TCP, read and checked without Twisted."""

import errno
import socket
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from attrs import frozen

BACKLOG: Final = 4096
"""Connections that may wait to be accepted, where a description is silent. Twisted's 50 ruins reconnect storms."""

_OPTIONS: Final = ("port", "interface", "backlog")
_HINT: Final = r'write a port, then if need be interface= and backlog=, such as "tcp6:80:interface=\:\:1"'


class ListenerError(ValueError):
    """A description that is not usable; the text says what would be right."""


@frozen
class Listener:
    """A listener.

    Args:
        ipv6: whether it is `tcp6`.
        port: 0 to 65535; 0 lets the system choose.
        interface: an address literal, or empty for all.
        backlog: connections that may wait to be accepted, or None where the description says nothing.
    """

    ipv6: bool
    port: int
    interface: str = ""
    backlog: int | None = None


def parse_listener(description: str) -> Listener:
    r"""Read an endpoint description by Twisted's rules: `:` parts, `=` names, `\` escapes.

    Args:
        description: such as `tcp:80`, `tcp:80:interface=192.168.1.5` or `tcp6:80:interface=\:\:1`.

    Returns:
        What it says.

    Raises:
        ListenerError: another kind than TCP, an unknown part, or a number or address out of place.
    """
    kind, *parts = _split(description)
    if kind not in (["tcp"], ["tcp6"]):
        raise ListenerError('must begin with "tcp:" or "tcp6:" and a port, such as "tcp:8080"')
    values: dict[str, str] = {}
    for part in parts:
        name = part[0] if len(part) == 2 else "port"
        if name not in _OPTIONS:
            near = get_close_matches(name, _OPTIONS, 1)
            raise ListenerError(
                f"has an unknown part; is {near[0]}= meant?" if near else f"has an unknown part; {_HINT}"
            )
        if name in values:
            raise ListenerError(f"says {name} twice; {_HINT}")
        values[name] = part[-1]
    ipv6 = kind == ["tcp6"]
    port = _number(values.get("port", ""), "a port", 0, 65535)
    backlog = _number(values["backlog"], "a backlog", 1, 65535) if "backlog" in values else None
    return Listener(ipv6, port, _interface(values["interface"], ipv6) if "interface" in values else "", backlog)


def bind(key: str, description: str) -> socket.socket:
    """Open a port; connections wait in it until somebody serves them.

    Args:
        key: of the configuration, for the message.
        description: the endpoint, as `parse_listener` takes it.

    Returns:
        The socket, listening.

    Raises:
        SystemExit: with one line that names place and remedy.
    """
    listener = parse_listener(description)
    bound = None
    try:
        bound = socket.socket(socket.AF_INET6 if listener.ipv6 else socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.ipv6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a listener of its own
        bound.setblocking(False)
        bound.bind((listener.interface, listener.port))
        bound.listen(listener.backlog or BACKLOG)
    except OSError as error:
        if bound is not None:
            bound.close()
        remedy = "stop what listens there, or change the port"
        if isinstance(error, PermissionError):
            remedy = "give Edge the right to bind low ports (CAP_NET_BIND_SERVICE), or choose a port above 1023"
        elif error.errno == errno.EADDRNOTAVAIL:
            remedy = "name an address of this box after interface="
        reason = error.strerror or str(error)
        raise SystemExit(f"edgeproxy: {key}: {description!r} can't be opened ({reason}); {remedy}") from None
    return bound


def _split(description: str) -> list[list[str]]:
    """The parts between colons, each as [value] or [name, value]."""
    parts = [[""]]
    escaped = False
    for character in description:
        if escaped:
            parts[-1][-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ":":
            parts.append([""])
        elif character == "=" and len(parts[-1]) == 1:
            parts[-1].append("")
        else:
            parts[-1][-1] += character
    if escaped:
        raise ListenerError("ends in the middle of an escape (a backslash)")
    return parts


def _number(text: str, what: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= most):
        raise ListenerError(f"needs {what} from {least} to {most}")
    return int(text)


def _interface(text: str, ipv6: bool) -> str:
    try:
        if ipv6:
            IPv6Address(text)
        else:
            IPv4Address(text)
    except ValueError:
        kind = "IPv6" if ipv6 else "IPv4"
        raise ListenerError(f"needs an {kind} address of this box after interface=") from None
    return text
