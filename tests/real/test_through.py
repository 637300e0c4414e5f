"""Whole conversations through a real Edge, between chargers and central systems of two foreign libraries."""

from twisted.trial.unittest import TestCase

from tests.certificates import Root
from tests.real.harness import Central, EdgeProcess, Peer, start_central, start_charger, start_edge
from tests.real.peer import write
from tests.real.steps import ODD, PASSWORD, come, frames, seen, settle

CHARGERS = [("py", "ws"), ("py", "wss"), ("rpc", "ws"), ("rpc", "wss")]
"""Every kind of charger on every kind of leg."""


class ConversationTests(TestCase):
    """Charging sessions and remote commands: the messages that one end got are those that the other end sent."""

    timeout = 120

    async def through(self, kind: str, secure: bool) -> None:
        """Every charger on every leg, through one Edge to one central system, over one kind of uplink."""
        root = Root()
        central = await start_central(self, kind, leaf=root.issue(names=["localhost"]) if secure else None)
        uplink: dict[str, object] = {"ws": central.endpoint, "wss": central.endpoint}
        if secure:
            uplink = {"secure": "always", "wss": central.endpoint, "roots": [write(self, root.pem)]}
        edge = await start_edge(self, settings={"uplink": uplink})
        for charger_kind, leg in CHARGERS:
            await self.visit(edge, central, charger_kind, leg)
        self.assertEqual(len(await seen(central, "request")), len(CHARGERS))
        self.assertNotIn(b"Traceback", edge.output)

    async def visit(self, edge: EdgeProcess, central: Central, kind: str, leg: str) -> None:
        """One charger connects, says all it can say, and one of the two ends closes."""
        identity = f"{kind}-{leg}"
        charger = start_charger(
            self, kind, edge.endpoint(leg, "localhost"), identity, password=PASSWORD, root=edge.root, wait=True
        )
        self.assertEqual((await come(charger)).get("subprotocol"), "ocpp1.6")
        await central.event("connected", identity=identity, subprotocol="ocpp1.6")
        await self.converse(charger, central, identity)
        await self.send_oddities(charger, central, identity)
        await self.same_frames(charger, central, identity)
        await charger.tell("send", fragments=['[3,"nobody asked",', "{}]"])
        await central.event("message", way="in", identity=identity, hex=b'[3,"nobody asked",{}]'.hex())
        self.assertEqual([event["hex"] for event in charger.events("control", way="in")], ["0102"])
        self.assertEqual([event["hex"] for event in central.events("control", way="in", identity=identity)], ["03"])
        if kind == "py":
            await central.tell("close", identity=identity, code=4001, reason="genug, \u00e4h")
            closed = await charger.event("closed")
        else:
            await charger.tell("close", code=3001, reason="genug, \u00e4h")
            closed = await central.event("closed", identity=identity)
        self.assertEqual((closed["code"], closed["reason"]), (4001 if kind == "py" else 3001, "genug, \u00e4h"))

    async def same_frames(self, charger: Peer, central: Central, identity: str) -> None:
        """What one end sent is what the other end got, opcode and octets, both ways."""
        await settle(charger, central)
        for way, back in (("out", "in"), ("in", "out")):
            self.assertEqual(frames(central, back, identity=identity), frames(charger, way))

    async def converse(self, charger: Peer, central: Central, identity: str) -> None:
        """A charging session, and the central system's commands."""
        await charger.tell("session")

        async def order(action: str, **payload: object) -> dict[str, object]:
            answer: dict[str, object] = await central.tell("call", identity=identity, action=action, payload=payload)
            return answer

        self.assertEqual(await order("RemoteStartTransaction", idTag="CARD2", connectorId=1), {"status": "Accepted"})
        await charger.event("transaction")
        number = (await charger.event("transaction"))["number"]
        self.assertEqual(await order("RemoteStopTransaction", transactionId=number), {"status": "Accepted"})
        await central.until(lambda: self.arrived(central, identity, b'"StopTransaction"', 2), "the transaction's end")
        self.assertEqual(
            await order("ChangeConfiguration", key="HeartbeatInterval", value="77"), {"status": "Accepted"}
        )
        found = await order("GetConfiguration", key=["HeartbeatInterval", "AuthorizationKey"])
        self.assertEqual(found["unknownKey"], ["AuthorizationKey"])
        self.assertEqual(found["configurationKey"], [{"key": "HeartbeatInterval", "readonly": False, "value": "77"}])
        self.assertEqual(await order("TriggerMessage", requestedMessage="Heartbeat"), {"status": "Accepted"})
        await central.until(lambda: self.arrived(central, identity, b'"Heartbeat"', 2), "the heartbeat asked for")

    async def send_oddities(self, charger: Peer, central: Central, identity: str) -> None:
        """What no library writes by itself; the answer to the last of it is the last message of all."""
        await charger.tell("send", ping="0102")
        await charger.event("control", opcode="pong", hex="0102")
        await central.tell("send", identity=identity, ping="03")
        await central.event("control", opcode="pong", hex="03", identity=identity)
        await charger.tell("send", hex="00ff")
        await central.event("message", way="in", identity=identity, opcode="binary", hex="00ff")
        await central.tell("send", identity=identity, text='[3,"nor here",null]')
        await charger.event("message", way="in", opcode="text", hex=b'[3,"nor here",null]'.hex())
        await charger.tell("send", text=ODD)
        await charger.until(lambda: self.arrived(charger, None, b'"odd"', 1), "the answer to what is odd")

    def arrived(self, peer: Peer, identity: str | None, text: bytes, times: int) -> bool | None:
        """Whether a peer received so many messages with a text; None: not yet."""
        wanted = {} if identity is None else {"identity": identity}
        return sum(text in message for message in peer.messages("in", **wanted)) >= times or None

    async def test_plain_to_py(self) -> None:
        """B1, E2, E3, E9, E12, E17, G1, G3: both chargers on both legs reach websockets over ws."""
        await self.through("py", secure=False)

    async def test_plain_to_rpc(self) -> None:
        """B1, E2, E3, E9, E12, G1, G3: both chargers on both legs reach ocpp-rpc over ws."""
        await self.through("rpc", secure=False)

    async def test_secure_to_py(self) -> None:
        """B1, E2, E3, E9, E12, E17, G1, G3: the same to websockets over wss, verified with a private root."""
        await self.through("py", secure=True)

    async def test_secure_to_rpc(self) -> None:
        """B1, E2, E3, E9, E12, G1, G3: the same to ocpp-rpc over wss, verified with a private root."""
        await self.through("rpc", secure=True)
