"""One suite over all paths of the relay: Autobahn's message layer or our own reader, the gate armed or not.

Whatever two peers do, and however it is cut on the way, all paths make the same of it.
"""

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.events import SessionEnded
from edge_twisted.core.steps import Leg
from edge_twisted.wire.relay import Relay, Verdict
from tests.wire import frames
from tests.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from tests.wire.memory import LIMITS, Person, Site

LIMIT = 3000
SMALL = evolve(LIMITS, message_bytes=LIMIT, ping_seconds=3600.0)


class Gate:
    """A gate that is armed: it holds what has `hold` in it until it is told, takes what has `take` in it."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.taken: list[bytes] = []

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Say what becomes of a message."""
        if b"take" in payload:
            self.taken.append(payload)
            return Verdict.TAKE
        return Verdict.HOLD if b"hold" in payload else Verdict.PASS


@frozen
class Path:
    """One path through the relay."""

    hot: bool
    armed: bool
    chunk: int = 1 << 30


PATHS = (Path(False, False), Path(True, False), Path(False, True), Path(True, True))


@frozen
class Act:
    """What one peer does: octets, or how it leaves."""

    by_charger: bool
    kind: str
    data: bytes = b""
    code: int | None = None


class Scene:
    """One session on one path.

    Args:
        path: which.
        limits: bounds.
    """

    def __init__(self, path: Path, limits: Any = SMALL) -> None:
        self.site = Site(path.chunk, limits, hot=path.hot)
        self.charger, self.central = self.site.open()
        (bridge,) = self.site.line._bridges.values()
        assert bridge._relay is not None
        self.relay = bridge._relay
        self.gate = Gate(self.relay) if path.armed else None
        self.relay.gate = self.gate

    def do(self, act: Act) -> None:
        """Let a peer act."""
        who: Person = self.charger if act.by_charger else self.central
        if who.lost:
            return
        match act.kind:
            case "raw":
                who.raw(act.data)
            case "vanish":
                who.vanish()
            case "leave":
                who.leave()
            case "release":
                for leg in Leg:
                    self.relay.release(leg)
                self.site.net.flush()

    def outcome(self) -> dict[str, object]:
        """All that anybody outside can tell the paths by, once it is over."""
        self.site.end()
        told = [evolve(event, seconds=0.0) if isinstance(event, SessionEnded) else event for event in self.site.events]
        return {
            "to charger": [(f.opcode, f.payload) for f in self.charger.seen],
            "to central": [(f.opcode, f.payload) for f in self.central.seen],
            "masks": {f.masked for f in self.central.seen} | {not f.masked for f in self.charger.seen},
            "ends": (type(self.charger.lost), type(self.central.lost)),
            "events": told,
            "taken": self.gate.taken if self.gate else [],
        }


texts = st.sampled_from([b"", b"[2,1]", b"hold", b"take", b"x" * 125, b"x" * 126, b"\xc3\xa9" * 700, b"x" * LIMIT]) | (
    st.text(max_size=20).map(str.encode)
)
wrong = st.sampled_from([b"\xed\xa0\x80", b"\xff", b"abc\xc3", b"x" * (LIMIT + 1)])
codes = st.sampled_from([None, 1000, 1001, 1002, 1005, 1006, 1014, 1015, 3000, 4999, 999, 5000])


@st.composite
def sent(draw: st.DrawFn, masked: bool) -> bytes:
    """What a peer may put on the wire: mostly right."""
    kind = draw(st.integers(0, 19))
    if kind < 8:
        return frames.frame(draw(st.sampled_from([TEXT, TEXT, BINARY])), draw(texts), masked=masked)
    if kind < 11:
        first, between, last = draw(texts), draw(st.booleans()), draw(texts)
        made = frames.frame(TEXT, first, masked=masked, final=False)
        made += frames.frame(PING, b"between", masked=masked) if between else b""
        return made + frames.frame(CONTINUATION, last, masked=masked)
    if kind < 14:
        return frames.frame(draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=125)), masked=masked)
    if kind < 16:
        reason = draw(st.sampled_from([b"", b"going", b"\xc3\xa9" * 61, b"\xff"]))
        return frames.close(draw(codes), reason, masked=masked)
    if kind == 16:
        return frames.frame(TEXT, draw(wrong), masked=masked)
    if kind == 17:
        return frames.frame(TEXT, b"x", masked=not masked)
    if kind == 18:
        return frames.frame(draw(st.integers(0, 15)), b"x", masked=masked, final=draw(st.booleans()))
    return frames.frame(TEXT, b"x", masked=masked, rsv=draw(st.integers(1, 7)))


