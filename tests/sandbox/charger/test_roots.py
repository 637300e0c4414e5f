"""Tests of a charger's certificate store."""

import time
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.roots import CENTRAL, MANUFACTURER, Roots
from edge_twisted.sandbox.tls import Trust
from tests.certificates import DAY, Root


def hashes(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: HashAlgorithm, name: str) -> object:
    """What OCSP identifies a certificate by, as `cryptography` computes it."""
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()
    return {
        "hashAlgorithm": name,
        "issuerNameHash": request.issuer_name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{request.serial_number:x}",
    }


class RootsTests(SynchronousTestCase):
    """S-32, S-33: what is put in and taken out."""

    def setUp(self) -> None:
        self.old, self.new = Root("Old"), Root("New")
        self.roots = Roots.of(Trust(roots=(self.old.pem,)))

    def install(
        self, pem: str, kind: str = CENTRAL, check: bool = False, capacity: int = 10, now: float | None = None
    ) -> str:
        """Put a certificate in."""
        moment = time.time() if now is None else now
        return self.roots.install(kind, pem, check=check, capacity=capacity, now=moment)

    def test_install(self) -> None:
        """A root is added beside the others; a second time it is there already."""
        self.assertEqual([self.install(self.new.pem), self.install(self.new.pem)], ["Accepted", "Accepted"])
        self.assertEqual(self.roots.trust, Trust(roots=(self.old.pem, self.new.pem)))
        self.assertEqual(self.roots.subjects(), ("CN=Old", "CN=New"))

    def test_manufacturer(self) -> None:
        """A manufacturer's root is listed by itself, and no central system is judged by it."""
        self.assertEqual(self.install(self.new.pem, MANUFACTURER), "Accepted")
        self.assertEqual(self.roots.trust, Trust(roots=(self.old.pem,)))
        self.assertEqual((len(self.roots.told(CENTRAL)), len(self.roots.told(MANUFACTURER))), (1, 1))

    def test_rejected(self) -> None:
        """What is no valid root is rejected: nonsense, a leaf, an intermediate, one that is expired or too long."""
        leaf = self.old.issue(names=["a"])[0].decode()
        for pem in ("", "nonsense", leaf, self.old.intermediate().pem, self.new.pem + "x" * 5500, "ü"):
            self.assertEqual(self.install(pem), "Rejected", pem[:40])
        later = time.time() + timedelta(days=2).total_seconds()
        self.assertEqual(self.install(self.new.pem, now=later), "Rejected")
        self.assertEqual(self.install(self.new.pem, now=0.0), "Rejected")

    def test_full(self) -> None:
        """A full store takes no more; one that is replaced needs no room."""
        self.assertEqual(self.install(self.new.pem, capacity=1), "Rejected")
        self.assertEqual(self.install(self.old.intermediate().pem, check=True, capacity=1), "Accepted")

    def test_any_certificate(self) -> None:
        """Q8: a charger that takes a leaf for a root can neither list nor delete it."""
        leaf = self.old.issue(names=["a"])[0].decode()
        found = self.roots.install(CENTRAL, leaf, check=False, capacity=9, now=time.time(), any_certificate=True)
        self.assertEqual((found, len(self.roots.told(CENTRAL)), len(self.roots.central)), ("Accepted", 1, 2))
        root = next(one for one in self.roots.found if not one.listed)
        self.assertEqual(self.roots.delete(root.hash_data(), ()), "NotFound")

    def test_check(self) -> None:
        """With AdditionalRootCertificateCheck only what the old root signed replaces it, and the old one is kept."""
        signed = self.old.intermediate()
        self.assertEqual(self.install(self.new.pem, check=True), "Rejected")
        self.assertEqual(self.install(signed.pem, check=True), "Accepted")
        self.assertEqual(self.roots.trust, Trust(roots=(signed.pem,)))
        self.assertEqual(len(self.roots.told(CENTRAL)), 2)
        self.roots.untrusted()
        self.assertEqual(self.roots.trust, Trust(roots=(self.old.pem,)))
        self.roots.believed()
        self.assertEqual(len(self.roots.fallback), 1)
        self.roots.untrusted()
        self.roots.believed()
        self.assertEqual((self.roots.trust, self.roots.fallback), (Trust(roots=(signed.pem,)), []))

    def test_check_same_key(self) -> None:
        """A certificate that only names the old root as its issuer is rejected."""
        self.assertEqual(self.install(Root("Old").intermediate().pem, check=True), "Rejected")

    def test_first_with_check(self) -> None:
        """The first root of all needs nobody's signature."""
        self.roots = Roots()
        self.assertEqual(self.install(self.new.pem, check=True), "Accepted")

    def test_told(self) -> None:
        """The hashes are those of OCSP, for roots and for what the old root signed."""
        old = self.old.certificate
        self.assertEqual(self.roots.told(CENTRAL), [hashes(old, old, SHA256(), "SHA256")])
        signed = self.old.intermediate()
        self.install(signed.pem, check=True)
        self.assertEqual(self.roots.told(CENTRAL)[0], hashes(signed.certificate, old, SHA256(), "SHA256"))

    def test_rsa(self) -> None:
        """A root with an RSA key is identified in the same way."""
        pem = self.old.issue(ca=True, rsa=True)[0]
        certificate = x509.load_pem_x509_certificate(pem)
        roots = Roots.of(Trust(roots=(pem.decode(),)))
        told = roots.found[0].hash_data()
        self.assertEqual(
            told,
            hashes(certificate, certificate, SHA256(), "SHA256")
            | {  # type: ignore[operator]  # JSON
                "issuerNameHash": told["issuerNameHash"]
            },
        )

    def test_delete(self) -> None:
        """A root is taken out by any of the hashes, and is then not found."""
        self.install(self.new.pem)
        asked = hashes(self.new.certificate, self.new.certificate, SHA512(), "SHA512")
        assert isinstance(asked, dict)
        asked = {**asked, "serialNumber": "00" + str(asked["serialNumber"]).upper()}
        self.assertEqual([self.roots.delete(asked, ()) for _ in range(2)], ["Accepted", "NotFound"])
        self.assertEqual(self.roots.trust, Trust(roots=(self.old.pem,)))

    def test_delete_used(self) -> None:
        """M04.FR.05: what the connection rests on stays."""
        der = self.old.certificate.public_bytes(Encoding.DER)
        self.assertEqual(self.roots.delete(self.roots.told(CENTRAL)[0], (der,)), "Failed")
        self.assertEqual(self.roots.delete({"hashAlgorithm": "MD5"}, ()), "Failed")

    def test_expiry_of_tests(self) -> None:
        """The roots of these tests are valid for a day, so that the cases above mean what they say."""
        self.assertEqual(DAY, timedelta(days=1))
