"""WebSocket frames for tests, written and read without Autobahn."""

import os
import struct
from typing import NamedTuple

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Frame(NamedTuple):
    """One frame as it came."""

    opcode: int
    payload: bytes
    final: bool = True
    masked: bool = False


def frame(opcode: int, payload: bytes, *, masked: bool, final: bool = True, rsv: int = 0) -> bytes:
    """Build one frame."""
    head = bytes([(0x80 if final else 0) | (rsv << 4) | opcode])
    flag = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head += bytes([flag | size])
    elif size < 65536:
        head += bytes([flag | 126]) + struct.pack("!H", size)
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + _mask(payload, key)


def close(code: int | None, reason: bytes = b"", *, masked: bool) -> bytes:
    """Build a close frame."""
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason, masked=masked)


def read(data: bytearray) -> list[Frame]:
    """Take every whole frame off the front of `data`."""
    frames = []
    while len(data) >= 2:
        size, at = data[1] & 0x7F, 2
        if size == 126:
            if len(data) < 4:
                break
            size, at = struct.unpack("!H", data[2:4])[0], 4
        elif size == 127:
            if len(data) < 10:
                break
            size, at = struct.unpack("!Q", data[2:10])[0], 10
        masked = bool(data[1] & 0x80)
        end = at + (4 if masked else 0) + size
        if len(data) < end:
            break
        payload = bytes(data[end - size : end])
        if masked:
            payload = _mask(payload, bytes(data[at : at + 4]))
        frames.append(Frame(data[0] & 0x0F, payload, bool(data[0] & 0x80), masked))
        del data[:end]
    return frames


def close_code(found: Frame) -> int | None:
    """The code of a close frame, None for an empty one."""
    return struct.unpack("!H", found.payload[:2])[0] if found.payload else None


def _mask(payload: bytes, key: bytes) -> bytes:
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(len(payload))
