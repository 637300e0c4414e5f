"""D15: whatever happens and however much is logged, no password and no secret identity is written anywhere.

Edge runs with everything at debug level, and each field of each log event is written as Python shows it.
"""

import base64
import json
import os
import socket
import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import quote_from_bytes, unquote_to_bytes

from attrs import evolve
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import parse_endpoint
from edge_twisted.core.learning import enter_secret
from tests.certificates import Root, self_signed
from tests.real.child import BOUND
from tests.real.neighbours import knock, upgrade
from tests.real.peer import write
from tests.real.prepared import PreparedEdge
from tests.real.sockets import CentralLeg, ChargerLeg, Sockets, call, charger_request
from tests.real.steps import remember, rules_of
from tests.wire import frames

EVERYTHING = """
import logging
import os

import txaio
from twisted.logger import Logger, eventAsText, globalLogPublisher


def tell(event):
    fields = " ".join(f"{name}={value!r}" for name, value in event.items())
    os.write(2, f"{eventAsText(event)} | {fields}\\n".encode("utf-8", "backslashreplace"))


class Tell(logging.Handler):
    def emit(self, record):
        os.write(2, f"{self.format(record)} | {record.__dict__!r}\\n".encode("utf-8", "backslashreplace"))


globalLogPublisher.addObserver(tell)
logging.basicConfig(level=logging.DEBUG, handlers=[Tell()])
txaio.use_twisted()
txaio.set_global_log_level("trace")

from autobahn.twisted.websocket import WebSocketClientProtocol, WebSocketServerProtocol

import edge_twisted.desk.desk
from edge_twisted.web.office import Office
from edge_twisted.wire.bridge import Bridge

Logger(namespace="control").debug("control: Twisted")
logging.getLogger("control").debug("control: Python")
WebSocketServerProtocol.log.debug("control: Autobahn, server")
WebSocketClientProtocol.log.trace("control: Autobahn, client")

decide, look, changed = edge_twisted.desk.desk.decide, Bridge.look, Office.changed


def faulty_decide(rules, record, attempt, *others):
    if attempt.identity.startswith(b"FAULT-ADMIT"):
        raise RuntimeError(f"{attempt.identity!r} {attempt.shown and attempt.shown.password!r} {attempt!r}")
    return decide(rules, record, attempt, *others)


def faulty_look(self, source, payload, *how):
    if b"FAULT-RELAY" in payload:
        raise RuntimeError(repr(payload))
    return look(self, source, payload, *how)


def faulty_changed(self, record, change):
    if record.identity.startswith(b"FAULT-API"):
        raise RuntimeError(f"{record.identity!r} {change!r}")
    return changed(self, record, change)


edge_twisted.desk.desk.decide, Bridge.look, Office.changed = faulty_decide, faulty_look, faulty_changed
"""
CONTROLS = ("Twisted", "Python", "Autobahn, server", "Autobahn, client")
EVENTS = (
    *("started", "stopping", "attempt-refused", "request-refused", "handshake-failed", "turned-away", "uplink-failed"),
    *("session-opened", "served", "learned", "session-ended", "alarm", "internal"),
)
"""Codes of the events that must have been logged, or the test would prove nothing."""

KEY = "0F0E0D0C0B0A09080706050403020100FEDCBA98"
"""The AuthorizationKey that the central system sets."""


class Secrets:
    """What must not be found, in all its forms."""

    def __init__(self) -> None:
        self._needles: dict[bytes, str] = {}

    def password(self, password: bytes, *users: str) -> bytes:
        """A password, and the header values that it stands in.

        Args:
            password: its octets.
            users: user names with which it is shown.
        """
        shown = [password, password.decode("latin-1").encode(), repr(password)[2:-1].encode()]
        tokens = [base64.b64encode(user.encode() + b":" + password) for user in users]
        tokens.append(base64.b64encode(password))
        for needle in (*shown, *(token.rstrip(b"=") for token in tokens)):
            self._needles[needle] = f"password {password!r}"
        for digits in (password.hex(), password.hex().upper()):
            self._needles[digits.encode()] = f"password {password!r} in hexadecimal"
        return password

    def identity(self, segment: str) -> str:
        """The identity of a charger without a password.

        Args:
            segment: as it stands in the URL.
        """
        identity = unquote_to_bytes(segment)
        forms = [segment.encode(), identity, quote_from_bytes(identity, safe="").encode(), base64.b64encode(identity)]
        for needle in (*forms, identity.hex().encode()):
            self._needles[needle.rstrip(b"=")] = f"identity {segment}"
        return segment

    def found_in(self, data: bytes) -> list[str]:
        """Which of them stand in some octets, each with a piece of what is around it."""
        return [
            f"{what}: {data[max(0, data.find(needle) - 80) : data.find(needle) + 80]!r}"
            for needle, what in self._needles.items()
            if needle in data
        ]


