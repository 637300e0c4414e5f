"""Autobahn says and formats nothing."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire import silence


class SilenceTests(SynchronousTestCase):
    """The names that are replaced."""

    def test_names(self) -> None:
        """They are Autobahn's still: where one is gone, Edge goes on, and this test tells that a storm costs more."""
        for module, name in silence.FORMATTERS:
            self.assertTrue(callable(getattr(module, name, None)), f"{module.__name__}.{name}")

    def test_quieten(self) -> None:
        """What is there is replaced, what is not there is left alone."""
        for module, name in silence.FORMATTERS:
            self.patch(module, name, getattr(module, name))
        module = silence.FORMATTERS[0][0]
        self.patch(silence, "FORMATTERS", (*silence.FORMATTERS, (module, "never_there")))
        silence.quieten()
        for module, name in silence.FORMATTERS[:-1]:
            self.assertEqual(getattr(module, name)({"a": 1}), "")
        self.assertFalse(hasattr(module, "never_there"))
