"""The API on `<state>/control.sock`: for whoever is root or Edge's own user on this box, and nobody else."""

import os
import socket
import struct
from pathlib import Path
from typing import Any, Final

from twisted.internet.unix import Port
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import IResource
from twisted.web.server import Site

from edge_twisted.core.roles import Role
from edge_twisted.pages.bounded import BoundedRequest
from edge_twisted.store.errors import StateError
from edge_twisted.web.caller import Caller
from edge_twisted.web.route import Route

NAME: Final = "control.sock"
CONNECTIONS: Final = 50
"""How many clients may be connected at once."""
IDLE_SECONDS: Final = 60
"""After which a client that sends no request is dropped; one that follows events is no such client."""
MODE: Final = 0o600
"""Of the socket: for its owner, and for root."""
PATH_BYTES: Final = 100
"""That the kernel takes as the path of a socket, with a little to spare."""


def peer_of(transport: Any) -> int:
    """The user id of the process at the other end of a UNIX socket.

    Args:
        transport: of the connection.

    Returns:
        The id, or -1 where the kernel does not tell.
    """
    try:
        packed = transport.getHandle().getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except (AttributeError, OSError):
        return -1
    _, uid, _ = struct.unpack("3i", packed)
    return int(uid)


def who(request: Any) -> str:
    """Who sends a request, for the journal."""
    return f"control:{peer_of(request.transport)}"


def admit(request: Any, route: Route) -> Caller:
    """Let whoever is here do everything: who may be here was looked at when he came."""
    return Caller("control", Role.ADMIN, str(peer_of(request.transport)))


class Client(ProtocolWrapper):
    """One connection; one that may not be here is dropped before anything of it is read."""

    _admitted = False

    def makeConnection(self, transport: Any) -> None:
        """Look who it is, and whether there is room."""
        if peer_of(transport) in (0, os.geteuid()) and len(self.factory.protocols) < CONNECTIONS:
            self._admitted = True
            super().makeConnection(transport)
        else:
            transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has a default
        """It is gone; one that was never admitted leaves no trace."""
        if self._admitted:
            super().connectionLost(reason)


class Door(WrappingFactory[Client]):
    """Lets clients in, one `Client` each."""

    protocol = Client
    noisy = False


class ControlSite(Site):
    """The API's site on the socket, without an access log.

    Args:
        resource: the API.
        reactor: for time.
    """

    noisy = False
    displayTracebacks = False

    def __init__(self, resource: IResource, reactor: Any) -> None:
        super().__init__(resource, timeout=IDLE_SECONDS, requestFactory=BoundedRequest, reactor=reactor)

    def log(self, request: Any) -> None:
        """Write no access log: a path can hold an identity."""


class OpenPort(Port):
    """Listens on a socket that is open already, and removes it from the directory when it ends.

    Args:
        bound: the socket.
        factory: makes the protocols.
        reactor: listens.
    """

    def __init__(self, bound: socket.socket, factory: Any, reactor: Any) -> None:
        super().__init__(os.fsencode(bound.getsockname()), factory, mode=MODE, reactor=reactor)
        self._preexistingSocket = bound


def open_socket(directory: Path) -> socket.socket:
    """Open the socket; who connects waits in it until it is served.

    Args:
        directory: the state directory, which this process has locked: a socket that lies there is a dead one.

    Returns:
        The socket, listening.

    Raises:
        StateError: something else lies in its place, or Edge may not write there.
    """
    path = directory / NAME
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~MODE)
    try:
        path.unlink(missing_ok=True)
        bound.setblocking(False)
        bound.bind(short_path(path))
        bound.listen(CONNECTIONS)
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise StateError(
            f"{path} can't be opened ({reason}); remove what lies there, and see that Edge's user may write beside it"
        ) from None
    finally:
        os.umask(before)
    return bound


def listen(reactor: Any, bound: socket.socket, resource: IResource) -> Any:
    """Serve the API on the socket.

    Args:
        reactor: listens.
        bound: from `open_socket`.
        resource: the API.

    Returns:
        The listening port.
    """
    port = OpenPort(bound, Door(ControlSite(resource, reactor)), reactor)
    port.startListening()
    return port


def short_path(path: Path) -> str:
    """A path that the kernel takes for a socket, however deep its directory lies.

    Args:
        path: of the socket; its directory exists.

    Returns:
        The path itself, or one over an open descriptor of its directory, which stays open as long as this process.
    """
    text = str(path)
    if len(os.fsencode(text)) <= PATH_BYTES:
        return text
    return f"/proc/self/fd/{os.open(path.parent, os.O_PATH | os.O_DIRECTORY)}/{path.name}"
