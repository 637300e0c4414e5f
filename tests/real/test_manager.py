"""EdgeManager's port of a real Edge, asked by the standard library's HTTP and TLS: set-up, login, tokens, roles."""

import http.client
import json
import ssl
from typing import Any

from attrs import define, frozen
from pyotp import TOTP
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.real.ctl import edgectl
from tests.real.harness import EdgeProcess, start_edge

PASSWORD = "four random words here"
NEW = "another four random words"
SECONDS = 20


@frozen
class Told:
    """An answer.

    Args:
        status: of HTTP.
        headers: in lower case.
        json: the body.
    """

    status: int
    headers: dict[str, str]
    json: Any


@define
class Client:
    """A program that speaks HTTPS to one Edge, and believes the box's root only.

    Args:
        edge: the running Edge.
        name: by which it calls the box.
        cookie, cross_site_token, token: what it shows.
    """

    edge: EdgeProcess
    name: str = "localhost"
    cookie: str = ""
    cross_site_token: str = ""
    token: str = ""

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        """Ask something below `/v1`, in a thread of its own."""
        told: Told = await deferToThread(self._ask, method, path, body, headers)
        return told

    def _ask(self, method: str, path: str, body: object, more: dict[str, str]) -> Told:
        context = ssl.create_default_context(cadata=self.edge.root)
        context.set_alpn_protocols(["h2", "http/1.1"])
        connection = http.client.HTTPSConnection(
            self.name, self.edge.ports["manager"][0], timeout=SECONDS, context=context
        )
        headers = {"Cookie": f"a=b; __Host-edge={self.cookie}"} if self.cookie else {}
        headers |= {"X-Edge-Token": self.cross_site_token} if self.cross_site_token else {}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/v1{path}", data, {**headers, **more})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, found, json.loads(answer.read() or b"null"))
        finally:
            connection.close()

    def take(self, told: Told) -> None:
        """Keep what a login gave."""
        self.cookie = told.headers["set-cookie"].partition("=")[2].partition(";")[0]
        self.cross_site_token = told.json["cross_site_token"]


