"""A charger's certificate store: whom it believes, and what is put in and taken out over OCPP (S-32, S-33)."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

from attrs import define, field
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.tls import Trust

PEM_CHARACTERS: Final = 5500
CENTRAL: Final = "CentralSystemRootCertificate"
MANUFACTURER: Final = "ManufacturerRootCertificate"
HASHES: Final = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}

Installed = Literal["Accepted", "Failed", "Rejected"]
Deleted = Literal["Accepted", "Failed", "NotFound"]


@define(eq=False)
class Root:
    """A certificate in the store.

    Args:
        certificate: itself.
        kind: `CentralSystemRootCertificate` or `ManufacturerRootCertificate`.
        issuer_key: the key it was signed with.
        listed: whether it is told and can be deleted (Q8: what is no root is not).
    """

    certificate: x509.Certificate
    kind: str
    issuer_key: PublicKeyTypes
    listed: bool = True

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    def hash_data(self, algorithm: str = "SHA256") -> Payload:
        """What the white paper's third edition identifies it by: OCSP's hashes of its issuer, and its serial number.

        Args:
            algorithm: `SHA256`, `SHA384` or `SHA512`.
        """
        digest = HASHES[algorithm]
        return {
            "hashAlgorithm": algorithm,
            "issuerNameHash": digest(self.certificate.issuer.public_bytes()).hexdigest(),
            "issuerKeyHash": digest(_key_bits(self.issuer_key)).hexdigest(),
            "serialNumber": f"{self.certificate.serial_number:x}",
        }


@define(eq=False)
class Roots:
    """The store.

    Args:
        system: whether the charger believes the operating system's roots, too.
        found: what is in it.
        fallback: the roots that a newly installed one replaces, until a connection with that one came about.
        use_old: whether the next attempt believes `fallback` instead.
    """

    system: bool = False
    found: list[Root] = field(factory=list)
    fallback: list[Root] = field(factory=list)
    use_old: bool = False

    @classmethod
    def of(cls, trust: Trust) -> "Roots":
        """Fill a store with what an installer entered.

        Args:
            trust: PEM texts; one that holds no certificate counts as none.
        """
        roots = cls(trust.system)
        for text in trust.roots:
            for certificate in x509.load_pem_x509_certificates(text.encode()):
                roots.found.append(Root(certificate, CENTRAL, certificate.public_key()))
        return roots

    @property
    def central(self) -> list[Root]:
        """Those that a central system is judged by."""
        return [root for root in self.found if root.kind == CENTRAL]

    @property
    def trust(self) -> Trust:
        """Whom the next attempt believes."""
        believed = self.fallback if self.use_old and self.fallback else self.central
        return Trust(self.system, tuple(root.pem for root in believed))

    def subjects(self) -> tuple[str, ...]:
        """The names of all, for a person."""
        return tuple(root.certificate.subject.rfc4514_string() for root in [*self.found, *self.fallback])

    def untrusted(self) -> None:
        """The server was not believed: the next attempt tries the other set, if there is one (S-32)."""
        self.use_old = bool(self.fallback) and not self.use_old

    def believed(self) -> None:
        """A connection came about: with the new root, the old ones are not needed any more."""
        if not self.use_old:
            self.fallback = []

    def install(
        self, kind: str, pem: str, *, check: bool, capacity: int, now: float, any_certificate: bool = False
    ) -> Installed:
        """Put a certificate in.

        Args:
            kind: which store.
            pem: the certificate.
            check: `AdditionalRootCertificateCheck`: it must be signed by the old one, which it replaces.
            capacity: `CertificateStoreMaxLength`.
            now: what the charger's clock shows, in seconds since the epoch.
            any_certificate: take what is no root (Q8).

        Returns:
            The answer's status: what is no valid root is `Rejected`, so is one for which there is no room.
        """
        certificate = _read(pem)
        if certificate is None:
            return "Rejected"
        same = [root for root in self.found if root.kind == kind and root.certificate == certificate]
        if same:
            return "Accepted"
        old = [root for root in self.found if root.kind == kind]
        replaces = check and kind == CENTRAL and bool(old)
        issuer = _issuer(certificate, old) if replaces else _issuer_of_root(certificate)
        is_root = issuer is not None and _is_authority(certificate) and _is_valid(certificate, now)
        if not is_root and not any_certificate:
            return "Rejected"
        if len(self.found) + (0 if replaces else 1) > capacity:
            return "Rejected"
        if replaces:
            self.fallback, self.use_old = old, False
            self.found = [root for root in self.found if root.kind != kind]
        self.found.append(Root(certificate, kind, issuer or certificate.public_key(), listed=is_root))
        return "Accepted"

    def told(self, kind: str) -> list[Payload]:
        """Answer GetInstalledCertificateIds.

        Args:
            kind: of which store.
        """
        both = self.found + (self.fallback if kind == CENTRAL else [])
        return [root.hash_data() for root in both if root.kind == kind and root.listed]

    def delete(self, asked: Payload, used: Iterable[bytes]) -> Deleted:
        """Take a certificate out.

        Args:
            asked: its hash data.
            used: the DER forms of the certificates that the present connection rests on (S-33).

        Returns:
            The answer's status.
        """
        algorithm = str(asked.get("hashAlgorithm", ""))
        if algorithm not in HASHES:
            return "Failed"
        wanted = {name: str(asked.get(name, "")).lower() for name in ("issuerNameHash", "issuerKeyHash")}
        wanted["serialNumber"] = str(asked.get("serialNumber", "")).lower().lstrip("0") or "0"
        for root in [*self.found, *self.fallback]:
            told = root.hash_data(algorithm)
            if not root.listed or any(told[name] != value for name, value in wanted.items()):
                continue
            if root.certificate.public_bytes(Encoding.DER) in set(used):
                return "Failed"
            self.found = [one for one in self.found if one is not root]
            self.fallback = [one for one in self.fallback if one is not root]
            return "Accepted"
        return "NotFound"


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a certificate was signed with an issuer's key and names it.

    Args:
        certificate: which.
        issuer: who is said to have signed it.
    """
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _issuer(certificate: x509.Certificate, old: list[Root]) -> PublicKeyTypes | None:
    return next((one.certificate.public_key() for one in old if signed_by(certificate, one.certificate)), None)


def _issuer_of_root(certificate: x509.Certificate) -> PublicKeyTypes | None:
    return certificate.public_key() if signed_by(certificate, certificate) else None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _is_valid(certificate: x509.Certificate, now: float) -> bool:
    moment = datetime.fromtimestamp(max(0.0, now), UTC)
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _read(pem: str) -> x509.Certificate | None:
    if len(pem) > PEM_CHARACTERS:
        return None
    try:
        return x509.load_pem_x509_certificate(pem.encode("ascii"))
    except (ValueError, UnicodeEncodeError):
        return None


def _key_bits(key: PublicKeyTypes) -> bytes:
    """The subject public key's value: what stands in the BIT STRING."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    try:
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except ValueError:
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
