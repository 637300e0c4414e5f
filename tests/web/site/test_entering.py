"""Coming in by a page: the first visit, the login, and the way out."""

from typing import Any

from pyotp import TOTP

from edge_twisted.core.passwords import show_code
from edge_twisted.core.roles import Role
from edge_twisted.web.site.entrance import safe_path
from tests.access import PASSWORD
from tests.web.asked import Told
from tests.web.managed import Browser, cookie_of
from tests.web.site.rooms import RoomCase, text_of


class LoginTests(RoomCase):
    """A box that has its administrator."""

    def log_in(self, **given: str) -> Told:
        """Send the login's form."""
        fields: dict[str, Any] = {"name": "anna", "password": PASSWORD, **given}
        return self.submit("/login", None, **fields)

    def test_nobody_is_sent_to_the_login_and_back(self) -> None:
        """Who is not logged in comes to the login, and from there to where he wanted to be, with a session."""
        told = self.open("/journal?kind=trouble", None)
        self.assertEqual(told.headers["location"], "/login?next=%2Fjournal%3Fkind%3Dtrouble")
        self.assertEqual(self.open(told.headers["location"], None).status, 200)
        told = self.log_in(next="/journal?kind=trouble")
        self.assertEqual((told.status, told.headers["location"]), (303, "/journal?kind=trouble"))
        for part in ("Secure", "HttpOnly", "SameSite=Strict"):
            self.assertIn(part, told.headers["set-cookie"])
        session = self.people.sessions.find(cookie_of(told))
        assert session is not None
        self.assertEqual(self.open("/journal", Browser(cookie_of(told), "")).status, 200)

    def test_login_is_over(self) -> None:
        """Who is logged in no longer is told so; also that what he sent was not done, and he comes back to its page."""
        browser = self.browser()
        self.people.sessions.end(self.session_of(browser))
        told = self.open("/journal?kind=trouble&notice=old", browser)
        self.assertTrue(told.headers["location"].startswith("/login?next=%2Fjournal%3Fkind%3Dtrouble&notice="))
        self.assertIn("You are no longer logged in.", text_of(self.follow(told, browser)))
        at = "Referer: https://edge.lan:8443/chargers/abcd/settings/network/uplink?notice=old"
        for who in (browser, None):
            told = self.submit("/chargers/abcd/settings/network/uplink", who, at, endpoint="wss://other.example")
            page = self.follow(told, who)
            self.assertIn("so nothing was changed", text_of(page))
            self.assertIn('name="next" value="/chargers/abcd/settings/network/uplink"', page.data.decode())
        for address in (
            "https://edge.lan/accounts-tokens",
            "https://[",
            "about:blank",
            "//evil.example/x",
            "https://x",
        ):
            told = self.submit("/accounts-tokens", None, f"Referer: {address}", label="x")
            self.assertTrue(told.headers["location"].startswith("/login?notice="), address)  # nothing to open there
        self.assertEqual(self.submit("/logout", browser).headers["location"], "/login")

    def test_the_way_back_leads_nowhere_else(self) -> None:
        """The path to go on to is one of ours, or it is the first page."""
        for text in (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:x",
            "",
            "/a b",
            "/login?next=/login",
        ):
            self.assertEqual(safe_path(text), "/", text)
            self.assertEqual(self.log_in(next=text).headers["location"], "/")
        self.assertEqual(safe_path("/chargers/ab12?x=1"), "/chargers/ab12?x=1")

    def test_what_is_wrong_is_not_told_apart(self) -> None:
        """A wrong name and a wrong password look the same; what was typed as a password is not sent back."""
        one, two = (
            self.log_in(password="not this one at all"),
            self.log_in(name="nobody", password="not this one at all"),
        )
        for told in (one, two):
            self.assertEqual(told.status, 401)
            self.assertNotIn("set-cookie", told.headers)
            self.assertNotIn(b"not this one", told.data)
            self.assertIn("Name, password or code is wrong", text_of(told))
        self.assertEqual(one.data.replace(b"anna", b"nobody"), two.data)

    def test_empty_fields(self) -> None:
        """What is missing is said beside its field, and nobody is slowed down by it."""
        told = self.log_in(name="", password="")
        self.assertEqual(told.status, 422)
        self.assertIn('id="e-name"', told.data.decode())
        self.assertIn('id="e-password"', told.data.decode())
        self.assertEqual(self.refusals(), [])

    def test_too_fast(self) -> None:
        """Who guesses has to wait, and is told how long."""
        told = self.log_in(password="wrong")
        while told.status == 401:
            told = self.log_in(password="wrong")
        self.assertEqual(told.status, 429)
        self.assertGreater(int(told.headers["retry-after"]), 0)

    def test_second_factor(self) -> None:
        """With a second factor the page asks for its code."""
        browser = self.browser()
        self.submit("/me/second-factor", browser, proof=PASSWORD)
        secret = self.session_of(browser).new_factor
        told = self.submit("/me/second-factor/confirm", browser, code=TOTP(secret).at(int(self.time())))
        self.assertEqual(told.status, 303, text_of(told))
        self.wait(60)
        self.assertIn("authenticator app shows", text_of(self.log_in()))
        code = TOTP(secret).at(int(self.time()))
        self.assertEqual(self.log_in(code=f"{code[:3]} {code[3:]}").status, 303)

    def test_hostile_name(self) -> None:
        """What is typed as a name is text on the page."""
        told = self.log_in(name='"><script>alert(1)</script>', password="x" * 20)
        self.assertNotIn(b"<script>", told.data)

    def test_log_out(self) -> None:
        """The session ends, and the cookie goes; without the cross-site token nothing happens."""
        browser = self.browser()
        told = self.submit("/logout", browser, token=False)
        self.assertEqual(told.status, 403)
        self.assertIn("out of date", text_of(told))
        told = self.submit("/logout", browser)
        self.assertIn("Max-Age=0", told.headers["set-cookie"])
        self.assertEqual(self.open("/me", browser).status, 303)

    def test_logged_in_already(self) -> None:
        """Who has a session is not asked again."""
        self.assertEqual(self.open("/login?next=/box", Role.VIEWER).headers["location"], "/box")

    def test_set_up_is_over(self) -> None:
        """The page of the first visit is no more, and says nothing of the code."""
        self.assertEqual(self.open("/setup", None).headers["location"], "/login")
        told = self.submit("/setup", None, code="x", name="eve", password=PASSWORD)
        self.assertTrue(told.headers["location"].startswith("/login?notice="))


