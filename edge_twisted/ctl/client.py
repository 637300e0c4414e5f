"""The API as `edgectl` calls it: HTTP over the socket in Edge's state directory, with the standard library."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

SECONDS: Final = 45.0
"""How long an answer may take: a test dials for up to 10 s, and the doctor looks a name up before."""
SOCKET: Final = "control.sock"
PATH_BYTES: Final = 100
"""That the kernel takes as the path of a socket, with a little to spare."""


class ClientError(Exception):
    """Edge did not do what was asked.

    Args:
        message: for people; whole sentences.
        error: the API's word, or `unreachable`.
        problem: the API's whole answer.
    """

    def __init__(self, message: str, error: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.problem = problem or {"error": error, "message": message}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float | None) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        if len(os.fsencode(self._path)) <= PATH_BYTES:
            self.sock.connect(str(self._path))
            return
        directory = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock.connect(f"/proc/self/fd/{directory}/{self._path.name}")
        finally:
            os.close(directory)


class Client:
    """Calls one Edge.

    Args:
        directory: its state directory.
        seconds: how long an answer may take.
    """

    def __init__(self, directory: Path, seconds: float = SECONDS) -> None:
        self._path = directory / SOCKET
        self._seconds = seconds

    def get(self, path: str, **query: object) -> Any:
        """GET a path below `/v1`; what is None is left out of the query."""
        return self._call("GET", path, None, query)

    def put(self, path: str, body: dict[str, Any], **query: object) -> Any:
        """PUT a body."""
        return self._call("PUT", path, body, query)

    def post(self, path: str, body: dict[str, Any] | None = None, **query: object) -> Any:
        """POST a body, or nothing."""
        return self._call("POST", path, body, query)

    def delete(self, path: str) -> Any:
        """DELETE a path."""
        return self._call("DELETE", path, None, {})

    def follow(self, path: str, **query: object) -> Iterator[Any]:
        """GET lines of JSON without end.

        Yields:
            Each object as it comes.

        Raises:
            ClientError: Edge ended the lines.
        """
        response = self._open("GET", path, None, {**query, "follow": 1}, None)
        try:
            for line in response:
                if line.strip():
                    yield json.loads(line)
        except (OSError, http.client.HTTPException):
            pass
        raise ClientError(
            "Edge sends no more: it was stopped, or too much happened while nothing was read here.", "unreachable"
        )

    def pieces(self, path: str, **query: object) -> Iterator[bytes]:
        """GET a file that may be long, piece by piece."""
        response = self._open("GET", path, None, query, self._seconds)
        try:
            while piece := response.read(1 << 16):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise ClientError(_unreachable(self._path, error), "unreachable") from None

    def download(self, path: str) -> bytes:
        """GET a file."""
        return self._read("GET", path, None, {})

    def _call(self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, object]) -> Any:
        return json.loads(self._read(method, path, body, query))

    def _read(self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, object]) -> bytes:
        try:
            return self._open(method, path, body, query, self._seconds).read()
        except (OSError, http.client.HTTPException) as error:
            raise ClientError(_unreachable(self._path, error), "unreachable") from None

    def _open(
        self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, object], seconds: float | None
    ) -> http.client.HTTPResponse:
        connection = _UnixConnection(self._path, seconds)
        given = {name: _bytes(value) for name, value in query.items() if value is not None}
        target = f"/v1{path}" + (f"?{urlencode(given)}" if given else "")
        data = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, target, data, {"Content-Type": "application/json"} if data else {})
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise ClientError(_unreachable(self._path, error), "unreachable") from None
        if response.status >= 400:
            raise _refused(response.read(), response.status)
        return response


def charger_path(ref: str, *more: str) -> str:
    """The path of a charger, by id or OCPP ID; what is no text on the command line is passed on as its bytes."""
    return "/".join(("/chargers", quote(os.fsencode(ref), safe=""), *more))


def _bytes(value: object) -> object:
    return os.fsencode(value) if isinstance(value, str) else value


def _refused(data: bytes, status: int) -> ClientError:
    try:
        problem = json.loads(data)
        return ClientError(problem["message"], problem["error"], problem)
    except (ValueError, KeyError, TypeError):
        return ClientError(f"Edge answered with status {status} and no explanation.", "unreadable")


def _unreachable(path: Path, error: Exception) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return (
                f"No Edge runs with the state directory {path.parent}: there is no {path.name} in it. "
                "Start Edge, or name its directory with --state."
            )
        case PermissionError():
            return f"{path} may be opened by root and by Edge's own user only. Use sudo."
        case ConnectionRefusedError():
            return f"Nobody listens at {path}: Edge is not running. Start it."
        case TimeoutError():
            return f"Edge did not answer at {path} in time. Look at its log."
        case ConnectionError() | http.client.RemoteDisconnected():
            return (
                f"Edge ended the connection at {path}. It talks to root and to its own user, and to 50 at once; "
                "if that is not it, look at its log."
            )
    return f"Edge can't be asked at {path} ({type(error).__name__})."
