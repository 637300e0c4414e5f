"""Tests of `edge_twisted.config` and `etc/edgeproxy.toml`."""

import re
from pathlib import Path

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.config import (
    TABLES,
    Admission,
    ConfigError,
    Journal,
    Limits,
    Listen,
    Manager,
    Process,
    Settings,
    State,
    Uplink,
    keys,
    read_settings,
)
from edge_twisted.core.endpoint import Endpoint, Trust
from tests.certificates import Root as Authority

EXAMPLE = Path(__file__).parent.parent / "etc" / "edgeproxy.toml"


class ConfigCase(SynchronousTestCase):
    """Has a directory for configuration files."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.path = self.directory / "edge.toml"

    def read(self, text: str | bytes) -> Settings:
        """Read settings from a file with that content."""
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_settings(self.path)

    def error(self, text: str | bytes) -> str:
        """The error that the content gives: one line that begins with the file; what follows the file."""
        message = str(self.assertRaises(ConfigError, self.read, text))
        self.assertTrue(message.startswith(f"{self.path}: "), message)
        self.assertTrue(message.isprintable(), message)
        return message.removeprefix(f"{self.path}: ")


class ExampleTests(ConfigCase):
    """`etc/edgeproxy.toml`: every key, its default, and what it means."""

    def test_as_it_is(self) -> None:
        """The example changes nothing: it gives the defaults."""
        self.assertEqual(read_settings(EXAMPLE), Settings())

    def test_uncommented(self) -> None:
        """With every # taken away before a key, the example still gives the defaults."""
        text = re.sub(r"(?m)^#(?=[a-z_]+ = )", "", EXAMPLE.read_text())
        self.assertEqual(self.read(text), Settings())

    def test_every_key(self) -> None:
        """Every key of every table stands in the example, once and in order, and below an explanation."""
        found: dict[str, list[str]] = {}
        table = above = ""
        for line in EXAMPLE.read_text().splitlines():
            if heading := re.fullmatch(r"\[([a-z]+)\]", line):
                table = heading[1]
                found[table] = []
            elif key := re.match(r"#([a-z_]+) = ", line):
                found[table].append(key[1])
                self.assertTrue(above.startswith("#"), line)
            above = line
        self.assertEqual({table: sorted(names) for table, names in found.items()}, {t: sorted(keys(t)) for t in TABLES})


class DefaultTests(ConfigCase):
    """What holds where the file is silent."""

    def test_empty(self) -> None:
        """An empty file gives all defaults, as does `Settings()`."""
        self.assertEqual(self.read(""), Settings())

    def test_design(self) -> None:
        """Section 7: the defaults of the settled names."""
        self.assertEqual(
            Settings(),
            Settings(
                State(Path("/var/lib/edgeproxy")),
                Listen(("tcp:80",), ("tcp:443",), ("edge.lan",), ("private",)),
                Uplink(Endpoint(False, "ws.evc-net.com", 80), Endpoint(True, "wss.evc-net.com", 443), "detect", ()),
                Admission("open"),
                Limits(message_bytes=1048576, unserved_dials=16, unserved_per_hour=5000),
                Process(1),
                Manager(("tcp:8443",)),
                Journal(90, 100_000),
            ),
        )
        self.assertEqual(Settings().uplink.trust, Trust())

    def test_one_key(self) -> None:
        """A file with one key changes that one."""
        self.assertEqual(self.read("[process]\nworkers = 3"), evolve(Settings(), process=Process(3)))


