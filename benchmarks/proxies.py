"""The proxies that are measured, and how each is started.

Each listens on one port, verifies the central system's certificate against its root (the host is `localhost`), passes
the subprotocol on, and shows the central system Basic credentials: those of the charger, or its own.
"""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from attrs import frozen

from benchmarks.load import Files

HERE: Final = Path(__file__).parent
PROJECT: Final = HERE.parent
RELAYS: Final = HERE / "relays"
NODE_MODULES: Final = PROJECT / "tests" / "real" / "peers" / "node_modules"
CREDENTIALS: Final = "Basic ZWRnZTplZGdl"
REFERENCE: Final = "nginx-1"
"""Ratios are to this one."""
TELL_SECONDS: Final = 10.0


@frozen
class Place:
    """Where a proxy stands.

    Args:
        folder: for its files.
        port, tls: where it listens, and whether chargers come by wss.
        up_port, up_tls: the central system's port, and whether it speaks wss.
        files: certificates.
        chargers: how many may come.
    """

    folder: Path
    port: int
    tls: bool
    up_port: int
    up_tls: bool
    files: Files
    chargers: int

    @property
    def upstream(self) -> str:
        """The central system's URL."""
        return f"{'wss' if self.up_tls else 'ws'}://localhost:{self.up_port}"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the proxy's."""
        path = self.folder / name
        path.write_text(text)
        return path


@frozen
class Command:
    """A command line, variables of its environment, and the root that chargers trust this proxy by."""

    words: list[object]
    root: Path
    environment: Mapping[str, str] = {}


@frozen
class Proxy:
    """One proxy.

    Args:
        name: in tables.
        words: what it is.
        command: makes its files and its command line.
        needs: a program, or a folder, that has to be there.
        version: the command that prints its version, if it is a program.
        looked: of one that looks at messages: how many it forwarded so far, and how many of those it did not look at.
    """

    name: str
    words: str
    command: Callable[[Place], Command]
    needs: str
    version: tuple[str, ...] = ()
    looked: Callable[[Place], tuple[float, float]] | None = None

    @property
    def present(self) -> bool:
        """Whether it can be measured here."""
        return shutil.which(self.needs) is not None or Path(self.needs).exists()


def _edge(place: Place, source: Path = PROJECT) -> Command:
    listen, other = ("wss", "ws") if place.tls else ("ws", "wss")
    state = place.folder / "state"
    sections: dict[str, dict[str, object]] = {
        "state": {"directory": str(state)},
        "listen": {
            listen: [f"tcp:{place.port}:interface=127.0.0.1"],
            other: [],
            "names": ["edge.lan", "localhost"],
        },
        "uplink": {"ws": place.upstream, "wss": place.upstream, "roots": [str(place.files.root)]},
        # All chargers come from one address, and at first all are strangers: only the bounds that guard against
        # strangers in numbers are raised, nothing else is changed.
        "limits": {
            "connections": max(10_000, place.chargers),
            "connections_per_address": max(10_000, place.chargers),
            "unserved_dials": 100_000,
            "unserved_per_hour": 100_000_000,
        },
        "manager": {"listen": ["tcp:0:interface=127.0.0.1"]},
        "metrics": {"listen": ["tcp:0:interface=127.0.0.1"]},
    }
    text = "\n".join(
        f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for section, keys in sections.items()
    )
    words = [Path(sys.executable).parent / "twistd", "-n", "--pidfile=", "edgeproxy", "--config"]
    return Command([*words, place.write("edge.toml", text)], state / "root.pem", {"PYTHONPATH": str(source)})


def _looked(place: Place) -> tuple[float, float]:
    """What Edge's metrics say of its messages."""
    port = json.loads((place.folder / "state" / "ports.json").read_text())["metrics"][0]
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TELL_SECONDS) as answer:
        lines = answer.read().decode().splitlines()
    figures = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    forwarded = sum(float(value) for name, value in figures if name.startswith("edge_messages_total{"))
    return forwarded, sum(float(value) for name, value in figures if name == "edge_messages_missed_total")


