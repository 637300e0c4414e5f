"""The outside peers, as tests drive them: central systems and chargers that nobody here wrote (`peers/`)."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SkipTest, TestCase

from tests.real import warm
from tests.real.child import BOUND, PROJECT, Child

PEERS = Path(__file__).resolve().parent / "peers"

Event = dict[str, Any]


class PeerError(Exception):
    """A command that the peer could not carry out.

    Args:
        code: an OCPP error code, or the name of the peer's exception.
        text: what it said.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code


class Peer(Child):
    """A running peer.

    Args:
        case: the test; the peer ends with it.
        program: a file in `peers/`: a Python module of the tests, or a Node program.
        options: its command line.

    Attributes:
        patience: seconds for what it is told to do.
    """

    patience = BOUND

    def __init__(self, case: TestCase, program: str, options: Sequence[str]) -> None:
        self._events: list[Event] = []
        self._taken: set[int] = set()
        self._tells = 0
        self._rest = b""
        command = [*_interpreter(program), *options]
        kind = warm.PEERS if program.endswith(".py") else None
        super().__init__(case, command, PROJECT, {"PYTHONUNBUFFERED": "1"}, warm=kind)

    def said(self, data: bytes) -> None:
        """Take a piece of standard output: whole lines are events."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._events += [json.loads(line) for line in lines]
        super().said(data)

    def events(self, name: str, **wanted: object) -> list[Event]:
        """All events so far of a name with these values, in order."""
        return [event for event in self._events if _fits(event, name, wanted)]

    def event(self, name: str, bound: float = BOUND, **wanted: object) -> Deferred[Event]:
        """Wait for the first event of a name with these values that no earlier call was given.

        Args:
            name: the event.
            bound: seconds.
            wanted: fields and values that it must have.
        """

        def find() -> Event | None:
            for index, event in enumerate(self._events):
                if index not in self._taken and _fits(event, name, wanted):
                    self._taken.add(index)
                    return event
            return None

        return self.until(find, f"event {name} {wanted}", bound)

    def messages(self, way: str = "in", **wanted: object) -> list[bytes]:
        """The octets of all messages so far that the peer received (`in`) or sent (`out`), in order."""
        return [bytes.fromhex(event["hex"]) for event in self.events("message", way=way, **wanted)]

    async def tell(self, do: str, **fields: object) -> Any:
        """Tell the peer to do something, and wait until it has.

        Args:
            do: the command.
            fields: its fields.

        Returns:
            What the peer answered.

        Raises:
            PeerError: it could not.
        """
        self._tells += 1
        number = self._tells
        line = json.dumps({"do": do, "tell": number, **fields}) + "\n"
        self.transport.writeToChild(0, line.encode())
        told = await self.event("told", self.patience, tell=number)
        if "error" in told:
            raise PeerError(told["error"], told["text"])
        return told["result"]


class Central(Peer):
    """A running central system; `port` is set once it listens."""

    port = 0
    secure = False

    @property
    def endpoint(self) -> str:
        """What a configuration or a charger gets, without the identity."""
        return f"{'wss' if self.secure else 'ws'}://localhost:{self.port}"


async def start_central(
    case: TestCase,
    kind: str = "py",
    *,
    leaf: tuple[bytes, bytes] | None = None,
    basic: str = "none",
    accounts: Mapping[str, bytes] | None = None,
    port: int = 0,
    options: Sequence[str] = (),
) -> Central:
    """Start a central system on 127.0.0.1.

    Args:
        case: the test.
        kind: `py` (ocpp and websockets) or `rpc` (ocpp-rpc).
        leaf: PEM of certificate (with its chain) and key: `wss`; without it `ws`.
        basic: `none` (credentials are not looked at), `any` (they must be shown) or `known` (they must be right).
        accounts: passwords by identity, for `known`.
        port: 0: any free one.
        options: more of the program's own.

    Returns:
        The peer, listening.
    """
    arguments = ["--port", str(port), "--basic", basic, *options]
    for identity, password in (accounts or {}).items():
        arguments += ["--account", f"{identity}={password.hex()}"]
    if leaf is not None:
        arguments += ["--certificate", write(case, leaf[0]), "--key", write(case, leaf[1])]
    central = Central(case, {"py": "py_central.py", "rpc": "rpc_central.js"}[kind], arguments)
    central.secure = leaf is not None
    central.port = (await central.event("listening"))["port"]
    return central


def start_charger(
    case: TestCase,
    kind: str,
    endpoint: str,
    identity: str,
    *,
    password: bytes | None = None,
    root: str | None = None,
    connect: str | None = None,
    wait: bool = False,
    options: Sequence[str] = (),
) -> Peer:
    """Start a charger; it connects once, at once.

    Args:
        case: the test.
        kind: `py` (ocpp and websockets) or `rpc` (ocpp-rpc).
        endpoint: the URL without the identity.
        identity: not encoded.
        password: shown with the identity as user name; None: no credentials.
        root: PEM that a `wss` endpoint is verified with.
        connect: address to connect to instead of the endpoint's host, such as 127.0.0.1 for `edge.lan`.
        wait: connect only when told to.
        options: more of the program's own.

    Returns:
        The peer; wait for its event `connected`, `refused` or `failed`.
    """
    if kind == "py":
        arguments = ["--url", f"{endpoint}/{quote(identity, safe='')}"]
    else:
        arguments = ["--endpoint", endpoint, "--identity", identity]
    arguments += [] if password is None else ["--password", password.hex()]
    arguments += [] if root is None else ["--ca", write(case, root)]
    arguments += [] if connect is None else ["--connect", connect]
    arguments += ["--wait"] if wait else []
    return Peer(case, {"py": "py_charger.py", "rpc": "rpc_charger.js"}[kind], [*arguments, *options])


def write(case: TestCase, data: bytes | str) -> str:
    """Put octets or a text into a new file of the test's; its absolute path."""
    path = Path(case.mktemp()).absolute()
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def _interpreter(program: str) -> list[str]:
    if program.endswith(".py"):
        return [sys.executable, "-m", f"tests.real.peers.{program.removesuffix('.py')}"]
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules" / "ocpp-rpc").is_dir():
        raise SkipTest("Node or the package ocpp-rpc is absent: npm ci in tests/real/peers")
    return [node, str(PEERS / program)]


def _fits(event: Event, name: str, wanted: Mapping[str, object]) -> bool:
    return event["event"] == name and all(event.get(field) == value for field, value in wanted.items())