class ReadTests(ConfigCase):
    """`read_settings`: files that are right."""

    def test_all(self) -> None:
        """Every key is read."""
        roots = Authority().pem
        (self.directory / "root.pem").write_text(roots)
        settings = self.read(f"""
            [state]
            directory = "state"
            [listen]
            ws = ["tcp:8080:interface=127.0.0.1", 'tcp6:8080:interface=\\:\\:1']
            wss = []
            names = ["a.lan", "192.168.1.5", "fd00::1"]
            from = ["private", "203.0.113.0/24"]
            [uplink]
            ws = "ws://127.0.0.1:9000/ocpp/"
            wss = "wss://central.example"
            secure = "always"
            roots = ["root.pem"]
            system_roots = false
            cn_fallback = true
            pins = ["{"ab" * 32}"]
            dashboard = "https://example.evc-net.com"
            [admission]
            mode = "approve"
            [limits]
            message_bytes = 2048
            head_seconds = 1.5
            dial_seconds = 2
            dials_seconds = 3
            connections = 4
            connections_per_address = 5
            pre_open_bytes = 6000
            ping_seconds = 7
            unserved_dials = 8
            unserved_per_hour = 9
            chargers = 10
            [process]
            workers = 2
            [manager]
            listen = ["tcp:0"]
            from = ["10.0.0.0/8"]
            [journal]
            days = 3
            entries = 4000
        """)
        self.assertEqual(settings.state, State(self.directory / "state"))
        self.assertEqual(settings.listen.ws, ("tcp:8080:interface=127.0.0.1", r"tcp6:8080:interface=\:\:1"))
        self.assertEqual(settings.listen.wss, ())
        self.assertEqual(settings.listen.names, ("a.lan", "192.168.1.5", "fd00::1"))
        self.assertTrue(settings.listen.networks().admit("203.0.113.9"))
        self.assertFalse(settings.listen.networks().admit("8.8.8.8"))
        self.assertEqual(settings.uplink.ws, Endpoint(False, "127.0.0.1", 9000, "/ocpp"))
        self.assertEqual(settings.uplink.wss, Endpoint(True, "central.example", 443))
        self.assertEqual(settings.uplink.secure, "always")
        self.assertEqual(settings.uplink.trust, Trust(False, (roots,), True, (b"\xab" * 32,)))
        self.assertEqual(settings.uplink.dashboard, "https://example.evc-net.com")
        self.assertEqual(settings.admission, Admission("approve"))
        self.assertEqual(settings.limits, Limits(2048, 1.5, 2, 3, 4, 5, 6000, 7, 8, 9, 10))
        self.assertEqual(settings.process, Process(2))
        self.assertEqual(settings.manager, Manager(("tcp:0",), ("10.0.0.0/8",)))
        self.assertTrue(settings.manager.networks().admit("10.1.2.3"))
        self.assertFalse(settings.manager.networks().admit("192.168.1.5"))
        self.assertEqual(settings.journal, Journal(3, 4000))

    def test_one_url_for_both(self) -> None:
        """Both uplink keys take either scheme: ws:// in `uplink.wss` to a private literal or localhost only."""
        for url in ("ws://127.0.0.1:9000", "ws://192.168.1.9", "ws://localhost:9000", "wss://central.example"):
            uplink = self.read(f'[uplink]\nws = "{url}"\nwss = "{url}"').uplink
            self.assertEqual(uplink.ws, uplink.wss)
            self.assertEqual(str(uplink.ws), url)
        self.assertIn(
            'uplink.wss = "ws://central.example": must begin with wss://',
            self.error('[uplink]\nwss = "ws://central.example"'),
        )

    def test_byte_order_mark(self) -> None:
        """A byte order mark, as some editors write it, does no harm."""
        self.assertEqual(self.read(b"\xef\xbb\xbf[process]\nworkers = 2\n").process, Process(2))

    def test_relative_file(self) -> None:
        """The directory is absolute also where the file was named by a relative path: twistd changes its directory."""
        self.read('[state]\ndirectory = "state"')
        relative = Path(self.path.relative_to(Path.cwd()))
        self.assertEqual(read_settings(relative).state.directory, self.directory / "state")

    def test_port_zero_twice(self) -> None:
        """Section 7: port 0 is allowed everywhere, in several places at once."""
        self.read('[listen]\nws = ["tcp:0", "tcp:0"]\nwss = ["tcp:0"]\n[manager]\nlisten = ["tcp:0"]')


