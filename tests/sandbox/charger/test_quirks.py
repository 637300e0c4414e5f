"""Tests of every switch, as it shows on the wire."""

import json
import re
from typing import Any

from attrs import fields
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger import charger as charger_module
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.quirks import Quirks, switched_on
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Ping, Plan, Transactions
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Credentials
from tests.sandbox.charger.bench import Bench
from tests.sandbox.charger.server import Server, start_server
from tests.sandbox.charger.test_charger import pause
from tests.sandbox.ears import Ears

AT_ONCE = BackOff(0.01, 0.0, 0)


class NamesTests(SynchronousTestCase):
    """The list of switches."""

    def test_documented(self) -> None:
        """Each switch stands in the docstring, with its number where it has one, and is off by itself."""
        text = Quirks.__doc__ or ""
        for one in fields(Quirks):
            self.assertRegex(text, rf"\b{one.name}\b")
        self.assertEqual(switched_on(Quirks()), ())
        self.assertEqual(
            switched_on(Quirks(probes=True, offline_transaction_id=0)), ("offline_transaction_id", "probes")
        )

    def test_all_numbers(self) -> None:
        """Q1 to Q42: each is a switch, or it is said why it is none."""
        from edge_twisted.sandbox.charger import quirks

        text = (quirks.__doc__ or "") + (Quirks.__doc__ or "")
        found = {int(number) for number in re.findall(r"\bQ(\d+)\b", text)}
        self.assertEqual(found, set(range(1, 43)))

    def test_bounds(self) -> None:
        """Numbers are not below zero."""
        wrongs: tuple[dict[str, Any], ...] = (
            {"flood": -1},
            {"flood": 10**6},
            {"extra_slashes": 99},
            {"flaps_every": float("nan")},
        )
        for wrong in wrongs:
            with self.assertRaises(ValueError):
                Quirks(**wrong)


