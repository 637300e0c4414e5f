"""Hashes passwords with argon2id, in threads of their own: it is meant to be slow, and takes much memory."""

import base64
import os
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from attrs import define, field
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads

from edge_twisted.store.workers import Workers

T = TypeVar("T")

PASSES: Final = 3
KIB: Final = 32 * 1024
"""Memory that one hash takes."""
AT_ONCE: Final = 2
WAITING: Final = 20
"""Passwords that may be hashed or wait for it; more at once are refused."""
_BYTES: Final = 32
_SALT: Final = 16


class Crowded(Exception):
    """Too many passwords wait to be hashed."""


def _decoy(passes: int, kib: int) -> str:
    """A hash that costs as much as any other, and that no password has."""
    salt, digest = (base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (_SALT, _BYTES))
    return f"$argon2id$v=19$m={kib},t={passes},p=1${salt}${digest}"


@define(eq=False)
class Hasher:
    """Makes hashes and compares them. No thread is started before the first one.

    Args:
        reactor: where results come back.
        passes, kib: what a hash costs; less of it in tests.
    """

    _reactor: IReactorFromThreads
    _passes: int = PASSES
    _kib: int = KIB
    _argon: PasswordHasher = field(init=False)
    _no_ones: str = field(init=False)
    _threads: Workers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._argon = PasswordHasher(self._passes, self._kib, 1, _BYTES, _SALT)
        self._no_ones = _decoy(self._passes, self._kib)
        self._threads = Workers(self._reactor, "passwords", AT_ONCE)

    def make(self, password: str) -> Deferred[str]:
        """Make a hash.

        Args:
            password: as `core.passwords.normal` gives it.

        Returns:
            The hash with its salt and costs, as text; fails with `Crowded`.
        """
        return self._in_thread(lambda: self._argon.hash(password.encode("utf-8", "surrogatepass")))

    def same(self, known: str | None, password: str) -> Deferred[bool]:
        """Compare a password with a hash.

        Args:
            known: the hash; None: there is none, which takes just as long to find out.
            password: as for `make`.

        Returns:
            Whether it is that password; fails with `Crowded`.
        """
        return self._in_thread(lambda: self._compare(known or self._no_ones, password))

    def _compare(self, known: str, password: str) -> bool:
        try:
            return self._argon.verify(known, password.encode("utf-8", "surrogatepass"))
        except (Argon2Error, InvalidHashError):
            return False

    def _in_thread(self, work: Callable[[], T]) -> Deferred[T]:
        if self._threads.closed or self._threads.waiting >= WAITING:
            return fail(Crowded("too many passwords wait to be hashed"))
        return self._threads.do(work)

    def close(self) -> Deferred[None]:
        """Let what began come to its end, and stop the threads.

        Returns:
            Fires when they are gone.
        """
        return self._threads.close()
