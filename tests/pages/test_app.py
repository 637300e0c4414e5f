"""Tests of `edge_twisted.pages.app`, `templates` and `assets`: an app of three pages."""

from pathlib import Path
from typing import Any

from jinja2 import UndefinedError
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.pages.answers import Answer, Asked, Data, Page, Problem, Redirect, Route
from edge_twisted.pages.app import App
from edge_twisted.pages.assets import Assets
from edge_twisted.pages.forms import Form
from edge_twisted.pages.guard import Guard
from edge_twisted.pages.hub import Hub
from edge_twisted.pages.site import PagesSite
from edge_twisted.pages.templates import Link, Templates
from edge_twisted.words.language import speaking
from tests.pages.browser import Browser

FORM = """{% extends "base.html" %}{% block content %}<form method="post">
{{ forms.text(form, "name", "Name", "A hint.") }}{{ forms.area(form, "more", "More", required=false) }}
{{ forms.select(form, "size", "Size", [("s", "Small"), ("l", "Large")], empty="Choose") }}
{{ forms.radios(form, "kind", "Kind", [("a", "A", "First"), ("b", "B", "")]) }}{{ forms.box(form, "sure", "Sure") }}
{{ forms.secret(form, "key", "Key", random="me:") }}{{ forms.send("Save", back="/", cancel="Back") }}</form>
{% endblock %}"""
MIDDLE = """{% extends "base.html" %}
{% block beside %}<i data-live="age">{% block age %}{{ at | ago }}{% endblock %}</i>{% endblock %}"""
LIVE = """{% extends "middle.html" %}
{% block content %}<p data-live="said">{% block said %}{{ said }}{% endblock %}</p>{% endblock %}"""


