"""A request of a charger, on its way to an answer: what becomes of it, and what of a request of the central system."""

from collections.abc import Callable
from enum import Enum

from attrs import define, field, frozen
from twisted.internet.defer import Deferred

from edge_twisted.sandbox.framing import Call, Error, Payload, Result


class Care(Enum):
    """What becomes of a request that has no answer.

    `ORDINARY`: it fails with the connection. `NOTED`: it waits for the next one, and is told once. `KEPT`: it is told
    until it is answered (S-35). `TRANSACTION`: it is kept in order, and tried again so many times (J-50, J-51).
    """

    ORDINARY = "ordinary"
    NOTED = "noted"
    KEPT = "kept"
    TRANSACTION = "transaction"


class Unanswered(Exception):
    """A request had no result.

    Args:
        code: the code of the CALLERROR, or `offline`, `timeout`, `crowded`; of what was given up: `attempts`, `full`,
            `reset`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@define(eq=False)
class Transaction:
    """A charging session's number.

    Args:
        id: the central system's; None: not known yet.
    """

    id: int | None = None


@define(eq=False)
class Request:
    """A request that has no answer yet.

    Args:
        id: of the message.
        action, payload: what is asked.
        care: what becomes of it.
        result: fires with the answer's payload, or fails with `Unanswered`.
        transaction: whose number is put in when it is sent.
        urgent: whether it may be sent before the charger is accepted.
        failures: so far.
        rest: not to be sent before, in the clock's seconds.
        sent: when it was put on the connection.
    """

    id: str
    action: str
    payload: Payload
    care: Care
    transaction: Transaction | None = None
    urgent: bool = False
    failures: int = 0
    rest: float = 0.0
    sent: float = 0.0
    result: Deferred[Payload] = field(factory=Deferred)

    @property
    def orphan(self) -> bool:
        """Whether it belongs to a transaction whose start was given up: it can't be told any more."""
        return self.transaction is not None and self.transaction.id is None

    @property
    def call(self) -> Call:
        """The message as it is now; a number that is not known is -1."""
        if self.transaction is None:
            return Call(self.id, self.action, self.payload)
        number = -1 if self.transaction.id is None else self.transaction.id
        return Call(self.id, self.action, {**self.payload, "transactionId": number})


@frozen
class Reply:
    """What a charger answers.

    Args:
        message: the answer; None: none.
        then: what to do when it has been sent.
    """

    message: Result | Error | None
    then: Callable[[], None] | None = None


def not_implemented(call: Call) -> Reply:
    """Answer anything with NotImplemented."""
    return Reply(Error(call.id, "NotImplemented", "a simulated charger"))
