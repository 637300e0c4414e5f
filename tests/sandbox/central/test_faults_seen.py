"""Tests of the faults, as a charger sees them: octets on loopback."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from twisted.internet.error import ConnectionRefusedError

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.known import Denied
from edge_twisted.sandbox.central.misbehaving import AT_ONCE
from edge_twisted.sandbox.central.system import Central
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.sockets import ChargerLeg, call, charger_request, header
from tests.sandbox.central.place import NAME, PlaceCase, certificate, fault
from tests.sandbox.ears import tick

BOOT = {"chargePointVendor": "v", "chargePointModel": "m"}
SOON = 0.2


class HandshakeFaultTests(PlaceCase):
    """Faults in the answer to a handshake."""

    async def answered(self, kind: str, **parameters: object) -> ChargerLeg:
        """What a charger gets while this fault holds for all; its connection is over then."""
        central = self.central()
        central.faults.start(fault(kind, **parameters))
        leg = await self.charger(central)
        await leg.over()
        self.assertEqual(self.ears.all(h.Misbehaved), [h.Misbehaved("CP1", kind)])
        return leg

    async def test_statuses(self) -> None:
        """Any status of refusal, with Retry-After where it is wanted; the charger's last refusals tell the fault."""
        central = self.central()
        for status in (401, 403, 404, 429, 500, 503, 599):
            central.faults.start(fault("refuse", status=status, retry_after=7 if status in (429, 503) else 0))
            leg = await self.charger(central)
            await leg.over()
            self.assertEqual((leg.status, leg.retry_after), (status, 7 if status in (429, 503) else 0))
            self.assertEqual(header(leg.head, b"www-authenticate") != b"", status == 401)
            self.assertEqual(header(leg.head, b"content-length"), b"0")
        known = central.known("CP1")
        assert known is not None
        self.assertEqual([denied.status for denied in known.refusals], [401, 403, 404, 429, 500, 503, 599])
        self.assertIsInstance(known.refusals[0], Denied)
        self.assertEqual(known.refusals[0].why, "refuse")

    async def test_redirect(self) -> None:
        """A redirect has its Location."""
        for status in (302, 307):
            leg = await self.answered("redirect", status=status, location="wss://other.example/x")
            self.assertEqual(leg.status, status)
            self.assertEqual(header(leg.head, b"location"), b"wss://other.example/x")
            self.ears.heard.clear()

    async def test_http_1_0(self) -> None:
        """An answer of HTTP/1.0."""
        leg = await self.answered("http-1.0", status=503, retry_after=9)
        self.assertTrue(leg.head.startswith(b"HTTP/1.0 503 Service Unavailable\r\n"), leg.head)
        self.assertEqual(leg.retry_after, 9)

    async def test_garbage(self) -> None:
        """Octets that are no HTTP, then the end."""
        leg = await self.answered("garbage")
        self.assertEqual(leg.head, b"")
        self.assertEqual((len(leg._data), leg._data[:1]), (64, b"\0"))

    async def test_no_answer(self) -> None:
        """Nothing, until the connection is cut."""
        leg = await self.answered("no-answer", seconds=1)
        self.assertEqual((leg.head, bytes(leg._data), leg.lost), (b"", b"", True))

    async def test_slow_answer(self) -> None:
        """The usual answer, but late; what the charger says meanwhile is not lost."""
        central = self.central()
        central.faults.start(fault("slow-answer", seconds=SOON))
        leg = await self.connect(central, charger_request("CP1"))
        await self.ears.next(h.Misbehaved)
        self.assertEqual(leg.head, b"")
        leg.send(call(1))
        self.assertEqual(await leg.answered(), 101)
        self.assertTrue((await leg.message()).startswith(b'[3,"1",'))

    async def test_slow_refusal(self) -> None:
        """A refusal can be late, too."""
        central = self.central(strangers="refuse")
        central.faults.start(fault("slow-answer", seconds=SOON))
        self.assertEqual(await self.status(central), 404)

    async def test_slow_and_gone(self) -> None:
        """A charger that does not wait for a late answer leaves nothing behind."""
        central = self.central()
        central.faults.start(fault("slow-answer", seconds=60))
        leg = await self.connect(central, charger_request("CP1"))
        await self.ears.next(h.Misbehaved)
        leg.abort()
        while central.legs:
            await tick()

    async def test_no_subprotocol(self) -> None:
        """A 101 that names no version, and the charger is served."""
        central = self.central()
        central.faults.start(fault("no-subprotocol"))
        leg = await self.charger(central)
        self.assertEqual((leg.status, header(leg.head, b"sec-websocket-protocol")), (101, b""))
        leg.send(call(1))
        await leg.message()

    async def test_wrong_subprotocol(self) -> None:
        """A 101 that names a version that was not offered."""
        central = self.central()
        central.faults.start(fault("wrong-subprotocol", protocol="ocpp2.1"))
        leg = await self.charger(central)
        self.assertEqual((leg.status, header(leg.head, b"sec-websocket-protocol")), (101, b"ocpp2.1"))
        leg.send(call(1))
        await leg.message()

    async def test_any_password(self) -> None:
        """Whoever shows a password gets in, whoever shows none does not; wss is demanded all the same."""
        central = self.central(secure=True)
        central.save("CP1", Account(Security.BASIC_OVER_WSS, Credentials(b"CP1", b"right")))
        self.assertEqual(await self.status(central, password=b"wrong", secure=True), 401)
        central.faults.start(fault("any-password"), "CP1")
        self.assertEqual(await self.status(central, password=b"wrong", secure=True), 101)
        self.assertEqual(await self.status(central, secure=True), 401)
        self.assertEqual(await self.status(central, password=b"right"), 403)

    async def test_one_charger(self) -> None:
        """A fault of one charger is nobody else's, and ends; its own goes before that for all."""
        central = self.central()
        central.faults.start(fault("refuse", status=404), "CP1")
        central.faults.start(fault("refuse", status=429))
        self.assertEqual([await self.status(central), await self.status(central, "CP2")], [404, 429])
        central.faults.stop("refuse")
        self.assertEqual([await self.status(central), await self.status(central, "CP2")], [404, 101])
        central.faults.clear()
        self.assertEqual(await self.status(central), 101)


