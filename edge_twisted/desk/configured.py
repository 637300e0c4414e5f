"""What the central system sets at chargers, remembered: the password that may be theirs from now on, their profile."""

from collections.abc import Callable

from attrs import define, evolve
from twisted.internet.defer import Deferred, succeed

from edge_twisted.core.configuring import Answer, Setting
from edge_twisted.core.learning import key_refused, key_set
from edge_twisted.core.record import Record
from edge_twisted.desk.book import Book
from edge_twisted.desk.hall import Hall
from edge_twisted.desk.teller import Teller


@define
class Configured:
    """Keeps it in the book.

    Args:
        hall: who is present.
        book: what is remembered.
        teller: tells of it.
        time: seconds since the epoch.
    """

    hall: Hall
    book: Book
    teller: Teller
    time: Callable[[], float]

    def set(self, session: str, setting: Setting) -> Deferred[None]:
        """A setting is about to go to a charger that was served.

        Args:
            session: whose.
            setting: what is set.

        Returns:
            Fires when its password is on the disk, or when that failed and was told: it is remembered all the same.
        """
        record = self._record(session)
        if record is None or not setting.key:
            return succeed(None)
        saved = self.book.save(key_set(record, setting.key, self.time()))
        self.teller.learned(record.identity, "key-set")
        return saved

    def answered(self, session: str, answer: Answer) -> None:
        """The charger answered a setting.

        Args:
            session: whose.
            answer: what it said.
        """
        record, setting = self._record(session), answer.setting
        if record is None:
            return
        if setting.key:
            if answer.refused and record.pending and record.pending.text == setting.key:
                self.book.save(key_refused(record))
                self.teller.learned(record.identity, "key-refused")
        elif answer.taken and setting.profile > record.security_profile:
            self.book.save(evolve(record, security_profile=setting.profile))
            self.teller.learned(record.identity, "profile-taken")

    def _record(self, session: str) -> Record | None:
        guest = self.hall.get(session)
        return self.book.get(guest.attempt.identity) if guest else None
