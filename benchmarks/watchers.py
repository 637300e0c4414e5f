"""People who look at EdgeManager's live view, as their browsers do: one stream of server-sent events each."""

import http.client
import json
import ssl
import subprocess
import sys
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Final

from attrs import define, field

from benchmarks.processes import START_SECONDS, BenchError

NAME: Final = "bench"
PASSWORD: Final = "none but for measuring"
COOKIE: Final = "__Host-edge"
BEAT_SECONDS: Final = 60.0
"""In which each stream says something."""


@define
class Desk:
    """An Edge's EdgeManager, with somebody who is logged in.

    Args:
        port: where it listens.
        root: the box's root certificate.
        cookie: of the session.
    """

    port: int
    root: Path
    cookie: str = ""

    @classmethod
    def at(cls, state: Path) -> "Desk":
        """Set up a new Edge, as the installer does with the label's code.

        Args:
            state: its directory.

        Raises:
            BenchError: it does not let us in.
        """
        program = Path(sys.executable).parent / "edgectl"
        label = subprocess.run(
            [program, "--state", state, "label", "--json"], capture_output=True, text=True, check=False
        )
        if label.returncode:
            raise BenchError(f"edgectl label failed: {label.stderr[-500:]}")
        port = json.loads((state / "ports.json").read_text())["manager"][0]
        desk = cls(port, state / "root.pem")
        connection = desk.connect()
        body = {"code": json.loads(label.stdout)["code"], "name": NAME, "password": PASSWORD}
        connection.request("POST", "/v1/setup", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        given = answer.getheader("Set-Cookie") or ""
        connection.close()
        if answer.status != 200 or not given.startswith(COOKIE):
            raise BenchError(f"EdgeManager answers {answer.status} to the set-up")
        desk.cookie = given.partition(";")[0]
        return desk

    def connect(self) -> http.client.HTTPSConnection:
        """A connection to it."""
        context = ssl.create_default_context(cafile=str(self.root))
        return http.client.HTTPSConnection("localhost", self.port, timeout=START_SECONDS, context=context)


@define
class Watchers:
    """Some who look on as long as the context lasts.

    Args:
        desk: where.
        count: how many.

    Attributes:
        updates: parts of the page that came, over all of them.
        octets: that came.
        failed: how many were refused, or lost their stream.
    """

    desk: Desk
    count: int
    updates: int = 0
    octets: int = 0
    failed: int = 0
    _leaving: bool = False
    _lock: Lock = field(factory=Lock)
    _streams: list[http.client.HTTPSConnection] = field(factory=list)
    _threads: list[Thread] = field(factory=list)

    def __enter__(self) -> "Watchers":
        for _ in range(self.count):
            stream = self.desk.connect()
            stream.request("GET", "/", headers={"Accept": "text/event-stream", "Cookie": self.desk.cookie})
            answer = stream.getresponse()
            if answer.status != 200:
                raise BenchError(f"the live view answers {answer.status}")
            self._streams.append(stream)
            thread = Thread(target=self._read, args=(answer,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        for stream in self._streams:
            if stream.sock is not None:
                stream.sock.shutdown(2)
        for thread in self._threads:
            thread.join(START_SECONDS)
        for stream in self._streams:
            stream.close()

    def count_anew(self) -> None:
        """Forget what came until now."""
        with self._lock:
            self.updates = self.octets = 0

    def _read(self, answer: http.client.HTTPResponse) -> None:
        try:
            for line in answer:
                with self._lock:
                    self.octets += len(line)
                    self.updates += line.startswith(b"event: part")
        except (OSError, ValueError, http.client.HTTPException):
            pass
        if not self._leaving:
            self.failed += 1
