"""Accounts and tokens by pages."""

from typing import Any

from edge_twisted.core.roles import Role
from tests.access import PASSWORD
from tests.web.site.rooms import RoomCase, text_of

NEW = "another four random words"


class AccountsTests(RoomCase):
    """An administrator looks after those who may come in."""

    def test_add_change_remove(self) -> None:
        """An account is made, changed and removed; each step is told to the journal."""
        told = self.submit("/accounts", name="paula", role="maintainer", password=NEW)
        self.assertIn("paula can log in now.", text_of(self.follow(told, Role.ADMIN)))
        self.assertEqual(self.login("paula", NEW).status, 200)
        told = self.submit("/accounts/paula", role="readonly", new_password="")
        self.assertEqual(told.status, 303)
        account = self.people.account("paula")
        assert account is not None
        self.assertIs(account.role, Role.READONLY)
        self.assertIn("paula is logged out everywhere", text_of(self.open("/accounts/paula/remove")))
        told = self.submit("/accounts/paula/remove")
        self.assertIn("can't log in any more", text_of(self.follow(told, Role.ADMIN)))
        self.assertEqual(self.login("paula", NEW).status, 401)
        self.assertEqual(
            [what for what, *_ in self.changes()], ["account-added", "login", "role-changed", "account-removed"]
        )

    def test_errors_beside_their_fields(self) -> None:
        """What is wrong is said where it stands, and a password is never sent back."""
        for fields, wrong in (
            ({"name": "vera", "password": NEW}, "name"),
            ({"name": "a b", "password": NEW}, "name"),
            ({"name": "paula", "password": "short"}, "password"),
            ({"name": "paula", "password": NEW, "role": "king"}, "role"),
        ):
            sent: dict[str, Any] = {"role": "viewer", **fields}
            told = self.submit("/accounts", **sent)
            self.assertEqual(told.status, 422, fields)
            self.assertIn(f'href="#f-{wrong}"', told.data.decode())
            self.assertNotIn(NEW.encode(), told.data)
        self.assertIsNone(self.people.account("paula"))

    def test_the_last_administrator_stays(self) -> None:
        """Nobody can shut everybody out."""
        told = self.submit("/accounts/anna", role="viewer")
        self.assertIn("Make another administrator first", text_of(told))
        told = self.submit("/accounts/anna/remove")
        self.assertIn("Make another administrator first", text_of(self.follow(told, Role.ADMIN)))

    def test_own_account(self) -> None:
        """The own password is changed under the own account only."""
        told = self.open("/accounts/anna")
        self.assertNotIn(b"new_password", told.data)
        self.assertEqual(self.submit("/accounts/anna", role="admin", new_password=NEW).status, 422)

    def test_new_password_for_somebody(self) -> None:
        """Who forgot a password gets another one, and every login with the old one ends."""
        browser = self.browser(Role.VIEWER)
        self.submit("/accounts/vera", role="viewer", new_password=NEW)
        self.assertEqual(self.open("/me", browser).status, 303)
        self.assertEqual(self.login("vera", NEW).status, 200)

    def test_two_at_once(self) -> None:
        """A role that somebody else took away meanwhile does not come back with a new password from an older page."""
        self.submit("/accounts/mira", role="admin", role_was="maintainer")
        self.assertIn('name="role_was" value="admin"', self.open("/accounts/mira").data.decode())
        self.submit("/accounts/mira", role="viewer", role_was="admin")
        told = self.submit("/accounts/mira", role="admin", role_was="admin", new_password=NEW)
        account = self.people.account("mira")
        assert account is not None
        self.assertEqual((told.status, account.role), (303, Role.VIEWER))

    def test_nobody_of_that_name(self) -> None:
        """A name that is gone is told, whatever is in it."""
        told = self.open("/accounts/%3Cscript%3E")
        self.assertEqual(told.status, 404)
        self.assertNotIn(b"<script>", told.data)

    def test_tokens(self) -> None:
        """A token is shown on one page only, works, and is worth nothing once it is removed."""
        browser = self.browser()
        told = self.submit("/accounts-tokens", browser, label="<b>monitoring", token_role="readonly", days="30")
        self.assertEqual(told.status, 200)
        self.assertNotIn(b"<b>monitoring", told.data)
        shown = told.data.decode().partition('data-copy="')[2].partition('"')[0]
        self.assertEqual(self.send("GET", "/events", None, f"Authorization: Bearer {shown}").status, 200)
        told = self.open("/accounts", browser)
        self.assertNotIn(shown.encode(), told.data)
        [token] = self.people.tokens
        told = self.submit(f"/accounts-tokens/{token.id}/remove", browser)
        self.assertIn("worth nothing", text_of(self.follow(told, browser)))
        self.assertEqual(self.send("GET", "/events", None, f"Authorization: Bearer {shown}").status, 401)

    def test_wrong_tokens(self) -> None:
        """A token needs a label and a number of days that can be one."""
        for label, days, wrong in (
            ("", "1", "label"),
            ("x", "0", "days"),
            ("x", "one", "days"),
            ("x", "99999999", "days"),
        ):
            told = self.submit("/accounts-tokens", label=label, token_role="viewer", days=days)
            self.assertEqual(told.status, 422, label + days)
            self.assertIn(f'href="#f-{wrong}"', told.data.decode())
        self.assertEqual(self.people.tokens, [])


