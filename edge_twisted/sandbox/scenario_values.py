"""Values of a scenario file: from TOML's types to ours; an error says what would be right, and shows no password."""

import json
import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin
from urllib.parse import urlsplit

from attrs import fields
from cattrs import Converter
from cryptography.x509 import load_pem_x509_certificates

from edge_twisted.sandbox.security import Credentials

SHOWN: Final = 80
PEM_BYTES: Final = 1 << 20
HEX: Final = "hex:"
SECRET: Final = {"secret": True}
"""Metadata of a key whose value is never shown."""

Table = Mapping[str, object]


class Wrong(ValueError):
    """A value that is not usable; the text says what would be right."""


def shown(value: object) -> str:
    """A value as it may stand in an error: one line, short.

    Args:
        value: what TOML read.
    """
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Words for an error: the nearest of the known names, or all of them.

    Args:
        word: what stands in the file.
        known: what could.
    """
    names = list(known)
    near = get_close_matches(word, names, 1)
    return f"is {near[0]} meant?" if near else f"there are {', '.join(names)}"


def make_converter(base: Path) -> Converter:
    """Make what turns a TOML value into the type of a key; it raises Wrong and never guesses.

    Args:
        base: what relative paths are relative to.
    """
    converter = Converter(detailed_validation=False)

    def each(value: object, kind: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Wrong("must be a list, in square brackets")
        return tuple(converter.structure(item, get_args(kind)[0]) for item in value)

    def perhaps(value: object, kind: Any) -> object:
        return converter.structure(value, next(one for one in get_args(kind) if one is not NoneType))

    converter.register_structure_hook_func(lambda kind: _origin(kind) is tuple, each)
    converter.register_structure_hook_func(lambda kind: _origin(kind) is Literal, _choice)
    converter.register_structure_hook_func(lambda kind: _origin(kind) is UnionType, perhaps)
    converter.register_structure_hook(bool, lambda value, _: _boolean(value))
    converter.register_structure_hook(int, lambda value, _: _whole(value))
    converter.register_structure_hook(float, lambda value, _: _number(value))
    converter.register_structure_hook(str, lambda value, _: _text(value))
    converter.register_structure_hook(Path, lambda value, _: base / _text(value))
    return converter


def read_table(kind: type, content: object, place: str, converter: Converter) -> dict[str, Any]:
    """Read the keys of a table.

    Args:
        kind: the attrs class whose fields they are.
        content: what TOML read.
        place: where it stands, for errors.
        converter: from `make_converter`.

    Returns:
        What is given, by key; the class can be made of it, or changed by it.

    Raises:
        Wrong: something can't be used; the text names place, key and value.
    """
    if not isinstance(content, dict):
        raise Wrong(f"{place} = {shown(content)}: must be a table, such as {place} = {{ ... }}")
    known: Any = {one.name: one for one in fields(kind)}
    found: dict[str, Any] = {}
    for key, raw in content.items():
        one = known.get(key)
        if one is None:
            raise Wrong(f"{place}.{key}: no such key; {nearest(key, known)}")
        try:
            value = raw if one.metadata.get("raw") else converter.structure(raw, one.type)
            if one.validator is not None:
                one.validator(None, one, value)
        except ValueError as error:
            told = "(not shown)" if one.metadata.get("secret") else shown(raw)
            raise Wrong(f"{place}.{key} = {told}: {error}") from None
        found[key] = value
    return found


def read_credentials(text: str) -> Credentials:
    """Read what a charger shows.

    Args:
        text: `user:password`, or `hex:<user>:<hexadecimal digits>` for a password of any bytes.
    """
    if text.startswith(HEX):
        user, colon, digits = text.removeprefix(HEX).rpartition(":")
        try:
            return Credentials(user.encode(), bytes.fromhex(digits if colon else "-"))
        except ValueError:
            raise Wrong("must be hex:<user>:<hexadecimal digits, two for each byte of the password>") from None
    user, colon, password = text.partition(":")
    if not colon:
        raise Wrong('must be "<user>:<password>", or "hex:<user>:<hexadecimal digits>"')
    return Credentials(user.encode(), password.encode())


def are_credentials(_: object, __: object, value: str | None) -> None:
    """Be a validator for credentials, or none; raises Wrong."""
    if value is not None:
        read_credentials(value)


def is_url(_: object, __: object, value: str) -> None:
    """Be a validator for the URL of an endpoint, or nothing; raises Wrong."""
    if not value:
        return
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        plain = value.isascii() and value.isprintable() and " " not in value and "@" not in parts.netloc
        usable = usable and plain and not parts.query and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise Wrong('must be a URL without the identity, such as "wss://127.0.0.1:8443"')


def is_port(_: object, __: object, value: int) -> None:
    """Be a validator for the number of a port; raises Wrong."""
    if not 0 <= value <= 65535:
        raise Wrong("must be a port from 1 to 65535, or 0 for any free one")


def is_address(_: object, __: object, value: str) -> None:
    """Be a validator for an address of this machine, or nothing; raises Wrong."""
    try:
        if value:
            ip_address(value)
    except ValueError:
        raise Wrong('must be an address such as "127.0.0.1"') from None


def is_identity(_: object, __: object, value: str) -> None:
    """Be a validator for identities; raises Wrong."""
    if not value or len(value) > 255 or not value.isprintable():
        raise Wrong("must have 1 to 255 characters, and no control characters")


def read_roots(path: Path) -> str:
    """Read a file with root certificates.

    Args:
        path: the file.

    Returns:
        Its text.

    Raises:
        Wrong: it can't be read, or holds no certificate.
    """
    try:
        with path.open("rb") as file:
            content = file.read(PEM_BYTES)
    except OSError as error:
        raise Wrong(f"{path} cannot be read ({error.strerror or type(error).__name__}); name a PEM file") from None
    try:
        load_pem_x509_certificates(content)
        return content.decode("ascii")
    except ValueError:
        raise Wrong(f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)") from None


def _origin(kind: Any) -> object:
    return get_origin(kind)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false, without quotes")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("must be a whole number, without quotes")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Wrong("must be a number, without quotes")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise Wrong("must be text, in quotes")
    return value


def _choice(value: object, kind: Any) -> object:
    choices: tuple[object, ...] = get_args(kind)
    if not isinstance(value, str) or value not in choices:
        raise Wrong(f"must be {' or '.join(json.dumps(choice) for choice in choices)}")
    return value
