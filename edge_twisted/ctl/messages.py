"""The commands of `edgectl` about passing messages: to read and follow, open and export them, and a support bundle."""

import sys
from typing import Any

import click

from edge_twisted.ctl import layout
from edge_twisted.ctl.base import Console, charger_argument, json_option, pass_console
from edge_twisted.ctl.client import charger_path


@click.command(short_help="The messages of a charger, newest last.")
@charger_argument
@click.option("--follow", "-f", is_flag=True, help="Go on with what passes from now on, until Ctrl-C.")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many at most.")
@click.option("--before", type=click.IntRange(1), help="Only before the message with this number, to leaf back.")
@click.option("--action", help="Only of this action, such as MeterValues, with the answers to it.")
@click.option("--search", help="Only those that hold this text.")
@click.option("--source", type=click.Choice(("charger", "central")), help="Only those that this side sent.")
@click.option("--errors", is_flag=True, help="Only error answers, and what is no OCPP message.")
@click.option("--slow", type=click.IntRange(1), help="Only answers that took at least so many milliseconds.")
@click.option("--open", "number", type=click.IntRange(1), help="Open the message with this number, with hints.")
@click.option("--export", type=click.Choice(("csv", "jsonl")), help="Write all of them to standard output as a file.")
@json_option
@pass_console
def messages(
    console: Console,
    charger: str,
    follow: bool,
    limit: int,
    before: int | None,
    action: str | None,
    search: str | None,
    source: str | None,
    errors: bool,
    slow: int | None,
    number: int | None,
    export: str | None,
) -> None:
    """Tell which messages passed between a charger and the central system, newest last. With --json one object a line.

    Passwords are left out, and of cards all but the end.

    \b
    edgectl messages CP1 --action StatusNotification
    edgectl messages CP1 --open 4711
    edgectl messages CP1 --export csv > messages.csv
    """
    given: dict[str, Any] = {"action": action, "search": search, "source": source, "slow": slow}
    given["errors"] = 1 if errors else None
    if number is not None:
        console.show(console.client.get(charger_path(charger, "messages", str(number))), layout.message)
        return
    if export is not None:
        path = charger_path(charger, f"messages.{export}")
        for piece in console.client.pieces(path, **given):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    found = console.client.get(charger_path(charger, "messages"), limit=limit, before=before, **given)["messages"]
    for one in found:
        console.show(one, layout.message_line)
    if not follow:
        return
    after = {"after": found[-1]["id"]} if found else {}
    try:
        for one in console.client.follow(charger_path(charger, "messages"), **after, **given):
            console.show(one, layout.message_line)
    except KeyboardInterrupt:
        sys.exit(0)


@click.command(short_help="All that an engineer needs who can't be here, as a file.")
@pass_console
def bundle(console: Console) -> None:
    """Write a support bundle to standard output: a ZIP file without passwords.

    In it are box, settings, chargers, journal, and the messages of the last day.

    \b
    edgectl bundle > edge-bundle.zip
    """
    if sys.stdout.isatty():
        raise click.UsageError("This is no text for a terminal. Write it to a file: edgectl bundle > edge-bundle.zip")
    click.echo(console.client.download("/bundle"), nl=False)
