"""Subprotocols through a real Edge: what is offered up, what is chosen, and what the charger is told."""

from twisted.trial.unittest import TestCase

from tests.real.harness import Central, Peer, start_central, start_charger, start_edge
from tests.real.steps import come, frames, header, seen, settle


class SubprotocolTests(TestCase):
    """Chargers that offer something else than ocpp1.6 alone."""

    timeout = 120

    async def meet(self, offered: str, served: str = "ocpp1.6") -> tuple[Peer, Central]:
        """A charger that offers some protocols, and a central system that knows some, both with commas."""
        central = await start_central(self, options=["--subprotocols", served])
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        charger = start_charger(self, "py", edge.endpoint(), "CP1", options=["--subprotocols", offered], wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        return charger, central

    async def offer(self, central: Central) -> str:
        """What Edge offered."""
        [request] = await seen(central, "request")
        return header(request, "Sec-WebSocket-Protocol")

    async def test_newer_one_too(self) -> None:
        """B2: of ocpp2.0.1 and ocpp1.6 the latter is on both legs, also where the central system knows both."""
        for served in ("ocpp1.6", "ocpp2.0.1,ocpp1.6"):
            charger, central = await self.meet("ocpp2.0.1,ocpp1.6", served)
            await charger.event("connected", subprotocol="ocpp1.6")
            await central.event("connected", subprotocol="ocpp1.6")
            self.assertEqual(await self.offer(central), "ocpp1.6")
            await charger.tell("session")

    async def test_older_one(self) -> None:
        """B3: where the central system chooses ocpp1.5, the charger is told so."""
        charger, central = await self.meet("ocpp1.6,ocpp1.5", "ocpp1.5")
        await charger.event("connected", subprotocol="ocpp1.5")
        self.assertEqual(await self.offer(central), "ocpp1.6, ocpp1.5")

    async def test_none_offered(self) -> None:
        """B7: a charger that offers none is answered without the header, is ocpp1.6 up, and messages flow."""
        charger, central = await self.meet("")
        await charger.event("connected", subprotocol=None)
        await central.event("connected", subprotocol="ocpp1.6")
        await charger.tell("session")
        payload = {"key": ["HeartbeatInterval"]}
        await central.tell("call", identity="CP1", action="GetConfiguration", payload=payload)
        await settle(charger, central)
        self.assertEqual(frames(central, "in"), frames(charger, "out"))
        self.assertEqual(frames(central, "out"), frames(charger, "in"))

    async def test_unsupported(self) -> None:
        """B4, B5: who offers only what is not carried gets a 101 without the header and a close; nobody is dialled."""
        for offered in ("ocpp2.0.1", "OCPP1.6"):
            charger, central = await self.meet(offered)
            await charger.event("connected", subprotocol=None)
            self.assertEqual((await charger.event("closed"))["code"], 1002)
            self.assertEqual(await seen(central, "request"), [])

    async def test_unsupported_above(self) -> None:
        """B8: a central system that answers without the header and closes has the charger told the same."""
        charger, central = await self.meet("ocpp1.6", "ocpp2.0.1")
        await charger.event("connected", subprotocol=None)
        closed = await charger.event("closed")
        self.assertEqual((closed["code"], closed["reason"]), (1002, "no common subprotocol"))
        self.assertEqual(len(await seen(central, "request")), 1)
