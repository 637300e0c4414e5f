"""The hardware address behind an address on the box's own segment."""

from pathlib import Path
from typing import Final

ARP: Final = Path("/proc/net/arp")
COMPLETE: Final = 0x2


def mac_of(address: str, table: Path = ARP) -> str:
    """Look an address up in the kernel's ARP table.

    The kernel keeps it in memory, so reading it does not block.

    Args:
        address: an IPv4 address.
        table: the file, as Linux writes it.

    Returns:
        The MAC in lower case, or nothing where the peer is not on a segment of the box's own.
    """
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return ""
    for line in lines:
        fields = line.split()
        if len(fields) >= 4 and fields[0] == address and int(fields[2], 16) & COMPLETE:
            return fields[3].lower()
    return ""
