"""What passes a real Edge is seen, kept without secrets, exported and counted: over its sockets, by outside clients."""

import io
import json
import ssl
import zipfile
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, TypeVar

from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.real.ctl import edgectl
from tests.real.harness import ANY_PORT, EdgeProcess, start_edge
from tests.real.sockets import Sockets

T = TypeVar("T")
CARD = "04A2B3C4D5E6F7"
KEY = "a-new-secret-4711-0815"
IDENTITY = "EVB-P20241234"


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """GET a page over plain HTTP; blocks."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def fetch_secure(port: int, path: str, root: str) -> tuple[int, bytes]:
    """GET a page over HTTPS with the box's root; blocks."""
    context = ssl.create_default_context(cadata=root)
    connection = HTTPSConnection("localhost", port, timeout=20, context=context)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


class RealMessagesTests(TestCase):
    """A session through a real Edge."""

    timeout = 120

    async def begin(self, **settings: Any) -> EdgeProcess:
        """Start Edge before a central system of this process."""
        self.sockets = Sockets(self)
        self.central = self.sockets.central()
        self.central.serves = False
        return await start_edge(self, ws=self.central.endpoint, settings={"metrics": {"listen": ANY_PORT}, **settings})

    async def session(self, edge: EdgeProcess, identity: str = IDENTITY) -> None:
        """A charger boots, charges, and gets a new password."""
        self.charger = await self.sockets.charger(edge.ports["ws"][0], identity)
        self.leg = await self.central.leg(identity)
        sampled = [{"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"}]
        values = {"connectorId": 1, "meterValue": [{"timestamp": "2024-01-01T00:00:00Z", "sampledValue": sampled}]}
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": "2024-01-01T00:00:00Z"}
        boot = {"chargePointVendor": "Acme", "chargePointModel": "One", "chargePointSerialNumber": identity}
        exchanges: list[tuple[str, Any, Any]] = [
            ("BootNotification", boot, {"status": "Accepted", "interval": 60, "currentTime": "2024-01-01T00:00:00Z"}),
            ("StartTransaction", start, {"transactionId": 77, "idTagInfo": {"status": "Accepted"}}),
            ("MeterValues", values, {}),
        ]
        for number, (action, payload, answer) in enumerate(exchanges):
            self.charger.send(json.dumps([2, str(number), action, payload]).encode())
            await self.leg.message(number)
            self.leg.send(json.dumps([3, str(number), answer]).encode())
            await self.charger.message(number)
        change = [2, "k", "ChangeConfiguration", {"key": "AuthorizationKey", "value": KEY}]
        self.leg.send(json.dumps(change).encode())
        await self.charger.message(len(exchanges))
        self.charger.send(b'[3,"k",{"status":"Rejected"}]')
        await self.leg.message(len(exchanges))

    async def messages(self, edge: EdgeProcess, count: int) -> list[Any]:
        """The charger's messages, once so many are kept."""
        from twisted.internet import reactor

        charger = (await edgectl(edge, "--json", "chargers")).json["chargers"][0]["id"]
        for _ in range(100):
            found = (await edgectl(edge, "messages", charger, "--json")).lines
            if len(found) >= count:
                return found
            await deferLater(reactor, 0.2)
        raise AssertionError(found)

    async def observed(self, edge: EdgeProcess) -> Any:
        """The one charger, once its messages were looked at, which is done a moment after they were forwarded."""
        from twisted.internet import reactor

        while True:
            [charger] = (await edgectl(edge, "--json", "chargers")).json["chargers"]
            if charger["observed"] and charger["observed"]["boot"]:
                return charger
            await deferLater(reactor, 0.1)

    async def thread(self, job: Callable[..., T], *arguments: object) -> T:
        """Do something that blocks."""
        return await deferToThread(job, *arguments)

    async def test_session(self) -> None:
        """The messages of a session are kept, paired, redacted, exported and in the bundle; the charger is observed."""
        edge = await self.begin()
        await self.session(edge)
        found = await self.messages(edge, 8)
        self.assertEqual(
            [(one["source"], one["kind"], one["action"]) for one in found],
            [
                ("charger", "call", "BootNotification"),
                ("central", "result", "BootNotification"),
                ("charger", "call", "StartTransaction"),
                ("central", "result", "StartTransaction"),
                ("charger", "call", "MeterValues"),
                ("central", "result", "MeterValues"),
                ("central", "call", "ChangeConfiguration"),
                ("charger", "result", "ChangeConfiguration"),
            ],
        )
        for call, answer in zip(found[::2], found[1::2], strict=True):
            self.assertEqual((call["answered_by"], answer["answers"]), (answer["id"], call["id"]))
            self.assertEqual(call["seconds"], answer["seconds"])
            self.assertLess(answer["seconds"], 20)
        [charger] = (await edgectl(edge, "--json", "chargers")).json["chargers"]
        self.assertEqual(charger["observed"]["boot"]["vendor"], "Acme")
        self.assertEqual(charger["observed"]["connectors"][0]["transaction"]["card"], "…6F7")
        ref = charger["id"]
        opened = await edgectl(edge, "messages", ref, "--open", str(found[0]["id"]))
        self.assertIn('"chargePointVendor": "Acme"', opened.out)
        table = await edgectl(edge, "messages", ref, "--export", "csv")
        self.assertEqual(len(table.out.splitlines()), 9)
        lines = await edgectl(edge, "messages", ref, "--export", "jsonl", "--action", "MeterValues")
        self.assertEqual([one["kind"] for one in lines.lines], ["call", "result"])
        shown = await edgectl(edge, "charger", ref)
        self.assertIn("Acme, One", shown.out)
        bundle = await edgectl(edge, "bundle")
        with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        self.assertEqual(
            sorted(files),
            ["edge/box.json", "edge/chargers.json", "edge/journal.json", "edge/messages.jsonl", "edge/settings.json"],
        )
        self.assertEqual(len(files["edge/messages.jsonl"].splitlines()), 8)
        await edge.stop()
        said = [*files.values(), table.data, lines.data, opened.data, shown.data, edge.output]
        said += [file.read_bytes() for file in edge.state.glob("messages.db*")]
        for secret in (KEY, CARD, IDENTITY, "P20241234"):
            for text in said:
                self.assertFalse(secret.encode() in text, f"{secret}: {text[:200]!r}")

    async def test_restart(self) -> None:
        """After a restart, kept messages and what was known of the charger are there, and numbers go on."""
        edge = await self.begin()
        await self.session(edge)
        before = await self.messages(edge, 8)
        await edge.restart()
        [charger] = (await edgectl(edge, "--json", "chargers")).json["chargers"]
        self.assertEqual((charger["state"], charger["observed"]["boot"]["vendor"]), ("away", "Acme"))
        self.assertIsNone(charger["observed"]["power"])
        await self.session(edge)
        after = await self.messages(edge, 16)
        self.assertEqual([one["id"] for one in after][:8], [one["id"] for one in before])
        self.assertEqual(len({one["id"] for one in after}), 16)

    async def test_machines(self) -> None:
        """Figures and health are answered on their own port, health on EdgeManager's too, without an account."""
        edge = await self.begin()
        await self.session(edge)
        await self.messages(edge, 8)
        port = edge.ports["metrics"][0]
        self.assertEqual(await self.thread(fetch, port, "/healthz"), (200, b"ok\n"))
        self.assertEqual(await self.thread(fetch, port, "/readyz"), (200, b"ready\n"))
        status, figures = await self.thread(fetch, port, "/metrics")
        self.assertEqual(status, 200)
        self.assertIn(b'edge_messages_total{source="charger"} 4.0', figures)
        self.assertIn(b"edge_store_messages_total 8.0", figures)
        self.assertIn(b"edge_charger_power_watts", figures)
        self.assertNotIn(b"EVB", figures)
        self.assertEqual((await self.thread(fetch, port, "/v1/chargers"))[0], 404)
        manager = edge.ports["manager"][0]
        for path, said in (("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
            self.assertEqual(await self.thread(fetch_secure, manager, path, edge.root), (200, said))
        self.assertEqual((await self.thread(fetch_secure, manager, "/metrics", edge.root))[0], 404)

    async def test_off(self) -> None:
        """Where messages are not kept there is no file of them, and the charger is observed all the same."""
        edge = await self.begin(messages={"keep": False})
        await self.session(edge)
        charger = await self.observed(edge)
        self.assertEqual(charger["observed"]["boot"]["vendor"], "Acme")
        ran = await edgectl(edge, "messages", charger["id"])
        self.assertEqual(ran.code, 1)
        self.assertIn("not kept", ran.error)
        self.assertEqual(list(edge.state.glob("messages.db*")), [])

    async def test_broken_file(self) -> None:
        """A file of messages that is broken, or can't be written at all, keeps no charger away."""
        edge = await self.begin()
        await edge.stop()
        path = edge.state / "messages.db"
        for more in ("", "-wal", "-shm"):
            path.with_name(path.name + more).unlink(missing_ok=True)
        path.mkdir()
        await edge.start()
        await self.session(edge)
        await edge.says(b"could not be written to the disk")
        await edge.stop()
        self.assertEqual(edge.output.count(b"The messages that pass could not be written"), 1)
