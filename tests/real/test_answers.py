"""What the central system answers to the handshake, and what the charger hears of it through a real Edge."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from twisted.trial.unittest import TestCase

from edge_twisted.words import en
from tests.real.harness import start_central, start_charger, start_edge
from tests.real.neighbours import Forwarder, Listener, knock, upgrade
from tests.real.steps import PASSWORD, come, header, lines, seen

PASSED_ON = {
    101: 101,
    401: 401,
    403: 403,
    404: 404,
    429: 429,
    503: 503,
    504: 504,
    400: 502,
    410: 502,
    426: 502,
    500: 502,
}
"""What the central system answers, and what the charger then gets."""


class AnswerTests(TestCase):
    """Statuses, redirects, silence, and answers that no library of ours would send."""

    timeout = 120

    async def test_statuses(self) -> None:
        """C1, C2, W-21 to W-23: each status is passed on or told in our own, and only the 101 opens a socket."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        several = start_charger(self, "py", edge.endpoint(), "none", wait=True)
        for answer, heard in PASSED_ON.items():
            identity = f"CP{answer}"
            await central.tell("answer", status=answer, identity=identity)
            if answer in (101, 401, 404, 503):
                charger = start_charger(self, "rpc", edge.endpoint(), identity, wait=True)
                met = await come(charger)
            else:
                met = await come(several, edge.endpoint(), identity)
            if answer == 101:
                self.assertEqual(met["event"], "connected")
                continue
            self.assertEqual(met["status"], heard)
            names = {name.lower() for name, _ in met["headers"]}
            self.assertEqual("www-authenticate" in names, heard == 401)
            self.assertEqual("retry-after" in names, heard >= 429)
            self.assertLessEqual({"content-length", "connection"}, names)
            self.assertEqual({"server", "x-powered-by", "via"} & names, set())
        self.assertEqual(len(await seen(central, "request")), len(PASSED_ON))
        self.assertEqual(len(await seen(central, "connected")), 1)

    async def test_redirect(self) -> None:
        """C6, W-20: a redirect is not followed; the charger gets 502, and the log says why without its identity."""
        central, elsewhere = await start_central(self), Listener(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        for status in (301, 302, 307, 308):
            identity = f"LONG-IDENTITY-{status}"
            location = f"ws://127.0.0.1:{elsewhere.port}/{identity}"
            await central.tell("answer", status=status, headers={"Location": location}, identity=identity)
            charger = start_charger(self, "py", edge.endpoint(), identity, password=PASSWORD, wait=True)
            met = await come(charger)
            self.assertEqual(met["status"], 502)
            self.assertNotIn("location", {name.lower() for name, _ in met["headers"]})
        await edge.stop()
        self.assertEqual(elsewhere.count, 0)
        self.assertEqual(len(await seen(central, "request")), 4)
        said = lines(edge, en.CAUSES["uplink-redirect"].partition("[")[0], en.REMEDIES["enter-target"])
        self.assertEqual(len(said), 4)
        self.assertNotIn(b"IDENTITY-30", edge.output)

    async def test_old_http_with_retry_after(self) -> None:
        """C7, W-22: a 503 in HTTP/1.0 keeps its status and its Retry-After, and nobody is dialled before that."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        await central.tell(
            "answer", raw=b"HTTP/1.0 503 Busy\r\nServer: caf\xe9 \xff\xfe\r\nRetry-After: 120\r\n\r\n".hex()
        )
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", wait=True)
        met = await come(charger)
        self.assertEqual((met["status"], header(met, "Retry-After")), (503, "120"))
        await central.tell("answer")
        met = await come(charger)
        self.assertEqual(met["status"], 503)
        self.assertIn(int(header(met, "Retry-After")), range(60, 151))
        self.assertEqual(len(await seen(central, "request")), 1)

    async def test_retry_after_as_date(self) -> None:
        """C7: a Retry-After that is a date is honoured as well, and one of a day as ten minutes."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
        charger = start_charger(self, "py", edge.endpoint(), "none", wait=True)
        for identity, value, least, most in (("CP1", soon, 200, 300), ("CP2", "86400", 600, 600)):
            await central.tell("answer", status=429, headers={"Retry-After": value}, identity=identity)
            met = await come(charger, edge.endpoint(), identity)
            self.assertEqual(met["status"], 429)
            self.assertIn(int(header(met, "Retry-After")), range(least, most + 1))

    async def test_octets_beyond_ascii(self) -> None:
        """C11, W-25: octets beyond ASCII in the headers of either side are borne, on all ways through."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        odd = b"User-Agent: Ladestation Gr\xf6\xdfe \xff", b"X-Note: caf\xe9 \xe2\x82\xac"
        answer = await knock(self, edge.ports["ws"][0], upgrade(b"/CP1", *odd))
        self.assertTrue(answer.startswith(b"HTTP/1.1 101 "), answer)
        [request] = await seen(central, "request")
        self.assertIn("Ladestation Gr", header(request, "User-Agent"))
        await central.tell("answer", raw=b"HTTP/1.1 403 N\xf6\r\nServer: B\xfccher\r\nX-Y: \xff\xfe\r\n\r\n".hex())
        charger = start_charger(self, "rpc", edge.endpoint(), "CP2", wait=True)
        self.assertEqual((await come(charger))["status"], 403)

    async def test_no_http(self) -> None:
        """C4: what answers something else than HTTP, or hangs up, is no central system: 502, with the cause."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        charger = start_charger(self, "py", edge.endpoint(), "none", wait=True)
        for identity, raw, cause in (
            ("CP1", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "uplink-not-http"),
            ("CP2", b"", "uplink-reset"),
            ("CP3", b"HTTP/1.1 101 Sure\r\nUpgrade: websocket\r\n\r\n", "uplink-handshake"),
        ):
            await central.tell("answer", raw=raw.hex(), identity=identity)
            self.assertEqual((await come(charger, edge.endpoint(), identity))["status"], 502)
            await edge.says(en.CAUSES[cause].encode())

    async def test_silence(self) -> None:
        """C5: who does not answer in time, at any stage, is answered for with 504 and Retry-After."""
        central, mute = await start_central(self), Listener(self)
        await central.tell("answer", status=0)
        edge = await start_edge(
            self, ws=central.endpoint, wss=f"wss://127.0.0.1:{mute.port}", settings={"limits": {"dial_seconds": 1}}
        )
        for kind, scheme in (("rpc", "ws"), ("py", "wss")):
            charger = start_charger(
                self, kind, edge.endpoint(scheme, "localhost"), f"CP-{scheme}", root=edge.root, wait=True
            )
            met = await come(charger)
            self.assertEqual(met["status"], 504)
            self.assertGreaterEqual(int(header(met, "Retry-After")), 1)
        self.assertEqual((len(await seen(central, "request")), mute.count), (1, 1))

    async def test_ipv6(self) -> None:
        """W-02: an endpoint that is an IPv6 address is dialled, with brackets in its Host, and may get a password."""
        central = await start_central(self, "rpc", basic="known", accounts={"CP1": PASSWORD})
        way = Forwarder(self, central.port, "::1")
        edge = await start_edge(self, ws=f"ws://[::1]:{way.entry}/ocpp")
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", password=PASSWORD, wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        [request] = await seen(central, "request")
        self.assertEqual(header(request, "Host"), f"[::1]:{way.entry}")
        self.assertEqual(request["target"], "/ocpp/CP1")
        await charger.tell("session")
