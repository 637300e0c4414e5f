"""Takes a WebSocket mask away with the C code that Autobahn brings along; without it, by the slower way of the core.

The names below are Autobahn's own affair. `tests/wire/test_mask.py` fails where they change.
"""

from edge_twisted.core.frames import Unmask, xor

PIECE = 65536
"""Octets that are unmasked at once."""

try:
    from _nvx_xormasker import ffi, lib
except ImportError:  # pragma: no cover - Autobahn was built without it
    ffi = lib = None


def fast_unmask() -> Unmask:
    """Say which way is the fastest here."""
    if not all(hasattr(lib, f"nvx_xormask_{name}") for name in ("new", "process", "free")):
        return xor
    begin, process, end = lib.nvx_xormask_new, lib.nvx_xormask_process, lib.nvx_xormask_free
    work = ffi.new("uint8_t[]", PIECE)  # shared: the result is copied before anybody else unmasks
    place = ffi.buffer(work)

    def unmask(data: bytes, mask: bytes) -> bytes:
        masker, pieces = begin(mask), []
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            size = len(piece)
            place[:size] = piece
            process(masker, work, size)
            pieces.append(place[:size])
        end(masker)
        return b"".join(pieces)

    return unmask


unmask: Unmask = fast_unmask()
"""What the hot path uses."""
