"""Tests of the scenario file."""

from pathlib import Path

from attrs import fields
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import BackOff, Ping, Plan, Transactions
from edge_twisted.sandbox.scenario import Scenario, ScenarioError, read_scenario
from edge_twisted.sandbox.scenario_cast import wrong_root
from edge_twisted.sandbox.scenario_tables import NESTED, CentralTable, DashboardTable, EdgeTable, LedgerTable
from edge_twisted.sandbox.security import Account, Credentials, Security
from edge_twisted.sandbox.tls import NOBODY, SYSTEM, Tls, Trust
from tests.certificates import Root

EDGE = """
[edge]
ws = "ws://127.0.0.1:8081"
wss = "wss://127.0.0.1:8443"
"""
WHOLE = """
[central]
ws = 9000
wss = 9443
interface = "127.0.0.2"
names = ["central.example"]
strangers = "refuse"
heartbeat_seconds = 60

[dashboard]
listen = 8080

[edge]
ws = "ws://127.0.0.1:8081"
wss = "wss://127.0.0.1:8443"
root = "root.pem"

[ledger]
file = "ledger.jsonl"

[[account]]
identity = "CP-0003"
security = "basic-over-wss"
credentials = "CP-0003:pass:word"

[[charger]]
identity = "CP-0003"
family = "autel"
endpoint = "wss"
trust = "edge"
credentials = "hex:CP-0003:00ff"
vendor = "Maker"
model = "Box"
firmware = "9.9"
serial = "S1"
connectors = 2
security_profile = 2
clock_error = -86400
protocols = ["ocpp1.6", "ocpp1.5"]
white_paper = false
source = "127.0.0.11"
tls = {minimum = "1.2", maximum = "1.2", ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}
ping = {every = 60, answers = false}
back_off = {least = 1, spread = 2.5, doublings = 3}
transactions = {attempts = 5, retry_seconds = 10}
session = {first = 1, length = 20, pause = 5, sample = 2}
[charger.keys]
AdditionalRootCertificateCheck = true
CertificateStoreMaxLength = 3
[charger.quirks]
no_connection_header = false
flaps_every = 12.5
offline_transaction_id = -1
"""


