"""TLS sessions of earlier uplinks, so that the next dial to the same central system needs no certificate.

They belong to one context, and so to one (host, trust). A session proves what the handshake proved that began it; how
long that counts is bounded, however often it was resumed since.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import define, field
from OpenSSL import SSL

SESSION_SECONDS: Final = 3600.0
"""How long after its certificate was verified a central system is believed without one."""
SESSIONS: Final = 64
"""How many are kept for each context; a ticket is good for one dial (RFC 8446, appendix C.4)."""


@define(eq=False)
class Sessions:
    """Those of one context.

    Args:
        now: seconds that never jump.
    """

    now: Callable[[], float] = time.monotonic
    _kept: deque[tuple[float, SSL.Session]] = field(factory=lambda: deque(maxlen=SESSIONS), init=False, repr=False)

    def take(self) -> tuple[float, SSL.Session] | None:
        """Take the newest one that still counts: when its certificate was verified, and the session."""
        while self._kept:
            verified, session = self._kept.pop()
            if self.now() - verified < SESSION_SECONDS:
                return verified, session
        return None

    def keep(self, verified: float, session: SSL.Session) -> None:
        """Keep one for a later dial.

        Args:
            verified: when its certificate was verified.
            session: as the connection has it, once the peer has sent something.
        """
        if self.now() - verified < SESSION_SECONDS:
            self._kept.append((verified, session))