class WireTests(TestCase):
    """A charger with a switch, and a server that keeps every octet."""

    timeout = 60

    async def start(self, server: Server | None = None, **settings: Any) -> tuple[Charger, Ears, Server]:
        """Start both."""
        from twisted.internet import reactor

        server = server or await start_server(self)
        ears = Ears()
        access = Access(
            settings.pop("endpoint", server.endpoint), "CP-1", credentials=settings.pop("credentials", None)
        )
        settings = {"plan": None, "back_off": AT_ONCE, **settings}
        self.ledger = Ledger()
        charger = Charger(reactor, ChargerSettings(access, **settings), ears, ledger=self.ledger)
        self.addCleanup(charger.stop)
        charger.start()
        return charger, ears, server

    async def test_handshakes(self) -> None:
        """Q12, Q13, Q15, Q17 to Q20, Q23, Q24: what the server reads, and that it takes it."""
        secret = Credentials(b"CP-1", b"secret")
        cases: tuple[tuple[dict[str, Any], bytes], ...] = (
            ({"empty_user": True}, b"\r\nAuthorization: Basic OnNlY3JldA==\r\n"),
            ({"empty_password": True}, b"\r\nAuthorization: Basic Q1AtMTo=\r\n"),
            ({"lower_case_authorization": True}, b"\r\nauthorization: basic Q1AtMTpzZWNyZXQ=\r\n"),
            ({"percent_encoded_identity": True}, b"GET /CP%2D1 HTTP/1.1\r\n"),
            ({"extra_slashes": 1}, b"GET //CP-1 HTTP/1.1\r\n"),
            ({"trailing_slash": True}, b"GET /CP-1/ HTTP/1.1\r\n"),
            ({"path_prefix": "a/b"}, b"GET /a/b/CP-1 HTTP/1.1\r\n"),
            ({"url_as_path": True}, b"GET /ws://127.0.0.1:"),
            ({"no_identity_in_path": True}, b"GET / HTTP/1.1\r\n"),
            ({"offers_2_0_1": True}, b"\r\nSec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6\r\n"),
            ({"origin": "address"}, b"\r\nOrigin: http://127.0.0.1\r\n"),
            ({"host_without_port": True}, b"\r\nHost: 127.0.0.1\r\n"),
            ({"extra_header": "X-Odd: yes"}, b"\r\nX-Odd: yes\r\n"),
            ({"no_subprotocol": True}, b"GET /CP-1 HTTP/1.1\r\n"),
        )
        for quirks, line in cases:
            charger, ears, server = await self.start(credentials=secret, quirks=Quirks(**quirks))
            connected = await ears.next(h.Connected)
            self.assertEqual(connected.protocol, "" if "no_subprotocol" in quirks else "ocpp1.6")
            self.assertIn(line, server.heads[0], quirks)
            self.assertEqual("no_subprotocol" not in quirks, b"Sec-WebSocket-Protocol" in server.heads[0])
            await charger.stop()

    async def test_refused_handshakes(self) -> None:
        """Q16, Q21, Q22: what a strict server refuses with 400; every third request only is malformed."""
        cases: tuple[tuple[dict[str, Any], bytes], ...] = (
            ({"no_connection_header": True}, b"GET /CP-1 HTTP/1.1\r\n"),
            ({"http_1_0": True}, b"GET /CP-1 HTTP/1.0\r\n"),
        )
        for quirks, octets in cases:
            charger, ears, server = await self.start(quirks=Quirks(**quirks))
            self.assertIn((await ears.next(h.Refused)).status, (400, 505))
            self.assertIn(octets, server.heads[0])
            self.assertEqual(b"\r\nConnection: " in server.heads[0], "no_connection_header" not in quirks)
            await charger.stop()
        _, ears, server = await self.start(quirks=Quirks(malformed_upgrade_every=2, flaps_every=0.01))
        await ears.next(h.Connected, 2)
        kinds = [type(one) for one in ears.heard if isinstance(one, h.Connected | h.Refused | h.Failed)]
        self.assertEqual(kinds[0], h.Connected)
        self.assertIn(kinds[1], (h.Refused, h.Failed))
        self.assertTrue(server.heads[1].startswith(b"GET /CP-1\r\nSec-WebSocket\r\n"), server.heads[1])

    async def said(self, scheme: str, quirks: Quirks) -> bytes:
        """The first octets that a charger sends to an endpoint of a scheme."""
        from twisted.internet import reactor

        got: list[bytes] = []

        class Listener(Protocol):
            def dataReceived(self, data: bytes) -> None:
                got.append(data)
                assert self.transport is not None
                self.transport.loseConnection()

        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(Listener))
        self.addCleanup(port.stopListening)
        endpoint = f"{scheme}://127.0.0.1:{port.getHost().port}"
        _, ears, _ = await self.start(endpoint=endpoint, quirks=quirks, back_off=BackOff(60.0))
        await ears.next(h.Failed)
        return got[0]

    async def test_swapped_scheme(self) -> None:
        """Q7: TLS to the ws port, plain HTTP to the wss port."""
        swapped = Quirks(swapped_scheme=True)
        self.assertEqual((await self.said("ws", swapped))[:1], b"\x16")
        self.assertTrue((await self.said("wss", swapped)).startswith(b"GET /CP-1 HTTP/1.1\r\n"))

    async def test_probes(self) -> None:
        """Q41: a connection without a byte before each attempt."""
        _, ears, server = await self.start(quirks=Quirks(probes=True))
        await ears.next(h.Booted)
        self.assertEqual((server.connections, b"" in server.heads, len(server.legs)), (2, True, 1))

    async def test_old_socket(self) -> None:
        """Q11: the old connection stays open beside the new one; none outlives the charger."""
        self.patch(charger_module, "REBOOT_SECONDS", 0.05)
        charger, ears, server = await self.start(quirks=Quirks(keeps_old_socket=True))
        await ears.next(h.Booted)
        for number in range(2, 8):
            charger.power_cycle()
            await ears.next(h.Booted, number)
        await server.until(lambda: sum(not leg.gone for leg in server.legs) == 5)
        self.assertEqual(len(server.legs), 7)
        await charger.stop()
        await server.until(lambda: not any(not leg.gone for leg in server.legs))

    async def test_old_socket_is_deaf(self) -> None:
        """Q11: what comes on the old connection is neither answered nor heard."""
        charger, ears, server = await self.start(quirks=Quirks(keeps_old_socket=True))
        await ears.next(h.Booted)
        charger.power_cycle()
        await ears.next(h.Booted, 2)
        server.legs[0].sendMessage(b'[2,"old","ClearCache",{}]')
        server.legs[0].sendPing(b"old")
        self.assertEqual(await server.ask("ClearCache", {}), {"status": "Accepted"})
        self.assertEqual((server.controls, "old" in server.answers), ([], False))

    async def test_ignores_pings(self) -> None:
        """Q25: no pong; other messages are answered."""
        for settings in ({"quirks": Quirks(ignores_pings=True)}, {"ping": Ping(answers=False)}):
            _, ears, server = await self.start(**settings)
            await ears.next(h.Booted)
            server.legs[-1].sendPing(b"x")
            await server.ask("ClearCache", {})
            self.assertEqual(server.controls, [])

    async def test_closes_after_silence(self) -> None:
        """Q26: it closes by itself when nothing comes."""
        _, ears, _ = await self.start(quirks=Quirks(closes_after_silence=0.1))
        self.assertEqual((await ears.next(h.Closed)).code, 1000)

    async def test_ignores_calls(self) -> None:
        """Q28: it goes on with its own messages and answers no request, until it connects again."""
        charger, ears, server = await self.start(quirks=Quirks(ignores_calls_after=0.2))
        await ears.next(h.Booted)
        self.assertEqual(await server.ask("ClearCache", {}), {"status": "Accepted"})
        await pause(0.25)
        number = server.tell("ClearCache", {})
        charger.plug_in(card="CARD")
        await ears.next(h.Charging)
        self.assertNotIn(number, server.answers)
        charger.line.redial()
        await ears.next(h.Connected, 2)
        self.assertEqual(await server.ask("ClearCache", {}), {"status": "Accepted"})

    async def test_flaps(self) -> None:
        """Q31: it comes and goes."""
        _, ears, _ = await self.start(quirks=Quirks(flaps_every=0.05))
        await ears.next(h.Connected, 3)
        self.assertEqual({one.code for one in ears.all(h.Closed)}, {1000})

    async def test_rsv_bits(self) -> None:
        """Q32: the server ends the connection as a breach of the protocol."""
        _, ears, _ = await self.start(quirks=Quirks(rsv_bits_every=3))
        self.assertEqual((await ears.next(h.Closed)).code, 1002)

    async def test_messages(self) -> None:
        """Q33 to Q35: ids and texts as they arrive."""
        charger, ears, server = await self.start(quirks=Quirks(small_ids=True, wrong_result_id_every=1))
        await ears.next(h.Booted)
        self.assertEqual([call.id for call in server.calls], [str(number + 1) for number in range(len(server.calls))])
        server.tell("ClearCache", {})
        await server.until(lambda: any(text.startswith("[3,") for text in server.texts))
        self.assertNotIn("s1", server.answers)
        await charger.stop()
        _, ears, server = await self.start(quirks=Quirks(cut_configuration=True, bad_status=True, over_escaped=True))
        await ears.next(h.Booted)
        server.tell("GetConfiguration", {})
        await server.until(lambda: any(text.endswith('"configurationKey":[{') for text in server.texts))
        self.assertIn("Idle", [call.payload.get("status") for call in server.calls])

    async def test_truncated(self) -> None:
        """Q35: the ledger has the text as it was sent, so nothing counts as altered on the way."""
        charger, ears, server = await self.start(
            quirks=Quirks(truncated_json_every=3), transactions=Transactions(answer_seconds=0.1)
        )
        server.ledger = self.ledger
        await ears.next(h.Booted)
        await server.until(lambda: any(not _is_json(text) for text in server.texts))
        report = self.ledger.report("CP-1")
        self.assertEqual((report.up.altered, charger.state.online), (0, True))

    async def test_flood(self) -> None:
        """Q36: old messages at once, before it boots; at its first connection only."""
        charger, ears, server = await self.start(quirks=Quirks(flood=20))
        await ears.next(h.Booted)
        actions = [call.action for call in server.calls]
        self.assertEqual(actions.index("BootNotification"), 20)
        self.assertEqual(set(actions[:20]), {"StatusNotification", "MeterValues"})
        server.legs[-1].sendClose(1000)
        await ears.next(h.Connected, 2)
        await server.call("Heartbeat")
        self.assertEqual(len([action for action in actions if action == "MeterValues"]), 10)

    async def test_never_reconnects(self) -> None:
        """Q30: gone for good, until its power is off and on."""
        charger, ears, server = await self.start(quirks=Quirks(never_reconnects=True))
        await ears.next(h.Booted)
        server.legs[-1].sendClose(1000)
        await ears.next(h.Closed)
        self.assertIsNone(charger.state.next_attempt)
        charger.power_cycle()
        await ears.next(h.Booted, 2)


