"""What the API takes and gives about who may come in, as JSON; a kind of its own only for the sake of length.

What is entered and what is shown once stands here: no shape with a secret shows it in its `repr`.
"""

from msgspec import UNSET, UnsetType

from edge_twisted.core.roles import Role
from edge_twisted.web.shapes import Shape


class SecretShape(Shape):
    """A shape that holds a secret."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Setup(Shape):
    """Whether this box still waits for its administrator."""

    needed: bool


class SetupRequest(SecretShape):
    """The first visit: the code on the label, and the administrator's name and password."""

    code: str
    name: str
    password: str


class Login(SecretShape):
    """Name and password; `code` is that of the second factor, where one is switched on."""

    name: str
    password: str
    code: str = ""


class Me(SecretShape, omit_defaults=True):
    """Who asks.

    `way` is `account`, `token`, or `control` for who is root on the box. With an account, `cross_site_token` goes into
    the header `X-Edge-Token` of whatever changes something; `ends` is when the session ends at the latest.
    """

    name: str
    role: Role
    way: str
    second_factor: bool = False
    cross_site_token: str | None = None
    ends: float | None = None


class PasswordChange(SecretShape):
    """An own password's change."""

    old: str
    new: str


class OwnPassword(SecretShape):
    """The own password, to say once more that it is really you."""

    password: str


class SecondFactor(SecretShape):
    """A new second factor, shown once: it counts as soon as a code of it was given.

    `uri` is for an authenticator app, `svg` the same as a picture, `secret` the same to be typed.
    """

    secret: str
    uri: str
    svg: str


class SecondFactorCode(SecretShape):
    """A code that the authenticator app shows."""

    code: str


class OwnSession(Shape):
    """One of the own sessions; `current` is the one that asks."""

    id: str
    created: float
    seen: float
    ends: float
    address: str
    agent: str
    current: bool


class OwnSessions(Shape):
    """All of them."""

    sessions: list[OwnSession]


class Account(Shape):
    """One account; nothing of it is secret."""

    name: str
    role: Role
    second_factor: bool
    created: float
    changed: float
    last_login: float | None


class Accounts(Shape):
    """All of them, by name."""

    accounts: list[Account]


class NewAccount(SecretShape):
    """An account to be made."""

    name: str
    role: Role
    password: str


class AccountChange(SecretShape):
    """New values for an account; what is left out stays as it is. A new password ends its sessions.

    `second_factor` can be switched off here only, for who lost the telephone.
    """

    role: Role | UnsetType = UNSET
    password: str | UnsetType = UNSET
    second_factor_off: bool = False


class Token(Shape):
    """A token by which a program comes in; the token itself is never shown again."""

    id: str
    label: str
    role: Role
    created: float
    ends: float | None
    last_used: float | None


class Tokens(Shape):
    """All of them, by label."""

    tokens: list[Token]


class NewToken(Shape):
    """A token to be made; `days` is how long it is good for, null for ever."""

    label: str
    role: Role
    days: int | None = 365


class MadeToken(SecretShape):
    """A new token, shown this once."""

    token: str
    made: Token


class Label(SecretShape):
    """What belongs on the box's label.

    `code` is the set-up code, null once there is an administrator. `link` is what the QR code holds.
    """

    link: str
    address: str
    addresses: list[str]
    code: str | None
    fingerprint: str


class Done(Shape):
    """It is done."""

    done: bool = True
