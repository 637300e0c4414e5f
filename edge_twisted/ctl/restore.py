"""The command of `edgectl` that puts a back-up back: the only one for which Edge must be stopped."""

import sys
from pathlib import Path
from typing import BinaryIO, Final

import click

from edge_twisted.ctl.base import REFUSED

PASSPHRASE_BYTES: Final = 16_384


@click.command(short_help="Put a back-up of the settings back; Edge must be stopped.")
@click.argument("file", type=click.File("rb"))
@click.option("--replace", is_flag=True, help="Move aside the settings that are there.")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input, as one line.")
@click.pass_context
def restore(ctx: click.Context, file: BinaryIO, replace: bool, passphrase_stdin: bool) -> None:
    """Put a back-up that EdgeManager's page Box made into the state directory: this box becomes the one that made it.

    It has the same root certificate and the same passwords then, so that no charger has to be touched. Only one of the
    two may run. What is written is written whole, or not at all.

    \b
    sudo systemctl stop edgeproxy
    sudo edgectl restore edge-2026-11-28.edgebackup
    sudo systemctl start edgeproxy
    """
    # Not before it is needed: all other commands need nothing of this.
    from edge_twisted.store.backup import MOST_BYTES, unseal
    from edge_twisted.store.errors import StateError
    from edge_twisted.store.restoring import RESTORED
    from edge_twisted.store.restoring import restore as put_back

    directory: Path = ctx.find_root().params["state"]
    passphrase = _passphrase(from_stdin=passphrase_stdin)
    try:
        files = unseal(file.read(MOST_BYTES + 1), passphrase)
        aside = put_back(files, directory, replace=replace)
    except StateError as error:
        click.echo(f"edgectl: {error}", err=True)
        sys.exit(REFUSED)
    click.echo(f"Put back into {directory}.")
    if aside:
        click.echo(f"What was there before lies in {aside}; it holds secrets: remove it once all is well.")
    if any(name.startswith("config/") for name in files):
        click.echo(f"The configuration lies in {directory / RESTORED}. Compare it with this box's, and copy it there.")
    click.echo("Now start Edge. The old box must not run any more.")


def _passphrase(*, from_stdin: bool) -> str:
    if not from_stdin:
        return str(click.prompt("Passphrase of the back-up", hide_input=True, err=True))
    line = sys.stdin.buffer.read(PASSPHRASE_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line or len(line) > PASSPHRASE_BYTES:
        raise click.UsageError("Put the passphrase on standard input as one line.")
    return line.decode("utf-8", "surrogateescape")
