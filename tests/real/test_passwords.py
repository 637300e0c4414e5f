"""What a real Edge learns from passwords that chargers show, and what it does with one that was entered by hand."""

from collections.abc import Callable

from attrs import evolve
from twisted.trial.unittest import TestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import parse_endpoint
from edge_twisted.core.learning import Shows, enter_secret
from edge_twisted.core.record import Record
from edge_twisted.words import en
from tests.real.harness import Central, EdgeProcess, Peer, start_central, start_charger, start_edge
from tests.real.neighbours import knock, upgrade
from tests.real.steps import PASSWORD, come, header, leave, lines, remember, remembered, rules_of, seen

WRONG = b"wrong-wrong-wrong-20"
SECRET = bytes(range(236, 256))
"""S: another twenty octets than the charger's own."""


class DetectedTests(TestCase):
    """No secret entered: the central system is the judge."""

    timeout = 120

    async def detected(self, edge: EdgeProcess) -> bytes | None:
        """The password that a stopped Edge knows of CP1."""
        record = await remembered(edge, "CP1")
        return record.detected.credentials.password if record and record.detected else None

    async def test_wrong_password(self) -> None:
        """C2, D8, D9: 401 for a wrong password, nothing learned; the right one next is learned, and kept."""
        for kind in ("py", "rpc"):
            central = await start_central(self, kind, basic="known", accounts={"CP1": PASSWORD})
            edge = await start_edge(self, ws=central.endpoint)
            charger = start_charger(self, "rpc", edge.endpoint(), "CP1", password=WRONG, wait=True)
            met = await come(charger)
            self.assertEqual(met["status"], 401)
            self.assertTrue(header(met, "WWW-Authenticate").startswith("Basic"))
            self.assertEqual(charger.events("connected") + await seen(central, "connected"), [])
            await edge.stop()
            self.assertIsNone(await remembered(edge, "CP1"))
            await edge.start()
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["status"], 401)
            self.assertEqual((await come(charger, password=PASSWORD.hex()))["event"], "connected")
            await charger.tell("session")
            await edge.restart()
            await charger.event("closed", code=1001)
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["event"], "connected")
            await edge.stop()
            self.assertEqual(await self.detected(edge), PASSWORD)

    async def test_rubbish_first(self) -> None:
        """D11: a stranger's rubbish, served because nobody checks, does not lock the genuine charger out."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint)
        stranger = start_charger(self, "py", edge.endpoint(), "CP1", password=WRONG, wait=True)
        self.assertEqual((await come(stranger))["event"], "connected")
        await stranger.tell("session")
        await leave(stranger, central)
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", password=PASSWORD, wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("session")
        await central.tell("account", identity="CP1", password=PASSWORD.hex())
        await central.tell("basic", basic="known")
        await leave(charger, central)
        self.assertEqual((await come(stranger))["status"], 401)
        self.assertEqual((await come(charger))["event"], "connected")
        await edge.stop()
        self.assertEqual(await self.detected(edge), PASSWORD)

    async def test_served_before_and_guessed_at(self) -> None:
        """D11: guesses at a served charger change nothing; its own password stays the one that counts."""
        central = await start_central(self, basic="known", accounts={"CP1": PASSWORD})
        edge = await start_edge(self, ws=central.endpoint)
        charger = start_charger(self, "py", edge.endpoint(), "CP1", password=PASSWORD, wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("session")
        await leave(charger, central)
        for guess in range(3):
            self.assertEqual((await come(charger, password=bytes([guess]).hex()))["status"], 401)
        self.assertEqual((await come(charger, password=PASSWORD.hex()))["event"], "connected")
        await edge.stop()
        self.assertEqual(await self.detected(edge), PASSWORD)

    async def test_stops_showing(self) -> None:
        """Section 4: a charger that stops showing its password is dialled without, with an alarm, not with X."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint)
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", password=PASSWORD, wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        await charger.tell("session")
        await leave(charger, central)
        self.assertEqual((await come(charger, password=None))["event"], "connected")
        await edge.says(en.ALARMS["stopped-showing"].encode())
        self.assertIsNone((await seen(central, "request"))[-1]["password"])


