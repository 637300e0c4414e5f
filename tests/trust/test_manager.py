"""Tests of `edge_twisted.trust.manager`: EdgeManager's own leaf."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust.authority import AuthorityError, Leaf, open_authority
from edge_twisted.trust.manager import open_manager_leaf, renewed_manager_leaf

NAMES, ADDRESSES = ["edge.lan", "box.local"], ["192.168.1.5", "fe80::1"]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class ManagerLeafTests(SynchronousTestCase):
    """The leaf, from the first start on."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.authority = open_authority(self.directory, NAMES, ADDRESSES)
        self.pem, self.key = self.directory / "keys" / "manager.pem", self.directory / "keys" / "manager.key"

    def open(self, now: datetime = NOW, names: list[str] = NAMES) -> Leaf:
        """The leaf of a start at that time."""
        return open_manager_leaf(self.authority, names, ADDRESSES, now)

    def test_first(self) -> None:
        """It is issued by the box's root, for its names and addresses, with a P-256 key of its own, for servers."""
        certificate = self.open().certificate
        certificate.verify_directly_issued_by(self.authority.root)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(found.get_values_for_type(x509.DNSName), NAMES)
        self.assertEqual([str(one) for one in found.get_values_for_type(x509.IPAddress)], ADDRESSES)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        self.assertEqual(list(usage), [ExtendedKeyUsageOID.SERVER_AUTH])
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        self.assertEqual(key.curve.name, "secp256r1")
        self.assertNotIn(key, [leaf.certificate.public_key() for leaf in self.authority.leaves])

    def test_span(self) -> None:
        """It is valid for 397 days and no more, since a little before now."""
        certificate = self.open().certificate
        self.assertEqual(certificate.not_valid_after_utc - certificate.not_valid_before_utc, timedelta(days=397))
        self.assertLess(NOW - certificate.not_valid_before_utc, timedelta(days=2))

    def test_files(self) -> None:
        """Key and certificate are readable by their owner only, and a later start uses them as they are."""
        leaf = self.open()
        self.assertEqual([path.stat().st_mode & 0o777 for path in (self.pem, self.key)], [0o600, 0o600])
        self.assertEqual(self.open().certificate, leaf.certificate)

    def test_after_the_root(self) -> None:
        """Where the clock is wrong by decades, it is not issued anew each minute; once the clock is right, it is."""
        for year in (2037, 2086):
            late = datetime(year, 12, 20, tzinfo=UTC)
            leaf = self.open(late)
            self.assertIs(renewed_manager_leaf(self.authority, leaf, NAMES, ADDRESSES, late), leaf)
            right = renewed_manager_leaf(self.authority, leaf, NAMES, ADDRESSES, NOW).certificate
            self.assertLess(right.not_valid_before_utc, NOW)
            self.assertGreater(right.not_valid_after_utc, NOW)

    def test_time(self) -> None:
        """It is renewed 30 days before its end, with the same key; not before."""
        leaf = self.open()
        end = leaf.certificate.not_valid_after_utc
        before, after = end - timedelta(days=31), end - timedelta(days=30)
        self.assertIs(renewed_manager_leaf(self.authority, leaf, NAMES, ADDRESSES, before), leaf)
        new = renewed_manager_leaf(self.authority, leaf, NAMES, ADDRESSES, after)
        self.assertGreater(new.certificate.not_valid_after_utc, end)
        self.assertEqual(new.certificate.public_key(), leaf.certificate.public_key())
        self.assertEqual(x509.load_pem_x509_certificate(self.pem.read_bytes()), new.certificate)
        self.assertEqual(self.open(after).certificate, new.certificate)

    def test_names(self) -> None:
        """It is renewed when names or addresses change."""
        leaf = self.open()
        new = renewed_manager_leaf(self.authority, leaf, ["other.lan"], ADDRESSES, NOW)
        found = new.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(found.get_values_for_type(x509.DNSName), ["other.lan"])
        self.assertNotEqual(self.open().certificate, new.certificate)

    def test_clock(self) -> None:
        """A box that starts in 1970 gets one that is valid then, and another as soon as it knows the time; and back."""
        leaf = self.open(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
        self.assertEqual(leaf.certificate.not_valid_before_utc, datetime(1970, 1, 1, tzinfo=UTC))
        new = renewed_manager_leaf(self.authority, leaf, NAMES, ADDRESSES, NOW)
        self.assertGreater(new.certificate.not_valid_after_utc, NOW)
        back = renewed_manager_leaf(self.authority, new, NAMES, ADDRESSES, NOW - timedelta(days=100))
        self.assertIsNot(back, new)

    def test_root_end(self) -> None:
        """It is not valid for longer than its root."""
        leaf = self.open(datetime(2037, 10, 1, tzinfo=UTC))
        self.assertEqual(leaf.certificate.not_valid_after_utc, self.authority.root.not_valid_after_utc)

    def test_other_root(self) -> None:
        """After a change of the root it is issued anew."""
        leaf = self.open()
        other = open_authority(Path(self.mktemp()).absolute(), NAMES, ADDRESSES)
        for name in ("manager.key", "manager.pem"):
            (other.directory / "keys" / name).write_bytes((self.directory / "keys" / name).read_bytes())
        new = open_manager_leaf(other, NAMES, ADDRESSES, NOW)
        new.certificate.verify_directly_issued_by(other.root)
        self.assertNotEqual(new.certificate, leaf.certificate)

    def test_broken(self) -> None:
        """Files that are broken or do not belong together stop the start with a remedy; both gone, they are new."""
        self.open()
        key = self.key.read_bytes()
        self.key.write_bytes(b"no key")
        self.assertIn("manager.key: is not a readable key", str(self.assertRaises(AuthorityError, self.open)))
        self.key.write_bytes((self.directory / "keys" / "ec.key").read_bytes())
        self.assertIn("does not belong to", str(self.assertRaises(AuthorityError, self.open)))
        self.key.write_bytes(key)
        self.pem.write_bytes(b"nothing")
        self.assertIn("remove it, and it is issued anew", str(self.assertRaises(AuthorityError, self.open)))
        self.key.unlink()
        self.pem.unlink()
        self.open()
