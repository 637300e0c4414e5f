"""Tests of `edge_twisted.web.own`, `gate`, `people` and `totp`: set-up, login, sessions and the own account."""

from pyotp import TOTP
from twisted.internet.defer import ensureDeferred

from edge_twisted.core.access_events import AccessStoreFailed
from edge_twisted.core.passwords import show_code
from edge_twisted.core.roles import Role
from edge_twisted.core.slowdown import FREE
from edge_twisted.store.accounts import Gone
from edge_twisted.store.errors import StoreError
from edge_twisted.web import sessions
from edge_twisted.web.sessions import IDLE_SECONDS, OF_ONE, WHOLE_SECONDS
from edge_twisted.web.totp import step_of
from edge_twisted.words import en
from tests.access import PASSWORD, account, make_access, quick_hash
from tests.web.asked import Told, parse
from tests.web.managed import Browser, ManagerCase, cookie_of

NEW = "another four random words"


class SetupTests(ManagerCase):
    """The first visit."""

    def setUp(self) -> None:
        super().setUp()
        self.kept.write_now(*(Gone("account", one.key) for one in self.people.accounts))
        self.people.load()
        self.code = show_code(self.people.setup_code)

    def set_up(self, code: str, name: str = "Anna", password: str = PASSWORD) -> tuple[int, str, str | None]:
        """Try to set up; the refusal."""
        return self.send("POST", "/setup", {"code": code, "name": name, "password": password}).refusal

    def test_code(self) -> None:
        """A first start makes a code of 80 bits, sealed on the disk, and the same one after a restart."""
        self.assertRegex(self.code, r"\A([A-Z2-7]{4}-){3}[A-Z2-7]{4}\Z")
        self.assertNotIn(self.people.setup_code, self.kept.rows["sealed", "setup-code"].content)
        self.people.load()
        self.assertEqual(show_code(self.people.setup_code), self.code)
        other = make_access(self.time, lambda: self.now, self.desk.bus.publish)
        self.assertNotEqual(other.people.setup_code, self.people.setup_code)

    def test_set_up(self) -> None:
        """L1: with the code the first visitor becomes the administrator, and is logged in; the code is gone for
        good."""
        self.assertEqual(self.send("GET", "/setup").json, {"needed": True})
        told = self.send("POST", "/setup", {"code": self.code.lower(), "name": "Anna", "password": PASSWORD})
        browser = self.logged_in(told)
        self.assertEqual((told.json["name"], told.json["role"]), ("Anna", "admin"))
        self.assertEqual(self.send("GET", "/accounts", None, *browser.headers).json["accounts"][0]["name"], "Anna")
        self.assertEqual(self.send("GET", "/setup").json, {"needed": False})
        self.assertEqual(self.set_up(self.code)[:2], (409, "setup-done"))
        self.assertEqual(list(self.kept.rows), [("account", "anna")])
        self.people.load()
        self.assertEqual(self.people.setup_code, b"")
        self.assertEqual(self.changes(), [("set-up", "account:Anna", "", "")])

    def test_wrong_code(self) -> None:
        """Another code makes nobody an administrator, and guesses are slowed down."""
        for code in ("", "AAAA-AAAA-AAAA-AAAA", "ä", self.code[:-1]):
            self.wait(60)
            self.assertEqual(self.set_up(code)[:2], (401, "setup-code-wrong"))
        for _ in range(FREE):
            self.set_up("")
        self.assertEqual(self.set_up(self.code)[:2], (429, "too-fast"))
        self.assertEqual(self.people.accounts, [])

    def test_no_default(self) -> None:
        """L1: before that nobody can log in, with any password."""
        for name in ("admin", "Anna", "root"):
            self.wait(60)
            self.assertEqual(self.login(name, "admin").refusal[:2], (401, "login-wrong"))

    def test_weak(self) -> None:
        """Name and password are looked at; the code can be used again then."""
        for name, password, word, field in (
            ("Anna", "short", "password-short", "password"),
            ("Anna", "x" * 1025, "password-long", "password"),
            ("Anna", "annaannaanna", "password-name", "password"),
            ("Anna", "passwordpassword", "password-common", "password"),
            ("An na", PASSWORD, "name-unusable", "name"),
        ):
            self.assertEqual(self.set_up(self.code, name, password), (422, word, field))
        self.assertEqual(
            self.send("POST", "/setup", {"code": self.code, "name": "A", "password": PASSWORD}).status, 200
        )

    def test_two_at_once(self) -> None:
        """Of two who set up at the same time one becomes the administrator."""
        self.kept.slow = True
        body = {"code": self.code, "name": "anna", "password": PASSWORD}
        wires = [self.begin("POST", "/v1/setup", {**body, "name": name})[1] for name in ("anna", "ben")]
        self.kept.finish()
        self.assertEqual([parse(wire.value()).status for wire in wires], [200, 409])
        self.assertEqual([one.name for one in self.people.accounts], ["anna"])

    def test_full_disk(self) -> None:
        """Where the disk takes nothing there is no administrator, and somebody is told."""
        self.kept.fault = StoreError("full")
        self.assertEqual(self.set_up(self.code)[:2], (503, "access-unsaved"))
        self.assertEqual(self.people.accounts, [])
        self.assertEqual(len(self.seen(AccessStoreFailed)), 1)
        self.kept.fault = None
        self.assertEqual(
            self.send("POST", "/setup", {"code": self.code, "name": "A", "password": PASSWORD}).status, 200
        )