class ManagerTests(TestCase):
    """A box on its first day, and later."""

    timeout = 120

    async def set_up(self) -> tuple[EdgeProcess, Client, str]:
        """A box with its administrator anna, who is logged in; and the code with which she became that."""
        edge = await start_edge(self)
        label = (await edgectl(edge, "label", "--json")).json
        client = Client(edge)
        told = await client.ask("POST", "/setup", {"code": label["code"], "name": "anna", "password": PASSWORD})
        self.assertEqual(told.status, 200, told.json)
        client.take(told)
        return edge, client, label["code"]

    async def test_first_day(self) -> None:
        """L1: the label's code makes the first visitor the administrator, over TLS that the box's root vouches for;
        nobody can be one without it, and nobody can once more."""
        edge = await start_edge(self)
        self.assertEqual(len(edge.ports["manager"]), 1)
        client = Client(edge)
        self.assertEqual((await client.ask("GET", "/setup")).json, {"needed": True})
        self.assertEqual((await client.ask("GET", "/chargers")).status, 401)
        body = {"code": "AAAA-AAAA-AAAA-AAAA", "name": "anna", "password": PASSWORD}
        self.assertEqual((await client.ask("POST", "/setup", body)).json["error"], "setup-code-wrong")

        label = (await edgectl(edge, "label")).out
        found = (await edgectl(edge, "label", "--json")).json
        for text in (found["code"], found["address"], f":{edge.ports['manager'][0]}/"):
            self.assertIn(text, label)
        self.assertIn(found["fingerprint"].replace(":", ""), label.replace("\n", "").replace(" ", "").replace(":", ""))
        self.assertIn("▄", label)
        picture = edge.state / "label.svg"
        await edgectl(edge, "label", "--svg", str(picture))
        self.assertIn(found["code"], picture.read_text())

        told = await client.ask("POST", "/setup", body | {"code": found["code"]})
        self.assertEqual(told.status, 200, told.json)
        client.take(told)
        self.assertEqual((await client.ask("GET", "/chargers")).json, {"chargers": []})
        self.assertEqual((await client.ask("POST", "/setup", body | {"code": found["code"]})).status, 409)
        self.assertIs((await edgectl(edge, "label", "--json")).json["code"], None)

    async def test_over_a_restart(self) -> None:
        """The code stays the same until it is used; accounts and tokens outlive Edge, sessions don't."""
        edge = await start_edge(self)
        code = (await edgectl(edge, "label", "--json")).json["code"]
        await edge.restart(kill=True)
        self.assertEqual((await edgectl(edge, "label", "--json")).json["code"], code)
        client = Client(edge)
        client.take(await client.ask("POST", "/setup", {"code": code, "name": "anna", "password": PASSWORD}))
        made = await client.ask("POST", "/tokens", {"label": "meters", "role": "viewer"})
        await edge.restart(kill=True)
        self.assertEqual((await client.ask("GET", "/me")).status, 401)
        login = await client.ask("POST", "/login", {"name": "Anna", "password": PASSWORD})
        self.assertEqual((login.status, login.json["role"]), (200, "admin"))
        program = Client(edge, token=made.json["token"])
        self.assertEqual((await program.ask("GET", "/me")).json["name"], "meters")
        self.assertEqual((await program.ask("GET", "/events")).json["error"], "role")

    async def test_certificate(self) -> None:
        """The leaf is EdgeManager's own: P-256, 397 days, the chargers' stays as it was; by address it is good too."""
        edge, client, _ = await self.set_up()
        client.name = "127.0.0.1"
        self.assertEqual((await client.ask("GET", "/me")).status, 200)
        for name in ("manager.key", "manager.pem"):
            self.assertEqual((edge.state / "keys" / name).stat().st_mode & 0o777, 0o600)
        pem = (edge.state / "keys" / "manager.pem").read_bytes()
        await edge.restart()
        self.assertEqual((edge.state / "keys" / "manager.pem").read_bytes(), pem)

    async def test_foreign(self) -> None:
        """A host that is not the box, a page of another site and a change without its token are refused."""
        _, client, _ = await self.set_up()
        self.assertEqual((await client.ask("GET", "/me", Host="evil.example")).json["error"], "host-foreign")
        origin = await client.ask("POST", "/logout", None, Origin="https://evil.example")
        self.assertEqual(origin.json["error"], "site-foreign")
        client.cross_site_token = ""
        self.assertEqual((await client.ask("POST", "/logout")).json["error"], "cross-site")

    async def test_forgotten(self) -> None:
        """Who forgot the password gets a new one on the box; sessions are over, and the old one is good for nothing."""
        edge, client, _ = await self.set_up()
        ran = await edgectl(edge, "reset-password", "anna", stdin=NEW.encode() + b"\n")
        self.assertEqual((ran.code, ran.out.strip()), (0, "anna has a new password."), ran.error)
        self.assertEqual((await client.ask("GET", "/me")).status, 401)
        for password, status in ((PASSWORD, 401), (NEW, 200)):
            body = {"name": "anna", "password": password}
            self.assertEqual((await Client(edge).ask("POST", "/login", body)).status, status)
        for name, password, code in (("nobody", NEW, 1), ("anna", "short", 1), ("anna", "", 2)):
            ran = await edgectl(edge, "reset-password", name, stdin=password.encode())
            self.assertEqual(ran.code, code, ran.error)

    async def test_commands(self) -> None:
        """Accounts and tokens can be listed, made, changed and removed on the box."""
        edge, _, _ = await self.set_up()
        ran = await edgectl(edge, "accounts", "add", "Ben", "--role", "viewer", stdin=NEW.encode())
        self.assertEqual(ran.out.strip(), "Ben can log in as viewer.", ran.error)
        self.assertEqual(
            (await edgectl(edge, "accounts", "role", "ben", "readonly")).out.strip(), "Ben is readonly now."
        )
        listed = (await edgectl(edge, "accounts")).out
        self.assertRegex(
            listed, r"\ANAME +ROLE +SECOND FACTOR +LAST LOGIN\nanna +admin +no +\S.*\nBen +readonly +no +never"
        )
        made = (await edgectl(edge, "tokens", "add", "my program", "--role", "readonly", "--days", "9")).out.strip()
        self.assertEqual((await Client(edge, token=made).ask("GET", "/events")).status, 200)
        [token] = (await edgectl(edge, "tokens", "--json")).json["tokens"]
        self.assertIn("my program", (await edgectl(edge, "tokens")).out)
        self.assertIn("There is no token.", (await edgectl(edge, "tokens", "remove", token["id"])).out)
        self.assertEqual((await Client(edge, token=made).ask("GET", "/events")).status, 401)
        refused = await edgectl(edge, "accounts", "remove", "anna")
        self.assertEqual(refused.code, 1)
        self.assertIn("Make another administrator first.", refused.error)
        self.assertNotIn("Ben", (await edgectl(edge, "accounts", "remove", "ben")).out)

    async def test_journal(self) -> None:
        """The journal tells who came in and who changed what, in sentences."""
        edge, client, _ = await self.set_up()
        await client.ask("POST", "/login", {"name": "anna", "password": "wrong password"})
        await edgectl(edge, "accounts", "add", "ben", "--role", "viewer", stdin=NEW.encode())
        told = [one["sentence"] for one in (await edgectl(edge, "events", "--json", "--limit", "9")).lines]
        self.assertIn("EdgeManager: anna set up this box as its administrator, from 127.0.0.1.", told)
        self.assertIn(
            "EdgeManager: somebody at 127.0.0.1 tried to log in as anna, and was refused: the name, the password or "
            "the code was wrong.",
            told,
        )
        made = [one for one in told if "made the account" in one]
        self.assertRegex("".join(made), r"\AEdgeManager: user \S+ of this box made the account ben \(Viewer\)\.\Z")

    async def test_secrecy(self) -> None:
        """No password, cookie, token or code stands in the log, the journal or any file of the state."""
        edge, client, code = await self.set_up()
        secrets = {PASSWORD, NEW, "hunter2hunter2", code, code.replace("-", ""), client.cookie, client.cross_site_token}
        made = await client.ask("POST", "/tokens", {"label": "x", "role": "viewer"})
        factor = await client.ask("POST", "/me/second-factor", {"password": PASSWORD})
        secrets |= {made.json["token"], factor.json["secret"]}
        on = {"code": TOTP(factor.json["secret"]).now()}
        client.take(await client.ask("POST", "/me/second-factor/confirm", on))
        secrets |= {client.cookie, client.cross_site_token}
        await client.ask("POST", "/login", {"name": "anna", "password": "hunter2hunter2"})
        await client.ask("POST", "/login", {"name": "hunter2hunter2", "password": "x"})
        changed = await client.ask("POST", "/me/password", {"old": PASSWORD, "new": NEW})
        client.take(changed)
        secrets |= {client.cookie, client.cross_site_token}
        await Client(edge, token=made.json["token"]).ask("GET", "/me")
        journal = (await edgectl(edge, "events", "--json", "--limit", "1000")).data
        await edge.stop()
        places = {"log": edge.output, "journal": journal}
        places |= {str(path): path.read_bytes() for path in edge.state.rglob("*") if path.is_file()}
        self.assertGreater(len(places), 6)
        for place, data in places.items():
            for secret in secrets:
                self.assertNotIn(secret.encode(), data, place)
