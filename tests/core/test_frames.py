"""The frame parser, by example and against Autobahn."""

from types import SimpleNamespace
from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats, WebSocketProtocol
from autobahn.websocket.utf8validator import Utf8Validator
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.frames import Breach, Control, Found, FrameReader, Message, xor
from tests.wire import frames
from tests.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

LIMIT = 70_000
BREACHES = (1002, 1007, 1009)

Told = tuple[Any, ...]


class Autobahn(WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn has no types
    """Autobahn's reader alone: what it tells, until a breach."""

    def __init__(self, masked: bool) -> None:
        super().__init__()
        self.factory = SimpleNamespace(isServer=masked)
        self.told: list[Told] = []
        self.over = False
        self.log = SimpleNamespace(debug=self.silent, warn=self.silent)
        for name, value in {
            "requireMaskedClientFrames": True,
            "acceptMaskedServerFrames": False,
            "applyMask": True,
            "utf8validateIncoming": True,
            "failByDrop": True,
            "maxMessagePayloadSize": LIMIT,
            "maxFramePayloadSize": LIMIT,
            "logOctets": False,
            "logFrames": False,
            "trackedTimings": None,
            "_perMessageCompress": None,
            "websocket_version": 13,
            "autoPingTimeoutCall": None,
            "autoPingPending": None,
            "inside_message": False,
            "current_frame": None,
            "failedByMe": False,
            "data": b"",
        }.items():
            setattr(self, name, value)
        self.trafficStats, self.utf8validator = TrafficStats(), Utf8Validator()
        self.state = WebSocketProtocol.STATE_OPEN

    def silent(self, *args: Any, **fields: Any) -> None:
        """Log nothing."""

    def _tell(self, *told: Any) -> None:
        if not self.over:
            self.told.append(told)

    def _onMessage(self, payload: bytes, binary: bool) -> None:
        self._tell("message", payload, binary)

    def fire(self, *args: Any, **fields: Any) -> Any:
        """Nobody listens."""
        return succeed(None)

    def onPing(self, payload: bytes) -> None:
        """A ping."""
        self._tell(PING, payload)

    def onPong(self, payload: bytes) -> None:
        """A pong."""
        self._tell(PONG, payload)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> bool | None:
        """A close; what it holds is judged later, on both paths by Autobahn's own method."""
        self._tell(CLOSE, (b"" if code is None else code.to_bytes(2, "big")) + (reasonRaw or b""))
        return None

    def _fail_connection(self, code: int = 1001, reason: str = "") -> None:
        self._tell("breach", code)
        self.over = True

    def feed(self, data: bytes) -> list[Told]:
        """Take octets, and say all that was told so far."""
        if not self.over:
            self._dataReceived(data)
        return self.told


def told(found: list[Found]) -> list[Told]:
    """The same words for what our reader finds."""
    words: list[Told] = []
    for one in found:
        if isinstance(one, Message):
            words.append(("message", one.payload, one.binary))
        elif isinstance(one, Control):
            words.append((one.opcode, one.payload))
        else:
            words.append(("breach", one.code))
    return words


texts = (
    st.text(max_size=40).map(str.encode)
    | st.binary(max_size=12)
    | st.sampled_from(
        [
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xc0\xaf",
            b"\xe2\x82",
            b"\xac",
            b"\xf0\x9f",
            b"\x98\x80",
            b"x" * 125,
            b"x" * 126,
            b"y" * 65_535,
            b"z" * 65_536,
            b"z" * LIMIT,
            b"z" * (LIMIT + 1),
            "\u00e9".encode() * 35_000,
        ]
    )
)


@st.composite
def honest(draw: st.DrawFn, masked: bool) -> bytes:
    """A message or a control frame as it may be, whole or in fragments with control frames between."""
    if draw(st.integers(0, 3)) == 0:
        return frame(draw(st.sampled_from([PING, PONG, CLOSE])), draw(st.binary(max_size=125)), masked=masked)
    text = draw(st.text(max_size=60)).encode()
    binary = draw(st.booleans())
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    made = b""
    for number, piece in enumerate(pieces):
        opcode = CONTINUATION if number else BINARY if binary else TEXT
        made += frame(opcode, piece, masked=masked, final=number == len(pieces) - 1)
        if number < len(pieces) - 1 and draw(st.booleans()):
            made += frame(draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=4)), masked=masked)
    return made


