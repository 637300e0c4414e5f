"""Tests of what the time of a comparison gives away."""

import hmac
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import same_password


class ConstantTimeTests(SynchronousTestCase):
    """D16, S-07: how far a guess is right can't be told from how long the answer takes."""

    def compared(self, one: bytes, other: bytes) -> int:
        """How often two passwords are compared in constant time, in one form or another."""
        with mock.patch("hmac.compare_digest", side_effect=hmac.compare_digest) as compare:
            same_password(one, other)
        return compare.call_count

    def test_every_form_each_time(self) -> None:
        """D16: all three forms are compared by `hmac.compare_digest`, whichever fits, and also where none does."""
        known = b"correct horse \x00\xff"
        for shown in (known, known.hex().encode(), known.hex().upper().encode(), b"correct", b"", b"x" * 4096):
            self.assertEqual(self.compared(shown, known), 3, shown)
            self.assertEqual(self.compared(known, shown), 3, shown)
