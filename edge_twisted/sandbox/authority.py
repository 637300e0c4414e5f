"""The authority that vouches for the sandbox's central system: made in a directory, and worth nothing elsewhere."""

import ipaddress
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY: Final = timedelta(days=1)
VALID: Final = 365 * DAY
NAME: Final = "Edge sandbox"
FILE: Final = "central-root.pem"
KEY_FILE: Final = "central-root.key"
LEFT: Final = 30 * DAY
"""A kept authority that ends sooner is made anew."""


@frozen
class ServerCertificate:
    """A server's certificate and its key.

    Args:
        certificate: issued by the sandbox's root.
        key: P-256.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)


@frozen
class Authority:
    """A certificate authority that lives as long as the sandbox runs.

    Args:
        certificate: its root certificate.
        key: the root's key.
        path: the root certificate as a PEM file, for those who shall trust it.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    path: Path

    @property
    def pem(self) -> str:
        """The root certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    def issue(self, names: Iterable[str], addresses: Iterable[str]) -> ServerCertificate:
        """Issue a certificate for a server.

        Args:
            names: DNS names.
            addresses: address literals.

        Returns:
            The certificate with a key of its own, valid for a year.
        """
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(key, self.certificate.subject, x509.Name([]))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        return ServerCertificate(builder.sign(self.key, SHA256()), key)


def keep_authority(directory: Path) -> Authority:
    """Open the authority of an earlier run, so that whoever trusts it need not learn a new root; else make one.

    Args:
        directory: where root certificate and key are kept; it must exist.

    Returns:
        The authority.

    Raises:
        OSError: a file can't be read or written.
    """
    path, key_path = directory / FILE, directory / KEY_FILE
    try:
        key = load_pem_private_key(key_path.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError, TypeError):
        pass
    else:
        fits = isinstance(key, ec.EllipticCurvePrivateKey) and certificate.public_key() == key.public_key()
        if fits and certificate.not_valid_after_utc > datetime.now(UTC) + LEFT:
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            return Authority(certificate, key, path)
    made = make_authority(directory)
    text = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_path.unlink(missing_ok=True)
    with open(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(text)
    return made


def make_authority(directory: Path) -> Authority:
    """Make a new authority; its key stays in memory.

    Args:
        directory: where its root certificate is written, as `central-root.pem`; it must exist.

    Returns:
        The authority.

    Raises:
        OSError: the file can't be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    certificate = (
        _builder(key, name, name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    path = directory / FILE
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Authority(certificate, key, path)


def _builder(key: ec.EllipticCurvePrivateKey, issuer: x509.Name, subject: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), now - DAY, now + VALID
    )
