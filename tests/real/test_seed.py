"""The two procedures for an installer, step by step: the sandbox as EVC-net with its charger dashboard, `edgectl` as
EdgeManager, and a charger that nobody here wrote.
"""

import base64
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.ctl import Ran, edgectl
from tests.real.harness import EdgeProcess, Peer, start_charger, start_edge
from tests.real.peer import Event
from tests.real.steps import come

ID = "EVB-P1234567"
FIRST = b"first-random-20-byte"
SECOND = bytes.fromhex("8180ff00a3c10d0a8081c3283d7f101112131415")


class SeedTests(TestCase):
    """WSS to EVC-net, and Basic authentication."""

    timeout = 120

    async def begin(self, security: Security = Security.NONE, password: bytes | None = None) -> None:
        """Start EVC-net, with what its dashboard says of the charger, Edge, and a charger that waits."""
        from twisted.internet import reactor

        directory = Path(self.mktemp())
        directory.mkdir()
        authority = make_authority(directory)
        self.happened: list[h.Happening] = []
        settings = CentralSettings(authority.issue(["localhost"], ["127.0.0.1"]), strangers="refuse")
        self.central = Central(reactor, settings, self.happened.append)
        self.central.start()
        self.addCleanup(self.central.stop)
        self.dashboard(security, password)
        self.wss = f"wss://localhost:{self.central.ports['wss']}"
        uplink = {"roots": [str(authority.path.absolute())]}
        self.edge: EdgeProcess = await start_edge(
            self, ws=f"ws://localhost:{self.central.ports['ws']}", wss=self.wss, settings={"uplink": uplink}
        )

    def dashboard(self, security: Security, password: bytes | None = None, user: bytes = ID.encode()) -> None:
        """Step 1: open the charger dashboard, set Security, and save."""
        credentials = None if password is None else Credentials(user, password)
        self.central.accounts[ID] = Account(security, credentials)

    def charger(self, scheme: str = "ws", kind: str = "rpc", password: bytes | None = None) -> Peer:
        """A charger that is set to Edge."""
        endpoint = self.edge.endpoint(scheme, "localhost")
        return start_charger(self, kind, endpoint, ID, password=password, root=self.edge.root, wait=True)

    async def manager(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Step 2: select the charger and set something."""
        ran = await edgectl(self.edge, *arguments, "--json", stdin=stdin)
        self.assertEqual((ran.code, ran.error), (0, ""))
        return ran

    async def met(self, charger: Peer, password: bytes | None) -> Event:
        """The charger connects, from now on with this password if one is given; what came of it."""
        return await (come(charger) if password is None else come(charger, password=password.hex()))

    async def served(self, charger: Peer, password: bytes | None = None) -> dict[str, Any]:
        """The charger connects and charges; what EdgeManager shows of it then."""
        self.assertEqual((await self.met(charger, password))["event"], "connected")
        await charger.tell("session")
        found: dict[str, Any] = (await self.manager("charger", ID)).json
        self.assertTrue(found["session"]["served"])
        return found

    async def refused(self, charger: Peer, status: int) -> str:
        """The charger is refused; what EdgeManager says about that."""
        self.assertEqual((await self.met(charger, None)).get("status"), status)
        found = (await self.manager("charger", ID)).json
        self.assertEqual((found["state"], found["last_attempt"]["status"]), ("refused", status))
        return str(found["last_attempt"]["sentence"])

    def let(self) -> list[bool]:
        """Each time that EVC-net let the charger in: whether that was over WSS."""
        return [one.secure for one in self.happened if isinstance(one, h.Let)]

    # --- WSS to EVC-net ----------------------------------------------------------------------------------------------

    async def test_wss(self) -> None:
        """WSS to EVC-net: dashboard to 'No authentication over HTTPS/WSS', then the endpoint; the session follows."""
        await self.begin()
        charger = self.charger()
        found = await self.served(charger)
        self.assertEqual((found["session"]["uplink_secure"], self.let()), (False, [False]))
        self.dashboard(Security.NONE_OVER_WSS)
        found = (await self.manager("set", ID, "--endpoint", self.wss)).json
        self.assertEqual((found["endpoint"], found["session"]), (self.wss, None))
        await charger.event("closed", code=1001)
        found = await self.served(charger)
        self.assertEqual((found["session"]["uplink"], found["session"]["uplink_secure"]), (self.wss, True))
        self.assertEqual(self.let(), [False, True])

    async def test_wss_detected(self) -> None:
        """'Edge automatically detects WSS on first connection': nothing is to be set, and it stays after a restart."""
        await self.begin(Security.NONE_OVER_WSS)
        charger = self.charger()
        found = await self.served(charger)
        self.assertTrue(found["detected"]["wss_at"])
        await self.edge.restart()
        await charger.event("closed", code=1001)
        self.assertEqual((await come(charger, self.edge.endpoint("ws", "localhost"), ID))["event"], "connected")
        self.assertEqual(self.let(), [True, True])
        refusals = [one for one in self.happened if isinstance(one, h.TurnedAway)]
        self.assertEqual([(one.secure, one.refusal.why) for one in refusals], [(False, "wss-demanded")])

    async def test_wss_between_charger_and_edge(self) -> None:
        """WSS between charger and Edge: with Edge's certificate in the charger, both ways are encrypted at once."""
        await self.begin(Security.NONE_OVER_WSS)
        root = await edgectl(self.edge, "root-certificate")
        self.assertEqual(root.out, self.edge.root)
        found = await self.served(self.charger("wss"))
        self.assertEqual((found["session"]["secure"], found["session"]["uplink_secure"]), (True, True))
        self.assertEqual([one for one in self.happened if isinstance(one, h.TurnedAway)], [])

    # --- Basic authentication ----------------------------------------------------------------------------------------

    async def test_basic(self) -> None:
        """Basic authentication: the dashboard's user and password entered in Edge; the charger is set to the same."""
        await self.begin()
        charger = self.charger()
        await self.served(charger)
        self.dashboard(Security.BASIC_OVER_WSS, FIRST)
        given = ("set", ID, "--endpoint", self.wss, "--username", ID, "--password-stdin", "--shows", "same")
        found = (await self.manager(*given, stdin=FIRST)).json
        self.assertEqual((found["secret"]["username"], found["secret"]["used"]), (ID, True))
        await charger.event("closed", code=1001)
        self.assertIn("the charger shows none", await self.refused(charger, 401))
        found = await self.served(charger, FIRST)
        self.assertEqual((found["session"]["credentials"], found["session"]["uplink_secure"]), ("entered", True))
        self.assertEqual([one.refusal.why for one in self.happened if isinstance(one, h.TurnedAway)], [])

    async def test_basic_for_a_charger_that_shows_nothing(self) -> None:
        """Basic authentication for a charger that can't show a password: Edge shows it, from its place only."""
        await self.begin()
        charger = self.charger()
        await self.served(charger)
        self.dashboard(Security.BASIC_OVER_WSS, SECOND, b"operator-7")
        token = base64.b64encode(b"operator-7:" + SECOND) + b"\n"
        await self.manager("set", ID, "--basic-base64-stdin", "--shows", "nothing", stdin=token)
        found = await self.served(charger)
        self.assertEqual((found["session"]["password"], found["session"]["credentials"]), (False, "entered"))
        self.assertEqual(self.let(), [False, True])

    async def test_basic_as_base64(self) -> None:
        """'...or enter base64-encoded credentials': the same, with any octets in the password."""
        await self.begin(Security.BASIC_OVER_WSS, SECOND)
        token = base64.b64encode(ID.encode() + b":" + SECOND)
        given = ("set", ID, "--new", "--endpoint", self.wss, "--basic-base64-stdin", "--shows", "same")
        await self.manager(*given, stdin=token)
        found = await self.served(self.charger(password=SECOND))
        self.assertEqual((found["session"]["credentials"], found["secret"]["username"]), ("entered", ID))
        self.assertEqual(self.let(), [True])

    async def test_basic_detected(self) -> None:
        """'Edge automatically detects basic authentication on first connection', and passes on a change by itself."""
        await self.begin(Security.BASIC_OVER_WSS, FIRST)
        charger = self.charger("wss", password=FIRST)
        found = await self.served(charger)
        self.assertEqual((found["detected"]["password"]["username"], found["label"]), (ID, ID))
        self.dashboard(Security.BASIC_OVER_WSS, SECOND)
        await charger.tell("close", code=1000)
        await charger.event("closed")
        sentence = await self.refused(charger, 401)
        self.assertIn("Open charger dashboard -> Security -> Basic authentication over HTTPS/WSS", sentence)
        found = await self.served(charger, SECOND)
        self.assertEqual((found["session"]["credentials"], found["secret"]), ("shown", None))

    async def test_changed_later(self) -> None:
        """'If credentials change later, manually update the Edge configuration': the charger shows its old one."""
        await self.begin(Security.BASIC_OVER_WSS, FIRST)
        charger = self.charger("wss", password=FIRST)
        await self.served(charger)
        self.dashboard(Security.BASIC_OVER_WSS, SECOND)
        unanswered = await edgectl(self.edge, "--json", "set", ID, "--password-hex-stdin", stdin=SECOND.hex().encode())
        self.assertEqual((unanswered.code, unanswered.json["error"]), (1, "shows-missing"))
        [likely] = [choice["value"] for choice in unanswered.json["choices"] if choice["preselected"]]
        self.assertEqual(likely, "detected")
        given = ("set", ID, "--username", ID, "--password-hex-stdin", "--shows", likely)
        await self.manager(*given, stdin=SECOND.hex().encode())
        await charger.event("closed", code=1001)
        found = await self.served(charger)
        self.assertEqual((found["session"]["credentials"], found["session"]["password"]), ("entered", True))
        self.assertEqual([one.refusal.why for one in self.happened if isinstance(one, h.TurnedAway)], [])
        stranger = self.charger("wss", "py", password=b"a-strangers-password")
        self.assertEqual((await come(stranger)).get("status"), 401)
        self.assertEqual(self.let(), [True, True])

    async def test_changed_again(self) -> None:
        """Changed once more, entered wrong, and put right: Edge says whose fault it is, and an edit ends the wait."""
        await self.begin(Security.BASIC_OVER_WSS, FIRST)
        given = ("set", ID, "--password-stdin", "--shows", "same")
        await self.manager(*given, "--new", stdin=FIRST)
        charger = self.charger("wss", password=FIRST)
        await self.served(charger)
        await self.manager("set", ID, "--password-stdin", "--shows", "detected", stdin=b"mistyped")
        await charger.event("closed", code=1001)
        self.assertIn("the charger is not at fault", await self.refused(charger, 503))
        tested = await edgectl(self.edge, "test", ID, "--password-stdin", stdin=FIRST)
        self.assertEqual((tested.code, tested.error), (0, ""))
        await self.manager("set", ID, "--password-stdin", "--shows", "detected", stdin=FIRST)
        await self.served(charger)
