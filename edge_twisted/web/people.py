"""Who may come in: accounts and tokens as they are now, changed one at a time, and on the disk before they count."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, DeferredLock, ensureDeferred

from edge_twisted.core.access_events import AccessStoreFailed
from edge_twisted.core.accounts import ACCOUNTS, TOKENS, Account, Token, has_admin, key_of
from edge_twisted.core.events import Event
from edge_twisted.core.passwords import CODE_BYTES
from edge_twisted.core.roles import Role
from edge_twisted.store.accounts import Change, Gone, Kept, Sealed
from edge_twisted.store.errors import StoreError
from edge_twisted.web.refusing import refuse
from edge_twisted.web.sessions import Sessions

SETUP_CODE: Final = "setup-code"
USE_SECONDS: Final = 3600.0
"""How often it is written down that a token is used."""

T = TypeVar("T")


class AccountStore(Protocol):
    """What is needed of `store.accounts.Accounts`."""

    def load(self) -> Kept:
        """Everything; blocks."""

    def seal(self, name: str, data: bytes) -> bytes:
        """Seal what belongs to that name."""

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open it again; nothing where that cannot be done."""

    def write_now(self, *changes: Change) -> None:
        """Write; blocks."""

    def write(self, *changes: Change) -> Deferred[None]:
        """Write; fires when it is on the disk."""


