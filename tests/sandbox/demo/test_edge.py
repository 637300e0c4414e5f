"""Tests of the child process that is Edge, and of its configuration."""

import tomllib
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox.demo.edge import DEFAULT_STATE, Edge, program, state_of, to_toml
from tests.sandbox.ears import tick


class ConfigurationTests(SynchronousTestCase):
    """Writing one, and finding the state directory in one."""

    def test_to_toml(self) -> None:
        """What is written is read as the same."""
        settings: dict[str, dict[str, object]] = {
            "state": {"directory": '/tmp/a "b" \\ ü'},
            "listen": {"ws": ["tcp:0"], "wss": []},
            "limits": {"connections": 5, "system_roots": True},
        }
        self.assertEqual(tomllib.loads(to_toml(settings)), settings)

    def test_state_of(self) -> None:
        """A relative path counts from the file; without a usable one it is the default."""
        folder = Path(self.mktemp())
        folder.mkdir()
        for text, found in (
            ('[state]\ndirectory = "edge-state"\n', folder / "edge-state"),
            ('[state]\ndirectory = "/srv/edge"\n', Path("/srv/edge")),
            ("", DEFAULT_STATE),
            ("state = 1\n", DEFAULT_STATE),
            ("[state]\ndirectory = 1\n", DEFAULT_STATE),
            ("nonsense", DEFAULT_STATE),
        ):
            config = folder / "edgeproxy.toml"
            config.write_text(text)
            self.assertEqual(state_of(config), found, text)
        self.assertEqual(state_of(folder / "missing.toml"), DEFAULT_STATE)


class EdgeTests(TestCase):
    """The process."""

    timeout = 60

    async def edge(self, script: str) -> Edge:
        """An Edge whose program is a shell script.

        The reactor runs then: a child that ends before would be told of, and so end its test, while the reactor starts,
        which trial does not survive.
        """
        from twisted.internet import reactor

        await tick()
        folder = Path(self.mktemp())
        folder.mkdir()
        program = folder / "twistd"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

        class Scripted(Edge):
            command = [str(program.absolute())]

        return Scripted(reactor, folder / "edgeproxy.toml", folder / "edge.log")

    def test_command(self) -> None:
        """Edge is started by `twistd` of this very interpreter, which is there."""
        edge: Any = Edge(None, Path("/x/edgeproxy.toml"), Path("/x/edge.log"))
        self.assertTrue(program("twistd").exists())
        self.assertEqual(
            edge.command,
            [str(program("twistd")), "-n", "--pidfile=", "edgeproxy", "--config", "/x/edgeproxy.toml"],
        )

    async def test_ended(self) -> None:
        """How it ended is told, and its last words are kept."""
        edge = await self.edge("echo first; echo 'edgeproxy: no such port' >&2; exit 3")
        edge.start()
        self.assertEqual(await edge.ended, 3)
        self.assertEqual(edge.last_words(), ["first", "edgeproxy: no such port"])
        await edge.stop()

    async def test_stop(self) -> None:
        """It is asked to end."""
        edge = await self.edge("echo ready; exec sleep 60")
        edge.start()
        await edge.stop()
        self.assertIsNone(await edge.ended)

    async def test_kill(self) -> None:
        """It is killed where it does not end."""
        from edge_twisted.sandbox.demo import edge as module

        self.patch(module, "STOP_SECONDS", 0.1)
        edge = await self.edge("trap '' TERM; echo ready; while :; do sleep 0.1; done")
        edge.start()
        while not edge.last_words():
            await tick()
        await edge.stop()
        self.assertIsNone(await edge.ended)

    def test_never_started(self) -> None:
        """One that was never started has nothing to say, and ends at once."""
        edge = Edge(None, Path("/x/edgeproxy.toml"), Path(self.mktemp()))
        self.assertEqual(edge.last_words(), [])
        ended: Deferred[Any] = edge.stop()
        self.successResultOf(ended)
