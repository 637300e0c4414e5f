"""Tests of the English catalogue against the codes that the sources can give."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import get_args

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import access_events, diagnosis, events, policy, request, steps
from edge_twisted.core.learning import Shows
from edge_twisted.core.quirks import Quirk
from edge_twisted.web import shapes
from edge_twisted.words import en
from tests.words.codes import PACKAGE, event_classes, everywhere, given, listed, not_written_out, sources

WHOLE = {
    "ALARMS": en.ALARMS,
    "API": en.API,
    "BAD": en.BAD,
    "CAUSES": en.CAUSES,
    "ENDPOINT": en.ENDPOINT,
    "ENTRY": en.ENTRY,
    "OUTCOMES": en.OUTCOMES,
    "REFUSALS": en.REFUSALS,
    "REMEDIES": en.REMEDIES,
    "SHOWS": en.SHOWS,
    **{
        f"CHECKS[{place}]": {name: words[place] for name, words in en.CHECKS.items() if words[place]}
        for place in range(3)
    },
}
WITHIN = {
    "ACCESS": en.ACCESS,
    "EDITS": en.EDITS,
    "HOWS": en.HOWS,
    "KINDS": en.KINDS,
    "LEARNED": en.LEARNED,
    "QUIRKS": en.QUIRKS,
    "VALUES": en.VALUES,
}


def refused_by_the_api() -> Iterator[ast.expr]:
    """What stands for the word in each refusal of the API's own."""
    for _, tree in sources(PACKAGE / "web"):
        yield from given(tree, "refuse", 1, "error")


class CodesTests(SynchronousTestCase):
    """Every code has words, and no words stand without a code."""

    def check(self, table: Mapping[str, str], codes: Iterable[str]) -> None:
        """Compare a dictionary with the codes that there are."""
        self.assertEqual(sorted(set(codes) - table.keys()), [], "without words")
        self.assertEqual(sorted(table.keys() - set(codes)), [], "words without a code")

    def test_events(self) -> None:
        """Every event has its sentence, and no two events share a code."""
        codes = [kind.code for kind in event_classes()]
        self.assertEqual(len(set(codes)), len(codes))
        self.check(en.EVENTS, codes)

    def test_alarms(self) -> None:
        """Every alarm has words; those that the sources raise are all in the list."""
        self.check(en.ALARMS, events.ALARMS)
        raised = everywhere("Refusal", 3, "alarm") | everywhere("_alarm", 1) | everywhere("Alarm", 2, "what")
        self.assertIn("rival", raised)
        self.assertLessEqual(raised - {""}, set(events.ALARMS))

    def test_learned(self) -> None:
        """Everything that can be learned has words."""
        self.check(en.LEARNED, listed(events.Learned, "what"))

    def test_how(self) -> None:
        """Every way to be served has words."""
        self.check(en.HOWS, listed(events.Served, "how"))

    def test_outcomes(self) -> None:
        """Every end of a session has words."""
        self.check(en.OUTCOMES, steps.OUTCOMES)

    def test_refusals(self) -> None:
        """Every refusal has words: those that are written out, and those with which a session is ended."""
        ordered = listed(steps.Ordered)
        self.assertLessEqual({"stopping", "internal"}, ordered)
        self.assertLessEqual(ordered, set(steps.OUTCOMES))
        given = everywhere("order", 0, "why") | everywhere("Ordered", 0, "why") | everywhere("close", 1, "why")
        self.assertLessEqual(given, ordered)
        refusals = everywhere("Refusal", 1, "code")
        self.assertLessEqual({"blocked", "no-time", "held-off", "rival"}, refusals)
        self.check(en.REFUSALS, refusals | ordered)

    def test_bad_requests(self) -> None:
        """Every fault of a request has words, also those that are found outside of `core.request`."""
        others = everywhere("RequestRefused", 3, "cause")
        self.assertIn("upgrade-lost", others)
        self.check(en.BAD, request.BAD_CODES | others)

    def test_diagnoses(self) -> None:
        """Every cause and every remedy has words."""
        self.check(en.CAUSES, diagnosis.CAUSES)
        self.check(en.REMEDIES, diagnosis.REMEDIES)

    def test_kinds(self) -> None:
        """Every kind of credentials has words."""
        self.check(en.KINDS, get_args(policy.Kind))

    def test_quirks(self) -> None:
        """Every quirk has words."""
        self.check(en.QUIRKS, [quirk.value for quirk in Quirk])

    def test_endpoint_errors(self) -> None:
        """Everything that can be wrong with an endpoint has words."""
        self.check(en.ENDPOINT, everywhere("EndpointError", 0))

    def test_entry_errors(self) -> None:
        """Everything else that can be wrong with what a maintainer enters has words."""
        self.check(en.ENTRY, everywhere("EntryError", 0))

    def test_edits(self) -> None:
        """Every change that the sources name has words."""
        edits = everywhere("edit", 1, "what") | everywhere("edited", 1, "what") | everywhere("Edited", 2, "what")
        self.assertLessEqual({"endpoint", "forgotten"}, edits)
        self.check(en.EDITS, edits)

    def test_access(self) -> None:
        """Everything that can be done about who may come in has words, and all that is told stands in the list."""
        told = everywhere("tell", 1) | everywhere("_tell_token", 1)
        self.assertLessEqual({"login", "token-removed"}, told)
        self.assertEqual(told, listed(access_events.AccessChanged, "what"))
        self.check(en.ACCESS, told)

    def test_api(self) -> None:
        """Every refusal of the API has words; those of a value that core does not take are the entry's own."""
        refused = {str(one.value) for one in refused_by_the_api() if isinstance(one, ast.Constant)}
        refused |= everywhere("Number", 3, "error")
        self.assertIn("charger-unknown", refused)
        self.assertEqual(set(en.ENTRY) & set(en.API), set())
        self.check(en.API, refused - en.ENTRY.keys())

    def test_shows(self) -> None:
        """Every answer to the question what the charger itself will show has words; core and API know the same."""
        self.check(en.SHOWS, get_args(Shows))
        self.assertEqual(get_args(shapes.Shows), get_args(Shows))

    def test_checks(self) -> None:
        """Everything that the doctor looks at has words."""
        self.check({name: words[0] for name, words in en.CHECKS.items()}, everywhere("_check", 0))

    def test_codes_are_written_out(self) -> None:
        """Errors and refusals get their codes as texts in place, so that the tests above see all of them.

        Only an ordered end hands its word on, and a fault of a request its code.
        """
        self.assertEqual(not_written_out("EndpointError", 0), set())
        self.assertEqual(not_written_out("EntryError", 0), set())
        self.assertEqual(not_written_out("Refusal", 1, "code"), {"why"})
        self.assertEqual(not_written_out("RequestRefused", 3, "cause"), {"bad.code"})
        others = {ast.unparse(one) for one in refused_by_the_api() if not isinstance(one, ast.Constant)}
        self.assertEqual(others, {"bounds.error"})
        self.assertEqual(not_written_out("Number", 3, "error"), set())


