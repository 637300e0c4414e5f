"""A logger that says nothing.

Autobahn's own log lines repeat the request, identity and `Authorization` included, and are worded for programmers.
What happens on a leg is told by our own events instead.
"""

from typing import Any


class Silence:
    """Takes every log call of Autobahn's and drops it, unformatted."""

    def _drop(self, *args: Any, **fields: Any) -> None:
        """Say nothing."""

    trace = debug = info = warn = error = critical = failure = _drop


SILENCE = Silence()