def _nginx(place: Place) -> Command:
    files, folder = place.files, place.folder
    tls = f"ssl_certificate {files.certificate}; ssl_certificate_key {files.key};" if place.tls else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = place.write(
        "nginx.conf",
        f"""daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections {4 * place.chargers + 1000}; }}
http {{
  access_log off;
  {temporary}
  server {{
    listen 127.0.0.1:{place.port} {"ssl" if place.tls else ""} backlog=4096;
    {tls}
    location / {{
      proxy_pass {"https" if place.up_tls else "http"}://127.0.0.1:{place.up_port};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Authorization "{CREDENTIALS}";
      proxy_read_timeout 1h;
      proxy_ssl_verify on; proxy_ssl_trusted_certificate {files.root}; proxy_ssl_verify_depth 2;
      proxy_ssl_name localhost; proxy_ssl_server_name on;
    }}
  }}
}}
""",
    )
    return Command(["nginx", "-e", "stderr", "-p", folder, "-c", path], files.root)


def _haproxy(place: Place) -> Command:
    files = place.files
    both = place.write("both.pem", files.certificate.read_text() + files.key.read_text())
    verify = f"ssl verify required ca-file {files.root} sni str(localhost)" if place.up_tls else ""
    path = place.write(
        "haproxy.cfg",
        f"""global
  maxconn {place.chargers + 100}
  nbthread 1
defaults
  mode http
  timeout connect 30s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend chargers
  bind 127.0.0.1:{place.port} backlog 4096 {f"ssl crt {both}" if place.tls else ""}
  default_backend central
backend central
  http-request set-header Authorization "{CREDENTIALS}"
  server central 127.0.0.1:{place.up_port} {verify}
""",
    )
    return Command(["haproxy", "-f", path], files.root)


def relay_of(*program: object, environment: Mapping[str, str] | None = None) -> Callable[[Place], Command]:
    """What starts a relay.

    Args:
        program: its command line, without what all relays are told alike.
        environment: variables beside ours.

    Returns:
        For `Proxy.command`.
    """

    def command(place: Place) -> Command:
        files = place.files
        words = [*program, "--port", place.port, "--upstream", place.upstream, "--auth", CREDENTIALS]
        words += ["--ca", files.root]
        if place.tls:
            words += ["--cert", files.certificate, "--key", files.key]
        return Command(words, files.root, environment or {})

    return command


PROXIES: Final[dict[str, Proxy]] = {
    proxy.name: proxy
    for proxy in (
        Proxy("edge", "Edge, one process", _edge, sys.executable, looked=_looked),
        Proxy("nginx-1", "nginx, one worker", _nginx, "nginx", ("nginx", "-v")),
        Proxy("haproxy-1", "HAProxy, one thread", _haproxy, "haproxy", ("haproxy", "-v")),
        Proxy(
            "node-ws",
            "a relay of 30 lines for Node, with its library ws",
            relay_of("node", RELAYS / "node_ws.js", environment={"NODE_PATH": str(NODE_MODULES)}),
            str(NODE_MODULES / "ws") if shutil.which("node") else "node",
            ("node", "--version"),
        ),
        Proxy(
            "websockets",
            "a relay of 40 lines for asyncio, with the library websockets",
            relay_of(sys.executable, RELAYS / "py_websockets.py"),
            sys.executable,
        ),
        Proxy(
            "twisted-plain",
            "a relay of 80 lines for Twisted and Autobahn, nothing tuned",
            relay_of(sys.executable, RELAYS / "twisted_plain.py"),
            sys.executable,
        ),
    )
}
"""By name, in the table's order."""


def add_before(source: Path) -> Proxy:
    """Let another Edge be measured beside this one, such as the one before a change.

    Args:
        source: the folder with its source; it runs on the same Python packages.

    Returns:
        It, under the name `edge-before`.
    """
    words = "Edge, one process, from another folder"
    command = partial(_edge, source=source.absolute())
    PROXIES["edge-before"] = Proxy("edge-before", words, command, str(source), looked=_looked)
    return PROXIES["edge-before"]
