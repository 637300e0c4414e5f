"""A screen on a wall: who only looks stays logged in while the live view is open; nobody else does."""

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from edge_twisted.core.roles import Role
from edge_twisted.web.sessions import IDLE_SECONDS, OF_ONE, SCREEN_SECONDS, WHOLE_SECONDS
from tests.access import PASSWORD
from tests.web.managed import NAMES, Browser, cookie_of
from tests.web.site.rooms import RoomCase

DAY = 86400.0


class ScreenTests(RoomCase):
    """Logged in by the login's page, as people are."""

    def logged_in_as(self, role: Role) -> Browser:
        """Log in."""
        return Browser(cookie_of(self.submit("/login", None, name=NAMES[role], password=PASSWORD)), "")

    def look(self, browser: Browser) -> tuple[Any, Any]:
        """Open the live view's stream: the channel and the connection."""
        channel, wire = self.begin("GET", "/", None, *browser.headers[:1], "Accept: text/event-stream")
        assert isinstance(wire.value(), bytes)
        self.assertIn(b"event: hello", wire.value())
        return channel, wire

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and let that be noticed as Edge does."""
        self.wait(seconds)
        self.people.sweep()

    def works(self, browser: Browser) -> bool:
        """Whether it is still logged in."""
        return self.open("/", browser).status == 200

    def test_a_screen_stays(self) -> None:
        """The live view of a Viewer goes on for days, and every change still reaches it."""
        browser = self.logged_in_as(Role.VIEWER)
        _, wire = self.look(browser)
        for _ in range(29):
            self.pass_time(DAY)
        self.assertNotIn(b"event: gone", wire.value())
        self.assertTrue(self.works(browser))

    def test_it_ends_after_thirty_days(self) -> None:
        """However long it is looked at, after 30 days somebody has to log in again."""
        browser = self.logged_in_as(Role.VIEWER)
        _, wire = self.look(browser)
        self.pass_time(SCREEN_SECONDS)
        self.assertIn(b"event: gone", wire.value())
        self.assertFalse(self.works(browser))

    def test_who_may_do_more_is_logged_out(self) -> None:
        """The live view keeps nobody logged in who can change something, or read messages."""
        for role in (Role.READONLY, Role.MAINTAINER, Role.ADMIN):
            browser = self.logged_in_as(role)
            _, wire = self.look(browser)
            self.pass_time(IDLE_SECONDS)
            self.assertIn(b"event: gone", wire.value(), role)
            self.assertFalse(self.works(browser), role)

    def test_nobody_looks(self) -> None:
        """Without an open live page a Viewer's session is idle as any other, from the moment the page was left."""
        left, closed = self.logged_in_as(Role.VIEWER), self.logged_in_as(Role.VIEWER)
        channel, _ = self.look(closed)
        self.pass_time(IDLE_SECONDS)
        self.assertFalse(self.works(left))
        channel.connectionLost(Failure(ConnectionDone()))
        self.pass_time(IDLE_SECONDS - 1)
        self.assertTrue(self.works(closed))
        self.pass_time(IDLE_SECONDS)
        self.assertFalse(self.works(closed))

    def test_two_pages(self) -> None:
        """One of two pages that is left does not end the other."""
        browser = self.logged_in_as(Role.VIEWER)
        self.look(browser)
        channel, _ = self.look(browser)
        channel.connectionLost(Failure(ConnectionDone()))
        self.pass_time(WHOLE_SECONDS)
        self.assertTrue(self.works(browser))

    def test_an_edit_of_the_account_ends_it(self) -> None:
        """A Viewer who becomes more, gets another password, or is removed is logged out at once, screen or not."""
        browser = self.logged_in_as(Role.VIEWER)
        _, wire = self.look(browser)
        self.assertEqual(self.submit("/accounts/vera", role="admin", new_password="").status, 303)
        self.assertIn(b"event: gone", wire.value())
        self.assertFalse(self.works(browser))
        more = self.logged_in_as(Role.ADMIN)
        self.assertFalse(self.session_of(more).screen)

    def test_a_screen_makes_no_room(self) -> None:
        """Where one account has too many sessions, one ends at which nobody looks."""
        screen = self.logged_in_as(Role.VIEWER)
        _, wire = self.look(screen)
        for _ in range(OF_ONE):
            self.logged_in_as(Role.VIEWER)
        self.assertNotIn(b"event: gone", wire.value())
        self.assertTrue(self.works(screen))
