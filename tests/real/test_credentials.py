"""Passwords and identities through a real Edge: octets of any value, in the charger's own encoding."""

import base64
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.real.ctl import edgectl
from tests.real.harness import Central, Peer, start_central, start_charger, start_edge
from tests.real.steps import PASSWORD, come, header, leave, remembered, seen

VECTORS = [
    ("AL1000", "0001020304050607ffffffffffffffffffffffff", "Basic QUwxMDAwOgABAgMEBQYH////////////////"),
    ("CP001", "00ff3a0d0a8081c3283d7f1011121314151617aa", "Basic Q1AwMDE6AP86DQqAgcMoPX8QERITFBUWF6o="),
    ("RDAM 123", "808182838485868788898a8b8c8d8e8f90919293", "Basic UkRBTSAxMjM6gIGCg4SFhoeIiYqLjI2Oj5CRkpM="),
    ("CP001", "70c3a47373776f72742d7369787465656e", "Basic Q1AwMDE6cMOkc3N3b3J0LXNpeHRlZW4="),
    ("CP001", "70e47373776f72742d7369787465656e", "Basic Q1AwMDE6cORzc3dvcnQtc2l4dGVlbg=="),
]
"""Identity, password in hexadecimal, header; the last two are one text in UTF-8 and in Latin-1."""


