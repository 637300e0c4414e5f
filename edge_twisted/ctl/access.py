"""The commands of `edgectl` about who may come in: the box's label, accounts, tokens, a forgotten password."""

import io
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click
import segno

from edge_twisted.ctl.ask import SECRET_BYTES
from edge_twisted.ctl.base import Console, json_option, pass_console
from edge_twisted.ctl.layout import table, when, wrapped

ROLES: Final = ("viewer", "readonly", "maintainer", "admin")
_INDENT: Final = 20
_SVG_LINE: Final = 15
_SVG_WIDTH: Final = 560


def read_new_password() -> str:
    """A password that is being chosen: from standard input, or asked for twice.

    Returns:
        The password.

    Raises:
        click.UsageError: there is none, more than one line, or no text.
    """
    if sys.stdin.isatty():
        return str(click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.buffer.read(SECRET_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line or len(line) > SECRET_BYTES:
        raise click.UsageError("Put the password on standard input, as one line.")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise click.UsageError("The password on standard input is no text in UTF-8.") from None


@click.command(short_help="What belongs on the box's label.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a picture to this file.")
@json_option
@pass_console
def label(console: Console, svg: Path | None) -> None:
    """Tell what belongs on the box's label: address, set-up code, fingerprint, and a QR code that leads there.

    The set-up code is what makes the first visitor the administrator: put the label where only those come who may be.
    It is of no use any more once there is an administrator.
    """
    found = console.client.get("/label")
    if svg:
        svg.write_text(picture(found), encoding="utf-8")
        click.echo(f"Written: {svg}", err=True)
        return
    console.show(found, in_text)


def in_text(found: dict[str, Any]) -> str:
    """The label for a terminal."""
    code = segno.make_qr(found["link"], error="m")
    drawn = io.StringIO()
    code.terminal(drawn, compact=True, border=2)
    lines = [
        ("EdgeManager", found["address"]),
        ("by address", ", ".join(found["addresses"])),
        ("set-up code", found["code"] or "not needed any more: there is an administrator"),
        ("root certificate", "SHA-256 fingerprint:"),
        ("", found["fingerprint"]),
    ]
    return "\n".join([drawn.getvalue().rstrip("\n"), "", *(wrapped(text, _INDENT, name) for name, text in lines)])


def picture(found: dict[str, Any]) -> str:
    """The label as an SVG picture, to be printed.

    Args:
        found: what the API says.

    Returns:
        The whole file.
    """
    code = segno.make_qr(found["link"], error="m")
    side = code.symbol_size(scale=4, border=4)[0]
    half = len(found["fingerprint"]) // 2 + 1
    texts = [
        ("EdgeManager", found["address"]),
        ("Set-up code", found["code"] or "-"),
        ("Root certificate, SHA-256", found["fingerprint"][:half]),
        ("", found["fingerprint"][half:]),
    ]
    lines, y = [], side / 2 - _SVG_LINE * len(texts)
    for name, text in texts:
        if name:
            y += _SVG_LINE
            lines.append(f'<text x="{side}" y="{y:g}" font-size="9" fill="#555">{_escaped(name)}</text>')
        y += _SVG_LINE
        lines.append(f'<text x="{side}" y="{y:g}" font-size="12" font-family="monospace">{_escaped(text)}</text>')
    width = side + _SVG_WIDTH
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {side}" width="{width}" height="{side}"'
            ' font-family="sans-serif">',
            f'<rect width="{width}" height="{side}" fill="#fff"/>',
            str(code.svg_inline(scale=4, border=4)),
            *lines,
            "</svg>\n",
        )
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@click.command("reset-password", short_help="Give somebody a new password who forgot it.")
@click.argument("name")
@click.option("--keep-second-factor", is_flag=True, help="Leave the second factor on, if there is one.")
@json_option
@pass_console
def reset_password(console: Console, name: str, keep_second_factor: bool) -> None:
    """Give an account a new password, and switch its second factor off; its sessions end.

    It asks for the password, or reads it from standard input.

    \b
    edgectl reset-password anna
    """
    body = {"password": read_new_password(), "second_factor_off": not keep_second_factor}
    found = console.client.put(f"/accounts/{quote(name, safe='')}", body)
    console.show(found, lambda one: f"{one['name']} has a new password.")


@click.group(invoke_without_command=True, short_help="Who may log in to EdgeManager.")
@json_option
@click.pass_context
def accounts(ctx: click.Context) -> None:
    """List the accounts, or change them.

    Roles: a viewer sees the chargers, readonly sees everything, a maintainer sets up chargers, an admin decides who
    else may come in.
    """
    if ctx.invoked_subcommand is None:
        console: Console = ctx.obj
        console.show(console.client.get("/accounts"), _accounts)


@accounts.command("add", short_help="Make an account.")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may do.")
@json_option
@pass_console
def add_account(console: Console, name: str, role: str) -> None:
    """Make an account. It asks for the password, or reads it from standard input."""
    found = console.client.post("/accounts", {"name": name, "role": role, "password": read_new_password()})
    console.show(found, lambda one: f"{one['name']} can log in as {one['role']}.")


@accounts.command("role", short_help="Change an account's role.")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@json_option
@pass_console
def change_role(console: Console, name: str, role: str) -> None:
    """Change an account's role; its sessions end."""
    found = console.client.put(f"/accounts/{quote(name, safe='')}", {"role": role})
    console.show(found, lambda one: f"{one['name']} is {one['role']} now.")


@accounts.command("remove", short_help="Remove an account.")
@click.argument("name")
@json_option
@pass_console
def remove_account(console: Console, name: str) -> None:
    """Remove an account; its sessions end. The last administrator stays."""
    console.show(console.client.delete(f"/accounts/{quote(name, safe='')}"), _accounts)


@click.group(invoke_without_command=True, short_help="Tokens by which programs use the API.")
@json_option
@click.pass_context
def tokens(ctx: click.Context) -> None:
    """List the tokens of programs, or change them."""
    if ctx.invoked_subcommand is None:
        console: Console = ctx.obj
        console.show(console.client.get("/tokens"), _tokens)


@tokens.command("add", short_help="Make a token.")
@click.argument("label")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may do.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it is good for.")
@click.option("--for-ever", is_flag=True, help="It is good until it is removed.")
@json_option
@pass_console
def add_token(console: Console, label: str, role: str, days: int, for_ever: bool) -> None:
    """Make a token. It is shown this once, on standard output.

    \b
    edgectl tokens add "meter readings" --role readonly
    curl --cacert root.pem -H "Authorization: Bearer TOKEN" https://edge.lan:8443/v1/chargers
    """
    found = console.client.post("/tokens", {"label": label, "role": role, "days": None if for_ever else days})
    console.show(found, lambda made: str(made["token"]))


@tokens.command("remove", short_help="Remove a token.")
@click.argument("id")
@json_option
@pass_console
def remove_token(console: Console, id: str) -> None:
    """Remove a token, by its id in the list."""
    console.show(console.client.delete(f"/tokens/{quote(id, safe='')}"), _tokens)


def _accounts(found: dict[str, Any]) -> str:
    if not found["accounts"]:
        return "There is no account yet. The first visit to EdgeManager makes one: edgectl label"
    rows = [
        (one["name"], one["role"], "yes" if one["second_factor"] else "no", when(one["last_login"]))
        for one in found["accounts"]
    ]
    return "\n".join(table(("NAME", "ROLE", "SECOND FACTOR", "LAST LOGIN"), rows))


def _tokens(found: dict[str, Any]) -> str:
    if not found["tokens"]:
        return "There is no token. Make one: edgectl tokens add LABEL --role ROLE"
    rows = [
        (one["id"], one["label"], one["role"], when(one["ends"]) if one["ends"] else "for ever", when(one["last_used"]))
        for one in found["tokens"]
    ]
    return "\n".join(table(("ID", "LABEL", "ROLE", "ENDS", "LAST USED"), rows))
