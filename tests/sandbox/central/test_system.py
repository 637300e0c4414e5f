"""Tests of the central system, on loopback."""

import base64
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.dial import Access
from edge_twisted.sandbox.quiet import HEAD_BYTES
from edge_twisted.sandbox.security import Account, Credentials, Refusal, Security
from edge_twisted.sandbox.tls import Trust
from tests.sandbox.ears import BOUND, Ears, tick
from tests.sandbox.site import authority, start_central, start_charger

RIGHT = Credentials(b"CP1", bytes(range(256)))
UPGRADE = (
    "GET /{identity} HTTP/1.1\r\nHost: central\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)
OCPP = "Sec-WebSocket-Protocol: ocpp1.6\r\n"


class Wire(Protocol):
    """A connection that says what it is told and keeps what it gets.

    Attributes:
        got: all that came.
        closed: fires when the connection is gone.
    """

    def __init__(self) -> None:
        self.got = b""
        self.closed: Deferred[None] = Deferred()
        self._waiting: list[tuple[bytes, Deferred[None]]] = []

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        for one in list(self._waiting):
            if one[0] in self.got:
                self._waiting.remove(one)
                one[1].callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.closed.callback(None)

    async def until(self, text: bytes) -> None:
        """Wait until a text came."""
        from twisted.internet import reactor

        if text not in self.got:
            waiting: Deferred[None] = Deferred()
            self._waiting.append((text, waiting))
            waiting.addTimeout(BOUND, reactor)
            await waiting


class CentralTests(TestCase):
    """Handshakes and messages, octet by octet where it matters."""

    timeout = 60

    async def connect(self, central: Central, text: str) -> Wire:
        """Open a connection to the ws port and say something."""
        from twisted.internet import reactor

        wire = Wire()
        await connectProtocol(HostnameEndpoint(reactor, "127.0.0.1", central.ports["ws"]), wire)
        assert wire.transport is not None
        wire.transport.write(text.encode("latin-1"))
        self.addCleanup(lambda: wire.transport.loseConnection() if wire.transport else None)
        return wire

    async def refused(self, central: Central, identity: str, more: str = OCPP) -> bytes:
        """The whole answer to a handshake that is refused."""
        wire = await self.connect(central, UPGRADE.format(identity=identity, more=more))
        await wire.closed
        return wire.got

    def over(self, central: Central, scheme: str, identity: str, root: str = "", **more: Any) -> Ears:
        """Have a charger connect."""
        endpoint = f"{scheme}://127.0.0.1:{central.ports[scheme]}"
        trust = Trust(roots=(root,)) if root else Trust()
        return start_charger(self, Access(endpoint, identity, trust, **more))[1]

    async def test_any_port(self) -> None:
        """Ports 0 are allowed, and told; without a certificate there is no wss port."""
        central, _ = start_central(self, certificate=authority(self).issue(["localhost"], ["127.0.0.1"]))
        self.assertEqual(set(central.ports), {"ws", "wss"})
        self.assertNotIn(0, central.ports.values())
        self.assertEqual(set(start_central(self)[0].ports), {"ws"})

    async def test_conversation(self) -> None:
        """A charger is let in with ocpp1.6, and its requests are answered."""
        central, ears = start_central(self)
        charger = self.over(central, "ws", "CP 1/ä")
        self.assertEqual((await charger.next(h.Connected)).protocol, "ocpp1.6")
        self.assertEqual(await charger.next(h.Booted), h.Booted("CP 1/ä", "Accepted"))
        self.assertEqual(await ears.next(h.Let), h.Let("CP 1/ä", False, "ocpp1.6"))
        self.assertEqual(await ears.next(h.Answered), h.Answered("CP 1/ä", "BootNotification"))

    async def test_wss_demanded(self) -> None:
        """Where wss is demanded, ws gets 403, and wss is let in without a password."""
        ca = authority(self)
        central, ears = start_central(self, certificate=ca.issue([], ["127.0.0.1"]))
        central.accounts["CP1"] = Account(Security.NONE_OVER_WSS)
        answer = await self.refused(central, "CP1")
        self.assertTrue(answer.startswith(b"HTTP/1.1 403 Forbidden\r\n"), answer)
        self.assertNotIn(b"WWW-Authenticate", answer)
        self.assertEqual(ears.all(h.TurnedAway), [h.TurnedAway("CP1", False, Refusal(403, "wss-demanded"))])
        await self.over(central, "wss", "CP1", ca.pem).next(h.Booted)

    async def test_basic(self) -> None:
        """Where Basic is demanded: 403 over ws, over wss 401 without or with a wrong password, else it is let in."""
        ca = authority(self)
        central, ears = start_central(self, certificate=ca.issue([], ["127.0.0.1"]))
        central.accounts["CP1"] = Account(Security.BASIC_OVER_WSS, RIGHT)
        wrong = Credentials(b"CP1", RIGHT.password[:-1])
        statuses = [
            (await self.over(central, *given, credentials=shown).next(h.Refused)).status
            for given, shown in (
                (("ws", "CP1"), RIGHT),
                (("wss", "CP1", ca.pem), None),
                (("wss", "CP1", ca.pem), wrong),
            )
        ]
        self.assertEqual(statuses, [403, 401, 401])
        await self.over(central, "wss", "CP1", ca.pem, credentials=RIGHT).next(h.Booted)
        self.assertEqual((await ears.next(h.Let)).secure, True)

    async def test_no_authentication(self) -> None:
        """`No authentication` ignores what is shown, be it nonsense."""
        central, _ = start_central(self)
        central.accounts["CP1"] = Account()
        more = OCPP + "Authorization: Basic " + base64.b64encode(b"no colon").decode() + "\r\n"
        wire = await self.connect(central, UPGRADE.format(identity="CP1", more=more))
        await wire.until(b"101")

    async def test_strangers(self) -> None:
        """J-07: identities that are not on the dashboard are accepted, or get 404, as set; an empty one gets 404."""
        accepting, _ = start_central(self)
        await self.over(accepting, "ws", "stranger").next(h.Booted)
        self.assertTrue((await self.refused(accepting, "")).startswith(b"HTTP/1.1 404 "))
        refusing, ears = start_central(self, strangers="refuse")
        refusing.accounts["known"] = Account()
        self.assertEqual((await self.over(refusing, "ws", "stranger").next(h.Refused)).status, 404)
        self.assertEqual(ears.all(h.TurnedAway)[0].refusal, Refusal(404, "unknown"))
        await self.over(refusing, "ws", "known").next(h.Booted)

    def test_strangers_setting(self) -> None:
        """Another word for strangers is refused."""
        self.assertRaises(ValueError, CentralSettings, strangers="perhaps")

    async def test_saved_holds_at_the_next_handshake(self) -> None:
        """A change on the dashboard leaves an open connection alone and holds at the next handshake."""
        central, ears = start_central(self)
        await self.over(central, "ws", "CP1").next(h.Booted)
        central.accounts["CP1"] = Account(Security.NONE_OVER_WSS)
        self.assertTrue((await self.refused(central, "CP1")).startswith(b"HTTP/1.1 403 "))
        self.assertEqual(ears.all(h.Left), [])

    async def test_path(self) -> None:
        """J-02, J-05: any path may stand before the identity, which is decoded after the split."""
        central, ears = start_central(self)
        wire = await self.connect(central, UPGRADE.format(identity="a/b/A%2FB%20C", more=OCPP))
        await wire.until(b"101")
        self.assertEqual((await ears.next(h.Let)).identity, "A/B C")

    async def test_unsupported_version(self) -> None:
        """J-11: where no offered version is spoken, the answer is 101 without a version, then a close."""
        central, ears = start_central(self)
        more = "Sec-WebSocket-Protocol: ocpp2.0.1\r\n"
        wire = await self.connect(central, UPGRADE.format(identity="CP1", more=more))
        await wire.until(b"\x88\x02\x03\xe8")
        self.assertNotIn(b"Sec-WebSocket-Protocol", wire.got)

    async def test_no_version(self) -> None:
        """J-13: a charger that names no version is served, and is named none."""
        central, ears = start_central(self)
        charger = self.over(central, "ws", "CP1", protocols=())
        self.assertEqual((await charger.next(h.Connected)).protocol, "")
        await charger.next(h.Booted)

    async def test_unknown_action(self) -> None:
        """An action that no charger has gets a CALLERROR; a broken request one that says so; nonsense is only told."""
        central, ears = start_central(self)
        wire = await self.connect(central, UPGRADE.format(identity="CP1", more=OCPP))
        await wire.until(b"\r\n\r\n")
        for text in (b'[2,"1","MakeCoffee",{}]', b'[2,"2","Heartbeat",[]]', b"nonsense"):
            assert wire.transport is not None
            wire.transport.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        await wire.until(b'[4,"1","NotImplemented"')
        await wire.until(b'[4,"2","FormationViolation"')
        self.assertEqual((await ears.next(h.Answered)).error, "NotImplemented")
        await ears.next(h.Garbled, 2)

    async def test_second_connection(self) -> None:
        """A second connection of an identity takes the place of the first, which is closed."""
        central, ears = start_central(self)
        first = self.over(central, "ws", "CP1")
        await first.next(h.Booted)
        older = central.connected["CP1"]
        wire = await self.connect(central, UPGRADE.format(identity="CP1", more=OCPP))
        await wire.until(b"\r\n\r\n")
        self.assertEqual((await first.next(h.Closed)).code, 1000)
        self.assertIsNot(central.connected.get("CP1"), older)

    async def test_plain_request(self) -> None:
        """A request that is no handshake is refused, and tells no version."""
        central, _ = start_central(self)
        wire = await self.connect(central, "GET / HTTP/1.1\r\nHost: central\r\n\r\n")
        await wire.closed
        self.assertTrue(wire.got.startswith(b"HTTP/1.1 4"), wire.got)
        self.assertNotIn(b"Autobahn", wire.got)

    async def test_endless_head(self) -> None:
        """A handshake without an end is cut off."""
        central, _ = start_central(self)
        wire = await self.connect(central, "GET / HTTP/1.1\r\n" + "x" * HEAD_BYTES)
        await wire.closed
        self.assertEqual(central.legs, set())

    async def test_stop(self) -> None:
        """At the end every connection is closed, be it open or not, and nobody can connect any more."""
        central, ears = start_central(self)
        charger = self.over(central, "ws", "CP1")
        await charger.next(h.Booted)
        await self.connect(central, "GET / HT")
        while len(central.legs) < 2:
            await tick()
        await central.stop()
        self.assertEqual(central.legs, set())
        self.assertEqual((await charger.next(h.Closed)).code, 1000)
        self.assertEqual((await charger.next(h.Failed)).why, "refused")