class LoginTests(ManagerCase):
    """Coming in."""

    def test_login(self) -> None:
        """With name and password, in any letter case of the name, one gets a session, which only a browser keeps."""
        told = self.login("ANNA")
        self.logged_in(told)
        cookie = told.headers["set-cookie"]
        self.assertRegex(cookie, r"\A__Host-edge=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict\Z")
        self.assertNotIn(cookie_of(told), told.data.decode())
        self.assertEqual((told.json["name"], told.json["role"], told.json["way"]), ("anna", "admin", "account"))
        self.assertEqual(self.changes(), [("login", "account:anna", "", "")])

    def test_alike(self) -> None:
        """A wrong password and a name that nobody has get the same answer, after the same work."""
        told = [self.login("anna", "wrong"), self.login("nobody", PASSWORD), self.login("", "")]
        self.assertEqual(len({(one.status, one.data, *sorted(one.headers.items())) for one in told}), 1)
        self.assertEqual(told[0].refusal, (401, "login-wrong", None))
        self.assertEqual(len(self.hasher.compared), 3)
        self.assertEqual(self.refusals(), ["anna", "", ""])

    def test_slowed(self) -> None:
        """L5: who fails again and again waits, also with the right password; at most half a minute, and alone."""
        for _ in range(FREE):
            self.assertEqual(self.login("anna", "wrong").status, 401)
        told = self.login()
        self.assertEqual((told.refusal[:2], told.headers["retry-after"]), ((429, "too-fast"), "1"))
        self.assertEqual(len(self.hasher.compared), FREE)
        for _ in range(20):
            self.wait(30)
            self.login("anna", "wrong")
        self.assertEqual(self.login().headers["retry-after"], "30")
        self.address, other = "192.168.1.78", self.address
        self.assertEqual(self.login().status, 200)
        self.address = other
        self.wait(30)
        self.assertEqual(self.login().status, 200)

    def test_many_at_once(self) -> None:
        """Guesses that are made at the same time win nothing."""
        self.hasher.slow = True
        wires = [self.begin("POST", "/v1/login", {"name": "anna", "password": f"{n}"})[1] for n in range(20)]
        self.assertEqual(len(self.hasher.waiting), FREE)
        self.hasher.finish()
        self.assertEqual(sorted(parse(wire.value()).status for wire in wires), [401] * FREE + [429] * (20 - FREE))

    def test_crowded(self) -> None:
        """Where too many log in at once, one is asked to come again."""
        self.hasher.crowded = True
        told = self.login()
        self.assertEqual((told.refusal[:2], told.headers["retry-after"]), ((503, "crowded"), "2"))

    def test_changed_meanwhile(self) -> None:
        """A password that is changed while it is being compared lets nobody in any more."""
        self.hasher.slow = True
        _, wire = self.begin("POST", "/v1/login", {"name": "anna", "password": PASSWORD})
        self.kept.write_now(account("anna", Role.ADMIN, password=quick_hash(NEW)))
        self.people.load()
        self.hasher.finish()
        self.assertEqual(parse(wire.value()).refusal[:2], (401, "login-wrong"))
        self.assertEqual(len(self.people.sessions), 0)

    def test_full_disk(self) -> None:
        """A full disk keeps nobody out: who wants to see why must be able to come in."""
        self.kept.fault = StoreError("full")
        self.assertEqual(self.login().status, 200)
        self.assertEqual(len(self.seen(AccessStoreFailed)), 1)

    def test_last_login(self) -> None:
        """It is remembered when somebody came last."""
        self.login()
        self.assertEqual(self.kept.rows["account", "anna"].last_login, self.time())

    def test_body(self) -> None:
        """What lacks a name or a password, or has more, is refused before anything is compared."""
        for body in (
            {},
            {"name": "anna"},
            {"name": "anna", "password": 1},
            {"name": "a", "password": "b", "role": "x"},
        ):
            self.assertEqual(self.send("POST", "/login", body).status, 422)
        self.assertEqual(self.hasher.compared, [])

    def test_again(self) -> None:
        """Who logs in again in one browser has one session."""
        first = self.logged_in(self.login())
        told = self.send("POST", "/login", {"name": "anna", "password": PASSWORD}, *first.headers)
        self.logged_in(told)
        self.assertEqual(len(self.people.sessions), 1)


