"""The hardware address behind an address on the box's own segment."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

ARP: Final = Path("/proc/net/arp")
COMPLETE: Final = 0x2
FRESH_SECONDS: Final = 1.0
"""How long a table counts that was read: in a storm it is long, and asked about each charger."""


def mac_of(address: str, table: Path = ARP) -> str:
    """Look an address up in the kernel's ARP table.

    The kernel keeps it in memory, so reading it does not block.

    Args:
        address: an IPv4 address.
        table: the file, as Linux writes it.

    Returns:
        The MAC in lower case, or nothing where the peer is not on a segment of the box's own.
    """
    return _find(address, _read(table))


class Neighbours:
    """The same for many addresses: the table is read once a second, or once more for an address that is not in it.

    Args:
        clock: seconds that never jump.
        table: the file, as Linux writes it.
    """

    def __init__(self, clock: Callable[[], float], table: Path = ARP) -> None:
        self._clock = clock
        self._table = table
        self._content = b""
        self._read_at = float("-inf")

    def __call__(self, address: str) -> str:
        """Look an address up.

        Args:
            address: of any kind; only an IPv4 address of another machine can have a MAC.

        Returns:
            As `mac_of`.
        """
        if ":" in address or address.startswith("127."):
            return ""
        now = self._clock()
        if now - self._read_at < FRESH_SECONDS and (mac := _find(address, self._content)):
            return mac
        self._content, self._read_at = _read(self._table), now
        return _find(address, self._content)


def _read(table: Path) -> bytes:
    try:
        with open(table, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""


def _find(address: str, content: bytes) -> str:
    begin = content.find(f"\n{address} ".encode()) + 1
    fields = content[begin : content.find(b"\n", begin)].decode("ascii", "replace").split() if begin else []
    if len(fields) >= 4 and int(fields[2], 16) & COMPLETE:
        return fields[3].lower()
    return ""
