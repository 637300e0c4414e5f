"""A box that died: another one becomes what it was from the back-up of its settings, and no charger is touched."""

import os
from pathlib import Path

from twisted.internet.threads import deferToThread

from edge_twisted.store.backup import seal
from edge_twisted.store.gathering import gather
from tests.real.ctl import edgectl
from tests.real.harness import EdgeProcess
from tests.real.test_edgectl import OWN, EdgectlCase

PASSPHRASE = "four random words here"


class RestoreTests(EdgectlCase):
    """From a running Edge to another one, by the command that an installer uses."""

    async def test_a_new_box(self) -> None:
        """A charger that trusts the old box's root comes to the new one over wss, and what was learned of it stands."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        await self.ctl("wss-only", "CP1")
        old = self.edge
        data = await deferToThread(lambda: seal(gather(old.state, os.environ, old.config), PASSPHRASE))
        charger.abort()
        await old.stop()
        new = EdgeProcess(self, old.settings)
        new.settings["state"] = {"directory": str(new.state)}
        file = Path(self.mktemp()).absolute()
        file.write_bytes(data)
        ran = await edgectl(new.state, "restore", str(file), "--passphrase-stdin", stdin=PASSPHRASE.encode())
        self.assertEqual((ran.code, ran.error), (0, ""), ran.out)
        self.assertIn("restored", ran.out)
        await new.start()
        self.assertEqual(new.root, old.root)
        self.edge = new
        found = (await self.ctl("charger", "CP1", "--json")).json
        self.assertTrue(found["wss_only"])
        self.assertIsNotNone(found["detected"]["password"])
        await self.served("CP1", OWN)
        await self.come("CP1", OWN, 403, over="ws")
        self.assertEqual((new.state / "restored" / "edgeproxy.toml").read_bytes(), old.config.read_bytes())

    async def test_what_is_refused(self) -> None:
        """A wrong passphrase, a file that is none, and a box at work: each with one line, and nothing is changed."""
        await self.begin()
        data = await deferToThread(lambda: seal(gather(self.edge.state, os.environ), PASSPHRASE))
        file = Path(self.mktemp()).absolute()
        file.write_bytes(data)
        restore = ("restore", str(file), "--passphrase-stdin")
        self.assertIn("passphrase is another one", await self.refused(1, *restore, stdin=b"another one"))
        self.assertIn("another Edge uses", await self.refused(1, *restore, "--replace", stdin=PASSPHRASE.encode()))
        file.write_bytes(b"PK")
        self.assertIn("no back-up of Edge", await self.refused(1, *restore, stdin=PASSPHRASE.encode()))
        await self.ctl("chargers")
