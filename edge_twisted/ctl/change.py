"""The commands of `edgectl` that change something, or test it."""

import sys
from typing import Any, Final

import click

from edge_twisted.ctl import layout
from edge_twisted.ctl.ask import ask_address, ask_shows, may_ask, read_secret
from edge_twisted.ctl.base import REFUSED, Console, charger_argument, json_option, new_option, pass_console
from edge_twisted.ctl.client import ClientError, charger_path

SHOWS: Final = ("detected", "same", "next", "nothing")


def uplink_options(command: Any) -> Any:
    """The options by which an endpoint and a secret are given."""
    for option in reversed(
        (
            click.option(
                "--endpoint", help="The uplink, such as wss://wss.evc-net.com; `detect` goes back to detecting it."
            ),
            click.option("--username", help="The user name; where it is left out, the charger's OCPP ID."),
            click.option(
                "--password-stdin", is_flag=True, help="Read the password from standard input, or ask for it."
            ),
            click.option("--password-hex-stdin", is_flag=True, help="Read the password in hexadecimal digits."),
            click.option("--basic-base64-stdin", is_flag=True, help="Read base64 of user:password."),
        )
    ):
        command = option(command)
    return command


def values(
    endpoint: str | None,
    username: str | None,
    password_stdin: bool,
    password_hex_stdin: bool,
    basic_base64_stdin: bool,
) -> dict[str, Any]:
    """What was given, as the API takes it."""
    ways = {"password": password_stdin, "password_hex": password_hex_stdin, "basic_base64": basic_base64_stdin}
    chosen = [way for way, wanted in ways.items() if wanted]
    if len(chosen) > 1:
        raise click.UsageError("Give the secret in one way only: as text, as hexadecimal digits, or as base64.")
    if username is not None and chosen != ["password"] and chosen != ["password_hex"]:
        raise click.UsageError("--username needs --password-stdin or --password-hex-stdin; base64 has its own.")
    given: dict[str, Any] = {}
    if endpoint is not None:
        given["endpoint"] = None if endpoint == "detect" else endpoint
    if username is not None:
        given["username"] = username
    return given | (read_secret(chosen[0]) if chosen else {})


@click.command("set", short_help="Set endpoint and secret of a charger's uplink.")
@charger_argument
@uplink_options
@click.option("--clear-secret", is_flag=True, help="Remove the secret that was entered.")
@click.option("--shows", type=click.Choice(SHOWS), help="What the charger itself shows, where a secret is entered.")
@click.option(
    "--confirm-address",
    metavar="ADDRESS",
    help="With --shows nothing or next, for a charger that was never served: its address, from where it last tried.",
)
@new_option
@json_option
@pass_console
def set_(
    console: Console,
    /,
    charger: str,
    clear_secret: bool,
    shows: str | None,
    confirm_address: str | None,
    new: bool,
    **given: Any,
) -> None:
    """Set endpoint and secret of a charger's uplink. A live session follows at once.

    Whoever enters a secret has to say what the charger itself will show to Edge from now on: `same` (this user name and
    password), `detected` (what it showed when it was last served), `next` (a new password that it gets within 10
    minutes) or `nothing`. In a terminal this is asked.

    A secret is never given on the command line, where others could read it.

    \b
    edgectl set CP1 --endpoint wss://wss.evc-net.com
    edgectl set CP1 --username CP1 --password-stdin
    printf %s "$PASSWORD" | edgectl set CP1 --password-stdin --shows detected
    printf %s "$TOKEN" | edgectl set CP1 --basic-base64-stdin --shows same
    edgectl set CP1 --endpoint detect --clear-secret
    """
    body = values(**given)
    body |= {"clear_secret": True} if clear_secret else {}
    body |= {"confirm_address": confirm_address} if confirm_address else {}
    body |= {"shows": shows} if shows else {}
    if not body:
        raise click.UsageError("Nothing to set. Give --endpoint, a secret, --clear-secret or --shows.")
    path, query = charger_path(charger, "uplink"), {"new": 1 if new else None}
    try:
        found = console.client.put(path, body, **query)
    except ClientError as error:
        if error.error not in ("shows-missing", "confirm-address") or not may_ask():
            raise
        if error.error == "shows-missing":
            body |= ask_shows(error.problem["choices"])
        else:
            body |= {"confirm_address": ask_address(error.problem["address"])}
        found = console.client.put(path, body, **query)
    console.show_charger(found)
    if not found["session"] and not console.as_json:
        click.echo(f"\nWatch it come: edgectl events --follow --charger {found['id'][: layout.ID]}")


