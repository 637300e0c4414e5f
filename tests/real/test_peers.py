"""The outside peers against each other, without Edge: what holds here and not through Edge is Edge's doing."""

import base64

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from tests.certificates import Root
from tests.real.harness import Central, Peer, PeerError, start_central, start_charger

PASSWORD = bytes.fromhex("0001020304050607ffffffffff3affff0dffffff")
"""Twenty octets with NUL, colon and CR among them, and no UTF-8."""

PAIRS = [("py", "py"), ("rpc", "rpc"), ("py", "rpc"), ("rpc", "py")]
"""Charger, central system."""

MIXED = [("py", "rpc"), ("rpc", "py")]
"""Every charger and every central system once."""

ODD = '[2,"odd","DataTransfer",{ "vendorId" : "x", "data":"\\u00e9 1.00 1e3", "vendorId":"x" }]'
"""A CALL that nobody would write again in the same way."""


def says(peer: Peer, text: bytes, times: int, way: str = "in") -> bool | None:
    """Whether a peer received, or sent, so many messages with a text; None: not yet."""
    return sum(text in message for message in peer.messages(way)) >= times or None


class PeerTests(TestCase):
    """Chargers and central systems of two foreign libraries, in pairs."""

    timeout = 120

    async def pair(
        self, kinds: tuple[str, str], *, secure: bool = False, identity: str = "CP1"
    ) -> tuple[Peer, Central]:
        """A charger of one kind connected with a central system of another."""
        charger_kind, central_kind = kinds
        root = Root() if secure else None
        central = await start_central(
            self,
            central_kind,
            leaf=root.issue(names=["localhost"], addresses=["127.0.0.1"]) if root else None,
            basic="known",
            accounts={identity: PASSWORD},
        )
        charger = start_charger(
            self, charger_kind, central.endpoint, identity, password=PASSWORD, root=root.pem if root else None
        )
        await charger.event("connected", subprotocol="ocpp1.6")
        await central.event("connected", identity=identity, subprotocol="ocpp1.6")
        return charger, central

    async def converse(self, charger: Peer, central: Central) -> None:
        """Both run through what they can say; each saw exactly what the other sent."""
        await charger.tell("session")
        answer = await central.tell(
            "call", identity="CP1", action="RemoteStartTransaction", payload={"idTag": "CARD2", "connectorId": 1}
        )
        self.assertEqual(answer, {"status": "Accepted"})
        await charger.event("transaction")
        await charger.event("transaction")
        answer = await central.tell(
            "call",
            identity="CP1",
            action="GetConfiguration",
            payload={"key": ["HeartbeatInterval", "AuthorizationKey"]},
        )
        self.assertEqual(answer["unknownKey"], ["AuthorizationKey"])
        self.assertEqual([key["value"] for key in answer["configurationKey"]], ["300"])
        await central.tell("call", identity="CP1", action="TriggerMessage", payload={"requestedMessage": "Heartbeat"})
        await central.until(lambda: says(central, b'"Heartbeat"', 2), "the heartbeat that was asked for")
        await charger.tell("send", text=ODD)
        await central.event("message", way="in", hex=ODD.encode().hex())
        await central.until(lambda: says(central, b'"odd"', 1, "out"), "its answer")
        await charger.until(lambda: says(charger, b'"odd"', 1), "its arrival")
        self.assertEqual(central.messages("in"), charger.messages("out"))
        self.assertEqual(charger.messages("in"), central.messages("out"))

    async def close(self, charger: Peer, central: Central) -> None:
        """The central system's close code reaches the charger."""
        await central.tell("close", identity="CP1", code=4001, reason="enough")
        closed = await charger.event("closed")
        self.assertEqual((closed["code"], closed["reason"]), (4001, "enough"))
        await central.event("closed")

    async def test_conversation(self) -> None:
        """Each pair runs a charging session and remote commands over ws, octet for octet, and closes."""
        for kinds in PAIRS:
            charger, central = await self.pair(kinds)
            await self.converse(charger, central)
            await self.close(charger, central)

    async def test_secure_conversation(self) -> None:
        """The same over wss, with a certificate of a private root."""
        for kinds in PAIRS:
            charger, central = await self.pair(kinds, secure=True)
            await self.converse(charger, central)
            await self.close(charger, central)

    async def test_binary_password(self) -> None:
        """Twenty octets of any value arrive at either central system as they are."""
        for kinds in MIXED:
            _charger, central = await self.pair(kinds)
            [request] = central.events("request")
            self.assertEqual(bytes.fromhex(request["password"]), PASSWORD)
            self.assertEqual(bytes.fromhex(request["user"]), b"CP1")
            shown = {name.lower(): value for name, value in request["headers"]}["authorization"]
            self.assertEqual(shown, "Basic " + base64.b64encode(b"CP1:" + PASSWORD).decode())

    async def test_encoded_identity(self) -> None:
        """An identity with a bar, a blank and a slash is one encoded segment, and its user name is not encoded."""
        for kinds in MIXED:
            _charger, central = await self.pair(kinds, identity="RDAM|12 3/4")
            [request] = central.events("request")
            self.assertEqual(request["target"], "/RDAM%7C12%203%2F4")
            self.assertEqual(request["identity"], "RDAM|12 3/4")
            self.assertEqual(bytes.fromhex(request["user"]), b"RDAM|12 3/4")

    async def test_wrong_password(self) -> None:
        """A central system that knows better refuses with 401, and the charger says so."""
        for charger_kind, central_kind in MIXED:
            central = await start_central(self, central_kind, basic="known", accounts={"CP1": PASSWORD})
            charger = start_charger(self, charger_kind, central.endpoint, "CP1", password=b"wrong")
            self.assertEqual((await charger.event("refused"))["status"], 401)
            self.assertFalse(await charger.tell("connect", password=None))
            self.assertTrue(await charger.tell("connect", password=PASSWORD.hex()))

    async def test_told_answers(self) -> None:
        """A central system answers handshakes as told, so many times, for one identity or for all."""
        for charger_kind, central_kind in MIXED:
            central = await start_central(self, central_kind)
            await central.tell("answer", status=503, times=1)
            await central.tell("answer", status=404, identity="CP2")
            charger = start_charger(self, charger_kind, central.endpoint, "CP1")
            other = start_charger(self, charger_kind, central.endpoint, "CP2", wait=True)
            self.assertEqual((await charger.event("refused"))["status"], 503)
            self.assertFalse(await other.tell("connect"))
            self.assertEqual((await other.event("refused"))["status"], 404)
            self.assertTrue(await charger.tell("connect"))
            await central.tell("answer", identity="CP2")
            self.assertTrue(await other.tell("connect"))

    async def test_turned_away_after_101(self) -> None:
        """A central system can close right after its 101."""
        for charger_kind, central_kind in MIXED:
            central = await start_central(self, central_kind)
            await central.tell("answer", greet={"code": 1008, "reason": "unknown"})
            charger = start_charger(self, charger_kind, central.endpoint, "CP1")
            await charger.event("connected")
            self.assertEqual((await charger.event("closed"))["code"], 1008)

    async def test_untrusted_certificate(self) -> None:
        """A charger without the right root does not connect to wss."""
        for charger_kind, central_kind in MIXED:
            leaf = Root().issue(names=["localhost"], addresses=["127.0.0.1"])
            central = await start_central(self, central_kind, leaf=leaf)
            charger = start_charger(self, charger_kind, central.endpoint, "CP1", root=Root().pem)
            await charger.event("failed")
            self.assertEqual(central.events("request"), [])

    async def test_other_address(self) -> None:
        """A charger can be told the address of a name that the machine does not know."""
        root = Root()
        leaf = root.issue(names=["edge.lan"], addresses=[])
        for charger_kind, central_kind in MIXED:
            central = await start_central(self, central_kind, leaf=leaf)
            charger = start_charger(
                self, charger_kind, f"wss://edge.lan:{central.port}", "CP1", root=root.pem, connect="127.0.0.1"
            )
            await charger.event("connected")

    async def test_key_change(self) -> None:
        """A charger that accepted an AuthorizationKey shows its octets from its next connection on (J-63)."""
        new = bytes(range(20))
        for kinds in MIXED:
            charger, central = await self.pair(kinds)
            await central.event("request")
            payload = {"key": "AuthorizationKey", "value": new.hex()}
            answer = await central.tell("call", identity="CP1", action="ChangeConfiguration", payload=payload)
            self.assertEqual(answer, {"status": "Accepted"})
            await central.tell("account", identity="CP1", password=new.hex())
            await central.tell("call", identity="CP1", action="Reset", payload={"type": "Soft"})
            self.assertEqual(bytes.fromhex((await central.event("request"))["password"]), new)
            await central.event("connected", connection=2)

    async def test_told_replies(self) -> None:
        """A charger answers an action as told, or not at all."""
        for kinds in MIXED:
            charger, central = await self.pair(kinds)
            payload = {"key": "HeartbeatInterval", "value": "1"}
            await charger.tell("reply", action="ChangeConfiguration", payload={"status": "RebootRequired"})
            answer = await central.tell("call", identity="CP1", action="ChangeConfiguration", payload=payload)
            self.assertEqual(answer, {"status": "RebootRequired"})
            with self.assertRaises(PeerError) as raised:
                await central.tell("call", identity="CP1", action="ClearCache")
            self.assertIn(raised.exception.code, ("NotSupported", "NotImplemented"))

    async def test_octets(self) -> None:
        """Binary messages, fragments and pings are recorded as they came; a reset is a close without a code."""
        for kinds in MIXED:
            charger, central = await self.pair(kinds)
            await charger.tell("send", hex="00ff")
            await central.event("message", opcode="binary", hex="00ff")
            await charger.tell("send", fragments=['[3,"none",', "{}]"])
            await central.event("message", opcode="text", hex=b'[3,"none",{}]'.hex())
            await charger.tell("send", ping="0102")
            await central.event("control", opcode="ping", hex="0102")
            await charger.event("control", opcode="pong", hex="0102")
            await central.tell("close", identity="CP1")
            self.assertIs((await charger.event("closed"))["code"], None)

    async def test_many(self) -> None:
        """One central system serves many chargers at once, and reports each by its identity."""
        central = await start_central(self)
        chargers = [start_charger(self, "py", central.endpoint, f"CP{number}") for number in range(4)]
        runs = [Deferred.fromCoroutine(self.run_one(charger)) for charger in chargers]
        await gatherResults(runs)
        for number in range(4):
            await central.event("message", way="in", identity=f"CP{number}")

    async def run_one(self, charger: Peer) -> None:
        """One charger's session."""
        await charger.event("connected")
        await charger.tell("session")
