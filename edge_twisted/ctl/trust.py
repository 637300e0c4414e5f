"""The command of `edgectl` that sets whom a charger's uplink believes."""

from typing import Any, BinaryIO, Final

import click

from edge_twisted.ctl.base import Console, charger_argument, json_option, new_option, pass_console
from edge_twisted.ctl.client import charger_path

PEM_BYTES: Final = 262_144
"""Of a file that is read at most; Edge takes less."""


@click.command(short_help="Upload the root that a charger's uplink believes.")
@charger_argument
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--system", is_flag=True, help="Believe again what the configuration and the system believe.")
@click.option(
    "--cn-fallback",
    is_flag=True,
    help="Take a certificate without a list of names by its common name; with FILE only.",
)
@new_option
@json_option
@pass_console
def trust(console: Console, /, charger: str, file: BinaryIO | None, system: bool, cn_fallback: bool, new: bool) -> None:
    """Set whom the uplink of a charger believes: the root certificates in FILE (PEM; or - for standard input).

    For a central system whose certificate does not come from a public authority. A live session follows at once. The
    name is checked as ever: with --cn-fallback also by the common name, where a certificate has no list of names.

    \b
    edgectl trust CP1 central-root.pem
    edgectl trust CP1 central-root.pem --cn-fallback
    edgectl trust CP1 --system
    """
    if (file is None) is not system:
        raise click.UsageError("Give a FILE with root certificates, or --system to go back; one of them.")
    if cn_fallback and file is None:
        raise click.UsageError("--cn-fallback needs a FILE: it holds for an uploaded root only.")
    body: dict[str, Any] = {"pem": None}
    if file is not None:
        content = file.read(PEM_BYTES + 1)
        if len(content) > PEM_BYTES:
            raise click.UsageError(f"The file has more than {PEM_BYTES} bytes. Is it the right one?")
        body = {"pem": content.decode("utf-8", "replace"), "cn_fallback": cn_fallback}
    console.show_charger(console.client.put(charger_path(charger, "trust"), body, new=1 if new else None))
