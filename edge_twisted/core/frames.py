"""WebSocket frames: octets -> messages and control frames, or the close code of a breach (RFC 6455, section 5).

As strict as Autobahn, and as early: what is wrong is found with the octet that makes it so. Messages that came in one
frame keep its octets, so that they can be forwarded as they are. Extensions are not negotiated, so none is known here.
"""

import codecs
import re
from collections.abc import Callable
from typing import Final, NamedTuple

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

PROTOCOL: Final = 1002
UTF8: Final = 1007
TOO_BIG: Final = 1009

_FIN, _RSV, _OPCODE, _MASK, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_CONTROL_BYTES = 125
_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")
_WHOLE_TEXT = _FIN | TEXT
_DECODER = codecs.getincrementaldecoder("utf-8")

Unmask = Callable[[bytes, bytes], bytes]


def xor(data: bytes, mask: bytes) -> bytes:
    """Apply a mask, or take it away (RFC 6455, 5.3).

    Args:
        data: any number of octets.
        mask: four of them.

    Returns:
        As many octets.
    """
    size = len(data)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")


def ping(mask: bytes = b"") -> bytes:
    """A ping without payload.

    Args:
        mask: a client's, four octets that nobody can foretell; nothing: a server sends it.
    """
    return bytes((_FIN | PING, _MASK if mask else 0)) + mask


class Message(NamedTuple):
    """A whole message.

    Attributes:
        payload: its octets, unmasked; UTF-8 where it is text.
        binary: its opcode.
        raw: the one frame in which it came, header and all; empty where it came in several.
    """

    payload: bytes
    binary: bool
    raw: bytes


class Control(NamedTuple):
    """A control frame: `CLOSE`, `PING` or `PONG`, and at most 125 octets."""

    opcode: int
    payload: bytes


class Breach(NamedTuple):
    """The peer broke the protocol; nothing is read any more."""

    code: int


Found = Message | Control | Breach


