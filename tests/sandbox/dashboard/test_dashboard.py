"""Tests of `edge_twisted.sandbox.dashboard.dashboard`: what is true of every page."""

import re

from edge_twisted.pages.hub import PAUSE_SECONDS
from edge_twisted.sandbox.central.faults import FAULTS
from tests.pages.browser import parse
from tests.sandbox.dashboard.stage import SECRET, DashboardCase


def filled(path: str, identity: str = "CP-1") -> str:
    """A route's path with values for its variables."""
    values = {"id": identity, "kind": "close", "action": "Reset", "name": "x"}
    return re.sub("<string:([a-z]+)>", lambda found: values[found[1]], path)


class EveryRouteTests(DashboardCase):
    """The table of routes, row by row."""

    def setUp(self) -> None:
        super().setUp()
        self.online()
        self.simulate()

    def test_foreign_host(self) -> None:
        """421 under a name that is not the dashboard's, whatever is asked: nothing is shown and nothing changed."""
        for route in self.routes():
            told = self.browser.ask(route.method, filled(route.path), Host="evil.example:8080")
            self.assertEqual(told.status, 421, route.path)
            self.assertNotIn("CP-1", told.text)

    def test_cross_site(self) -> None:
        """403 for a change that another website's page asks for."""
        changing = [route for route in self.routes() if route.method != "GET"]
        self.assertGreater(len(changing), 25)
        for route in changing:
            for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
                told = self.browser.ask(route.method, filled(route.path), b"", **headers)
                self.assertEqual(told.status, 403, route.path)
        self.assertEqual(self.central.connected["CP-1"].left, [])  # type: ignore[attr-defined]  # the test's own stand-in, or a private part of typing
        self.assertEqual(dict(self.central.faults.all), {})

    def test_pages(self) -> None:
        """Each page is there, whole: a language, a title, one heading, no style and no script of its own."""
        for route in self.routes():
            if route.method == "GET" and route.kind == "page":
                text = self.page(filled(route.path))
                self.assertIn('<html lang="en">', text)
                self.assertEqual(len(re.findall("<h1>", text)), 1, route.path)
                self.assertRegex(text, r"<title>[^<]+ – Charger dashboard</title>")
                self.assertNotRegex(text, r"<style| style=| on[a-z]+=\"|javascript:")
                self.assertEqual(len(re.findall("<script", text)), 1)
                ids = re.findall(r' id="([^"]+)"', text)
                self.assertEqual(len(ids), len(set(ids)), route.path)
                for name in re.findall(r' (?:for|aria-labelledby|aria-describedby)="([^"]+)"', text):
                    self.assertLessEqual(set(name.split()), set(ids), route.path)

    def test_no_secret(self) -> None:
        """No page and no answer shows a password."""
        self.assertTrue(SECRET)
        for route in self.routes():
            if route.method == "GET":
                self.assertNotIn(SECRET, self.browser.get(filled(route.path)).text, route.path)

    def test_nobody(self) -> None:
        """404 for a charger that is not there, as a page or as JSON."""
        for route in self.routes():
            if "<string:id>" in route.path and (route.method, route.path[-9:]) != ("PUT", "/security"):
                told = self.browser.ask(route.method, filled(route.path, "nobody"), b"", Sec_Fetch_Site="same-origin")
                self.assertEqual(told.status, 404, (route.method, route.path))
                kind = "application/json" if route.kind == "json" else "text/html; charset=utf-8"
                self.assertEqual(told.headers["content-type"], kind)

    def test_nowhere(self) -> None:
        """404 elsewhere, and 405 for another method."""
        for path in ("/nowhere", "/chargers/", "/static/nothing.css", "/static/../setup.cfg", "/chargers/CP-1/x"):
            self.assertEqual(self.browser.get(path).status, 404, path)
        told = self.browser.ask("DELETE", "/")
        self.assertEqual((told.status, told.headers["allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.browser.get("/api/nowhere").json["error"][:5], "There")

    def test_head(self) -> None:
        """HEAD tells the same as GET, without the body."""
        self.assertEqual((self.browser.ask("HEAD", "/").status, self.browser.ask("HEAD", "/").data), (200, b""))

    def test_static(self) -> None:
        """What a page loads is there, and kept for good, since its name changes with it."""
        names = re.findall(r'(?:href|src)="(/static/[^"]+)"', self.page("/"))
        self.assertEqual(len(names), 3)
        for name in names:
            told = self.browser.get(name)
            self.assertEqual(told.status, 200)
            self.assertEqual(told.headers["cache-control"], "public, max-age=31536000, immutable")
            self.assertEqual(told.headers["x-content-type-options"], "nosniff")


class HostileTests(DashboardCase):
    """Text from outside."""

    def test_escaped(self) -> None:
        """A charger that calls itself a script is shown as text, on every page, and its pages open."""
        name = "a/b?<script>alert(1)</script>\u202e%2F"
        known = self.known(name)
        known.boot = {"chargePointVendor": "<script>alert(2)</script>", "chargePointModel": "'\"><img src=x onerror=y>"}
        known.agent = "</dd><script>"
        known.connectors = {1: "<script>"}
        known.online = True
        self.simulate(name)
        place = "a%2Fb%3F%3Cscript%3Ealert%281%29%3C%2Fscript%3E%E2%80%AE%252F"
        self.assertIn(f'href="/chargers/{place}"', self.page("/"))
        for below in ("", "/security", "/actions", "/messages", "/faults", "/at-the-charger", "/ledger", "/remove"):
            text = self.page(f"/chargers/{place}{below}")
            self.assertNotRegex(text, "<script>|<img|\u202e")
            self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}%2F", text)
        for path in ("/", "/ledger", "/?search=%3Cscript%3E&show=%22%3E%3Cscript%3E"):
            self.assertNotRegex(self.page(path), "<script>|<img|\u202e")
        self.assertEqual(self.browser.get(f"/api/chargers/{place}").json["identity"], name)

    def test_notice(self) -> None:
        """What a notice says can't be made up in a link."""
        self.assertNotIn('class="notice', self.page("/?notice=hacked"))

    def test_live(self) -> None:
        """Hostile text in an update is escaped as in the page, and can't make an event of its own."""
        known = self.known("CP-1")
        _, wire = self.browser.begin("GET", "/", b"", Accept="text/event-stream")
        wire.clear()
        known.boot = {"chargePointVendor": "<script>\n\nevent: part\ndata: {}"}
        self.central._shared.changed("CP-1")
        self.reactor.advance(PAUSE_SECONDS)
        self.assertEqual(wire.value().count(b"event:"), 2)
        self.assertEqual(wire.value().count(b"\nevent:"), 1)
        self.assertIn(b"&lt;script&gt;", wire.value())


class LiveTests(DashboardCase):
    """Updates."""

    def test_update(self) -> None:
        """A page hears of a change of its charger."""
        self.known("CP-1")
        for path, part in (("/", "list"), ("/chargers/CP-1", "state"), ("/chargers/CP-1/security", "state")):
            _, wire = self.browser.begin("GET", path, b"", Accept="text/event-stream")
            self.assertEqual(parse(wire.value().partition(b"\r\n\r\n")[0] + b"\r\n\r\n").status, 200)
            self.assertIn(b"text/event-stream", wire.value())
            self.assertIn(b'"name": "%s"' % part.encode(), wire.value())
            wire.clear()
            known = self.known("CP-1")
            known.online = not known.online
            known.since = self.now
            self.central._shared.changed("CP-1")
            self.reactor.advance(PAUSE_SECONDS)
            self.assertIn(b'"name": "%s"' % part.encode(), wire.value())

    def test_removed(self) -> None:
        """The pages of a charger that is removed are told so."""
        self.known("CP-1")
        _, wire = self.browser.begin("GET", "/chargers/CP-1", b"", Accept="text/event-stream")
        self.central.remove("CP-1")
        self.reactor.advance(PAUSE_SECONDS)
        self.assertIn(b"event: gone", wire.value())

    def test_faults(self) -> None:
        """A fault shows in the menu's number and on its page at once."""
        self.known("CP-1")
        _, wire = self.browser.begin("GET", "/faults", b"", Accept="text/event-stream")
        wire.clear()
        self.browser.call("POST", "/api/faults", {"kind": "garbage"})
        self.reactor.advance(PAUSE_SECONDS)
        self.assertIn(FAULTS["garbage"].words.encode(), wire.value())
        self.assertIn('Faults <span class="count">1</span>', self.page("/"))

    def test_stop(self) -> None:
        """With the dashboard its live pages end, and it hears of no more changes."""
        _, wire = self.browser.begin("GET", "/", b"", Accept="text/event-stream")
        self.successResultOf(self.dashboard.stop())
        self.assertTrue(wire.disconnecting or wire.aborted)
        self.central._shared.changed("CP-1")
        self.reactor.advance(60)
        self.successResultOf(self.dashboard.stop())

    def test_url(self) -> None:
        """It tells where it is."""
        self.assertEqual(self.dashboard.url, f"http://127.0.0.1:{self.dashboard.port}/")
