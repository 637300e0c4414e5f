"""What the tests of EdgeManager's pages share: the pages over the same desk as the API's tests, asked as a browser."""

import re
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from attrs import evolve

from edge_twisted.config import Settings
from edge_twisted.core.roles import Role
from edge_twisted.web.manager import Front, ManagerSite
from edge_twisted.web.site.site import EdgeManager, make_site
from tests.compiled import keep_templates
from tests.web.asked import Told, parse
from tests.web.managed import HOST, Browser, ManagerCase

FORM: Final = "Content-Type: application/x-www-form-urlencoded"


class RoomCase(ManagerCase):
    """The pages, with an account of each role.

    Attributes:
        settings: the configuration that the pages get; set before `setUp`.
    """

    settings = Settings()

    def setUp(self) -> None:
        super().setUp()
        keep_templates(self)
        self.pages: EdgeManager = make_site(self.api, self.reactor, self.settings, self.time)
        self.pages.place.hub.meter = self.reactor.seconds  # drawing takes no time
        self.addCleanup(self.pages.stop)
        self.desk.bus.subscribe(self.pages.heard)
        api = evolve(self.api, admit=self.access.gate.admit).resource()
        front = Front(api, lambda: self.own_hosts, None, self.pages.resource)
        self._site = ManagerSite(front, self.reactor)  # type: ignore[assignment]  # another site of the same kind

    def open(self, path: str, who: Role | Browser | None = Role.ADMIN, *headers: str, host: str = HOST) -> Told:
        """Open a page.

        Args:
            path: with the query.
            who: a role, a browser that is logged in, or None.
            headers: more of them.
            host: what the Host header says.
        """
        _, wire = self.begin("GET", path, None, *self.shown(who), *headers, host=host)
        return self.whole(path, parse(wire.value()))

    def submit(
        self,
        path: str,
        who: Role | Browser | None = Role.ADMIN,
        *headers: str,
        token: bool = True,
        host: str = HOST,
        **fields: str,
    ) -> Told:
        """Send a form, as a page of ours does.

        Args:
            path, who, headers, host: as for `open`.
            token: whether the cross-site token stands in it.
            fields: what is sent.
        """
        return self.whole(path, parse(self.sent(path, who, *headers, token=token, host=host, **fields).value()))

    def sent(
        self,
        path: str,
        who: Role | Browser | None = Role.ADMIN,
        *headers: str,
        token: bool = True,
        host: str = HOST,
        **fields: str,
    ) -> Any:
        """Send a form whose answer may come later; arguments as for `submit`.

        Returns:
            The connection.
        """
        browser = self.browser(who) if isinstance(who, Role) else who
        if browser is not None and token:
            fields["edge_token"] = browser.token
        told = [*self.shown(browser), FORM, "Sec-Fetch-Site: same-origin", f"Origin: https://{host}"]
        return self.begin("POST", path, urlencode(fields).encode(), *told, *headers, host=host)[1]

    def follow(self, told: Told, who: Role | Browser | None) -> Told:
        """Go where an answer leads."""
        self.assertEqual(told.status, 303, told.data)
        return self.open(told.headers["location"], who)

    def live(self, path: str, who: Role | Browser = Role.ADMIN) -> Any:
        """Open a page's stream of events: the connection, on which more may come."""
        return self.begin("GET", path, None, *self.shown(who), "Accept: text/event-stream")[1]

    def shown(self, who: Role | Browser | None) -> tuple[str, ...]:
        """What stands in the requests of somebody's pages."""
        browser = self.browser(who) if isinstance(who, Role) else who
        return browser.headers[:1] if browser else ()

    def whole(self, path: str, told: Told) -> Told:
        """What holds for every page: it names no software, stays within our own site, and runs nothing of its own."""
        self.assertNotIn("server", told.headers)
        self.assertIn("default-src 'none'", told.headers["content-security-policy"], path)
        self.assertNotIn("unsafe", told.headers["content-security-policy"])
        if told.headers.get("content-type", "").startswith("text/html"):
            text = told.data.decode()
            self.assertEqual(re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"", text), [], path)
            self.assertEqual(re.findall(r"(?:src|href|action)=\"(?:[a-z]+:)?//", text), [], path)
        return told


def text_of(told: Told) -> str:
    """What a page says, without its marks."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", told.data.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
