"""Threads of one's own, for work that would hold up the reactor; bounded, and ended in order."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


@define(eq=False)
class Workers:
    """A pool of threads. None is started before the first work, so that `twistd` may fork before.

    Args:
        reactor: where results come back.
        name: of the threads.
        threads: how many work at once, at most.

    Attributes:
        waiting: how many works are under way or wait.
        closed: whether `close` was called; who asks for work looks at both.
    """

    _reactor: IReactorFromThreads
    _name: str
    _threads: int
    waiting: int = field(init=False, default=0)
    closed: bool = field(init=False, default=False)
    _pool: ThreadPool | None = field(init=False, default=None)
    _closing: list[Deferred[None]] = field(init=False, factory=list)

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Do something in a thread.

        Args:
            work: what.

        Returns:
            What it gives, or fails with what it raises.
        """
        if self._pool is None:
            self._pool = ThreadPool(minthreads=0, maxthreads=self._threads, name=self._name)
            self._pool.start()
        self.waiting += 1
        done: Deferred[T] = deferToThreadPool(self._reactor, self._pool, work)
        return done.addBoth(self._done)

    def close(self) -> Deferred[None]:
        """Let what was asked for come to its end, and stop the threads.

        Returns:
            Fires when they are gone.
        """
        self.closed = True
        if not self.waiting:
            self._stop()
            return succeed(None)
        done: Deferred[None] = Deferred()
        self._closing.append(done)
        return done

    def _done(self, result: T) -> T:
        self.waiting -= 1
        if self.closed and not self.waiting:
            self._stop()
        return result

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
        closing, self._closing = self._closing, []
        for done in closing:
            done.callback(None)
