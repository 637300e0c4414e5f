"""Set-up, login and the own account: the routes of the API by which people come in and look after their own access."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from math import ceil
from typing import Any, Final, Protocol, TypeVar

from attrs import define, evolve, field
from twisted.internet.defer import Deferred

from edge_twisted.core.access_events import AccessChanged, LoginRefused
from edge_twisted.core.accounts import Account, usable_name
from edge_twisted.core.events import Event
from edge_twisted.core.passwords import CODE_BYTES, normal, read_code, weakness
from edge_twisted.core.redaction import clean
from edge_twisted.core.roles import Role
from edge_twisted.core.slowdown import Slowdown
from edge_twisted.store.passwords import Crowded
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.asking import Asked
from edge_twisted.web.gate import give_cookie, take_cookie
from edge_twisted.web.people import People
from edge_twisted.web.qr import svg
from edge_twisted.web.refusing import refuse
from edge_twisted.web.sessions import Session
from edge_twisted.web.totp import new_secret, step_of, uri

CROWDED_SECONDS: Final = 2

T = TypeVar("T")


class PasswordHasher(Protocol):
    """What is needed of `store.passwords.Hasher`."""

    def make(self, password: str) -> Deferred[str]:
        """Make a hash."""

    def same(self, known: str | None, password: str) -> Deferred[bool]:
        """Compare with one, or with none in the same time."""


@define(eq=False)
class Own:
    """Answers the routes of its methods' names.

    Args:
        people: who there is.
        hasher: hashes passwords.
        publish: tells events.
        clock: seconds that never jump.
        box: how this box is called, for authenticator apps.
    """

    people: People
    hasher: PasswordHasher
    publish: Callable[[Event], None]
    clock: Callable[[], float]
    box: str
    slowdown: Slowdown = field(factory=Slowdown)

    # --- coming in ---------------------------------------------------------------------------------------------------

    async def setup(self, asked: Asked) -> shapes.Setup:
        """Whether the box waits for its administrator."""
        return shapes.Setup(needed=bool(self.people.setup_code))

    async def set_up(self, asked: Asked) -> shapes.Me:
        """The first visit."""
        body: shapes.SetupRequest = asked.body
        if not self.people.setup_code:
            raise refuse(409, "setup-done")
        self._slow(asked)
        code = read_code(body.code).ljust(CODE_BYTES, b"\0")
        if not compare_digest(code, self.people.setup_code):
            self.publish(LoginRefused(asked.caller.address, ""))
            raise refuse(401, "setup-code-wrong", "code")
        self.slowdown.succeeded(asked.caller.address)
        made = await self.new_account(body.name, Role.ADMIN, body.password)
        account = evolve(made, last_login=made.created)
        await self.people.set_up(account)
        asked.caller = evolve(asked.caller, way="account", name=account.name)
        self.tell(asked, "set-up", None)
        return self._begin_session(asked, account)

    async def login(self, asked: Asked) -> shapes.Me:
        """Log in: the same answer, after the same time, whatever is wrong, also for a name that nobody has."""
        body: shapes.Login = asked.body
        self._slow(asked)
        account = self.people.account(body.name)
        if not await self._same(account, body.password) or account is None:
            raise self._login_wrong(asked, account)
        step = 0
        if account.second_factor:
            if not body.code:
                self.slowdown.succeeded(asked.caller.address)
                raise refuse(401, "code-needed", "code")
            step = step_of(
                self.people.second_factor(account), body.code, self.people.time(), account.second_factor_step
            )
            if not step:
                raise self._login_wrong(asked, account)
        if not await self.people.logged_in(account, step):
            raise self._login_wrong(asked, account)
        self.slowdown.succeeded(asked.caller.address)
        asked.caller = evolve(asked.caller, way="account", name=account.name)
        self.tell(asked, "login", None)
        return self._begin_session(asked, account)

    async def logout(self, asked: Asked) -> shapes.Done:
        """End the session that asks."""
        _, session = self._own(asked)
        self.people.sessions.end(session)
        take_cookie(asked.request)
        return shapes.Done()

    async def me(self, asked: Asked) -> shapes.Me:
        """Who asks."""
        caller = asked.caller
        assert caller.role is not None
        account = self.people.account(caller.name) if caller.session else None
        if account is None or caller.session is None:
            return shapes.Me(name=caller.name, role=caller.role, way=caller.way)
        return _me(account, caller.session)

    # --- the own account ---------------------------------------------------------------------------------------------

    async def change_password(self, asked: Asked) -> shapes.Me:
        """Choose another password."""
        body: shapes.PasswordChange = asked.body
        account, _ = self._own(asked)
        await self._prove(asked, account, body.old, "old")
        hashed = await self.hashed(body.new, account.name, "new")
        after = await self.people.change(account.name, lambda now: self._anew(now, password=hashed))
        self.tell(asked, "password-changed", None)
        return self._begin_session(asked, after)

    async def begin_second_factor(self, asked: Asked) -> shapes.SecondFactor:
        """Make a second factor; it counts once it was confirmed."""
        body: shapes.OwnPassword = asked.body
        account, session = self._own(asked)
        if account.second_factor:
            raise refuse(409, "factor-on")
        await self._prove(asked, account, body.password, "password")
        session.new_factor = new_secret()
        link = uri(session.new_factor, account.name, self.box)
        return shapes.SecondFactor(secret=session.new_factor, uri=link, svg=svg(link))

    async def confirm_second_factor(self, asked: Asked) -> shapes.Me:
        """Switch it on."""
        body: shapes.SecondFactorCode = asked.body
        account, session = self._own(asked)
        secret = session.new_factor
        if not secret or account.second_factor:
            raise refuse(409, "factor-none")
        self._slow(asked)
        step = step_of(secret, body.code, self.people.time(), 0)
        if not step:
            raise refuse(422, "code-wrong", "code")
        self.slowdown.succeeded(asked.caller.address)
        sealed = self.people.sealed_factor(account, secret)
        after = await self.people.change(
            account.name, lambda now: self._anew(now, second_factor=sealed, second_factor_step=step)
        )
        self.tell(asked, "factor-on", None)
        return self._begin_session(asked, after)

    async def end_second_factor(self, asked: Asked) -> shapes.Me:
        """Switch it off."""
        body: shapes.OwnPassword = asked.body
        account, session = self._own(asked)
        await self._prove(asked, account, body.password, "password")
        after = await self.people.change(
            account.name, lambda now: self._anew(now, second_factor=b"", second_factor_step=0), sessions_end=False
        )
        self.tell(asked, "factor-off", None)
        return _me(after, session)

    async def sessions(self, asked: Asked) -> shapes.OwnSessions:
        """The own sessions."""
        account, current = self._own(asked)
        return shapes.OwnSessions(
            sessions=[
                shapes.OwnSession(
                    id=one.id,
                    created=one.created,
                    seen=one.seen,
                    ends=one.ends,
                    address=one.address,
                    agent=one.agent,
                    current=one is current,
                )
                for one in reversed(self.people.sessions.of(account.key))
            ]
        )

    async def end_session(self, asked: Asked) -> shapes.OwnSessions:
        """End one of them."""
        account, _ = self._own(asked)
        found = next((one for one in self.people.sessions.of(account.key) if one.id == asked.name), None)
        if found is None:
            raise refuse(404, "session-unknown", "name")
        self.people.sessions.end(found)
        return await self.sessions(asked)

    # --- for `staff` too ---------------------------------------------------------------------------------------------

    async def new_account(self, name: str, role: Role, password: str) -> Account:
        """An account that nobody has yet.

        Raises:
            Refused: 422 where the name or the password cannot be used, 503 where too much is hashed at once.
        """
        if not usable_name(name):
            raise refuse(422, "name-unusable", "name")
        hashed, now = await self.hashed(password, name, "password"), self.people.time()
        return Account(name, role, hashed, now, now)

    async def hashed(self, password: str, name: str, field: str) -> str:
        """A new password's hash.

        Args:
            password: what was chosen.
            name: of the account.
            field: where it stood in the request.

        Raises:
            Refused: 422 where it is too weak, 503 where too much is hashed at once.
        """
        self.judge(password, name, field)
        return await self._patiently(self.hasher.make(normal(password)))

    def judge(self, password: str, name: str, field: str) -> None:
        """See that nobody guesses a new password; arguments and errors as for `hashed`."""
        match weakness(password, name):
            case "short":
                raise refuse(422, "password-short", field)
            case "long":
                raise refuse(422, "password-long", field)
            case "name":
                raise refuse(422, "password-name", field)
            case "common":
                raise refuse(422, "password-common", field)

    async def prove(self, asked: Asked, password: str, field: str) -> None:
        """See that it is really the owner of the account who asks for something that is worth more than a session.

        Args:
            asked: the request.
            password: as it was entered.
            field: where it stood.

        Raises:
            Refused: 409 for who has no account, 422 where it is another password, 429 where it was too often.
        """
        account, _ = self._own(asked)
        await self._prove(asked, account, password, field)

    def tell(self, asked: Asked, what: str, account: Account | None) -> None:
        """Tell what was changed, and of which other account."""
        self.publish(
            AccessChanged(
                what,
                asked.by,
                asked.caller.address,
                account.name if account else "",
                account.role.value if account else "",
            )
        )

    # --- within ------------------------------------------------------------------------------------------------------

    def _own(self, asked: Asked) -> tuple[Account, Session]:
        """The account that asks, and its session."""
        session = asked.caller.session
        account = self.people.account(asked.caller.name) if session else None
        if session is None or account is None:
            raise refuse(409, "account-only")
        return account, session

    def _slow(self, asked: Asked) -> None:
        wait = self.slowdown.begin(asked.caller.address, self.clock())
        if wait:
            raise refuse(429, "too-fast", retry=ceil(wait))

    async def _prove(self, asked: Asked, account: Account, password: str, field: str) -> None:
        """See that it is really its owner who asks: a screen may have been left alone."""
        self._slow(asked)
        if not await self._same(account, password):
            raise refuse(422, "own-password-wrong", field)
        self.slowdown.succeeded(asked.caller.address)

    async def _same(self, account: Account | None, password: str) -> bool:
        # One that is too long to be anybody's is not worth the time, and tells nothing of the name.
        known = account.password if account else None
        return await self._patiently(self.hasher.same(known, normal(password)))

    async def _patiently(self, hashing: Awaitable[T]) -> T:
        try:
            return await hashing
        except Crowded:
            raise refuse(503, "crowded", retry=CROWDED_SECONDS) from None

    def _login_wrong(self, asked: Asked, account: Account | None) -> Exception:
        # A name that nobody has is told to no log: people type their password there.
        self.publish(LoginRefused(asked.caller.address, account.name if account else ""))
        return refuse(401, "login-wrong")

    def _anew(self, account: Account, **values: Any) -> Account:
        return evolve(account, changed=self.people.time(), **values)

    def _begin_session(self, asked: Asked, account: Account) -> shapes.Me:
        sessions = self.people.sessions
        if asked.caller.session:
            sessions.end(asked.caller.session)
        agent = clean((asked.request.getHeader(b"user-agent") or b"").decode("latin-1"))
        cookie, session = sessions.begin(account.key, asked.caller.address, agent, screen=account.role is Role.VIEWER)
        give_cookie(asked.request, cookie)
        return _me(account, session)


def _me(account: Account, session: Session) -> shapes.Me:
    return shapes.Me(
        name=account.name,
        role=account.role,
        way="account",
        second_factor=bool(account.second_factor),
        cross_site_token=session.cross_site_token,
        ends=session.ends,
    )