class FileErrorTests(ConfigCase):
    """Files that cannot be read at all."""

    def test_missing(self) -> None:
        """A missing file, or one that is none, is named with the reason and the remedy."""
        error = self.assertRaises(ConfigError, read_settings, self.path)
        self.assertEqual(
            str(error),
            f"{self.path}: the configuration file cannot be read (No such file or directory); "
            f"copy etc/edgeproxy.toml there, or name another file with --config",
        )
        self.assertIn("(Is a directory)", str(self.assertRaises(ConfigError, read_settings, self.directory)))

    def test_syntax(self) -> None:
        """What is not TOML is named by line and column."""
        self.assertIn("(at line 2, column 11)", self.error("[process]\nworkers = \n"))
        self.assertIn("(at line 2, column", self.error("[state]\n[state]"))

    def test_encoding(self) -> None:
        """Text that is not UTF-8 is named by line."""
        self.assertIn("not UTF-8 text (at line 2)", self.error(b"[listen]\nnames = ['caf\xe9']\n"))

    def test_hostile(self) -> None:
        """A file without end, brackets without end and digits without end are refused as any other mistake."""
        self.assertIn("is it the right file?", self.error("#" * (2 << 20)))
        self.assertIn("too many brackets", self.error("a = " + "[" * 10_000))
        self.assertIn("not TOML", self.error("a = " + "1" * 5_000))
        self.assertIn("must be a whole number", self.error("[limits]\nmessage_bytes" + ".a" * 10_000 + " = 1"))

    @given(st.one_of(st.binary(), st.text("[]{}=.\"'#\n abcdefgstate12listenwuplink", max_size=60).map(str.encode)))
    @settings(deadline=None)
    def test_anything(self, content: bytes) -> None:
        """Any content gives settings or a ConfigError of one line."""
        self.path.write_bytes(content)
        try:
            read_settings(self.path)
        except ConfigError as error:
            self.assertTrue(str(error).isprintable(), str(error))


class KeyErrorTests(ConfigCase):
    """Keys and values that are wrong: one line with the key, the value, and what would be right."""

    def test_lines(self) -> None:
        """The whole line, for one mistake of each kind."""
        for text, line in {
            "[limits]\nmessage_bytes = 12": "limits.message_bytes = 12: must be from 1024 to 16777216",
            "[limits]\nmessage_bytes = 99999999": "limits.message_bytes = 99999999: must be from 1024 to 16777216",
            '[limits]\nconnections = "9"': 'limits.connections = "9": must be a whole number, without quotes',
            "[process]\nworkers = true": "process.workers = true: must be a whole number, without quotes",
            "[process]\nworkers = 1.0": "process.workers = 1.0: must be a whole number, without quotes",
            "[limits]\nhead_seconds = nan": "limits.head_seconds = NaN: must be a number, without quotes",
            '[uplink]\nsystem_roots = "no"': 'uplink.system_roots = "no": must be true or false, without quotes',
            "[uplink]\nws = 80": "uplink.ws = 80: must be text, in quotes",
            '[listen]\nws = "tcp:80"': 'listen.ws = "tcp:80": must be a list, in square brackets',
            "[listen]\nws = [80]": "listen.ws = [80]: must be text, in quotes",
            '[uplink]\nsecure = "never"': 'uplink.secure = "never": must be "detect" or "always"',
            "[admission]\nmode = []": 'admission.mode = []: must be "open" or "approve"',
            '[listen]\nws = ["tcp:99999"]': 'listen.ws = ["tcp:99999"]: "tcp:99999" needs a port from 0 to 65535',
            '[state]\ndirectory = ""': 'state.directory = "": must be a path',
            "[limits]\nworkers = 2": "limits.workers: no such key in this table; process.workers is meant",
            "[limits]\nmessage_byte = 2": 'limits."message_byte": no such key; is message_bytes meant?',
            "[process]\nzebra = 2": 'process."zebra": no such key; there are workers',
            "[limit]\n": '"limit": no such table; is limits meant?',
            "listen = 3": "listen: must be a table: write [listen] on a line of its own, and the keys below it",
            "workers = 3": "workers: stands in no table; process.workers is meant, so put it below its [table]",
        }.items():
            self.assertEqual(self.error(text), line)

    def test_secrets(self) -> None:
        """W-33: a URL with a user name or a query is refused, and its value is not repeated."""
        for text in (
            '[uplink]\nwss = "wss://user:opensesame@central.example"',
            '[uplink]\nws = "ws://central.example/?key=opensesame"',
            '[uplink]\ndashboard = "https://user:opensesame@example.com"',
            '[listen]\nws = "ws://user:opensesame@edge.lan"',
        ):
            self.assertNotIn("opensesame", self.error(text))

    def test_endpoints(self) -> None:
        """Each way in which an endpoint can be wrong is told."""
        for url, right in {
            "https://a": "ws:// or wss://",
            "wss://a:0": "port",
            "wss://a:x": "port",
            "wss://a b": "spaces",
            "wss://": "host",
            "wss://a//b": '"wss://wss.evc-net.com"',
            "wss://a/#x": "before ? or #",
        }.items():
            self.assertIn(right, self.error(f'[uplink]\nws = "{url}"'), url)

    def test_lists(self) -> None:
        """Of a list, the item that is wrong is told."""
        for text, right in {
            'names = ["edge.lan", "Edge_1"]': '"Edge_1" is no host name',
            'names = ["*.lan"]': '"*.lan" is no host name',
            'names = ["-a"]': '"-a" is no host name',
            'names = ["fe80::1%eth0"]': "is no host name",
            f"names = {['a'] * 101}": "100 names at most",
            "from = []": "nobody could connect",
            'from = ["private", "lan"]': '"lan" must be "private"',
            'from = ["10.0.0.1/8"]': '"10.0.0.0/8"',
        }.items():
            self.assertIn(right, self.error(f"[listen]\n{text}"), text)

    def test_roots(self) -> None:
        """Roots that cannot be read or hold no certificate are named."""
        (self.directory / "empty.pem").write_text("")
        self.assertIn(f"{self.directory}/none.pem cannot be read", self.error('[uplink]\nroots = ["none.pem"]'))
        self.assertIn(f"{self.directory}/empty.pem holds no certificate", self.error('[uplink]\nroots = ["empty.pem"]'))

    def test_dashboard(self) -> None:
        """The dashboard must be a web address without tricks."""
        for url in ("example.com", "javascript:alert(1)", "https://", "https://[", "https://a b", "https://a<b"):
            self.assertIn("uplink.dashboard", self.error(f'[uplink]\ndashboard = "{url}"'))

    def test_every_number(self) -> None:
        """Every number has bounds, and the error says them."""
        numbers = [(t, k) for t, k in ((t, k) for t in ("limits", "process", "journal") for k in keys(t))]
        self.assertEqual(len(numbers), 14)
        for table, key in numbers:
            for value in ("0", "-1", "1_000_000_000"):
                self.assertRegex(
                    self.error(f"[{table}]\n{key} = {value}"), rf"^{table}\.{key} = .*: must be from \d+ to \d+$"
                )


