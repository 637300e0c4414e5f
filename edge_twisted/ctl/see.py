"""The commands of `edgectl` that show: chargers, events, the box."""

import base64
import json
import sys
import time
from typing import Final

import click

from edge_twisted.ctl import layout
from edge_twisted.ctl.base import REFUSED, Console, charger_argument, complete, json_option, pass_console
from edge_twisted.ctl.client import charger_path

LATELY: Final = 5
"""Events that are shown with a charger."""


@click.command(short_help="List all chargers, and what is wrong with whom.")
@json_option
@pass_console
def chargers(console: Console) -> None:
    """List all chargers: those that Edge knows, and those that only tried.

    TO EDGE and TO CENTRAL say how both ways of a charger are secured: ws is not encrypted, wss is; `password` stands
    where one is shown.
    """
    found = console.client.get("/chargers")
    console.show(found, lambda answer: layout.chargers(answer["chargers"], time.time()))


@click.command(short_help="Everything of one charger.")
@charger_argument
@json_option
@pass_console
def charger(console: Console, charger: str) -> None:
    """Tell everything of one charger: how it is connected, or why it is not, and what is set and detected."""
    found = console.client.get(charger_path(charger))
    if console.as_json:
        console.show_charger(found)
        return
    lately = console.client.get("/events", charger=found["id"], limit=LATELY)["events"]
    click.echo(layout.charger(found, time.time(), lately))


@click.command(short_help="What happened, newest last.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@click.option("--charger", help="Only of this charger.", shell_complete=complete)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many of the past at most."
)
@click.option("--after", type=click.IntRange(0), help="Only behind the event with this number, the earliest first.")
@json_option
@pass_console
def events(console: Console, follow: bool, charger: str | None, limit: int, after: int | None) -> None:
    """Tell what happened, newest last. With --json one object a line.

    \b
    edgectl events --charger CP1
    edgectl events --follow
    """
    found = console.client.get("/events", limit=limit, charger=charger, after=after)["events"]
    for one in found:
        console.show(one, layout.line)
    if not follow:
        return
    try:
        for one in console.client.follow("/events", charger=charger, after=found[-1]["id"] if found else after or 0):
            console.show(one, layout.line)
    except KeyboardInterrupt:
        sys.exit(0)


@click.command("root-certificate", short_help="The file that a charger may need to trust.")
@click.option("--der", is_flag=True, help="In binary form (DER) instead of PEM.")
@json_option
@pass_console
def root_certificate(console: Console, der: bool) -> None:
    """Write the box's root certificate to standard output: the file that a charger may need to trust.

    Its fingerprint goes to standard error, to be compared with the one that the charger shows.

    \b
    edgectl root-certificate > root.pem
    """
    kind = "der" if der else "pem"
    data = console.client.download(f"/box/root.{kind}")
    fingerprint = console.client.get("/box")["certificate"]["fingerprint"]
    if console.as_json:
        text = base64.b64encode(data).decode("ascii") if der else data.decode("ascii")
        click.echo(json.dumps({"fingerprint": fingerprint, kind: text}))
        return
    if der and sys.stdout.isatty():
        raise click.UsageError(
            "This is no text for a terminal. Write it to a file: edgectl root-certificate --der > FILE"
        )
    click.echo(data, nl=False)
    click.echo(f"SHA-256 fingerprint: {fingerprint}", err=True)


@click.command(short_help="The box: version, ports, names, certificate.")
@json_option
@pass_console
def box(console: Console) -> None:
    """Tell about the box: version, ports, central system, names and certificate."""
    console.show(console.client.get("/box"), layout.box)


@click.command(short_help="Look at everything that a connection needs.")
@json_option
@pass_console
def doctor(console: Console) -> None:
    """Look at everything that a connection needs: clock, ports, certificate, names, and both endpoints.

    It asks the central system as the charger edge-doctor, which nobody has: that it does not know it is an answer too.
    """
    found = console.client.get("/doctor")
    console.show(found, lambda answer: layout.checks(answer["checks"]))
    if not all(check["ok"] for check in found["checks"]):
        sys.exit(REFUSED)