class SecrecyTests(TestCase):
    """One Edge, and all that can happen to it."""

    timeout = 240

    async def prepare(self) -> None:
        """Start central systems and Edge, with what a maintainer entered."""
        self.secrets = Secrets()
        self.sockets = Sockets(self)
        root = Root()
        self.plain = self.sockets.central()
        self.secure = self.sockets.central(root.issue(addresses=["127.0.0.1"]))
        self.alien = self.sockets.central(self_signed(addresses=["127.0.0.1"]))
        self.rules: dict[str, int | bytes | None] = {}
        for central in (self.plain, self.secure):
            central.judge = lambda leg: self.rules.get(leg.identity, 101)
        self.edge = PreparedEdge(
            self,
            {
                "uplink": {
                    "ws": self.plain.endpoint,
                    "wss": self.secure.endpoint,
                    "roots": [write(self, root.pem)],
                },
                "limits": {"dial_seconds": 2, "dials_seconds": 10, "message_bytes": 65536, "ping_seconds": 1},
            },
        )
        self.edge.first = EVERYTHING

    async def start(self) -> None:
        """Start Edge."""
        await self.edge.start()
        self.ws, self.wss = self.edge.ports["ws"][0], self.edge.ports["wss"][0]

    async def enter(self, identity: str, password: bytes) -> None:
        """Enter a password for a charger, which the charger shows itself."""
        credentials = Credentials(identity.encode(), password)
        rules = rules_of(self.edge)
        await remember(
            self.edge, identity, lambda record: enter_secret(rules, record, credentials, "same", time.time())
        )

    async def endpoint(self, identity: str, endpoint: str) -> None:
        """Set a charger's endpoint."""
        parsed = parse_endpoint(endpoint)
        await remember(self.edge, identity, lambda record: evolve(record, endpoint=parsed))

    async def come(
        self, status: int, segment: str, password: bytes | None = None, *headers: bytes, wss: bool = False, **other: str
    ) -> ChargerLeg:
        """Come as a charger, and see the answer's status."""
        port, root = (self.wss, self.edge.root) if wss else (self.ws, None)
        leg = await self.sockets.charger(port, segment, password, headers=headers, **{"root": root, **other})  # type: ignore[arg-type]  # as the test needs it
        self.assertEqual(leg.status, status, segment)
        return leg

    async def come_until_held_off(self, segment: str) -> None:
        """Come to a charger's uplink that fails, until Edge asks there no more: each time it waits longer."""
        await self.come(502, segment)
        for _ in range(6):
            charger = await self.sockets.charger(self.ws, segment)
            if charger.status == 503:
                return
            self.assertEqual(charger.status, 502)
        self.fail("no hold-off")

    async def serve(self, charger: ChargerLeg) -> None:
        """Let the central system answer a charger."""
        charger.send(call(1))
        await charger.message()

    async def test_nothing_is_told(self) -> None:
        """No password, header value or secret identity stands in the output or the state directory."""
        await self.prepare()
        await self.before()
        await self.start()
        await self.served()
        await self.refused_by_edge()
        await self.refused_by_the_central_system()
        await self.central_system_in_trouble()
        await self.two_of_one_identity()
        await self.broken_requests()
        await self.tls_failures()
        await self.bad_frames()
        await self.hostile_central_system()
        await self.keys()
        await self.entered_over_the_api()
        await self.faults()
        self.search(running=True)
        await self.edge.restart()
        self.ws, self.wss = self.edge.ports["ws"][0], self.edge.ports["wss"][0]
        await self.served()
        await self.edge.stop()
        self.search(running=False)

    def search(self, *, running: bool) -> None:
        """Look at everything that was written."""
        output = self.edge.output
        self.assertEqual(self.secrets.found_in(output), [])
        paths = [path for path in self.edge.state.rglob("*") if path.is_file()]
        searched = [path for path in paths if path.parent != self.edge.state / "keys"]
        for path in searched:
            self.assertEqual(self.secrets.found_in(path.read_bytes()), [], path)
            self.assertEqual(self.secrets.found_in(str(path).encode()), [])
        names = {path.name for path in searched}
        wanted = {"edgeproxy.db", "ports.json", "root.pem"} | ({"edgeproxy.db-wal"} if running else set())
        self.assertEqual(wanted - names, set())
        for control in CONTROLS:
            self.assertIn(f"control: {control}".encode(), output)
        codes = [code for code in EVENTS if f"code='{code}'".encode() not in output]
        self.assertEqual(codes, [] if not running else ["stopping"])
        self.assertIn(b"LEARNED-BASIC-CHARGER", output)  # whose password proves it, so that its identity is no secret

    # --- what happens ------------------------------------------------------------------------------------------------

    async def before(self) -> None:
        """What a maintainer entered."""
        secrets = self.secrets
        self.entered = secrets.password(b"entered-password-4711", "ENTERED-WRONG", "ENTERED-REFUSED", "ENTERED-RIGHT")
        for identity in ("ENTERED-WRONG", "ENTERED-REFUSED", "ENTERED-RIGHT"):
            await self.enter(identity, self.entered)
        self.blocked = secrets.identity("NAKED-BLOCKED-CHARGER")
        await remember(self.edge, self.blocked, lambda record: evolve(record, blocked=True))
        self.dead = secrets.identity("NAKED-DEAD-ENDPOINT")
        await self.endpoint(self.dead, "ws://127.0.0.1:9")
        self.strange = secrets.identity("NAKED-ALIEN-ENDPOINT")
        await self.endpoint(self.strange, self.alien.endpoint)
        self.open_air = secrets.identity("OPEN-AIR-CHARGER")
        await self.endpoint(self.open_air, "ws://192.0.2.1:80/path")

    async def served(self) -> None:
        """With and without a password, on both ports; learned."""
        secrets = self.secrets
        for segment in ("NAKED-SERVED-CHARGER", "NAKED%20SPACE%2FAND%C3%84SLASH", "NAKED%FFBYTES%3ACOLON"):
            await self.serve(await self.come(101, secrets.identity(segment)))
        await self.serve(await self.come(101, secrets.identity("NAKED-SECURE-CHARGER"), wss=True))
        learned = secrets.password(b"shown-and-learned-0815", "LEARNED-BASIC-CHARGER")
        await self.serve(await self.come(101, "LEARNED-BASIC-CHARGER", learned, wss=True))
        octets = secrets.password(bytes.fromhex("00ff3a0d0a8081c3283d7f1011121314151617aa"), "LEARNED-OCTETS")
        await self.serve(await self.come(101, "LEARNED-OCTETS", octets))
        await self.serve(await self.come(101, "ENTERED-RIGHT", self.entered))
        query = secrets.password(b"password-in-the-query")
        await self.serve(await self.come(101, secrets.identity("NAKED-WITH-QUERY") + "?token=" + query.decode()))

    async def refused_by_edge(self) -> None:
        """401, 403, 404, 426, 429, 502 and no version in common."""
        secrets = self.secrets
        wrong = secrets.password(b"wrong-guess-at-password", "ENTERED-WRONG")
        for _ in range(10):
            await self.come(401, "ENTERED-WRONG", wrong)
        await self.come(429, "ENTERED-WRONG", wrong)
        await self.come(401, "ENTERED-RIGHT")
        await self.come(403, self.blocked)
        page = secrets.identity("NAKED-FROM-A-BROWSER")
        await self.come(403, page, None, b"Sec-Fetch-Site: cross-site", b"Cookie: session=" + wrong)
        await self.come(404, secrets.identity("NAKED-TRAILING-SLASH") + "/")
        aired = secrets.password(b"not-for-the-open-air", self.open_air)
        await self.come(502, self.open_air, aired)
        request = upgrade(b"/" + secrets.identity("NAKED-NEWER-CHARGER").encode(), b"Sec-WebSocket-Protocol: ocpp2.0.1")
        newer = await self.sockets.connect(self.ws, request)
        self.assertEqual(await newer.answered(), 101)
        visit = await self.sockets.connect(
            self.ws, b"GET /" + secrets.identity("NAKED-VISITOR").encode() + b" HTTP/1.1\r\n\r\n"
        )
        self.assertEqual(await visit.answered(), 426)

    async def refused_by_the_central_system(self) -> None:
        """401, 403 and 404, the first time and from the cache; a refused password of our own, and the hold-off."""
        secrets = self.secrets
        for status in (401, 403, 404):
            naked = secrets.identity(f"NAKED-REFUSED-{status}-CHARGER")
            shown = secrets.password(b"refused-with-%d-password" % status, f"BASIC-REFUSED-{status}")
            self.rules |= {naked: status, f"BASIC-REFUSED-{status}": status}
            for _ in range(2):
                await self.come(status, naked)
                await self.come(status, f"BASIC-REFUSED-{status}", shown)
        self.rules["ENTERED-REFUSED"] = 401
        for _ in range(2):
            await self.come(503, "ENTERED-REFUSED", self.entered)

    async def central_system_in_trouble(self) -> None:
        """502, 503, 504, redirects and nonsense, then the hold-off."""
        secrets = self.secrets
        await self.come_until_held_off(self.dead)
        for number, answer in enumerate(
            (
                429,
                503,
                b"HTTP/1.1 302 Found\r\nLocation: wss://NAME:%s@other.example/%s?%s\r\n\r\n",
                b"HTTP/1.1 500 %s\r\nServer: %s\r\n\r\n%s",
                b"SSH-2.0-%s %s %s\r\n\r\n",
                None,
            )
        ):
            naked = secrets.identity(f"NAKED-TROUBLED-{number}-CHARGER")
            password = secrets.password(b"troubled-%d-password" % number, f"BASIC-TROUBLED-{number}")
            quoted = (password, naked.encode(), password.hex().encode())
            self.rules[naked] = answer % quoted if isinstance(answer, bytes) else answer
            self.rules[f"BASIC-TROUBLED-{number}"] = self.rules[naked]
            status = {0: 429, 1: 503, 5: 504}.get(number, 502)
            await self.come(status, naked)
            await self.come(status, f"BASIC-TROUBLED-{number}", password)

    async def two_of_one_identity(self) -> None:
        """A rival from elsewhere, a replacement, a clash."""
        secrets = self.secrets
        naked = secrets.identity("NAKED-RIVALLED-CHARGER")
        await self.serve(await self.come(101, naked))
        await self.come(503, naked, source="127.0.0.2")
        mine = secrets.password(b"password-of-incumbent", "BASIC-RIVALLED")
        other = secrets.password(b"password-of-newcomer", "BASIC-RIVALLED")
        await self.serve(await self.come(101, "BASIC-RIVALLED", mine))
        await self.come(503, "BASIC-RIVALLED", other, source="127.0.0.2")
        for _ in range(3):
            await self.serve(await self.come(101, "BASIC-RIVALLED", mine))
        await self.come(503, "BASIC-RIVALLED", mine)

    async def broken_requests(self) -> None:
        """Heads that cannot be served, with credentials in them."""
        secrets = self.secrets
        token = secrets.password(b"broken-credentials-token").decode()
        naked = secrets.identity("NAKED-BROKEN-CHARGER")
        for value in ("Basic !" + token, "Bearer " + token, "Basic " + base64.b64encode(token.encode()).decode()):
            await self.come(401, naked, None, f"Authorization: {value}".encode())
        await self.come(400, naked, token.encode(), b"Authorization: Basic " + base64.b64encode(token.encode()))
        await self.come(400, naked, None, b"X-Long: " + token.encode() * 2000)
        await self.come(400, naked, None, b"Content-Length: 5 " + token.encode())
        secrets.password(token.encode(), naked)
        half = charger_request(naked, token.encode())[:-3]
        leaver = await self.sockets.connect(self.ws, half)
        leaver.abort()
        await leaver.over()

    async def tls_failures(self) -> None:
        """Wrong kinds of traffic with a whole request in it, distrust on either side."""
        secrets = self.secrets
        naked = secrets.identity("NAKED-WRONG-KIND")
        password = secrets.password(b"plain-on-the-wss-port", naked)
        answer = await knock(self, self.wss, charger_request(naked, password))
        self.assertTrue(answer.startswith(b"HTTP/1.1 400"))
        with_tls = await self.sockets.connect(self.ws, charger_request(naked, password), self.edge.root)
        self.assertEqual(await with_tls.answered(), 0)
        stranger = await self.sockets.connect(self.wss, charger_request(naked, password), Root().pem)
        self.assertEqual(await stranger.answered(), 0)
        await self.come_until_held_off(self.strange)

    async def bad_frames(self) -> None:
        """Frames that break the protocol, with secrets in them; too much before the 101."""
        secrets = self.secrets
        said = secrets.password(b"said-in-a-bad-frame")
        bad = (
            frames.frame(frames.TEXT, said, masked=False),
            frames.frame(frames.TEXT, said + b"\xff", masked=True),
            frames.frame(frames.TEXT, said * 5000, masked=True),
            frames.frame(frames.TEXT, said, masked=True, rsv=7),
            frames.frame(11, said, masked=True),
            frames.close(4000, said, masked=True),
            frames.close(1005, said, masked=True),
            frames.close(4000, said + b"\xff", masked=True),
        )
        chargers = []
        for number, data in enumerate(bad):
            charger = await self.come(101, secrets.identity(f"NAKED-BAD-FRAME-{number}"))
            await self.serve(charger)
            charger.write(data)
            chargers.append(charger)
        for charger in chargers:
            await charger.over()
        early = secrets.identity("NAKED-TOO-EARLY")
        self.rules[early] = None
        charger = await self.sockets.connect(self.ws, charger_request(early) + said * 5000)
        self.assertEqual(await charger.answered(), 400)

    async def hostile_central_system(self) -> None:
        """Turned away after the 101, with a reason that tells everything; frames that break the protocol."""
        secrets = self.secrets
        password = secrets.password(b"told-in-a-reason", "BASIC-TOLD")
        hostile = (
            frames.close(1008, password, masked=False),
            frames.close(1008, password + b"\xff", masked=False),
            frames.close(1014, password, masked=False),
            frames.frame(frames.TEXT, password + b"\xff", masked=False),
            frames.frame(frames.TEXT, password, masked=True),
        )
        chargers = []
        for number, data in enumerate(hostile):
            identity = secrets.identity(f"NAKED-TOLD-{number}-CHARGER")
            chargers.append(await self.come(101, identity))
            (await self.plain.leg(identity)).write(data)
        for charger in chargers:
            await charger.over()
        charger = await self.come(101, "BASIC-TOLD", password)
        (await self.plain.leg("BASIC-TOLD")).write(frames.close(3000, b"BASIC-TOLD:" + password, masked=False))
        await charger.over()

    async def keys(self) -> None:
        """The central system sets and reads the AuthorizationKey."""
        key = bytes.fromhex(KEY)
        self.secrets.password(key, "LEARNED-BASIC-CHARGER")
        naked = self.secrets.identity("NAKED-KEY-CHARGER")
        for identity, password in (("BASIC-KEY-CHARGER", b"password-before-the-key"), (naked, None)):
            if password:
                self.secrets.password(password, identity)
            charger = await self.come(101, identity, password)
            await self.serve(charger)
            central: CentralLeg = await self.plain.leg(identity)
            for number, status in enumerate(("Rejected", "Accepted")):
                central.send(call(f"set-{number}", "ChangeConfiguration", {"key": "AuthorizationKey", "value": KEY}))
                await charger.message(1 + number)
                charger.send(f'[3,"set-{number}",{{"status":"{status}"}}]'.encode())
            central.send(call("get", "GetConfiguration", {"key": ["authorizationkey"]}))
            await charger.message(3)
            shown = f'{{"key":"AuthorizationKey","readonly":false,"value":"{KEY}"}}'
            charger.send(f'[3,"get",{{"configurationKey":[{shown}]}}]'.encode())
            await central.message(3)
            charger.abort()
            await central.over()
        self.secrets.password(key, "BASIC-KEY-CHARGER")
        await self.serve(await self.come(101, "BASIC-KEY-CHARGER", key))

    async def ask(self, method: str, path: str, **body: object) -> int:
        """Ask the API, and see that no secret stands in its answer; the status."""

        def go() -> tuple[int, bytes]:
            connection = HTTPConnection("localhost", timeout=BOUND)
            connection.sock = socket.socket(socket.AF_UNIX)
            with closing(connection.sock) as plain:
                # Over the directory's descriptor: the path of a test's folder can be too long for a socket.
                directory = os.open(self.edge.state, os.O_PATH | os.O_DIRECTORY)
                try:
                    plain.connect(f"/proc/self/fd/{directory}/control.sock")
                finally:
                    os.close(directory)
                connection.request(method, f"/v1{path}", json.dumps(body) if body else None)
                response = connection.getresponse()
                return response.status, response.read()

        status, answer = await deferToThread(go)
        self.assertEqual(self.secrets.found_in(answer), [], path)
        return int(status)

    async def entered_over_the_api(self) -> None:
        """A maintainer enters and tries passwords, blocks a charger, and reads everything that there is to read."""
        secrets = self.secrets
        password = secrets.password(b"entered-over-the-api", "API-ENTERED").decode()
        token = secrets.password(b"entered-as-base64", "API-ENTERED")
        naked = secrets.identity("NAKED-BLOCKED-BY-API")
        uplink = "/chargers/API-ENTERED/uplink?new=1"
        self.assertEqual(await self.ask("PUT", uplink, password=password), 409)
        self.assertEqual(await self.ask("PUT", uplink, password=password, shows="same"), 200)
        basic = base64.b64encode(b"API-ENTERED:" + token).decode()
        self.assertEqual(await self.ask("PUT", uplink, password=password, basic_base64=basic, shows="same"), 422)
        self.assertEqual(await self.ask("PUT", uplink, password_hex=password, shows="same"), 422)
        self.assertEqual(await self.ask("PUT", uplink, basic_base64=basic, shows="same"), 200)
        self.assertEqual(await self.ask("PUT", uplink, passwords=password), 422)
        self.assertEqual(await self.ask("POST", "/chargers/API-ENTERED/test", password=password, shows="same"), 200)
        await self.serve(await self.come(101, "API-ENTERED", token))
        self.assertEqual(await self.ask("POST", f"/chargers/{naked}/block?new=1"), 200)
        await self.come(403, naked)
        self.assertEqual(
            await self.ask("PUT", "/chargers/FAULT-API/uplink?new=1", password=password, shows="same"), 500
        )
        for path in ("/chargers", "/events?limit=1000", f"/chargers/{naked}", "/chargers/LEARNED-BASIC-CHARGER"):
            self.assertEqual(await self.ask("GET", path), 200, path)

    async def faults(self) -> None:
        """Exceptions within Edge whose texts hold everything."""
        password = self.secrets.password(b"password-in-a-fault", "FAULT-ADMIT-BASIC")
        await self.come(503, self.secrets.identity("FAULT-ADMIT-NAKED"))
        await self.come(503, "FAULT-ADMIT-BASIC", password)
        for kind, more in (("SHORT", b""), ("LONG", b"\xc3\xa9")):  # by the shortcut, and by all that stands beside it
            naked = self.secrets.identity(f"NAKED-FAULTY-CHARGER-{kind}")
            charger = await self.come(101, naked)
            charger.send(call(1, "DataTransfer", {"vendorId": "FAULT-RELAY " + naked + password.decode()}) + more)
            await charger.over()
            self.assertEqual(charger.closed, 1001)


class SearchTests(TestCase):
    """The search itself."""

    def test_forms(self) -> None:
        """Each form of a secret is found, and nothing where there is none."""
        secrets = Secrets()
        secrets.password(b"p\xc3\xa4ss:w", "CP 1")
        secrets.identity("A%20B%2FC")
        header = base64.b64encode(b"CP 1:p\xc3\xa4ss:w")
        for data in (
            b"p\xc3\xa4ss:w",
            b"70c3a473733a77",
            b"70C3A473733A77",
            header,
            rb"b'p\xc3\xa4ss:w'",
            b"x A B/C x",
        ):
            self.assertEqual(len(secrets.found_in(b"before " + data + b" after")), 1, data)
        self.assertEqual(len(secrets.found_in(b"/ocpp/A%20B%2FC ")), 1)
        self.assertEqual(secrets.found_in(b"A B, C, 70c3, CP 1"), [])
