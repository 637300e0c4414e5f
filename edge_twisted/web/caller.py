"""Who sends a request to the API, as far as that was found out."""

from collections.abc import Callable
from typing import Literal

from attrs import field, frozen

from edge_twisted.core.roles import Role
from edge_twisted.web.refusing import refuse
from edge_twisted.web.route import Route
from edge_twisted.web.sessions import Session

Watch = Callable[[Callable[[], None]], Callable[[], None]]
"""Calls what it is given when the caller may no longer be here, and gives back what calls that off."""


@frozen
class Caller:
    """Somebody who asks.

    Args:
        way: how he came: over the control socket, logged in, with a token, or unknown.
        role: what he may do; None: nothing but what everybody may.
        name: of the account, or label of the token.
        address: from where, or nothing.
        session: of the account.
        until: tells when it is over with him.
    """

    way: Literal["control", "account", "token", "nobody"]
    role: Role | None = None
    name: str = ""
    address: str = ""
    session: Session | None = field(default=None, repr=False)
    until: Watch | None = field(default=None, repr=False)

    @property
    def by(self) -> str:
        """Who that is, for the journal."""
        return f"{self.way}:{self.name}"

    def may(self, route: Route) -> None:
        """See that he may ask this.

        Args:
            route: what he asks.

        Raises:
            Refused: 401 where nobody is known to ask, 403 where his role is not enough.
        """
        if route.role is None:
            return
        if self.role is None:
            raise refuse(401, "login-needed")
        if not self.role.covers(route.role):
            raise refuse(403, "role")