class TemplateTests(SynchronousTestCase):
    """The form of the words."""

    def test_fields(self) -> None:
        """A template uses only fields that its event has, without any format of their own."""
        for kind in event_classes():
            names = {field.name for field in fields(kind)}
            for _, name, specification, conversion in Formatter().parse(en.EVENTS[kind.code]):
                if name is not None:
                    self.assertIn(name, names, kind.code)
                    self.assertEqual((specification, conversion), ("", None), kind.code)

    def test_who(self) -> None:
        """The sentence of an event with an address or a label tells them: without, nobody can act on it."""
        for kind in event_classes():
            for field in fields(kind):
                if field.name in ("address", "label", "charger", "cause", "remedy", "what", "outcome"):
                    self.assertIn(f"{{{field.name}}}", en.EVENTS[kind.code])

    def test_booleans(self) -> None:
        """Each field that is true or false has words for both, and no others have."""
        found = {field.name for kind in event_classes() for field in fields(kind) if field.type is bool}
        self.assertEqual(set(en.BOOLEANS), found)

    def test_events(self) -> None:
        """A sentence of an event begins with a capital, ends with a full stop and stands on one line."""
        for code, words in en.EVENTS.items():
            self.assertRegex(words, r"\A[A-Z][^\n]*\.\]?\Z", code)
            self.assertEqual(words.count("["), words.count("]"), code)

    def test_whole_sentences(self) -> None:
        """Other sentences begin with a capital and leave the last full stop to what they stand in."""
        for name, table in WHOLE.items():
            for code, words in table.items():
                self.assertRegex(words, r"\A[A-Z][^\n]*[^\s.,;:]\Z", f"{name} {code}")
                self.assertGreaterEqual(len(words.split()), 3, f"{name} {code}")

    def test_words_within(self) -> None:
        """Words that stand within a sentence begin in lower case and do not end it."""
        for name, table in WITHIN.items():
            for code, words in table.items():
                self.assertRegex(words, r"\A[a-z][^\n]*[^\s.,;:]\Z", f"{name} {code}")

    def test_detail_only_in_causes(self) -> None:
        """Braces and brackets stand only where something is put in: events and causes."""
        tables = {**WHOLE, **WITHIN}
        del tables["CAUSES"]
        for name, table in tables.items():
            for code, words in table.items():
                plain = words.replace("[uplink]", "").replace("[listen]", "")  # sections of the configuration file
                plain = plain.replace("{value}", "") if name.startswith("CHECKS") else plain
                self.assertNotRegex(plain, r"[{}\[\]]", f"{name} {code}")
        for code, words in en.CAUSES.items():
            names = {name for _, name, _, _ in Formatter().parse(words) if name is not None}
            self.assertLessEqual(names, {"detail"}, code)

    def test_says_what_to_do(self) -> None:
        """W-23: where the central system refuses the entered secret, the words name the dashboard's step."""
        for words in (en.ALARMS["secret-refused"], en.REFUSALS["secret-refused"]):
            self.assertIn("charger dashboard -> Security -> Basic authentication over HTTPS/WSS", words)
            self.assertIn("the charger is not at fault", words)

    def test_no_programmers_words(self) -> None:
        """An electrician need not know a programmer's words."""
        for name, table in {**WHOLE, **WITHIN, "EVENTS": en.EVENTS}.items():
            for code, words in table.items():
                self.assertNotRegex(words, r"(?i)\b(null|exception|traceback|parse|socket|stack|byte|handshake)", name)
                self.assertNotRegex(words, r"(?i)\b(leg|identity|incumbent|hold-off)\b", f"{name} {code}")