class OwnTests(RoomCase):
    """My account."""

    def test_password(self) -> None:
        """The own password is changed with the present one; other logins end, this one goes on."""
        browser, other = self.browser(Role.VIEWER), self.browser(Role.VIEWER)
        told = self.submit("/me/password", browser, old="wrong one", new=NEW)
        self.assertEqual(told.status, 422)
        self.assertIn('href="#f-old"', told.data.decode())
        told = self.submit("/me/password", browser, old=PASSWORD, new=NEW)
        self.assertEqual(told.status, 303, text_of(told))
        self.assertIn("set-cookie", told.headers)
        self.assertEqual(self.open("/me", other).status, 303)
        self.assertEqual(self.login("vera", NEW).status, 200)

    def test_second_factor(self) -> None:
        """The picture is there until its first code; a wrong code leaves it off."""
        browser = self.browser(Role.VIEWER)
        self.assertEqual(self.submit("/me/second-factor", browser, proof="wrong").status, 422)
        told = self.submit("/me/second-factor", browser, proof=PASSWORD)
        told = self.follow(told, browser)
        self.assertIn(b"<svg", told.data)
        told = self.submit("/me/second-factor/confirm", browser, code="000000")
        self.assertEqual(told.status, 422)
        self.assertIn(b"<svg", told.data)
        account = self.people.account("vera")
        assert account is not None
        self.assertFalse(account.second_factor)

    def test_sessions(self) -> None:
        """Another login can be ended; only one's own."""
        browser, other, hers = self.browser(Role.VIEWER), self.browser(Role.VIEWER), self.browser(Role.ADMIN)
        self.assertEqual(self.submit(f"/me/sessions/{self.session_of(hers).id}/end", browser).status, 404)
        told = self.submit(f"/me/sessions/{self.session_of(other).id}/end", browser)
        self.assertEqual(told.headers["location"][:4], "/me?")
        self.assertEqual(self.open("/me", other).status, 303)
        told = self.submit(f"/me/sessions/{self.session_of(browser).id}/end", browser)
        self.assertEqual(told.headers["location"][:7], "/login?")

    def test_hostile_browser(self) -> None:
        """What a browser calls itself is text."""
        told = self.submit("/login", None, "User-Agent: <script>alert(1)</script>", name="vera", password=PASSWORD)
        self.assertEqual(told.status, 303)
        self.assertNotIn(b"<script>alert", self.open("/me", Role.VIEWER).data)

    def test_token(self) -> None:
        """A program that opens the page is told that it has no account of its own."""
        browser = self.browser()
        told = self.submit("/accounts-tokens", browser, label="x", token_role="viewer", days="")
        shown = told.data.decode().partition('data-copy="')[2].partition('"')[0]
        told = self.open("/me", None, f"Authorization: Bearer {shown}")
        self.assertIn("came in with a token", text_of(told))
