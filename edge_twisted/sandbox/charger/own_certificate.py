"""A charger's own certificate: it makes the key, asks for a signature, and looks at what it is sent (S-34)."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge_twisted.sandbox.charger.roots import signed_by


class OwnCertificate:
    """The key of a charger, and the certificate for it once there is one.

    Attributes:
        chain: what the central system sent, the charger's own certificate first; empty: nothing yet.
    """

    def __init__(self) -> None:
        self.chain: tuple[x509.Certificate, ...] = ()
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._asked: ec.EllipticCurvePrivateKey | None = None

    def request(self, owner: str, serial: str) -> str:
        """Make a new key and a request to sign it.

        Args:
            owner: `CpoName`, for the subject's O (S-21).
            serial: the charger's serial number, for its CN (S-15).

        Returns:
            The request as PEM; the key does not leave the charger.
        """
        self._asked = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, serial[:64]),
            ]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self._asked, SHA256())
        return request.public_bytes(Encoding.PEM).decode("ascii")

    def take(self, pem: str, now: float) -> bool:
        """Take a signed certificate.

        Args:
            pem: the chain, the charger's own first.
            now: what the charger's clock shows, in seconds since the epoch.

        Returns:
            Whether it is for the key that was asked for, holds now, and each is signed by the next.
        """
        try:
            chain = x509.load_pem_x509_certificates(pem.encode("ascii"))
        except (ValueError, UnicodeEncodeError):
            return False
        moment = datetime.fromtimestamp(max(0.0, now), UTC)
        if self._asked is None or chain[0].public_key() != self._asked.public_key():
            return False
        if not chain[0].not_valid_before_utc <= moment <= chain[0].not_valid_after_utc:
            return False
        if not all(signed_by(one, other) for one, other in zip(chain, chain[1:], strict=False)):
            return False
        self._key, self._asked, self.chain = self._asked, None, tuple(chain)
        return True
