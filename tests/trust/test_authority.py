"""Tests of the box's certificate authority and of its files."""

import os
import re
import shutil
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL.crypto import X509, X509Store, X509StoreContext, X509StoreFlags
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust.authority import Authority, AuthorityError, open_authority
from tests.trust.handshake import ADDRESSES, NAMES, charger_authority, copied_authority


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, by its relative path."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


class FilesTestCase(SynchronousTestCase):
    """A box of its own for each test; the keys are copies, since RSA keys take a while."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        copied_authority(self.directory)
        self.keys = self.directory / "keys"

    def reopen(self, names: list[str] | None = None, addresses: list[str] | None = None) -> Authority:
        """Start the box once more, by default with the same names and addresses."""
        return open_authority(self.directory, names or NAMES, addresses or ADDRESSES)

    def assert_refused(self, path: Path) -> None:
        """Opening fails with one line that names the path and a remedy, and changes nothing."""
        before = contents(self.directory)
        error = self.assertRaises(AuthorityError, self.reopen)
        self.assertEqual(error.path, path)
        self.assertIn(str(path), str(error))
        self.assertRegex(str(error), r"; (restore|remove|let) ")
        self.assertNotIn("\n", str(error))
        self.assertEqual(contents(self.directory), before)


class CertificateTests(SynchronousTestCase):
    """I14: what a charger finds in the certificates."""

    def test_root(self) -> None:
        """T-01, S-20: the root is an RSA-2048 authority for leaves only, signed by itself with SHA-256, until 2037."""
        root = charger_authority().root
        key = root.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        self.assertEqual(key.key_size, 2048)
        root.verify_directly_issued_by(root)
        self.assertIsInstance(root.signature_algorithm_parameters, padding.PKCS1v15)
        self.assertIsInstance(root.signature_hash_algorithm, SHA256)
        constraints = root.extensions.get_extension_for_class(x509.BasicConstraints)
        self.assertEqual((constraints.value.ca, constraints.value.path_length, constraints.critical), (True, 0, True))
        usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
        self.assertTrue(usage.key_cert_sign and usage.crl_sign)
        self.assertFalse(usage.digital_signature or usage.key_encipherment)
        self.assertEqual(
            root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value,
            x509.SubjectKeyIdentifier.from_public_key(key),
        )
        self.assertRaises(x509.ExtensionNotFound, root.extensions.get_extension_for_class, x509.NameConstraints)

    def test_root_name(self) -> None:
        """L-32: the root's name tells the box apart."""
        subject = charger_authority().root.subject
        self.assertEqual(subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value, "Edge")
        common_name = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        self.assertRegex(common_name, r"^Edge root [0-9A-F]{8}$")

    def test_root_fits_install_certificate(self) -> None:
        """T-02: the root's PEM fits into InstallCertificate (5500 characters)."""
        self.assertLess(len(charger_authority().root_pem), 5500)

    def test_forms_of_the_root(self) -> None:
        """L8: PEM, DER and fingerprint are those of the same certificate."""
        authority = charger_authority()
        self.assertEqual(x509.load_pem_x509_certificate(authority.root_pem), authority.root)
        self.assertEqual(x509.load_der_x509_certificate(authority.root_der), authority.root)
        self.assertRegex(authority.fingerprint, r"^([0-9A-F]{2}:){31}[0-9A-F]{2}$")
        self.assertEqual(bytes.fromhex(authority.fingerprint.replace(":", "")), authority.root.fingerprint(SHA256()))

    def test_leaf_keys(self) -> None:
        """I14, J-61, S-12: one leaf has an RSA key of 2048 bits, the other a P-256 key."""
        first, second = (leaf.certificate.public_key() for leaf in charger_authority().leaves)
        assert isinstance(first, rsa.RSAPublicKey)
        assert isinstance(second, ec.EllipticCurvePublicKey)
        self.assertEqual(first.key_size, 2048)
        self.assertIsInstance(second.curve, ec.SECP256R1)

    def test_leaves(self) -> None:
        """I14, S-20 to S-22: O, CN, SAN with names and addresses, serverAuth, no CA, SHA-256, serial."""
        for leaf in charger_authority().leaves:
            certificate, extensions = leaf.certificate, leaf.certificate.extensions
            subject = certificate.subject
            self.assertEqual(subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value, "Edge")
            self.assertEqual([name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)], ["edge.lan"])
            alternatives = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            self.assertEqual(alternatives.get_values_for_type(x509.DNSName), ["edge.lan", "box.local"])
            self.assertEqual(
                alternatives.get_values_for_type(x509.IPAddress), [ip_address("127.0.0.1"), ip_address("::1")]
            )
            usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            self.assertEqual(list(usages), [ExtendedKeyUsageOID.SERVER_AUTH])
            self.assertFalse(extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
            self.assertIsInstance(certificate.signature_hash_algorithm, SHA256)
            self.assertIsInstance(certificate.signature_algorithm_parameters, padding.PKCS1v15)
            self.assertGreater(certificate.serial_number, 2**64)

    def test_leaf_key_usage(self) -> None:
        """S-24: the RSA leaf may also decipher (RSA key exchange), the EC leaf only signs."""
        usages = [
            leaf.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
            for leaf in charger_authority().leaves
        ]
        self.assertEqual([usage.digital_signature for usage in usages], [True, True])
        self.assertEqual([usage.key_encipherment for usage in usages], [True, False])
        self.assertFalse(any(usage.key_cert_sign for usage in usages))

    def test_validity(self) -> None:
        """T-04: all begin in 1970 and end before 32-bit times do."""
        authority = charger_authority()
        for certificate in (authority.root, *(leaf.certificate for leaf in authority.leaves)):
            self.assertEqual(certificate.not_valid_before_utc, datetime(1970, 1, 1, tzinfo=UTC))
            self.assertEqual(certificate.not_valid_after_utc, datetime(2037, 12, 31, 23, 59, 59, tzinfo=UTC))

    def test_path_by_strict_rules(self) -> None:
        """Both leaves lead to the root also where a verifier is strict about RFC 5280."""
        authority = charger_authority()
        store = X509Store()
        store.set_flags(X509StoreFlags.X509_STRICT)
        store.add_cert(X509.from_cryptography(authority.root))
        for leaf in authority.leaves:
            context = X509StoreContext(store, X509.from_cryptography(leaf.certificate))
            context.verify_certificate()
            self.assertEqual(len(context.get_verified_chain()), 2)

    def test_serials_differ(self) -> None:
        """S-20: no two certificates of a root share a serial number."""
        authority = charger_authority()
        serials = {leaf.certificate.serial_number for leaf in authority.leaves} | {authority.root.serial_number}
        self.assertEqual(len(serials), 3)

    def test_no_key_in_repr(self) -> None:
        """S-25: what a log might show of an authority holds no key."""
        text = repr(charger_authority())
        self.assertNotIn("key", re.sub(r"keys?/", "", text).replace("charger", "").lower())


class OpenTests(FilesTestCase):
    """Making and loading the authority."""

    def test_two_boxes(self) -> None:
        """I15, L-32: two boxes have different roots, by key and by name."""
        other = open_authority(Path(self.mktemp()), NAMES, ADDRESSES)
        mine = charger_authority()
        self.assertNotEqual(other.root.public_key(), mine.root.public_key())
        self.assertNotEqual(other.root.subject, mine.root.subject)
        self.assertNotEqual(other.fingerprint, mine.fingerprint)

    def test_files_and_modes(self) -> None:
        """S-25: the root certificate is public, everything else is for Edge alone, whatever the umask says."""
        directory = Path(self.mktemp())
        umask = os.umask(0o777 & ~0o700)
        self.addCleanup(os.umask, umask)
        open_authority(directory, NAMES, ADDRESSES)
        modes = {str(path.relative_to(directory)): path.stat().st_mode & 0o777 for path in directory.rglob("*")}
        private = dict.fromkeys(
            [f"keys/{name}" for name in ("root.key", "rsa.key", "rsa.pem", "ec.key", "ec.pem")], 0o600
        )
        self.assertEqual(modes, {"root.pem": 0o644, "keys": 0o700, **private})

    def test_open_keys_directory_is_closed(self) -> None:
        """S-25: a keys directory that others may enter, say from a backup, is closed."""
        self.keys.chmod(0o755)
        self.reopen()
        self.assertEqual(self.keys.stat().st_mode & 0o777, 0o700)

    def test_same_names_change_nothing(self) -> None:
        """A start with the same names and addresses, in any order, keeps all files byte for byte."""
        before = contents(self.directory)
        authority = self.reopen(["box.local", "EDGE.LAN"], ["::1", "127.0.0.1"])
        self.assertEqual(contents(self.directory), before)
        self.assertEqual(authority.root_pem, before["root.pem"])
        self.assertEqual(
            [leaf.certificate for leaf in authority.leaves], [leaf.certificate for leaf in charger_authority().leaves]
        )

    def test_other_address(self) -> None:
        """I12: another address of the box leads to new leaves with the same keys, under the same root."""
        before = contents(self.directory)
        authority = self.reopen(addresses=["127.0.0.1", "192.168.7.7"])
        after = contents(self.directory)
        self.assertEqual({name for name in before if before[name] != after[name]}, {"keys/rsa.pem", "keys/ec.pem"})
        for leaf in authority.leaves:
            found = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            self.assertIn(ip_address("192.168.7.7"), found.get_values_for_type(x509.IPAddress))
            self.assertNotIn(ip_address("::1"), found.get_values_for_type(x509.IPAddress))
            self.assertEqual(leaf.certificate.public_key(), leaf.key.public_key())
            leaf.certificate.verify_directly_issued_by(authority.root)
        self.assertEqual(contents(self.directory), {**after})
        self.assertEqual(
            self.reopen(addresses=["127.0.0.1", "192.168.7.7"]).leaves[0].certificate, authority.leaves[0].certificate
        )

    def test_odd_names_do_not_stop_the_start(self) -> None:
        """A host name that is no DNS name is left out, one in Unicode is encoded."""
        authority = self.reopen(["edge.lan", "my_box", "bücher.local"])
        found = authority.leaves[0].certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(found.get_values_for_type(x509.DNSName), ["edge.lan", "xn--bcher-kva.local"])

    def test_cut_short_after_the_root_key(self) -> None:
        """A first start that ended before any certificate was made goes on with the key that is there."""
        for path in (self.directory / "root.pem", *self.keys.glob("rsa.*"), *self.keys.glob("ec.*")):
            path.unlink()
        authority = self.reopen()
        self.assertEqual(authority.root.public_key(), charger_authority().root.public_key())
        self.assertEqual(authority.fingerprint, self.reopen().fingerprint)

    def test_cut_short_after_the_root(self) -> None:
        """A first start that ended before the leaves were made makes them now, and leaves the root alone."""
        for path in (*self.keys.glob("rsa.*"), *self.keys.glob("ec.*")):
            path.unlink()
        authority = self.reopen()
        self.assertEqual(authority.root_pem, charger_authority().root_pem)
        self.assertEqual(len(authority.leaves), 2)

    def test_cut_short_in_a_write(self) -> None:
        """What an interrupted write left behind is neither read nor in the way."""
        (self.keys / ".rsa.pem.new").write_bytes(b"-----BEGIN CERT")
        self.assertEqual(self.reopen().root_pem, charger_authority().root_pem)
        self.reopen(["other.lan"])
        self.assertFalse((self.keys / ".rsa.pem.new").exists())

    def test_lost_leaf_is_issued_again(self) -> None:
        """A leaf certificate that is gone is issued again for the same key."""
        (self.keys / "ec.pem").unlink()
        self.assertEqual(
            self.reopen().leaves[1].certificate.public_key(), charger_authority().leaves[1].key.public_key()
        )

    def test_leaf_of_another_root(self) -> None:
        """A leaf that another root signed, as after half a restore, is issued again: no charger could follow it."""
        other = Path(self.mktemp())
        open_authority(other, NAMES, ADDRESSES)
        for name in ("rsa.key", "rsa.pem"):
            shutil.copy(other / "keys" / name, self.keys / name)
        authority = self.reopen()
        authority.leaves[0].certificate.verify_directly_issued_by(charger_authority().root)


class BrokenFilesTests(FilesTestCase):
    """Nothing that chargers trust is ever made anew by itself."""

    def test_broken_files(self) -> None:
        """Each file, if it holds garbage or nothing, stops the start and is named."""
        paths = [
            self.directory / "root.pem",
            *(self.keys / name for name in ("root.key", "rsa.key", "rsa.pem", "ec.key", "ec.pem")),
        ]
        for path in paths:
            good = path.read_bytes()
            for bad in (b"", b"garbage", good[: len(good) // 2], b"\xff" * 100):
                path.write_bytes(bad)
                self.assert_refused(path)
            path.write_bytes(good)

    def test_root_without_certificate(self) -> None:
        """A root key whose certificate is gone is not signed again: chargers hold the old certificate."""
        (self.directory / "root.pem").unlink()
        self.assert_refused(self.directory / "root.pem")

    def test_root_without_key(self) -> None:
        """A root certificate whose key is gone is not replaced."""
        (self.keys / "root.key").unlink()
        self.assert_refused(self.keys / "root.key")

    def test_root_lost_altogether(self) -> None:
        """Where leaves are left but no root, there was one that chargers may trust."""
        (self.keys / "root.key").unlink()
        (self.directory / "root.pem").unlink()
        self.assert_refused(self.directory / "root.pem")

    def test_key_of_another_root(self) -> None:
        """A root key that does not belong to the root certificate is refused."""
        shutil.copy(self.keys / "rsa.key", self.keys / "root.key")
        self.assert_refused(self.keys / "root.key")

    def test_key_of_another_leaf(self) -> None:
        """A leaf key that does not belong to its certificate is refused, and so is a lost one."""
        shutil.copy(self.keys / "root.key", self.keys / "rsa.key")
        self.assert_refused(self.keys / "rsa.key")
        (self.keys / "rsa.key").unlink()
        self.assert_refused(self.keys / "rsa.key")

    def test_key_of_the_wrong_kind(self) -> None:
        """J-61: an RSA leaf key is RSA-2048 and nothing else; an EC leaf key is P-256."""
        rsa_pem, ec_pem = (self.keys / "rsa.key").read_bytes(), (self.keys / "ec.key").read_bytes()
        (self.keys / "rsa.key").write_bytes(ec_pem)
        self.assert_refused(self.keys / "rsa.key")
        (self.keys / "rsa.key").write_bytes(rsa_pem)
        (self.keys / "ec.key").write_bytes(rsa_pem)
        self.assert_refused(self.keys / "ec.key")
        large = ec.generate_private_key(ec.SECP384R1())
        (self.keys / "ec.key").write_bytes(large.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.assert_refused(self.keys / "ec.key")

    def test_remedy_keeps_the_master_key(self) -> None:
        """What the remedy for a lost root says makes a new one, and spares the key of the stored secrets."""
        master = self.keys / "master.key"
        master.write_bytes(b"kept")
        path = self.directory / "root.pem"
        path.unlink()
        remedy = str(self.assertRaises(AuthorityError, self.reopen)).partition(";")[2]
        self.assertIn("never keys/master.key", remedy)
        for pattern in ("root.key", "rsa.*", "ec.*"):
            self.assertIn(pattern, remedy)
            for named in self.keys.glob(pattern):
                named.unlink()
        self.reopen()
        self.assertTrue(path.exists())
        self.assertEqual(master.read_bytes(), b"kept")

    def test_encrypted_key(self) -> None:
        """A key that needs a password cannot be used."""
        path = self.keys / "root.key"
        key = load_pem_private_key(path.read_bytes(), None)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
        self.assert_refused(path)

    def test_unreadable_file(self) -> None:
        """A file that the system does not let us read is named, with the system's reason."""
        path = self.keys / "root.key"
        path.unlink()
        path.mkdir()
        error = self.assertRaises(AuthorityError, self.reopen)
        self.assertIn(f"{path}: cannot be read (Is a directory)", str(error))

    def test_no_place_to_write(self) -> None:
        """A directory that cannot be made is named."""
        blocked = Path(self.mktemp())
        blocked.write_bytes(b"")
        error = self.assertRaises(AuthorityError, open_authority, blocked / "state", NAMES, ADDRESSES)
        self.assertIn(f"{blocked / 'state' / 'keys'}: cannot be set up (Not a directory)", str(error))

    def test_failed_write_keeps_the_old_file(self) -> None:
        """A write that fails is an error that names the file; what was there stays whole."""

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        before = contents(self.directory)
        self.patch(os, "fsync", full)
        error = self.assertRaises(AuthorityError, self.reopen, ["other.lan"])
        self.assertIn(f"{self.keys / 'rsa.pem'}: cannot be written (No space left on device)", str(error))
        after = contents(self.directory)
        self.assertEqual({name: after[name] for name in before}, before)


class RenewedTests(FilesTestCase):
    """Following the box's names and addresses while running."""

    def test_nothing_to_do(self) -> None:
        """The same names and addresses keep the very same authority, and touch no file."""
        authority, before = self.reopen(), contents(self.directory)
        self.assertIs(authority.renewed(["box.local", "edge.lan"], ADDRESSES), authority)
        self.assertEqual(contents(self.directory), before)

    def test_new_leaves(self) -> None:
        """I11, I12: new leaves, the same keys, the same root; the next start finds them."""
        authority = self.reopen()
        renewed = authority.renewed(["edge.lan"], ["10.0.0.7"])
        self.assertEqual(renewed.root_pem, authority.root_pem)
        self.assertEqual([leaf.key for leaf in renewed.leaves], [leaf.key for leaf in authority.leaves])
        for old, new in zip(authority.leaves, renewed.leaves, strict=True):
            self.assertNotEqual(old.certificate, new.certificate)
            self.assertNotEqual(old.certificate.serial_number, new.certificate.serial_number)
        before = contents(self.directory)
        again = self.reopen(["edge.lan"], ["10.0.0.7"])
        self.assertEqual([leaf.certificate for leaf in again.leaves], [leaf.certificate for leaf in renewed.leaves])
        self.assertEqual(contents(self.directory), before)

    def test_failed_renewal(self) -> None:
        """A renewal that cannot be written is an error, and the old authority stays as it was."""
        authority = self.reopen()
        certificates = [leaf.certificate for leaf in authority.leaves]
        shutil.rmtree(self.keys)
        self.assertRaises(AuthorityError, authority.renewed, ["edge.lan"], ["10.0.0.7"])
        self.assertEqual([leaf.certificate for leaf in authority.leaves], certificates)
