"""The harness itself: a real Edge is started, stopped, killed and started again."""

import tomllib
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase, TestCase

from tests.real.child import ChildEnded
from tests.real.harness import EdgeProcess, start_edge, to_toml


class EdgeProcessTests(TestCase):
    """`twistd -n edgeproxy` as a child process."""

    timeout = 120

    async def test_start_and_stop(self) -> None:
        """Edge opens its ports, writes them and its root down, and SIGTERM ends it without complaint; the same where
        it is no fork, but started as any program is."""
        for cold in (False, True):
            edge = await start_edge(self, cold=cold)
            self.assertEqual(len(edge.ports["ws"]), 1)
            self.assertEqual(len(edge.ports["wss"]), 1)
            self.assertIn("BEGIN CERTIFICATE", edge.root)
            await edge.stop()
            self.assertIn(b"Server Shut Down.", edge.output)
            self.assertNotIn(b"Traceback", edge.output)

    async def test_restart(self) -> None:
        """An Edge that was stopped or killed comes back on the same state, with the same root."""
        edge = await start_edge(self)
        root, output = edge.root, edge.output
        await edge.restart()
        await edge.restart(kill=True)
        self.assertEqual(edge.root, root)
        self.assertTrue(edge.output.startswith(output))

    async def test_bad_configuration(self) -> None:
        """An Edge that does not start is told from one that is slow, with its last words."""
        edge = EdgeProcess(self, {"listen": {"ws": "nonsense"}})
        with self.assertRaises(ChildEnded) as raised:
            await edge.start()
        self.assertIn("listen", str(raised.exception))


class TomlTests(SynchronousTestCase):
    """The configuration file that the harness writes."""

    def test_round_trip(self) -> None:
        """Every kind of value comes back from a TOML parser as it was."""
        settings: dict[str, dict[str, object]] = {
            "one": {"text": 'a "b" \\ \u00e4\u2028\x7f', "number": 5, "truth": True, "part": 0.5, "empty": []},
            "two": {"list": ["tcp:0:interface=127.0.0.1", "x"], "path": str(Path("/tmp/x"))},
        }
        self.assertEqual(tomllib.loads(to_toml(settings)), settings)