class OpenFaultTests(PlaceCase):
    """Faults after the 101."""

    async def test_close_codes(self) -> None:
        """Any code that may be sent, with its reason, right behind the 101; or none at all."""
        central = self.central()
        for code in (1000, 1001, 1008, 1011, 1012, 1013, 1014, 3000, 4999):
            central.faults.start(fault("close", code=code, reason="enough"))
            leg = await self.charger(central)
            await leg.over()
            self.assertEqual((leg.status, leg.closed), (101, code))
        central.faults.start(fault("close", code=0))
        leg = await self.charger(central)
        await leg.over()
        self.assertEqual(leg.closed, None)

    async def test_close_later(self) -> None:
        """A close some time after the 101; until then the charger is served."""
        central = self.central()
        central.faults.start(fault("close", code=4000, seconds=SOON))
        leg = await self.charger(central)
        leg.send(call(1))
        await leg.message()
        await leg.over()
        self.assertEqual(leg.closed, 4000)

    async def test_open_connections(self) -> None:
        """A fault that begins takes hold of connections that stand, of its charger only; one that ends lets go."""
        central = self.central()
        first, second = await self.charger(central), await self.charger(central, "CP2")
        central.faults.start(fault("close", code=4001, seconds=60), "CP2")
        central.faults.stop("close", "CP2")
        central.faults.start(fault("close", code=4002), "CP1")
        await first.over()
        self.assertEqual((first.closed, second.closed, second.gone), (4002, -1, False))

    async def test_reset(self) -> None:
        """A TCP reset, at once (then the 101 is out) or later."""
        central = self.central()
        for seconds in (0, AT_ONCE + SOON):
            central.faults.start(fault("reset", seconds=seconds))
            leg = await self.charger(central)
            self.assertEqual(leg.status, 101)
            await leg.over()
            self.assertEqual((leg.closed, leg.lost), (-1, True))

    async def test_stop_reading(self) -> None:
        """Nothing is read until the fault ends; then all that waited is."""
        central = self.central()
        central.faults.start(fault("stop-reading"))
        leg = await self.charger(central)
        await self.ears.next(h.Misbehaved)
        leg.send(call(1))
        other = await self.charger(central, "CP2")
        central.faults.stop("stop-reading", "CP1")
        self.assertEqual((leg.messages, other.messages), ([], []))
        self.assertEqual(self.ears.all(h.Answered), [])
        central.faults.clear()
        await leg.message()

    async def test_stop_reading_stops(self) -> None:
        """A central system that reads nothing can be stopped."""
        central = self.central()
        central.faults.start(fault("stop-reading"))
        leg = await self.charger(central)
        await central.stop()
        await leg.over()

    async def test_swallow(self) -> None:
        """A request is read, shown, and not answered; when the fault is over, the next one is."""
        central = self.central()
        central.faults.start(fault("swallow"))
        leg = await self.charger(central)
        leg.send(call(1, "StartTransaction", {}))
        await self.ears.next(h.Misbehaved)
        central.faults.clear()
        leg.send(call(2))
        self.assertTrue((await leg.message()).startswith(b'[3,"2",'))
        known = central.known("CP1")
        assert known is not None
        self.assertEqual([exchange.id for exchange in known.messages], ["1", "2", "2"])
        self.assertEqual(known.transactions, {})

    async def test_error_answers(self) -> None:
        """Requests are refused with the code that was set."""
        central = self.central()
        central.faults.start(fault("error-answers", error="SecurityError"))
        leg = await self.charger(central)
        leg.send(call(1))
        self.assertTrue((await leg.message()).startswith(b'[4,"1","SecurityError",'))
        await self.ears.next(h.Answered)
        self.assertEqual(self.ears.all(h.Answered)[0].error, "SecurityError")

    async def test_boot(self) -> None:
        """A BootNotification can be answered with Pending or Rejected."""
        central = self.central()
        leg = await self.charger(central)
        for number, (kind, status) in enumerate((("boot-pending", "Pending"), ("boot-rejected", "Rejected"))):
            central.faults.start(fault(kind), "CP1")
            leg.send(call(number, "BootNotification", BOOT))
            self.assertIn(f'"status":"{status}"'.encode(), await leg.message(number))
            central.faults.clear()


