"""Tests of `edge_twisted.registry`."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.registry import Registry, Snapshot

OLD = Snapshot(
    charger="id1",
    label="CP…",
    session="s1",
    address="192.168.1.20",
    secure=False,
    password=True,
    uplink="wss://wss.evc-net.com",
    uplink_secure=True,
    kind="shown",
    protocol="ocpp1.6",
    quirks=(),
    since=1.0,
)
NEW = evolve(OLD, session="s2")
OTHER = evolve(OLD, charger="id2", session="s3")


class RegistryTests(SynchronousTestCase):
    """`Registry`: who is connected now."""

    def setUp(self) -> None:
        self.registry = Registry()
        for snapshot in (OLD, OTHER):
            self.registry.opened(snapshot)

    def test_known(self) -> None:
        """Each open session has its snapshot, found by its charger."""
        self.assertEqual((self.registry.get("id1"), self.registry.get("nobody")), (OLD, None))
        self.assertEqual((len(self.registry), list(self.registry)), (2, [OLD, OTHER]))

    def test_replaced(self) -> None:
        """A charger has one snapshot: that of its newest session. Q11: what is said of the old one changes nothing."""
        self.registry.opened(NEW)
        self.registry.served("id1", "s1")
        self.registry.ended("id1", "s1")
        self.assertEqual((len(self.registry), self.registry.get("id1")), (2, NEW))

    def test_served(self) -> None:
        """A session that was served is shown so."""
        self.registry.served("id1", "s1")
        self.assertEqual(self.registry.get("id1"), evolve(OLD, served=True))
        self.registry.served("nobody", "s1")
        self.assertEqual(self.registry.get("id2"), OTHER)

    def test_ended(self) -> None:
        """What ended is gone; saying so twice, or of nobody, is no error."""
        for charger in ("id1", "id1", "nobody"):
            self.registry.ended(charger, "s1")
        self.assertEqual(list(self.registry), [OTHER])

    def test_snapshot_of_all(self) -> None:
        """Who looks through all may change them meanwhile."""
        for snapshot in self.registry:
            self.registry.ended(snapshot.charger, snapshot.session)
        self.assertEqual(len(self.registry), 0)
