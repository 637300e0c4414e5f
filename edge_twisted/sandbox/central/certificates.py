"""Certificates that are wrong in one way, for the central system to show."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_twisted.sandbox.authority import Authority, ServerCertificate

DAY: Final = timedelta(days=1)
ELSEWHERE: Final = "elsewhere.example"
OWNER: Final = "Edge sandbox"
SELF_SIGNED: Final = "certificate-self-signed"
COMMON_NAME: Final = 64
"""Characters of a common name at most."""
KINDS: Final = (
    "certificate-expired",
    "certificate-wrong-name",
    SELF_SIGNED,
    "certificate-cn-only",
    "certificate-san-less",
)
"""The faults that are certificates."""


def wrong_certificate(kind: str, right: ServerCertificate, authority: Authority | None) -> ServerCertificate:
    """Make a certificate that is as the right one but for one thing.

    Args:
        kind: one of `KINDS`.
        right: the certificate whose names it has.
        authority: issues it; None only where it is self-signed.

    Returns:
        The certificate, with a key of its own.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    names, now = _names(right), datetime.now(UTC)
    starts, ends, subject, shown = now - 30 * DAY, now + 30 * DAY, _subject(), names
    match kind:
        case "certificate-expired":
            ends = now - DAY
        case "certificate-wrong-name":
            shown = [x509.DNSName(ELSEWHERE)]
        case "certificate-cn-only":
            subject, shown = _subject(_first(names)), []
        case "certificate-san-less":
            shown = []
    own = authority is None or kind == SELF_SIGNED
    issuer = subject if own or authority is None else authority.certificate.subject
    signer = key if own or authority is None else authority.key
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), starts, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    if shown:
        builder = builder.add_extension(x509.SubjectAlternativeName(shown), critical=False)
    return ServerCertificate(builder.sign(signer, SHA256()), key)


def _names(right: ServerCertificate) -> list[x509.GeneralName]:
    return list(right.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _first(names: list[x509.GeneralName]) -> str:
    return next(
        (str(name.value)[:COMMON_NAME] for name in names if isinstance(name, x509.DNSName | x509.IPAddress)), ""
    )


def _subject(common_name: str = "") -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, OWNER)]
    if common_name:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)
