"""The fast way to take a mask away."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.frames import xor
from edge_twisted.wire import mask


class MaskTests(SynchronousTestCase):
    """Autobahn's C code is there, and right."""

    def test_there(self) -> None:
        """An Autobahn that has other names fails here; Edge would go on, more slowly."""
        self.assertIsNot(mask.unmask, xor)

    @given(st.binary(max_size=4000), st.binary(min_size=4, max_size=4))
    def test_same(self, data: bytes, key: bytes) -> None:
        """It makes the same as the slow way."""
        self.assertEqual(xor(data, key), mask.unmask(data, key))

    def test_long(self) -> None:
        """What is longer than its room goes through it piece by piece."""
        for size in (mask.PIECE - 1, mask.PIECE, mask.PIECE + 1, 3 * mask.PIECE + 5):
            data = bytes(range(251)) * (size // 251) + bytes(size % 251)
            self.assertEqual(xor(data, b"\x01\x80\xff\x7e"), mask.unmask(data, b"\x01\x80\xff\x7e"))

    def test_fall_back(self) -> None:
        """Without the names, the slow way is taken."""
        with patch.object(mask, "lib", None):
            self.assertIs(xor, mask.fast_unmask())
