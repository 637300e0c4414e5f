"""Tests of connections as a raw charger sees them: what is saved is enforced, asked, noted and ended."""

import json
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.known import Denied
from edge_twisted.sandbox.central.rotation import FORMS
from edge_twisted.sandbox.central.system import NotAnswered
from edge_twisted.sandbox.flow import End
from edge_twisted.sandbox.quiet import HEAD_BYTES
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.sockets import ChargerLeg, call, charger_request, header
from tests.sandbox.central.place import PlaceCase, fault
from tests.sandbox.ears import tick
from tests.wire import frames

OLD = Credentials(b"CP1", b"the old one")
BASIC = Account(Security.BASIC_OVER_WSS, OLD)


async def reply(leg: ChargerLeg, payload: object, number: int = 0) -> list[Any]:
    """Answer a request of the central system's; the request."""
    request: list[Any] = json.loads(await leg.message(number))
    leg.send(json.dumps([3, request[1], payload]).encode())
    return request


class LegTests(PlaceCase):
    """A real central system, and octets."""

    async def test_challenge(self) -> None:
        """W-21: a 401 says how to authenticate, and the connection is closed; the charger's page tells why."""
        central = self.central(secure=True)
        central.save("CP1", BASIC)
        leg = await self.charger(central, secure=True)
        await leg.over()
        self.assertEqual((leg.status, header(leg.head, b"www-authenticate")), (401, b'Basic realm="central"'))
        known = central.known("CP1")
        assert known is not None
        [denied] = known.refusals
        self.assertEqual(denied, Denied(denied.at, 401, True, "credentials-missing"))

    async def test_known(self) -> None:
        """What is known of a connection while it stands, and what stays of it."""
        central = self.central()
        leg = await self.charger(central, headers=(b"User-Agent: Peer/1",))
        leg.send(call(1))
        await leg.message()
        known = central.known("CP1")
        assert known is not None
        self.assertEqual((known.online, known.secure, known.protocol, known.agent), (True, False, "ocpp1.6", "Peer/1"))
        self.assertIsNone(known.account)
        assert known.since is not None and known.heard is not None
        self.assertLessEqual(known.since, known.heard)
        leg.abort()
        await self.ears.next(h.Left)
        self.assertEqual((known.online, known.agent, list(central.chargers)), (False, "Peer/1", ["CP1"]))

    async def test_saved_and_closed(self) -> None:
        """What is saved holds from the next handshake on; with `close` the connection ends at once, with 1000."""
        central = self.central()
        leg = await self.charger(central)
        central.save("CP1", Account(Security.NONE_OVER_WSS))
        leg.send(call(1))
        await leg.message()
        self.assertEqual(await self.status(central), 403)
        central.save("CP1", Account(), close=True)
        await leg.over()
        self.assertEqual(leg.closed, 1000)
        self.assertEqual(await self.status(central), 101)

    async def test_removed(self) -> None:
        """A charger that is removed is a stranger at its next handshake."""
        central = self.central(strangers="refuse")
        central.save("CP1", Account())
        leg = await self.charger(central)
        central.remove("CP1")
        leg.send(call(1))
        await leg.message()
        self.assertEqual([await self.status(central), await self.status(central, "CP2")], [404, 404])

    async def test_long_identity(self) -> None:
        """An endless identity is no identity, and is not remembered."""
        central = self.central()
        self.assertEqual(await self.status(central, "x" * 256), 404)
        self.assertEqual(await self.status(central, "x" * 255), 101)
        self.assertEqual(list(central.chargers), ["x" * 255])

    async def test_save_errors(self) -> None:
        """What can't be an identity can't be saved."""
        central = self.central()
        for identity in ("", "x" * 256):
            self.assertRaises(ValueError, central.save, identity, Account())

    async def test_disconnect(self) -> None:
        """A connection is closed with any code that may be sent; one that is not there is not."""
        central = self.central()
        for code, seen in ((1000, 1000), (1012, 1012), (4001, 4001), (0, None)):
            leg = await self.charger(central)
            self.assertTrue(central.disconnect("CP1", code))
            await leg.over()
            self.assertEqual(leg.closed, seen)
        while central.connected:
            await tick()
        self.assertFalse(central.disconnect("CP1"))
        for code in (1005, 1006, 999, 5000):
            self.assertRaises(ValueError, central.disconnect, "CP1", code)

    async def test_ask(self) -> None:
        """A charger is asked, one thing after the other; one that is offline is not."""
        central = self.central()
        leg = await self.charger(central)
        first, second = central.ask("CP1", "ClearCache", {}), central.ask("CP1", "Reset", {"type": "Soft"})
        self.assertEqual((await reply(leg, {"status": "Accepted"}))[2], "ClearCache")
        self.assertEqual(await first, {"status": "Accepted"})
        self.assertEqual((await reply(leg, {"status": "Rejected"}, 1))[2:], ["Reset", {"type": "Soft"}])
        self.assertEqual(await second, {"status": "Rejected"})
        last = central.ask("CP1", "ClearCache", {})
        leg.abort()
        for asked in (last, central.ask("CP2", "ClearCache", {})):
            with self.assertRaises(NotAnswered) as raised:
                await asked
            self.assertEqual(raised.exception.code, "offline")

    async def test_rotate(self) -> None:
        """S-30: after Accepted the old password is refused and the new one is right, in either form."""
        central = self.central(secure=True)
        central.save("CP1", BASIC)
        password = OLD.password
        for form in FORMS[:2]:
            leg = await self.charger(central, password=password, secure=True)
            done = central.rotate("CP1", form)
            request = await reply(leg, {"status": "Accepted"})
            self.assertEqual(await done, "Accepted")
            new = bytes.fromhex(request[3]["value"])
            self.assertEqual(await self.status(central, password=password, secure=True), 401)
            self.assertEqual(await self.status(central, password=new, secure=True), 101)
            password = new

    async def test_rotate_with_reboot(self) -> None:
        """J-64: after RebootRequired the old password is right until the new one was shown."""
        central = self.central(secure=True)
        central.save("CP1", BASIC)
        leg = await self.charger(central, password=OLD.password, secure=True)
        done = central.rotate("CP1")
        request = await reply(leg, {"status": "RebootRequired"})
        await done
        passwords = (OLD.password, bytes.fromhex(request[3]["value"]), OLD.password)
        statuses = [await self.status(central, password=password, secure=True) for password in passwords]
        self.assertEqual(statuses, [101, 101, 401])

    async def test_rotate_refused(self) -> None:
        """A rejected change leaves the old password; there is no other form, nor a charger that is offline."""
        central = self.central(secure=True)
        central.save("CP1", BASIC)
        leg = await self.charger(central, password=OLD.password, secure=True)
        done = central.rotate("CP1")
        await reply(leg, {"status": "Rejected"})
        self.assertEqual(await done, "Rejected")
        self.assertEqual(central.accounts["CP1"], BASIC)
        await self.assertFailure(central.rotate("CP1", "base64"), ValueError)
        await self.assertFailure(central.rotate("CP2"), NotAnswered)

    async def test_rotate_unwatched(self) -> None:
        """A change goes on when nobody waits for it any more: the charger accepts it all the same."""
        central = self.central()
        leg = await self.charger(central)
        done = central.rotate("CP1")
        done.cancel()
        await self.assertFailure(done, CancelledError)
        request = await reply(leg, {"status": "Accepted"})
        while "CP1" not in central.accounts:
            await tick()
        saved = central.accounts["CP1"].credentials
        self.assertEqual(saved, Credentials(b"CP1", bytes.fromhex(request[3]["value"])))

    async def test_raise_profile(self) -> None:
        """A05.FR.09: ws is let in until the charger came over wss; then it is refused."""
        central = self.central(secure=True)
        central.save("CP1", Account(Security.NONE, OLD))
        leg = await self.charger(central)
        done = central.raise_profile("CP1", 2)
        self.assertEqual((await reply(leg, {"status": "Accepted"}))[3], {"key": "SecurityProfile", "value": "2"})
        self.assertEqual(await done, "Accepted")
        self.assertEqual(await self.status(central), 101)
        self.assertEqual(await self.status(central, password=OLD.password, secure=True), 101)
        self.assertEqual(await self.status(central, password=OLD.password), 403)
        central.save("CP1", Account(Security.NONE, OLD))
        self.assertEqual(await self.status(central), 101)
        await self.assertFailure(central.raise_profile("CP1", 4), ValueError)

    async def test_changes(self) -> None:
        """Whoever watches hears of handshakes, messages, accounts, faults and ends."""
        central = self.central()
        changes: list[str] = []
        central.watch(changes.append)

        async def changed(identity: str) -> None:
            while identity not in changes:
                await tick()
            changes.clear()

        leg = await self.charger(central)
        await changed("CP1")
        leg.send(call(1))
        await changed("CP1")
        central.save("CP2", Account())
        self.assertEqual(changes, ["CP2"])
        central.remove("CP2")
        changes.clear()
        central.faults.clear()
        self.assertEqual(changes, [])
        await leg.message()
        changes.clear()
        leg.abort()
        await changed("CP1")

    async def test_ledger(self) -> None:
        """Both ways are written down; what is on its way when a second connection takes the place is not lost yet."""
        self.ledger.watch("CP1")
        central = self.central()
        leg = await self.charger(central)
        request = call(1).decode()
        self.ledger.sent(End.CHARGER, "CP1", request)
        leg.send(request.encode())
        self.ledger.received(End.CHARGER, "CP1", (await leg.message()).decode())
        report = self.ledger.report("CP1")
        self.assertEqual((report.up.delivered, report.down.delivered, report.clean), (1, 1, True))

    async def test_replaced(self) -> None:
        """Q11: the end of an older connection does not touch the newer one."""
        central = self.central()
        older = await self.charger(central)
        newer = await self.charger(central)
        await older.over()
        self.assertEqual((older.closed, newer.closed), (1000, -1))
        while len(central.legs) > 1:
            await tick()
        known = central.known("CP1")
        assert known is not None
        self.assertTrue(known.online)
        asked: Deferred[Any] = central.ask("CP1", "ClearCache", {})
        await reply(newer, {"status": "Accepted"})
        await asked

    async def test_early(self) -> None:
        """What a charger says in one breath with its handshake is answered."""
        central = self.central()
        hasty = charger_request("CP1") + frames.frame(frames.TEXT, call(1), masked=True)
        leg = await self.connect(central, hasty)
        self.assertTrue((await leg.message()).startswith(b'[3,"1",'))

    async def test_endless_early(self) -> None:
        """A refused charger that goes on and on is cut off."""
        central = self.central(strangers="refuse")
        leg = await self.connect(central, charger_request("CP1") + b"x" * HEAD_BYTES)
        await leg.over()
        while central.legs:
            await tick()

    async def test_binary(self) -> None:
        """A binary message is a finding, and the connection stands."""
        central = self.central()
        leg = await self.charger(central)
        leg.send(call(1), 2)
        leg.send(call(2))
        self.assertTrue((await leg.message()).startswith(b'[3,"2",'))
        known = central.known("CP1")
        assert known is not None
        self.assertEqual((known.messages[0].kind, known.findings), ("unreadable", 1))

    async def test_faults_need_tls(self) -> None:
        """Without a wss port, or without the authority, a certificate can't be wrong; a self-signed one can."""
        plain, secure = self.central(), self.central(secure=True, authority=None)
        for central, kind in ((plain, "certificate-self-signed"), (secure, "certificate-expired")):
            self.assertRaises(ValueError, central.faults.start, fault(kind))
        secure.faults.start(fault("certificate-self-signed"))
        self.assertEqual(await self.status(secure, secure=True), 101)
