"""Loss and return through a real Edge: one fate for both legs, and never an open socket without a central system."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from edge_twisted.store.files import DATABASE
from tests.real.harness import Central, EdgeProcess, Peer, PeerError, start_central, start_charger, start_edge
from tests.real.neighbours import Listener
from tests.real.steps import come, come_until_accepted, free_port, header, leave, remembered, seen

SOON = 1.5
"""Seconds within which one leg follows the other: one, and half a one for the way of the news through two processes."""


class LossTests(TestCase):
    """Chargers, a central system and Edge go away and come back."""

    timeout = 120

    async def scene(self, kind: str = "py", port: int = 0) -> tuple[EdgeProcess, Central]:
        """A central system, and an Edge that leads nowhere else."""
        central = await start_central(self, kind, port=port)
        return await start_edge(self, ws=central.endpoint, wss=central.endpoint), central

    async def connected(self, edge: EdgeProcess, kinds: Sequence[str]) -> list[Peer]:
        """Chargers CP0, CP1, ..., of these kinds, that stand and were served."""
        chargers = [
            start_charger(self, kind, edge.endpoint(), f"CP{number}", wait=True) for number, kind in enumerate(kinds)
        ]
        for met in await gatherResults([Deferred.fromCoroutine(come(charger)) for charger in chargers]):
            self.assertEqual(met["event"], "connected")
        await gatherResults([Deferred.fromCoroutine(charger.tell("session")) for charger in chargers])
        return chargers

    async def test_uplink_lost(self) -> None:
        """H1, G5: a reset of one uplink closes that charger within a second, with 1001, and touches no other."""
        for kind in ("py", "rpc"):
            edge, central = await self.scene(kind)
            lost, *others = await self.connected(edge, ["py", "rpc", "py"])
            began = time.monotonic()
            await central.tell("close", identity="CP0")
            closed = await lost.event("closed")
            self.assertLess(time.monotonic() - began, SOON)
            self.assertEqual(closed["code"], 1001)
            for other in others:
                await other.tell("call", action="Heartbeat")
                self.assertEqual(other.events("closed"), [])
            self.assertEqual((await come(lost))["event"], "connected")

    async def test_charger_lost(self) -> None:
        """H2: a charger that vanishes has its uplink closed within a second, with 1001, and no other one."""
        edge, central = await self.scene()
        lost, other, gone = await self.connected(edge, ["py", "rpc", "rpc"])
        for charger, identity, end in ((lost, "CP0", "reset"), (gone, "CP2", "kill")):
            began = time.monotonic()
            await (charger.tell("close") if end == "reset" else charger.kill())
            closed = await central.event("closed", identity=identity)
            self.assertLess(time.monotonic() - began, SOON)
            self.assertEqual(closed["code"], 1001)
        await other.tell("call", action="Heartbeat")
        self.assertEqual(len(await seen(central, "closed")), 2)

    async def test_down_and_back(self) -> None:
        """H3, C4, J-52: while nobody is there chargers are refused, and none holds a socket; then they are served."""
        edge, central = await self.scene(port=free_port())
        chargers = await self.connected(edge, ["py", "rpc", "rpc"])
        await central.kill()
        for charger in chargers:
            self.assertEqual((await charger.event("closed"))["code"], 1001)
        for charger in chargers:
            met = await come(charger)
            self.assertIn(met.get("status"), (502, 503))
            self.assertGreaterEqual(int(header(met, "Retry-After")), 1)
        central = await start_central(self, "rpc", port=central.port)
        for charger in chargers:
            self.assertLessEqual(set(await come_until_accepted(charger)), {502, 503})
            await charger.tell("session")
            self.assertEqual(len(charger.events("connected")), 2)
        self.assertEqual(len(await seen(central, "connected")), 3)

    async def test_hold_off(self) -> None:
        """J-45, W-22: after a failure nobody is dialled for a second, after the next for two; then one is the probe."""
        from twisted.internet import reactor

        port = free_port()
        edge = await start_edge(self, ws=f"ws://127.0.0.1:{port}", wss=f"ws://127.0.0.1:{port}")
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["status"], 502)
        while (met := await come(charger))["status"] == 503:
            self.assertIn(wait := int(header(met, "Retry-After")), (1, 2))
            await deferLater(reactor, wait)
        failed = time.monotonic()
        self.assertEqual(met["status"], 502)
        listener = Listener(self, port=port)
        met = await come(charger)
        self.assertEqual(met["status"], 503)
        self.assertIn(int(header(met, "Retry-After")), (2, 3))
        self.assertEqual(listener.count, 0)
        await listener.stop()
        central = await start_central(self, port=port)
        self.assertLessEqual(set(await come_until_accepted(charger)), {503})
        self.assertGreater(time.monotonic() - failed, 1.9)
        self.assertEqual(len(await seen(central, "request")), 1)

    async def test_transaction_in_the_moment_of_loss(self) -> None:
        """H4, J-50: a StartTransaction that was lost is not acknowledged; sent again it is, by the central system."""
        for kind in ("py", "rpc"):
            edge, central = await self.scene(kind, free_port())
            [charger] = await self.connected(edge, ["rpc"])
            await central.tell("reply", action="StartTransaction", payload=None)
            start = {"connectorId": 1, "idTag": "CARD2", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
            answers = len(charger.messages("in"))
            asking = Deferred.fromCoroutine(charger.tell("call", action="StartTransaction", payload=start))
            failing = self.assertFailure(asking, PeerError)
            await self.sent(charger, b"CARD2")
            await central.kill()
            await charger.event("closed")
            await failing
            self.assertEqual(len(charger.messages("in")), answers)
            central = await start_central(self, kind, port=central.port)
            await come_until_accepted(charger)
            answer = await charger.tell("call", action="StartTransaction", payload=start)
            self.assertEqual(answer["idTagInfo"], {"status": "Accepted"})
            calls = await seen(central, "message", way="in")
            self.assertEqual(sum(b"CARD2" in bytes.fromhex(call["hex"]) for call in calls), 1)

    async def sent(self, charger: Peer, text: bytes) -> None:
        """Wait until a charger has sent a message with a text."""
        await charger.until(lambda: any(text in message for message in charger.messages("out")) or None, "the message")

    async def test_twice(self) -> None:
        """H7, L-02: of two connections of one identity the newer stands, the older is closed with 1001, one goes up."""
        for older_kind, newer_kind in (("py", "rpc"), ("rpc", "py")):
            edge, central = await self.scene()
            [older] = await self.connected(edge, [older_kind])
            newer = start_charger(self, newer_kind, edge.endpoint(), "CP0", wait=True)
            self.assertEqual((await come(newer))["event"], "connected")
            self.assertEqual((await older.event("closed"))["code"], 1001)
            self.assertEqual((await central.event("closed"))["connection"], 1)
            await newer.tell("session")
            await leave(newer, central)
            self.assertEqual(len(await seen(central, "connected")), 2)
            self.assertEqual(len(await seen(central, "closed")), 2)

    async def test_turned_away_newcomer(self) -> None:
        """Section 3.8: a newcomer whom the central system refuses leaves the charger that stands alone."""
        edge, central = await self.scene()
        [charger] = await self.connected(edge, ["rpc"])
        await central.tell("answer", status=401)
        newcomer = start_charger(self, "py", edge.endpoint(), "CP0", password=b"other", wait=True)
        self.assertEqual((await come(newcomer))["status"], 401)
        await charger.tell("call", action="Heartbeat")
        self.assertEqual(charger.events("closed") + await seen(central, "closed"), [])

    async def test_restart_of_edge(self) -> None:
        """H8: chargers and central system are closed with 1001, come back without help, and Edge knows them still."""
        for kill in (False, True):
            edge, central = await self.scene()
            edge.settings["listen"] = {**edge.settings["listen"], "ws": [f"tcp:{free_port()}:interface=127.0.0.1"]}
            await edge.restart()
            chargers = await self.connected(edge, ["py", "rpc"])
            await self.written(edge, len(chargers))
            await edge.restart(kill=kill)
            for charger in chargers:
                self.assertEqual((await charger.event("closed"))["code"], None if kill else 1001)
                closed = await central.event("closed")
                self.assertEqual(closed["code"], None if kill else 1001)
            for charger in chargers:
                self.assertEqual(await come_until_accepted(charger), [])
                await charger.tell("session")
            await edge.stop()
            for number in range(len(chargers)):
                record = await remembered(edge, f"CP{number}")
                assert record is not None
                self.assertLess(record.first_served, record.last_served)

    async def written(self, edge: EdgeProcess, count: int) -> None:
        """Wait until so many records are on the disk."""

        def look() -> bool | None:
            with closing(sqlite3.connect(f"file:{edge.state / DATABASE}?mode=ro", uri=True)) as database:
                return database.execute("select count(*) from chargers").fetchone() == (count,) or None

        assert edge.child is not None
        await edge.child.until(look, f"{count} records", every=0.05)
