"""The box's own certificate authority: one root that chargers trust, and two leaves for the charger listeners.

Chargers are told once to trust the root, so the root is made once and never again by itself: whatever is wrong with
its files is an error that a person has to mend. The leaves follow the box's names and addresses; their keys stay.

Files: `<directory>/root.pem` is public; `<directory>/keys/` holds `root.key`, and a key and a certificate for each
leaf (`rsa.key`, `rsa.pem`, `ec.key`, `ec.pem`).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, field, frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_twisted.trust.issuing import LeafKey, Subject, issue_leaf, issue_root, subject_of

RSA_BITS = 2048  # the only size that all editions of the standard allow (J-61, S-20)
LEAVES = ("rsa", "ec")

_RESTORE = (
    "restore it from a backup; or, for a new root that every charger must then be given, remove root.pem, "
    "keys/root.key, and rsa.* and ec.* in keys/, but never keys/master.key: without it no stored secret can be read"
)
_REISSUE = "remove it, and it is issued anew at the next start"


class AuthorityError(Exception):
    """The authority's files cannot be used; the text is one line with path and remedy, and holds no secret.

    Args:
        path: the file or directory.
        problem: what is wrong with it.
        remedy: what a person can do.
    """

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
        self.path = path


@frozen
class Leaf:
    """A certificate and its key.

    Args:
        certificate: issued by the box's root.
        key: RSA-2048 or P-256.
    """

    certificate: x509.Certificate
    key: LeafKey = field(repr=False)


@frozen
class Authority:
    """The box's root and its charger leaves; a value: a renewal makes a new one.

    Args:
        directory: where `root.pem` and `keys/` are.
        root: the root certificate.
        root_key: its key; never leaves the box (S-25).
        leaves: the RSA leaf and the EC leaf.
    """

    directory: Path
    root: x509.Certificate
    root_key: rsa.RSAPrivateKey = field(repr=False)
    leaves: tuple[Leaf, ...]

    @property
    def root_pem(self) -> bytes:
        """The root certificate as PEM, for download and for chargers."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def root_der(self) -> bytes:
        """The root certificate as DER."""
        return self.root.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the root certificate: 32 hexadecimal pairs in upper case, with colons."""
        return self.root.fingerprint(SHA256()).hex(":").upper()

    def renewed(self, names: Sequence[str], addresses: Sequence[str]) -> "Authority":
        """Follow a change of the box's names or addresses (I12). Signs and writes files: milliseconds on the thread.

        Args:
            names: as for `open_authority`.
            addresses: as for `open_authority`.

        Returns:
            This very object where the leaves fit already, else one with the same root, the same keys and new leaves.

        Raises:
            AuthorityError: a file could not be written; this authority stays valid.
        """
        subject = subject_of(names, addresses)
        if all(subject.is_that_of(leaf.certificate) for leaf in self.leaves):
            return self
        leaves = []
        for kind, leaf in zip(LEAVES, self.leaves, strict=True):
            certificate = issue_leaf(self.root, self.root_key, leaf.key, subject)
            save_leaf(self.directory, kind, certificate)
            leaves.append(Leaf(certificate, leaf.key))
        return evolve(self, leaves=tuple(leaves))


def open_authority(directory: Path, names: Sequence[str], addresses: Sequence[str]) -> Authority:
    """Load the box's authority, and make what is not there yet. Blocks: for use before the reactor runs.

    Nothing is written where the files are complete and the leaves are for these names and addresses. Keys, once made,
    are kept for ever.

    Args:
        directory: the state directory; made if missing.
        names: names for the leaves, the configured ones first: the first usable one is the CN.
        addresses: address literals for the leaves.

    Returns:
        The authority.

    Raises:
        AuthorityError: a file is broken, unreadable, missing beside its counterpart, or cannot be written.
    """
    keys = directory / "keys"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        keys.mkdir(mode=0o700, exist_ok=True)
        if keys.stat().st_mode & 0o777 != 0o700:
            keys.chmod(0o700)
    except OSError as error:
        raise AuthorityError(keys, _reason("cannot be set up", error), "let Edge's user write there") from None
    root, root_key = _open_root(directory / "root.pem", keys)
    subject = subject_of(names, addresses)
    leaves = tuple(_open_leaf(keys, kind, root, root_key, subject) for kind in LEAVES)
    return Authority(directory, root, root_key, leaves)


def _open_root(path: Path, keys: Path) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key_path = keys / "root.key"
    pem, key_pem = _read(path), _read(key_path)
    if pem is None:
        # The leaves are made after the root: without any, a first start was cut short and no charger can know a root.
        issued = any(_read(keys / f"{kind}.{suffix}") is not None for kind in LEAVES for suffix in ("key", "pem"))
        if issued:
            raise AuthorityError(path, "is missing", _RESTORE)
        if key_pem is None:
            key = _new_key("rsa", key_path)
        else:
            key = _load_key(key_path, key_pem, "rsa", _RESTORE)
        assert isinstance(key, rsa.RSAPrivateKey)
        root = issue_root(key)
        _write(path, root.public_bytes(Encoding.PEM), mode=0o644)
        return root, key
    if key_pem is None:
        raise AuthorityError(key_path, "is missing", _RESTORE)
    key = _load_key(key_path, key_pem, "rsa", _RESTORE)
    assert isinstance(key, rsa.RSAPrivateKey)
    root = _load_certificate(path, pem, _RESTORE)
    if root.public_key() != key.public_key():
        raise AuthorityError(key_path, f"does not belong to {path}", _RESTORE)
    return root, key


def _open_leaf(keys: Path, kind: str, root: x509.Certificate, root_key: rsa.RSAPrivateKey, subject: Subject) -> Leaf:
    key, certificate = load_leaf(keys.parent, kind, kind)
    if certificate is None or not subject.is_that_of(certificate) or not fits_root(root, certificate):
        certificate = issue_leaf(root, root_key, key, subject)
        save_leaf(keys.parent, kind, certificate)
    return Leaf(certificate, key)


def load_leaf(directory: Path, name: str, kind: str) -> tuple[LeafKey, x509.Certificate | None]:
    """Load a leaf's key, which is made where there is none, and its certificate.

    Args:
        directory: the state directory.
        name: of the files in `keys/`, without what stands behind the dot.
        kind: `rsa` or `ec`.

    Returns:
        (the key, the certificate of that key or None).

    Raises:
        AuthorityError: a file is broken, unreadable, missing beside its counterpart, or cannot be written.
    """
    key_path, path = directory / "keys" / f"{name}.key", directory / "keys" / f"{name}.pem"
    key_pem, pem = _read(key_path), _read(path)
    if key_pem is None and pem is not None:
        raise AuthorityError(key_path, "is missing", f"restore it from a backup, or remove {path} for a new pair")
    remedy = f"restore it from a backup, or remove it and {path} for a new pair"
    key = _new_key(kind, key_path) if key_pem is None else _load_key(key_path, key_pem, kind, remedy)
    if pem is None:
        return key, None
    certificate = _load_certificate(path, pem, _REISSUE)
    if certificate.public_key() != key.public_key():
        raise AuthorityError(key_path, f"does not belong to {path}", remedy)
    return key, certificate


def save_leaf(directory: Path, name: str, certificate: x509.Certificate) -> None:
    """Put a leaf's certificate in place; arguments and errors as for `load_leaf`."""
    _write(directory / "keys" / f"{name}.pem", certificate.public_bytes(Encoding.PEM))


def fits_root(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether that root issued it."""
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _new_key(kind: str, path: Path) -> LeafKey:
    key: LeafKey
    key = rsa.generate_private_key(65537, RSA_BITS) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _load_key(path: Path, pem: bytes, kind: str, remedy: str) -> LeafKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise AuthorityError(path, "is not a readable key", remedy) from None
    if kind == "rsa" and isinstance(key, rsa.RSAPrivateKey) and key.key_size == RSA_BITS:
        return key
    if kind == "ec" and isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise AuthorityError(path, f"is not {'an RSA-2048' if kind == 'rsa' else 'a P-256'} key", remedy)


def _load_certificate(path: Path, pem: bytes, remedy: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise AuthorityError(path, "is not a readable certificate", remedy) from None
    return certificate


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AuthorityError(path, _reason("cannot be read", error), "let Edge's user read it") from None


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put a file in place as a whole or not at all, also if the power goes."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            os.fchmod(stream.fileno(), mode)  # whatever the umask says
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise AuthorityError(path, _reason("cannot be written", error), "let Edge's user write there") from None


def _reason(problem: str, error: OSError) -> str:
    return f"{problem} ({error.strerror})"
