"""Tests of `edge_twisted.descriptors`: the process's own limit of open files."""

import resource

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.config import Limits
from edge_twisted.descriptors import allow, needed

INFINITE = resource.RLIM_INFINITY


class AllowTests(SynchronousTestCase):
    """Raising the soft limit up to the hard one."""

    def limited(self, soft: int, hard: int, error: Exception | None = None) -> list[tuple[int, int]]:
        """Let the process have these limits; what they are set to."""
        found: list[tuple[int, int]] = []

        def set_limit(which: int, limits: tuple[int, int]) -> None:
            self.assertEqual(which, resource.RLIMIT_NOFILE)
            if error:
                raise error
            found.append(limits)

        self.patch(resource, "getrlimit", lambda which: (soft, hard))
        self.patch(resource, "setrlimit", set_limit)
        return found

    def test_enough(self) -> None:
        """What is enough is left as it is."""
        for soft, hard in ((5000, 5000), (4096, INFINITE), (INFINITE, INFINITE)):
            found = self.limited(soft, hard)
            self.assertEqual((allow(4096), found), (4096, []))

    def test_raised(self) -> None:
        """The soft limit is raised to what is needed, and the hard one stays."""
        for hard in (4096, 100_000, INFINITE):
            found = self.limited(1024, hard)
            self.assertEqual((allow(4096), found), (4096, [(4096, hard)]))

    def test_too_low(self) -> None:
        """Where the hard limit is too low the soft one is raised up to that."""
        found = self.limited(1024, 2048)
        self.assertEqual((allow(4096), found), (2048, [(2048, 2048)]))

    def test_forbidden(self) -> None:
        """Where the system forbids it the limit is what it was."""
        for error in (ValueError("not allowed to raise maximum limit"), PermissionError()):
            self.limited(1024, 4096, error)
            self.assertEqual(allow(4096), 1024)

    def test_unknown(self) -> None:
        """Where the system does not even tell the limit, nothing is changed and nothing is complained of."""
        found = self.limited(1024, 4096)

        def refuse(which: int) -> None:
            raise PermissionError

        self.patch(resource, "getrlimit", refuse)
        self.assertEqual((allow(4096), found), (4096, []))

    def test_needed(self) -> None:
        """Two for each connection of a charger, and something for everything else."""
        connections = Limits().connections
        self.assertTrue(2 * connections + 100 <= needed(connections) <= 2 * connections + 1000)
