"""Tests of the sandbox's own authority."""

from cryptography import x509
from twisted.trial.unittest import TestCase

from tests.sandbox.site import authority


class AuthorityTests(TestCase):
    """What it issues, and what it leaves on the disk."""

    def test_issue(self) -> None:
        """A server's certificate holds for its name and address, and is signed by the root that was written."""
        made = authority(self)
        leaf = made.issue(["localhost"], ["127.0.0.1"]).certificate
        roots = x509.load_pem_x509_certificates(made.path.read_bytes())
        self.assertEqual(roots, [made.certificate])
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(alternatives.get_values_for_type(x509.DNSName), ["localhost"])
        self.assertEqual([str(one) for one in alternatives.get_values_for_type(x509.IPAddress)], ["127.0.0.1"])
        leaf.verify_directly_issued_by(made.certificate)

    def test_no_key_on_disk(self) -> None:
        """Only the root certificate is written, no key, and no key is in a repr."""
        made = authority(self)
        self.assertEqual([path.name for path in made.path.parent.iterdir()], ["central-root.pem"])
        self.assertNotIn(b"PRIVATE", made.path.read_bytes())
        self.assertNotIn("key=", repr(made))
        self.assertNotIn("key=", repr(made.issue(["localhost"], [])))

    def test_fresh(self) -> None:
        """Two authorities have nothing in common but the name."""
        one, other = authority(self), authority(self)
        self.assertNotEqual(one.certificate.public_key(), other.certificate.public_key())
