"""One Chromium for all browser tests of a process: each test has a context of its own in it, which shares nothing.

Playwright wants all its calls from one thread; this is that thread, which ends with the process.
"""

import atexit
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

CHROMIUM: Final = shutil.which("chromium")
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
"""The last: there is no internet here, as in a car park."""
END_SECONDS: Final = 10.0

Work = Callable[[Any], None]


class Chromium:
    """The browser; it starts when it is first needed, and again where it has crashed."""

    def __init__(self) -> None:
        self._work: SimpleQueue[tuple[Work, Callable[[Failure | None], None]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def use(self, work: Work) -> Deferred[None]:
        """Have something done with the browser, in its thread; one after the other.

        Args:
            work: called with the browser, of Playwright's.

        Returns:
            Fails as the work does.
        """
        from twisted.internet import reactor

        running: Any = reactor
        done: Deferred[None] = Deferred()

        def tell(failure: Failure | None) -> None:
            running.callFromThread(done.errback if failure is not None else done.callback, failure)

        if self._thread is None:
            self._thread = Thread(target=self._run, name="chromium", daemon=True)
            self._thread.start()
            atexit.register(self._end, self._thread)
        self._work.put((work, tell))
        return done

    def _run(self) -> None:
        from playwright.sync_api import sync_playwright

        with ExitStack() as kept:
            playwright: Any = None
            browser: Any = None
            while (wanted := self._work.get()) is not None:
                work, tell = wanted
                failure = None
                try:
                    if playwright is None:
                        playwright = kept.enter_context(sync_playwright())
                    if browser is None or not browser.is_connected():
                        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                    work(browser)
                except BaseException:  # whatever it is, it is the test's
                    failure = Failure()
                tell(failure)
            if browser is not None:
                browser.close()

    def _end(self, thread: Thread) -> None:
        self._work.put(None)
        thread.join(END_SECONDS)


THE_CHROMIUM: Final = Chromium()
