"""How many files this process may have open: every connection is one, and a charger's session has two."""

import resource
from typing import Final

PER_CONNECTION: Final = 2
"""Both legs of a charger's session."""
MARGIN: Final = 200
"""For listeners, the control socket's clients, the store, look-ups of names, and connections that are being closed."""


def needed(connections: int) -> int:
    """How many open files so many connections of chargers need.

    Args:
        connections: `limits.connections`.

    Returns:
        The number, with a margin for everything else.
    """
    return PER_CONNECTION * connections + MARGIN


def allow(wanted: int) -> int:
    """Raise the process's own limit, as far as the system lets it; what is higher already stays.

    Args:
        wanted: how many files shall be open at once.

    Returns:
        How many may be; `wanted` where that can't be found out.
    """
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    except OSError:  # a service manager may forbid even the look: the same call sets limits
        return wanted
    if _is_enough(soft, wanted):
        return wanted
    fresh = wanted if _is_enough(hard, wanted) else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (fresh, hard))
    except (ValueError, OSError):  # it may also forbid only this
        return soft
    return fresh


def _is_enough(limit: int, wanted: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= wanted
