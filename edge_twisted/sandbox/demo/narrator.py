"""Puts what happens into lines of the terminal: Edge in its own words, the sandbox's ends in those of `story`."""

from collections.abc import Callable, Hashable, Iterable
from typing import Final

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.system import STRANGER
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.cast import Member
from edge_twisted.sandbox.demo.control import Event
from edge_twisted.sandbox.demo.summary import TROUBLE
from edge_twisted.sandbox.demo.terminal import Terminal

FOLD_SECONDS: Final = 300.0
"""Trouble that stays the same is told once in this time."""
FOLDED: Final = 1000
"""Troubles that are remembered."""
GOOD: Final = frozenset({"served", "learned"})
BAD: Final = frozenset({"internal", "store-failed"})


class Narrator:
    """Tells the story.

    Args:
        terminal: where to.
        clock: seconds that never jump.
        cast: the chargers of the demo, if any.

    Attributes:
        silent: tell nothing more.
    """

    def __init__(self, terminal: Terminal, clock: Callable[[], float], cast: Iterable[Member] = ()) -> None:
        self.silent = False
        self._terminal = terminal
        self._clock = clock
        self._cast = {member.identity: member for member in cast}
        self._told: dict[Hashable, float] = {}

    def demo(self, text: str, colour: str = "") -> None:
        """Say something in the demo's own name."""
        self._terminal.say(story.DEMO, text, "bold", colour)

    def dashboard(self) -> None:
        """Tell what the charger dashboard says of each charger."""
        for member in self._cast.values():
            name = story.charger(member.number)
            self._terminal.say(story.CENTRAL, story.dashboard(name, member.identity, member.account), "magenta")

    def central(self, happening: h.Happening) -> None:
        """Tell what happened at the central system."""
        member = self._cast.get(happening.identity)
        name = story.charger(member.number) if member else story.STRANGER
        text = story.central_says(name, member.account if member else STRANGER, happening)
        trouble = not isinstance(happening, h.Let)
        if text and not (trouble and self._folded((story.CENTRAL, text))):
            self._terminal.say(story.CENTRAL, text, "magenta", "yellow" if trouble else "")

    def central_ready(self, ws: str, wss: str) -> None:
        """Tell where the central system listens."""
        self._terminal.say(story.CENTRAL, story.CENTRAL_READY.format(ws=ws, wss=wss), "magenta")

    def charger(self, happening: h.Happening) -> None:
        """Tell what happened at a charger."""
        member = self._cast[happening.identity]
        text = story.charger_says(member.credentials, happening)
        trouble = isinstance(happening, h.Refused | h.Untrusting | h.Failed | h.Closed)
        again = isinstance(happening, h.Dialling) and happening.attempt > 1
        if text and not self.silent and not ((trouble or again) and self._folded((member.number, text))):
            self._terminal.say(story.charger(member.number), text, "blue", "yellow" if trouble else "")

    def edge(self, event: Event) -> None:
        """Tell what Edge says."""
        code, fields = str(event["code"]), event.get("fields", {})
        about = ("address", "status", "cause", "what")
        key = (code, event.get("charger"), *(str(fields.get(name)) for name in about))
        if self.silent or (code in TROUBLE and self._folded(key)):
            return
        colour = "red" if code in BAD else "yellow" if code in TROUBLE else "green" if code in GOOD else ""
        self._terminal.say(story.EDGE, str(event["sentence"]), "cyan", colour)

    def _folded(self, key: Hashable) -> bool:
        """Whether this was told lately."""
        now = self._clock()
        if now - self._told.get(key, -FOLD_SECONDS) < FOLD_SECONDS or self.silent:
            return True
        self._told.pop(key, None)
        self._told[key] = now
        if len(self._told) > FOLDED:
            del self._told[next(iter(self._told))]
        return False
