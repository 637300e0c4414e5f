"""How a charger is at one moment."""

from attrs import frozen

from edge_twisted.sandbox import happenings as h


@frozen
class ChargerState:
    """How a charger is at one moment.

    Args:
        online: whether it has a connection.
        secure: whether that is over wss; None: it has none.
        since: when it came about, in seconds since the epoch; None: it has none.
        failure: what the last attempt came to; None: it came about, or there was none.
        next_attempt: seconds until it dials again; None: it does not wait for that.
        waiting: messages that are not answered or not sent yet.
        transactions: the numbers of those that run; -1: not known yet.
        roots: the subjects of the certificates in its store.
        security_profile: the white paper's, 0 to 3.
        connectors: their statuses, from the first.
    """

    online: bool
    secure: bool | None
    since: float | None
    failure: h.Happening | None
    next_attempt: float | None
    waiting: int
    transactions: tuple[int, ...]
    roots: tuple[str, ...]
    security_profile: int
    connectors: tuple[str, ...]