class PortFaultTests(PlaceCase):
    """Faults before anybody has said who he is."""

    async def refused(self, central: Central) -> bool:
        """Whether nobody listens."""
        try:
            leg = await self.connect(central, b"")
        except ConnectionRefusedError:
            return True
        leg.abort()
        return False

    async def test_down_and_back(self) -> None:
        """Down: what was connected is cut and nobody listens; back: on the same ports."""
        central = self.central(secure=True)
        ports = dict(central.ports)
        leg = await self.charger(central)
        central.faults.start(fault("down"))
        await leg.over()
        self.assertTrue(leg.lost)
        while not await self.refused(central):
            await tick()
        central.faults.stop("down")
        self.assertEqual(await self.status(central), 101)
        self.assertEqual(await self.status(central, secure=True), 101)
        self.assertEqual(central.ports, ports)

    async def test_back_at_once(self) -> None:
        """A central system that is down for a moment only is back as soon as its ports are closed."""
        central = self.central()
        central.faults.start(fault("down"))
        central.faults.stop("down")
        while await self.refused(central):
            await tick()
        self.assertEqual(await self.status(central), 101)

    async def test_back_by_itself(self) -> None:
        """Down for some seconds."""
        central = self.central()
        central.faults.start(fault("down", seconds=SOON))
        while not await self.refused(central):
            await tick()
        while await self.refused(central):
            await tick()
        self.assertEqual(central.faults.all, {})

    async def test_stopped_while_down(self) -> None:
        """A central system that is down can be stopped, and does not come back."""
        central = self.central()
        central.faults.start(fault("down", seconds=1))
        await central.stop()
        central.faults.clear()
        self.assertTrue(await self.refused(central))

    async def test_reset_at_accept(self) -> None:
        """A TCP connection is reset before anything is said, with TLS or without."""
        central = self.central(secure=True)
        central.faults.start(fault("reset-at-accept"))
        for secure in (False, True):
            leg = await self.charger(central, secure=secure)
            await leg.over()
            self.assertEqual((leg.head, leg.lost), (b"", True))

    async def shown(self, kind: str) -> tuple[x509.Certificate, list[object]]:
        """The certificate that is shown, and the names in it; afterwards the right one is shown again."""
        central = self.central(secure=True)
        right = await certificate(central.ports["wss"])
        central.faults.start(fault(kind))
        wrong = await certificate(central.ports["wss"])
        central.faults.clear()
        self.assertEqual(await certificate(central.ports["wss"]), right)
        try:
            names = wrong.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return wrong, []
        return wrong, [name.value for name in names]

    def issued(self, found: x509.Certificate) -> bool:
        """Whether the sandbox's authority signed it."""
        assert self.authority is not None
        try:
            found.verify_directly_issued_by(self.authority.certificate)
        except Exception:
            return False
        return True

    async def test_expired(self) -> None:
        """A certificate of the right authority for the right name that is over."""
        found, names = await self.shown("certificate-expired")
        self.assertLess(found.not_valid_after_utc, datetime.now(UTC))
        self.assertTrue(self.issued(found))
        self.assertIn(NAME, names)

    async def test_wrong_name(self) -> None:
        """A certificate for another name."""
        found, names = await self.shown("certificate-wrong-name")
        self.assertTrue(self.issued(found))
        self.assertEqual(names, ["elsewhere.example"])

    async def test_self_signed(self) -> None:
        """A certificate for the right name that nobody else signed."""
        found, names = await self.shown("certificate-self-signed")
        found.verify_directly_issued_by(found)
        self.assertIn(NAME, names)

    async def test_cn_only(self) -> None:
        """T-31: a certificate whose name stands in the CN only."""
        found, names = await self.shown("certificate-cn-only")
        self.assertTrue(self.issued(found))
        self.assertEqual(names, [])
        [common] = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        self.assertEqual(common.value, NAME)

    async def test_san_less(self) -> None:
        """T-31: a certificate without any name."""
        found, names = await self.shown("certificate-san-less")
        self.assertTrue(self.issued(found))
        self.assertEqual((names, found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)), ([], []))