class ScenarioTests(TestCase):
    """What is read."""

    def read(self, text: str) -> Scenario:
        """Read a file with a text; `root.pem` lies beside it."""
        folder = Path(self.mktemp())
        folder.mkdir()
        self.root = Root()
        (folder / "root.pem").write_text(self.root.pem)
        (folder / "scenario.toml").write_text(text)
        return read_scenario(folder / "scenario.toml")

    def test_whole(self) -> None:
        """Every key of the file arrives where it belongs."""
        found = self.read(WHOLE)
        self.assertEqual(found.central, CentralTable(9000, 9443, "127.0.0.2", ("central.example",), "refuse", 60))
        self.assertEqual(found.dashboard, DashboardTable(8080))
        self.assertEqual((found.ledger or Path()).name, "ledger.jsonl")
        account = Account(Security.BASIC_OVER_WSS, Credentials(b"CP-0003", b"pass:word"))
        self.assertEqual(found.accounts, {"CP-0003": account})
        [charger] = found.cast()
        access, model = charger.access, charger.model
        self.assertEqual((access.endpoint, access.identity), ("wss://127.0.0.1:8443", "CP-0003"))
        self.assertEqual(access.trust, Trust(roots=(self.root.pem,)))
        self.assertEqual(access.credentials, Credentials(b"CP-0003", b"\x00\xff"))
        self.assertEqual((access.protocols, access.source), (("ocpp1.6", "ocpp1.5"), "127.0.0.11"))
        self.assertEqual(access.tls, Tls("1.2", "1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        self.assertEqual((model.vendor, model.name, model.firmware, model.serial), ("Maker", "Box", "9.9", "S1"))
        self.assertEqual((charger.connectors, charger.profile, charger.clock_error), (2, 2, -86400.0))
        self.assertEqual((charger.ping, charger.back_off), (Ping(60.0, False), BackOff(1.0, 2.5, 3)))
        self.assertEqual(charger.transactions, Transactions(attempts=5, retry_seconds=10.0))
        self.assertEqual(charger.plan, Plan(first=1.0, length=20.0, pause=5.0, sample=2.0))
        self.assertEqual(charger.keys, {"AdditionalRootCertificateCheck": "true", "CertificateStoreMaxLength": "3"})
        self.assertFalse(charger.white_paper)
        quirks = charger.quirks
        self.assertEqual((quirks.flaps_every, quirks.offline_transaction_id), (12.5, -1))
        self.assertEqual((quirks.no_connection_header, quirks.silent_distrust), (False, True))

    def test_empty(self) -> None:
        """An empty file is a scenario without anything."""
        found = self.read("")
        self.assertEqual((found.central, found.dashboard, found.edge, found.chargers), (None, None, EdgeTable(), ()))
        self.assertEqual((found.ledger, LedgerTable().file), (None, None))

    def test_many(self) -> None:
        """`#` stands for the digits of a number, in identity, credentials, serial and account alike."""
        found = self.read(
            EDGE
            + """
            [[account]]
            identity = "CP-###"
            count = 12
            security = "basic-over-wss"
            credentials = "CP-###:secret###"
            [[charger]]
            identity = "CP-###"
            count = 12
            endpoint = "ws"
            credentials = "CP-###:secret###"
            serial = "S###"
            """
        )
        settings = found.cast()
        self.assertEqual([one.access.identity for one in settings][::11], ["CP-001", "CP-012"])
        self.assertEqual(settings[11].access.credentials, Credentials(b"CP-012", b"secret012"))
        self.assertEqual((settings[11].model.serial, len(found.accounts)), ("S012", 12))
        self.assertEqual(found.accounts["CP-012"].credentials, settings[11].access.credentials)

    def test_places(self) -> None:
        """Words for endpoints and for whom they trust; a raised profile leads to the same place over wss."""
        text = EDGE + 'root = "root.pem"\n[central]\n'
        places = ("ws", "wss", "central-ws", "central-wss", "wss://elsewhere/x")
        for number, place in enumerate(places):
            text += f'[[charger]]\nidentity = "CP{number}"\nendpoint = "{place}"\n'
        for number, trust in enumerate(("none", "system", "wrong", "central", "root.pem")):
            text += f'[[charger]]\nidentity = "T{number}"\ntrust = "{trust}"\n'
        cast = self.read(text).cast({"ws": "ws://c:1", "wss": "wss://c:2"}, "CENTRAL")
        found = [(one.access.endpoint, one.access.secure_endpoint) for one in cast[:5]]
        edge = "wss://127.0.0.1:8443"
        self.assertEqual(
            found,
            [("ws://127.0.0.1:8081", edge), (edge, ""), ("ws://c:1", "wss://c:2"), ("wss://c:2", ""), (places[4], "")],
        )
        own, central = Trust(roots=(self.root.pem,)), Trust(roots=("CENTRAL",))
        self.assertEqual([one.access.trust for one in cast[:5]], [NOBODY, own, NOBODY, central, own])
        wrong = Trust(roots=(wrong_root(),))
        self.assertEqual([one.access.trust for one in cast[5:]], [NOBODY, SYSTEM, wrong, central, own])

    def test_family(self) -> None:
        """A family gives vendor, quirks and trust, unless the charger says otherwise."""
        charger = '[[charger]]\nidentity = "CP{}"\nfamily = "alfen"\n'
        text = (
            EDGE + 'root = "root.pem"\n' + charger.format(1) + charger.format(2) + 'trust = "edge"\nsession = false\n'
        )
        first, second = self.read(text).cast()
        self.assertEqual((first.model.vendor, first.quirks.flood, first.plan), ("Alfen", 50, Plan()))
        self.assertEqual(first.access.trust, Trust(roots=(wrong_root(),)))
        self.assertEqual((second.access.trust, second.plan), (Trust(roots=(self.root.pem,)), None))

    def test_root_comes_later(self) -> None:
        """Edge's root need not be there when the file is read, but when the chargers are made."""
        found = self.read(EDGE + 'root = "later.pem"\n[[charger]]\nidentity = "CP1"\n')
        with self.assertRaisesRegex(ScenarioError, 'charger "CP1".trust = "edge": .*later.pem cannot be read'):
            found.cast()
        (found.path.parent / "later.pem").write_text(Root().pem)
        self.assertEqual(len(found.cast()), 1)

    def wrong(self, text: str) -> str:
        """Why a text can't be used."""
        with self.assertRaises(ScenarioError) as raised:
            self.read(text).cast()
        told = str(raised.exception)
        self.assertIn("scenario.toml: ", told)
        return told.partition("scenario.toml: ")[2]

    def test_wrong(self) -> None:
        """An error names key and value, and what would be right."""
        charger = EDGE + '[[charger]]\nidentity = "CP1"\ntrust = "none"\n'
        for text, told in (
            ("[centrall]", '"centrall": no such table; is central meant?'),
            ("central = 5", "central = 5: must be a table"),
            ("[central]\nws = 70000", "central.ws = 70000: must be a port from 1 to 65535"),
            ("[central]\nws = true", "central.ws = true: must be a whole number"),
            ('[central]\nstrangers = "eat"', 'central.strangers = "eat": must be "accept" or "refuse"'),
            ("[central]\nheartbeat_seconds = 0", "central.heartbeat_seconds = 0: must be from 1 to 86400"),
            ('[dashboard]\ninterface = "here"', 'dashboard.interface = "here": must be an address'),
            ('[edge]\nws = "http://x"', 'edge.ws = "http://x": must be a URL without the identity'),
            ("[charger]", "charger: must be written [[charger]], once for each"),
            ("[[charger]]", "charger number 1.identity: is missing"),
            ('[[charger]]\nidentity = ""', 'charger number 1.identity = "": must have 1 to 255 characters'),
            (charger + 'endpont = "ws"', 'charger "CP1".endpont: no such key; is endpoint meant?'),
            (charger + 'endpoint = "wsx"', 'charger "CP1".endpoint = "wsx": must be a whole URL, or one of ws, wss'),
            (charger + 'endpoint = "central-ws"', 'charger "CP1".endpoint = "central-ws": there is no [central]'),
            (charger + 'family = "alfn"', 'charger "CP1".family = "alfn": no such family; is alfen meant?'),
            (charger + "connectors = 99", 'charger "CP1".connectors = 99: must be from 1 to 16'),
            (charger + "security_profile = 7", 'charger "CP1".security_profile = 7: must be 0, 1, 2 or 3'),
            (charger + "ping = {evry = 5}", 'charger "CP1".ping.evry: no such key; is every meant?'),
            (charger + "ping = 5", 'charger "CP1".ping = 5: must be a table'),
            (charger + "back_off = {least = -1}", 'charger "CP1".back_off.least = -1: must be from 0'),
            (charger + 'session = {length = "1h"}', 'charger "CP1".session.length = "1h": must be a number'),
            (charger + 'tls = {minimum = "1.9"}', 'charger "CP1".tls: no such TLS version'),
            (charger + "quirks = {no_conection_header = true}", "is no_connection_header meant?"),
            (charger + "quirks = {probes = 1}", 'charger "CP1".quirks.probes = 1: must be true or false'),
            (charger + 'keys = {Heartbeat = "5"}', "Heartbeat: no such configuration key; is HeartbeatInterval meant?"),
            (charger + "count = 5", '"CP1".count = 5: the identity needs # for each digit'),
            (charger + '[[charger]]\nidentity = "CP1"\ntrust = "none"', 'charger "CP1".identity: stands twice'),
            ('[[charger]]\nidentity = "CP#"\ncount = 10', '"CP#".count = 10: the identity has 1 # and so room for 9'),
            ('[[charger]]\nidentity = "CP1"', 'charger "CP1".endpoint = "wss": edge.wss is missing'),
            (EDGE + '[[charger]]\nidentity = "CP1"\ntrust = "edge"', "edge.root is missing"),
            (EDGE + '[[charger]]\nidentity = "CP1"\ntrust = "no.pem"', 'charger "CP1".trust = "no.pem": '),
            ('[[account]]\nidentity = "CP1"\nsecurity = "basic-over-wss"', 'account "CP1".credentials: is missing'),
            ("[[charger]\n", "not TOML: "),
        ):
            self.assertIn(told, self.wrong(text), text)

    def test_no_secret(self) -> None:
        """Credentials that can't be used are not repeated."""
        for value in ("nocolonsecret", "hex:CP1:secret"):
            for table in ("charger", "account"):
                told = self.wrong(f'[[{table}]]\nidentity = "CP1"\ncredentials = "{value}"')
                self.assertIn(f'{table} "CP1".credentials = (not shown): must be', told)
                self.assertNotIn("secret", told)
        self.assertNotIn("pass:word", repr(self.read(WHOLE)))

    def test_bounded(self) -> None:
        """10,000 chargers at most."""
        many = EDGE + 'root = "root.pem"\n[[charger]]\nidentity = "A-####"\ncount = {}\n'
        self.assertIn("must be from 1 to 10000", self.wrong(many.format(10_001)))
        more = '[[charger]]\nidentity = "B-####"\ncount = 5001\n'
        self.assertIn("there are 10001; 10000 are the most", self.wrong(many.format(5000) + more))

    def test_no_file(self) -> None:
        """A file that is not there, and one that is no text."""
        with self.assertRaisesRegex(ScenarioError, "cannot be read"):
            read_scenario(Path(self.mktemp()))
        path = Path(self.mktemp())
        path.write_bytes(b"\xff")
        with self.assertRaisesRegex(ScenarioError, "not TOML"):
            read_scenario(path)

    def test_nested_keys(self) -> None:
        """Whatever a charger's settings hold, a scenario can say, and under the same name."""
        known = {one.name for kind in (*NESTED.values(), Quirks) for one in fields(kind)}
        self.assertLessEqual({"minimum", "every", "least", "attempts", "length", "probes"}, known)
