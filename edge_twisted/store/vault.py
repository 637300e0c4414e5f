"""Seals what must not stand on the disk in clear, and gives identities their opaque names.

One master key of 32 random bytes; a subkey of its own for each purpose. The key comes from the service manager's
credential store, else from a file of mode 0600 beside the database: that one protects a stolen copy of the database,
not a stolen disk.
"""

import base64
import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge_twisted.store.errors import VaultError
from edge_twisted.store.files import DATABASE, KEYS, MASTER_KEY, create_secret, reason, sync_directory

CREDENTIAL: Final = "edgeproxy-key"
"""Name of the credential in the unit file: `LoadCredential=edgeproxy-key:/path`."""

KEY_BYTES: Final = 32
NAME_CHARACTERS: Final = 16
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


class BrokenSeal(ValueError):
    """Sealed bytes that were changed, moved to another row, or sealed with another key."""


@frozen
class Vault:
    """Holds the subkeys; safe to use from any thread.

    Args:
        sealing: the key for `seal` and `unseal`.
        naming: the key for `name`.
    """

    sealing: bytes = field(repr=False)
    naming: bytes = field(repr=False)

    @classmethod
    def from_master(cls, master: bytes) -> Self:
        """Derive the subkeys.

        Args:
            master: 32 random bytes.

        Returns:
            The vault.
        """
        return cls(_subkey(master, b"edgeproxy sealing 1"), _subkey(master, b"edgeproxy naming 1"))

    def seal(self, data: bytes, context: bytes) -> bytes:
        """Encrypt with AES-256-GCM.

        Args:
            data: what to hide.
            context: where it belongs, such as the row's id; needed again to open it.

        Returns:
            A version byte, the nonce, and the ciphertext with its tag.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.sealing).encrypt(nonce, data, _VERSION + context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what `seal` made.

        Args:
            sealed: its result.
            context: the same as then.

        Returns:
            The data.

        Raises:
            BrokenSeal: another key or context, changed bytes, or a version that is not known.
        """
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
            raise BrokenSeal("version")
        try:
            return AESGCM(self.sealing).decrypt(nonce, body, _VERSION + context)
        except InvalidTag:
            raise BrokenSeal("seal") from None

    def name(self, identity: bytes) -> str:
        """The opaque id of an identity: the same on this box for ever, and nobody outside can compute it.

        Args:
            identity: the decoded identity.

        Returns:
            16 characters of `a` to `z` and `2` to `7`.
        """
        digest = hmac.digest(self.naming, identity, "sha256")
        return base64.b32encode(digest)[:NAME_CHARACTERS].decode("ascii").lower()


def open_vault(directory: Path, environ: Mapping[str, str]) -> Vault:
    """Read the master key, or make one on the first start.

    Args:
        directory: the state directory; must exist.
        environ: the process's environment; `CREDENTIALS_DIRECTORY` is looked at.

    Returns:
        The vault.

    Raises:
        VaultError: the key is unreadable, of the wrong length, or missing although there is a database.
    """
    return Vault.from_master(master_key(directory, environ))


def master_key(directory: Path, environ: Mapping[str, str]) -> bytes:
    """The master key itself; arguments and errors as for `open_vault`."""
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials and _stands(given := Path(credentials) / CREDENTIAL):
        return _read(given)
    path = directory / KEYS / MASTER_KEY
    if not _stands(path):
        _make(path, directory / DATABASE)
    key = _read(path)
    if not path.is_symlink() and path.stat().st_mode & 0o077:
        # Such as a backup that was put back with other modes. Where the file is not ours, it is not ours to change.
        with suppress(OSError):
            path.parent.chmod(0o700)
            path.chmod(0o600)
    return key


def _stands(path: Path) -> bool:
    """Whether something is there, readable or not."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # reading it will say what is wrong
    return True


def _make(path: Path, database: Path) -> None:
    try:
        if database.exists() and database.stat().st_size:
            raise VaultError(
                f"{path}: the key is missing, and {database} cannot be read without it; "
                f"put the key back (or the credential {CREDENTIAL}), or move the database away to begin anew"
            )
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.parent.chmod(0o700)
        sync_directory(path.parent.parent)
        create_secret(path, os.urandom(KEY_BYTES))
    except FileExistsError:
        pass  # another process was faster; its key is the one
    except OSError as error:
        raise VaultError(
            f"{path}: the key cannot be made ({reason(error)}); let Edge's user write to {path.parent.parent}"
        ) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            key = file.read(KEY_BYTES + 1)
    except OSError as error:
        raise VaultError(
            f"{path}: the key cannot be read ({reason(error)}); it must be a file that Edge's user may read"
        ) from None
    if len(key) != KEY_BYTES:
        raise VaultError(
            f"{path}: the key must be exactly {KEY_BYTES} random bytes, and this file is not; "
            f"put the right key back (a new one cannot open an existing database)"
        )
    return key


def _subkey(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)