class TogetherTests(ConfigCase):
    """Keys that are right one by one and not together."""

    def test_trust(self) -> None:
        """T-31: the CN counts only where the system's roots do not; and somebody must be trusted."""
        self.assertIn("uplink.cn_fallback = true: only with", self.error("[uplink]\ncn_fallback = true"))
        self.assertIn("name a root certificate", self.error("[uplink]\nsystem_roots = false"))

    def test_dials(self) -> None:
        """One dial must not have more time than all dials of an attempt."""
        self.assertEqual(
            self.error("[limits]\ndial_seconds = 21"),
            "limits.dial_seconds = 21: must not be more than limits.dials_seconds, which is 20",
        )

    def test_port_twice(self) -> None:
        """A port can be taken once; on another interface or IP version it is another port."""
        self.assertEqual(
            self.error('[listen]\nwss = ["tcp:80"]'),
            'listen.wss = ["tcp:80"]: "tcp:80" is taken by listen.ws already',
        )
        self.assertIn("manager.listen", self.error('[manager]\nlisten = ["tcp:443:backlog=9"]'))
        self.read(
            '[listen]\nwss = ["tcp6:80", "tcp:443"]\nws = ["tcp:80:interface=10.0.0.1", "tcp:80:interface=10.0.0.2"]'
        )

    def test_loop(self) -> None:
        """Section 4: an uplink that points at Edge itself is refused."""
        for text in (
            '[uplink]\nws = "ws://edge.lan"',
            '[uplink]\nwss = "wss://edge.lan:8443"',
            '[uplink]\nws = "ws://localhost"',
            '[uplink]\nws = "ws://127.0.0.1/ocpp"',
            '[listen]\nws = ["tcp:90:interface=10.0.0.1"]\n[uplink]\nws = "ws://10.0.0.1:90"',
            '[listen]\nws = ["tcp6:90"]\n[uplink]\nws = "ws://[::1]:90"',
        ):
            self.assertIn("leads to Edge itself", self.error(text), text)

    def test_no_loop(self) -> None:
        """A central system on the same box, on another port or interface, is not Edge."""
        for text in (
            '[uplink]\nws = "ws://127.0.0.1:9000"',
            '[listen]\nws = ["tcp:80:interface=10.0.0.1"]\n[uplink]\nws = "ws://127.0.0.1"',
            '[listen]\nws = ["tcp:80:interface=10.0.0.1"]\n[uplink]\nws = "ws://localhost"',
            '[uplink]\nws = "ws://10.0.0.9"',
        ):
            self.read(text)
