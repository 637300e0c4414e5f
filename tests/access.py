"""Accounts without a disk, and passwords without the cost: what tests of who may come in share."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, fail, succeed

from edge_twisted.core.accounts import Account, Token
from edge_twisted.core.events import Event
from edge_twisted.core.roles import Role
from edge_twisted.store.accounts import Change, Gone, Kept, Sealed
from edge_twisted.store.errors import StoreError
from edge_twisted.store.passwords import Crowded
from edge_twisted.store.vault import BrokenSeal, Vault
from edge_twisted.web.access import Access
from edge_twisted.web.people import People
from edge_twisted.web.sessions import Sessions

PASSWORD: Final = "four random words here"
"""Of every account that a test makes."""
VAULT: Final = Vault.from_master(bytes(32))


@define
class MemoryAccounts:
    """Keeps what is written, and fails like a full disk where a test wants it.

    Args:
        fault: what every write fails with, or None.
        slow: a test wants to let writes end itself, by `finish`.
    """

    fault: StoreError | None = None
    slow: bool = False
    rows: dict[tuple[str, str], Any] = field(factory=dict)
    waiting: list[Deferred[None]] = field(factory=list)

    def load(self) -> Kept:
        """Everything."""
        kinds = {kind: [row for (one, _), row in self.rows.items() if one == kind] for kind in ("account", "token")}
        sealed = {name: row.content for (kind, name), row in self.rows.items() if kind == "sealed"}
        return Kept(kinds["account"], kinds["token"], sealed)

    def seal(self, name: str, data: bytes) -> bytes:
        """Seal what belongs to that name."""
        return VAULT.seal(data, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open it again."""
        try:
            return VAULT.unseal(sealed, name.encode())
        except BrokenSeal:
            return b""

    def write_now(self, *changes: Change) -> None:
        """Write."""
        if self.fault:
            raise self.fault
        for change in changes:
            match change:
                case Gone(kind, key):
                    self.rows.pop((kind, key), None)
                case Account():
                    self.rows["account", change.key] = change
                case Token():
                    self.rows["token", change.id] = change
                case Sealed(name):
                    self.rows["sealed", name] = change

    def write(self, *changes: Change) -> Deferred[None]:
        """Write, at once or later."""
        try:
            self.write_now(*changes)
        except StoreError as error:
            return fail(error)
        if not self.slow:
            return succeed(None)
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def finish(self) -> None:
        """Let all writes end."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            one.callback(None)


@define
class QuickHasher:
    """Hashes at once, with what nobody should hash passwords with.

    Args:
        crowded: too many wait already.
        slow: a test wants to let comparisons end itself, by `finish`.
    """

    crowded: bool = False
    slow: bool = False
    compared: list[str | None] = field(factory=list)
    waiting: list[tuple[Deferred[bool], bool]] = field(factory=list)

    def make(self, password: str) -> Deferred[str]:
        """Make a hash."""
        return fail(Crowded()) if self.crowded else succeed(quick_hash(password))

    def same(self, known: str | None, password: str) -> Deferred[bool]:
        """Compare."""
        self.compared.append(known)
        if self.crowded:
            return fail(Crowded())
        same = known == quick_hash(password)
        if not self.slow:
            return succeed(same)
        done: Deferred[bool] = Deferred()
        self.waiting.append((done, same))
        return done

    def finish(self) -> None:
        """Let all comparisons end."""
        waiting, self.waiting = self.waiting, []
        for done, same in waiting:
            done.callback(same)


def quick_hash(password: str) -> str:
    """What `QuickHasher` makes of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def make_access(
    time: Callable[[], float], clock: Callable[[], float], publish: Callable[[Event], None], *accounts: Account
) -> Access:
    """Who may come in, in memory.

    Args:
        time: seconds since the epoch.
        clock: seconds that never jump.
        publish: hears events.
        accounts: who there is already.

    Returns:
        The parts.
    """
    store = MemoryAccounts()
    store.write_now(*accounts)
    people = People(store, Sessions(clock, time), publish, time)
    people.load()
    ports = {"manager": [8443]}
    return Access.make(
        people, QuickHasher(), publish, clock, lambda: ["edge.lan"], lambda: ["192.168.1.2"], ports, lambda: "AB:CD"
    )


def account(name: str, role: Role, **values: Any) -> Account:
    """An account with the usual password."""
    return evolve(Account(name, role, quick_hash(PASSWORD), 0.0, 0.0), **values)
