"""The hardware address behind an address."""

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.neighbours import Neighbours, mac_of

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

    def test_many(self) -> None:
        """The table is read once a second; an address that is not in it is looked for again at once."""
        now = 100.0
        known, new = "192.168.1.20", "192.168.1.22"
        neighbours = Neighbours(lambda: now, self.table)
        self.assertEqual("aa:bb:cc:00:11:22", neighbours(known))
        self.table.write_text(TABLE.replace("AA:", "00:").replace(".21 ", ".22 ").replace("0x0 ", "0x2 "))
        self.assertEqual("aa:bb:cc:00:11:22", neighbours(known))
        self.assertEqual("00:00:00:00:00:00", neighbours(new))
        self.assertEqual("00:bb:cc:00:11:22", neighbours(known))
        now += 1
        self.table.write_text(TABLE)
        self.assertEqual("aa:bb:cc:00:11:22", neighbours(known))

    def test_never(self) -> None:
        """This machine, and IPv6, have no entry; the table is not read for them."""
        neighbours = Neighbours(lambda: 0.0, Path("/proc/self/mem"))
        self.assertEqual(["", "", ""], [neighbours(address) for address in ("127.0.0.1", "::1", "fe80::1%2")])
