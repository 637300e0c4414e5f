"""Tests of `edge_twisted.ctl.client`: what it says where Edge is not reached, or answers oddly."""

import re
import socket
import threading
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.ctl.client import SOCKET, Client, ClientError, charger_path


def whole(connection: socket.socket) -> bytes:
    """One whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    while found and len(body) < int(found[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class ClientTests(SynchronousTestCase):
    """A server in a thread that says exactly what a test wants."""

    def serve(self, *answers: bytes, seconds: float = 5.0) -> Client:
        """Serve these answers, one a connection, and close each behind it.

        Args:
            answers: octets; empty: the connection is closed without a word.
            seconds: how long the client waits.
        """
        directory = Path(mkdtemp(dir=".")).absolute()
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        deep = directory / ("x" * 90)
        deep.mkdir()
        listening.bind(self.short(deep))
        listening.listen()
        self.asked: list[bytes] = []

        def run() -> None:
            for answer in answers:
                connection, _ = listening.accept()
                with connection:
                    self.asked.append(whole(connection))
                    connection.sendall(answer)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        return Client(deep, seconds)

    def short(self, directory: Path) -> str:
        """A path that the kernel takes: over a link, while the client goes over the real one."""
        link = Path(mkdtemp()) / "l"
        link.symlink_to(directory)
        self.addCleanup(link.parent.rmdir)
        self.addCleanup(link.unlink)
        return str(link / SOCKET)

    def fails(self, client: Client, *, follow: bool = False) -> ClientError:
        """A call that fails."""

        def call() -> Any:
            return list(client.follow("/events")) if follow else client.get("/box")

        error: ClientError = self.assertRaises(ClientError, call)
        return error

    def test_answers(self) -> None:
        """An answer is JSON; what is asked is below /v1, with the query that is not None, and a body as JSON."""
        good = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
        client = self.serve(good, good)
        self.assertEqual(client.get("/events", limit=5, charger=None, after="ä/b"), {"a": 1})
        self.assertTrue(self.asked[0].startswith(b"GET /v1/events?limit=5&after=%C3%A4%2Fb HTTP/1.1\r\n"))
        client.put(charger_path("A/B \udcff", "uplink"), {"x": "ü"}, new=1)
        self.assertTrue(self.asked[1].startswith(b"PUT /v1/chargers/A%2FB%20%FF/uplink?new=1 HTTP/1.1\r\n"))
        self.assertTrue(self.asked[1].endswith(b'{"x": "\\u00fc"}'))

    def test_refused(self) -> None:
        """A refusal is told with the API's sentence and word; one without any is told as such."""
        body = b'{"error":"x","message":"So it is.","field":null}'
        client = self.serve(
            b"HTTP/1.1 409 C\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
            b"HTTP/1.1 500 X\r\nContent-Length: 4\r\n\r\noops",
            b"HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\n[]",
        )
        error = self.fails(client)
        self.assertEqual((str(error), error.error, error.problem["field"]), ("So it is.", "x", None))
        for status in (500, 404):
            error = self.fails(client)
            self.assertEqual(error.error, "unreadable")
            self.assertIn(f"status {status}", str(error))

    def test_not_reached(self) -> None:
        """Each way of not reaching Edge has a sentence of its own, and is `unreachable`."""
        nowhere = Path(mkdtemp(dir=".")).absolute()
        dead = Path(mkdtemp(dir=".")).absolute()
        socket.socket(socket.AF_UNIX).bind(self.short(dead))
        for client, words in (
            (Client(nowhere), f"No Edge runs with the state directory {nowhere}"),
            (Client(Path(__file__)), "No Edge runs with the state directory"),
            (Client(dead), "Edge is not running. Start it."),
            (self.serve(b""), "Edge ended the connection"),
            (self.serve(b"SSH-2.0\r\n"), "Edge can't be asked"),
            (self.serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "Edge can't be asked"),
            (self.serve(b"", seconds=0.0001), "Edge"),
        ):
            error = self.fails(client)
            self.assertEqual(error.error, "unreachable", words)
            self.assertIn(words, str(error))
            self.assertTrue(str(error).endswith("."))

    def test_not_allowed(self) -> None:
        """Whoever may not open the socket is told who may."""
        client = Client(Path(mkdtemp(dir=".")).absolute())
        self.patch(socket.socket, "connect", lambda *_: (_ for _ in ()).throw(PermissionError()))
        self.assertIn("root and by Edge's own user only. Use sudo.", str(self.fails(client)))

    def test_slow(self) -> None:
        """Edge that does not answer in time."""
        client = Client(Path(mkdtemp(dir=".")).absolute())
        self.patch(socket.socket, "connect", lambda *_: (_ for _ in ()).throw(TimeoutError()))
        self.assertIn("did not answer", str(self.fails(client)))

    def test_follow(self) -> None:
        """Lines come as they are; their end, however it comes, is told."""
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        line = b'{"id": 1}\n'
        for end in (b"", b"0\r\n\r\n", b"5\r\n{"):
            client = self.serve(head + b"%x\r\n%s\r\n" % (len(line), line) + end)
            told = []
            try:
                for one in client.follow("/events", after=0):
                    told.append(one)
            except ClientError as error:
                self.assertEqual(error.error, "unreachable")
                self.assertIn("Edge sends no more", str(error))
            else:
                self.fail("no end")
            self.assertEqual(told, [{"id": 1}])
            self.assertIn(b"/v1/events?after=0&follow=1", self.asked[0])
