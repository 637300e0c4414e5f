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
        with open(table, "rb", buffering=0) as file:
            content = file.read()
    except OSError:
        return ""
    begin = content.find(f"\n{address} ".encode()) + 1
    fields = content[begin : content.find(b"\n", begin)].decode("ascii", "replace").split() if begin else []
    if len(fields) >= 4 and int(fields[2], 16) & COMPLETE:
        return fields[3].lower()
    return ""
