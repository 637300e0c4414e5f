"""Tests of `edge_twisted.web.staff` and of tokens: accounts of others, programs, the label."""

from typing import Any

from edge_twisted.core.accounts import ACCOUNTS, TOKENS
from edge_twisted.core.passwords import read_code
from edge_twisted.core.roles import Role
from edge_twisted.store.accounts import Gone
from edge_twisted.store.errors import StoreError
from edge_twisted.web.control import ControlSite
from tests.access import PASSWORD, account, quick_hash
from tests.web.asked import Told
from tests.web.managed import ManagerCase

NEW = "another four random words"
DAY = 86_400.0


class AccountsTests(ManagerCase):
    """Accounts, changed by an administrator."""

    def setUp(self) -> None:
        super().setUp()
        self.me = self.browser()

    def do(self, method: str, path: str, body: object = None) -> Told:
        """Ask as the administrator."""
        return self.send(method, path, body, *self.me.headers)

    def listed(self) -> list[str]:
        """The names in the list."""
        return [one["name"] for one in self.do("GET", "/accounts").json["accounts"]]

    def test_list(self) -> None:
        """All accounts by name, without anything secret."""
        self.assertEqual(self.listed(), ["anna", "mira", "ruud", "vera"])
        told = self.do("GET", "/accounts")
        self.assertNotIn(quick_hash(PASSWORD).encode(), told.data)
        self.assertEqual(
            told.json["accounts"][0],
            {
                "name": "anna",
                "role": "admin",
                "second_factor": False,
                "created": 0.0,
                "changed": 0.0,
                "last_login": None,
            },
        )

    def test_add(self) -> None:
        """A new account can log in at once; its name is taken then, in any letter case."""
        told = self.do("POST", "/accounts", {"name": "Ben", "role": "readonly", "password": NEW})
        self.assertEqual((told.status, told.json["role"], told.json["created"]), (200, "readonly", self.time()))
        self.assertEqual(self.login("ben", NEW).status, 200)
        again = self.do("POST", "/accounts", {"name": "BEN", "role": "admin", "password": NEW})
        self.assertEqual(again.refusal, (409, "account-taken", "name"))
        self.assertIn(("account-added", "account:anna", "Ben", "readonly"), self.changes())

    def test_add_wrong(self) -> None:
        """A role that there is not, a weak password and an unusable name are refused."""
        body = {"name": "ben", "role": "viewer", "password": NEW}
        for change, refusal in (
            ({"role": "root"}, (422, "field-wrong", "role")),
            ({"password": "x"}, (422, "password-short", "password")),
            ({"name": "b/en"}, (422, "name-unusable", "name")),
        ):
            self.assertEqual(self.do("POST", "/accounts", body | change).refusal, refusal)
        self.assertEqual(len(self.listed()), 4)

    def test_bounded(self) -> None:
        """There is an end to accounts."""
        self.kept.write_now(*(account(f"user{number}", Role.VIEWER) for number in range(ACCOUNTS - 4)))
        self.people.load()
        told = self.do("POST", "/accounts", {"name": "one-more", "role": "viewer", "password": NEW})
        self.assertEqual(told.refusal[:2], (409, "accounts-full"))

    def test_role(self) -> None:
        """A changed role ends the account's sessions, so that nobody goes on as what he was."""
        theirs = self.browser(Role.MAINTAINER)
        self.assertEqual(self.do("PUT", "/accounts/mira", {"role": "viewer"}).json["role"], "viewer")
        self.assertEqual(self.send("GET", "/me", None, *theirs.headers).status, 401)
        self.assertEqual(self.changes(), [("role-changed", "account:anna", "mira", "viewer")])

    def test_reset(self) -> None:
        """A new password ends the sessions; the second factor goes where that is asked for."""
        sealed = self.kept.seal("second-factor:mira", b"JBSWY3DPEHPK3PXP")
        self.kept.write_now(account("mira", Role.MAINTAINER, second_factor=sealed))
        self.people.load()
        theirs = self.browser(Role.MAINTAINER)
        self.do("PUT", "/accounts/MIRA", {"password": NEW})
        self.assertEqual(self.send("GET", "/me", None, *theirs.headers).status, 401)
        self.assertEqual(self.login("mira", NEW).refusal[:2], (401, "code-needed"))
        self.do("PUT", "/accounts/mira", {"second_factor_off": True})
        self.assertEqual(self.login("mira", NEW).status, 200)
        self.assertEqual([what for what, *_ in self.changes()], ["password-reset", "factor-removed", "login"])

    def test_own(self) -> None:
        """The own password is changed with the present one only: not by who found the screen unlocked."""
        for body, field in (({"password": NEW}, "password"), ({"second_factor_off": True}, "second_factor_off")):
            self.assertEqual(self.do("PUT", "/accounts/Anna", body).refusal, (409, "own-account", field))

    def test_last_admin(self) -> None:
        """The last administrator can be neither removed nor made something less; with another one, both."""
        self.assertEqual(self.do("DELETE", "/accounts/anna").refusal, (409, "last-admin", "name"))
        self.assertEqual(self.do("PUT", "/accounts/anna", {"role": "viewer"}).refusal, (409, "last-admin", "role"))
        self.do("PUT", "/accounts/mira", {"role": "admin"})
        self.assertEqual(self.do("DELETE", "/accounts/anna").status, 200)
        self.assertEqual(self.do("GET", "/accounts").status, 401)

    def test_last_admin_at_once(self) -> None:
        """Two administrators who remove each other at the same time leave one."""
        self.kept.write_now(account("ben", Role.ADMIN))
        self.people.load()
        self.kept.slow = True
        self.begin("DELETE", "/v1/accounts/ben", None, *self.me.headers)
        self.begin("DELETE", "/v1/accounts/anna", None, *self.me.headers)
        self.kept.finish()
        self.kept.finish()
        self.assertEqual([one.name for one in self.people.accounts if one.role is Role.ADMIN], ["anna"])

    def test_remove(self) -> None:
        """Who is removed is out at once."""
        theirs = self.browser(Role.VIEWER)
        told = self.do("DELETE", "/accounts/vera")
        self.assertEqual([one["name"] for one in told.json["accounts"]], ["anna", "mira", "ruud"])
        self.assertEqual(self.send("GET", "/me", None, *theirs.headers).status, 401)
        self.assertEqual(self.login("vera").status, 401)
        self.assertEqual(self.do("DELETE", "/accounts/vera").refusal, (404, "account-unknown", "name"))

    def test_full_disk(self) -> None:
        """What cannot be written did not happen: nobody is shut out, or let in, until the next start only."""
        theirs = self.browser(Role.VIEWER)
        self.kept.fault = StoreError("full")
        for method, path, body in (
            ("DELETE", "/accounts/vera", None),
            ("PUT", "/accounts/vera", {"role": "admin"}),
            ("POST", "/accounts", {"name": "ben", "role": "viewer", "password": NEW}),
            ("POST", "/tokens", {"label": "x", "role": "viewer"}),
        ):
            self.assertEqual(self.do(method, path, body).refusal[:2], (503, "access-unsaved"))
        self.assertEqual(self.send("GET", "/me", None, *theirs.headers).json["role"], "viewer")
        self.assertEqual((self.listed(), self.people.tokens), (["anna", "mira", "ruud", "vera"], []))