@st.composite
def scripts(draw: st.DrawFn) -> tuple[int, list[Act]]:
    """What both peers do, in order, and how the net cuts it."""
    acts: list[Act] = []
    for _ in range(draw(st.integers(1, 12))):
        by_charger = draw(st.booleans())
        kind = draw(st.integers(0, 19))
        if kind == 19:
            acts.append(Act(by_charger, draw(st.sampled_from(["vanish", "leave"]))))
        elif kind == 18:
            acts.append(Act(True, "release"))
        else:
            data = b"".join(draw(st.lists(sent(by_charger), min_size=1, max_size=3)))
            at = draw(st.integers(0, len(data))) if draw(st.booleans()) else len(data)
            acts += [Act(by_charger, "raw", piece) for piece in (data[:at], data[at:]) if piece]
    return draw(st.sampled_from([1, 2, 3, 7, 100, 1 << 30])), acts


class SamePathsTests(SynchronousTestCase):
    """The plain path is the judge."""

    @settings(max_examples=250, deadline=None)
    @given(scripts())
    def test_same(self, script: tuple[int, list[Act]]) -> None:
        """E1, E9, E16, W-04: messages, order, close codes, ends and events are the same on both paths, gate or not."""
        chunk, acts = script
        for armed in (False, True):
            outcomes = []
            for hot in (False, True):
                scene = Scene(Path(hot, armed, chunk))
                for act in acts:
                    scene.do(act)
                outcomes.append(scene.outcome())
            self.assertEqual(*outcomes)


