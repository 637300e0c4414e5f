"""Root certificates that a maintainer uploads for one uplink: read, bounded, and shown by what names them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from edge_twisted.core.endpoint import Trust
from edge_twisted.core.redaction import clean
from edge_twisted.trust.contexts import RootsError, read_roots
from edge_twisted.web import shapes
from edge_twisted.web.refusing import refuse

PEM_CHARACTERS: Final = 32_768
"""Of all certificates of one uplink together."""
ROOTS: Final = 8
"""Certificates of one uplink."""
SUBJECT_CHARACTERS: Final = 200
NAME_CHARACTERS: Final = 23
"""Of a fingerprint in the journal."""


def read_trust(change: shapes.TrustChange, now: datetime | None = None) -> Trust | None:
    """Read what was uploaded.

    Args:
        change: the certificates as PEM.
        now: the time; None: the present.

    Returns:
        Whom the uplink believes: these roots alone, not the system's; None: whom the configuration says.

    Raises:
        Refused: 422 where it is no PEM, too much of it, or holds what is no root or a private key.
    """
    if change.pem is None:
        return None
    if len(change.pem) > PEM_CHARACTERS:
        raise refuse(422, "root-many", "pem")
    if "PRIVATE KEY" in change.pem:
        raise refuse(422, "root-key", "pem")
    try:
        found = read_roots([change.pem])
        usable = [(_is_authority(one), one.not_valid_after_utc > (now or datetime.now(UTC))) for one in found]
    except (RootsError, ValueError):
        raise refuse(422, "root-broken", "pem") from None
    if len(found) > ROOTS:
        raise refuse(422, "root-many", "pem")
    if not all(vouches for vouches, _ in usable):
        raise refuse(422, "root-not", "pem")
    if not all(lasts for _, lasts in usable):
        raise refuse(422, "root-over", "pem")
    roots = tuple(one.public_bytes(Encoding.PEM).decode("ascii") for one in found)
    return Trust(system=False, roots=roots, cn_fallback=change.cn_fallback)


def show_trust(trust: Trust | None) -> shapes.UplinkTrust | None:
    """Show whom an uplink believes, where that was set by hand."""
    return shapes.UplinkTrust(roots=list(_shown(trust.roots)), cn_fallback=trust.cn_fallback) if trust else None


def name_trust(trust: Trust | None) -> str:
    """Whom an uplink believes, for the journal: the beginning of each root's fingerprint."""
    return ", ".join(one.fingerprint[:NAME_CHARACTERS] for one in _shown(trust.roots)) if trust else ""


@lru_cache(256)
def _shown(texts: tuple[str, ...]) -> tuple[shapes.RootInfo, ...]:
    return tuple(
        shapes.RootInfo(
            subject=clean(one.subject.rfc4514_string(), SUBJECT_CHARACTERS),
            fingerprint=one.fingerprint(SHA256()).hex(":").upper(),
            ends=one.not_valid_after_utc.timestamp(),
        )
        for one in read_roots(texts)
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate may vouch for others: one without the extension is an old root if it signed itself."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject
