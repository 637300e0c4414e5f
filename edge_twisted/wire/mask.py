"""Takes a WebSocket mask away with the C code that Autobahn brings along; without it, by the slower way of the core.

The names below are Autobahn's own affair. `tests/wire/test_mask.py` fails where they change.
"""

from edge_twisted.core.frames import Unmask, xor

try:
    from _nvx_xormasker import ffi, lib
except ImportError:  # pragma: no cover - Autobahn was built without it
    ffi = lib = None


def fast_unmask() -> Unmask:
    """Say which way is the fastest here."""
    if not all(hasattr(lib, f"nvx_xormask_{name}") for name in ("new", "process", "free")):
        return xor
    begin, process, end, view = lib.nvx_xormask_new, lib.nvx_xormask_process, lib.nvx_xormask_free, ffi.from_buffer

    def unmask(data: bytes, mask: bytes) -> bytes:
        work = bytearray(data)
        masker = begin(mask)
        process(masker, view("uint8_t[]", work), len(work))
        end(masker)
        return bytes(work)

    return unmask


unmask: Unmask = fast_unmask()
"""What the hot path uses."""