class _Broken(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class FrameReader:
    """Reads what one peer sends.

    It keeps at most one frame and one message of `limit` octets each.

    Args:
        masked: whether this peer must mask (a client), or must not (a server).
        limit: the largest message, in octets of payload.
        unmask: a faster `xor`.
    """

    __slots__ = ("_decoder", "_limit", "_masked", "_need", "_open", "_parts", "_rest", "_seen", "_unmask", "broken")

    def __init__(self, masked: bool, limit: int, unmask: Unmask = xor) -> None:
        self._masked = _MASK if masked else 0
        self._limit = limit
        self._unmask = unmask
        self._rest: bytes | bytearray = b""  # the beginning of a frame
        self._need = 0  # the size of that frame with its header; 0 while not known
        self._seen = 0  # how many octets of it were checked for UTF-8
        self._open: int | None = None  # the opcode of a message of which fragments came
        self._parts: bytearray | None = None  # their payloads
        self._decoder: codecs.IncrementalDecoder | None = None  # of a text of which a part came
        self.broken = False

    def feed(self, data: bytes) -> list[Found]:
        """Take octets.

        Args:
            data: any number of them, cut anywhere.

        Returns:
            What they made whole, in order; a breach comes last, and nothing after it.
        """
        if self.broken:
            return []
        if self._rest:
            self._rest = rest = bytearray(self._rest) if isinstance(self._rest, bytes) else self._rest
            rest += data
            if len(rest) < self._need:
                return self._partly(rest, self._need, [])
            data = bytes(rest)
            self._rest = b""
        found: list[Found] = []
        at, end = 0, len(data)
        try:
            while end - at >= 2:
                start, need = self._header(data, at, end)
                if not need or at + need > end:
                    break
                self._whole(data, at, at + start, at + need, found)
                at += need
                self._need = self._seen = 0
        except _Broken as broken:
            return self._break(broken.code, found)
        if at < end:
            self._rest = data[at:]
            if end - at >= 2 and need:
                self._need = need
                return self._partly(self._rest, need, found)
        return found

    def usual(self, data: bytes) -> bytes | None:
        """Take octets where they are the usual case: exactly one whole text message that needs no second look.

        Args:
            data: as for `feed`.

        Returns:
            Its payload; None where it is anything else: then nothing was taken, and `feed` has to take it.
        """
        size = len(data)
        if size < 8 or data[0] != _WHOLE_TEXT or self._rest or self._open is not None or self.broken:
            return None
        length, start = data[1] ^ self._masked, 6 if self._masked else 2
        if length == 126:
            length, start = data[2] << 8 | data[3], start + 2
            if length < 126:
                return None
        elif length > 126:
            return None
        if start + length != size or length > self._limit:
            return None
        payload = self._unmask(data[start:], data[start - 4 : start]) if self._masked and length else data[start:]
        return payload if payload.isascii() else None

    def _header(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        """Check a frame's header: its own size, and the frame's; 0 and 0 while it is not complete."""
        first, second = data[at], data[at + 1]
        opcode, short = first & _OPCODE, second & _LENGTH
        if first & _RSV or second & _MASK != self._masked:
            raise _Broken(PROTOCOL)
        if opcode > BINARY:
            if not CLOSE <= opcode <= PONG or not first & _FIN or short > _CONTROL_BYTES:
                raise _Broken(PROTOCOL)
            if opcode == CLOSE and short == 1:
                raise _Broken(PROTOCOL)
        elif (opcode == CONTINUATION) != (self._open is not None):
            raise _Broken(PROTOCOL)
        start = 6 if self._masked else 2
        if short > _CONTROL_BYTES:
            extended = 2 if short == 126 else 8
            start += extended
            if end - at < start:
                return 0, 0
            size = int.from_bytes(data[at + 2 : at + 2 + extended], "big")
            if size < (126 if extended == 2 else 65536) or size >> 63:
                raise _Broken(PROTOCOL)
        else:
            if end - at < start:
                return 0, 0
            size = short
        if opcode <= BINARY and size + (len(self._parts) if self._parts else 0) > self._limit:
            raise _Broken(TOO_BIG)
        return start, start + size

    def _whole(self, data: bytes, at: int, start: int, end: int, found: list[Found]) -> None:
        """Take a whole frame: data[at:end], its payload from `start`."""
        payload = data[start:end]
        if self._masked and payload:
            payload = self._unmask(payload, data[start - 4 : start])
        first = data[at]
        opcode = first & _OPCODE
        if opcode > BINARY:
            found.append(Control(opcode, payload))
        elif opcode and first & _FIN:
            if opcode == TEXT:
                if self._decoder:
                    self._check(payload[self._seen :], final=True)
                elif not payload.isascii():
                    self._check(payload, final=True)
            found.append(Message(payload, opcode == BINARY, data[at:end]))
        else:
            self._fragment(opcode, payload, bool(first & _FIN), found)

    def _fragment(self, opcode: int, payload: bytes, final: bool, found: list[Found]) -> None:
        if opcode:
            self._open, self._parts = opcode, bytearray()
        assert self._parts is not None
        self._parts += payload
        if self._open == TEXT:
            self._check(payload[self._seen :], final)
        if final:
            found.append(Message(bytes(self._parts), self._open == BINARY, b""))
            self._open = self._parts = None

    def _partly(self, rest: bytes | bytearray, need: int, found: list[Found]) -> list[Found]:
        """Check the text in a frame of which a part has come."""
        opcode = rest[0] & _OPCODE
        if opcode == TEXT or (opcode == CONTINUATION and self._open == TEXT):
            short = rest[1] & _LENGTH
            start = (2 if short < 126 else 4 if short == 126 else 10) + (4 if self._masked else 0)
            seen, self._seen = self._seen, len(rest) - start
            new = bytes(rest[start + seen :])
            if self._masked:
                mask = bytes(rest[start - 4 : start])
                new = self._unmask(new, mask[seen % 4 :] + mask[: seen % 4]) if new else new
            try:
                self._check(new, final=False)
            except _Broken as broken:
                return self._break(broken.code, found)
        return found

    def _check(self, text: bytes, final: bool) -> None:
        decoder = self._decoder = self._decoder or _DECODER("strict")
        try:
            decoder.decode(text, final)
        except UnicodeDecodeError:
            raise _Broken(UTF8) from None
        if final:
            self._decoder = None
        elif _SURROGATE.match(decoder.getstate()[0]):
            raise _Broken(UTF8)  # half of a surrogate pair, of which Python waits for the last octet

    def _break(self, code: int, found: list[Found]) -> list[Found]:
        self.broken = True
        self._rest, self._parts, self._decoder = b"", None, None
        found.append(Breach(code))
        return found