class SessionTests(ManagerCase):
    """What a session is good for, and for how long."""

    def works(self, browser: Browser) -> bool:
        """Whether the session still is one."""
        return self.send("GET", "/me", None, *browser.headers).status == 200

    def test_me(self) -> None:
        """Who asks is told who he is, with what a page needs."""
        browser = self.browser(Role.MAINTAINER)
        told = self.send("GET", "/me", None, browser.headers[0]).json
        self.assertEqual((told["name"], told["role"]), ("mira", "maintainer"))
        self.assertEqual((told["cross_site_token"], told["ends"]), (browser.token, self.time() + WHOLE_SECONDS))

    def test_idle(self) -> None:
        """A session in which nobody asks anything is over after half an hour."""
        browser = self.browser()
        for _ in range(5):
            self.wait(IDLE_SECONDS - 1)
            self.assertTrue(self.works(browser))
        self.wait(IDLE_SECONDS)
        self.assertFalse(self.works(browser))

    def test_whole(self) -> None:
        """After twelve hours every session is over, however busy."""
        browser = self.browser()
        for _ in range(12 * 4 - 1):
            self.wait(900)
            self.assertTrue(self.works(browser))
        self.wait(900)
        self.assertFalse(self.works(browser))

    def test_logout(self) -> None:
        """After a logout the cookie is good for nothing, and the browser is told to forget it."""
        browser = self.browser()
        told = self.send("POST", "/logout", None, *browser.headers)
        self.assertEqual(told.status, 200)
        self.assertRegex(told.headers["set-cookie"], r"\A__Host-edge=; Path=/; .*Max-Age=0\Z")
        self.assertFalse(self.works(browser))

    def test_list(self) -> None:
        """One sees one's own sessions, newest use first, and can end any of them; nobody else's."""
        mine, other = self.browser(), self.browser(Role.VIEWER)
        older = self.browser()
        self.works(mine)
        found = self.send("GET", "/me/sessions", None, *mine.headers).json["sessions"]
        self.assertEqual([one["current"] for one in found], [True, False])
        self.assertEqual(found[0]["address"], self.address)
        self.assertNotIn(mine.cookie, str(found))
        self.send("DELETE", f"/me/sessions/{found[1]['id']}", None, *mine.headers)
        self.assertEqual((self.works(mine), self.works(older)), (True, False))
        theirs = self.session_of(other).id
        self.assertEqual(self.send("DELETE", f"/me/sessions/{theirs}", None, *mine.headers).status, 404)
        self.assertTrue(self.works(other))

    def test_bounded(self) -> None:
        """Of one account there are only so many: the one that was not used for longest ends."""
        browsers = [self.browser() for _ in range(OF_ONE)]
        self.assertTrue(self.works(browsers[0]))
        self.browser()
        self.assertEqual([self.works(one) for one in browsers[:3]], [True, False, True])
        self.patch(sessions, "SESSIONS", OF_ONE)
        self.browser(Role.VIEWER)
        self.assertEqual(len(self.people.sessions), OF_ONE)

    def test_form(self) -> None:
        """A page without a script may show the cross-site token as a field of its form; a JSON body's is none."""
        browser = self.browser()
        kind = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
        body = f"x=1&edge_token={browser.token}".encode()
        self.assertEqual(self.send("POST", "/logout", body, browser.headers[0]).status, 403)
        self.assertEqual(self.send("POST", "/logout", body + b"&edge_token=x", browser.headers[0], kind).status, 403)
        self.assertEqual(self.send("POST", "/logout", body, browser.headers[0], kind).status, 200)

    def test_follower(self) -> None:
        """Who follows events hears nothing more once the session is over, by whatever way."""
        for end in (self.end_all, self.grow_old):
            browser = self.browser()
            _, wire = self.begin("GET", "/v1/events?follow=1", None, *browser.headers)
            self.assertIn(b"200 OK", wire.value())
            self.assertFalse(wire.aborted)
            end()
            self.assertTrue(wire.aborted)

    def end_all(self) -> None:
        """End the administrator's sessions."""
        self.people.sessions.end_all("anna")

    def grow_old(self) -> None:
        """Let all sessions grow too old, and let that be noticed."""
        self.wait(WHOLE_SECONDS)
        self.people.sweep()

    def test_hidden(self) -> None:
        """What stands in memory for a cookie is its hash, and neither it nor the token shows in a `repr`."""
        browser = self.browser()
        session = self.session_of(browser)
        for text in (repr(session), repr(self.people.sessions), repr(self.people)):
            self.assertNotIn(browser.cookie, text)
            self.assertNotIn(browser.token, text)


