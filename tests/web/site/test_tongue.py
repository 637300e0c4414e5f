"""Tests of `edge_twisted.web.site.tongue`, and of pages in other languages than English."""

from html import unescape

from twisted.logger import capturedLogs

from edge_twisted.core import events as e
from edge_twisted.core.roles import Role
from edge_twisted.logbook import Logbook
from edge_twisted.pages.hub import PAUSE_SECONDS
from edge_twisted.web.site import live
from edge_twisted.web.site.live import EVERY_SECONDS
from edge_twisted.words import speech
from edge_twisted.words.language import LANGUAGES, say, speaking
from tests.web.site.chargers import ChargerCase
from tests.web.site.rooms import RoomCase, text_of

OTHERS = tuple(language for language in LANGUAGES if language != "en")


def said(text: str, language: str) -> str:
    """A text in a language."""
    with speaking(language):
        return " ".join(say(text).split())  # as `text_of` has it


class ChoiceTests(RoomCase):
    """Which language it is."""

    def lang(self, *headers: str) -> str:
        """The language of the login page."""
        html = self.open("/login", None, *headers).data.decode()
        return html.partition('<html lang="')[2].partition('"')[0]

    def test_browser(self) -> None:
        """The first language that the browser names and that there is; English where there is none."""
        self.assertEqual(self.lang(), "en")
        for asked, language in (
            ("nl", "nl"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("da, fr-CA;q=0.9, en;q=0.1", "fr"),
            ("en;q=0.3, nl;q=0.9", "nl"),
            ("ja", "en"),
            ("*", "en"),
            (";;;q=x,\xe9", "en"),
            ("x" * 9000 + ", de", "en"),
        ):
            self.assertEqual(self.lang(f"Accept-Language: {asked}"), language, asked[:40])

    def test_choice(self) -> None:
        """A choice stays with the browser, before the login too; a language that is none is refused."""
        told = self.submit("/language", None, language="fr", next="/trust")
        self.assertEqual((told.status, told.headers["location"]), (303, "/trust"))
        cookie = told.headers["set-cookie"]
        self.assertEqual(cookie.partition(";")[0], "__Host-edge-language=fr")
        self.assertIn("Secure; HttpOnly; SameSite=Lax", cookie)
        self.assertEqual(self.lang("Cookie: __Host-edge-language=fr", "Accept-Language: nl"), "fr")
        self.assertEqual(self.lang("Cookie: __Host-edge-language=../x", "Accept-Language: nl"), "nl")
        self.assertEqual(self.submit("/language", None, language="../x").status, 422)

    def test_nowhere_else(self) -> None:
        """The choice leads back to a page of ours only."""
        for onward in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""):
            told = self.submit("/language", None, language="nl", next=onward)
            self.assertEqual(told.headers["location"], "/", onward)

    def test_back(self) -> None:
        """Every page leads back to itself, with what was looked for on it."""
        html = self.open("/?search=CP&show=away", Role.VIEWER).data.decode()
        self.assertIn('name="next" value="/?search=CP&amp;show=away"', html)


class PagesTests(ChargerCase):
    """Pages in other languages."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(live, "LEAST_SECONDS", 0.0)
        self.patch(live, "SHARE", 0)

    def test_pages(self) -> None:
        """Menu, title and a charger's state come in the reader's language; what a charger says stays as it is."""
        name = self.known_charger()
        self.boots(name)
        self.tells(name, "Charging")
        for language in OTHERS:
            header = f"Accept-Language: {language}"
            for path, title in (
                ("/", "Live view"),
                ("/security", "Security"),
                ("/journal", "Journal"),
                ("/box", "Box"),
            ):
                text = text_of(self.open(path, Role.ADMIN, header))
                self.assertIn(said(title, language), text)
                self.assertIn(said("Log out", language), text)
            text = text_of(self.open("/", Role.VIEWER, header))
            for words in ("with a password", "Charging"):
                self.assertIn(said(words, language), text)
            self.assertIn("Acme One", text)

    def test_refusals(self) -> None:
        """What is wrong is said in the reader's language: beside a field, and on a page of its own."""
        for language in OTHERS:
            header = f"Accept-Language: {language}"
            told = self.submit("/login", None, header, name="", password="")
            self.assertIn(said("Enter your name here.", language), text_of(told))
            told = self.submit("/login", None, header, name="anna", password="not this one")
            wrong = said(
                "Name, password or code is wrong. Try again; on the box, `edgectl reset-password` helps", language
            )
            self.assertIn(wrong, text_of(told))
            told = self.open("/no-such-page", Role.ADMIN, header)
            self.assertIn(said("There is no such page. Go back, or begin at the first page.", language), text_of(told))

    def test_live(self) -> None:
        """A live page goes on in its reader's language, whoever else reads what."""
        browser = self.browser(Role.VIEWER)
        accept = "Accept: text/event-stream"
        streams = {
            language: self.begin("GET", "/", None, *browser.headers[:1], accept, f"Accept-Language: {language}")[1]
            for language in LANGUAGES
        }
        for stream in streams.values():
            stream.clear()
        self.desk.bus.publish(e.HandshakeFailed("192.168.1.50", True, "root-unknown", "load-root", "48"))
        self.reactor.advance(EVERY_SECONDS + PAUSE_SECONDS)
        for language, stream in streams.items():
            with speaking(language):
                helps = speech.remedy("load-root")
            self.assertIn(helps, unescape(self.part(stream, "newcomers")), language)

    def test_log(self) -> None:
        """The log speaks English, also where somebody who speaks Dutch did something."""
        with capturedLogs() as logs, speaking("nl"):
            Logbook(lambda: 0.0)(e.Edited("0a1b", "CP1", "blocked", "account:anna"))
        self.assertEqual(["blocked it" in line["sentence"] for line in logs], [True])
