"""Tests of the catalogues: each language says everything, and says it with the same values and marks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from jinja2 import Environment, nodes
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.words import language as words
from edge_twisted.words import speech
from edge_twisted.words.language import ENGLISH, LANGUAGES, catalogue, say, say_number, speaking, units
from tests.catalogues import PACKAGE, PLACES, extracted, translated

OTHERS = tuple(language for language in LANGUAGES if language != ENGLISH)
VALUE = re.compile(r"\{[a-z_]*\}|%\([a-z_]+\)s")
TAG = re.compile(r"</?[a-z]+[^>]*>")
PART = re.compile(r"\[([^\[\]]*)\]")


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """A text with its translation, in each of its forms."""
    said, translation = message.id, message.string
    if isinstance(said, tuple | list):
        assert isinstance(translation, tuple | list)
        yield from zip(said, translation, strict=True)
    else:
        yield said, str(translation)


def marks(text: str) -> tuple[list[str], list[str], list[list[str]]]:
    """What no translation may change: values, HTML's marks, and the values in each part that can be left out."""
    parts = sorted(sorted(VALUE.findall(part)) for part in PART.findall(text))
    return sorted(VALUE.findall(text)), sorted(TAG.findall(text)), parts


class CatalogueTests(SynchronousTestCase):
    """The catalogues themselves."""

    def test_up_to_date(self) -> None:
        """Each holds just the texts that are said (`make catalogues`)."""
        wanted = {message.id for message in extracted() if message.id}
        self.assertGreater(len(wanted), 1000)
        for language in OTHERS:
            there = {message.id for message in translated(language) if message.id}
            self.assertEqual(sorted(map(str, wanted - there)), [], f"{language}: make catalogues")
            self.assertEqual(sorted(map(str, there - wanted)), [], f"{language}: make catalogues")

    def test_whole(self) -> None:
        """Each text is translated, with the same values and marks, and ends as the English one does."""
        for language in OTHERS:
            for message in translated(language):
                if not message.id:
                    continue
                for said, translation in pairs(message):
                    self.assertTrue(translation, f"{language}: {said}")
                    self.assertEqual(marks(translation), marks(said), f"{language}: {said}")
                    self.assertEqual(translation.endswith("."), said.endswith("."), f"{language}: {said}")
                self.assertFalse(message.fuzzy, f"{language}: {message.id}")

    def test_read(self) -> None:
        """Edge reads in them what Babel reads, without Babel; what is written otherwise is no catalogue."""
        for language in OTHERS:
            known = {said: translation for message in translated(language) for said, translation in pairs(message)}
            self.assertEqual(catalogue(language), {said: text for said, text in known.items() if said}, language)
        self.patch(words, "FOLDER", Path(self.mktemp()))
        words.FOLDER.mkdir()
        (words.FOLDER / "xx.po").write_text('msgid "one"\nmsgstr "\\"un\\"\\n"\n"et un\\\\"\n', encoding="utf-8")
        self.assertEqual(catalogue("xx"), {"one": '"un"\net un\\'})
        (words.FOLDER / "yy.po").write_text('msgid "one"\nmsgstr "un"\nelse\n', encoding="utf-8")
        self.assertRaisesRegex(ValueError, "yy.po, from character 24", catalogue, "yy")

    def test_numbers(self) -> None:
        """Two of something are named in the reader's language, and none as he counts."""
        one, many = "Done: %(num)s charger is changed.", "Done: %(num)s chargers are changed."
        for language, none_is_one in (("en", False), ("nl", False), ("de", False), ("fr", True)):
            with speaking(language):
                self.assertEqual(say_number(one, many, 1), say(one), language)
                self.assertEqual(say_number(one, many, 0), say(one) if none_is_one else say(many), language)
                several = {say_number(one, many, number) for number in (2, 5, 1_000_000)}
                self.assertEqual(several, {say(many)}, language)
                self.assertEqual(several == {many}, language == ENGLISH, language)

    def test_cut(self) -> None:
        """What is cut out of a sentence about a charger can be found in every language (`telltale`, `uplink.html`)."""
        fields = {"charger": "0a1b", "label": "CP1", "by": "account:anna", "what": "blocked"}
        for language in OTHERS:
            with speaking(language):
                self.assertIn("): ", speech.sentence("edited", fields), language)

    def test_units(self) -> None:
        """There are four units, for the pages' script too."""
        for language in LANGUAGES:
            with speaking(language):
                self.assertEqual(len(units()), 4, language)

    def test_say(self) -> None:
        """A text is said in the reader's language, one that is in no catalogue as it is, and nothing stays nothing."""
        self.assertEqual(say("Log out"), "Log out")
        self.assertEqual(say_number("%(num)s x", "%(num)s y", 2), "%(num)s y")
        for language in OTHERS:
            with speaking(language):
                self.assertNotEqual(say("Log out"), "Log out")
                self.assertEqual(say("CP1 is no text of ours"), "CP1 is no text of ours")
                self.assertEqual(say(""), "")
        self.assertEqual(say("Log out"), "Log out")


class SourcesTests(SynchronousTestCase):
    """What the sources give to be translated."""

    def test_templates(self) -> None:
        """Templates translate only texts that stand in them: Jinja escapes nothing that it has translated."""
        environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - nothing is drawn with it
        found = 0
        for place in PLACES:
            for path in sorted((PACKAGE / place).rglob("templates/*.html")):
                for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
                    if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext"):
                        found += 1
                        self.assertIsInstance(call.args[0], nodes.Const, f"{path.name}:{call.lineno}")
        self.assertGreater(found, 300)

    def test_python(self) -> None:
        """`mark` gets whole texts: one that is put together at run time is in no catalogue."""
        found = 0
        for place in PLACES:
            for path in sorted((PACKAGE / place).rglob("*.py")):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "mark":
                        found += 1
                        self.assertIsInstance(node.args[0], ast.Constant, f"{path.name}:{node.lineno}")
        self.assertGreater(found, 50)
