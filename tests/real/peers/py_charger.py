"""A charge point made of `websockets` and `ocpp`, for tests: what connects to Edge.

It speaks as `talk` describes. Events: `connected` (connection, subprotocol), `refused` (the handshake got another
answer: status, headers, body), `failed` (no answer: kind, text), `message`, `control`, `closed`, `transaction`
(number), `told`. The commands are the methods of `Station` whose names begin with `do_`. The first connection is made
at once unless `--wait` is given; nothing is retried unless the test says so.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import logging
import ssl
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from ocpp.charge_point import camel_to_snake_case, remove_nones, serialize_as_dict, snake_to_camel_case
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.real.peers.talk import Line, Recorded, close_as_told, obey, reset, say, say_closed, send_as_told

KEYS = {"HeartbeatInterval": "300", "WebSocketPingInterval": "0", "ConnectionTimeOut": "60", "SecurityProfile": "1"}


def now() -> str:
    """The time as OCPP writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class UplinkLeg(Recorded, ClientConnection):
    """The charger's WebSocket."""


class Behaviour(ChargePoint):  # type: ignore[misc]  # the library has no types
    """How the charger answers the central system's CALLs.

    Args:
        station: what keeps the charger's state between connections.
        line: the connection as the library sees it.
    """

    def __init__(self, station: "Station", line: Line) -> None:
        super().__init__(station.identity, line, response_timeout=10)
        self.station = station

    @on("RemoteStartTransaction")
    def on_remote_start(self, **_: object) -> call_result.RemoteStartTransaction:
        """Accept it; the transaction begins right after the answer."""
        return call_result.RemoteStartTransaction(status="Accepted")

    @after("RemoteStartTransaction")
    async def after_remote_start(self, id_tag: str, connector_id: int = 1, **_: object) -> None:
        """Begin the transaction."""
        await self.station.start(self, id_tag, connector_id)

    @on("RemoteStopTransaction")
    def on_remote_stop(self, **_: object) -> call_result.RemoteStopTransaction:
        """Accept it; the transaction ends right after the answer."""
        return call_result.RemoteStopTransaction(status="Accepted")

    @after("RemoteStopTransaction")
    async def after_remote_stop(self, transaction_id: int, **_: object) -> None:
        """End the transaction."""
        await self.station.stop(self, transaction_id)

    @on("GetConfiguration")
    def on_get_configuration(self, key: list[str] | None = None, **_: object) -> call_result.GetConfiguration:
        """Tell the keys; never the AuthorizationKey (J-65)."""
        keys = self.station.keys
        shown = [
            {"key": name, "readonly": False, "value": value}
            for name, value in keys.items()
            if key is None or name in key
        ]
        return call_result.GetConfiguration(
            configuration_key=shown, unknown_key=[name for name in key or [] if name not in keys]
        )

    @on("ChangeConfiguration")
    def on_change_configuration(self, key: str, value: str) -> call_result.ChangeConfiguration:
        """Take any value; an AuthorizationKey is shown as its bytes from the next connection on (J-63)."""
        if key.lower() == "authorizationkey":
            try:
                self.station.password = bytes.fromhex(value)
            except ValueError:
                return call_result.ChangeConfiguration(status="Rejected")
        else:
            self.station.keys[key] = value
        return call_result.ChangeConfiguration(status="Accepted")

    @on("TriggerMessage")
    def on_trigger(self, requested_message: str, **_: object) -> call_result.TriggerMessage:
        """Accept it; the message follows the answer."""
        return call_result.TriggerMessage(status="Accepted")

    @after("TriggerMessage")
    async def after_trigger(self, requested_message: str, **_: object) -> None:
        """Send what was asked for."""
        messages = {
            "BootNotification": self.station.boot,
            "Heartbeat": call.Heartbeat(),
            "StatusNotification": call.StatusNotification(connector_id=1, error_code="NoError", status="Available"),
        }
        await self.call(messages[requested_message])

    @on("Reset")
    def on_reset(self, **_: object) -> call_result.Reset:
        """Accept it; the charger closes and connects again."""
        return call_result.Reset(status="Accepted")

    @after("Reset")
    async def after_reset(self, **_: object) -> None:
        """Come back as after a reboot."""
        await self.station.do_close({"code": 1000})
        await self.station.do_connect({})