class TokensTests(ManagerCase):
    """Tokens of programs."""

    def setUp(self) -> None:
        super().setUp()
        self.me = self.browser()

    def made(self, **body: Any) -> tuple[str, dict[str, Any]]:
        """Make one; what it is, and what the list has of it."""
        told = self.send("POST", "/tokens", {"label": "meters", "role": "readonly", **body}, *self.me.headers)
        self.assertEqual(told.status, 200, told.data)
        return told.json["token"], told.json["made"]

    def status(self, token: str, method: str = "GET", path: str = "/chargers", body: object = None) -> int:
        """What a program with that token is answered."""
        return self.send(method, path, body, f"Authorization: Bearer {token}").status

    def test_use(self) -> None:
        """A program comes in with it, may do what its role may, and needs neither cookie nor cross-site token."""
        token, _ = self.made()
        self.assertRegex(token, r"\Aedge_[A-Za-z0-9_-]{43}\Z")
        self.assertEqual(self.status(token), 200)
        self.assertEqual(self.status(token, "GET", "/events"), 200)
        self.assertEqual(self.status(token, "POST", "/chargers/CP001/pin"), 403)
        self.absent_charger()
        token, _ = self.made(role="maintainer")
        self.assertEqual(self.status(token, "POST", "/chargers/CP001/wss-only", {"on": True}), 200)
        self.assertEqual(self.edits()[-1][1], "token:meters")

    def test_cookie_beside(self) -> None:
        """Where a token is shown it counts, and the cookie beside it does not."""
        token, _ = self.made(role="viewer")
        told = self.send("GET", "/accounts", None, f"Authorization: Bearer {token}", *self.me.headers)
        self.assertEqual(told.status, 403)

    def test_once(self) -> None:
        """It is shown once: neither list nor disk has it."""
        token, made = self.made()
        told = self.send("GET", "/tokens", None, *self.me.headers)
        self.assertNotIn(token.encode(), told.data)
        self.assertEqual(told.json["tokens"], [made])
        self.assertNotIn(token, repr(self.kept.rows))
        self.assertNotIn(token, repr(self.events))

    def test_ends(self) -> None:
        """It is over at its end; without one it is good for ever."""
        token, made = self.made(days=10)
        self.assertEqual(made["ends"], self.time() + 10 * DAY)
        endless, made = self.made(days=None)
        self.assertIs(made["ends"], None)
        self.wait(10 * DAY - 1)
        self.assertEqual(self.status(token), 200)
        self.wait(1)
        self.assertEqual((self.status(token), self.status(endless)), (401, 200))

    def test_remove(self) -> None:
        """A removed one is good for nothing at once, also for who follows events with it."""
        token, made = self.made()
        _, wire = self.begin("GET", "/v1/events?follow=1", None, f"Authorization: Bearer {token}")
        self.assertIn(b"200 OK", wire.value())
        self.assertEqual(self.send("DELETE", f"/tokens/{made['id']}", None, *self.me.headers).json, {"tokens": []})
        self.assertTrue(wire.aborted)
        self.assertEqual(self.status(token), 401)
        self.assertEqual(self.send("DELETE", f"/tokens/{made['id']}", None, *self.me.headers).status, 404)
        self.assertEqual([what for what, *_ in self.changes()], ["token-added", "token-removed"])

    def test_end_of_follower(self) -> None:
        """Who follows events with a token is dropped at its end."""
        token, _ = self.made(days=1)
        _, wire = self.begin("GET", "/v1/events?follow=1", None, f"Authorization: Bearer {token}")
        self.people.sweep()
        self.assertFalse(wire.aborted)
        self.wait(DAY)
        self.people.sweep()
        self.assertTrue(wire.aborted)

    def test_restart(self) -> None:
        """It is good after a restart."""
        token, _ = self.made()
        self.people.load()
        self.assertEqual(self.status(token), 200)

    def test_last_used(self) -> None:
        """It is remembered when it was used, and written down once an hour at most."""
        token, made = self.made()
        began = self.time()
        self.status(token)
        self.assertEqual(self.kept.rows["token", made["id"]].last_used, began)
        self.wait(3599)
        self.status(token)
        self.assertEqual(self.kept.rows["token", made["id"]].last_used, began)
        self.wait(1)
        self.status(token)
        self.assertEqual(self.kept.rows["token", made["id"]].last_used, began + 3600)

    def test_wrong(self) -> None:
        """A token needs words for what it is for, and a sensible time."""
        for body, refusal in (
            ({"label": " \u202e"}, (422, "label-missing", "label")),
            ({"days": 0}, (422, "days", "days")),
            ({"days": 3651}, (422, "days", "days")),
            ({"days": "x"}, (422, "field-wrong", "days")),
        ):
            told = self.send("POST", "/tokens", {"label": "x", "role": "viewer", **body}, *self.me.headers)
            self.assertEqual(told.refusal, refusal)

    def test_bounded(self) -> None:
        """There is an end to tokens."""
        for _ in range(TOKENS):
            self.made()
        told = self.send("POST", "/tokens", {"label": "x", "role": "viewer"}, *self.me.headers)
        self.assertEqual(told.refusal[:2], (409, "tokens-full"))


