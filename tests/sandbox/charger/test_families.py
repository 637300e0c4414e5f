"""Tests of the presets of real chargers."""

import re

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.families import FAMILIES
from edge_twisted.sandbox.charger.quirks import Quirks, switched_on
from edge_twisted.sandbox.scenario_tables import TRUSTS


class FamiliesTests(SynchronousTestCase):
    """What is known of them."""

    def test_generic(self) -> None:
        """A generic charger deviates in nothing."""
        self.assertEqual((FAMILIES["generic"].quirks, FAMILIES["generic"].sources), (Quirks(), ()))

    def test_ten(self) -> None:
        """There are ten at least, and each says what it deviates in and where that is told of."""
        known = [family for family in FAMILIES.values() if family.name != "generic"]
        self.assertGreaterEqual(len(known), 10)
        for family in known:
            self.assertTrue(switched_on(family.quirks), family.name)
            self.assertTrue(all(re.fullmatch(r"Q\d+( Q\d+)*", one.number) and one.place for one in family.sources))

    def test_numbers(self) -> None:
        """The numbers that a family cites are those of its switches, and of whom it trusts (Q5)."""
        text = Quirks.__doc__ or ""
        for family in FAMILIES.values():
            cited = {number for one in family.sources for number in one.number.split()}
            found = set()
            for name in switched_on(family.quirks):
                line = re.search(rf"^        (?:\w+, )*{name}(?:, \w+)*: (Q\d+)", text, re.MULTILINE)
                assert line is not None, name
                found.add(line[1])
            self.assertEqual(found, cited, family.name)

    def test_usable(self) -> None:
        """Names fit a scenario and BootNotification."""
        for name, family in FAMILIES.items():
            self.assertRegex(name, r"^[a-z0-9-]+$")
            self.assertLessEqual(len(family.vendor), 20)
            self.assertIn(family.trust, ("", *TRUSTS))
