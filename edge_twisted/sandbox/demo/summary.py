"""What came of each charger, gathered from Edge's events and from the chargers: the demo's table."""

from collections.abc import Iterable
from typing import Final

from attrs import Factory, define

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.cast import Member
from edge_twisted.sandbox.demo.control import Event

TROUBLE: Final = frozenset(
    {"handshake-failed", "request-refused", "attempt-refused", "turned-away", "uplink-failed", "alarm", "internal"}
    | {"store-failed"}
)
"""Events that somebody should look at."""


@define
class Outcome:
    """What is known of one charger.

    Args:
        member: whose.
        secure, password: of its own leg.
        uplink: where Edge connected for it; empty: nowhere.
        kind: whose credentials went up.
        served: whether the central system served it.
        learned: what Edge learned of it.
        trouble: Edge's last words about something wrong, as long as nothing came right.
        failed: whether the charger itself saw an attempt come to nothing.
    """

    member: Member
    secure: bool | None = None
    password: bool = False
    uplink: str = ""
    kind: str = ""
    served: bool = False
    learned: list[str] = Factory(list)
    trouble: str = ""
    failed: bool = False

    @property
    def decided(self) -> bool:
        """Whether there is something to tell: it is served, or why not is known."""
        return self.served or (self.failed and bool(self.trouble))

    def row(self) -> tuple[str, str, str, str, str]:
        """Its line of the table."""
        name = f"{self.member.number} {story.label(self.member.identity)}"
        if self.secure is None:
            result = story.NOT_SERVED if self.trouble else story.NOTHING_YET
            return name, story.NO_LEG[self.member.secure], story.NO_UPLINK, "", result
        leg = story.leg(self.secure, self.password)
        uplink = story.leg(self.uplink.startswith("wss:"), self.kind != "none")
        if not self.served:
            return name, leg, uplink, "", story.NOT_SERVED if self.trouble else story.CONNECTED
        found = [story.LEARNED[what] for what in self.learned if what != "wss" or not self.secure]
        return name, leg, uplink, ", ".join(found), story.SERVED

    def moral(self) -> str:
        """What it shows."""
        onward, password = self.uplink.startswith("wss:"), self.kind not in ("", "none")
        name = story.charger(self.member.number)
        return story.moral(name, self.served, bool(self.secure), onward, password)


class Summary:
    """What is known of all.

    Args:
        cast: the chargers.
    """

    def __init__(self, cast: Iterable[Member]) -> None:
        self.outcomes = {member.identity: Outcome(member) for member in cast}
        self._names: dict[str, str] = {}

    def find(self, event: Event) -> Outcome | None:
        """Whose event it is; None for one of nobody here."""
        name = event.get("charger")
        if name and name in self._names:
            return self.outcomes[self._names[name]]
        for outcome in self.outcomes.values():
            if outcome.member.is_meant(event):
                if name:
                    self._names[name] = outcome.member.identity
                return outcome
        return None

    def hear(self, event: Event) -> None:
        """Take an event of Edge's."""
        outcome = self.find(event)
        if outcome is None:
            return
        code, fields = event["code"], event.get("fields", {})
        if code == "session-opened":
            outcome.secure, outcome.password = bool(fields["secure"]), bool(fields["password"])
            outcome.uplink, outcome.kind = str(fields["uplink"]), str(fields["kind"])
            outcome.trouble = ""
        elif code == "served":
            outcome.served = True
        elif code == "learned" and fields["what"] in story.LEARNED and fields["what"] not in outcome.learned:
            outcome.learned.append(fields["what"])
        elif code == "session-ended":
            outcome.secure, outcome.served = None, False
            outcome.trouble = str(event["sentence"])
        elif code in TROUBLE:
            outcome.trouble = str(event["sentence"])

    def notice(self, happening: h.Happening) -> None:
        """Take what happened at a charger."""
        if isinstance(happening, h.Refused | h.Untrusting | h.Failed | h.Closed):
            self.outcomes[happening.identity].failed = True

    @property
    def decided(self) -> bool:
        """Whether there is something to tell of all."""
        return all(outcome.decided for outcome in self.outcomes.values())

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """The table."""
        return [outcome.row() for outcome in self.outcomes.values()]

    def notes(self) -> list[str]:
        """Why somebody is not served, and what to do about it, in Edge's own words."""
        return [
            f"{story.charger(outcome.member.number)}: {outcome.trouble}"
            for outcome in self.outcomes.values()
            if outcome.trouble and not outcome.served
        ]