class SessionTests(Bench):
    """Q38, Q39: what a transaction looks like."""

    PLAN = Plan(first=1, length=10, sample=5, pause=30)

    def test_late_meter_values(self) -> None:
        """Q38: meter values after the end."""
        self.power_on(plan=self.PLAN, quirks=Quirks(late_meter_values=True))
        self.connect()
        self.pass_time(13)
        self.assertEqual(self.actions("StatusNotification")[-2:], ["StopTransaction", "MeterValues"])

    def test_offline_id(self) -> None:
        """Q39: a number of its own for what began offline, which stays."""
        for number in (-1, 0):
            self.power_on(
                plan=None, quirks=Quirks(offline_transaction_id=number), keys={"AllowOfflineTxForUnknownId": "true"}
            )
            self.connect()
            self.dialogue.detach()
            self.routine.connectors[1].plug_in("CARD")
            self.pass_time(12)
            self.routine.connectors[1].unplug()
            self.calls.clear()
            self.connect()
            self.pass_time(1)
            found = self.asked("MeterValues") + self.asked("StopTransaction")
            self.assertEqual({one["transactionId"] for one in found}, {number})
            self.assertEqual(len(self.asked("StartTransaction")), 1)


class ForgetfulTests(TestCase):
    """Q39: a reboot that loses what waits."""

    timeout = 60

    async def test_forgets(self) -> None:
        """What waited is lost, and told as such."""
        from twisted.internet import reactor

        server = await start_server(self)
        ledger, ears = Ledger(), Ears()
        settings = ChargerSettings(
            Access(server.endpoint, "CP1"),
            AT_ONCE,
            plan=None,
            quirks=Quirks(forgets_queue=True, never_reconnects=True),
            keys={"AllowOfflineTxForUnknownId": "true"},
        )
        charger = Charger(reactor, settings, ears, ledger=ledger)
        self.addCleanup(charger.stop)
        charger.start()
        await ears.next(h.Booted)
        server.legs[-1].sendClose(1000)
        await ears.next(h.Closed)
        charger.plug_in(card="CARD")
        charger.power_cycle()
        await ears.next(h.Booted, 2)
        gone = [(one.action, one.why) for one in ears.all(h.GaveUp)]
        self.assertIn(("StartTransaction", "reset"), gone)
        self.assertIn(("StopTransaction", "reset"), gone)
        self.assertEqual(ledger.report("CP1").up.discarded, len(gone))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
