"""All pages at once: none lets anybody in who may not, none carries out what another site asks for, none fails."""

import re
from collections.abc import Iterator

from edge_twisted.core.roles import Role
from edge_twisted.web.site.place import Door
from tests.web.asked import CP001, parse
from tests.web.managed import NAMES
from tests.web.site.rooms import FORM, RoomCase, text_of

PUBLIC = {"/setup", "/login", "/language", "/trust", "/trust/edge-root.<string:form>"}
"""What needs no account."""
FILLED = {"ref": CP001, "id": CP001, "charger": CP001, "name": "vera", "form": "pem", "number": "1", "message": "1"}
"""What stands for the variables of a path."""


class WalkTests(RoomCase):
    """Every way into every room, asked by those who may not, and by those who may."""

    def setUp(self) -> None:
        super().setUp()
        self.known_charger()

    def doors(self, method: str = "") -> Iterator[tuple[Door, str]]:
        """All ways in, with a path that can be asked for."""
        for door in self.pages.doors():
            if not method or door.route.method == method:
                path = re.sub(r"<any\(\W*([\w-]+)[^>]*>", r"\1", door.route.path)
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: FILLED.get(found[1], CP001), path)
                yield door, path

    def test_public(self) -> None:
        """Only login, first visit, the language and the root certificate are open to everybody."""
        self.assertEqual({door.route.path for door, _ in self.doors() if door.role is None}, PUBLIC)

    def test_nobody(self) -> None:
        """Who is nobody comes to the login, and nothing is shown or done."""
        for door, path in self.doors():
            if door.role is None:
                continue
            told = self.open(path, None) if door.route.method == "GET" else self.submit(path, None)
            if door.route.kind == "json":
                self.assertEqual(told.status, 401, path)
            else:
                self.assertEqual((told.status, told.headers["location"][:6]), (303, "/login"), path)
            self.assertNotIn(b"CP001", told.data)
        self.assertEqual(self.edits(), [])
        self.assertEqual(self.changes(), [])

    def test_lesser_roles(self) -> None:
        """Whoever has less than a page's role gets 403 and a page that says so."""
        for door, path in self.doors():
            for role in NAMES:
                if door.role is None or role.covers(door.role):
                    continue
                told = self.open(path, role) if door.route.method == "GET" else self.submit(path, role)
                self.assertEqual(told.status, 403, f"{path} {role}")
                self.assertIn("Your role does not allow this", text_of(told))
        self.assertEqual(self.edits(), [])

    def test_no_cross_site_token(self) -> None:
        """A form without the token, or with another's, changes nothing."""
        other = self.browser(Role.VIEWER)
        for door, path in self.doors("POST"):
            if door.role is not None:
                self.assertEqual(self.submit(path, Role.ADMIN, token=False).status, 403, path)
                self.assertEqual(self.submit(path, Role.ADMIN, token=False, edge_token=other.token).status, 403, path)
        self.assertEqual(self.edits(), [])
        self.assertEqual(self.changes(), [])

    def test_another_site(self) -> None:
        """What another site's page asks for is not done, and a foreign Host is answered by nothing of ours."""
        for door, path in self.doors():
            browser = self.browser(Role.ADMIN)
            _, wire = self.begin(door.route.method, path, b"", *browser.headers, host="evil.example")
            self.assertEqual(parse(wire.value()).status, 421, path)
            if door.route.method == "POST":
                from_there = ("Sec-Fetch-Site: cross-site", "Origin: https://evil.example", FORM)
                _, wire = self.begin("POST", path, b"", *browser.headers, *from_there)
                self.assertEqual(parse(wire.value()).status, 403, path)
        self.assertEqual(self.edits(), [])

    def test_every_page_opens(self) -> None:
        """Each page opens for the least role that may see it, and each of its forms holds the reader's token."""
        for door, path in self.doors("GET"):
            browser = self.browser(door.role) if door.role else None
            told = self.open(path, browser)
            self.assertIn(told.status, (200, 303, 404, 503), f"{path} {text_of(told)[:300]}")
            if browser and b"<form" in told.data:
                posts = re.findall(r'<form[^>]*method="post"[^>]*>(.{0,200})', told.data.decode(), re.DOTALL)
                self.assertTrue(posts, path)
                for form in posts:
                    self.assertIn(browser.token, form, path)

    def test_no_empty_form_breaks_a_page(self) -> None:
        """A form without any field is answered, and never by a mistake of our own."""
        for _, path in self.doors("POST"):
            if not path.endswith(("/bundle", "/test")):
                told = self.submit(path, Role.ADMIN)
                self.assertIn(told.status, (200, 303, 401, 404, 409, 422), f"{path} {text_of(told)[:300]}")

    def test_menu(self) -> None:
        """The menu offers what the role may open, and nothing else."""
        expected = {
            Role.VIEWER: ["Live view", "Box", "My account"],
            Role.READONLY: ["Live view", "Security", "Journal", "Box", "My account"],
            Role.MAINTAINER: ["Live view", "Security", "Journal", "Box", "My account"],
            Role.ADMIN: ["Live view", "Security", "Journal", "Box", "Accounts", "My account"],
        }
        for role, words in expected.items():
            told = self.open("/box", role)
            menu = re.findall(r'<nav aria-label="Main">(.*?)</nav>', told.data.decode(), re.DOTALL)[0]
            self.assertEqual(re.findall(r">([A-Z][^<>]+)</a>", menu), words)
            self.assertIn('href="/box" aria-current="page"', menu)

    def test_no_such_page(self) -> None:
        """What is not there is a page for people; below the API it stays JSON."""
        told = self.open("/nothing/here", Role.VIEWER)
        self.assertEqual(told.status, 404)
        self.assertIn("My account", text_of(told))
        self.assertEqual(self.open("/nothing/here", None).status, 404)
        _, wire = self.begin("GET", "/v1/nothing", None, *self.browser().headers)
        self.assertEqual(parse(wire.value()).json["error"], "not-found")

    def test_a_live_page_ends_with_its_session(self) -> None:
        """Who is logged out sees nothing more of what happens."""
        live = [path for door, path in self.doors("GET") if path == "/"]
        for path in live:
            browser = self.browser(Role.VIEWER)
            wire = self.live(path, browser)
            self.assertIn(b"event: part", wire.value())
            self.people.sessions.end(self.session_of(browser))
            self.assertIn(b"event: gone", wire.value())
            self.assertEqual(self.pages.place.hub.listeners, set())
            self.assertIn(b"event: gone", self.live(path, browser).value())
