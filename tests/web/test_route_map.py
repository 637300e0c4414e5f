"""Every route of the API, over EdgeManager's listener, by everybody who may not: the whole table is walked."""

import re
from collections.abc import Iterator
from typing import Final

from attrs import evolve
from twisted.internet.defer import ensureDeferred

from edge_twisted.core.roles import Role
from edge_twisted.web.control import ControlSite
from edge_twisted.web.route import Route
from edge_twisted.web.routes import ROUTES
from tests.web.asked import Told
from tests.web.managed import HOST, ManagerCase

PUBLIC: Final = {"setup", "set_up", "login"}
"""What anybody may ask; this table and the next are written by hand, so that no route changes its role unseen."""
LEAST: Final = {
    **dict.fromkeys(["chargers", "charger", "box", "root_pem", "root_der", "openapi"], Role.VIEWER),
    **dict.fromkeys(["logout", "me", "change_password", "sessions", "end_session"], Role.VIEWER),
    **dict.fromkeys(["begin_second_factor", "confirm_second_factor", "end_second_factor"], Role.VIEWER),
    **dict.fromkeys(["power"], Role.VIEWER),
    **dict.fromkeys(["events", "messages", "message", "messages_lines", "messages_table"], Role.READONLY),
    **dict.fromkeys(
        ["set_uplink", "set_trust", "test", "wss_only", "moved", "forget", "act", "doctor", "bundle"], Role.MAINTAINER
    ),
    **dict.fromkeys(["accounts", "add_account", "change_account", "remove_account"], Role.ADMIN),
    **dict.fromkeys(["tokens", "add_token", "remove_token", "label"], Role.ADMIN),
}
FOREIGN: Final = (
    None,
    "",
    "evil.example",
    "edge.lan.evil.example",
    "evil.example:8443",
    "edge.lan@evil.example",
    "edge.lan:8443:1",
    "edge.lan/",
    "192.168.1.3",
    "[fe80::2]",
    "edge.lan\r\nHost: evil.example",
    "xn--edge-lan",
    "\xff",
)
OWN: Final = ("edge.lan", "EDGE.lan:8443", "edge.lan.", "192.168.1.2", "[fe80::1]:8443", "localhost:1", "10.0.0.1:8443")
"""The last one is none of the box's, as far as it knows, and yet that by which the connection came."""


def asked(route: Route) -> tuple[str, str]:
    """Method and path of a request that fits a route."""
    path = re.sub(r"<any\('([^']*)'[^>]*>", r"\1", route.path)
    return route.method, re.sub(r"<string:ref>", "CP001", re.sub(r"<\w+:\w+>", "nobody", path))


