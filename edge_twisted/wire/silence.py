"""A logger that says nothing, and an Autobahn that formats nothing for it.

Autobahn's own log lines repeat the request, identity and `Authorization` included, and are worded for programmers.
What happens on a leg is told by our own events instead.
"""

from types import ModuleType
from typing import Any, Final

import autobahn.twisted.websocket
import autobahn.websocket.protocol


class Silence:
    """Takes every log call of Autobahn's and drops it, unformatted."""

    def _drop(self, *args: Any, **fields: Any) -> None:
        """Say nothing."""

    trace = debug = info = warn = error = critical = failure = _drop


SILENCE = Silence()

FORMATTERS: Final[tuple[tuple[ModuleType, str], ...]] = (
    (autobahn.websocket.protocol, "pformat"),
    (autobahn.websocket.protocol, "hltype"),
    (autobahn.websocket.protocol, "hlval"),
    (autobahn.twisted.websocket, "hltype"),
    (autobahn.twisted.websocket, "hlval"),
)
"""What Autobahn colours and prints for its debug lines, on every connection, before it asks whether anybody reads them:
its whole configuration, a tenth of a storm's work. `tests/wire/test_silence.py` fails where the names change."""


def unformatted(value: object, *args: Any, **options: Any) -> str:
    """Stands for a formatter whose words nobody reads."""
    return ""


def quieten() -> None:
    """Let Autobahn format nothing; where a name is gone, it goes on as it does."""
    for module, name in FORMATTERS:
        if hasattr(module, name):
            setattr(module, name, unformatted)