class EnteredTests(TestCase):
    """A secret S entered by hand: Edge judges the charger first, and shows S to the central system."""

    timeout = 120

    async def scene(
        self, shows: Shows, *, account: bytes = SECRET, change: Callable[[Record], Record] = lambda record: record
    ) -> tuple[EdgeProcess, Central, Peer]:
        """A central system that knows an account, Edge with S for CP1, and the charger, which shows nothing yet."""
        central = await start_central(self, basic="known", accounts={"CP1": account})
        edge = EdgeProcess(self, {"uplink": {"ws": central.endpoint, "wss": central.endpoint}})
        rules = rules_of(edge)

        def enter(record: Record) -> Record:
            return enter_secret(rules, change(record), Credentials(b"CP1", SECRET), shows, now=1.0)

        await remember(edge, "CP1", enter)
        await edge.start()
        return edge, central, start_charger(self, "rpc", edge.endpoint(), "CP1", wait=True)

    async def test_same(self) -> None:
        """S-41, D2: who shows S is served with S, octet for octet; anything else and nothing get 401, undialled."""
        edge, central, charger = await self.scene("same")
        for password in (None, WRONG, b"", SECRET[:-1]):
            met = await come(charger, password=None if password is None else password.hex())
            self.assertEqual(met["status"], 401)
            self.assertTrue(header(met, "WWW-Authenticate").startswith("Basic"))
        self.assertEqual(await seen(central, "request"), [])
        self.assertEqual((await come(charger, password=SECRET.hex()))["event"], "connected")
        [request] = await seen(central, "request")
        self.assertEqual(bytes.fromhex(request["password"]), SECRET)
        await charger.tell("session")
        await edge.stop()
        self.assertEqual(len(lines(edge, en.REFUSALS["password-missing"])), 1)
        self.assertEqual(len(lines(edge, en.REFUSALS["password-wrong"])), 1)

    async def test_hexadecimal_form(self) -> None:
        """D12, S-07: a charger that shows S as hexadecimal text is taken, and S goes up as its octets."""
        _edge, central, charger = await self.scene("same")
        self.assertEqual((await come(charger, password=SECRET.hex().upper().encode().hex()))["event"], "connected")
        self.assertEqual(bytes.fromhex((await seen(central, "request"))[0]["password"]), SECRET)

    async def test_its_own(self) -> None:
        """Section 4: a charger with an own secret shows that, the central system sees S; a stranger gets 401."""
        own = Credentials(b"CP1", PASSWORD)
        edge, central, charger = await self.scene("detected", change=lambda record: evolve(record, shown=own))
        self.assertEqual((await come(charger, password=PASSWORD.hex()))["event"], "connected")
        await charger.tell("session")
        await leave(charger, central)
        answer = await knock(self, edge.ports["ws"][0], upgrade(b"/CP1"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 401 "), answer)
        [request] = await seen(central, "request")
        self.assertEqual(bytes.fromhex(request["password"]), SECRET)
        self.assertEqual((await come(charger, password=SECRET.hex()))["event"], "connected")
        await charger.tell("session")
        await leave(charger, central)
        self.assertEqual((await come(charger, password=PASSWORD.hex()))["status"], 401)

    async def test_nothing_from_its_address(self) -> None:
        """Section 4: a charger that may show nothing is served from its address only; elsewhere 401 and an alarm."""
        edge, central, charger = await self.scene(
            "nothing", change=lambda record: evolve(record, last_address="127.0.0.1")
        )
        for _ in range(2):
            answer = await knock(self, edge.ports["ws"][0], upgrade(b"/CP1"))
            self.assertTrue(answer.startswith(b"HTTP/1.1 401 "), answer)
        await edge.says(en.ALARMS["moved"].encode())
        self.assertEqual(await seen(central, "request"), [])
        self.assertEqual((await come(charger))["event"], "connected")
        self.assertEqual(bytes.fromhex((await seen(central, "request"))[0]["password"]), SECRET)
        await charger.tell("session")
        await leave(charger, central)
        self.assertEqual((await come(charger, password=WRONG.hex()))["status"], 401)
        self.assertEqual(len(lines(edge, en.ALARMS["moved"])), 1)

    async def test_secret_refused(self) -> None:
        """C3, W-23: where the central system refuses S the charger gets 503 with Retry-After, and no 401; an alarm."""
        edge, central, charger = await self.scene("same", account=PASSWORD)
        for _ in range(2):
            met = await come(charger, password=SECRET.hex())
            self.assertEqual(met["status"], 503)
            self.assertGreaterEqual(int(header(met, "Retry-After")), 1)
        self.assertEqual(len(await seen(central, "request")), 1)
        await edge.says(en.ALARMS["secret-refused"].encode())
        self.assertEqual(len(lines(edge, en.ALARMS["secret-refused"])), 1)

    async def test_secret_refused_after_101(self) -> None:
        """Section 4: refused after the 101, the charger gets the close code; an alarm, and a hold-off."""
        edge, central, charger = await self.scene("same")
        await central.tell("answer", greet={"code": 1008, "reason": "who?"})
        self.assertEqual((await come(charger, password=SECRET.hex()))["event"], "connected")
        self.assertEqual((await charger.event("closed"))["code"], 1008)
        self.assertEqual((await come(charger))["status"], 503)
        self.assertEqual(len(await seen(central, "request")), 1)
        await edge.says(en.ALARMS["secret-refused"].encode())

    async def test_other_origin(self) -> None:
        """Section 4: S is shown at the origin it was entered for only; elsewhere goes what the charger shows."""
        edge, central, charger = await self.scene("same")
        elsewhere = await start_central(self)
        await edge.stop()
        endpoint = parse_endpoint(elsewhere.endpoint)
        await remember(edge, "CP1", lambda record: evolve(record, endpoint=endpoint))
        await edge.start()
        self.assertEqual((await come(charger, edge.endpoint(), "CP1", password=WRONG.hex()))["event"], "connected")
        self.assertEqual(bytes.fromhex((await seen(elsewhere, "request"))[0]["password"]), WRONG)
        self.assertEqual(await seen(central, "request"), [])
        await edge.says(en.ALARMS["secret-unused"].encode())