class LabelTests(ManagerCase):
    """The label."""

    def label(self) -> dict[str, Any]:
        """What belongs on it, as the box's own root is told."""
        self._site = ControlSite(self.api.resource(), self.reactor)
        told: dict[str, Any] = self.send("GET", "/label").json
        return told

    def test_first(self) -> None:
        """Before the set-up it has the code, and the link leads to the set-up with it, behind the mark that no browser
        sends."""
        self.kept.write_now(*(Gone("account", one.key) for one in self.people.accounts))
        self.people.load()
        told = self.label()
        self.assertEqual(read_code(told["code"]), self.people.setup_code)
        self.assertEqual(told["link"], f"https://edge.lan:8443/#setup={told['code']}")
        self.assertEqual(told["address"], "https://edge.lan:8443/")
        self.assertEqual(told["addresses"], ["https://192.168.1.2:8443/"])
        self.assertEqual(told["fingerprint"], "AB:CD")

    def test_addresses(self) -> None:
        """It names addresses that lead here from elsewhere: neither the loopback nor link-local ones."""
        here = ["127.0.0.1", "192.168.1.2", "::1", "fd00::2", "fe80::1"]
        self.access.staff.addresses = lambda: here
        self.assertEqual(self.label()["addresses"], ["https://192.168.1.2:8443/"])
        here.remove("192.168.1.2")
        self.assertEqual(self.label()["addresses"], ["https://[fd00::2]:8443/"])

    def test_closed(self) -> None:
        """Where EdgeManager is switched off there is nothing to print."""
        self.access.staff.ports.clear()
        self._site = ControlSite(self.api.resource(), self.reactor)
        self.assertEqual(self.send("GET", "/label").refusal[:2], (409, "manager-closed"))

    def test_later(self) -> None:
        """Once there is an administrator it has none."""
        told = self.label()
        self.assertEqual((told["code"], told["link"]), (None, "https://edge.lan:8443/"))


