"""A browser in memory: it asks a site, and reads what comes."""

import json
from typing import Any
from urllib.parse import urlencode

from attrs import frozen
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

HERE = IPv4Address("TCP", "127.0.0.1", 8080)


class Wire(StringTransport):
    """One connection; it can be cut, and hung up by the browser."""

    aborted = False

    def __init__(self) -> None:
        super().__init__(HERE, IPv4Address("TCP", "127.0.0.1", 50000))

    def abortConnection(self) -> None:
        """It is cut."""
        self.aborted = True


@frozen
class Told:
    """An answer.

    Args:
        status: of HTTP.
        headers: by name in lower case.
        data: the body.
    """

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)


class Browser:
    """Asks a site.

    Args:
        site: whom.
        host: what its Host header says.
    """

    def __init__(self, site: Any, host: str = "localhost:8080") -> None:
        self.site = site
        self.host = host

    def connect(self) -> tuple[Any, Wire]:
        """Open a connection."""
        channel: Any = self.site.buildProtocol(IPv4Address("TCP", "127.0.0.1", 50000))
        wire = Wire()
        channel.makeConnection(wire)
        return channel, wire

    def begin(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[Any, Wire]:
        """Ask, and don't wait for the answer's end."""
        channel, wire = self.connect()
        shown = {"Host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in shown.items() if value)]
        if body or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        channel.dataReceived("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return channel, wire

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
        """Ask, and read the answer."""
        return parse(self.begin(method, path, body, **headers)[1].value())

    def get(self, path: str, **headers: str) -> Told:
        """Open a page."""
        return self.ask("GET", path, b"", **headers)

    def send(self, path: str, **fields: str) -> Told:
        """Send a form, as a page of the same site does."""
        body = urlencode(fields).encode()
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, Content_Type=kind, Sec_Fetch_Site="same-origin")

    def call(self, method: str, path: str, body: object = None) -> Told:
        """Ask the API, as a program does."""
        return self.ask(method, path, b"" if body is None else json.dumps(body).encode())


def parse(data: bytes) -> Told:
    """Read an answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = unchunked(body)
    return Told(int(first.split()[1]), headers, body)


def unchunked(body: bytes) -> bytes:
    """A chunked body, as far as it came."""
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        found += rest[:length]
        body = rest[length + 2 :]
    return found
