"""What every command of `edgectl` has: the client, how answers and troubles are printed, options, completion."""

import json
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

import click
from attrs import define
from click.shell_completion import CompletionItem

from edge_twisted.ctl import layout
from edge_twisted.ctl.ask import flags
from edge_twisted.ctl.client import Client, ClientError

STATE: Final = "/var/lib/edgeproxy"
REFUSED: Final = 1
UNREACHABLE: Final = 3
COMPLETION_SECONDS: Final = 2.0
HINTS: Final = {
    "charger-unknown": "Add --new if it has not connected yet.",
    "live-session": "Add --replace-live to test all the same.",
}
"""The flag that answers what Edge asks."""
ADDRESSES: Final = ("--confirm-address", "--address")
"""The flags by which an address is confirmed."""


@define
class Console:
    """What every command has.

    Args:
        client: calls Edge.
        as_json: print for programs.
    """

    client: Client
    as_json: bool

    def show(self, found: Any, text: Callable[[Any], str]) -> None:
        """Print an answer, for programs or for people."""
        click.echo(json.dumps(found) if self.as_json else text(found))

    def show_charger(self, found: Any) -> None:
        """Print one charger."""
        self.show(found, lambda one: layout.charger(one, time.time()))

    def tell(self, error: ClientError, options: Collection[str]) -> None:
        """Print what went wrong, and which of the command's options helps."""
        if self.as_json:
            click.echo(json.dumps(error.problem))
        click.echo(f"edgectl: {error}", err=True)
        if error.error == "shows-missing":
            click.echo(flags(error.problem["choices"]), err=True)
        elif error.problem.get("address"):
            flag = next((one for one in ADDRESSES if one in options), "")
            click.echo(f"Add {flag} {error.problem['address']} if that is the charger's own.", err=True)
        elif error.error in HINTS and HINTS[error.error].split()[1] in options:
            click.echo(HINTS[error.error], err=True)


class Commands(click.Group):
    """Tells what went wrong, with an exit code: 1 refused, 2 wrong use, 3 Edge not reached."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they stand here."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ClientError as error:
            command = self.commands.get(ctx.invoked_subcommand or "")
            ctx.obj.tell(error, [option for one in command.params for option in one.opts] if command else [])
            sys.exit(UNREACHABLE if error.error == "unreachable" else REFUSED)
        except BrokenPipeError:  # whoever read has enough
            _be_silent()
            sys.exit(0)
        except OSError as error:  # of the network's, the client makes its own
            _be_silent()
            click.echo(f"edgectl: {error.filename or 'The output'} can't be written: {error.strerror}.", err=True)
            sys.exit(REFUSED)


def _be_silent() -> None:
    """What is left to be written when Python ends goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


pass_console = click.make_pass_decorator(Console)


def _as_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    console = ctx.find_object(Console)
    if value and console:
        console.as_json = True


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_as_json, help="Print JSON for programs."
)


def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The chargers that a word on the command line can become."""
    try:
        found = Client(ctx.find_root().params.get("state") or Path(STATE), COMPLETION_SECONDS).get("/chargers")
    except ClientError:
        return []
    return [
        CompletionItem(one["id"], help=f"{one['label']} ({one['state']})")
        for one in found["chargers"]
        if one["id"].startswith(incomplete.lower())
    ]


def _named(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value:
        raise click.BadParameter("it is empty. Name a charger by its id or its OCPP ID.")
    return value


charger_argument = click.argument("charger", shell_complete=complete, callback=_named)
new_option = click.option("--new", is_flag=True, help="CHARGER is the OCPP ID of one that may not have connected yet.")
