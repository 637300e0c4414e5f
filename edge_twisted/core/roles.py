"""Who may do what: four roles, each of which may do all that the one before may."""

from collections.abc import Collection
from enum import Enum

from edge_twisted.core.endpoint import Endpoint


class Role(Enum):
    """What somebody may do.

    - `viewer`: sees the chargers, in the simple view.
    - `readonly`: sees everything, and changes nothing.
    - `maintainer`: sets up chargers.
    - `admin`: decides who else may come in, and may take a charger's uplink to a host that is not configured.
    """

    VIEWER = "viewer"
    READONLY = "readonly"
    MAINTAINER = "maintainer"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether who has this role may do what needs that one."""
        return _ORDER.index(self) >= _ORDER.index(needed)


_ORDER = tuple(Role)


def role_for_endpoint(endpoint: Endpoint | None, configured: Collection[Endpoint]) -> Role:
    """Which role it takes to send a charger there (design section 4).

    Args:
        endpoint: where to; None: where the configuration says.
        configured: the endpoints of the configuration.

    Returns:
        Admin for a host other than the configured ones, since the charger's messages and its password go there.
    """
    if endpoint is None or endpoint.host in {one.host for one in configured}:
        return Role.MAINTAINER
    return Role.ADMIN
