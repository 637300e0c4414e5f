"""What `edgectl` asks of a person or reads from standard input: secrets, the question, a yes."""

import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from edge_twisted.ctl.layout import choice, choices

SECRET_BYTES: Final = 16_384
"""That are read from standard input at most."""
PROMPTS: Final = {
    "password": "Password",
    "password_hex": "Password in hexadecimal digits",
    "basic_base64": "Base64 of user:password",
}


def may_ask() -> bool:
    """Whether a person sits there who can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def read_secret(way: str) -> dict[str, str]:
    """Read a secret from standard input, or ask for it.

    Args:
        way: `password` (text, or any other octets), `password_hex` or `basic_base64`.

    Returns:
        It as the API takes it; a password as its octets, so that nothing is lost on the way.

    Raises:
        click.UsageError: there is none, or more than one line.
    """
    if sys.stdin.isatty():
        line = str(click.prompt(PROMPTS[way], hide_input=True, err=True)).encode("utf-8", "surrogateescape")
    else:
        line = sys.stdin.buffer.read(SECRET_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise click.UsageError("There is no secret on standard input. Put it there as one line.")
    if b"\n" in line or len(line) > SECRET_BYTES:
        raise click.UsageError("There is more than one line on standard input. Put the secret there as one line.")
    if way == "password":
        return {"password_hex": line.hex()}
    return {way: line.decode("ascii", "replace")}


def ask_shows(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Ask what the charger itself will show.

    Args:
        found: the API's choices.

    Returns:
        The answer as the API takes it.
    """
    usable = [one for one in found if one["usable"]]
    click.echo("What will the charger itself show from now on?", err=True)
    click.echo(choices(usable), err=True)
    likely = next((one["value"] for one in usable if one["preselected"]), None)
    value = click.prompt("It shows", type=click.Choice([one["value"] for one in usable]), default=likely, err=True)
    chosen = next(one for one in usable if one["value"] == value)
    answer: dict[str, Any] = {"shows": value}
    if chosen["confirm"]:
        answer["confirm_address"] = ask_address(chosen["address"])
    return answer


def ask_address(address: str) -> str:
    """Ask whether a charger's address is its own.

    Args:
        address: as Edge told it.

    Returns:
        The same: what was seen and confirmed is what Edge is told, whoever tried in between.
    """
    click.confirm(f"Is {address}, from where it last tried, the charger's own address?", abort=True, err=True)
    return address


def flags(found: Sequence[dict[str, Any]]) -> str:
    """The question for a script: the flags that answer it."""
    return "\n".join(choice(one, f"--shows {one['value']}", 18) for one in found if one["usable"])
