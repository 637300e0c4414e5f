"""Values of the configuration file: from TOML's types to ours, and what is right where one is wrong."""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin
from urllib.parse import urlsplit

from attrs import Attribute, frozen
from cattrs import Converter
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from edge_twisted.core.endpoint import Endpoint, EndpointError, parse_endpoint
from edge_twisted.core.networks import NetworkError, parse_networks
from edge_twisted.listening import ListenerError, parse_listener

ROOTS_BYTES: Final = 4 << 20
NAMES: Final = 100
SHOWN: Final = 80
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")

_ENDPOINT_ERRORS: Final = {
    "scheme": "must begin with ws:// or wss://",
    "host": "has no usable host name or address",
    "port": "has a port that is not a number from 1 to 65535",
    "user": "must not hold a user name or password; those belong to a charger and are entered in EdgeManager",
    "query": "must end before ? or #",
    "characters": "must not hold spaces, quotes, backslashes or letters beyond ASCII",
}
_ENDPOINT_RIGHT: Final = 'must be a URL such as "wss://wss.evc-net.com"'


class Wrong(ValueError):
    """A value that is not usable; the text says what would be right."""


@frozen
class Root:
    """A file with certificates.

    Args:
        path: the file, absolute.
        pem: its certificates and nothing else of it, in PEM.
    """

    path: Path
    pem: str


def shown(value: object) -> str:
    """A value as it may stand in an error: one line, short, and nothing that could be a password in a URL (W-33).

    Args:
        value: what TOML read.

    Returns:
        Its text, much as in the file.
    """
    try:
        text = json.dumps(value, default=str)  # escapes line ends, and all that is not ASCII
    except RecursionError:
        return "(a table in many tables)"
    if "@" in text or "?" in text:
        return "(not shown: it may hold a password)"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def reason(error: Exception) -> str:
    """Why a file could not be opened.

    Args:
        error: what was raised.

    Returns:
        Such as `Permission denied`.
    """
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


# What a key may hold: validators of attrs


def between(least: float, most: float) -> Callable[[Any, "Attribute[Any]", float], None]:
    """A validator for numbers.

    Args:
        least, most: the bounds, both allowed.

    Returns:
        The validator; raises Wrong.
    """

    def check(_: object, __: "Attribute[Any]", value: float) -> None:
        if not least <= value <= most:
            raise Wrong(f"must be from {least} to {most}")

    return check


def every_listener(_: object, __: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """A validator for lists of endpoint descriptions; raises Wrong."""
    for description in value:
        try:
            parse_listener(description)
        except ListenerError as error:
            raise Wrong(f"{shown(description)} {error}") from None


def every_name(_: object, __: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """A validator for host names and addresses in a certificate; raises Wrong."""
    if len(value) > NAMES:
        raise Wrong(f"must have {NAMES} names at most")
    for name in value:
        if not _is_address(name) and (len(name) > 253 or not _NAME.fullmatch(name)):
            raise Wrong(f'{shown(name)} is no host name in lower case and no address; right is "edge.lan", for example')


def every_network(_: object, __: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """A validator for `listen.from`; raises Wrong."""
    if not value:
        raise Wrong('nobody could connect; ["private"] is the default')
    for word in value:
        try:
            parse_networks([word])
        except NetworkError as error:
            raise Wrong(f"{shown(word)} {error}") from None


def secure_or_private(_: object, __: "Attribute[Any]", value: Endpoint) -> None:
    """A validator for `uplink.wss`, where secrets go; raises Wrong."""
    if not value.secure and not value.is_private_literal:
        raise Wrong("must begin with wss://; ws:// is allowed to localhost or a private address literal only")


def page(_: object, __: "Attribute[Any]", value: str) -> None:
    """A validator for the address of a web page, or nothing; raises Wrong."""
    right = 'must be empty or an address such as "https://example.evc-net.com"'
    if not value:
        return
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable or not value.isascii() or any(c <= " " or c in "\"'<>\\`\x7f" for c in value):
        raise Wrong(right)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


# From TOML to our types: hooks of cattrs


def make_converter(base: Path) -> Converter:
    """Make what turns a TOML value into the type of a setting; it raises Wrong and never guesses.

    Args:
        base: what relative paths are relative to.

    Returns:
        The converter.
    """
    converter = Converter(detailed_validation=False)

    def structure_list(value: object, kind: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Wrong("must be a list, in square brackets")
        return tuple(converter.structure(item, get_args(kind)[0]) for item in value)

    converter.register_structure_hook_func(lambda kind: _origin(kind) is tuple, structure_list)
    converter.register_structure_hook_func(lambda kind: _origin(kind) is Literal, _structure_choice)
    converter.register_structure_hook(bool, lambda value, _: _structure_bool(value))
    converter.register_structure_hook(int, lambda value, _: _structure_whole(value))
    converter.register_structure_hook(float, lambda value, _: _structure_number(value))
    converter.register_structure_hook(str, lambda value, _: _structure_text(value))
    converter.register_structure_hook(bytes, lambda value, _: _structure_pin(value))
    converter.register_structure_hook(Endpoint, lambda value, _: _structure_endpoint(value))
    converter.register_structure_hook(Path, lambda value, _: _structure_path(value, base))
    converter.register_structure_hook(Root, lambda value, _: _structure_root(value, base))
    return converter


def _origin(kind: Any) -> object:
    return get_origin(kind)


def _structure_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false, without quotes")
    return value


def _structure_whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("must be a whole number, without quotes")
    return value


def _structure_number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(number := float(value)):
                return number
    raise Wrong("must be a number, without quotes")


def _structure_text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("must be text, in quotes")
    return value


def _structure_choice(value: object, kind: Any) -> object:
    choices: tuple[object, ...] = get_args(kind)
    if not isinstance(value, str) or value not in choices:
        raise Wrong(f"must be {' or '.join(json.dumps(choice) for choice in choices)}")
    return value


def _structure_pin(value: object) -> bytes:
    text = _structure_text(value).strip()
    digits = text.replace(":", "")
    try:
        pin = bytes.fromhex(digits) if len(digits) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        pin = b""
    if len(pin) != 32:
        raise Wrong("must be SHA-256 digests of public keys (SPKI), 32 bytes each, in hexadecimal or base64")
    return pin


def _structure_endpoint(value: object) -> Endpoint:
    try:
        return parse_endpoint(_structure_text(value))
    except EndpointError as error:
        raise Wrong(_ENDPOINT_ERRORS.get(error.code, _ENDPOINT_RIGHT)) from None


def _structure_path(value: object, base: Path) -> Path:
    text = _structure_text(value)
    if not text or "\0" in text:
        raise Wrong("must be a path")
    return base / text


def _structure_root(value: object, base: Path) -> Root:
    path = _structure_path(value, base)
    try:
        with path.open("rb") as file:
            content = file.read(ROOTS_BYTES + 1)
    except OSError as error:
        raise Wrong(
            f"{path} cannot be read ({reason(error)}); it must be a PEM file that Edge's user may read"
        ) from None
    if len(content) > ROOTS_BYTES:
        raise Wrong(f"{path} has more than {ROOTS_BYTES} bytes; it must be a PEM file with root certificates")
    try:
        certificates = load_pem_x509_certificates(content)
    except ValueError:
        raise Wrong(
            f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----), or one that is damaged"
        ) from None
    return Root(path, "".join(certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates))
