"""Tests of `edge_twisted.store.vault`."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.errors import VaultError
from edge_twisted.store.vault import BrokenSeal, Vault, open_vault

MASTER = bytes(range(32))


class SealTests(SynchronousTestCase):
    """`Vault.seal` and `unseal`."""

    def setUp(self) -> None:
        self.vault = Vault.from_master(MASTER)

    @given(st.binary(), st.binary())
    @settings(deadline=None)
    def test_round_trip(self, data: bytes, context: bytes) -> None:
        """D2: any bytes come back as they were, under any context."""
        self.assertEqual(self.vault.unseal(self.vault.seal(data, context), context), data)

    def test_hidden(self) -> None:
        """The data does not stand in what is sealed, and sealing it twice gives two different results."""
        data = b"CP-0001 is the only secret"
        one, two = self.vault.seal(data, b"a"), self.vault.seal(data, b"a")
        self.assertNotIn(b"CP-0001", one)
        self.assertNotEqual(one[13:], two[13:])
        self.assertEqual(one[:1], b"\x01")

    def test_context(self) -> None:
        """What was sealed for one row does not open in another: rows cannot be swapped."""
        sealed = self.vault.seal(b"data", b"row a")
        self.assertRaises(BrokenSeal, self.vault.unseal, sealed, b"row b")
        self.assertRaises(BrokenSeal, self.vault.unseal, sealed, b"")

    def test_changed(self) -> None:
        """Any changed bit, any missing or added byte breaks the seal."""
        sealed = self.vault.seal(b"data", b"a")
        for index in range(len(sealed)):
            changed = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
            self.assertRaises(BrokenSeal, self.vault.unseal, changed, b"a")
            self.assertRaises(BrokenSeal, self.vault.unseal, sealed[:index], b"a")
        self.assertRaises(BrokenSeal, self.vault.unseal, sealed + b"\0", b"a")

    def test_other_key(self) -> None:
        """Another master key opens nothing."""
        sealed = Vault.from_master(bytes(32)).seal(b"data", b"a")
        self.assertRaises(BrokenSeal, self.vault.unseal, sealed, b"a")

    def test_stays(self) -> None:
        """What an earlier Edge sealed still opens: the format and the subkeys are fixed."""
        sealed = bytes.fromhex(
            "01bcaab53ecd356e0fa742a4b0de202c29736bc44fe97e5c04ad3f454ccda847aa06cf61e683ef7ee7ae56befac2a797df6d9de8"
        )
        self.assertEqual(self.vault.unseal(sealed, b"row"), b"sealed by version 0.1.0")

    def test_repr(self) -> None:
        """S-43: keys stand in no representation, and the subkeys are neither equal nor the master key."""
        self.assertEqual(repr(self.vault), "Vault()")
        self.assertEqual(len({self.vault.sealing, self.vault.naming, MASTER}), 3)


class NameTests(SynchronousTestCase):
    """`Vault.name`: opaque ids."""

    def test_name(self) -> None:
        """An identity always has the same id: 16 characters that stay the same for ever with the same key."""
        self.assertEqual(Vault.from_master(MASTER).name(b"CP-0001"), "f2klmhrszdk5melu")

    @given(st.binary(), st.binary())
    @settings(deadline=None)
    def test_distinct(self, one: bytes, two: bytes) -> None:
        """Identities of any bytes have ids that fit into a URL, and different ones have different ids."""
        vault = Vault.from_master(MASTER)
        self.assertRegex(vault.name(one), r"^[a-z2-7]{16}$")
        self.assertEqual(vault.name(one) == vault.name(two), one == two)

    def test_secret(self) -> None:
        """Another box gives the same identity another id."""
        self.assertNotEqual(Vault.from_master(MASTER).name(b"CP"), Vault.from_master(bytes(32)).name(b"CP"))


class OpenVaultTests(SynchronousTestCase):
    """`open_vault`: where the master key comes from."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.key = self.directory / "keys" / "master.key"
        self.credentials = self.directory / "credentials"
        self.credentials.mkdir()
        self.environ = {"CREDENTIALS_DIRECTORY": str(self.credentials)}

    def error(self, environ: dict[str, str] | None = None) -> str:
        """The one line with which the vault does not open."""
        message = str(self.assertRaises(VaultError, open_vault, self.directory, environ or {}))
        self.assertTrue(message.isprintable(), message)
        return message

    def test_first_start(self) -> None:
        """The first start makes a random key: 32 bytes, mode 0600, in a directory of mode 0700."""
        vault = open_vault(self.directory, {})
        self.assertEqual(len(self.key.read_bytes()), 32)
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.key.parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual(vault, Vault.from_master(self.key.read_bytes()))
        self.key.unlink()
        self.assertNotEqual(open_vault(self.directory, {}), vault)

    def test_next_start(self) -> None:
        """The next start takes the same key, with a database or without."""
        vault = open_vault(self.directory, {})
        self.assertEqual(open_vault(self.directory, {}), vault)
        (self.directory / "edgeproxy.db").write_bytes(b"content")
        self.assertEqual(open_vault(self.directory, {}), vault)

    def test_modes_restored(self) -> None:
        """A key that came back from a backup with lax modes is closed to others again."""
        open_vault(self.directory, {})
        self.key.chmod(0o644)
        self.key.parent.chmod(0o755)
        open_vault(self.directory, {})
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.key.parent.stat().st_mode & 0o777, 0o700)

    def test_linked(self) -> None:
        """A key file that is a link to elsewhere is read, and the file there is left as it is."""
        target = self.directory / "elsewhere"
        target.write_bytes(MASTER)
        target.chmod(0o640)
        self.key.parent.mkdir()
        self.key.symlink_to(target)
        self.assertEqual(open_vault(self.directory, {}), Vault.from_master(MASTER))
        self.assertEqual(target.stat().st_mode & 0o777, 0o640)

    def test_credential(self) -> None:
        """A key in the service manager's credential store comes first, and no file is made beside it."""
        (self.credentials / "edgeproxy-key").write_bytes(MASTER)
        self.assertEqual(open_vault(self.directory, self.environ), Vault.from_master(MASTER))
        self.assertFalse(self.key.parent.exists())
        open_vault(self.directory, {})
        self.assertEqual(open_vault(self.directory, self.environ), Vault.from_master(MASTER))

    def test_other_credentials(self) -> None:
        """A credential store without Edge's key means the file."""
        open_vault(self.directory, self.environ)
        self.assertTrue(self.key.exists())

    def test_missing(self) -> None:
        """With a database and no key, no new key is made: the line names both and the remedy."""
        (self.directory / "edgeproxy.db").write_bytes(b"content")
        for environ in ({}, self.environ):
            message = self.error(environ)
            self.assertTrue(message.startswith(f"{self.key}: the key is missing, and {self.directory}/edgeproxy.db"))
            self.assertIn("put the key back", message)
        self.assertFalse(self.key.exists())

    def test_empty_database(self) -> None:
        """A database file that is still empty holds nothing, so a key is made."""
        (self.directory / "edgeproxy.db").write_bytes(b"")
        open_vault(self.directory, {})
        self.assertTrue(self.key.exists())

    def test_wrong_length(self) -> None:
        """A key of another length is refused, never padded, cut or replaced; it is not repeated in the line."""
        self.key.parent.mkdir()
        for content in (b"", b"hunter2", MASTER[:31], MASTER + b"\n", MASTER.hex().encode()):
            self.key.write_bytes(content)
            self.assertTrue(self.error().startswith(f"{self.key}: the key must be exactly 32 random bytes"))
            self.assertNotIn("hunter2", self.error())
            self.assertEqual(self.key.read_bytes(), content)
            (self.credentials / "edgeproxy-key").write_bytes(content)
            self.assertTrue(self.error(self.environ).startswith(f"{self.credentials}/edgeproxy-key: "))

    def test_unreadable(self) -> None:
        """A key that is there and cannot be read is named with the reason; it is not passed over for another."""
        self.key.mkdir(parents=True)
        self.assertEqual(
            self.error(),
            f"{self.key}: the key cannot be read (Is a directory); it must be a file that Edge's user may read",
        )
        (self.credentials / "edgeproxy-key").symlink_to("edgeproxy-key")
        self.assertTrue(
            self.error(self.environ).startswith(f"{self.credentials}/edgeproxy-key: the key cannot be read")
        )
        self.key.rmdir()
        self.key.symlink_to(self.directory / "nowhere")
        self.assertIn("No such file", self.error())

    def test_no_place(self) -> None:
        """Where no key can be made, the line says what is in the way, or names the directory."""
        self.key.parent.write_bytes(b"a file in the way")
        self.assertIn("the key cannot be read (Not a directory)", self.error())
        missing = self.directory / "none"
        error = self.assertRaises(VaultError, open_vault, missing, {})
        self.assertIn(f"let Edge's user write to {missing}", str(error))
