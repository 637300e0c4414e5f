"""Finds out who sends a request over the network: by a session's cookie, or by a token."""

from hmac import compare_digest
from typing import Any, Final
from urllib.parse import parse_qs

from attrs import define

from edge_twisted.pages.bounded import BODY_BYTES
from edge_twisted.web.caller import Caller
from edge_twisted.web.people import People, key_of_token
from edge_twisted.web.refusing import refuse
from edge_twisted.web.route import Route

COOKIE: Final = b"__Host-edge"
"""Browsers take a cookie of such a name only over HTTPS, for this host alone and all of its paths."""
TOKEN_HEADER: Final = b"x-edge-token"
TOKEN_FIELD: Final = b"edge_token"
SAFE: Final = frozenset({b"GET", b"HEAD"})
_ATTRIBUTES: Final = b"; Path=/; Secure; HttpOnly; SameSite=Strict"


@define
class Gate:
    """Lets people and programs in. Host and origin of a request were looked at before (`web.manager`).

    Args:
        people: who there is.
    """

    people: People

    def admit(self, request: Any, route: Route) -> Caller:
        """Find out who asks.

        Args:
            request: what came.
            route: what is asked.

        Returns:
            Who it is.

        Raises:
            Refused: 401 for who is nobody here, 403 for whose role is not enough, or without the cross-site token.
        """
        caller = self._by_token(request) or self._by_cookie(request) or Caller("nobody", address=address_of(request))
        caller.may(route)
        if caller.session is not None and route.role is not None and request.method not in SAFE:
            if not compare_digest(_shown(request), caller.session.cross_site_token.encode()):
                raise refuse(403, "cross-site")
        return caller

    def _by_token(self, request: Any) -> Caller | None:
        scheme, _, shown = (request.getHeader(b"authorization") or b"").partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = self.people.token(shown.strip())
        if token is None:
            raise refuse(401, "token-wrong")
        key = key_of_token(token)
        return Caller(
            "token",
            token.role,
            token.label,
            address_of(request),
            until=lambda ended: self.people.sessions.ends.watch(key, ended),
        )

    def _by_cookie(self, request: Any) -> Caller | None:
        found = next(filter(None, map(self.people.sessions.find, cookies(request))), None)
        account = self.people.account(found.account) if found else None
        if found is None or account is None:
            return None
        key = found.key
        return Caller(
            "account",
            account.role,
            account.name,
            address_of(request),
            found,
            lambda ended: self.people.sessions.ends.watch(key, ended),
        )


def cookies(request: Any) -> list[str]:
    """What a browser shows as our cookie; more than one only where somebody plays tricks."""
    found = []
    for line in request.requestHeaders.getRawHeaders(b"cookie") or ():
        for part in line.split(b";"):
            name, _, value = part.strip().partition(b"=")
            if name == COOKIE:
                found.append(value.decode("latin-1"))
    return found[:2]


def give_cookie(request: Any, cookie: str) -> None:
    """Let a browser show this from now on; without an end of its own, so that it goes with the browser."""
    request.responseHeaders.addRawHeader(b"set-cookie", COOKIE + b"=" + cookie.encode("ascii") + _ATTRIBUTES)


def take_cookie(request: Any) -> None:
    """Let a browser forget it."""
    request.responseHeaders.addRawHeader(b"set-cookie", COOKIE + b"=" + _ATTRIBUTES + b"; Max-Age=0")


def address_of(request: Any) -> str:
    """From where a request comes; nothing over the control socket."""
    return str(getattr(request.getClientAddress(), "host", "") or "")


def _shown(request: Any) -> bytes:
    """The cross-site token that a request shows: in its header, or as a field of a form."""
    header: bytes | None = request.getHeader(TOKEN_HEADER)
    if header is not None:
        return header.strip()
    if not request.form:
        return b""
    body: bytes = request.content.read(BODY_BYTES + 1)
    request.content.seek(0)
    try:
        found = parse_qs(body, max_num_fields=200).get(TOKEN_FIELD, [])
    except ValueError:
        return b""
    return found[0] if len(found) == 1 else b""
