"""The sandbox's central system against chargers that nobody here wrote, without Edge in between."""

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.rotation import FORMS
from edge_twisted.sandbox.central.system import Central, CentralSettings, NotAnswered
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.peer import Peer, start_charger
from tests.real.sockets import Watch

KINDS = ("py", "rpc")
PASSWORD = bytes.fromhex("0001020304050607ffffffffff3affff0dffffff")
"""Twenty octets with NUL, colon and CR among them, and no UTF-8."""
SESSION = [
    "BootNotification",
    "StatusNotification",
    "Authorize",
    "StartTransaction",
    "MeterValues",
    "StopTransaction",
    "Heartbeat",
]


class SandboxCentralTests(TestCase):
    """PyPI `ocpp` and npm `ocpp-rpc` as chargers."""

    timeout = 120

    def setUp(self) -> None:
        from twisted.internet import reactor

        folder = Path(self.mktemp())
        folder.mkdir()
        self.authority = make_authority(folder)
        right = self.authority.issue(["localhost"], ["127.0.0.1"])
        self.central = Central(reactor, CentralSettings(right, authority=self.authority), lambda happening: None)
        self.central.start()
        self.addCleanup(self.central.stop)
        self.watch = Watch()
        self.central.watch(lambda identity: self.watch.look())

    async def charger(self, kind: str, secure: bool, password: bytes = PASSWORD) -> Peer:
        """A charger of this kind that is connected and shows a password; over wss it must be right."""
        security = Security.BASIC_OVER_WSS if secure else Security.NONE
        self.central.save(kind, Account(security, Credentials(kind.encode(), PASSWORD)))
        scheme = "wss" if secure else "ws"
        endpoint = f"{scheme}://localhost:{self.central.ports[scheme]}/ocpp"
        root = self.authority.pem if secure else None
        return start_charger(self, kind, endpoint, kind, password=password, root=root)

    async def until(self, find: Any, what: str) -> None:
        """Wait until something holds of the central system."""
        await self.watch.until(lambda: find() or None, what)

    async def ask(self, identity: str, action: str, **payload: object) -> dict[str, Any]:
        """Ask a charger."""
        return await self.central.ask(identity, action, payload)

    def actions(self, identity: str) -> list[str]:
        """What a charger has asked so far."""
        known = self.central.known(identity)
        assert known is not None
        return [one.action for one in known.messages if (one.by, one.kind) == ("charger", "call")]

    def check(self, identity: str) -> None:
        """Nothing was found in any message, neither the charger's nor ours."""
        known = self.central.known(identity)
        assert known is not None
        self.assertEqual([(one.text, one.findings) for one in known.messages if one.findings], [])
        self.assertEqual(known.findings, 0)

    async def converse(self, kind: str, charger: Peer) -> None:
        """A charging session, and what the central system may ask."""
        await charger.event("connected", subprotocol="ocpp1.6")
        number = await charger.tell("session")
        self.assertEqual(self.actions(kind), SESSION)
        known = self.central.known(kind)
        assert known is not None
        transaction = known.transactions[number]
        self.assertEqual((transaction.connector, transaction.card, transaction.meter_stop), (1, "CARD1", 1234))
        self.assertEqual((known.boot["chargePointModel"], known.connectors), ("Peer", {1: "Available"}))
        answer = await self.ask(kind, "RemoteStartTransaction", idTag="CARD2", connectorId=1)
        self.assertEqual(answer, {"status": "Accepted"})
        await self.until(lambda: any(one.running for one in known.transactions.values()), "a second transaction")
        [running] = [one.id for one in known.transactions.values() if one.running]
        await self.ask(kind, "RemoteStopTransaction", transactionId=running)
        await self.until(lambda: not any(one.running for one in known.transactions.values()), "its end")
        answer = await self.ask(kind, "GetConfiguration", key=["HeartbeatInterval", "AuthorizationKey"])
        self.assertEqual(answer["unknownKey"], ["AuthorizationKey"])
        await self.ask(kind, "TriggerMessage", requestedMessage="StatusNotification")
        await self.until(lambda: self.actions(kind)[-1] == "StatusNotification", "what was asked for")
        with self.assertRaises(NotAnswered) as raised:
            await self.ask(kind, "ClearCache")
        self.assertIn(raised.exception.code, ("NotSupported", "NotImplemented"))
        self.check(kind)

    async def test_ws(self) -> None:
        """Both chargers over ws, with credentials that nobody asked for: nothing is found."""
        for kind in KINDS:
            await self.converse(kind, await self.charger(kind, secure=False))

    async def test_wss(self) -> None:
        """Both chargers over wss with Basic, whose password is no text: nothing is found."""
        for kind in KINDS:
            await self.converse(kind, await self.charger(kind, secure=True))

    async def test_refused(self) -> None:
        """A wrong password gets 401, ws gets 403 where wss is demanded."""
        for kind in KINDS:
            charger = await self.charger(kind, secure=True, password=b"wrong")
            self.assertEqual((await charger.event("refused"))["status"], 401)
            self.assertTrue(await charger.tell("connect", password=PASSWORD.hex()))
            charger = await self.charger(kind, secure=False)
            await charger.event("connected")
            self.central.save(kind, Account(Security.NONE_OVER_WSS), close=True)
            self.assertEqual((await charger.event("closed"))["code"], 1000)
            self.assertFalse(await charger.tell("connect"))
            self.assertEqual((await charger.event("refused"))["status"], 403)

    async def test_rotate(self) -> None:
        """S-30: a new password, in both forms: the charger comes back with it, and the old one is refused."""
        for kind in KINDS:
            charger = await self.charger(kind, secure=True)
            await charger.event("connected")
            for form in FORMS[:2]:
                await self.rotated(kind, form)
            self.check(kind)
            old = await self.old(kind)
            self.assertEqual((await old.event("refused"))["status"], 401)

    async def rotated(self, kind: str, form: str) -> None:
        """Change a charger's password, and wait until it is back."""
        known = self.central.known(kind)
        assert known is not None
        since = known.since
        self.assertEqual(await self.central.rotate(kind, form), "Accepted")
        self.assertEqual(await self.ask(kind, "Reset", type="Soft"), {"status": "Accepted"})
        await self.until(lambda: known.online and known.since != since, "its return")

    async def old(self, kind: str) -> Peer:
        """A charger that still has the old password."""
        endpoint = f"wss://localhost:{self.central.ports['wss']}"
        return start_charger(self, kind, endpoint, kind, password=PASSWORD, root=self.authority.pem)

    async def test_many(self) -> None:
        """Chargers of both kinds at once, each with its own transaction."""
        chargers = [(kind, await self.charger(kind, secure=True)) for kind in KINDS]
        numbers = []
        for _, charger in chargers:
            await charger.event("connected")
        sessions = [Deferred.fromCoroutine(charger.tell("session")) for _, charger in chargers]
        for session in sessions:
            numbers.append(await session)
        self.assertEqual(len(set(numbers)), len(KINDS))
        for kind, _ in chargers:
            self.check(kind)