class EveryPathTests(SynchronousTestCase):
    """What each path does, one by one."""

    def each(self, check: Callable[[Scene], None], limits: Any = SMALL) -> None:
        """Run a check on every path, and with the net cutting everything to pieces."""
        for path in PATHS:
            for chunk in (1 << 30, 1):
                scene = Scene(evolve(path, chunk=chunk), limits)
                check(scene)
                scene.site.end()

    def test_octets(self) -> None:
        """E1, J-28: what arrives is what was sent, opcode and order included, and masked where it must be."""
        sent = [(TEXT, b'[2,"1","A",{ }]'), (BINARY, b"\x00\xff"), (TEXT, b""), (TEXT, "é".encode() * 200)]

        def check(scene: Scene) -> None:
            for opcode, payload in sent:
                scene.charger.say(payload, opcode)
                scene.central.say(payload, opcode)
            self.assertEqual([(o, p, True, True) for o, p in sent], [tuple(f) for f in scene.central.seen])
            self.assertEqual([(o, p, True, False) for o, p in sent], [tuple(f) for f in scene.charger.seen])

        self.each(check)

    def test_breaches(self) -> None:
        """E8, E15, W-03: 1002, 1007 or 1009 to who broke the rules, 1001 to the other; nothing behind it is heard.

        Towards a charger Edge is the server, and so the one that ends the stream (RFC 6455, 7.1.1).
        """
        broken: list[tuple[int, Callable[[bool], bytes]]] = [
            (1002, lambda m: frames.frame(TEXT, b"x", masked=not m)),
            (1002, lambda m: frames.frame(TEXT, b"x", masked=m, rsv=4)),
            (1002, lambda m: frames.frame(3, b"x", masked=m)),
            (1002, lambda m: frames.frame(11, b"x", masked=m)),
            (1002, lambda m: frames.frame(CONTINUATION, b"x", masked=m)),
            (1002, lambda m: frames.frame(PING, b"x", masked=m, final=False)),
            (1002, lambda m: frames.frame(PING, b"x" * 126, masked=m)),
            (1002, lambda m: frames.frame(TEXT, b"a", masked=m, final=False) + frames.frame(TEXT, b"b", masked=m)),
            (1002, lambda m: frames.frame(CLOSE, b"x", masked=m)),
            (1002, lambda m: frames.close(1005, masked=m)),
            (1007, lambda m: frames.close(1000, b"\xff", masked=m)),
            (1007, lambda m: frames.frame(TEXT, b"\xff", masked=m)),
            (1007, lambda m: frames.frame(TEXT, b"\xc3", masked=m)),
            (
                1007,
                lambda m: (
                    frames.frame(TEXT, b"\xc3", masked=m, final=False) + frames.frame(CONTINUATION, b"x", masked=m)
                ),
            ),
            (1009, lambda m: frames.frame(TEXT, b"x" * (LIMIT + 1), masked=m)),
            (
                1009,
                lambda m: (
                    frames.frame(TEXT, b"x" * LIMIT, masked=m, final=False) + frames.frame(CONTINUATION, b"x", masked=m)
                ),
            ),
        ]

        def check(scene: Scene, code: int, data: bytes, by_charger: bool) -> None:
            who, other = (scene.charger, scene.central) if by_charger else (scene.central, scene.charger)
            before, behind = b"[2,0]", frames.frame(TEXT, b"[2,9]", masked=by_charger)
            who.raw(frames.frame(TEXT, before, masked=by_charger) + data + behind)
            who.raw(behind + frames.close(1000, masked=by_charger))
            self.assertEqual([(code, b"")], who.closes)
            self.assertEqual([(1001, b"")], other.closes)
            self.assertEqual([before], other.texts)
            self.assertEqual(by_charger, isinstance(who.lost, ConnectionDone))
            (ended,) = scene.site.told("session-ended")
            self.assertEqual(f"{'charger' if by_charger else 'central'}-broke", ended.outcome)

        for code, make in broken:
            for by_charger in (True, False):
                data = make(by_charger)
                self.each(lambda s, c=code, d=data, b=by_charger: check(s, c, d, b))  # type: ignore[misc]  # mypy infers no lambda with defaults

    def test_closes(self) -> None:
        """W-04: what a peer closes with is what the other hears, behind all that was said before."""

        def check(scene: Scene, code: int | None, reason: bytes) -> None:
            scene.charger.raw(
                frames.frame(TEXT, b"last", masked=True)
                + frames.close(code, reason, masked=True)
                + frames.frame(TEXT, b"late", masked=True)
            )
            self.assertEqual([b"last"], scene.central.texts)
            self.assertEqual([(code, reason)], scene.central.closes)
            self.assertEqual([(code, reason)], scene.charger.closes)

        for code, reason in ((None, b""), (1000, b""), (3000, b"why"), (4999, b"")):
            self.each(lambda s, c=code, r=reason: check(s, c, r))  # type: ignore[misc]  # mypy infers no lambda with defaults

    def test_both_close(self) -> None:
        """W-04: both close at once; each hears one close, and the session ends once."""

        def check(scene: Scene) -> None:
            for end, code in ((scene.charger, 1000), (scene.central, 3000)):
                end.transport.write(frames.close(code, masked=end.masked))  # type: ignore[union-attr]  # it is connected, or a plan, here
            scene.site.net.flush()
            self.assertEqual((1, 1), (len(scene.charger.closes), len(scene.central.closes)))
            self.assertEqual(1, len(scene.site.told("session-ended")))

        self.each(check)

    def test_held(self) -> None:
        """Order is kept behind a message that is held, per direction; one that is taken goes nowhere."""
        for hot in (False, True):
            for chunk in (1 << 30, 1):
                scene = Scene(Path(hot, True, chunk))
                for text in (b"one", b"hold", b"two", b"take", b"three"):
                    scene.charger.say(text)
                scene.central.say(b"down")
                self.assertEqual([b"one"], scene.central.texts)
                self.assertEqual([b"down"], scene.charger.texts)
                scene.relay.release(Leg.CHARGER)
                scene.site.net.flush()
                self.assertEqual([b"one", b"hold", b"two", b"three"], scene.central.texts)
                scene.charger.say(b"hold")
                scene.charger.say(b"behind")
                scene.charger.close(1000)
                self.assertEqual([b"hold", b"behind"], scene.central.texts[4:])
                scene.site.end()

    def test_slow_reader(self) -> None:
        """W-12: a peer that does not read stops the other; nothing is lost, and little is kept."""

        def check(scene: Scene) -> None:
            site, charger, central = scene.site, scene.charger, scene.central
            if site.net.chunk == 1:
                site.net.chunk = 5000
            charger.transport.pauseProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
            said = [b"%06d" % number + b"x" * 1000 for number in range(2000)]
            for text in said:
                central.transport.write(frames.frame(TEXT, text, masked=False))  # type: ignore[union-attr]  # it is connected, or a plan, here
            site.net.flush()
            kept = sum(end.size for end in site.net.ends if end.protocol is not central)
            self.assertLess(kept, 4_000_000 if site.net.chunk > 5000 else 200_000)
            charger.transport.resumeProducing()  # type: ignore[union-attr]  # it is connected, or a plan, here
            site.net.flush()
            self.assertEqual(said, charger.texts)

        self.each(check)
