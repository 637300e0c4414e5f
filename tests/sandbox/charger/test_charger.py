"""Tests of the simulated charger, on loopback."""

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Ping, Plan, Transactions
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account, Credentials, Security
from edge_twisted.sandbox.tls import Tls, Trust
from tests.certificates import Root
from tests.sandbox.charger.server import Server, certificate_of, start_server
from tests.sandbox.ears import Ears
from tests.sandbox.site import authority, start_central, start_charger

AT_ONCE = BackOff(0.01, 0.0, 0)
KEY = "000102030405060708090a0b0c0d0e0f10111213"


class BackOffTests(SynchronousTestCase):
    """How long a charger waits."""

    def test_wait(self) -> None:
        """J-45: the least wait, doubled so many times and no more, and a random part."""
        back_off = BackOff(least=2.0, spread=1.0, doublings=2)
        self.assertEqual([back_off.wait(attempt, 0.0) for attempt in range(1, 6)], [2, 4, 8, 8, 8])
        self.assertEqual(back_off.wait(1, 0.5), 2.5)


class ChargerTests(TestCase):
    """A charger that is cut off, refused, and powered off."""

    timeout = 60

    async def test_charges(self) -> None:
        """It connects, boots, and charges a car."""
        central, _ = start_central(self)
        endpoint = f"ws://127.0.0.1:{central.ports['ws']}"
        charger, ears = start_charger(self, Access(endpoint, "CP1"), Plan(first=0.05, length=0.2, sample=0.1))
        self.assertEqual(await ears.next(h.Charging), h.Charging("CP1", 1))
        self.assertEqual(charger.state.transactions, (1,))
        self.assertEqual((await ears.next(h.Charged)).transaction, 1)
        kinds = [type(happening) for happening in ears.heard]
        self.assertEqual(kinds, [h.Noticed, h.Dialling, h.Connected, h.Booted, h.Charging, h.Charged])

    async def test_comes_back(self) -> None:
        """Cut off, it tells the close code and connects again; it boots once only (J-44)."""
        server = await start_server(self)
        _, ears = start_charger(self, Access(server.endpoint, "CP1"))
        await ears.next(h.Booted)
        server.legs[-1].sendClose(4001, "go away")
        self.assertEqual(await ears.next(h.Closed), h.Closed("CP1", 4001))
        await ears.next(h.Connected, 2)
        server.legs[-1].transport.abortConnection()
        self.assertEqual(await ears.next(h.Closed, 2), h.Closed("CP1", 1006))
        await ears.next(h.Connected, 3)
        self.assertEqual(len(ears.all(h.Booted)), 1)
        self.assertEqual([dialling.attempt for dialling in ears.all(h.Dialling)], [1, 1, 1])

    async def test_refused_until_let_in(self) -> None:
        """Refused, it counts its attempts and tries on; let in, it counts anew."""
        central, _ = start_central(self)
        central.accounts["CP1"] = Account(Security.NONE_OVER_WSS)
        _, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        await ears.next(h.Refused, 2)
        central.accounts["CP1"] = Account()
        await ears.next(h.Booted)
        attempts = [dialling.attempt for dialling in ears.all(h.Dialling)]
        self.assertEqual(attempts, list(range(1, len(attempts) + 1)))
        self.assertGreater(len(attempts), 2)

    async def test_stop(self) -> None:
        """Powered off, it closes its connection with 1000 and does not come back."""
        central, heard = start_central(self)
        charger, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        await ears.next(h.Booted)
        await charger.stop()
        self.assertEqual((await heard.next(h.Left)).code, 1000)
        self.assertEqual(len(ears.all(h.Dialling)), 1)

    async def test_stop_while_waiting(self) -> None:
        """Powered off between two attempts, it makes no other."""
        access = Access(f"ws://127.0.0.1:{dead_port()}", "CP1")
        charger, ears = start_charger(self, access, back_off=BackOff(least=60.0))
        self.assertEqual((await ears.next(h.Failed)).why, "refused")
        self.assertIsNotNone(charger.state.next_attempt)
        self.assertEqual(charger.state.failure, h.Failed("CP1", "refused"))
        await charger.stop()
        self.assertEqual(len(ears.all(h.Dialling)), 1)

    async def test_stop_while_connecting(self) -> None:
        """Powered off in the middle of an attempt, it gives it up; a second stop is the same one."""
        central, _ = start_central(self)
        charger, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        first, second = charger.stop(), charger.stop()
        await first
        await second
        self.assertEqual(ears.all(h.Connected), [])


