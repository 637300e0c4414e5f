"""Certificates for tests, made at run time: good ones, and ones that are wrong in one way.

    root = Root()
    cert_pem, key_pem = root.issue(names=["wss.example.com"])
    trust = Trust(system=False, roots=(root.pem,))

Keys are P-256, which takes no time; `issue(rsa=True)` makes an RSA-2048 key, which does.
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
USAGES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Root:
    """A certificate authority of a test.

    Args:
        name: its common name; two roots of the same name still have different keys.

    Attributes:
        certificate: its certificate.
        pem: the same as PEM text, as `Trust.roots` takes it.
    """

    def __init__(self, name: str = "Test root") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = _build(subject, subject, self.key, self.key, ca=True)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(
        self,
        names: Sequence[str] = (),
        addresses: Sequence[str] = (),
        *,
        emails: Sequence[str] = (),
        uris: Sequence[str] = (),
        common_names: Sequence[str] = (),
        usages: Sequence[str] = ("server",),
        starts: timedelta = -DAY,
        ends: timedelta = DAY,
        ca: bool = False,
        rsa: bool = False,
    ) -> tuple[bytes, bytes]:
        """Issue a certificate.

        Args:
            names: DNS names for the SAN, as they are: wildcards and nonsense too.
            addresses: address literals for the SAN.
            emails: e-mail addresses for the SAN.
            uris: URIs for the SAN. Without any of these four there is no SAN at all.
            common_names: the CNs, in this order; none: the subject has an O only.
            usages: `server`, `client`; empty: no extended key usage.
            starts: begin of validity, from now.
            ends: end of validity, from now.
            ca: whether it may issue others itself.
            rsa: whether the key is RSA-2048.

        Returns:
            The certificate and its private key, both as PEM.
        """
        key = _new_key(rsa)
        certificate = _build(
            _subject(common_names),
            self.certificate.subject,
            key,
            self.key,
            _alternatives(names, addresses, emails, uris),
            usages,
            starts,
            ends,
            ca,
        )
        return _pem(certificate), _key_pem(key)

    def intermediate(self, ca: bool = True) -> "Root":
        """Make an authority whose certificate this root signed.

        Args:
            ca: False for one that must not sign others, and does.

        Returns:
            A `Root` that issues; a server that uses it sends `pem` along with its own certificate.
        """
        below = Root.__new__(Root)
        below.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test intermediate")])
        below.certificate = _build(subject, self.certificate.subject, below.key, self.key, ca=ca)
        below.pem = below.certificate.public_bytes(Encoding.PEM).decode()
        return below


def self_signed(names: Sequence[str] = (), addresses: Sequence[str] = ()) -> tuple[bytes, bytes]:
    """Make a certificate that no authority signed.

    Args:
        names: DNS names for the SAN.
        addresses: address literals for the SAN.

    Returns:
        The certificate and its private key, both as PEM.
    """
    key = _new_key(False)
    subject = _subject(tuple(names)[:1])
    certificate = _build(subject, subject, key, key, _alternatives(names, addresses, (), ()), ("server",))
    return _pem(certificate), _key_pem(key)


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    issuer_key: Key,
    alternatives: Sequence[x509.GeneralName] = (),
    usages: Sequence[str] = (),
    starts: timedelta = -DAY,
    ends: timedelta = DAY,
    ca: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), now + starts, now + ends
    ).add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage([USAGES[usage] for usage in usages]), critical=False)
    return builder.sign(issuer_key, SHA256())


def _new_key(wants_rsa: bool) -> Key:
    return rsa.generate_private_key(65537, 2048) if wants_rsa else ec.generate_private_key(ec.SECP256R1())


def _subject(common_names: Sequence[str]) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test")
    return x509.Name([organization, *(x509.NameAttribute(NameOID.COMMON_NAME, name) for name in common_names)])


def _alternatives(
    names: Sequence[str], addresses: Sequence[str], emails: Sequence[str], uris: Sequence[str]
) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    found += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    found += [x509.RFC822Name(email) for email in emails]
    found += [x509.UniformResourceIdentifier(uri) for uri in uris]
    return found


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
