"""The hardware address behind an address."""

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.neighbours import mac_of

TABLE = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.20     0x1         0x2         AA:bb:cc:00:11:22     *        eth0
192.168.1.21     0x1         0x0         00:00:00:00:00:00     *        eth0
"""


class MacTests(SynchronousTestCase):
    """Read from a table as Linux writes it."""

    def setUp(self) -> None:
        self.table = Path(self.mktemp())
        self.table.write_text(TABLE)

    def test_known(self) -> None:
        """A complete entry gives the MAC, in lower case."""
        self.assertEqual("aa:bb:cc:00:11:22", mac_of("192.168.1.20", self.table))

    def test_incomplete(self) -> None:
        """An entry without an answer gives nothing."""
        self.assertEqual("", mac_of("192.168.1.21", self.table))

    def test_unknown(self) -> None:
        """Another address, or no table, gives nothing."""
        self.assertEqual("", mac_of("192.168.1.2", self.table))
        self.assertEqual("", mac_of("192.168.1.20", Path(self.mktemp())))
