"""A central system made of `websockets` and `ocpp`, for tests: the back office that Edge's uplink meets.

It speaks as `talk` describes. Events: `listening` (port), `request` (every handshake: connection, target, identity,
headers, user and password in hexadecimal), `answered` (a handshake that did not get 101: status), `connected`
(subprotocol), `message` (way, opcode, hex, fragments), `control` (way, opcode, hex), `closed` (code, reason, own_code),
`told`. Each but the first and the last has the connection's number and the charger's identity.
The commands are the methods of `Central` whose names begin with `do_`.
"""

import argparse
import asyncio
import base64
import binascii
import contextlib
import itertools
import logging
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from ocpp.charge_point import camel_to_snake_case, remove_nones, serialize_as_dict, snake_to_camel_case
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.real.peers.talk import Line, Recorded, close_as_told, obey, reset, say, say_closed, send_as_told

transactions = itertools.count(1)


def now() -> str:
    """The time as OCPP writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ChargerLeg(Recorded, ServerConnection):
    """One charger's WebSocket, and the rule of `answer` it came under."""

    rule: dict[str, Any] = {}


class Charger(ChargePoint):  # type: ignore[misc]  # the library has no types
    """How the library answers a charger's CALLs."""

    @on("BootNotification")
    def on_boot(self, **_: object) -> call_result.BootNotification:
        """Accept every boot."""
        return call_result.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def on_heartbeat(self) -> call_result.Heartbeat:
        """Tell the time."""
        return call_result.Heartbeat(current_time=now())

    @on("Authorize")
    def on_authorize(self, **_: object) -> call_result.Authorize:
        """Accept every card."""
        return call_result.Authorize(id_tag_info={"status": "Accepted"})

    @on("StartTransaction")
    def on_start(self, **_: object) -> call_result.StartTransaction:
        """Accept every transaction, with a number of its own."""
        return call_result.StartTransaction(transaction_id=next(transactions), id_tag_info={"status": "Accepted"})

    @on("StopTransaction")
    def on_stop(self, **_: object) -> call_result.StopTransaction:
        """Take the end of a transaction."""
        return call_result.StopTransaction()

    @on("MeterValues")
    def on_meter_values(self, **_: object) -> call_result.MeterValues:
        """Take meter values."""
        return call_result.MeterValues()

    @on("StatusNotification")
    def on_status(self, **_: object) -> call_result.StatusNotification:
        """Take a status."""
        return call_result.StatusNotification()

    @on("DataTransfer")
    def on_data(self, **_: object) -> call_result.DataTransfer:
        """Accept any vendor's data."""
        return call_result.DataTransfer(status="Accepted")

    @on("SecurityEventNotification")
    def on_security_event(self, **_: object) -> call_result.SecurityEventNotification:
        """Take a security event."""
        return call_result.SecurityEventNotification()


