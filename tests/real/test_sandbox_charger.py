"""The simulated charger at central systems that nobody here wrote: PyPI `ocpp` and npm `ocpp-rpc`."""

import json
from typing import Any

from twisted.trial.unittest import TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Plan
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import Trust
from tests.certificates import Root
from tests.real.peer import Central, start_central
from tests.sandbox.ears import Ears

PASSWORD = bytes.fromhex("00ff3a0d0a8081c3283d7f1011121314151617aa")
PLAN = Plan(first=0.05, length=0.6, sample=0.2, pause=600.0)


class SandboxChargerTests(TestCase):
    """Over ws, and over wss with a password."""

    timeout = 120

    async def pair(self, kind: str, secure: bool) -> tuple[Charger, Ears, Central]:
        """Start a central system and a charger, online."""
        from twisted.internet import reactor

        root = Root()
        leaf = root.issue(names=["localhost"], addresses=["127.0.0.1"]) if secure else None
        central = await start_central(
            self, kind, leaf=leaf, basic="known" if secure else "none", accounts={"CP1": PASSWORD} if secure else None
        )
        access = Access(
            central.endpoint,
            "CP1",
            Trust(roots=(root.pem,)) if secure else Trust(),
            Credentials(b"CP1", PASSWORD) if secure else None,
        )
        ears = Ears()
        charger = Charger(reactor, ChargerSettings(access, BackOff(0.1, 0.0, 0), plan=PLAN, connectors=2), ears)
        self.addCleanup(charger.stop)
        charger.start()
        await ears.next(h.Booted)
        return charger, ears, central

    async def test_conversation(self) -> None:
        """It boots, charges a car, and does what it is asked, at either central system, over ws and wss."""
        for kind in ("py", "rpc"):
            for secure in (False, True):
                charger, ears, central = await self.pair(kind, secure)
                await self.charge(ears, central)
                await self.command(ears, central)
                await self.rotate(ears, central, secure)
                await charger.stop()
                await central.event("closed", code=1000)

    async def charge(self, ears: Ears, central: Central) -> None:
        """The session of the plan: authorised, started, meter values, stopped."""
        await ears.next(h.Charged)
        await central.until(lambda: asked(central, "StopTransaction") or None, "the end of the transaction")
        for action in ("BootNotification", "Authorize", "StartTransaction"):
            self.assertEqual(len(asked(central, action)), 1, action)
        [stop] = asked(central, "StopTransaction")
        self.assertGreaterEqual(len(asked(central, "MeterValues")), 2)
        numbers = {one["transactionId"] for one in [*asked(central, "MeterValues"), stop]}
        self.assertEqual(numbers, {ears.all(h.Charging)[0].transaction})

    async def tell(self, central: Central, action: str, **payload: Any) -> Any:
        """Ask the charger; its answer."""
        return await central.tell("call", identity="CP1", action=action, payload=payload)

    async def command(self, ears: Ears, central: Central) -> None:
        """RemoteStart, GetConfiguration, ChangeConfiguration, TriggerMessage, and the white paper's list of roots."""
        self.assertEqual(await self.tell(central, "RemoteStartTransaction", idTag="APP"), {"status": "Accepted"})
        await ears.next(h.Charged, 2)
        found = await self.tell(central, "GetConfiguration", key=["HeartbeatInterval", "Nonsense", "AuthorizationKey"])
        self.assertEqual(found["unknownKey"], ["Nonsense"])
        self.assertEqual([one.get("value") for one in found["configurationKey"]], ["300", None])
        change = {"key": "MeterValueSampleInterval", "value": "7"}
        self.assertEqual(await self.tell(central, "ChangeConfiguration", **change), {"status": "Accepted"})
        found = await self.tell(central, "GetConfiguration", key=["MeterValueSampleInterval"])
        self.assertEqual(found["configurationKey"][0]["value"], "7")
        before = len(asked(central, "StatusNotification"))
        trigger = {"requestedMessage": "StatusNotification", "connectorId": 2}
        self.assertEqual(await self.tell(central, "TriggerMessage", **trigger), {"status": "Accepted"})
        await central.until(
            lambda: any(one["connectorId"] == 2 for one in asked(central, "StatusNotification")[before:]) or None,
            "the status that was asked for",
        )

    async def rotate(self, ears: Ears, central: Central, secure: bool) -> None:
        """S-30: a new password; the charger comes back with its bytes."""
        if not secure:
            return
        new = bytes(range(20))
        payload = {"key": "AuthorizationKey", "value": new.hex()}
        self.assertEqual(await self.tell(central, "ChangeConfiguration", **payload), {"status": "Accepted"})
        await central.tell("account", identity="CP1", password=new.hex())
        await ears.next(h.Connected, 2)
        shown = [bytes.fromhex(one["password"]) for one in central.events("request")]
        self.assertEqual((shown[0], shown[-1]), (PASSWORD, new))


def asked(central: Central, action: str) -> list[dict[str, Any]]:
    """The payloads of the requests of an action that the central system received so far."""
    messages = [json.loads(message) for message in central.messages("in")]
    return [message[3] for message in messages if message[0] == 2 and message[2] == action]