class WhiteBoxTests(TestCase):
    """A charger and a server that the test drives."""

    timeout = 60

    async def start(
        self, plan: Plan | None = None, ledger: Ledger | None = None, tls: bool = False, **settings: Any
    ) -> tuple[Charger, Ears, Server]:
        """Start both, and wait until the charger has booted."""
        from twisted.internet import reactor

        ca = authority(self)
        server = await start_server(self, ca.issue([], ["127.0.0.1"]) if tls else None)
        credentials = settings.pop("credentials", None)
        trust = Trust(roots=(ca.pem,)) if settings.pop("trusting", tls) else Trust()
        access = Access(server.endpoint, "CP1", trust, credentials, secure_endpoint=settings.pop("secure_endpoint", ""))
        ears = Ears()
        charger = Charger(reactor, ChargerSettings(access, AT_ONCE, plan=plan, **settings), ears, ledger=ledger)
        self.addCleanup(charger.stop)
        charger.start()
        await ears.next(h.Booted)
        return charger, ears, server

    async def status(self, server: Server, action: str, **payload: Any) -> Any:
        """The status of the charger's answer."""
        answer = await server.ask(action, payload)
        return answer.get("status") if isinstance(answer, dict) else answer

    async def test_state(self) -> None:
        """Its state tells how it is."""
        charger, _, _ = await self.start(tls=True, connectors=2)
        state = charger.state
        self.assertEqual((state.online, state.secure, state.failure, state.next_attempt), (True, True, None, None))
        self.assertEqual((state.roots, state.security_profile), (("CN=Edge sandbox",), 0))
        self.assertEqual(state.connectors, ("Available", "Available"))
        await charger.stop()
        self.assertEqual((charger.state.online, charger.state.secure, charger.state.since), (False, None, None))

    async def test_ledger(self) -> None:
        """Both ends write the same, so nothing is lost; over a cut connection too."""
        ledger = Ledger()
        charger, ears, server = await self.start(Plan(first=0.01, length=0.3, sample=0.05, pause=9), ledger)
        server.ledger = ledger
        await ears.next(h.Charging)
        self.assertEqual(list(ledger.identities), ["CP1"])
        await ears.next(h.Charged)
        while charger.state.waiting:
            await pause(0.01)
        report = ledger.report("CP1")
        self.assertGreater(report.up.sent, 8)
        self.assertEqual(report.up.discarded, 0)
        self.assertEqual(report.down.lost, 0)

    async def test_discarded(self) -> None:
        """J-51: what the central system does not process is given up, told, and written down."""
        ledger = Ledger()
        plan = Plan(first=0.05, length=0.1, sample=0.05, pause=9)
        rules = Transactions(attempts=2, retry_seconds=0.01)
        server_errors = {"StartTransaction": "InternalError"}
        ca = await start_server(self)
        ca.errors = server_errors
        charger, ears = self.charger(Access(ca.endpoint, "CP1"), plan, ledger, transactions=rules)
        gone = await ears.next(h.GaveUp, 4)
        self.assertEqual([one.why for one in ears.all(h.GaveUp)], ["attempts"] * 4)
        self.assertEqual(gone.action, "StopTransaction")
        report = ledger.report("CP1")
        self.assertEqual(report.up.discarded, 4)
        self.assertEqual([case.why for case in report.cases if case.kind == "discarded"], ["attempts"] * 4)
        self.assertEqual(len([call for call in ca.calls if call.action == "StartTransaction"]), 2)
        self.assertEqual(charger.state.transactions, ())

    def charger(
        self, access: Access, plan: Plan | None, ledger: Ledger | None, **settings: Any
    ) -> tuple[Charger, Ears]:
        """Power on a charger."""
        from twisted.internet import reactor

        ears = Ears()
        charger = Charger(reactor, ChargerSettings(access, AT_ONCE, plan=plan, **settings), ears, ledger=ledger)
        self.addCleanup(charger.stop)
        charger.start()
        return charger, ears

    async def test_reset(self) -> None:
        """Soft and hard: it answers, closes, comes back, and boots; its session is told to be over."""
        charger, ears, server = await self.start()
        for number, (kind, reason) in enumerate((("Soft", "SoftReset"), ("Hard", "HardReset")), 1):
            charger.plug_in(card="CARD")
            await ears.next(h.Charging, number)
            self.assertEqual(await self.status(server, "Reset", type=kind), "Accepted")
            await ears.next(h.Booted, number + 1)
            stop = await server.call("StopTransaction", number)
            self.assertEqual(stop.payload["reason"], reason)
            charger.unplug()
            types = [call.payload["type"] for call in server.calls if call.action == "SecurityEventNotification"]
            self.assertIn("ResetOrReboot", types)
        self.assertEqual([one.why for one in ears.all(h.Rebooting)], ["soft", "hard"])

    async def test_power_cycle(self) -> None:
        """Without power the connection breaks off; afterwards it boots."""
        charger, ears, _ = await self.start()
        charger.power_cycle()
        self.assertEqual((await ears.next(h.Closed)).code, 1006)
        await ears.next(h.Booted, 2)

    async def test_reboots_on_configuration(self) -> None:
        """Q37: asked for its configuration it reboots."""
        _, ears, server = await self.start(quirks=Quirks(reboots_on_configuration=True))
        server.tell("GetConfiguration", {})
        await ears.next(h.Booted, 2)

    async def test_change_key(self) -> None:
        """S-30: it answers, closes by itself, and comes back with the new password; what waited is kept."""
        _, ears, server = await self.start(credentials=Credentials(b"CP1", b"old"))
        self.assertIn(b"Authorization: Basic Q1AxOm9sZA==", server.heads[-1])
        answer = await self.status(server, "ChangeConfiguration", key="AuthorizationKey", value=KEY)
        self.assertEqual(answer, "Accepted")
        self.assertEqual((await ears.next(h.Closed)).code, 1000)
        await ears.next(h.Connected, 2)
        shown = Credentials(b"CP1", bytes.fromhex(KEY)).header().encode()
        self.assertIn(b"Authorization: " + shown, server.heads[-1])
        self.assertEqual(len(ears.all(h.Booted)), 1)

    async def test_change_profile(self) -> None:
        """S-31: from ws to wss, where it stays."""
        ca = authority(self)
        secure = await start_server(self, ca.issue([], ["127.0.0.1"]))
        charger, ears, server = await self.start(
            credentials=Credentials(b"CP1", b"secret"), secure_endpoint=secure.endpoint
        )
        install = {"certificateType": "CentralSystemRootCertificate", "certificate": ca.pem}
        self.assertEqual(await self.status(server, "ChangeConfiguration", key="SecurityProfile", value="2"), "Rejected")
        self.assertEqual(await self.status(server, "InstallCertificate", **install), "Accepted")
        self.assertEqual(await self.status(server, "ChangeConfiguration", key="SecurityProfile", value="2"), "Accepted")
        await ears.next(h.Connected, 2)
        self.assertEqual((len(secure.legs), charger.state.secure, charger.state.security_profile), (1, True, 2))

    async def test_profile_falls_back(self) -> None:
        """A05.FR.08: where wss does not work it goes back to ws."""
        _, ears, server = await self.start(
            credentials=Credentials(b"CP1", b"secret"), secure_endpoint=f"wss://127.0.0.1:{dead_port()}"
        )
        install = {"certificateType": "CentralSystemRootCertificate", "certificate": authority(self).pem}
        await self.status(server, "InstallCertificate", **install)
        await self.status(server, "ChangeConfiguration", key="SecurityProfile", value="2")
        await ears.next(h.Connected, 2)
        self.assertEqual([one.fallback for one in ears.all(h.ProfileChanged)], [False, True])
        self.assertEqual(len(ears.all(h.Failed)), 3)

    async def test_root_in_use(self) -> None:
        """S-33: the root that the connection rests on can't be deleted."""
        _, _, server = await self.start(tls=True)
        kind = {"certificateType": "CentralSystemRootCertificate"}
        [data] = (await server.ask("GetInstalledCertificateIds", kind))["certificateHashData"]
        self.assertEqual(await self.status(server, "DeleteCertificate", certificateHashData=data), "Failed")

    async def test_root_replaced(self) -> None:
        """S-32: with the check a root replaces the old; where the server is not known by it, the old one helps."""
        old = Root("Old")
        new = old.intermediate()
        server = await start_server(self, certificate_of(old, ["127.0.0.1"]))
        access = Access(server.endpoint, "CP1", Trust(roots=(old.pem,)))
        charger, ears = self.charger(access, None, None, keys={"AdditionalRootCertificateCheck": "true"})
        await ears.next(h.Booted)
        install = {"certificateType": "CentralSystemRootCertificate", "certificate": new.pem}
        self.assertEqual(await self.status(server, "InstallCertificate", **install), "Accepted")
        server.legs[-1].sendClose(1000)
        await ears.next(h.Untrusting)
        await ears.next(h.Connected, 2)
        self.assertEqual(len(charger.state.roots), 2)
        server.show(certificate_of(new, ["127.0.0.1"]))
        server.legs[-1].sendClose(1000)
        await ears.next(h.Connected, 3)
        server.legs[-1].sendClose(1000)
        await ears.next(h.Connected, 4)
        self.assertEqual(charger.state.roots, ("CN=Test intermediate",))

    async def test_untrusting_is_noted(self) -> None:
        """S-35: what it could not tell when it did not believe the server, it tells when it is online."""
        ca = authority(self)
        server = await start_server(self, ca.issue([], ["127.0.0.1"]))
        charger, ears = self.charger(Access(server.endpoint, "CP1"), None, None)
        await ears.next(h.Untrusting, 3)
        charger.change(ChargerSettings(Access(server.endpoint, "CP1", Trust(roots=(ca.pem,))), AT_ONCE, plan=None))
        await ears.next(h.Booted)
        await server.call("SecurityEventNotification", 2)
        types = [call.payload["type"] for call in server.calls if call.action == "SecurityEventNotification"]
        self.assertEqual(types, ["StartupOfTheDevice", "InvalidCentralSystemCertificate"])

    async def test_change(self) -> None:
        """An installer enters another endpoint; the charger goes there. Its identity stays."""
        charger, ears, server = await self.start()
        other = await start_server(self)
        charger.change(ChargerSettings(Access(other.endpoint, "CP1"), AT_ONCE, plan=None))
        await ears.next(h.Connected, 2)
        self.assertEqual((len(server.legs), len(other.legs)), (1, 1))
        for wrong in (Access(other.endpoint, "CP2"), Access(other.endpoint, "CP1", tls=Tls(minimum="9"))):
            with self.assertRaises(ValueError):
                charger.change(ChargerSettings(wrong))
        self.assertEqual(charger.access.endpoint, other.endpoint)

    async def test_change_one_thing(self) -> None:
        """What was changed over OCPP stays where an installer changes something else."""
        charger, ears, server = await self.start(credentials=Credentials(b"CP1", b"old"))
        await self.status(server, "ChangeConfiguration", key="AuthorizationKey", value=KEY)
        await ears.next(h.Connected, 2)
        pem = Root("New").pem
        install = {"certificateType": "CentralSystemRootCertificate", "certificate": pem}
        self.assertEqual(await self.status(server, "InstallCertificate", **install), "Accepted")
        charger.change(evolve(charger.settings, back_off=AT_ONCE, model=Model(vendor="Other")))
        await ears.next(h.Connected, 3)
        self.assertEqual(charger.access.credentials, Credentials(b"CP1", bytes.fromhex(KEY)))
        self.assertEqual((charger.access.trust.roots, charger.state.roots), ((pem,), ("CN=New",)))
        charger.power_cycle()
        await ears.next(h.Booted, 2)
        boots = [call.payload["chargePointVendor"] for call in server.calls if call.action == "BootNotification"]
        self.assertEqual(boots, ["Sandbox", "Other"])

    async def test_pings(self) -> None:
        """It pings as it is set, and answers pings or not (Q25)."""
        charger, _, server = await self.start(ping=Ping(every=0.05))
        await server.control("ping")
        self.assertEqual(
            await self.status(server, "ChangeConfiguration", key="WebSocketPingInterval", value="600"), "Accepted"
        )
        server.legs[-1].sendPing(b"are you there")
        self.assertEqual(await server.control("pong"), b"are you there")
        await charger.stop()

    async def test_dead_connection(self) -> None:
        """Where the server reads nothing any more, a charger that pings finds out, and connects anew."""
        _, ears, server = await self.start(ping=Ping(every=0.1))
        server.legs[-1].transport.pauseProducing()
        await ears.next(h.Connected, 2)

    async def test_binary(self) -> None:
        """A binary message is nothing to it."""
        _, _, server = await self.start()
        server.legs[-1].sendMessage(b'[2,"1","ClearCache",{}]', isBinary=True)
        self.assertEqual(await self.status(server, "ClearCache"), "Accepted")


async def pause(seconds: float) -> None:
    """Let the reactor run for a while."""
    from twisted.internet import reactor

    waiting: Deferred[Any] = deferLater(reactor, seconds)
    await waiting


def dead_port() -> int:
    """A port of loopback that nobody listens on."""
    import socket

    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
