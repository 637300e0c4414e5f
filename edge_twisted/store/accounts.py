"""Accounts, tokens and the set-up code on disk: read once at the start, written by one thread of their own.

A change is on the disk before it counts, unlike what is learned of chargers: who was shut out must not come in again
because the power failed.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal

from attrs import define, field, frozen
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads

from edge_twisted.core.accounts import Account, Token
from edge_twisted.core.roles import Role
from edge_twisted.store.engine import cause, place, writing
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import ACCOUNTS, SEALED, TOKENS
from edge_twisted.store.vault import BrokenSeal, Vault
from edge_twisted.store.workers import Workers

WAITING: Final = 200
"""Changes that may wait to be written."""


@frozen
class Sealed:
    """Something that is kept sealed.

    Args:
        name: what it is.
        content: it, sealed.
    """

    name: str
    content: bytes = field(repr=False)


@frozen
class Gone:
    """A row that is to be removed.

    Args:
        kind: of which table.
        key: which row.
    """

    kind: Literal["account", "token", "sealed"]
    key: str


Change = Account | Token | Sealed | Gone

_KEYS: Final = {"account": ACCOUNTS.c.key, "token": TOKENS.c.id, "sealed": SEALED.c.name}


@frozen
class Kept:
    """Everything that is kept.

    Args:
        accounts: all accounts.
        tokens: all tokens.
        sealed: what is kept sealed, by name.
    """

    accounts: Sequence[Account]
    tokens: Sequence[Token]
    sealed: Mapping[str, bytes] = field(repr=False)


@define(eq=False)
class Accounts:
    """The tables in a database. All methods belong on the reactor's thread.

    No thread is started and no connection is kept before the first `write`, so that `twistd` may fork before.

    Args:
        engine: the database, brought up to date.
        vault: seals what may not stand there in clear.
        reactor: where results come back.
    """

    _engine: Engine
    _vault: Vault
    _reactor: IReactorFromThreads
    _thread: Workers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._thread = Workers(self._reactor, "accounts", 1)

    def load(self) -> Kept:
        """Read everything. Blocks; for the start only.

        Raises:
            StoreError: the database cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                accounts = [_account(row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.key))]
                tokens = [_token(row) for row in connection.execute(select(TOKENS).order_by(TOKENS.c.id))]
                sealed = {row.name: row.sealed for row in connection.execute(select(SEALED))}
        except (SQLAlchemyError, ValueError) as error:
            raise StoreError(
                f"{place(self._engine)}: the accounts cannot be read ({cause(error)}); "
                f"see that the disk is sound, or put back a copy of the database"
            ) from None
        finally:
            self._engine.dispose()  # SQLite does not survive a fork, and twistd forks after this
        return Kept(accounts, tokens, sealed)

    def seal(self, name: str, data: bytes) -> bytes:
        """Seal something that belongs to that name and no other."""
        return self._vault.seal(data, b"access:" + name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open what `seal` made; nothing where that cannot be done."""
        try:
            return self._vault.unseal(sealed, b"access:" + name.encode())
        except BrokenSeal:
            return b""

    def write_now(self, *changes: Change) -> None:
        """Write changes. Blocks; for the start only.

        Raises:
            StoreError: nothing was written.
        """
        try:
            self._write(changes)
        finally:
            self._engine.dispose()

    def write(self, *changes: Change) -> Deferred[None]:
        """Write changes, all or none, in the order in which they were asked for.

        Args:
            changes: rows that are there from now on, and rows that are not.

        Returns:
            Fires when they are on the disk; fails with StoreError.
        """
        if self._thread.closed:
            return fail(StoreError(f"{place(self._engine)}: Edge is stopping; nothing is written any more"))
        if self._thread.waiting >= WAITING:
            return fail(StoreError(f"{place(self._engine)}: too many changes of accounts wait for the disk"))
        return self._thread.do(partial(self._write, changes))

    def close(self) -> Deferred[None]:
        """Write what waits and stop the thread. Later writes fail.

        Returns:
            Fires when all is done.
        """
        return self._thread.close()

    def _write(self, changes: Sequence[Change]) -> None:
        try:
            with writing(self._engine) as connection:
                for change in changes:
                    _write_one(connection, change)
        except SQLAlchemyError as error:
            raise StoreError(
                f"{place(self._engine)}: accounts were not written ({cause(error)}); "
                f"see that the disk is sound, writable and not full"
            ) from None


def _write_one(connection: Connection, change: Change) -> None:
    match change:
        case Gone(kind, key):
            column = _KEYS[kind]
            connection.execute(delete(column.table).where(column == key))
        case Account():
            values = {
                "name": change.name,
                "role": change.role.value,
                "password": change.password,
                "second_factor": change.second_factor,
                "second_factor_step": change.second_factor_step,
                "created_at": change.created,
                "changed_at": change.changed,
                "login_at": change.last_login,
            }
            _put(connection, ACCOUNTS, "key", change.key, values)
        case Token():
            values = {
                "label": change.label,
                "role": change.role.value,
                "digest": change.digest,
                "created_at": change.created,
                "ends_at": change.ends,
                "used_at": change.last_used,
            }
            _put(connection, TOKENS, "id", change.id, values)
        case Sealed(name, content):
            _put(connection, SEALED, "name", name, {"sealed": content})


def _put(connection: Connection, table: Table, key: str, value: str, values: dict[str, Any]) -> None:
    if not connection.execute(update(table).where(table.c[key] == value).values(values)).rowcount:
        connection.execute(insert(table).values({key: value, **values}))


def _account(row: Any) -> Account:
    return Account(
        row.name,
        Role(row.role),
        row.password,
        row.created_at,
        row.changed_at,
        row.login_at,
        row.second_factor,
        row.second_factor_step,
    )


def _token(row: Any) -> Token:
    return Token(row.id, row.label, Role(row.role), row.digest, row.created_at, row.ends_at, row.used_at)
