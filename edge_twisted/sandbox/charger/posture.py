"""How a charger connects now: its password, its security profile, whom it believes; and how these change."""

from typing import Final
from urllib.parse import urlsplit

from attrs import evolve

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.believing import context_for
from edge_twisted.sandbox.charger.dial import tls_of
from edge_twisted.sandbox.charger.roots import Roots
from edge_twisted.sandbox.charger.settings import Access, ChargerSettings
from edge_twisted.sandbox.charger.works import Works
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import NOBODY

FALLBACK_ATTEMPTS: Final = 3
"""Attempts on a raised profile, before the charger goes back to the one before (A05.FR.08)."""
HEX_DIGITS: Final = (32, 40)
"""An `AuthorizationKey` has 16 to 20 bytes (S-06)."""
TEXT_CHARACTERS: Final = (16, 40)


class Posture:
    """The part of a charger that is changed over OCPP to make it secure.

    Args:
        works: the charger's inside.

    Attributes:
        profile: the security profile that is in force, or being tried.
    """

    def __init__(self, works: Works) -> None:
        self._works = works
        self._roots: Roots | None = None
        self.enter(works.settings)

    def enter(self, settings: ChargerSettings) -> None:
        """Take what an installer entered; a store that was not touched keeps what was installed over OCPP.

        Args:
            settings: what the charger is now.

        Raises:
            ValueError: its TLS does not exist, or a root is no certificate.
        """
        context_for(NOBODY, tls_of(settings.access.tls, settings.quirks), None)
        if self._roots is None or settings.access.trust != self._roots.trust:
            self._roots = Roots.of(settings.access.trust)
        self.profile = settings.profile
        self._access = settings.access
        self._credentials = settings.access.credentials
        self._endpoint = settings.access.endpoint
        self._before: tuple[int, str] | None = None
        self._failures = 0
        self._works.keys.put("SecurityProfile", self.profile)

    @property
    def roots(self) -> Roots:
        """The certificate store."""
        assert self._roots is not None
        return self._roots

    @property
    def access(self) -> Access:
        """What the next attempt connects with."""
        return evolve(self._access, endpoint=self._endpoint, credentials=self._credentials, trust=self.roots.trust)

    def change_key(self, value: str) -> str:
        """Answer a change of `AuthorizationKey` (S-30).

        Args:
            value: hexadecimal (J-63); a charger that shows it as it is takes any text (Q9).

        Returns:
            The answer's status. After `Accepted` the charger must connect anew.
        """
        quirks = self._works.settings.quirks
        password = _bytes_of(value)
        if quirks.hex_password and TEXT_CHARACTERS[0] <= len(value) <= TEXT_CHARACTERS[1]:
            password = value.encode("utf-8")
        if password is None:
            return "Rejected"
        if not quirks.old_key_after_rotation:
            user = self._credentials.user if self._credentials is not None else self._access.identity.encode()
            self._credentials = Credentials(user, password)
        self._works.tell(h.KeyChanged(self._works.identity))
        return "Accepted"

    def change_profile(self, value: str) -> str:
        """Answer a change of `SecurityProfile` (S-31): what it needs must be there, and it never falls (S-03).

        Args:
            value: 0 to 3; 3 needs a client certificate, which these chargers do not show.

        Returns:
            The answer's status. After `Accepted` the charger must connect anew.
        """
        profile = int(value)
        if profile <= self.profile or profile not in (1, 2) or self._credentials is None:
            return "Rejected"
        if profile == 2 and not (self.roots.central or self.roots.system):
            return "Rejected"
        self._before, self._failures = (self.profile, self._endpoint), 0
        self._set_profile(profile, False)
        if profile == 2:
            self._endpoint = _secured(self._access, self._endpoint)
        return "Accepted"

    def opened(self) -> None:
        """A connection came about: what was tried, holds."""
        self._before, self._failures = None, 0
        if self.access.secure:
            self.roots.believed()

    def failed(self, happening: h.Happening) -> None:
        """An attempt came to nothing: it may be time to go back (A05.FR.08, S-32).

        Args:
            happening: what came of it.
        """
        if isinstance(happening, h.Untrusting) and happening.why == "untrusted":
            self.roots.untrusted()
        if self._before is None:
            return
        self._failures += 1
        if self._failures >= FALLBACK_ATTEMPTS:
            profile, self._endpoint = self._before
            self._before = None
            self._set_profile(profile, True)

    def _set_profile(self, profile: int, fallback: bool) -> None:
        self.profile = profile
        self._works.keys.put("SecurityProfile", profile)
        self._works.tell(h.ProfileChanged(self._works.identity, profile, fallback))


def _bytes_of(value: str) -> bytes | None:
    least, most = HEX_DIGITS
    if not least <= len(value) <= most or not value.isascii() or not value.isalnum():
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def _secured(access: Access, endpoint: str) -> str:
    """The endpoint over wss."""
    if endpoint.lower().startswith("wss:"):
        return endpoint
    if access.secure_endpoint:
        return access.secure_endpoint
    parts = urlsplit(endpoint)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port in (None, 80) else f":{parts.port}"
    return f"wss://{host}{port}{parts.path}"
