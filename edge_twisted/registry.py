"""Who is connected now: one snapshot per charger."""

from collections.abc import Iterator

from attrs import evolve, frozen


@frozen
class Snapshot:
    """One charger's session as it stands.

    Args:
        charger: its opaque id.
        label: what a person may see of its identity.
        session: the session's name.
        address: where it comes from.
        secure: whether its own leg is `wss`.
        password: whether it showed one.
        uplink: the endpoint, without the identity.
        uplink_secure: whether that leg is `wss`.
        kind: whose credentials go up.
        protocol: the subprotocol, or nothing.
        quirks: deviations that were accepted.
        since: when both legs stood, seconds since the epoch.
        served: whether the central system served it.
    """

    charger: str
    label: str
    session: str
    address: str
    secure: bool
    password: bool
    uplink: str
    uplink_secure: bool
    kind: str
    protocol: str
    quirks: tuple[str, ...]
    since: float
    served: bool = False


class Registry:
    """Snapshots by charger."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._snapshots)

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(tuple(self._snapshots.values()))

    def get(self, charger: str) -> Snapshot | None:
        """The snapshot of a charger, or None."""
        return self._snapshots.get(charger)

    def opened(self, snapshot: Snapshot) -> None:
        """A session stands; it replaces what was there."""
        self._snapshots[snapshot.charger] = snapshot

    def served(self, charger: str, session: str) -> None:
        """That session was served."""
        snapshot = self._snapshots.get(charger)
        if snapshot and snapshot.session == session:
            self._snapshots[charger] = evolve(snapshot, served=True)

    def ended(self, charger: str, session: str) -> None:
        """That session is over; a newer one of the same charger is not touched (Q11)."""
        snapshot = self._snapshots.get(charger)
        if snapshot and snapshot.session == session:
            del self._snapshots[charger]
