"""What a charger answers to the central system's requests."""

from collections.abc import Callable
from typing import Final

from attrs import frozen

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.asking import Reply
from edge_twisted.sandbox.charger.shapes import SHAPES, wrong_with
from edge_twisted.sandbox.charger.works import Works
from edge_twisted.sandbox.framing import Call, Error, Payload, Result

CONFIGURATION: Final = frozenset({"GetConfiguration", "ChangeConfiguration"})


@frozen
class Answer:
    """What a command comes to.

    Args:
        payload: of the answer.
        then: what to do when it has been sent.
    """

    payload: Payload
    then: Callable[[], None] | None = None


Command = Callable[[Payload], Answer]


def status(word: str, then: Callable[[], None] | None = None) -> Answer:
    """Answer with a status.

    Args:
        word: as OCPP names it.
        then: as for `Answer`.
    """
    return Answer({"status": word}, then)


class Commands:
    """Carries out what the central system asks.

    Args:
        works: the charger's inside.
        known: what is done for each action.
        reboot: reboots the charger, without an answer (Q37).
    """

    def __init__(self, works: Works, known: dict[str, Command], reboot: Callable[[str], None]) -> None:
        self._works = works
        self._known = known
        self._reboot = reboot
        self._deaf_from: float | None = None

    def connected(self) -> None:
        """A new connection begins."""
        after = self._works.settings.quirks.ignores_calls_after
        self._deaf_from = self._works.clock.seconds() + after if after else None

    def answer(self, call: Call) -> Reply:
        """Answer a request.

        Args:
            call: what is asked.

        Returns:
            The answer; none from a charger that is deaf by now (Q28) or reboots (Q37).
        """
        works = self._works
        if self._deaf_from is not None and works.clock.seconds() >= self._deaf_from:
            return Reply(None)
        if works.settings.quirks.reboots_on_configuration and call.action in CONFIGURATION:
            return Reply(None, lambda: self._reboot("quirk"))
        command = self._known.get(call.action)
        if command is None:
            return self._refuse(call, "NotImplemented")
        wrong = wrong_with(call.action, call.payload) if call.action in SHAPES else ""
        if wrong:
            return self._refuse(call, wrong)
        answer = command(call.payload)
        works.tell(h.Commanded(works.identity, call.action, str(answer.payload.get("status", ""))))
        return Reply(Result(call.id, answer.payload), answer.then)

    def _refuse(self, call: Call, code: str) -> Reply:
        self._works.tell(h.Commanded(self._works.identity, call.action, code))
        return Reply(Error(call.id, code, call.action))