class RouteMapTests(ManagerCase):
    """All routes by all callers."""

    def setUp(self) -> None:
        super().setUp()
        self.absent_charger()
        self.trials.clear()

    def routes(self, public: bool = False) -> Iterator[tuple[Route, str, str]]:
        """Each route with a request that fits it."""
        for route in ROUTES:
            if public or route.name not in PUBLIC:
                yield route, *asked(route)

    def nothing_done(self, told: Told, status: int, *words: str) -> None:
        """It was refused, and nothing was done."""
        self.assertEqual(told.status, status, told.data)
        self.assertIn(told.json["error"], words)
        self.assertEqual((self.changes(), self.edits(), self.trials), ([], [], []))
        self.assertNotIn("set-cookie", told.headers)

    def test_table(self) -> None:
        """Every route has the role that this test knows."""
        found = {route.name: route.role for route in ROUTES}
        self.assertEqual(found, {**dict.fromkeys(PUBLIC), **LEAST})

    def test_anonymous(self) -> None:
        """A caller whom nobody knows is refused, with 401, everywhere but where people come in."""
        for _, method, path in self.routes():
            told = self.send(method, path, {})
            self.nothing_done(told, 401, "login-needed")
            self.assertEqual(told.headers["www-authenticate"], "Bearer")
            if method == "GET":
                self.assertEqual(self.send("HEAD", path).status, 401)

    def test_false_proofs(self) -> None:
        """So is who shows something that is no cookie and no token of ours."""
        browser = self.browser()
        for headers in (
            ("Cookie: __Host-edge=",),
            (f"Cookie: edge={browser.cookie}",),
            (f"Cookie: __Host-edge={browser.cookie[:-1]}",),
            (f"Cookie: __Host-edge={browser.token}", f"X-Edge-Token: {browser.token}"),
            ("Cookie: \xff=\xff; __Host-edge",),
            ("Authorization: Basic YW5uYTpwYXNz",),
            ("Authorization: Bearer",),
            (f"Authorization: Bearer {browser.cookie}",),
            ("Authorization: Bearer \xff\xfe",),
        ):
            for _, method, path in self.routes():
                self.nothing_done(self.send(method, path, {}, *headers), 401, "login-needed", "token-wrong")

    def test_roles(self) -> None:
        """Each role may do what it may, and is refused the rest with 403; by session and by token alike."""
        for role in Role:
            for route, method, path in self.routes():
                shown = self.made_token(role)
                for headers in (self.browser(role).headers, (f"Authorization: Bearer {shown}",)):
                    before = len(self.trials), len(self.changes()), len(self.edits())
                    told = self.send(method, path, {} if route.takes else None, *headers)
                    least = LEAST[route.name]
                    if role.covers(least):
                        self.assertNotIn(told.status, (401, 403, 405, 421, 500), f"{role} {method} {path}")
                    else:
                        self.assertEqual((told.status, told.json["error"]), (403, "role"), f"{role} {path}")
                        self.assertEqual((len(self.trials), len(self.changes()), len(self.edits())), before)
                if route.name == "forget":
                    self.absent_charger()

    def made_token(self, role: Role) -> str:
        """A token of that role; those before are gone, so that there is room."""
        self.people._tokens.clear()
        shown, _ = self.successResultOf(ensureDeferred(self.people.add_token("a program", role, 0.0)))
        return shown

    def test_cross_site_token(self) -> None:
        """L5: whatever changes something needs the session's cross-site token: none, a wrong one and another's are
        refused.

        What only tells something needs none.
        """
        other = self.browser(Role.VIEWER)
        for route, method, path in self.routes():
            browser = self.browser()
            cookie = browser.headers[0]
            if method == "GET":
                self.assertNotEqual(self.send(method, path, None, cookie).status, 403, path)
                self.trials.clear()  # the doctor's, who changes nothing
                continue
            for header in ((), ("X-Edge-Token: ",), (f"X-Edge-Token: {other.token}",), ("X-Edge-Token: \xff",)):
                self.nothing_done(
                    self.send(method, path, {} if route.takes else None, cookie, *header), 403, "cross-site"
                )

    def test_foreign_origin(self) -> None:
        """L5: what a browser sends for another site's page is refused, cookie and token or not; also a login."""
        for route, method, path in self.routes(public=True):
            browser = self.browser()
            marks = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: "]
            if method != "GET":
                marks += ["Origin: https://evil.example", "Origin: null", f"Origin: http://{HOST}", "Origin: "]
            for mark in marks:
                told = self.send(method, path, {} if route.takes else None, *browser.headers, mark)
                self.nothing_done(told, 403, "site-foreign")

    def test_own_origin(self) -> None:
        """What it sends for EdgeManager's own page is taken, and a link from elsewhere may lead to what only tells."""
        headers = (*self.browser().headers, f"Origin: https://{HOST}", "Sec-Fetch-Site: same-origin")
        self.assertEqual(self.send("POST", "/chargers/CP001/wss-only", {"on": True}, *headers).status, 200)
        link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
        self.assertEqual(self.send("GET", "/chargers", None, *self.browser().headers, *link).status, 200)

    def test_foreign_host(self) -> None:
        """A request for a host that is not this box is refused, whoever sends it: so no name of somebody else's leads
        a browser here (DNS rebinding)."""
        for route, method, path in self.routes(public=True):
            for host in FOREIGN:
                browser = self.browser()
                told = self.send(method, path, {} if route.takes else None, *browser.headers, host=host)
                self.nothing_done(told, 421, "host-foreign")

    def test_own_host(self) -> None:
        """The box's names and addresses are its own, with any port."""
        for host in OWN:
            self.assertEqual(self.send("GET", "/chargers", None, *self.browser().headers, host=host).status, 200, host)

    def test_public(self) -> None:
        """What everybody may ask tells no more than whether there is an administrator."""
        self.assertEqual(self.send("GET", "/setup").json, {"needed": False})
        self.nothing_done(self.send("POST", "/setup", {"code": "", "name": "x", "password": "y"}), 409, "setup-done")

    def test_every_answer(self) -> None:
        """Every answer tells browsers to keep nothing, to guess nothing and to show it nowhere else."""
        for _, method, path in self.routes(public=True):
            for host in (HOST, "evil.example"):
                told = self.send(method, path, {}, host=host)
                self.assertEqual(told.headers["x-content-type-options"], "nosniff")
                self.assertEqual(told.headers["x-frame-options"], "DENY")
                self.assertIn("frame-ancestors 'none'", told.headers["content-security-policy"])
                self.assertEqual(told.headers["cache-control"], "no-store")
                self.assertEqual(told.headers["referrer-policy"], "no-referrer")

    def test_control_socket(self) -> None:
        """Over the control socket, whose caller the kernel vouches for, nothing of this is asked."""
        site = ControlSite(evolve(self.api).resource(), self.reactor)
        self.patch(self, "_site", site)
        for route, method, path in self.routes():
            told = self.send(method, path, {} if route.takes else None, host="anything")
            self.assertNotIn(told.status, (401, 403, 405, 421, 500), path)
            if route.name == "forget":
                self.absent_charger()