class OwnPasswordTests(ManagerCase):
    """Choosing another password."""

    def change(self, browser: Browser, old: str, new: str) -> Told:
        """Try to; the answer."""
        return self.send("POST", "/me/password", {"old": old, "new": new}, *browser.headers)

    def test_change(self) -> None:
        """It needs the present one; all other sessions end, and this one gets a new cookie."""
        mine, other = self.browser(), self.browser()
        told = self.send("POST", "/me/password", {"old": PASSWORD, "new": NEW}, *mine.headers)
        fresh = self.logged_in(told)
        for browser, status in ((mine, 401), (other, 401), (fresh, 200)):
            self.assertEqual(self.send("GET", "/me", None, *browser.headers).status, status)
        self.assertEqual((self.login().status, self.login("anna", NEW).status), (401, 200))
        self.assertIn(("password-changed", "account:anna", "", ""), self.changes())

    def test_wrong(self) -> None:
        """A wrong present one changes nothing and is slowed down as a login is; a weak new one changes nothing."""
        browser = self.browser()
        self.assertEqual(self.change(browser, PASSWORD, "short").refusal, (422, "password-short", "new"))
        for _ in range(FREE):
            self.assertEqual(self.change(browser, "x", NEW).refusal, (422, "own-password-wrong", "old"))
        self.assertEqual(self.change(browser, PASSWORD, NEW).refusal[:2], (429, "too-fast"))
        self.assertEqual(self.kept.rows["account", "anna"].password, quick_hash(PASSWORD))

    def test_accounts_only(self) -> None:
        """A program's token has no password to change, no second factor and no sessions."""
        shown, _ = self.successResultOf(ensureDeferred(self.people.add_token("x", Role.ADMIN, 0.0)))
        header = f"Authorization: Bearer {shown}"
        for method, path, body in (
            ("POST", "/me/password", {"old": PASSWORD, "new": NEW}),
            ("POST", "/me/second-factor", {"password": PASSWORD}),
            ("POST", "/me/second-factor/confirm", {"code": "123456"}),
            ("POST", "/me/second-factor/off", {"password": PASSWORD}),
            ("GET", "/me/sessions", None),
            ("POST", "/logout", None),
        ):
            self.assertEqual(self.send(method, path, body, header).refusal[:2], (409, "account-only"))
        self.assertEqual(self.send("GET", "/me", None, header).json, {"name": "x", "role": "admin", "way": "token"})


