"""The `edgectl` command: a client of the API over `<state>/control.sock`; only a back-up is put back without it."""

import sys
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from edge_twisted import __version__
from edge_twisted.ctl import access, change, messages, restore, see, trust
from edge_twisted.ctl.base import STATE, Commands, Console
from edge_twisted.ctl.client import Client


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--state",
    default=STATE,
    show_default=True,
    envvar="EDGEPROXY_STATE",
    type=click.Path(path_type=Path),
    help="Edge's state directory; also by the variable EDGEPROXY_STATE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs; also behind any command.")
@click.version_option(__version__, prog_name="edgectl")
@click.pass_context
def main(ctx: click.Context, state: Path, as_json: bool) -> None:
    """See and set what Edge does for each charger.

    CHARGER is the id from `edgectl chargers`, of which the first characters are enough, or the charger's whole OCPP ID.

    \b
    Where to begin:
      edgectl doctor            is everything there that a connection needs?
      edgectl chargers          who is connected, who is not, and why
      edgectl charger CHARGER   everything of one charger
      edgectl events --follow   what happens, as it happens

    \b
    Exit codes: 0 done, 1 refused by Edge, 2 wrong use, 3 Edge not reached.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that can't show a letter shows a question mark
    ctx.obj = Console(Client(state), as_json)


@click.command(short_help="The script that completes commands and chargers.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Write the script that completes commands and chargers in a shell.

    \b
    edgectl completion bash > /etc/bash_completion.d/edgectl
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "edgectl", "_EDGECTL_COMPLETE").source())


for command in (
    see.chargers,
    see.charger,
    see.events,
    messages.messages,
    change.set_,
    change.test,
    trust.trust,
    change.pin,
    change.moved,
    change.wss_only,
    change.reset_transport,
    change.approve,
    change.block,
    change.unblock,
    change.forget,
    access.label,
    access.reset_password,
    access.accounts,
    access.tokens,
    see.root_certificate,
    see.box,
    see.doctor,
    messages.bundle,
    restore.restore,
    completion,
):
    main.add_command(command)
