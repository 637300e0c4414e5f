"""Accounts of people and tokens of programs, as values, and the rules for them."""

import re
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from edge_twisted.core.roles import Role

NAME_CHARACTERS: Final = 64
LABEL_CHARACTERS: Final = 60
ACCOUNTS: Final = 200
"""Accounts at most."""
TOKENS: Final = 200
"""Tokens at most."""

_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+-]{{0,{NAME_CHARACTERS - 1}}}")


@frozen
class Account:
    """Somebody who may log in.

    Args:
        name: as it was entered; letter case makes no difference.
        role: what it may do.
        password: the hash of the password.
        created, changed, last_login: seconds since the epoch; 0: never.
        second_factor: the sealed TOTP secret; empty: none.
        second_factor_step: the time step of the last code that was used; no earlier one is taken again.
    """

    name: str
    role: Role
    password: str = field(repr=False)
    created: float
    changed: float
    last_login: float = 0.0
    second_factor: bytes = field(default=b"", repr=False)
    second_factor_step: int = 0

    @property
    def key(self) -> str:
        """What makes two accounts the same one."""
        return key_of(self.name)


@frozen
class Token:
    """Something by which a program may come in.

    Args:
        id: names it; no secret.
        label: what it is for, in its maker's words.
        role: what it may do.
        digest: SHA-256 of the token, which has 256 random bits and so needs no slow hash.
        created, ends, last_used: seconds since the epoch; 0: never.
    """

    id: str
    label: str
    role: Role
    digest: bytes = field(repr=False)
    created: float
    ends: float = 0.0
    last_used: float = 0.0

    def ended(self, now: float) -> bool:
        """Whether its time is over."""
        return bool(self.ends) and now >= self.ends


def key_of(name: str) -> str:
    """An account's name as it is compared."""
    return name.lower()


def usable_name(name: str) -> bool:
    """Whether an account can be called that: 1 to 64 letters, digits and `._@+-`, of ASCII, so that none look alike."""
    return _NAME.fullmatch(name) is not None


def has_admin(accounts: Iterable[Account], but: str = "") -> bool:
    """Whether there is an administrator.

    Args:
        accounts: who there is.
        but: the key of one that does not count.

    Returns:
        Whether somebody remains who decides who may come in.
    """
    return any(one.role is Role.ADMIN and one.key != but for one in accounts)