class FirstVisitTests(RoomCase):
    """A box that waits for its administrator."""

    def setUp(self) -> None:
        super().setUp()
        self.kept.rows.clear()
        self.people.load()
        self.code = show_code(self.people.setup_code)

    def test_first_visit(self) -> None:
        """The label's code makes the first visitor the administrator, who is logged in by it."""
        self.assertEqual(self.open("/", None).headers["location"], "/setup")
        self.assertEqual(self.open("/login", None).headers["location"], "/setup")
        self.assertNotIn(self.code.encode(), self.open("/setup", None).data)
        told = self.submit("/setup", None, code=self.code.lower(), name="anna", password=PASSWORD)
        self.assertEqual(told.status, 303, text_of(told))
        account = self.people.account("anna")
        assert account is not None
        self.assertIs(account.role, Role.ADMIN)
        self.assertIn(
            "Welcome", text_of(self.open("/me?" + told.headers["location"][2:], Browser(cookie_of(told), "")))
        )

    def test_wrong_code(self) -> None:
        """Without the code nobody becomes anything; what else was entered stays, but not the password."""
        told = self.submit("/setup", None, code="AAAA-AAAA-AAAA-AAAA", name="eve", password=PASSWORD)
        self.assertEqual(told.status, 401)
        self.assertIn(b'value="eve"', told.data)
        self.assertNotIn(PASSWORD.encode(), told.data)
        self.assertEqual(self.people.accounts, [])

    def test_weak_password(self) -> None:
        """A weak password is named beside its field, and the code is not used up."""
        told = self.submit("/setup", None, code=self.code, name="anna", password="short")
        self.assertEqual(told.status, 422)
        self.assertIn('id="e-password"', told.data.decode())
        self.assertTrue(self.people.setup_code)