class EndpointTests(ManagerCase):
    """Where a charger may be sent, by whom."""

    def setUp(self) -> None:
        super().setUp()
        self.absent_charger()

    def put(self, body: object, role: Role = Role.MAINTAINER, method: str = "PUT", what: str = "uplink") -> Told:  # type: ignore[override]  # it takes what its tests need
        """Set the uplink, or test one, as somebody of that role."""
        return self.send(method, f"/chargers/CP001/{what}", body, *self.browser(role).headers)

    def test_other_host(self) -> None:
        """Another host than the configured ones takes an administrator, and is told as an alarm."""
        body = {"endpoint": "wss://central.evil.example"}
        self.assertEqual(self.put(body).refusal, (403, "role-endpoint", "endpoint"))
        self.assertEqual((self.edits(), self.alarms()), ([], []))
        self.assertEqual(self.put(body, Role.ADMIN).status, 200)
        self.assertEqual(self.alarms(), ["other-host"])

    def test_test(self) -> None:
        """So does a test: what is known of the charger would be shown there."""
        body = {"endpoint": "wss://central.evil.example"}
        self.assertEqual(self.put(body, method="POST", what="test").refusal[:2], (403, "role-endpoint"))
        self.assertEqual(self.trials, [])
        self.assertEqual(self.put(body, Role.ADMIN, "POST", "test").status, 200)

    def test_same_host(self) -> None:
        """A maintainer may choose among the configured hosts, and what an administrator chose may stay."""
        self.assertEqual(self.put({"endpoint": "wss://wss.evc-net.com/other"}).status, 200)
        self.put({"endpoint": "wss://central.evil.example"}, Role.ADMIN)
        self.assertEqual(self.put({"endpoint": "wss://central.evil.example", "clear_secret": True}).status, 200)
        self.assertEqual(self.put({"endpoint": "wss://central.evil.example/other"}).status, 403)
        self.assertEqual(self.put({"endpoint": None}).status, 200)
