"""What happened around EdgeManager's door: events as those of `core.events`."""

from typing import ClassVar

from attrs import frozen

from edge_twisted.core.events import Event


@frozen
class AccessChanged(Event):
    """Somebody came in to EdgeManager, or changed who may.

    Args:
        what: `set-up`, `login`, `password-changed`, `factor-on`, `factor-off`, `account-added`, `role-changed`,
            `password-reset`, `factor-removed`, `account-removed`, `token-added`, `token-removed`,
            `backed-up`.
        by: who.
        address: from where, or nothing.
        name: of the account or token that it is about, or nothing.
        role: of that one, or nothing.
    """

    code: ClassVar[str] = "access-changed"
    what: str
    by: str
    address: str = ""
    name: str = ""
    role: str = ""


@frozen
class LoginRefused(Event):
    """Somebody tried to come in to EdgeManager with something wrong.

    Args:
        address: from where.
        name: of the account, where there is one of that name; what else somebody typed may be a password.
    """

    code: ClassVar[str] = "login-refused"
    address: str
    name: str = ""


@frozen
class AccessStoreFailed(Event):
    """A change of who may come in could not be written."""

    code: ClassVar[str] = "access-store-failed"
    error: str


@frozen
class ManagerCertificateRenewed(Event):
    """EdgeManager's own certificate was issued anew, for its end was near, or names or addresses changed."""

    code: ClassVar[str] = "manager-certificate-renewed"
    names: tuple[str, ...]