@define(eq=False)
class People:
    """Accounts and tokens. `load` comes first.

    Args:
        store: keeps them.
        sessions: those of an account end with what it was.
        publish: tells events.
        time: seconds since the epoch.
    """

    store: AccountStore
    sessions: Sessions
    publish: Callable[[Event], None]
    time: Callable[[], float]
    _accounts: dict[str, Account] = field(init=False, factory=dict, repr=False)
    _tokens: dict[bytes, Token] = field(init=False, factory=dict, repr=False)
    _code: bytes = field(init=False, default=b"", repr=False)
    _noted: dict[str, float] = field(init=False, factory=dict, repr=False)
    _lock: DeferredLock = field(init=False, factory=DeferredLock, repr=False)

    def load(self) -> None:
        """Take what the store remembers; where there is no account and no set-up code, make a code. Blocks.

        Raises:
            StoreError: it cannot be read, or the code cannot be written.
        """
        kept = self.store.load()
        self._accounts = {account.key: account for account in kept.accounts}
        self._tokens = {token.digest: token for token in kept.tokens}
        self._code = self.store.unseal(SETUP_CODE, kept.sealed.get(SETUP_CODE, b""))
        if self._accounts:
            self._code = b""
        elif len(self._code) != CODE_BYTES:
            code = secrets.token_bytes(CODE_BYTES)
            self.store.write_now(Sealed(SETUP_CODE, self.store.seal(SETUP_CODE, code)))
            self._code = code

    # --- as it is ----------------------------------------------------------------------------------------------------

    @property
    def setup_code(self) -> bytes:
        """The set-up code; nothing once there is an account."""
        return self._code

    @property
    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        return sorted(self._accounts.values(), key=lambda account: account.key)

    @property
    def tokens(self) -> list[Token]:
        """All tokens, by label."""
        return sorted(self._tokens.values(), key=lambda token: (token.label.casefold(), token.id))

    def account(self, name: str) -> Account | None:
        """The account of that name, or None."""
        return self._accounts.get(key_of(name))

    def token(self, shown: bytes) -> Token | None:
        """The token that somebody shows, which is used by that; None where there is none, or no longer."""
        token = self._tokens.get(hashlib.sha256(shown).digest())
        now = self.time()
        if token is None or token.ended(now):
            return None
        last = max(token.last_used, self._noted.get(token.id, 0.0))
        if not 0 <= now - last < USE_SECONDS:
            self._noted[token.id] = now
            ensureDeferred(self._note_use(token, now))
        return token

    def second_factor(self, account: Account) -> str:
        """The secret of an account's second factor; nothing where it has none, or one that cannot be opened."""
        return self.store.unseal(_factor_name(account.key), account.second_factor).decode("ascii")

    def sealed_factor(self, account: Account, secret: str) -> bytes:
        """Such a secret as an account keeps it."""
        return self.store.seal(_factor_name(account.key), secret.encode("ascii"))

    def sweep(self) -> None:
        """End what is over by its time; to be called now and then."""
        self.sessions.sweep()
        for token in self._tokens.values():
            if token.ended(self.time()):
                self.sessions.ends.ended(key_of_token(token))

    # --- changes -----------------------------------------------------------------------------------------------------

    async def set_up(self, account: Account) -> None:
        """Make the first account; the set-up code is gone with that.

        Raises:
            Refused: 409 where there is one already, 503 where it can't be written.
        """

        async def change() -> None:
            if self._accounts:
                raise refuse(409, "setup-done")
            await self._write(account, Gone("sealed", SETUP_CODE))
            self._accounts[account.key] = account
            self._code = b""

        await self._alone(change)

    async def add(self, account: Account) -> None:
        """Make an account.

        Raises:
            Refused: 409 where the name is taken, or there are too many; 503 where it can't be written.
        """

        async def change() -> None:
            if account.key in self._accounts:
                raise refuse(409, "account-taken", "name")
            if not self._accounts:
                raise refuse(409, "setup-first")
            if len(self._accounts) >= ACCOUNTS:
                raise refuse(409, "accounts-full")
            await self._write(account)
            self._accounts[account.key] = account

        await self._alone(change)

    async def change(self, name: str, make: Callable[[Account], Account], *, sessions_end: bool = True) -> Account:
        """Change an account.

        Args:
            name: whose.
            make: makes the new one of the one as it is; may refuse.
            sessions_end: whether its sessions end.

        Returns:
            The new one.

        Raises:
            Refused: 404 where there is none, 409 where no administrator would be left, 503 where it can't be written.
        """

        async def change() -> Account:
            before = self._known(name)
            after = make(before)
            if after.role is not Role.ADMIN and not has_admin(self._accounts.values(), before.key):
                raise refuse(409, "last-admin", "role")
            await self._write(after)
            self._accounts[after.key] = after
            if sessions_end:
                self.sessions.end_all(after.key)
            return after

        return await self._alone(change)

    async def remove(self, name: str) -> Account:
        """Remove an account; errors as for `change`."""

        async def change() -> Account:
            account = self._known(name)
            if not has_admin(self._accounts.values(), account.key):
                raise refuse(409, "last-admin", "name")
            await self._write(Gone("account", account.key))
            del self._accounts[account.key]
            self.sessions.end_all(account.key)
            return account

        return await self._alone(change)

    async def logged_in(self, account: Account, step: int) -> bool:
        """Remember a login.

        Args:
            account: whose password was right.
            step: of the second factor's code; 0 where there is none.

        Returns:
            Whether it counts: not where the account was changed meanwhile, or the same code was used just before.
        """

        async def change() -> bool:
            now = self._accounts.get(account.key)
            if now is None or (now.password, now.second_factor) != (account.password, account.second_factor):
                return False
            if step and step <= now.second_factor_step:
                return False
            after = evolve(now, last_login=self.time(), second_factor_step=step or now.second_factor_step)
            self._accounts[after.key] = after
            try:
                await self.store.write(after)
            except StoreError as error:
                # Who wants to see why the disk is full must be able to come in.
                self.publish(AccessStoreFailed(type(error).__name__))
            return True

        return await self._alone(change)

    async def add_token(self, label: str, role: Role, ends: float) -> tuple[str, Token]:
        """Make a token.

        Args:
            label: what for.
            role: what it may do.
            ends: seconds since the epoch; 0: never.

        Returns:
            (the token itself, with 256 random bits; what is kept of it).

        Raises:
            Refused: 409 where there are too many, 503 where it can't be written.
        """
        shown = f"edge_{secrets.token_urlsafe(32)}"
        digest = hashlib.sha256(shown.encode()).digest()
        token = Token(secrets.token_hex(6), label, role, digest, self.time(), ends)

        async def change() -> None:
            if len(self._tokens) >= TOKENS:
                raise refuse(409, "tokens-full")
            await self._write(token)
            self._tokens[digest] = token

        await self._alone(change)
        return shown, token

    async def remove_token(self, id: str) -> Token:
        """Remove a token.

        Raises:
            Refused: 404 where there is none, 503 where it can't be written.
        """

        async def change() -> Token:
            token = next((one for one in self._tokens.values() if one.id == id), None)
            if token is None:
                raise refuse(404, "token-unknown", "name")
            await self._write(Gone("token", token.id))
            del self._tokens[token.digest]
            self._noted.pop(token.id, None)
            self.sessions.ends.ended(key_of_token(token))
            return token

        return await self._alone(change)

    async def _note_use(self, token: Token, now: float) -> None:
        async def change() -> None:
            if token.digest not in self._tokens:
                return
            used = evolve(self._tokens[token.digest], last_used=now)
            self._tokens[token.digest] = used
            try:
                await self.store.write(used)
            except StoreError:
                pass  # whoever changes something is told; that it was used stays in memory

        await self._alone(change)

    def _known(self, name: str) -> Account:
        account = self.account(name)
        if account is None:
            raise refuse(404, "account-unknown", "name")
        return account

    async def _write(self, *changes: Change) -> None:
        try:
            await self.store.write(*changes)
        except StoreError as error:
            self.publish(AccessStoreFailed(type(error).__name__))
            raise refuse(503, "access-unsaved") from None

    async def _alone(self, change: Callable[[], Awaitable[T]]) -> T:
        """Carry out a change while nobody carries out another."""
        waiting: Any = self._lock.acquire()
        await waiting
        try:
            return await change()
        finally:
            self._lock.release()


def key_of_token(token: Token) -> str:
    """Under which `Ends` knows a token."""
    return f"token:{token.id}"


def _factor_name(key: str) -> str:
    return f"second-factor:{key}"
