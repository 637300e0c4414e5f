"""The sum of a profile's stacks."""

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.profile import top

MAIN = 'thread (0x7F): "MainThread"'
STACKS = [
    f"{MAIN};main (a.py:10);read (b.py:5) 3",
    f"{MAIN};main (a.py:11);read (b.py:6);read (b.py:7) 1",
    f"{MAIN};main (a.py:11) 4",
    'thread (0x70): "Thread-1";wait (threading.py:1) 100',
]


class TopTests(SynchronousTestCase):
    """The functions that take most."""

    def test_shares(self) -> None:
        """Lines of one function count together, one that calls itself counts once, and other threads don't count."""
        lines = top(STACKS)
        self.assertEqual(lines[1:3], ["50.0% 50.0%  read (b.py)", "50.0% 100.0%  main (a.py)"])
        self.assertEqual(lines[-2:], ["100.0%  main (a.py)", "50.0%  read (b.py)"])

    def test_most(self) -> None:
        """No more are named than asked for."""
        self.assertEqual(len(top(STACKS, 1)), 5)

    def test_nothing(self) -> None:
        """A profile without stacks is no error."""
        self.assertEqual(top([]), [" self   all  function", "", "  all  function"])