@st.composite
def wild(draw: st.DrawFn, masked: bool) -> bytes:
    """A frame with anything in its header."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=20))
    masked = masked if kind < 9 else not masked
    opcode = draw(st.integers(0, 15) if kind < 3 else st.sampled_from([TEXT, CONTINUATION, TEXT, BINARY, PING]))
    made = frame(
        opcode,
        draw(texts),
        masked=masked,
        final=draw(st.booleans()),
        rsv=draw(st.integers(0, 7)) if kind == 1 else 0,
    )
    if kind == 2:  # a length that is not the shortest, or beyond all limits
        size = draw(st.sampled_from([0, 5, 125, 126, 65_535, 65_536, LIMIT + 1, 1 << 31, (1 << 63) - 1, 1 << 63]))
        short = 126 if size < 65_536 and draw(st.booleans()) else 127
        key = bytes(4) if masked else b""
        head = bytes([made[0], short | (0x80 if masked else 0)])
        return head + size.to_bytes(2 if short == 126 else 8, "big") + key + bytes(min(size, 80_000))
    return made


@st.composite
def streams(draw: st.DrawFn) -> tuple[bool, list[bytes]]:
    """What a peer sends, and how it is cut."""
    masked = draw(st.booleans())
    parts = draw(st.lists(st.one_of(honest(masked), honest(masked), wild(masked)), max_size=6))
    data = b"".join(parts)
    if draw(st.booleans()):
        return masked, [data]
    small = len(data) < 400
    if small and draw(st.booleans()):
        return masked, [data[at : at + 1] for at in range(len(data))]
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return masked, [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


class AgainstAutobahnTests(SynchronousTestCase):
    """The same octets, cut in the same places, make the same of both."""

    @settings(max_examples=1500, deadline=None)
    @given(streams())
    def test_same(self, stream: tuple[bool, list[bytes]]) -> None:
        """W-03, W-04: the same messages, control frames and breaches, after each piece."""
        masked, pieces = stream
        theirs, ours = Autobahn(masked), FrameReader(masked, LIMIT)
        words: list[Told] = []
        for piece in pieces:
            words += told(ours.feed(piece))
            self.assertEqual(theirs.feed(piece), words)

    @settings(max_examples=300, deadline=None)
    @given(st.data(), st.booleans())
    def test_raw(self, data: st.DataObject, masked: bool) -> None:
        """What came in one frame is kept octet for octet, wherever it was cut."""
        sent = [data.draw(honest(masked)) for _ in range(3)]
        whole = b"".join(sent)
        at = data.draw(st.integers(0, len(whole)))
        reader = FrameReader(masked, LIMIT)
        found = reader.feed(whole[:at]) + reader.feed(whole[at:])
        for one in found:
            if isinstance(one, Message) and one.raw:
                self.assertIn(one.raw, whole)
                again = frames.read(bytearray(one.raw))
                self.assertEqual([(BINARY if one.binary else TEXT, one.payload)], [f[:2] for f in again])


class UsualTests(SynchronousTestCase):
    """The short look at what is nearly always read: one whole text message."""

    @settings(max_examples=1500, deadline=None)
    @given(streams())
    def test_same(self, stream: tuple[bool, list[bytes]]) -> None:
        """It takes just what the long look would make one text message of, and else leaves everything to that."""
        masked, pieces = stream
        long, short = FrameReader(masked, LIMIT), FrameReader(masked, LIMIT)
        for piece in pieces:
            found, payload = long.feed(piece), short.usual(piece)
            self.assertEqual(found, short.feed(piece) if payload is None else [Message(payload, False, piece)])

    def test_taken(self) -> None:
        """All ASCII text is taken, up to the limit and as long as its length has two octets; what isn't is not."""
        for masked in (False, True):
            for size in (6, 125, 126, 127, 2048, 65_535):
                data = frame(TEXT, b"x" * size, masked=masked)
                reader = FrameReader(masked, LIMIT)
                self.assertEqual(b"x" * size, reader.usual(data))
                self.assertIsNone(FrameReader(masked, size - 1).usual(data))
                self.assertIsNone(FrameReader(not masked, LIMIT).usual(data))
                self.assertIsNone(reader.usual(data + b"x"))
                self.assertIsNone(reader.usual(frame(BINARY, b"x" * size, masked=masked)))
                self.assertEqual([], reader.feed(data[:-1]))
                self.assertIsNone(reader.usual(data), "in the middle of a frame")

    def test_fragments(self) -> None:
        """A text amid the fragments of another one is a breach, and not taken."""
        reader = FrameReader(False, LIMIT)
        reader.feed(frame(TEXT, b"one", masked=False, final=False))
        data = frame(TEXT, b"another one", masked=False)
        self.assertIsNone(reader.usual(data))
        self.assertEqual([Breach(1002)], reader.feed(data))
        self.assertIsNone(reader.usual(data), "behind a breach")

    def test_longer_than_needed(self) -> None:
        """E15: a length in two octets that one would hold is left to the long look, which refuses it."""
        data = bytes([0x81, 126, 0, 100]) + b"x" * 100
        reader = FrameReader(False, LIMIT)
        self.assertIsNone(reader.usual(data))
        self.assertEqual([Breach(1002)], reader.feed(data))