class CredentialsTests(TestCase):
    """What the central system sees of what the charger showed."""

    timeout = 120

    async def met(self, central: Central, target: str, identity: str, password: bytes) -> None:
        """The newest request at the central system is this charger's, octet for octet."""
        request = await central.event("request")
        self.assertEqual(request["target"], target)
        self.assertEqual(request["identity"], identity)
        self.assertEqual(bytes.fromhex(request["user"]), identity.encode())
        self.assertEqual(bytes.fromhex(request["password"]), password)

    async def test_binary_password_and_encoded_identity(self) -> None:
        """D2, A2: NUL, colon, CR, LF and invalid UTF-8 pass, with an identity that is percent-encoded, on both legs."""
        for kind in ("py", "rpc"):
            central = await start_central(self, kind, basic="known")
            edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
            for scheme, identity, segment in (("ws", "RDAM|123", "RDAM%7C123"), ("wss", "RDAM 123", "RDAM%20123")):
                await central.tell("account", identity=identity, password=PASSWORD.hex())
                endpoint = edge.endpoint(scheme, "localhost") + "/deep/path"
                charger = start_charger(self, "rpc", endpoint, identity, password=PASSWORD, root=edge.root, wait=True)
                self.assertEqual((await come(charger))["event"], "connected")
                await self.met(central, f"/{segment}", identity, PASSWORD)
                await charger.tell("session")

    async def test_vectors(self) -> None:
        """D1, D2, D13: for the vectors of the references the header that goes up is the one that came, as it came."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint)
        for kind in ("py", "rpc"):
            for identity, password, shown in VECTORS:
                charger = start_charger(
                    self, kind, edge.endpoint(), identity, password=bytes.fromhex(password), wait=True
                )
                self.assertEqual((await come(charger))["event"], "connected")
                self.assertEqual(header(await central.event("request"), "Authorization"), shown)
                await leave(charger, central)

    async def test_kept_over_a_restart(self) -> None:
        """D2, D8: a served password is on disk octet for octet, and shown to the central system after a restart."""
        central = await start_central(self, basic="known", accounts={"CP1": PASSWORD})
        edge = await start_edge(self, ws=central.endpoint)
        charger = start_charger(self, "rpc", edge.endpoint(), "CP1", password=PASSWORD, wait=True)
        for _ in range(2):
            self.assertEqual((await come(charger, edge.endpoint(), "CP1"))["event"], "connected")
            await self.met(central, "/CP1", "CP1", PASSWORD)
            await charger.tell("session")
            await edge.stop()
            await charger.event("closed", code=1001)
            record = await remembered(edge, "CP1")
            assert record is not None and record.detected is not None
            self.assertEqual(record.detected.credentials.password, PASSWORD)
            for file in filter(Path.is_file, edge.state.rglob("*")):
                self.assertNotIn(PASSWORD, file.read_bytes())
            await edge.start()

    async def test_hexadecimal(self) -> None:
        """S-06, S-07: of a password entered in hexadecimal digits both readings are tried, and the one that the central
        system takes is kept, over a restart too.
        """
        digits = "00ff3a0d0a8081c3"
        central = await start_central(self, basic="known", accounts={"CP1": digits.encode()})
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint)
        entered = await edgectl(
            edge, "set", "CP1", "--password-hex-stdin", "--shows", "same", "--new", stdin=digits.encode()
        )
        self.assertEqual(entered.code, 0, entered.error)
        charger = start_charger(self, "py", edge.endpoint(), "CP1", password=bytes.fromhex(digits), wait=True)
        self.assertEqual((await come(charger))["event"], "connected")
        for tried in (bytes.fromhex(digits), digits.encode()):
            await self.met(central, "/CP1", "CP1", tried)
        await charger.tell("session")
        await edge.stop()
        await charger.event("closed", code=1001)
        record = await remembered(edge, "CP1")
        assert record is not None and record.entered is not None
        self.assertEqual((record.entered.credentials.password, record.entered.digits), (digits.encode(), ""))

    async def test_colons(self) -> None:
        """D3, D4: colons in the password and in the identity stay where they are."""
        central = await start_central(self, "rpc", basic="known")
        edge = await start_edge(self, ws=central.endpoint)
        for kind, identity, target, password in (
            ("py", "CP1", "/CP1", b":a::b:"),
            ("rpc", "A:B", "/A%3AB", b"pw"),
            ("py", "A:C", "/A%3AC", b":pw:"),
        ):
            await central.tell("account", identity=identity, password=password.hex())
            charger = start_charger(self, kind, edge.endpoint(), identity, password=password, wait=True)
            self.assertEqual((await come(charger))["event"], "connected")
            await self.met(central, target, identity, password)

    def odd(self, endpoint: str, identity: str, shown: str) -> Peer:
        """A charger that shows its credentials in a way of its own."""
        return start_charger(self, "py", endpoint, identity, options=["--header", f"Authorization={shown}"], wait=True)

    async def test_forms_of_the_header(self) -> None:
        """D5: the scheme in any letter case, and base64 without its padding, carry the same octets."""
        central = await start_central(self, basic="known")
        edge = await start_edge(self, ws=central.endpoint)
        for identity, scheme in (("CP01", "basic"), ("CP02", "BASIC"), ("CP003", "bAsIc")):
            await central.tell("account", identity=identity, password=PASSWORD.hex())
            token = base64.b64encode(identity.encode() + b":" + PASSWORD).decode()
            self.assertTrue(token.endswith("="))
            charger = self.odd(edge.endpoint(), identity, f"{scheme} {token.rstrip('=')}")
            self.assertEqual((await come(charger))["event"], "connected")
            await self.met(central, f"/{identity}", identity, PASSWORD)

    async def test_unreadable_header(self) -> None:
        """D6: broken base64, and credentials without a colon, are answered 401 and nobody is dialled."""
        central = await start_central(self)
        edge = await start_edge(self, ws=central.endpoint)
        for identity, shown in (("CP1", "Basic !!!"), ("CP2", "Basic Q1Ay"), ("CP3", "Bearer Q1AyOng=")):
            met = await come(self.odd(edge.endpoint(), identity, shown))
            self.assertEqual(met["status"], 401)
            self.assertTrue(header(met, "WWW-Authenticate").startswith("Basic"))
        self.assertEqual(await seen(central, "request"), [])

    async def test_nothing_in_the_log(self) -> None:
        """D15: neither password nor header, nor the whole identity of a charger without a password, is in the log."""
        central = await start_central(self, basic="known", accounts={"CP-SECRET-1": b"hunter22"})
        edge = await start_edge(self, ws=central.endpoint)
        right = start_charger(self, "py", edge.endpoint(), "CP-SECRET-1", password=b"hunter22", wait=True)
        wrong = start_charger(self, "rpc", edge.endpoint(), "CP-SECRET-2", password=b"hunter33", wait=True)
        bare = start_charger(self, "py", edge.endpoint(), "CP-SECRET-3", wait=True)
        self.assertEqual((await come(right))["event"], "connected")
        await right.tell("session")
        self.assertEqual((await come(wrong))["status"], 401)
        self.assertEqual((await come(bare))["status"], 401)
        await edge.stop()
        said = edge.output
        self.assertIn(b"CP-SECRET-1", said)
        tokens = [base64.b64encode(text) for text in (b"CP-SECRET-1:hunter22", b"CP-SECRET-2:hunter33")]
        for hidden in (b"hunter", b"SECRET-2", b"SECRET-3", *(token.rstrip(b"=") for token in tokens)):
            self.assertNotIn(hidden, said)
