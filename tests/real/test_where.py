"""Where the uplink goes, through a real Edge: plain at first, encrypted once that was seen to work, never back."""

from twisted.trial.unittest import TestCase

from edge_twisted.words import en
from tests.real.harness import Central, EdgeProcess, start_central, start_charger, start_edge
from tests.real.steps import come, free_port, leave, lines, remembered, secure_central, seen


class WhereTests(TestCase):
    """One Edge, a central system on ws and one on wss."""

    timeout = 120

    async def scene(self, kind: str = "py", port: int = 0) -> tuple[EdgeProcess, Central, Central]:
        """Edge, the central system on ws, the one on wss with a private root."""
        plain = await start_central(self, kind)
        secure, root = await secure_central(self, kind, port=port)
        edge = await start_edge(self, ws=plain.endpoint, wss=secure.endpoint, settings={"uplink": {"roots": [root]}})
        return edge, plain, secure

    async def asked(self, *centrals: Central) -> list[int]:
        """How many requests each of them saw."""
        return [len(await seen(central, "request")) for central in centrals]

    async def test_plain_first(self) -> None:
        """Seed: a charger on ws without a password goes to uplink.ws, and nothing is taken as detected by that."""
        edge, plain, secure = await self.scene()
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", wait=True)
        for _ in range(2):
            self.assertEqual((await come(charger))["event"], "connected")
            await charger.tell("session")
            await leave(charger, plain)
        self.assertEqual(await self.asked(plain, secure), [2, 0])
        await edge.stop()
        record = await remembered(edge, "CP1")
        assert record is not None
        self.assertTrue(record.was_served)
        self.assertEqual(record.wss_detected_at, 0)

    async def test_turned_away_on_ws(self) -> None:
        """Seed: turned away on ws, it is served over wss in the same attempt; after a restart wss is dialled first."""
        for kind in ("py", "rpc"):
            edge, plain, secure = await self.scene(kind)
            await plain.tell("answer", status=403)
            charger = start_charger(self, kind, edge.endpoint(), "CP1", wait=True)
            self.assertEqual((await come(charger))["event"], "connected")
            self.assertEqual(await self.asked(plain, secure), [1, 1])
            await charger.tell("session")
            await edge.says(en.LEARNED["wss"].encode())
            await edge.restart()
            await charger.event("closed", code=1001)
            await plain.tell("answer")
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["event"], "connected")
            self.assertEqual(await self.asked(plain, secure), [1, 2])

    async def test_turned_away_after_101(self) -> None:
        """Section 4: closed on ws before anything was served, its next attempt begins with wss."""
        edge, plain, secure = await self.scene()
        await plain.tell("answer", greet={"code": 1008, "reason": "unknown"})
        charger = start_charger(self, "py", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        self.assertEqual((await charger.event("closed"))["code"], 1008)
        self.assertEqual((await come(charger))["event"], "connected")
        self.assertEqual(await self.asked(plain, secure), [1, 1])
        await charger.tell("session")

    async def test_both_refuse(self) -> None:
        """Section 4: where ws and wss both refuse, the charger gets the first answer, and nothing is remembered."""
        edge, plain, secure = await self.scene()
        await plain.tell("answer", status=403)
        await secure.tell("answer", status=404)
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["status"], 403)
        self.assertEqual(await self.asked(plain, secure), [1, 1])
        self.assertEqual(charger.events("connected"), [])
        await edge.stop()
        self.assertIsNone(await remembered(edge, "CP1"))

    async def test_merely_opened(self) -> None:
        """Section 1: a session over wss that was opened and never served teaches nothing."""
        edge, plain, secure = await self.scene()
        await plain.tell("answer", status=403)
        await secure.tell("reply", action="BootNotification", payload={"status": "Rejected", "interval": 300})
        charger = start_charger(self, "py", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("send", text='[2,"b","BootNotification",{"chargePointVendor":"x","chargePointModel":"y"}]')
        await charger.event("message", way="in")
        await leave(charger, secure)
        await edge.stop()
        self.assertIsNone(await remembered(edge, "CP1"))

    async def test_charger_on_wss(self) -> None:
        """J7, J8, S-03: a charger on wss gets wss up; later on ws it keeps that, with an alarm, over a restart too."""
        for kind in ("py", "rpc"):
            edge, plain, secure = await self.scene(kind)
            charger = start_charger(self, kind, edge.endpoint("wss", "localhost"), "CP1", root=edge.root, wait=True)
            self.assertEqual((await come(charger))["event"], "connected")
            await charger.tell("session")
            await leave(charger, secure)
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["event"], "connected")
            await edge.says(en.ALARMS["leg-lowered"].encode())
            await leave(charger, secure)
            await edge.restart()
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["event"], "connected")
            await edge.says(en.ALARMS["leg-lowered"].encode())
            await charger.tell("session")
            await leave(charger, secure)
            self.assertEqual(await self.asked(plain, secure), [0, 3])
            self.assertEqual(len(lines(edge, en.ALARMS["leg-lowered"])), 2)

    async def test_never_down_again(self) -> None:
        """T-34, J1: once wss was detected, a wss that is down or has gone bad is never replaced by ws."""
        edge, plain, secure = await self.scene(port=free_port())
        await plain.tell("answer", status=403)
        charger = start_charger(self, "py", edge.endpoint(), "CP1", wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("session")
        await plain.tell("answer")
        await secure.kill()
        await charger.event("closed", code=1001)
        self.assertEqual((await come(charger))["status"], 502)
        await edge.stop()
        impostor, _other_root = await secure_central(self, port=secure.port)
        await edge.start()
        self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["status"], 502)
        await edge.says(en.CAUSES["uplink-root-unknown"].encode())
        self.assertEqual(await self.asked(plain, secure, impostor), [1, 1, 0])
