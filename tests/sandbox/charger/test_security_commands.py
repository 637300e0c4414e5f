"""Tests of the white paper's commands about certificates."""

import time

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.roots import CENTRAL, MANUFACTURER
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.tls import Trust
from tests.certificates import DAY, Root
from tests.sandbox.charger.bench import EVENTS, Bench


class CertificateTests(Bench):
    """What a charger answers about roots."""

    def setUp(self) -> None:
        super().setUp()
        self.epoch = time.time()
        self.root = Root("First")

    def start(self, **settings: object) -> None:
        """A charger that believes one root, online."""
        access = Access("wss://edge.lan", "CP1", Trust(roots=(self.root.pem,)))
        self.power_on(access, None, **settings)
        self.connect()

    def install(self, pem: str, kind: str = CENTRAL) -> str:
        """Install a root; the status."""
        return str(self.status("InstallCertificate", certificateType=kind, certificate=pem))

    def test_install_list_delete(self) -> None:
        """A root is installed, listed, and deleted; one that is used is not."""
        self.start()
        other = Root("Second")
        self.assertEqual(self.install(other.pem), "Accepted")
        listed = self.ask("GetInstalledCertificateIds", certificateType=CENTRAL)
        self.assertEqual((listed["status"], len(listed["certificateHashData"])), ("Accepted", 2))
        self.assertEqual(self.status("GetInstalledCertificateIds", certificateType=MANUFACTURER), "NotFound")
        self.used = (self.root.certificate.public_bytes(Encoding.DER),)
        first, second = listed["certificateHashData"]
        self.assertEqual(self.status("DeleteCertificate", certificateHashData=first), "Failed")
        self.assertEqual(self.status("DeleteCertificate", certificateHashData=second), "Accepted")
        self.assertEqual(self.status("DeleteCertificate", certificateHashData=second), "NotFound")
        self.assertEqual(self.install("nonsense"), "Rejected")
        self.assertEqual(self.install("x" * 5501), "PropertyConstraintViolation")

    def test_check(self) -> None:
        """With AdditionalRootCertificateCheck a stranger is rejected, and what the old root signed replaces it."""
        self.start(keys={"AdditionalRootCertificateCheck": "true"})
        self.assertEqual(self.install(Root().pem), "Rejected")
        below = self.root.intermediate()
        self.assertEqual(self.install(below.pem), "Accepted")
        self.assertEqual(self.posture.access.trust.roots, (below.pem,))

    def test_store_length(self) -> None:
        """CertificateStoreMaxLength is heeded."""
        self.start(keys={"CertificateStoreMaxLength": "1"})
        self.assertEqual(self.install(Root().pem), "Rejected")

    def test_fixed_roots(self) -> None:
        """Q5: roots that are part of the firmware."""
        self.start(quirks=Quirks(fixed_roots=True))
        self.assertEqual(self.install(Root().pem), "Rejected")

    def test_any_certificate(self) -> None:
        """Q8: a leaf is taken."""
        self.start(quirks=Quirks(installs_any_certificate=True))
        self.assertEqual(self.install(self.root.issue(names=["a"])[0].decode()), "Accepted")

    def test_without_white_paper(self) -> None:
        """A charger without the white paper knows none of this."""
        self.start(white_paper=False)
        self.assertEqual(self.install(Root().pem), "NotImplemented")
        self.assertEqual(self.asked(EVENTS), [])


class OwnCertificateTests(Bench):
    """S-34: the charger's own certificate."""

    def setUp(self) -> None:
        super().setUp()
        self.epoch = time.time()
        self.ca = Root("CPO")
        self.power_on(plan=None)
        self.connect()

    def sign(self) -> x509.CertificateSigningRequest:
        """Have the charger ask for a signature."""
        self.assertEqual(self.status("ChangeConfiguration", key="CpoName", value="The CPO"), "Accepted")
        trigger = "SignChargePointCertificate"
        self.assertEqual(self.status("ExtendedTriggerMessage", requestedMessage=trigger), "Accepted")
        self.pass_time(0)
        return x509.load_pem_x509_csr(self.asked("SignCertificate")[-1]["csr"].encode())

    def issue(self, request: x509.CertificateSigningRequest, ends: int = 1) -> str:
        """Sign a request."""
        now = self.ca.certificate.not_valid_before_utc
        key = request.public_key()
        builder = x509.CertificateBuilder(
            self.ca.certificate.subject,
            request.subject,
            key,
            7,
            now,
            now + DAY * (1 + ends),
        )
        return builder.sign(self.ca.key, SHA256()).public_bytes(Encoding.PEM).decode()

    def test_signed(self) -> None:
        """It asks with O and CN as they must be, and takes the chain that fits its key, once."""
        request = self.sign()
        self.assertEqual(request.subject.rfc4514_string(), "CN=CP1,O=The CPO")
        chain = self.issue(request) + self.ca.pem
        self.assertEqual(self.status("CertificateSigned", certificateChain=chain), "Accepted")
        self.assertEqual(self.status("CertificateSigned", certificateChain=chain), "Rejected")

    def test_rejected(self) -> None:
        """Nonsense, another key, an expired one, a chain that does not fit: rejected, and noted."""
        request = self.sign()
        other = self.ca.issue(names=["a"])[0].decode()
        for chain in ("nonsense", other, self.issue(request, ends=-1), self.issue(request) + Root().pem):
            self.assertEqual(self.status("CertificateSigned", certificateChain=chain), "Rejected")
        self.pass_time(0)
        self.assertEqual(self.asked(EVENTS)[-1]["type"], "InvalidChargePointCertificate")
        self.assertEqual(self.status("CertificateSigned", certificateChain=self.issue(request)), "Accepted")

    def test_nameless(self) -> None:
        """A02: without a CpoName nothing is asked for."""
        trigger = "SignChargePointCertificate"
        self.assertEqual(self.status("ExtendedTriggerMessage", requestedMessage=trigger), "Rejected")
