"""What follows where the central system turned a charger away: who has to mend it, and what is held against whom."""

from collections.abc import Callable

from attrs import define

from edge_twisted.core.brakes import Brakes
from edge_twisted.core.policy import Attempt, Dial, Plan, knows_secret
from edge_twisted.core.session import TURNED_AWAY
from edge_twisted.core.steps import Answered, End
from edge_twisted.desk.book import Book
from edge_twisted.desk.hall import Guest
from edge_twisted.desk.teller import Teller
from edge_twisted.desk.visitors import Visitors


@define
class Aftermath:
    """See the module.

    Args:
        book: what is remembered.
        brakes: the bounds on dialling.
        visitors: with which dial the next attempt begins.
        teller: tells it.
        clock: seconds that never jump.
    """

    book: Book
    brakes: Brakes
    visitors: Visitors
    teller: Teller
    clock: Callable[[], float]

    def of_answer(self, guest: Guest, end: End) -> None:
        """Turned away by HTTP: whose secret was refused, and who must mend it?

        Args:
            guest: whom.
            end: with the dials and their answers.
        """
        attempt = guest.attempt
        ours = [one for one in end.tried if one.dial.ours]
        if ours:
            refused = [isinstance(one.result, Answered) and one.result.status in TURNED_AWAY for one in ours]
            if all(refused):
                self._secret_refused(attempt)
            return
        status = next(one.result.status for one in end.tried if isinstance(one.result, Answered))
        self.brakes.turned_away(guest.ticket, status, self.clock())
        self._guessed(attempt)

    def of_close(self, guest: Guest, plan: Plan, dial: Dial, close: int) -> None:
        """Turned away after the 101: what follows happens at the charger's next attempt.

        Args:
            guest: whom.
            plan: what was to be dialled.
            dial: what the central system accepted first.
            close: its close code, 0 for none.
        """
        attempt = guest.attempt
        keys = [planned.key for planned in plan.dials]
        behind = keys[keys.index(dial.key) + 1 :] if dial.key in keys else []
        if behind:
            self.visitors.begin_with(attempt.identity, behind[0])
        else:
            self.visitors.begin_anew(attempt.identity)
        if not dial.ours:
            self._guessed(attempt)
        elif not behind:
            self._secret_refused(attempt)
        self.teller.closed(attempt, dial, close)

    def _secret_refused(self, attempt: Attempt) -> None:
        """S was refused: the charger is not at fault."""
        self.brakes.secret_refused(attempt.identity, self.clock())
        self.teller.alarm(attempt.identity, "secret-refused", attempt.address)

    def _guessed(self, attempt: Attempt) -> None:
        """What was shown was turned away, and is none of the secrets that are known to be this charger's."""
        if attempt.shown and not knows_secret(self.book.fresh(attempt.identity), attempt.shown):
            self.brakes.throttle.failed(self.brakes.guess_key(attempt), self.clock())
