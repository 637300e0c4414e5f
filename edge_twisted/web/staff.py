"""Accounts of others, tokens of programs, and the box's label: the routes of the API for administrators."""

from collections.abc import Callable
from typing import Final

from attrs import define, evolve
from msgspec import UNSET

from edge_twisted.core.access_events import AccessChanged
from edge_twisted.core.accounts import LABEL_CHARACTERS, Account, Token, key_of
from edge_twisted.core.passwords import show_code
from edge_twisted.core.redaction import clean
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.asking import Asked
from edge_twisted.web.box import useful
from edge_twisted.web.own import Own
from edge_twisted.web.people import People
from edge_twisted.web.refusing import refuse

DAY: Final = 86_400.0
DAYS: Final = 3650
"""A token is good for this long at most, or for ever."""
HTTPS: Final = 443


@define(eq=False)
class Staff:
    """Answers the routes of its methods' names.

    Args:
        own: hashes passwords, and tells.
        people: who there is.
        names: how this box is called: names and addresses, the most important one first.
        addresses: its addresses only.
        ports: the ports that were really taken, by kind.
        fingerprint: gives that of the root certificate.
    """

    own: Own
    people: People
    names: Callable[[], list[str]]
    addresses: Callable[[], list[str]]
    ports: dict[str, list[int]]
    fingerprint: Callable[[], str]

    # --- accounts ----------------------------------------------------------------------------------------------------

    async def accounts(self, asked: Asked) -> shapes.Accounts:
        """All accounts."""
        return shapes.Accounts(accounts=[_account(one) for one in self.people.accounts])

    async def add_account(self, asked: Asked) -> shapes.Account:
        """Make one."""
        body: shapes.NewAccount = asked.body
        if self.people.account(body.name):
            raise refuse(409, "account-taken", "name")
        account = await self.own.new_account(body.name, body.role, body.password)
        await self.people.add(account)
        self.own.tell(asked, "account-added", account)
        return _account(account)

    async def change_account(self, asked: Asked) -> shapes.Account:
        """Change one."""
        body: shapes.AccountChange = asked.body
        before = self._known(asked)
        if asked.caller.session and asked.caller.session.account == before.key:
            if body.password is not UNSET or body.second_factor_off:
                raise refuse(409, "own-account", "password" if body.password is not UNSET else "second_factor_off")
        hashed = None
        if body.password is not UNSET:
            hashed = await self.own.hashed(body.password, before.name, "password")

        def make(account: Account) -> Account:
            after = evolve(account, changed=self.people.time())
            if hashed is not None:
                after = evolve(after, password=hashed)
            if body.second_factor_off:
                after = evolve(after, second_factor=b"", second_factor_step=0)
            return after if body.role is UNSET else evolve(after, role=body.role)

        after = await self.people.change(before.name, make)
        if body.role is not UNSET and before.role is not after.role:
            self.own.tell(asked, "role-changed", after)
        if hashed is not None:
            self.own.tell(asked, "password-reset", after)
        if body.second_factor_off and before.second_factor:
            self.own.tell(asked, "factor-removed", after)
        return _account(after)

    async def remove_account(self, asked: Asked) -> shapes.Accounts:
        """Remove one."""
        self.own.tell(asked, "account-removed", await self.people.remove(asked.name))
        return await self.accounts(asked)

    def _known(self, asked: Asked) -> Account:
        account = self.people.account(asked.name)
        if account is None:
            raise refuse(404, "account-unknown", "name")
        assert account.key == key_of(asked.name)
        return account

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def tokens(self, asked: Asked) -> shapes.Tokens:
        """All tokens."""
        return shapes.Tokens(tokens=[_token(one) for one in self.people.tokens])

    async def add_token(self, asked: Asked) -> shapes.MadeToken:
        """Make one."""
        body: shapes.NewToken = asked.body
        label = clean(body.label, LABEL_CHARACTERS)
        if not label:
            raise refuse(422, "label-missing", "label")
        if body.days is not None and not 1 <= body.days <= DAYS:
            raise refuse(422, "days", "days")
        ends = self.people.time() + body.days * DAY if body.days else 0.0
        shown, token = await self.people.add_token(label, body.role, ends)
        self._tell_token(asked, "token-added", token)
        return shapes.MadeToken(token=shown, made=_token(token))

    async def remove_token(self, asked: Asked) -> shapes.Tokens:
        """Remove one."""
        self._tell_token(asked, "token-removed", await self.people.remove_token(asked.name))
        return await self.tokens(asked)

    def _tell_token(self, asked: Asked, what: str, token: Token) -> None:
        self.own.publish(AccessChanged(what, asked.by, asked.caller.address, token.label, token.role.value))

    # --- the label ---------------------------------------------------------------------------------------------------

    async def label(self, asked: Asked) -> shapes.Label:
        """What belongs on the box's label."""
        ports = self.ports.get("manager")
        if not ports:
            raise refuse(409, "manager-closed")
        places = [_place(name, ports[0]) for name in self.names()]
        code = show_code(self.people.setup_code) if self.people.setup_code else None
        return shapes.Label(
            link=f"{places[0]}#setup={code}" if code else places[0],
            address=places[0],
            addresses=[_place(address, ports[0]) for address in useful(self.addresses())],
            code=code,
            fingerprint=self.fingerprint(),
        )


def _place(host: str, port: int) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"https://{host}/" if port == HTTPS else f"https://{host}:{port}/"


def _account(account: Account) -> shapes.Account:
    return shapes.Account(
        name=account.name,
        role=account.role,
        second_factor=bool(account.second_factor),
        created=account.created,
        changed=account.changed,
        last_login=account.last_login or None,
    )


def _token(token: Token) -> shapes.Token:
    return shapes.Token(
        id=token.id,
        label=token.label,
        role=token.role,
        created=token.created,
        ends=token.ends or None,
        last_used=token.last_used or None,
    )
