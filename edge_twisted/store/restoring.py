"""Puts a back-up of the settings into a state directory, of a new box or of one that is to become as it was."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Final

from edge_twisted.store.backup import CONFIG_NAME, DATABASE_NAME, KEYS_NAME, ROOT_NAME, BackupError
from edge_twisted.store.files import DATABASE, KEYS, LOCK, MASTER_KEY, MESSAGES, reason, sync_directory
from edge_twisted.store.state import lock_state

DRAFT: Final = "restoring"
BEFORE: Final = "before-restore"
RESTORED: Final = "restored"
"""Where the configuration of the back-up lies: Edge's own lies elsewhere, and may be root's."""
NEEDED: Final = (DATABASE_NAME, ROOT_NAME, KEYS_NAME + MASTER_KEY, f"{KEYS_NAME}root.key")
PUBLIC: Final = frozenset({ROOT_NAME})
_SQLITE: Final = ("", "-wal", "-shm")


def restore(files: Mapping[str, bytes], directory: Path, *, replace: bool = False) -> Path | None:
    """Put a back-up into a state directory, whole or not at all. Edge must not run. Blocks.

    Args:
        files: as `backup.unseal` gives them.
        directory: the state directory; made if it is missing.
        replace: whether to move aside what another box, or this one, has left there.

    Returns:
        Where that was moved, or None where nothing was there.

    Raises:
        StateError: something stands there, Edge runs, or it can't be written; the directory is then as it was.
    """
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise BackupError(f"the back-up lacks {', '.join(missing)}; take another one")
    directory = directory.absolute()
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        lock = lock_state(directory / LOCK)
    except OSError as error:
        raise _unwritable(directory, error) from None
    try:
        present = [path for path in _belongings(directory) if path.exists()]
        if present and not replace:
            raise BackupError(f"{directory}: the settings of a box are there already; add --replace to move them aside")
        draft = _write(files, directory)
        aside = _move_aside(present, directory)
        for path in (draft / KEYS, draft / ROOT_NAME, draft / RESTORED, draft / DATABASE):
            if path.exists():
                path.replace(directory / path.name)
        rmtree(draft)
        _give(directory, directory.rglob("*"))
        sync_directory(directory)
    except OSError as error:
        raise _unwritable(directory, error) from None
    finally:
        os.close(lock)
    return aside


def _belongings(directory: Path) -> list[Path]:
    """All that is of one box, or tells of its chargers."""
    files = [directory / (name + end) for name in (DATABASE, MESSAGES) for end in _SQLITE]
    return [directory / KEYS, directory / ROOT_NAME, directory / RESTORED, *files]


def _write(files: Mapping[str, bytes], directory: Path) -> Path:
    """Write everything beside what is there, and to the disk: whatever goes wrong then has changed nothing."""
    draft = directory / DRAFT
    if draft.exists():
        rmtree(draft)  # left by one that was cut short
    try:
        for path in (draft, draft / KEYS):
            path.mkdir(mode=0o700)
        for name, content in files.items():
            folder, _, own = name.rpartition("/")
            place = draft / (RESTORED if folder + "/" == CONFIG_NAME else folder)
            place.mkdir(mode=0o700, exist_ok=True)
            _write_file(place / own, content, 0o644 if name in PUBLIC else 0o600)
    except OSError:
        rmtree(draft, ignore_errors=True)
        raise
    return draft


def _write_file(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), mode)  # whatever the umask says


def _move_aside(present: Iterable[Path], directory: Path) -> Path | None:
    present = list(present)
    if not present:
        return None
    number = 1
    while (aside := directory / f"{BEFORE}-{number}").exists():
        number += 1
    aside.mkdir(mode=0o700)
    for path in present:
        path.replace(aside / path.name)
    return aside


def _give(directory: Path, paths: Iterable[Path]) -> None:
    """Let everything belong to Edge's user, where it is root who puts it there."""
    if os.geteuid() != 0:
        return
    owner = directory.stat()
    for path in paths:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _unwritable(directory: Path, error: OSError) -> BackupError:
    return BackupError(
        f"{directory}: the back-up can't be put there ({reason(error)}), and what was there is still there; "
        f"see that the disk is not full, and that you may write there (sudo)"
    )
