"""A charger's inside on a bench: a clock that the test moves, and a central system that answers in memory."""

import json
from collections.abc import Mapping
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.cards import Cards
from edge_twisted.sandbox.charger.commands import Commands
from edge_twisted.sandbox.charger.core_commands import CoreCommands
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.events import Events
from edge_twisted.sandbox.charger.posture import Posture
from edge_twisted.sandbox.charger.profiles import Profiles
from edge_twisted.sandbox.charger.routine import Routine
from edge_twisted.sandbox.charger.security_commands import SecurityCommands
from edge_twisted.sandbox.charger.service_commands import ServiceCommands
from edge_twisted.sandbox.charger.settings import Access, ChargerSettings, Plan
from edge_twisted.sandbox.charger.settling import Settling
from edge_twisted.sandbox.charger.watch import Watch, timestamp
from edge_twisted.sandbox.charger.works import Works, keys_of
from edge_twisted.sandbox.framing import Call, Error, Result, read, write

PLAN = Plan(first=5, length=30, sample=10, pause=20)
EVENTS = "SecurityEventNotification"


class Bench(SynchronousTestCase):
    """Base of tests; `power_on` makes the charger.

    Attributes:
        calls: what the charger asked, in order.
        texts: the same as it was sent.
        told: what happened.
        replies: payloads for actions; a str: the code of a CALLERROR; None: no answer.
        redials, reboots: how often, or why, these were asked for.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.calls: list[Call] = []
        self.texts: list[str] = []
        self.answers: list[Result | Error] = []
        self.told: list[h.Happening] = []
        self.replies: dict[str, Mapping[str, Any] | str | None] = {}
        self.redials = 0
        self.pings = 0
        self.reboots: list[str] = []
        self.number = 0
        self.used: tuple[bytes, ...] = ()
        self.epoch = 0.0

    def power_on(self, access: Access | None = None, plan: Plan | None = PLAN, **settings: Any) -> None:
        """Make a charger.

        Args:
            access: what is entered in it.
            plan: when it charges.
            settings: of `ChargerSettings`.
        """
        self.settings = ChargerSettings(access or Access("ws://edge.lan", "CP1"), plan=plan, **settings)
        quirks = self.settings.quirks
        self.dialogue = Dialogue(self.clock, lambda: None, self.settings.transactions, quirks)
        self.dialogue.heard = lambda: float("inf")
        keys, watch = (
            keys_of(self.settings),
            Watch(lambda: self.epoch + self.clock.seconds(), self.settings.clock_error, quirks.clock_at_1970),
        )
        events = Events("CP1", self.dialogue, watch, self.told.append, self.settings.white_paper)
        self.works = Works(
            "CP1",
            self.clock,
            self.settings,
            self.dialogue,
            self.told.append,
            lambda: 0.5,
            watch,
            keys,
            Cards(keys),
            Profiles(),
            events,
        )
        self.posture = Posture(self.works)
        self.routine = Routine(self.works)
        settling = Settling(self.works, self.posture, self.routine, self._redial, self._set_pings)
        security = SecurityCommands(self.works, self.posture, lambda: self.used)
        service = ServiceCommands(self.works, self.routine, self.reboots.append, security.sign)
        core = CoreCommands(self.works, self.routine, self.reboots.append, settling.change)
        known = core.known() | service.known() | security.known()
        self.dialogue.asked = Commands(self.works, known, self.reboots.append).answer
        self.addCleanup(self.routine.stop)
        self.addCleanup(service.stop)

    def connect(self) -> None:
        """Give the charger a connection, on which the central system answers."""
        self.dialogue.attach(self.send)
        self.routine.connected()
        self.pass_time(0)

    def send(self, text: str) -> None:
        """Take what the charger says; the answer to a request comes a moment later."""
        self.texts.append(text)
        message = read(text.encode())
        if isinstance(message, Call):
            self.calls.append(message)
            self.clock.callLater(0, self._answer, message)
        elif isinstance(message, Result | Error):
            self.answers.append(message)

    def ask(self, action: str, **payload: Any) -> Any:
        """Ask the charger; its answer: the payload, or the code of a CALLERROR, or None."""
        self.answers.clear()
        self.number += 1
        self.dialogue.received(write(Call(f"c{self.number}", action, payload)).encode())
        if not self.answers:
            return None
        [answer] = self.answers
        self.assertEqual(answer.id, f"c{self.number}")
        return answer.payload if isinstance(answer, Result) else answer.code

    def status(self, action: str, **payload: Any) -> Any:
        """The status of an answer."""
        answer = self.ask(action, **payload)
        return answer["status"] if isinstance(answer, dict) else answer

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a quarter of a second at once."""
        for _ in range(8):
            self.clock.advance(0)
        for _ in range(int(seconds * 4)):
            self.clock.advance(0.25)
            for _ in range(8):
                self.clock.advance(0)

    def actions(self, *but: str) -> list[str]:
        """What was asked so far, without heartbeats and security events, and without some more."""
        return [call.action for call in self.calls if call.action not in ("Heartbeat", EVENTS, *but)]

    def asked(self, action: str) -> list[dict[str, Any]]:
        """The payloads of an action's requests so far."""
        return [call.payload for call in self.calls if call.action == action]

    def statuses(self, connector: int = 1) -> list[str]:
        """What a connector was said to be."""
        return [one["status"] for one in self.asked("StatusNotification") if one["connectorId"] == connector]

    def happened(self, kind: type[h.Happening]) -> list[Any]:
        """What happened of a kind."""
        return [one for one in self.told if isinstance(one, kind)]

    def _answer(self, call: Call) -> None:
        reply: Any = self.replies.get(call.action, self._usual(call.action))
        if isinstance(reply, str):
            self.dialogue.received(write(Error(call.id, reply)).encode())
        elif reply is not None:
            self.dialogue.received(json.dumps([3, call.id, reply]).encode())

    def _usual(self, action: str) -> dict[str, Any]:
        now = timestamp(self.epoch + self.clock.seconds())
        if action == "StartTransaction":
            return {"transactionId": len(self.asked(action)), "idTagInfo": {"status": "Accepted"}}
        usual: dict[str, dict[str, Any]] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": 7},
            "Heartbeat": {"currentTime": now},
            "Authorize": {"idTagInfo": {"status": "Accepted"}},
        }
        return usual.get(action, {})

    def _redial(self) -> None:
        self.redials += 1

    def _set_pings(self) -> None:
        self.pings += 1
