"""What stands in the box's certificates: the root, the charger leaves, and the names they are for."""

import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import idna
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LeafKey = RSAPrivateKey | EllipticCurvePrivateKey

ORGANIZATION = "Edge"
DEFAULT_NAME = "edge.lan"
# Chargers without a battery clock boot in 1970; 32-bit times end in January 2038 (T-04).
NOT_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2037, 12, 31, 23, 59, 59, tzinfo=UTC)
# A leaf has to fit the small buffers of chargers: the whole flight stays below 4 KiB (J-47, T-07).
MAX_NAMES = 16
MAX_ADDRESSES = 64
MAX_COMMON_NAME = 64

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@frozen
class Subject:
    """Whom a leaf is for.

    Args:
        names: DNS names in lower case and ASCII, the most important one first; at least one.
        addresses: addresses, IPv4 before IPv6.
    """

    names: tuple[str, ...]
    addresses: tuple[IPv4Address | IPv6Address, ...]

    @property
    def common_name(self) -> str:
        """The CN: the first name that is short enough for one."""
        return next((name for name in self.names if len(name) <= MAX_COMMON_NAME), DEFAULT_NAME)

    def is_that_of(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is for exactly these names and addresses, in any order."""
        try:
            found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            return False
        names, addresses = found.get_values_for_type(x509.DNSName), found.get_values_for_type(x509.IPAddress)
        return set(names) == set(self.names) and set(addresses) == set(self.addresses)


def subject_of(names: Iterable[str], addresses: Iterable[str]) -> Subject:
    """Sort out what may stand in a certificate.

    Args:
        names: names as configured and as the host has them, the most important one first. International ones are
            IDNA-encoded; an address literal counts as an address; what is no DNS name (underscores, wildcards) is
            left out, since one odd entry makes some chargers reject the whole certificate.
        addresses: address literals, with or without scope ids; what is none is left out.

    Returns:
        At most `MAX_NAMES` names and `MAX_ADDRESSES` addresses; without any usable name `DEFAULT_NAME` stands in.
    """
    usable: dict[str, None] = {}
    numeric: set[IPv4Address | IPv6Address] = set()
    for text in names:
        address = _address(text)
        if address is not None:
            numeric.add(address)
        elif name := _dns_name(text):
            usable[name] = None
    numeric.update(address for address in map(_address, addresses) if address is not None)
    ordered = sorted(numeric, key=lambda address: (address.version, int(address)))
    return Subject(tuple(usable)[:MAX_NAMES] or (DEFAULT_NAME,), tuple(ordered[:MAX_ADDRESSES]))


def issue_root(key: RSAPrivateKey) -> x509.Certificate:
    """Make the box's root certificate, signed with RSA PKCS#1 v1.5 and SHA-256 (S-20, T-01, L-32).

    It has no name constraints: embedded TLS stacks reject them, and each box has a root of its own.

    Args:
        key: the root's key; the CN is derived from it, so that no two boxes have the same one.

    Returns:
        The certificate.
    """
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _name(f"Edge root {identifier.digest[:4].hex().upper()}")
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOT_BEFORE, NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return builder.sign(key, SHA256())


def issue_leaf(
    root: x509.Certificate,
    root_key: RSAPrivateKey,
    key: LeafKey,
    subject: Subject,
    begins: datetime = NOT_BEFORE,
    ends: datetime = NOT_AFTER,
) -> x509.Certificate:
    """Make a leaf, as it is for the charger listeners unless said otherwise (T-02, S-20 to S-22, J-61).

    Args:
        root: the box's root certificate.
        root_key: its key.
        key: the leaf's own key, RSA-2048 or P-256.
        subject: the names and addresses it is for.
        begins, ends: when it is valid.

    Returns:
        The certificate.
    """
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in subject.names]
    names += [x509.IPAddress(address) for address in subject.addresses]
    # The suites with RSA key exchange (S-12) encrypt to the RSA key; an EC key only ever signs.
    usage = _usage(digital_signature=True, key_encipherment=isinstance(key, RSAPrivateKey))
    issuer = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder(
            root.subject,
            _name(subject.common_name),
            key.public_key(),
            x509.random_serial_number(),
            begins.replace(microsecond=0),
            ends.replace(microsecond=0),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    return builder.sign(root_key, SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(
    digital_signature: bool = False, key_encipherment: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None


def _dns_name(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    labels = name.split(".")
    # A last label of digits only would be read as an IPv4 address.
    if len(name) > 253 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return ""
    return name
