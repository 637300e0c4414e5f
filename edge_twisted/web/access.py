"""All that concerns who may come in, as the API and the listener need it."""

from collections.abc import Awaitable, Callable
from typing import Any, Self

from attrs import define

from edge_twisted.core.events import Event
from edge_twisted.web.asking import Asked
from edge_twisted.web.gate import Gate
from edge_twisted.web.own import Own, PasswordHasher
from edge_twisted.web.people import People
from edge_twisted.web.staff import Staff


@define
class Access:
    """The parts.

    Args:
        people: who there is.
        own: set-up, login and the own account.
        staff: accounts, tokens and the label.
        gate: lets people and programs in over the network.
    """

    people: People
    own: Own
    staff: Staff
    gate: Gate

    @classmethod
    def make(
        cls,
        people: People,
        hasher: PasswordHasher,
        publish: Callable[[Event], None],
        clock: Callable[[], float],
        names: Callable[[], list[str]],
        addresses: Callable[[], list[str]],
        ports: dict[str, list[int]],
        fingerprint: Callable[[], str],
    ) -> Self:
        """Put the parts together; arguments as theirs, `names` beginning with the one that people use."""
        own = Own(people, hasher, publish, clock, names()[0])
        return cls(people, own, Staff(own, people, names, addresses, ports, fingerprint), Gate(people))

    def method(self, route: str) -> Callable[[Asked], Awaitable[Any]]:
        """What answers a route.

        Args:
            route: its name.

        Returns:
            The method of that name.
        """
        found: Callable[[Asked], Awaitable[Any]] = getattr(self.own, route, None) or getattr(self.staff, route)
        return found
