"""Tests of `edge_twisted.store.accounts`: on a real database."""

from pathlib import Path
from typing import Any

from attrs import evolve
from sqlalchemy import text
from twisted.internet.defer import DeferredList, gatherResults
from twisted.trial.unittest import TestCase

from edge_twisted.core.accounts import Account, Token
from edge_twisted.core.roles import Role
from edge_twisted.store.accounts import WAITING, Accounts, Gone, Kept, Sealed
from edge_twisted.store.engine import open_engine, sqlite_url
from edge_twisted.store.errors import StoreError
from edge_twisted.store.upgrade import upgrade
from edge_twisted.store.vault import Vault

ANNA = Account("Anna", Role.ADMIN, "a-hash", 1.0, 2.0, 3.0, b"sealed", 77)
TOKEN = Token("t1", "meters", Role.READONLY, b"digest", 1.0, 2.0, 3.0)


class AccountsTests(TestCase):
    """What was written is there after a restart."""

    timeout = 60

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.path = Path(self.mktemp()).absolute()
        self.path.mkdir()
        self.vault = Vault.from_master(bytes(32))
        self.accounts = self.open()

    def open(self) -> Accounts:
        """The store over the database file."""
        self.engine = open_engine(sqlite_url(self.path / "edgeproxy.db"))
        self.addCleanup(self.engine.dispose)
        upgrade(self.engine)
        accounts = Accounts(self.engine, self.vault, self.reactor)
        self.addCleanup(accounts.close)
        return accounts

    def kept(self) -> Kept:
        """What another start finds."""
        return self.open().load()

    async def test_written(self) -> None:
        """Accounts, tokens and what is sealed come back as they were written."""
        await self.accounts.write(ANNA, TOKEN, Sealed("setup-code", b"sealed"))
        self.assertEqual(self.kept(), Kept([ANNA], [TOKEN], {"setup-code": b"sealed"}))

    async def test_changed(self) -> None:
        """The newest value counts, and the name of an account may change its letter case."""
        await self.accounts.write(ANNA, TOKEN)
        changed = evolve(ANNA, name="ANNA", role=Role.VIEWER, password="other", second_factor=b"")
        await self.accounts.write(changed, evolve(TOKEN, last_used=9.0))
        self.assertEqual(self.kept(), Kept([changed], [evolve(TOKEN, last_used=9.0)], {}))

    async def test_removed(self) -> None:
        """What is removed is gone; removing what is not there is no error."""
        await self.accounts.write(ANNA, TOKEN, Sealed("setup-code", b"x"))
        await self.accounts.write(Gone("account", "anna"), Gone("token", "t1"), Gone("sealed", "setup-code"))
        await self.accounts.write(Gone("account", "nobody"))
        self.assertEqual(self.kept(), Kept([], [], {}))

    async def test_order(self) -> None:
        """Changes are written in the order in which they were asked for, and close waits for them."""
        writing = [self.accounts.write(evolve(ANNA, second_factor_step=step)) for step in range(20)]
        closed = self.accounts.close()
        await DeferredList([*writing, closed], fireOnOneErrback=True)
        self.assertEqual([one.second_factor_step for one in self.kept().accounts], [19])

    async def test_all_or_none(self) -> None:
        """Where one change of several cannot be written, none is."""
        twin = Token("t2", "twin", Role.VIEWER, TOKEN.digest, 0.0)
        await self.assertFailure(self.accounts.write(ANNA, TOKEN, twin), StoreError)
        self.assertEqual(self.kept(), Kept([], [], {}))

    async def test_broken_disk(self) -> None:
        """A disk that fails is told in one line without values, and the next write may succeed."""
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE accounts RENAME TO away"))
        error: Any = await self.assertFailure(self.accounts.write(ANNA), StoreError)
        self.assertTrue(str(error).isprintable())
        self.assertNotIn("a-hash", str(error))
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO accounts"))
        await self.accounts.write(ANNA)
        self.assertEqual(len(self.kept().accounts), 1)

    async def test_bounded(self) -> None:
        """Only so many changes wait; more are refused at once."""
        writing = [self.accounts.write(ANNA) for _ in range(WAITING)]
        await self.assertFailure(self.accounts.write(ANNA), StoreError)
        await gatherResults(writing)
        await self.accounts.write(ANNA)

    async def test_closed(self) -> None:
        """After the end nothing is written."""
        await self.accounts.close()
        await self.assertFailure(self.accounts.write(ANNA), StoreError)

    async def test_damaged(self) -> None:
        """A role that nobody knows stops the start, in one line: whoever has it may not be let in as something else."""
        await self.accounts.write(ANNA)
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE accounts SET role = 'root'"))
        error = self.assertRaises(StoreError, self.kept)
        self.assertIn("edgeproxy.db: the accounts cannot be read", str(error))

    def test_now(self) -> None:
        """The first start writes without a thread, so that `twistd` may fork afterwards."""
        self.accounts.write_now(Sealed("setup-code", b"x"))
        self.assertEqual(self.kept().sealed, {"setup-code": b"x"})
        self.assertIs(self.accounts._thread._pool, None)

    def test_seal(self) -> None:
        """What is sealed opens under its own name only, and nowhere else in the database."""
        sealed = self.accounts.seal("setup-code", b"the code")
        self.assertNotIn(b"the code", sealed)
        self.assertEqual(self.accounts.unseal("setup-code", sealed), b"the code")
        self.assertEqual(self.accounts.unseal("second-factor:anna", sealed), b"")
        self.assertEqual(self.accounts.unseal("setup-code", sealed[:-1]), b"")
        self.assertEqual(self.accounts.unseal("setup-code", b""), b"")