class Station:
    """The charger's state, and what a test can tell it.

    Args:
        options: the command line.
    """

    boot = call.BootNotification(charge_point_model="Peer", charge_point_vendor="ocpp")

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.url: str = options.url
        self.user: bytes | None = None if options.user is None else bytes.fromhex(options.user)
        self.password: bytes | None = None if options.password is None else bytes.fromhex(options.password)
        self.keys = dict(KEYS)
        self.replies: dict[str, Any] = {}
        self.numbers = itertools.count(1)
        self.leg: UplinkLeg | None = None
        self.behaviour: Behaviour | None = None
        self.running: set[asyncio.Task[None]] = set()

    @property
    def identity(self) -> str:
        """The URL's last segment, decoded."""
        return unquote_to_bytes(urlsplit(self.url).path.rpartition("/")[2]).decode("utf-8", "backslashreplace")

    def headers(self) -> list[tuple[str, str]]:
        """The headers that the test or the credentials ask for."""
        headers = [(name, value) for name, _, value in (text.partition("=") for text in self.options.header)]
        if self.password is not None:
            user = self.identity.encode() if self.user is None else self.user
            headers.append(("Authorization", "Basic " + base64.b64encode(user + b":" + self.password).decode()))
        return headers

    def context(self) -> ssl.SSLContext | None:
        """What a wss URL is verified with."""
        if not self.url.startswith("wss:"):
            return None
        return ssl.create_default_context(cafile=self.options.ca)

    async def start(self, behaviour: Behaviour, tag: str, connector: int) -> int:
        """Begin a transaction; the central system's number for it."""
        answer = await behaviour.call(
            call.StartTransaction(connector_id=connector, id_tag=tag, meter_start=0, timestamp=now())
        )
        say("transaction", number=answer.transaction_id)
        return int(answer.transaction_id)

    async def stop(self, behaviour: Behaviour, number: int) -> None:
        """End a transaction."""
        await behaviour.call(call.StopTransaction(meter_stop=1234, timestamp=now(), transaction_id=number))

    async def run(self, leg: UplinkLeg) -> None:
        """One connection, from its 101 to its close."""
        with contextlib.suppress(ConnectionClosed):
            assert self.behaviour is not None
            await self.behaviour.start()
        await leg.wait_closed()
        say_closed(leg)
        if self.leg is leg:
            self.leg = self.behaviour = None

    # -- commands

    async def do_connect(self, line: dict[str, Any]) -> bool:
        """Connect, with what `url`, `user` and `password` (hexadecimal, or null) change; true: it got the 101."""
        self.url = line.get("url", self.url)
        for name in ("user", "password"):
            if name in line:
                setattr(self, name, None if line[name] is None else bytes.fromhex(line[name]))
        connection = next(self.numbers)
        parts, context = urlsplit(self.url), self.context()

        def make_leg(*arguments: Any, **options: Any) -> UplinkLeg:
            leg = UplinkLeg(*arguments, **options)
            leg.about = {"connection": connection}
            return leg

        try:
            leg = await connect(
                self.url,
                host=self.options.connect or parts.hostname,
                port=parts.port or (443 if context else 80),
                ssl=context,
                create_connection=make_leg,  # type: ignore[arg-type]  # a function serves as well
                subprotocols=[Subprotocol(name) for name in self.options.subprotocols.split(",") if name] or None,
                additional_headers=self.headers(),
                compression=None if self.options.no_compression else "deflate",
                ping_interval=self.options.ping_interval or None,
                proxy=None,
                open_timeout=60,
                close_timeout=2,
                max_size=16 * 1024 * 1024,
            )
        except InvalidStatus as refusal:
            answer = refusal.response
            say(
                "refused",
                status=answer.status_code,
                headers=[[name, value] for name, value in answer.headers.raw_items()],
                body=(answer.body or b"").decode("utf-8", "backslashreplace"),
                connection=connection,
            )
            return False
        except Exception as error:
            say("failed", kind=type(error).__name__, text=str(error), connection=connection)
            return False
        assert isinstance(leg, UplinkLeg)
        say("connected", subprotocol=leg.subprotocol, **leg.about)
        self.leg, self.behaviour = leg, Behaviour(self, Line(leg, self.replies))
        task = asyncio.create_task(self.run(leg))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return True

    async def do_call(self, line: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL (`action`, `payload`); the result is its answer's payload."""
        assert self.behaviour is not None, "not connected"
        request = getattr(call, line["action"])(**camel_to_snake_case(line.get("payload", {})))
        answer = await self.behaviour.call(request, suppress=False)
        payload: dict[str, Any] = snake_to_camel_case(remove_nones(serialize_as_dict(answer)))
        return payload

    async def do_session(self, line: dict[str, Any]) -> int:
        """Boot, show a card (`tag`), charge and stop; the result is the transaction's number."""
        assert self.behaviour is not None, "not connected"
        behaviour, tag = self.behaviour, line.get("tag", "CARD1")
        await behaviour.call(self.boot, suppress=False)
        await behaviour.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Available"))
        await behaviour.call(call.Authorize(id_tag=tag), suppress=False)
        number = await self.start(behaviour, tag, 1)
        sample = {"timestamp": now(), "sampled_value": [{"value": "1234", "unit": "Wh"}]}
        await behaviour.call(
            call.MeterValues(connector_id=1, transaction_id=number, meter_value=[sample]), suppress=False
        )
        await self.stop(behaviour, number)
        await behaviour.call(call.Heartbeat(), suppress=False)
        return number

    async def do_reply(self, line: dict[str, Any]) -> None:
        """Answer an `action` with `payload` from now on; null: not at all; without `payload`: as usual."""
        self.replies.pop(line["action"], None)
        if "payload" in line:
            self.replies[line["action"]] = line["payload"]

    async def do_send(self, line: dict[str, Any]) -> None:
        """Send exactly these octets."""
        assert self.leg is not None, "not connected"
        await send_as_told(self.leg, line)

    async def do_close(self, line: dict[str, Any]) -> None:
        """Close: `code`, `reason`; without `code` the TCP connection is reset."""
        assert self.leg is not None, "not connected"
        await close_as_told(self.leg, line)


async def main(options: argparse.Namespace) -> None:
    """Be a charger until standard input ends."""
    station = Station(options)
    names = [name for name in dir(station) if name.startswith("do_")]
    if not options.wait:
        first = asyncio.create_task(station.do_connect({}))
        station.running.add(first)  # type: ignore[arg-type]  # kept so that it is not collected
    await obey({name.removeprefix("do_"): getattr(station, name) for name in names})
    if station.leg is not None:
        reset(station.leg)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="a charge point for tests")
    parser.add_argument("--url", required=True, help="with the identity as its last segment")
    parser.add_argument("--connect", help="address to connect to instead of the URL's host")
    parser.add_argument("--ca", help="PEM file of the roots that a wss URL is verified with")
    parser.add_argument("--user", help="hexadecimal; default: the identity")
    parser.add_argument("--password", help="hexadecimal; without it no credentials are shown")
    parser.add_argument("--header", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--subprotocols", default="ocpp1.6", help="in order of preference, with commas")
    parser.add_argument("--no-compression", action="store_true")
    parser.add_argument("--ping-interval", type=float, default=0, help="seconds; 0: no pings")
    parser.add_argument("--wait", action="store_true", help="do not connect until told")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(parse()))
