"""The Autobahn test suite's cases give the same verdict through Edge as without it, on every way through the wire."""

from typing import Any

from attrs import frozen
from twisted.trial.unittest import TestCase

from tests.certificates import Root
from tests.real.harness import EdgeProcess
from tests.real.peer import Peer, write
from tests.real.peers.suite_cases import FOLDER
from tests.real.prepared import PreparedEdge

CASES = ("1", "2", "3", "4", "5", "6", "7", "10")
"""Sections that are run in full."""
LARGE = ("9.1.2", "9.1.6", "9.2.5", "9.3.5", "9.4.5", "9.5.5", "9.6.5", "9.7.3")
"""Of the section on sizes and speed: a few sizes, and one way each in which a message is cut; without TLS."""
COUNT = 255
SIZE = 16 << 20
"""Of the largest message in it, as `limits.message_bytes`."""
FOLLOWED = {"3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15"}
"""A message, and a breach of the protocol right behind it. The suite likes to see the echo first, and takes it as well
if there is none: Edge ends the connection at the breach, and the echo is still on its way round."""
GOOD = [["OK", "OK"], ["INFORMATIONAL", "INFORMATIONAL"]]


class PlainEdge(PreparedEdge):
    """An Edge without the fast way."""

    first = """
from functools import partial

from edge_twisted import service

service.EdgeService = partial(service.EdgeService, hot=False)
"""


@frozen
class Play:
    """The suite's program, as a charger or as a central system; the other side echoes.

    Args:
        peer: the program.
        ports: of its central system, by scheme.
        root: PEM of the root of that.
    """

    peer: Peer
    ports: dict[str, int]
    root: Root

    @classmethod
    async def begin(cls, case: TestCase, role: str) -> "Play":
        """Start it."""
        root = Root()
        certificate, key = root.issue(addresses=["127.0.0.1"])
        files = ["--certificate", write(case, certificate), "--key", write(case, key)]
        peer = Peer(case, "suite.py", ["--role", role, *files])
        peer.patience = 120
        ports = await peer.event("listening")
        return cls(peer, {"ws": ports["ws"], "wss": ports["wss"]}, root)

    async def edge(self, case: TestCase, kind: type[EdgeProcess], **limits: int) -> EdgeProcess:
        """Start an Edge before its central system."""
        uplink = {scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in self.ports.items()}
        strangers = {"unserved_dials": 1000, "unserved_per_hour": 100_000}
        edge = kind(
            case,
            {"uplink": {**uplink, "roots": [write(case, self.root.pem)]}, "limits": {**strangers, **limits}},
        )
        await edge.start()
        return edge

    async def directly(self, *cases: str) -> dict[str, list[Any]]:
        """Run cases without Edge; the verdicts."""
        return await self._run(f"ws://127.0.0.1:{self.ports['ws']}", cases)

    async def through(self, edge: EdgeProcess, scheme: str, *cases: str) -> dict[str, list[Any]]:
        """Run cases through Edge, both legs by this scheme; the verdicts."""
        root = edge.root if scheme == "wss" else None
        return await self._run(edge.endpoint(scheme, "localhost"), cases, root)

    async def _run(self, url: str, cases: tuple[str, ...], root: str | None = None) -> dict[str, list[Any]]:
        name = f"{url.partition(':')[0]}-{len(self.peer.events('told'))}"
        found: dict[str, list[Any]] = await self.peer.tell("run", url=url, name=name, cases=cases, root=root)
        return found


class SuiteTests(TestCase):
    """`peers/suite.py` on both sides of Edge."""

    timeout = 300
    skip = None if FOLDER.is_dir() else "the Autobahn test suite is absent; `make test` fetches it"

    async def same(self, role: str) -> None:
        """Run the suite directly and on each way through Edge."""
        play = await Play.begin(self, role)
        direct = await play.directly(*CASES, *LARGE)
        self.assertEqual(len(direct), COUNT)
        self.assertEqual({case: verdict for case, verdict in direct.items() if verdict[:2] not in GOOD}, {})
        for kind in (EdgeProcess, PlainEdge):
            edge = await play.edge(self, kind, message_bytes=SIZE)
            for scheme in ("ws", "wss"):
                found = await play.through(edge, scheme, *CASES, *(LARGE if scheme == "ws" else ()))
                other = {
                    case: (direct[case], verdict)
                    for case, verdict in found.items()
                    if verdict[:2] != direct[case][:2] and (case not in FOLLOWED or verdict[:2] != ["NON-STRICT", "OK"])
                }
                self.assertEqual(other, {}, f"{kind.__name__}, {scheme}: case, verdict without Edge, and with it")
            await edge.stop()

    async def test_charger(self) -> None:
        """The suite is the charger, the central system echoes."""
        await self.same("charger")

    async def test_central(self) -> None:
        """The same from the other side: the suite is the central system, the charger echoes."""
        await self.same("central")

    async def test_limit(self) -> None:
        """W-03: at the default limit a message of 1 MiB comes back, and one of 4 MiB ends its session with 1009."""
        for role in ("charger", "central"):
            play = await Play.begin(self, role)
            edge = await play.edge(self, EdgeProcess)
            found = await play.through(edge, "ws", "9.1.3", "9.1.4", "9.2.3", "9.2.4", "9.3.9")
            self.assertEqual([found["9.1.3"], found["9.2.3"]], [["OK", "OK", 1000]] * 2)
            self.assertEqual({found[case][2] for case in ("9.1.4", "9.2.4", "9.3.9")}, {1009})
            await edge.stop()
