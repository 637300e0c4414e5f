"""Who is alive, and who is not: pings and their answers, also where Edge itself comes late."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.steps import Leg
from edge_twisted.wire.leg import Pulse
from edge_twisted.wire.liveness import SLOW_SECONDS, Liveness
from edge_twisted.wire.wheel import Wheel

INTERVAL = 24.0


class Peer:
    """Stands for a leg.

    Args:
        clock: ours.
        answers: seconds after which it answers a ping; None: never.
    """

    def __init__(self, clock: Clock, answers: float | None) -> None:
        self.clock = clock
        self.answers = answers
        self.pulse = Pulse(clock.seconds())
        self.clogged: float | None = None
        self.pings: list[float] = []

    def ping(self) -> bool:
        """It is asked for a sign of life."""
        if self.clogged is not None:
            return False
        self.pings.append(self.clock.seconds())
        if self.answers is not None:
            self.clock.callLater(self.answers, self.pong)
        return True

    def pong(self) -> None:
        """It answers."""
        self.pulse.ponged = True
        self.say()

    def say(self) -> None:
        """It says something."""
        self.pulse.heard = self.clock.seconds()
        self.pulse.signs += 1


class Tardy:
    """A clock whose timers come late, as a busy Edge's do.

    Args:
        clock: the true one.
        late: by how many seconds, one after the other.
    """

    def __init__(self, clock: Clock, *late: float) -> None:
        self.seconds = clock.seconds
        self._clock = clock
        self._late = cycle(late)

    def callLater(self, seconds: float, what: Callable[[], None]) -> Any:
        """Call something, late."""
        return self._clock.callLater(seconds + next(self._late), what)


class LivenessTests(SynchronousTestCase):
    """Two peers of one session."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.dead: list[tuple[Leg, str, float]] = []

    def begin(self, answers: float | None, *late: float, interval: float = INTERVAL) -> Peer:
        """Begin to look; the charger, which answers pings after so many seconds. Looks come `late`."""
        clock: Any = Tardy(self.clock, *late) if late else self.clock
        legs: Any = {Leg.CHARGER: Peer(self.clock, answers), Leg.CENTRAL: Peer(self.clock, 0.001)}
        looking = Liveness(self.clock, legs, interval, self.end, Wheel(clock, interval))
        self.addCleanup(looking.stop)
        charger: Peer = legs[Leg.CHARGER]
        return charger

    def end(self, leg: Leg, how: str) -> None:
        """Somebody is dead."""
        self.dead.append((leg, how, self.clock.seconds()))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with everything at its time."""
        end = self.clock.seconds() + seconds
        while (next_at := min((call.getTime() for call in self.clock.getDelayedCalls()), default=end)) < end:
            self.clock.advance(max(0.0, next_at - self.clock.seconds()))
        self.clock.advance(end - self.clock.seconds())

    def test_quiet(self) -> None:
        """Who says nothing but answers every ping is asked once an interval, and stays, however late the looks come."""
        charger = self.begin(0.001, 0.0, 0.5, 0.003, 0.0, 0.9, 0.0, 0.01)
        self.pass_time(100.5 * INTERVAL)
        self.assertEqual(([], 100), (self.dead, len(charger.pings)))

    def test_slow_pong(self) -> None:
        """So does one that takes two thirds of an interval to answer."""
        self.begin(INTERVAL * 2 / 3, 0.0, 0.5, 0.003, 0.9)
        self.pass_time(50 * INTERVAL)
        self.assertEqual([], self.dead)

    def test_talker(self) -> None:
        """Who says something himself is not asked."""
        charger = self.begin(0.001)
        for _ in range(100):
            self.pass_time(INTERVAL / 3)
            charger.say()
        self.assertEqual(([], []), (self.dead, charger.pings))

    def test_silent(self) -> None:
        """Who has answered before and does not any more is dead an interval after he was asked."""
        charger = self.begin(0.001, 0.0, 0.003)
        self.pass_time(4.5 * INTERVAL)
        charger.answers = None
        self.pass_time(1.9 * INTERVAL)
        self.assertEqual([(Leg.CHARGER, "silent")], [(leg, how) for leg, how, _ in self.dead])

    def test_never(self) -> None:
        """Q25: who never answers stays, and is asked once an interval."""
        charger = self.begin(None)
        self.pass_time(50.5 * INTERVAL)
        self.assertEqual(([], 50), (self.dead, len(charger.pings)))

    def test_stood_still(self) -> None:
        """Where Edge stood still after it asked, it asks once more: the answer may be among what it has not read."""
        charger = self.begin(0.001)
        self.pass_time(4.5 * INTERVAL)
        charger.answers = None
        self.pass_time(INTERVAL)
        asked, charger.answers = len(charger.pings), 0.001
        self.clock.advance(10 * INTERVAL)
        self.pass_time(5 * INTERVAL)
        self.assertEqual([], self.dead)
        self.assertGreater(len(charger.pings), asked)

    def test_catching_up(self) -> None:
        """Two looks at once, where those before came late, are no interval in which somebody could have answered."""
        charger = self.begin(0.2, interval=1.0)
        self.pass_time(3.5)
        for _ in range(20):
            self.clock.advance(1.9)
            self.pass_time(2.1)
        self.assertEqual([], self.dead)
        self.assertGreater(len(charger.pings), 20)

    def test_takes_nothing(self) -> None:
        """Who takes nothing for a minute is dead; the silence of the other, who is not read meanwhile, says nothing."""
        charger = self.begin(0.001)
        self.pass_time(2.5 * INTERVAL)
        charger.clogged = self.clock.seconds()
        self.pass_time(SLOW_SECONDS + INTERVAL)
        self.assertEqual([(Leg.CHARGER, "slow")], [(leg, how) for leg, how, _ in self.dead[:1]])
