"""Tests of `edge_twisted.pages.text`, `curve` and `notices`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.pages.curve import curve
from edge_twisted.pages.notices import KEPT, Notices
from edge_twisted.pages.text import clean, clock, date, moment, number, shorten, span


class TextTests(SynchronousTestCase):
    """Text on pages."""

    def test_clean(self) -> None:
        """What turns, hides or controls shows as such; letters of any script stay."""
        self.assertEqual(clean("Ladesäule 電 \N{ELECTRIC PLUG}\n\tx"), "Ladesäule 電 \N{ELECTRIC PLUG}\n\tx")
        for hostile in "\x00\x07\x1b\x7f\x85\u200b\u200e\u202e\u2066\u2028\ufeff\ud800":
            self.assertEqual(clean(f"a{hostile}b"), "a\N{REPLACEMENT CHARACTER}b", ascii(hostile))

    def test_span(self) -> None:
        """A span in its largest unit."""
        told = [span(seconds) for seconds in (-5, 0, 0.9, 59.9, 60, 3599, 3600, 86399, 86400 * 3)]
        self.assertEqual(told, ["0 s", "0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "3 d"])

    def test_times(self) -> None:
        """A time is one that a machine can read, and says its zone to a person."""
        self.assertEqual(moment(1.5), "1970-01-01T00:00:01.500Z")
        self.assertIn(">00:00:01 UTC<", clock(1))
        self.assertIn(">1970-01-01 00:00:01 UTC<", date(1))

    def test_numbers(self) -> None:
        """Thousands are set apart."""
        told = [
            number(value, digits).replace("\N{NARROW NO-BREAK SPACE}", " ")
            for value, digits in ((1234567, 0), (1.26, 1))
        ]
        self.assertEqual(told, ["1 234 567", "1.3"])

    def test_shorten(self) -> None:
        """A long text is cut."""
        self.assertEqual((shorten("abc", 3), shorten("abcd", 3)), ("abc", "ab…"))

    def test_curve(self) -> None:
        """A curve begins at zero and stays within its picture."""
        self.assertIsNone(curve([]))
        self.assertIsNone(curve([(1, 5)]))
        self.assertIsNone(curve([(1, 5), (1, 6)]))
        drawn = curve([(0, 0), (5, 10), (10, -3)], 100, 20)
        assert drawn is not None
        self.assertEqual(drawn.line, "2.0,18.0 50.0,2.0 98.0,18.0")
        flat = curve([(0, 0), (1, 0)])
        assert flat is not None

    def test_notices(self) -> None:
        """A notice is found by its name only, more than once, and only so many are kept."""
        notices = Notices()
        names = [notices.put("good", str(number)) for number in range(KEPT + 1)]
        self.assertEqual(len(set(names)), KEPT + 1)
        self.assertIsNone(notices.get(names[0]))
        for _ in range(2):
            found = notices.get(names[-1])
            assert found is not None
            self.assertEqual(found.text, str(KEPT))
        self.assertIsNone(notices.get(""))