class SecondFactorTests(ManagerCase):
    """The second factor."""

    def begun(self, browser: Browser) -> str:
        """Begin; the secret."""
        told = self.send("POST", "/me/second-factor", {"password": PASSWORD}, *browser.headers)
        self.assertEqual(told.status, 200, told.data)
        secret = str(told.json["secret"])
        self.assertIn(f"secret={secret}", told.json["uri"])
        self.assertIn("EdgeManager%20edge.lan", told.json["uri"])
        self.assertTrue(told.json["svg"].startswith("<svg"))
        return secret

    def switched_on(self) -> str:
        """Switch it on for the administrator; the secret."""
        browser = self.browser()
        secret = self.begun(browser)
        body = {"code": self.code(secret)}
        self.logged_in(self.send("POST", "/me/second-factor/confirm", body, *browser.headers))
        return secret

    def code(self, secret: str, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return TOTP(secret).at(int(self.time()) + 30 * steps)

    def test_confirm(self) -> None:
        """It counts only once a code of it was given; then every login needs one, and other sessions are over."""
        browser, other = self.browser(), self.browser()
        secret = self.begun(browser)
        self.assertEqual(self.login().status, 200)
        wrong = self.send("POST", "/me/second-factor/confirm", {"code": "000000"}, *browser.headers)
        self.assertEqual(wrong.refusal, (422, "code-wrong", "code"))
        told = self.send("POST", "/me/second-factor/confirm", {"code": self.code(secret)}, *browser.headers)
        self.assertTrue(told.json["second_factor"])
        self.assertEqual(self.send("GET", "/me", None, *other.headers).status, 401)
        self.assertEqual(self.login().refusal, (401, "code-needed", "code"))
        self.wait(30)
        self.assertEqual(self.login(code=self.code(secret)).status, 200)

    def test_sealed(self) -> None:
        """Its secret stands on the disk only sealed."""
        secret = self.switched_on()
        kept = self.kept.rows["account", "anna"].second_factor
        self.assertGreater(len(kept), 40)
        self.assertNotIn(secret.encode(), kept)
        self.people.load()
        self.wait(30)
        self.assertEqual(self.login(code=self.code(secret)).status, 200)

    def test_once(self) -> None:
        """Each code is taken once, the one that switched it on too; also after a restart, and none before the last."""
        secret = self.switched_on()
        code = self.code(secret)
        self.assertEqual(self.login(code=code).refusal, (401, "login-wrong", None))
        self.wait(30)
        code = self.code(secret)
        self.assertEqual(self.login(code=code).status, 200)
        self.people.load()
        self.assertEqual(self.login(code=code).status, 401)
        self.assertEqual(self.login(code=self.code(secret, -1)).status, 401)
        self.wait(60)
        self.assertEqual(self.login(code=self.code(secret)).status, 200)

    def test_once_at_the_same_time(self) -> None:
        """Of two who use one code at the same time one comes in."""
        secret = self.switched_on()
        self.wait(30)
        self.hasher.slow = True
        body = {"name": "anna", "password": PASSWORD, "code": self.code(secret)}
        wires = [self.begin("POST", "/v1/login", body)[1] for _ in range(2)]
        self.hasher.finish()
        self.assertEqual(sorted(parse(wire.value()).status for wire in wires), [200, 401])

    def test_clocks(self) -> None:
        """A clock that is half a minute off either way is right enough; a minute is not."""
        secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        for around, good in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
            self.assertEqual(step_of(secret, TOTP(secret).at(1_800_000_000 + 30 * around), 1_800_000_000, 0) > 0, good)

    def test_typed(self) -> None:
        """A code may be typed with a space in it; anything else is wrong and harms nothing."""
        secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        code = TOTP(secret).at(1_800_000_000)
        self.assertGreater(step_of(secret, f" {code[:3]} {code[3:]} ", 1_800_000_000.0, 0), 0)
        for wrong in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "-12345", "1" * 10_000, f"{code}0"):
            self.assertEqual(step_of(secret, wrong, 1_800_000_000.0, 0), 0, wrong)

    def test_broken_seal(self) -> None:
        """A second factor whose seal cannot be opened lets nobody in: an empty secret would have codes that all can
        work out."""
        self.kept.write_now(account("anna", Role.ADMIN, second_factor=b"damaged"))
        self.people.load()
        self.assertEqual(self.people.second_factor(self.people.accounts[0]), "")
        self.assertEqual(self.login(code="328482").status, 401)
        self.assertEqual([step_of("", f"{code:06}", 59, 0) for code in range(0, 1_000_000, 997)], [0] * 1004)

    def test_rfc(self) -> None:
        """The codes are those of RFC 6238's table, as far as six digits go."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        for now, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
            self.assertEqual(step_of(secret, code, now, 0), now // 30)

    def test_wrong_password_first(self) -> None:
        """Who does not know the password learns nothing of a second factor."""
        self.switched_on()
        self.assertEqual(self.login("anna", "wrong").refusal, (401, "login-wrong", None))
        self.assertEqual(self.login("anna", "wrong", code="123456").refusal, (401, "login-wrong", None))

    def test_guesses(self) -> None:
        """Codes can be guessed no faster than passwords."""
        self.switched_on()
        for _ in range(FREE):
            self.assertEqual(self.login(code="000000").status, 401)
        self.assertEqual(self.login(code="000000").status, 429)

    def test_off(self) -> None:
        """It is switched off with the password, and not by who merely sits at the screen."""
        secret = self.switched_on()
        self.wait(30)
        browser = self.logged_in(self.login(code=self.code(secret)))
        path = "/me/second-factor/off"
        self.assertEqual(
            self.send("POST", path, {"password": "x"}, *browser.headers).refusal[:2], (422, "own-password-wrong")
        )
        self.assertEqual(self.send("POST", path, {"password": PASSWORD}, *browser.headers).status, 200)
        self.assertEqual(self.login().status, 200)
        self.assertEqual(
            [what for what, *_ in self.changes() if what.startswith("factor")], ["factor-on", "factor-off"]
        )

    def test_twice(self) -> None:
        """A second one cannot take the place of the first, and what was not begun cannot be confirmed."""
        self.switched_on()
        self.wait(60)
        browser = self.browser()
        begin = self.send("POST", "/me/second-factor", {"password": PASSWORD}, *browser.headers)
        self.assertEqual(begin.refusal[:2], (409, "factor-on"))
        confirm = self.send("POST", "/me/second-factor/confirm", {"code": "1"}, *self.browser(Role.VIEWER).headers)
        self.assertEqual(confirm.refusal[:2], (409, "factor-none"))


class WordsTests(ManagerCase):
    """What people are told."""

    def test_no_secret(self) -> None:
        """No event of all this holds a password, a cookie, a code or a token."""
        told = self.login()
        self.login("anna", "a wrong password")
        self.login("my password is hunter2", "x")
        text = repr(self.events)
        for secret in (PASSWORD, "a wrong password", "hunter2", cookie_of(told), told.json["cross_site_token"]):
            self.assertNotIn(secret, text)

    def test_sentences(self) -> None:
        """Refusals have their words."""
        self.assertEqual(self.login("x", "y").json["message"], en.API["login-wrong"] + ".")