class AppCase(SynchronousTestCase):
    """An app."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        for name, text in (("form", FORM), ("middle", MIDDLE), ("live", LIVE)):
            (folder / f"{name}.html").write_text(text)
        self.waiting: Deferred[str] = Deferred()
        self.assets = Assets()
        self.templates = Templates(self.assets, [folder], now=lambda: 1000.0)
        reactor = MemoryReactorClock()
        routes = (
            Route("GET", "/", lambda asked: Page("live.html", self.values, parts=("said", "age"))),
            Route("GET", "/form", lambda asked: self.form(Form())),
            Route("POST", "/form", self.send),
            Route("GET", "/echo/<string:text>", lambda asked: Data(asked.path["text"].encode(), "text/plain")),
            Route("POST", "/slow", self.slow),
            Route("GET", "/broken", lambda asked: Page("live.html", dict)),
            Route("GET", "/api/broken", lambda asked: Page("live.html", dict), kind="json"),
            Route("GET", "/api/no", self.no, kind="json"),
        )
        app = App(self.templates, self.assets, Hub(reactor), routes, lambda asked: FRAME)
        self.browser = Browser(PagesSite(app.resource(), Guard(), reactor))

    def values(self) -> dict[str, Any]:
        """What the first page shows."""
        return {"title": "Fi<rst", "said": "a < b\u202e", "at": 940.0}

    def form(self, form: Form) -> Page:
        """The second."""
        return Page("form.html", lambda: {"title": "Second"}, 200 if form.good else 422, form=form)

    def send(self, asked: Asked) -> Answer:
        """Take the form."""
        form = asked.form()
        for name in ("name", "kind", "size", "sure", "key", "more"):
            if not form.text(name):
                form.wrong(name, f"Enter <{name}>.")
        return Redirect("/?x=1", "Done <well>.") if form.good else self.form(form)

    async def slow(self, asked: Asked) -> Answer:
        """Wait."""
        return Redirect("/", await self.waiting)

    def no(self, asked: Asked) -> Answer:
        """Refuse."""
        raise Problem(409, "Not now.", "field", {"code": "busy"})


FRAME = {"product": "Product & Co", "home": "/", "menu": [Link("/", "Start", True, 2)]}


class AppTests(AppCase):
    """Answers."""

    def test_page(self) -> None:
        """A page stands in the frame, escaped."""
        text = self.browser.get("/").text
        for part in (
            '<html lang="en">',
            "<title>Fi&lt;rst – Product &amp; Co</title>",
            '<a href="/" aria-current="page">Start <span class="count">2</span></a>',
            "a &lt; b\N{REPLACEMENT CHARACTER}",
            ">1 min ago</time>",
            'data-live-from="/"',
        ):
            self.assertIn(part, text)

    def test_live(self) -> None:
        """The same address gives an event stream of the page's live parts, those of the template above it included."""
        _, wire = self.browser.begin("GET", "/", b"", Accept="text/event-stream")
        for part in (b"text/event-stream", b'"name": "said", "html": "a &lt; b', b'"name": "age"'):
            self.assertIn(part, wire.value())

    def test_form(self) -> None:
        """A form that is wrong comes back with a summary, and each error beside its field; what was entered stays."""
        told = self.browser.send("/form", name="  ", more="<b>\n x", size="l", kind="b")
        self.assertEqual(told.status, 422)
        text = told.text
        for part in (
            "<title>Please check what you entered – Second",
            '<li><a href="#f-name">Enter &lt;name&gt;.</a></li>',
            'aria-describedby="h-name e-name" aria-invalid="true"',
            'aria-describedby="e-key" aria-invalid="true"',
            "&lt;b&gt;\n x</textarea>",
            '<option value="l" selected>Large</option>',
            'value="b" checked',
            'tabindex="-1" autofocus',
        ):
            self.assertIn(part, text)

    def test_redirect(self) -> None:
        """After a change another page follows, with a notice that can be read again and can't be forged."""
        told = self.browser.send("/form", name="n", kind="a", size="s", sure="on", key="k", more="m")
        self.assertEqual(told.status, 303)
        self.assertTrue(told.headers["location"].startswith("/?x=1&notice="))
        for _ in range(2):
            self.assertIn("Done &lt;well&gt;.", self.browser.get(told.headers["location"]).text)

    def test_no_form(self) -> None:
        """What is no form is refused with a page."""
        told = self.browser.ask("POST", "/form", b"{}", Content_Type="application/json")
        self.assertEqual((told.status, "application/x-www-form-urlencoded" in told.text), (415, True))

    def test_path(self) -> None:
        """A variable of the path is decoded once, whatever is in it."""
        for sent, text in (("a%2Fb", "a/b"), ("%252F", "%2F"), ("a+b%20c", "a+b c"), ("%C3%A4", "ä"), ("%ff", "\\xff")):
            self.assertEqual(self.browser.get(f"/echo/{sent}").text, text)

    def test_slow(self) -> None:
        """An answer may take its time."""
        _, wire = self.browser.begin("POST", "/slow")
        self.assertEqual(wire.value(), b"")
        self.waiting.callback("at last")
        self.assertIn(b"303", wire.value())

    def test_broken(self) -> None:
        """A page that fails says so, without telling how; the log has it."""
        for path in ("/broken", "/api/broken"):
            told = self.browser.get(path)
            self.assertEqual((told.status, "Undefined" in told.text), (500, False))
            self.assertEqual(len(self.flushLoggedErrors(UndefinedError)), 1)

    def test_problems(self) -> None:
        """What can't be done is told as a page, or as JSON."""
        self.assertIn("<h1>Not found</h1>", self.browser.get("/nothing").text)
        self.assertEqual(self.browser.get("/api/no").json, {"error": "Not now.", "field": "field", "code": "busy"})
        self.assertEqual(self.browser.get("/api/nothing").headers["content-type"], "application/json")
        told = self.browser.ask("DELETE", "/form")
        self.assertEqual((told.status, told.headers["allow"]), (405, "GET, HEAD, POST"))
        self.assertIn("does not take that method", told.text)
        told = self.browser.get("/slow")  # where a form went, opened again by its address
        self.assertEqual((told.status, told.headers["allow"]), (405, "POST"))
        self.assertIn("There is no such page. Go back", told.text)

    def test_icon(self) -> None:
        """A browser that asks for an icon by itself gets it."""
        self.assertEqual(self.browser.get("/favicon.ico").headers["content-type"], "image/svg+xml")

    def test_language(self) -> None:
        """A page is drawn in the language of whoever is answered, for its script as well; English where none is set."""
        templates = Templates(self.assets)
        shown = {"tabs": (), "trail": (), "notice": None, "live": "", "made": 0.0, "title": "x", "why": "y", **FRAME}
        self.assertIn('<html lang="en">', templates.render("problem.html", **shown).decode())
        with speaking("de"):
            text = templates.render("problem.html", **shown).decode()
        self.assertIn('<html lang="de">', text)
        self.assertNotIn("Skip to content", text)
        self.assertNotIn("Connection lost", text)


class AssetsTests(SynchronousTestCase):
    """Static files."""

    def test_names(self) -> None:
        """A file's name changes with what is in it, and with it the version; an app's own file goes first."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "icon.svg").write_text("<svg/>")
        (folder / "notes.txt").write_text("no kind of file that is served")
        first, second = Assets(), Assets([folder])
        self.assertNotEqual(first.url("icon.svg"), second.url("icon.svg"))
        self.assertNotEqual(first.version, second.version)
        self.assertEqual(first.url("style.css"), second.url("style.css"))
        self.assertEqual(second.files[second.named("icon.svg")].data, b"<svg/>")
        self.assertRaises(KeyError, second.url, "notes.txt")

    def test_nothing_from_elsewhere(self) -> None:
        """No file refers to another host, and the style sheet loads nothing."""
        for name, asset in Assets().files.items():
            text = asset.data.decode().replace("http://www.w3.org/2000/svg", "")
            self.assertNotRegex(text, r"https?://|//cdn|@import|url\(", name)
