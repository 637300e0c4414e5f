"""Tests of what somebody sees who opens the chargers' port."""

from html.parser import HTMLParser

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted import __version__
from edge_twisted.words.page import page, upgrade_required

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed, in order.

    Attributes:
        seen: (tag, attributes) of each element.
        text: what a person reads.
        faults: what is not well-formed.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.faults: list[str] = []
        self.doctype = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self._open]

    def handle_decl(self, decl: str) -> None:
        """Note the doctype."""
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.seen.append((tag, dict(attrs)))
        if len(dict(attrs)) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the innermost element is the one that ends."""
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        """Collect what is read, without the style."""
        if "style" not in self._open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.seen if name == tag]


class PageTests(SynchronousTestCase):
    """C9: a browser on the chargers' port."""

    def setUp(self) -> None:
        """Read the page."""
        self.source = page()
        self.read = Reader(self.source)

    def test_well_formed(self) -> None:
        """The page is whole HTML with one heading, one title and a language."""
        self.assertEqual(self.read.faults, [])
        self.assertEqual(self.read.doctype.lower(), "doctype html")
        self.assertEqual([len(self.read.all(tag)) for tag in ("html", "head", "title", "body", "main", "h1")], [1] * 6)
        self.assertEqual(self.read.all("html")[0].get("lang"), "en")
        self.assertIn({"charset": "utf-8"}, self.read.all("meta"))

    def test_phone_and_dark(self) -> None:
        """It fits a phone and follows the light or dark of the reader's device."""
        named = {attributes.get("name"): attributes.get("content") for attributes in self.read.all("meta")}
        self.assertEqual(named["viewport"], "width=device-width, initial-scale=1")
        self.assertEqual(named["color-scheme"], "light dark")
        self.assertIn("color-scheme: light dark", self.source)

    def test_self_contained(self) -> None:
        """It needs nothing from outside the box: a site may have no internet."""
        self.assertNotIn("http://", self.source)
        self.assertNotIn("https://", self.source)
        self.assertNotRegex(self.source, r"(?i)url\(|@import|<script|\bon[a-z]+=|=\"//")
        links = [a.get(name) for _, a in self.read.seen for name in ("src", "href") if name in a]
        self.assertEqual(sorted(map(str, links)), ["/root.der", "/root.pem", "data:,"])

    def test_certificate(self) -> None:
        """It offers the certificate that a charger may need to trust, in both forms."""
        self.assertEqual([a.get("href") for a in self.read.all("a")], ["/root.pem", "/root.der"])
        self.assertIn("certificate that a charger may need to trust", self.read.text)

    def test_c9_tells_no_software(self) -> None:
        """C9: it names Edge, and neither a version nor what Edge is made of."""
        self.assertIn("Edge", self.read.text)
        self.assertNotIn(__version__, self.source)
        self.assertNotRegex(self.source, r"(?i)twisted|autobahn|python|openssl")

    def test_short(self) -> None:
        """It fits into two packets, so that it comes whole over a poor network."""
        self.assertLess(len(self.source.encode()), 2800)


class UpgradeRequiredTests(SynchronousTestCase):
    """C9: a program on the chargers' port."""

    def test_one_line(self) -> None:
        """One plain line says what the port speaks, and nothing of software or version."""
        line = upgrade_required()
        self.assertRegex(line, r"\AThis port speaks OCPP over WebSocket[ -~]+\n\Z")
        self.assertNotIn(__version__, line)
