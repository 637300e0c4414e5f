"""Makes back-ups of a box at work, one at a time, in a thread of its own."""

from collections.abc import Mapping
from pathlib import Path

from attrs import define, field
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads

from edge_twisted.store.backup import seal
from edge_twisted.store.gathering import gather
from edge_twisted.store.workers import Workers


class Busy(Exception):
    """One is being made already."""


@define(eq=False)
class Backups:
    """Makes them.

    Args:
        reactor: where results come back.
        directory: the state directory.
        environ: the process's environment, for the credential with the key.
        config: the configuration file, where there is one.
        roots: files with certificates that it names.
    """

    _reactor: IReactorFromThreads
    _directory: Path
    _environ: Mapping[str, str]
    _config: Path | None = None
    _roots: tuple[Path, ...] = ()
    _workers: Workers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._workers = Workers(self._reactor, "edge-backup", 1)

    def make(self, passphrase: str) -> Deferred[bytes]:
        """Make one.

        Args:
            passphrase: opens it again.

        Returns:
            The file; fails with `Busy`, or with StateError.
        """
        if self._workers.waiting or self._workers.closed:
            return fail(Busy())
        return self._workers.do(
            lambda: seal(gather(self._directory, self._environ, self._config, self._roots), passphrase)
        )

    def close(self) -> Deferred[None]:
        """Let the one that is being made come to its end."""
        return self._workers.close()