def credentials(request: Request) -> tuple[bytes, bytes] | None:
    """Basic credentials as bytes, split at the first colon; None where there are none that can be read."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(token, validate=True).partition(b":")
    except binascii.Error:
        return None
    return (user, password) if scheme.lower() == "basic" and colon else None


class Central:
    """The central system's state, and what a test can tell it.

    Args:
        options: the command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.basic: str = options.basic
        self.accounts = {
            account.rpartition("=")[0]: bytes.fromhex(account.rpartition("=")[2]) for account in options.account
        }
        self.subprotocols = [name for name in options.subprotocols.split(",") if name]
        self.legs: dict[str, ChargerLeg] = {}
        self.chargers: dict[str, Charger] = {}
        self.replies: dict[str, Any] = {}
        self.rules: list[dict[str, Any]] = []
        self.numbers = itertools.count(1)

    # -- handshakes

    async def judge(self, leg: ChargerLeg, request: Request) -> Response | None:
        """Answer a handshake: None goes on to 101."""
        raw = request.path.partition("?")[0].rpartition("/")[2]
        identity = unquote_to_bytes(raw).decode("utf-8", "backslashreplace")
        leg.about = {"connection": next(self.numbers), "identity": identity}
        shown = credentials(request)
        say(
            "request",
            target=request.path,
            headers=[[name, value] for name, value in request.headers.raw_items()],
            user=shown[0].hex() if shown else None,
            password=shown[1].hex() if shown else None,
            **leg.about,
        )
        rule = leg.rule = self.rule_for(identity)
        status = rule.get("status", 101)
        if "raw" in rule:
            leg.transport.write(bytes.fromhex(rule["raw"]))
            leg.transport.close()
        if "raw" in rule or status == 0:
            say("answered", status=0, **leg.about)
            await leg.wait_closed()
            return None
        headers = dict(rule.get("headers", {}))
        if status == 101 and not self.knows(identity, shown):
            status, headers = 401, {"WWW-Authenticate": 'Basic realm="central"'}
        if status == 101:
            return None
        say("answered", status=status, **leg.about)
        response = leg.respond(status, "no\n")
        response.headers.update(headers)
        return response

    def rule_for(self, identity: str) -> dict[str, Any]:
        """The rule of `answer` for an identity, its own before the general one; what is used up is taken away."""
        matching = [rule for name in (identity, None) for rule in self.rules if rule.get("identity") == name]
        if not matching:
            return {}
        rule = matching[0]
        if "times" in rule:
            rule["times"] -= 1
            if rule["times"] <= 0:
                self.rules.remove(rule)
        return rule

    def knows(self, identity: str, shown: tuple[bytes, bytes] | None) -> bool:
        """Whether a charger may connect with what it shows."""
        if self.basic == "none":
            return True
        if self.basic == "any":
            return shown is not None
        return shown is not None and shown[0] == identity.encode() and self.accounts.get(identity) == shown[1]

    def choose(self, _leg: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """The first of our subprotocols that was offered; 101 without the header otherwise (J-11)."""
        return next((Subprotocol(name) for name in self.subprotocols if name in offered), None)

    # -- sessions

    async def serve_charger(self, leg: ServerConnection) -> None:
        """One charger, from its 101 to its close."""
        assert isinstance(leg, ChargerLeg) and leg.request is not None
        identity = str(leg.about["identity"])
        say("connected", subprotocol=leg.subprotocol, **leg.about)
        charger = Charger(identity, Line(leg, self.replies), response_timeout=10)
        self.legs[identity], self.chargers[identity] = leg, charger
        try:
            if "greet" in leg.rule:
                await close_as_told(leg, leg.rule["greet"])
            elif leg.subprotocol is None and "Sec-WebSocket-Protocol" in leg.request.headers:
                await leg.close(1002, "no common subprotocol")
            with contextlib.suppress(ConnectionClosed):
                await charger.start()
            await leg.wait_closed()
        finally:
            say_closed(leg)
            if self.legs.get(identity) is leg:
                del self.legs[identity], self.chargers[identity]

    # -- commands

    async def do_answer(self, line: dict[str, Any]) -> None:
        """Answer handshakes otherwise than usual, until told `answer` again without `status`.

        Args:
            line: `status` (0: never answer), `headers`, `raw` (hexadecimal: these octets, then the end), `identity`
                (default: every one), `times` (default: for ever); `greet` (`close`'s fields: after a 101).
        """
        self.rules = [rule for rule in self.rules if rule.get("identity") != line.get("identity")]
        if "status" in line or "raw" in line or "greet" in line:
            self.rules.append({name: line[name] for name in line if name not in ("do", "tell")})

    async def do_account(self, line: dict[str, Any]) -> None:
        """Set what an identity must show from now on: `identity`, `password` (hexadecimal; null: taken away)."""
        self.accounts.pop(line["identity"], None)
        if line["password"] is not None:
            self.accounts[line["identity"]] = bytes.fromhex(line["password"])

    async def do_basic(self, line: dict[str, Any]) -> None:
        """Change how credentials are judged: `basic` is `none`, `any` or `known`."""
        self.basic = line["basic"]

    async def do_reply(self, line: dict[str, Any]) -> None:
        """Answer an `action` with `payload` from now on; null: not at all; without `payload`: as usual."""
        self.replies.pop(line["action"], None)
        if "payload" in line:
            self.replies[line["action"]] = line["payload"]

    async def do_call(self, line: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL (`action`, `payload`) to the charger `identity`; the result is its answer's payload."""
        request = getattr(call, line["action"])(**camel_to_snake_case(line.get("payload", {})))
        answer = await self.chargers[line["identity"]].call(request, suppress=False)
        payload: dict[str, Any] = snake_to_camel_case(remove_nones(serialize_as_dict(answer)))
        return payload

    async def do_send(self, line: dict[str, Any]) -> None:
        """Send exactly these octets to the charger `identity`."""
        await send_as_told(self.legs[line["identity"]], line)

    async def do_close(self, line: dict[str, Any]) -> None:
        """Close the charger `identity`: `code`, `reason`; without `code` the TCP connection is reset."""
        await close_as_told(self.legs[line["identity"]], line)

    async def do_close_all(self, line: dict[str, Any]) -> None:
        """Close every charger."""
        await asyncio.gather(*(close_as_told(leg, line) for leg in list(self.legs.values())))


async def main(options: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    central = Central(options)
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    server = await serve(
        central.serve_charger,
        "127.0.0.1",
        options.port,
        ssl=context,
        create_connection=ChargerLeg,
        process_request=central.judge,  # type: ignore[arg-type]  # the legs are of our own class
        select_subprotocol=central.choose,
        compression=None if options.no_compression else "deflate",
        ping_interval=options.ping_interval or None,
        max_size=16 * 1024 * 1024,
        open_timeout=60,
        close_timeout=2,
    )
    say("listening", port=server.sockets[0].getsockname()[1])
    names = [name for name in dir(central) if name.startswith("do_")]
    await obey({name.removeprefix("do_"): getattr(central, name) for name in names})
    for leg in list(central.legs.values()):
        reset(leg)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="a central system for tests")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate", help="PEM file of the TLS certificate and its chain; without it plain ws")
    parser.add_argument("--key", help="PEM file of its key")
    parser.add_argument("--basic", choices=("none", "any", "known"), default="none")
    parser.add_argument("--account", action="append", default=[], metavar="IDENTITY=HEX", help="for --basic known")
    parser.add_argument("--subprotocols", default="ocpp1.6", help="in order of preference, with commas")
    parser.add_argument("--no-compression", action="store_true")
    parser.add_argument("--ping-interval", type=float, default=0, help="seconds; 0: no pings")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(parse()))