class FrameReaderTests(SynchronousTestCase):
    """Single rules."""

    def test_nothing_behind_a_breach(self) -> None:
        """A breach is told once, and nothing behind it is read."""
        reader = FrameReader(True, LIMIT)
        data = frame(TEXT, b"one", masked=True)
        self.assertEqual([Message(b"one", False, data)], reader.feed(data))
        self.assertEqual([Breach(1002)], reader.feed(frame(TEXT, b"two", masked=False) + data))
        self.assertEqual([], reader.feed(data))
        self.assertTrue(reader.broken)

    def test_big_is_found_at_once(self) -> None:
        """E15: the header of a message that is too big is enough."""
        head = bytes([0x81, 127]) + (LIMIT + 1).to_bytes(8, "big")
        self.assertEqual([Breach(1009)], FrameReader(False, LIMIT).feed(head))

    def test_text_is_judged_early(self) -> None:
        """E8: what no octet to come can mend is a breach at once, half of a surrogate pair too."""
        for text in (b"\xff", b"\xc0", b"\xed\xa0", b"\xed\xbf", b"\xf4\x90", b"\xe0\x80", b"\xf0\x80"):
            for masked in (False, True):
                data = frame(TEXT, b"ab" + text + b"cdefgh", masked=masked)
                reader = FrameReader(masked, LIMIT)
                self.assertEqual([], reader.feed(data[: -6 - len(text)]))
                self.assertEqual([Breach(1007)], reader.feed(data[-6 - len(text) : -6]), text)

    def test_limit_counts_fragments(self) -> None:
        """The limit holds for a message, however many fragments it has."""
        reader = FrameReader(False, 10)
        self.assertEqual([], reader.feed(frame(TEXT, b"x" * 6, masked=False, final=False)))
        self.assertEqual([Breach(1009)], reader.feed(frame(CONTINUATION, b"x" * 5, masked=False)))

    @given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
    def test_xor(self, data: bytes, mask: bytes) -> None:
        """A mask is applied octet by octet, and twice is not at all."""
        self.assertEqual(bytes(one ^ mask[at % 4] for at, one in enumerate(data)), xor(data, mask))
        self.assertEqual(data, xor(xor(data, mask), mask))
