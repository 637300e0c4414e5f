"""What the tests of EdgeManager's listener share: the whole site in memory, asked as browsers and programs ask."""

from typing import Any, Final

from attrs import define, evolve
from twisted.internet.address import IPv4Address

from edge_twisted.core.access_events import AccessChanged, LoginRefused
from edge_twisted.core.roles import Role
from edge_twisted.web.manager import Front, ManagerSite
from edge_twisted.web.people import People
from edge_twisted.web.sessions import Session
from tests.access import PASSWORD, MemoryAccounts, QuickHasher, account
from tests.web.asked import ApiCase, Told, Wire, encoded, parse

HOST: Final = "edge.lan:8443"
NAMES: Final = {Role.VIEWER: "vera", Role.READONLY: "ruud", Role.MAINTAINER: "mira", Role.ADMIN: "anna"}
"""One account of each role."""


@define
class Browser:
    """Somebody who is logged in.

    Args:
        cookie: what the browser shows.
        token: the cross-site token.
    """

    cookie: str
    token: str

    @property
    def headers(self) -> tuple[str, ...]:
        """What stands in its requests."""
        return (f"Cookie: __Host-edge={self.cookie}", f"X-Edge-Token: {self.token}")


class ManagerCase(ApiCase):
    """EdgeManager's site over the same desk as in `ApiCase`; there is an account of each role."""

    address = "192.168.1.77"

    def setUp(self) -> None:
        super().setUp()
        self.api = self.make()
        self.own_hosts = frozenset(("edge.lan", "192.168.1.2", "fe80::1", "localhost"))
        resource = evolve(self.api, admit=self.access.gate.admit).resource()
        self._site = ManagerSite(Front(resource, lambda: self.own_hosts), self.reactor)  # type: ignore[assignment]  # the test's own
        self.kept.write_now(*(account(name, role) for role, name in NAMES.items()))
        self.people.load()

    @property
    def people(self) -> People:
        """Who there is."""
        return self.access.people

    @property
    def kept(self) -> MemoryAccounts:
        """Where they are kept."""
        assert isinstance(self.people.store, MemoryAccounts)
        return self.people.store

    @property
    def hasher(self) -> QuickHasher:
        """Hashes passwords."""
        assert isinstance(self.access.own.hasher, QuickHasher)
        return self.access.own.hasher

    def connected(self) -> tuple[Any, Wire]:
        """A connection from `address`."""
        channel, wire = self.site.buildProtocol(None), Wire(peerAddress=IPv4Address("TCP", self.address, 50_000))
        assert channel is not None
        channel.makeConnection(wire)
        return channel, wire

    def send(self, method: str, path: str, body: object = None, *headers: str, host: str | None = HOST) -> Told:
        """Send a request below `/v1`; the answer is looked at as in `ApiCase.call`."""
        _, wire = self.begin(method, "/v1" + path, body, *headers, host=host)
        told = parse(wire.value())
        if method != "HEAD":
            self.check(method, "/v1" + path, told)
        self.assertNotIn("server", told.headers)
        return told

    def begin(self, method: str, path: str, body: object = None, *headers: str, host: str | None = HOST) -> Any:
        """Send a request and take nothing yet."""
        channel, wire = self.connected()
        data = encoded(body)
        hosts = [] if host is None else [f"Host: {host}"]
        head = [f"{method} {path} HTTP/1.1", *hosts, f"Content-Length: {len(data)}", *headers]
        channel.dataReceived("\r\n".join([*head, "", ""]).encode("latin-1") + data)
        return channel, wire

    def login(self, name: str = "anna", password: str = PASSWORD, **more: str) -> Told:
        """Log in."""
        return self.send("POST", "/login", {"name": name, "password": password, **more})

    def browser(self, role: Role = Role.ADMIN) -> Browser:
        """Somebody of that role who is logged in; without the request that it takes."""
        cookie, session = self.people.sessions.begin(NAMES[role], self.address, "Mozilla/5.0")
        return Browser(cookie, session.cross_site_token)

    def session_of(self, browser: Browser) -> Session:
        """The session of a browser."""
        session = self.people.sessions.find(browser.cookie)
        assert session is not None
        return session

    def logged_in(self, told: Told) -> Browser:
        """The browser that got this answer to its login."""
        self.assertEqual(told.status, 200, told.data)
        return Browser(cookie_of(told), told.json["cross_site_token"])

    def changes(self) -> list[tuple[str, str, str, str]]:
        """What was told about who may come in: what, by whom, about whom, as what."""
        return [(one.what, one.by, one.name, one.role) for one in self.seen(AccessChanged)]

    def refusals(self) -> list[str]:
        """Whose logins were refused."""
        return [one.name for one in self.seen(LoginRefused)]

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def cookie_of(told: Told) -> str:
    """The cookie that an answer sets."""
    return told.headers["set-cookie"].partition("=")[2].partition(";")[0]
