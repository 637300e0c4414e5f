"""The central system changes a charger's password over OCPP: a real Edge follows, also where it is killed meanwhile."""

from typing import Any

from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Plan
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.browsing import SOURCE, SiteCase
from tests.real.child import BOUND
from tests.real.ctl import edgectl

ID = "EVB-R1"
FIRST = b"first-random-20-byte"
SERVED = b"is served by the central system"
PROVED = b"takes the place of the earlier one"
REFUSED = b"did not take the new password over"


class RotationTests(SiteCase):
    """A password that a maintainer entered in Edge, and the charger shows the same."""

    timeout = 120

    async def start(self) -> None:
        """Edge, the central system that demands the password, and the charger that is served."""
        await self.begin()
        self.central.save(ID, Account(Security.BASIC_OVER_WSS, Credentials(ID.encode(), FIRST)))
        given = ("set", ID, "--new", "--endpoint", self.wss, "--password-stdin", "--shows", "same")
        ran = await edgectl(self.edge, *given, stdin=FIRST)
        self.assertEqual((ran.code, ran.error), (0, ""))
        endpoint = f"ws://127.0.0.1:{self.edge.ports['ws'][0]}"
        access = Access(endpoint, ID, credentials=Credentials(ID.encode(), FIRST), source=SOURCE)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), plan=Plan(first=9999.0, length=600, sample=0.5)))
        self.fleet.chargers[ID].start()
        await self.said(SERVED)

    async def said(self, words: bytes, times: int = 1) -> None:
        """Wait until Edge has said something so often."""
        assert self.edge.child is not None
        await self.edge.child.until(lambda: self.edge.output.count(words) >= times or None, repr(words), BOUND)

    async def shown(self) -> Any:
        """What EdgeManager shows of the charger."""
        return (await edgectl(self.edge, "charger", ID, "--json")).json

    async def test_followed(self) -> None:
        """S-30: the charger comes back with the new password, and nobody has to enter anything."""
        await self.start()
        for times in (1, 2):
            self.assertEqual(await self.central.rotate(ID, "hex" if times == 1 else "text"), "Accepted")
            await self.said(PROVED, times)
        self.assertEqual(await self.central.rotate(ID, "verbatim"), "Rejected")
        await self.said(REFUSED)
        found = await self.shown()
        self.assertEqual((found["pending_key"], found["secret"]["used"]), (None, True))
        self.assertTrue(found["session"]["served"])

    async def test_killed(self) -> None:
        """S-40: Edge is killed once the charger has the new password, and knows it when it is back."""
        await self.start()
        self.assertEqual(await self.central.rotate(ID, "hex"), "Accepted")
        await self.edge.restart(kill=True)
        self.enter(ID, endpoint=f"ws://127.0.0.1:{self.edge.ports['ws'][0]}")
        await self.said(PROVED)
        self.assertEqual((await self.shown())["pending_key"], None)