@click.command(short_help="Dial the central system once, and save nothing.")
@charger_argument
@uplink_options
@click.option("--replace-live", is_flag=True, help="Test also while the charger is connected; its session may end.")
@new_option
@json_option
@pass_console
def test(console: Console, /, charger: str, replace_live: bool, new: bool, **given: Any) -> None:
    """Dial the central system once, and save nothing.

    What is not given is taken from what Edge knows of the charger. The central system sees a connection of this
    charger: if the charger is connected, its session may be replaced by the test.

    \b
    edgectl test CP1
    printf %s "$PASSWORD" | edgectl test CP1 --endpoint wss://wss.evc-net.com --password-stdin
    """
    body, path, query = values(**given), charger_path(charger, "test"), {"new": 1 if new else None}
    try:
        found = console.client.post(path, {**body, "replace_live": replace_live}, **query)
    except ClientError as error:
        if error.error != "live-session" or not may_ask():
            raise
        click.echo(str(error), err=True)
        click.confirm("Test all the same?", abort=True, err=True)
        found = console.client.post(path, {**body, "replace_live": True}, **query)
    console.show(found, lambda answer: layout.wrapped(answer["sentence"], 0))
    if found["outcome"] != "accepted":
        sys.exit(REFUSED)


def action(name: str, short: str, text: str, *, may_be_new: bool = False) -> click.Command:
    """Make one of the short commands."""

    def run(console: Console, charger: str, new: bool = False) -> None:
        console.show_charger(console.client.post(charger_path(charger, name), new=1 if new else None))

    run.__doc__ = text
    command = charger_argument(json_option(pass_console(run)))
    return click.command(name, short_help=short)(new_option(command) if may_be_new else command)


pin = action(
    "pin",
    "Demand the detected password from now on.",
    """Make the detected password the one that Edge demands, and shows to the central system.

    For central systems that do not check passwords: from now on Edge itself refuses whoever shows another one.""",
)
approve = action(
    "approve",
    "Let a new charger in.",
    """Let a charger in, where the configuration asks for approval.

    edgectl approve CP1 --new lets one in before it connects for the first time.""",
    may_be_new=True,
)
block = action(
    "block",
    "Shut a charger out.",
    """Shut a charger out; a live session is closed at once.

    It holds for the OCPP ID in capital and in small letters.""",
    may_be_new=True,
)
unblock = action("unblock", "Let a blocked charger in again.", "Let a blocked charger in again.")
reset_transport = action(
    "reset-transport",
    "Forget that wss was detected.",
    """Forget that wss was detected: the charger's next attempt begins anew.

    For a central system that went back from wss to ws, and for a charger that was set back to ws on purpose.""",
)


@click.command(short_help="Let a charger in from its new address.")
@charger_argument
@click.option("--address", metavar="ADDRESS", help="Its new address, from where it last tried; else it is asked for.")
@json_option
@pass_console
def moved(console: Console, charger: str, address: str | None) -> None:
    """Let a charger that may connect without a password in from the address where it last tried.

    Only if you moved it, or gave it that address: else somebody else may be using its OCPP ID. In a terminal the
    address is shown and has to be confirmed; `edgectl charger CHARGER` tells it too.

    \b
    edgectl moved CP1
    edgectl moved CP1 --address 192.168.1.20
    """
    path = charger_path(charger, "moved")
    try:
        found = console.client.post(path, {"address": address} if address else {})
    except ClientError as error:
        if error.error != "confirm-address" or not may_ask():
            raise
        found = console.client.post(path, {"address": ask_address(error.problem["address"])})
    console.show_charger(found)


@click.command("wss-only", short_help="Demand wss of the charger itself.")
@charger_argument
@click.option("--off", is_flag=True, help="Let it connect over ws again.")
@new_option
@json_option
@pass_console
def wss_only(console: Console, charger: str, off: bool, new: bool) -> None:
    """Demand wss of the charger itself: over ws it is refused, and a live session over ws is closed."""
    query = {"new": 1 if new else None}
    console.show_charger(console.client.post(charger_path(charger, "wss-only"), {"on": not off}, **query))


@click.command(short_help="Forget a charger.")
@charger_argument
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_console
def forget(console: Console, charger: str, yes: bool) -> None:
    """Forget a charger: what was learned of it, and what was entered. A live session is closed.

    The journal is kept. A charger that comes again is new.
    """
    if not yes and may_ask():
        click.confirm(f"Forget everything of {charger}?", abort=True, err=True)
    found = console.client.post(charger_path(charger, "forget"))
    console.show(found, lambda answer: f"Forgotten: {answer['forgotten']}.")
