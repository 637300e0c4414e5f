"""A back-up of the settings as one file: what stands in it, sealed with a passphrase that a person chose.

First a line that says what it is and in which version, then salt, nonce, and a ZIP archive sealed with AES-256-GCM; the
key is made of the passphrase by scrypt. The line, the salt and the nonce are sealed too: none can be changed.
"""

import io
import os
import re
import zipfile
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge_twisted.core.passwords import normal
from edge_twisted.store.errors import StateError

KIND: Final = b"edge-backup "
HEADER: Final = KIND + b"1\n"
"""Of this version; another one reads otherwise, and gets another number."""
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
COST: Final = 2**16
"""Of scrypt: 64 MiB and about a quarter of a second for each passphrase that somebody tries."""
MOST_BYTES: Final = 64 << 20
"""Of a back-up, packed or not: ten thousand chargers are an eighth of it."""
FILES: Final = 200

DATABASE_NAME: Final = "edgeproxy.db"
ROOT_NAME: Final = "root.pem"
KEYS_NAME: Final = "keys/"
CONFIG_NAME: Final = "config/"
_NAME: Final = re.compile(
    r"edgeproxy\.db|root\.pem|keys/[a-z]{1,20}\.(?:key|pem)|config/[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
)
_HEAD: Final = re.compile(rb"edge-backup ([1-9][0-9]{0,5})\n")
_DATED: Final = (2026, 1, 1, 0, 0, 0)


class BackupError(StateError):
    """A back-up can't be made, or not be used."""


def seal(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """Make a back-up. Takes its time.

    Args:
        files: by name.
        passphrase: opens it again.

    Returns:
        The file.

    Raises:
        BackupError: it would be too large.
    """
    if sum(map(len, files.values())) > MOST_BYTES:
        raise BackupError(f"The settings have more than {MOST_BYTES >> 20} MiB; copy the state directory instead")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)
    head = HEADER + os.urandom(SALT_BYTES) + os.urandom(NONCE_BYTES)
    return head + AESGCM(_key(passphrase, head)).encrypt(head[-NONCE_BYTES:], packed.getvalue(), head)


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """Open a back-up. Takes its time.

    Args:
        data: the file.
        passphrase: as it was chosen.

    Returns:
        What `seal` was given.

    Raises:
        BackupError: it is none, of another version, damaged, or sealed with another passphrase.
    """
    found = _HEAD.match(data[:32])
    if not found:
        raise BackupError("this is no back-up of Edge; take the file that the page Box made")
    if found[0] != HEADER:
        raise BackupError(
            f"the back-up has version {found[1].decode()}, which this Edge does not know; install the Edge that made it"
        )
    size = len(HEADER) + SALT_BYTES + NONCE_BYTES
    if not size + TAG_BYTES <= len(data) <= MOST_BYTES:
        raise BackupError("the back-up is not whole; copy it here once more")
    head = data[:size]
    try:
        packed = AESGCM(_key(passphrase, head)).decrypt(head[-NONCE_BYTES:], data[size:], head)
    except InvalidTag:
        raise BackupError(
            "the passphrase is another one, or the file was damaged; enter it once more, or take another copy"
        ) from None
    return _unpack(packed)


def _unpack(packed: bytes) -> dict[str, bytes]:
    """Take the archive apart: it is from a box of the same people, and is bounded all the same."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            listed = archive.infolist()
            right = all(_NAME.fullmatch(one.filename) for one in listed)
            if not right or len(listed) > FILES or sum(one.file_size for one in listed) > MOST_BYTES:
                raise BackupError("the back-up holds what Edge does not know; install the Edge that made it")
            return {one.filename: archive.read(one) for one in listed}
    except zipfile.BadZipFile:
        raise BackupError("the back-up can't be unpacked; take another copy") from None


def _key(passphrase: str, head: bytes) -> bytes:
    salt = head[len(HEADER) : len(HEADER) + SALT_BYTES]
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(normal(passphrase).encode("utf-8", "surrogatepass"))
