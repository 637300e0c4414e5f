"""What tests through a real Edge share: its memory while it is stopped, its log, chargers that come again."""

import os
import random
import socket
from collections.abc import Callable
from urllib.parse import quote

from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from edge_twisted.config import read_settings
from edge_twisted.core.policy import Rules
from edge_twisted.core.record import Record
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.state import open_state
from tests.certificates import Root
from tests.real.harness import Central, EdgeProcess, to_toml
from tests.real.peer import Event, Peer, start_central, write

PASSWORD = bytes.fromhex("00ff3a0d0a8081c3283d7f1011121314151617aa")
"""Twenty octets with NUL, colon, CR and LF among them, and no UTF-8: a vector of the references (D2)."""

ODD = '[2,"odd","DataTransfer",{ "vendorId" : "x", "data":"\\u00e9 1.00 1e3", "vendorId":"x" }]'
"""A CALL that nobody would write again in the same way (E2)."""


# --- Edge's memory ---------------------------------------------------------------------------------------------------


def rules_of(edge: EdgeProcess) -> Rules:
    """What Edge's configuration says about uplinks, as Edge itself will read it."""
    edge.config.write_text(to_toml(edge.settings))
    uplink = read_settings(edge.config).uplink
    return Rules(uplink.ws, uplink.wss, uplink.trust)


async def remember(edge: EdgeProcess, identity: str, change: Callable[[Record], Record]) -> None:
    """Change what Edge remembers of a charger, as EdgeManager would; only while Edge is stopped.

    Args:
        edge: whose state directory; it need not exist yet.
        identity: the charger, not encoded.
        change: makes the new record from the old one, or from an empty one.
    """
    from twisted.internet import reactor

    state = open_state(edge.state, os.environ)
    store = Chargers(state.engine, state.vault, reactor)
    try:
        known = {record.identity: record for record in store.load()}
        before = known.get(identity.encode()) or Record(identity.encode(), state.vault.name(identity.encode()))
        await store.save(change(before))
    finally:
        await store.close()
        state.close()


async def remembered(edge: EdgeProcess, identity: str) -> Record | None:
    """What Edge remembers of a charger, on disk; only while Edge is stopped."""
    from twisted.internet import reactor

    state = open_state(edge.state, os.environ)
    store = Chargers(state.engine, state.vault, reactor)
    try:
        return next((record for record in store.load() if record.identity == identity.encode()), None)
    finally:
        await store.close()
        state.close()


# --- central systems -------------------------------------------------------------------------------------------------


async def secure_central(
    case: TestCase, kind: str = "py", *, port: int = 0, basic: str = "none", root: Root | None = None
) -> tuple[Central, str]:
    """Start a central system on wss with a certificate for `localhost` of a private root.

    Args:
        case: the test.
        kind, port, basic: as for `start_central`.
        root: the private root; None: a new one.

    Returns:
        The central system, and the path of the root's PEM file, as `uplink.roots` takes it.
    """
    root = root or Root()
    central = await start_central(case, kind, leaf=root.issue(names=["localhost"]), port=port, basic=basic)
    return central, write(case, root.pem)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, and that the system gives to nobody who asks for any: below 32768."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - a port, no secret
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


# --- chargers --------------------------------------------------------------------------------------------------------


async def come(charger: Peer, endpoint: str = "", identity: str = "", **fields: object) -> Event:
    """Have a charger connect.

    Args:
        charger: started with `wait=True`, or not connected any more.
        endpoint: another one than before; then the identity is needed as well.
        identity: not encoded; only a charger of kind `py` can change it.
        fields: what else changes, such as `password` (hexadecimal).

    Returns:
        What came of it: its event `connected`, `refused` or `failed`.
    """
    if endpoint:
        fields |= {"endpoint": endpoint, "url": f"{endpoint}/{quote(identity, safe='')}"}
    await charger.tell("connect", **fields)
    return max((one for name in ("connected", "refused", "failed") for one in charger.events(name)), key=_connection)


def _connection(event: Event) -> int:
    return int(event.get("connection", 0))


async def come_until_accepted(charger: Peer) -> list[int]:
    """Have a charger connect until it gets its 101: after a 503 when it was told to, after all else a second later.

    Returns:
        The statuses of the refusals.
    """
    from twisted.internet import reactor

    statuses: list[int] = []
    while (met := await come(charger))["event"] == "refused":
        statuses.append(met["status"])
        assert len(statuses) < 20, statuses
        await deferLater(reactor, int(header(met, "Retry-After")) if met["status"] == 503 else 1)
    assert met["event"] == "connected", met
    return statuses


async def leave(charger: Peer, central: Central) -> None:
    """Have a charger close, and wait until the central system knows."""
    await charger.tell("close", code=1000)
    await charger.event("closed")
    await central.event("closed")


async def settle(*peers: Peer) -> None:
    """Wait until all that running peers have said is here: two pipes keep no order between them."""
    for peer in peers:
        if peer.running:
            await peer.tell("reply", action="nothing")


async def seen(peer: Peer, name: str, **wanted: object) -> list[Event]:
    """All events of a name with these values that a peer had until now, also those that were on their way."""
    await settle(peer)
    return peer.events(name, **wanted)


def header(event: Event, name: str) -> str:
    """The one value of a header in an event `refused` or `request`."""
    [value] = [value for key, value in event["headers"] if key.lower() == name.lower()]
    return str(value)


def frames(peer: Peer, way: str, **wanted: object) -> list[tuple[str, str]]:
    """Opcode and octets of all messages that a peer received (`in`) or sent (`out`)."""
    return [(event["opcode"], event["hex"]) for event in peer.events("message", way=way, **wanted)]


def lines(edge: EdgeProcess, *texts: str) -> list[str]:
    """The lines of Edge's log that hold all of these texts."""
    return [line for line in edge.output.decode().splitlines() if all(text in line for text in texts)]
