"""What is said on one connection of a charger: every message is checked, noted, and answered."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, Literal

from twisted.internet.defer import Deferred

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.asking import Asking, NotAnswered
from edge_twisted.sandbox.central.facts import learn
from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.central.known import TEXT, Exchange, Known, word
from edge_twisted.sandbox.central.reading import take
from edge_twisted.sandbox.central.schemas import CHARGERS_ACTIONS, answer_findings, request_findings
from edge_twisted.sandbox.central.shared import Shared
from edge_twisted.sandbox.flow import End
from edge_twisted.sandbox.framing import Call, Error, Message, Payload, Result, Unreadable, write
from edge_twisted.sandbox.texts import shown

CHECKED: Final = 64 * 1024
"""Characters of a message whose fields are checked: the check of a longer one would hold up all other chargers."""
RECENT: Final = 100
"""Ids of a charger's requests that are remembered, to find one that is used twice (J-22)."""
BINARY: Final = "the message is binary; OCPP-J is text"

Kind = Literal["call", "result", "error", "unreadable"]
KINDS: Final[dict[type[Message], Kind]] = {Call: "call", Result: "result", Error: "error", Unreadable: "unreadable"}


class Conversation:
    """What is said on one connection.

    Args:
        shared: what all connections have in common.
        known: the charger.
        put: puts a text on the connection; false: it is closing.
    """

    def __init__(self, shared: Shared, known: Known, put: Callable[[str], bool]) -> None:
        self._shared = shared
        self._known = known
        self._put = put
        self._over = False
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._asking = Asking(shared.reactor, self._ask)

    def received(self, payload: bytes, binary: bool) -> None:
        """Take a message.

        Args:
            payload: its octets.
            binary: whether it came as a binary message.
        """
        text = payload.decode("utf-8", "backslashreplace")
        self._shared.ledger.received(End.CENTRAL, self._known.identity, text)
        message, findings = (Unreadable(), (BINARY,)) if binary else take(text)
        match message:
            case Call():
                self._requested(message, text, findings)
            case Result() | Error():
                self._answered(message, text, findings)
            case Unreadable():
                self._note("charger", message, "", text, findings)
                self._shared.tell(h.Garbled(self._known.identity))
                if message.id:
                    self._say(Error(message.id, "FormationViolation"), "")

    def ask(self, action: str, payload: Payload) -> Deferred[Payload]:
        """Ask the charger; see `Central.ask`."""
        return self._asking.ask(action, payload)

    def over(self) -> None:
        """The connection is closing or gone, for whatever reason; more than once is no matter."""
        if not self._over:
            self._over = True
            self._shared.ledger.over(End.CENTRAL, self._known.identity)
            self._asking.over()

    # --- the charger's requests --------------------------------------------------------------------------------------

    def _requested(self, call: Call, text: str, findings: tuple[str, ...]) -> None:
        shared, known = self._shared, self._known
        now, came = shared.clock(), shared.reactor.seconds()
        fault = _fault_of(call.action, shared.faults.active(known.identity))
        kind = fault.kind if fault is not None else ""
        if fault is not None:
            shared.tell(h.Misbehaved(known.identity, kind))
        answer = shared.answers.answer(call, now, BOOTS.get(kind, "Accepted"))
        if fault is not None and kind == "error-answers":
            answer = Error(call.id, fault.error, "as it was told to")
        swallowed = kind == "swallow"
        if isinstance(answer, Result) and not swallowed:
            findings += learn(known, call, answer, now)
        findings += self._used_before(call.id)
        if call.action in CHARGERS_ACTIONS:
            findings += _checked(request_findings, call.action, call.payload, text)
        self._note("charger", call, call.action, text, findings)
        if swallowed:
            return
        self._say(answer, call.action, shared.reactor.seconds() - came)
        shared.tell(h.Answered(known.identity, call.action, answer.code if isinstance(answer, Error) else ""))

    def _used_before(self, id: str) -> tuple[str, ...]:
        if id in self._recent:
            return ("id: was used before on this connection",)
        self._recent[id] = None
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return ()

    # --- our own -----------------------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> bool:
        return self._say(call, call.action)

    def _answered(self, message: Result | Error, text: str, findings: tuple[str, ...]) -> None:
        asked = self._asking.take(message.id)
        if asked is None:
            self._note("charger", message, "", text, (*findings, "id: answers nothing that was asked"))
            return
        action, seconds = asked.call.action, self._shared.reactor.seconds() - asked.at
        if not asked.in_time:
            findings += (f"the answer came {seconds:.0f} s after the request, too late",)
        if isinstance(message, Result):
            findings += _checked(answer_findings, action, message.payload, text)
        self._note("charger", message, action, text, findings, seconds)
        if asked.in_time:
            if isinstance(message, Result):
                asked.answer.callback(message.payload)
            else:
                asked.answer.errback(NotAnswered(word(message.code), word(message.description)))
            self._asking.go_on()

    # --- both --------------------------------------------------------------------------------------------------------

    def _say(self, message: Call | Result | Error, action: str, after: float | None = None) -> bool:
        text = write(message)
        if not self._put(text):
            return False
        self._shared.ledger.sent(End.CENTRAL, self._known.identity, text)
        findings = _checked(request_findings, action, message.payload, text) if isinstance(message, Call) else ()
        self._note("central", message, action, text, findings, after)
        return True

    def _note(
        self,
        by: Literal["charger", "central"],
        message: Message,
        action: str,
        text: str,
        findings: tuple[str, ...],
        after: float | None = None,
    ) -> None:
        shared, known = self._shared, self._known
        kept = shown(text).encode("utf-8", "backslashreplace").decode()
        kept = kept if len(kept) <= TEXT else kept[: TEXT - 1] + "…"
        exchange = Exchange(
            shared.clock(), by, KINDS[type(message)], word(message.id), word(action), kept, findings, after
        )
        known.note(exchange)
        if by == "charger":
            for finding in findings:
                shared.tell(h.Found(known.identity, exchange.action, finding))
        shared.changed(known.identity)


BOOTS: Final = {"boot-pending": "Pending", "boot-rejected": "Rejected"}
"""The faults that are answers to a BootNotification."""


def _checked(
    check: Callable[[str, object], tuple[str, ...]], action: str, payload: Payload, text: str
) -> tuple[str, ...]:
    if len(text) > CHECKED:
        return (f"the message has {len(text)} characters; its fields were not checked",)
    return check(action, payload)


def _fault_of(action: str, active: Iterable[Fault]) -> Fault | None:
    """Which fault befalls a request; of several, the one that leaves least of an answer."""
    kinds = {fault.kind: fault for fault in active}
    wrong = ("swallow", "error-answers", *(BOOTS if action == "BootNotification" else ()))
    return next((kinds[kind] for kind in wrong if kind in kinds), None)
