"""Every command of `edgectl` against a running Edge: for people, for programs, and with wrong input of every kind."""

import base64
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

from cryptography.x509 import load_der_x509_certificate
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from edge_twisted import __version__
from edge_twisted.ctl.main import main
from edge_twisted.words import en
from tests.certificates import Root
from tests.real.ctl import ENVIRONMENT, PROGRAM, Ran, Terminal, edgectl
from tests.real.harness import EdgeProcess, Settings, start_edge
from tests.real.peer import write
from tests.real.sockets import ChargerLeg, Sockets, call

OWN = b"shown-by-charger-20!"
SECRET = bytes.fromhex("00ff3a0d0a8081c3283d7f1011121314151617aa")
"""Twenty octets with NUL, colon, CR and LF among them, and no UTF-8 (D2)."""
OTHER = "127.0.0.2"


class EdgectlCase(TestCase):
    """An Edge between sockets of the test's own.

    Attributes:
        plain, secure: the central systems at `uplink.ws` and `uplink.wss`.
        rules: what they answer by identity, other than 101.
    """

    timeout = 120

    async def begin(self, settings: Settings | None = None) -> None:
        """Start central systems and Edge."""
        self.sockets = Sockets(self)
        root = Root()
        self.plain = self.sockets.central()
        self.secure = self.sockets.central(root.issue(addresses=["127.0.0.1"]))
        self.rules: dict[str, int | bytes | None] = {}
        for central in (self.plain, self.secure):
            central.judge = lambda leg: self.rules.get(leg.identity, 101)
        self.roots = [write(self, root.pem)]
        uplink = {"uplink": {"ws": self.plain.endpoint, "wss": self.secure.endpoint, "roots": self.roots}}
        self.edge: EdgeProcess = await start_edge(self, settings={**uplink, **(settings or {})})

    # --- chargers ----------------------------------------------------------------------------------------------------

    async def come(
        self,
        identity: str = "CP1",
        password: bytes | None = None,
        status: int = 101,
        *,
        over: str = "",
        source: str = "127.0.0.1",
    ) -> ChargerLeg:
        """Come as a charger, over wss where it shows a password, else over ws; see the answer's status."""
        over = over or ("wss" if password else "ws")
        root = self.edge.root if over == "wss" else None
        charger = await self.sockets.charger(self.edge.ports[over][0], identity, password, root=root, source=source)
        self.assertEqual(charger.status, status)
        return charger

    async def fail_again(self, identity: str = "CP1") -> None:
        """Come as a charger over ws that is held off after an earlier failure, until the next one."""
        from twisted.internet import reactor

        while (charger := await self.sockets.charger(self.edge.ports["ws"][0], identity)).status == 503:
            await deferLater(reactor, charger.retry_after)
        self.assertEqual(charger.status, 502)

    async def serve(self, charger: ChargerLeg) -> None:
        """Let the central system answer."""
        charger.send(call(1))
        await charger.message()

    async def served(self, identity: str = "CP1", password: bytes | None = None, **way: str) -> ChargerLeg:
        """Come as a charger and be served; `way`: as for `come`."""
        charger = await self.come(identity, password, 101, **way)
        await self.serve(charger)
        return charger

    async def away(self, identity: str = "CP1", password: bytes | None = None, **way: str) -> None:
        """Be served, and leave."""
        charger = await self.served(identity, password, **way)
        charger.abort()
        await charger.over()
        await self.until(identity, "away")

    async def until(self, identity: str, state: str) -> dict[str, Any]:
        """Wait until a charger is in that state; what is told of it."""
        while True:
            found: dict[str, Any] = (await self.ctl("charger", identity, "--json")).json
            if found["state"] == state:
                return found

    def shown(self, central: str = "secure", identity: str = "CP1") -> bytes | None:
        """The password that the newest WebSocket of an identity showed to a central system."""
        leg = getattr(self, central).open[identity][-1]
        found = re.search(rb"(?i)\r\nauthorization: basic (\S+)", leg.head)
        return base64.b64decode(found[1]).partition(b":")[2] if found else None

    # --- edgectl -----------------------------------------------------------------------------------------------------

    async def ctl(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Run a command that is carried out."""
        ran = await edgectl(self.edge, *arguments, stdin=stdin)
        self.assertEqual((ran.code, ran.error), (0, ""), ran.out)
        return ran

    async def refused(self, code: int, *arguments: str, stdin: bytes = b"") -> str:
        """Run a command that is not carried out; what it complains of."""
        ran = await edgectl(self.edge, *arguments, stdin=stdin)
        self.assertEqual(ran.code, code, ran.out + ran.error)
        self.assertNotIn("Traceback", ran.error)
        return ran.error

    async def told(self, command: str, charger: str, *arguments: str, stdin: bytes = b"") -> dict[str, Any]:
        """Run a command twice, for people and for programs; what it tells a program of the charger."""
        plain = await self.ctl(command, charger, *arguments, stdin=stdin)
        found: dict[str, Any] = (await self.ctl("--json", command, charger, *arguments, stdin=stdin)).json
        self.assertIn(f"({found['id']})", plain.out.splitlines()[0])
        return found


class SeeTests(EdgectlCase):
    """Commands that show."""

    async def test_nobody(self) -> None:
        """Before anybody came, `chargers` says what to do."""
        await self.begin()
        ran = await self.ctl("chargers")
        self.assertIn("No charger has told its OCPP ID yet.", ran.out)
        self.assertIn("edgectl events", ran.out)
        self.assertEqual((await self.ctl("chargers", "--json")).json, {"chargers": []})

    async def test_chargers(self) -> None:
        """`chargers`: one line each, with state and both legs, and below it what is wrong; all within 90 columns."""
        await self.begin()
        self.rules = {"CP4": 404, "CP3": 401}
        await self.served("CP1", OWN)
        await self.served("CP2-NAKED")
        await self.come("CP3", b"wrong", 401)
        await self.come("CP4", None, 404)
        await self.away("CP5-AWAY", OWN)
        ran = await self.ctl("chargers")
        found = (await self.ctl("chargers", "--json")).json["chargers"]
        ids = {one["label"]: one["id"] for one in found}
        self.assertEqual(set(ids), {"CP1", "CP…", "…", "CP5-AWAY"})
        lines = ran.out.splitlines()
        self.assertLessEqual(max(map(len, lines)), 90, ran.out)
        self.assertRegex(lines[0], r"\AID +CHARGER +STATE +TO EDGE +TO CENTRAL")
        states = {one["id"]: one["state"] for one in found}
        self.assertEqual(sorted(states.values()), ["away", "connected", "connected", "refused", "refused"])
        for one in found:
            [line] = [line for line in lines if line.startswith(one["id"][:6])]
            self.assertIn(f"  {one['label']}  ", line)
            self.assertIn(f"  {one['state']}  ", line)
        [first] = [line for line in lines if line.startswith(ids["CP1"][:6])]
        self.assertRegex(first, r"connected +wss, password +wss, password +for \d+ s\Z")
        text = " ".join(ran.out.split())
        self.assertIn(f"{en.CAUSES['uplink-unauthorized']} (401). {en.REMEDIES['check-dashboard-password']}.", text)
        self.assertIn(en.CAUSES["uplink-identity-unknown"], text)
        self.assertIn("5 chargers: 2 connected, 2 refused, 1 away.", text)
        self.assertNotIn("NAKED", ran.out)

    async def test_charger(self) -> None:
        """`charger`: everything of one, by id, by its beginning and by OCPP ID, connected or not, and what happened."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        found = (await self.ctl("charger", "CP1", "--json")).json
        self.assertEqual((found["state"], found["session"]["served"], found["label"]), ("connected", True, "CP1"))
        for ref in (found["id"], found["id"][:6].upper(), "CP1"):
            out = (await self.ctl("charger", ref)).out
            for line in (
                rf"\ACP1  \({found['id']}\)\n",
                r"\nto Edge +wss, password, from 127\.0\.0\.1\n",
                rf"\nto central +{self.secure.endpoint}, with the credentials that the charger shows\n",
                r"\ndetected +wss \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\), password of user CP1 \(",
                r"\nWhat happened last:\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Charger ",
            ):
                self.assertRegex(out, line)
        charger.abort()
        await self.until("CP1", "away")
        self.rules = {"CP1": 403}
        await self.come("CP1", OWN, 403)
        out = (await self.ctl("charger", "CP1")).out
        self.assertRegex(out, r"\nlast attempt +\S+ \S+ over wss from 127.0.0.1, refused with HTTP status 403\n")
        self.assertIn(en.CAUSES["uplink-forbidden"], " ".join(out.split()))

    async def test_charger_without_a_password(self) -> None:
        """`charger` advises to keep the OCPP ID secret where it is the only secret, and does not show it itself."""
        await self.begin()
        await self.served("NAKED-CHARGER-1")
        ran = await self.ctl("charger", "NAKED-CHARGER-1")
        self.assertIn("its OCPP ID is its only secret: tell it to nobody.", " ".join(ran.out.split()))
        self.assertNotIn("NAKED", ran.out)

    async def test_odd_names(self) -> None:
        """A charger whose OCPP ID has slashes, spaces, or octets that are no text is named as it is."""
        await self.begin()
        for segment, name in (("A%2FB%20C", "A/B C"), ("Z%C3%BCrich%25", "Zürich%"), ("%FF%FE-1", "\udcff\udcfe-1")):
            await self.served(segment)
            self.assertEqual((await self.ctl("charger", name, "--json")).json["state"], "connected")

    async def test_events(self) -> None:
        """`events`: sentences behind their time, newest last; of one charger, so many, behind a number; as JSON."""
        await self.begin()
        await self.away("CP1", OWN)
        await self.served("CP2", OWN)
        lines = (await self.ctl("events")).out.splitlines()
        told = (await self.ctl("events", "--json")).lines
        self.assertEqual([one["sentence"] for one in told], [line[21:] for line in lines])
        self.assertEqual(told[0]["code"], "started")
        self.assertRegex(lines[-1], r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Charger CP2 ")
        self.assertEqual([one["id"] for one in told], sorted(one["id"] for one in told))
        mine = (await self.ctl("events", "--charger", "CP1", "--json")).lines
        self.assertEqual(mine, [one for one in told if one["charger"] == mine[0]["charger"]])
        self.assertEqual((await self.ctl("events", "--limit", "2", "--json")).lines, told[-2:])
        behind = await self.ctl("--json", "events", "--after", str(told[1]["id"]), "--limit", "1")
        self.assertEqual(behind.lines, told[2:3])

    async def test_follow(self) -> None:
        """`events --follow`: what was, then what happens, in order and once, until Ctrl-C, which is a good end."""
        await self.begin()
        await self.away("CP1", OWN)
        follower = Terminal(self, self.edge, "--json", "events", "-f", terminal=False)
        await follower.says(b'"session-ended"')
        await self.served("CP2", OWN)
        await follower.says(b'"served", "charger": "' + (await self.until("CP2", "connected"))["id"].encode())
        follower.signal(signal.SIGINT)
        await follower.ended()
        self.assertEqual(follower.exit_code, 0, follower.shown)
        told = [json.loads(line)["id"] for line in follower.shown.splitlines()]
        self.assertEqual(told, list(range(told[0], told[0] + len(told))))

    async def test_follow_to_the_end(self) -> None:
        """`events --follow` says so when Edge stops, with exit code 3."""
        await self.begin()
        follower = Terminal(self, self.edge, "events", "--follow")
        await follower.says(b"Edge is ready")
        await self.served("CP1", OWN)
        await follower.says(b"CP1")  # it is told the past in a request of its own: now it surely follows
        await self.edge.stop()
        await follower.ended()
        self.assertEqual(follower.exit_code, 3)
        text = " ".join(follower.shown.split())
        self.assertIn("Edge was told to stop.", text)
        self.assertIn("edgectl: Edge sends no more: it was stopped,", text)

    async def test_box(self) -> None:
        """`box`: version, ports, central system, names, certificate."""
        await self.begin()
        told = (await self.ctl("box", "--json")).json
        self.assertEqual((told["version"], told["state_directory"]), (__version__, str(self.edge.state)))
        self.assertEqual(
            {kind: told["ports"][kind] for kind in ("ws", "wss")}, {k: self.edge.ports[k] for k in ("ws", "wss")}
        )
        out = (await self.ctl("box")).out
        self.assertIn(f"ws {self.edge.ports['ws'][0]}, wss {self.edge.ports['wss'][0]}", out)
        self.assertIn(told["certificate"]["fingerprint"], out)
        self.assertIn("edge.lan", out)

    async def test_root_certificate(self) -> None:
        """`root-certificate`: the file as Edge has it, PEM or DER, with its fingerprint beside it; L8: never a key."""
        await self.begin()
        fingerprint = (await self.ctl("box", "--json")).json["certificate"]["fingerprint"]
        pem = await edgectl(self.edge, "root-certificate")
        der = await edgectl(self.edge, "root-certificate", "--der")
        self.assertEqual((pem.code, pem.out, pem.error), (0, self.edge.root, f"SHA-256 fingerprint: {fingerprint}\n"))
        self.assertEqual(load_der_x509_certificate(der.data).not_valid_after_utc.year, 2037)
        told = (await self.ctl("root-certificate", "--json")).json
        self.assertEqual(told, {"fingerprint": fingerprint, "pem": self.edge.root})
        binary = (await self.ctl("root-certificate", "--der", "--json")).json
        self.assertEqual(base64.b64decode(binary["der"]), der.data)
        terminal = Terminal(self, self.edge, "root-certificate", "--der")
        await terminal.ended()
        self.assertEqual(terminal.exit_code, 2)

    async def test_doctor(self) -> None:
        """`doctor`: all is well, or what is wrong, what helps, and exit code 1."""
        await self.begin()
        self.rules["edge-doctor"] = 404
        ran = await self.ctl("doctor")
        self.assertIn(f"ok  The central system answers at {self.secure.endpoint}.", ran.out)
        self.assertTrue(ran.out.endswith("All is well.\n"), ran.out)
        self.rules["edge-doctor"] = 503
        endpoint = self.secure.endpoint
        await self.secure.port.stopListening()
        bad = await edgectl(self.edge, "doctor")
        self.assertEqual(bad.code, 1)
        text = " ".join(bad.out.split())
        self.assertIn(f"!! {self.plain.endpoint}: {en.CAUSES['uplink-unavailable']} (503).", text)
        self.assertIn(f"!! {endpoint}: {en.CAUSES['uplink-refused']}. {en.CHECKS['endpoint'][2]}.", text)
        self.assertIn("2 of 5 need a look.", text)
        told = await edgectl(self.edge, "doctor", "--json")
        self.assertEqual((told.code, sum(not one["ok"] for one in told.json["checks"])), (1, 2))


class SetTests(EdgectlCase):
    """`set`, and the question."""

    async def test_h9_endpoint(self) -> None:
        """H9: an endpoint set while the charger is connected closes both legs; the next session goes there."""
        await self.begin()
        charger = await self.served()
        self.assertEqual(len(self.plain.open["CP1"]), 1)
        found = await self.told("set", "CP1", "--endpoint", self.secure.endpoint)
        self.assertEqual(found["endpoint"], self.secure.endpoint)
        await charger.over()
        self.assertEqual(charger.closed, 1001)
        await self.served()
        self.assertEqual((len(self.secure.open["CP1"]), self.plain.open.get("CP1", [])), (1, []))
        self.assertIsNone((await self.told("set", "CP1", "--endpoint", "detect"))["endpoint"])
        [first, *_] = [one for one in (await self.ctl("events", "--json")).lines if one["code"] == "edited"]
        self.assertEqual(
            (first["fields"]["by"], first["fields"]["new"]), (f"control:{os.geteuid()}", self.secure.endpoint)
        )

    async def test_q29_same_again(self) -> None:
        """Q29: what changes nothing leaves the session alone."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        await self.told("set", "CP1", "--endpoint", self.secure.endpoint)
        await self.told("set", "CP1", "--endpoint", self.secure.endpoint)
        self.assertFalse(charger.gone)
        await self.serve(charger)

    async def test_secrets(self) -> None:
        """A secret as text, as octets, as hexadecimal digits and as base64: the central system sees these octets."""
        await self.begin()
        text = "pä:ss wörd".encode()
        token = base64.b64encode(b"CP1:" + SECRET)
        raw = bytes(octet for octet in SECRET if octet != 10)
        for flag, stdin, password in (
            ("--password-stdin", text, text),
            ("--password-stdin", text + b"\n", text),
            ("--password-stdin", text + b"\r\n", text),
            ("--password-stdin", raw, raw),
            ("--password-hex-stdin", SECRET.hex().encode() + b"\n", SECRET),
            ("--basic-base64-stdin", token + b"\n", SECRET),
            ("--basic-base64-stdin", b"Basic " + token.rstrip(b"="), SECRET),
        ):
            found = await self.told("set", "CP1", flag, "--shows", "same", "--new", stdin=stdin)
            self.assertEqual((found["secret"]["username"], found["secret"]["shows"]), ("CP1", "same"))
            await self.come("CP1", b"another-password-here", 401)
            charger = await self.served("CP1", password)
            self.assertEqual(self.shown(), password)
            charger.abort()
            await charger.over()
        everything = (await self.ctl("events", "--json")).out + self.edge.output.decode("utf-8", "replace")
        for secret in (text, SECRET.hex().encode(), token.rstrip(b"=")):
            self.assertNotIn(secret.decode(), everything)

    async def test_user_name(self) -> None:
        """A user name of its own goes up with the password."""
        await self.begin()
        await self.ctl("set", "CP1", "--username", "somebody", "--password-stdin", "--shows=same", "--new", stdin=OWN)
        await self.served("CP1", OWN)
        head = self.secure.open["CP1"][-1].head
        self.assertIn(base64.b64encode(b"somebody:" + OWN), head)

    async def test_question_in_a_script(self) -> None:
        """Without an answer a script gets exit code 1, and the answers as flags; nothing is changed."""
        await self.begin()
        await self.away("CP1", OWN)
        for flags, code in (((), 1), (("--shows", "sometimes"), 2)):
            error = await self.refused(code, "set", "CP1", "--password-stdin", *flags, stdin=b"x")
        error = await self.refused(1, "set", "CP1", "--password-stdin", stdin=b"x")
        text = " ".join(error.split())
        self.assertIn(en.ENTRY["shows-missing"], text)
        for value, where in (("same", ""), ("next", " (from 127.0.0.1)"), ("nothing", " (from 127.0.0.1)")):
            self.assertIn(f"--shows {value} {en.SHOWS[value]}{where}.", text)
        self.assertRegex(text, rf"--shows detected {en.SHOWS['detected']} \(\d{{4}}-\S+ \S+, from 127\.0\.0\.1\)\.")
        told = await edgectl(self.edge, "--json", "set", "CP1", "--password-stdin", stdin=b"x")
        self.assertEqual((told.code, told.json["error"], len(told.json["choices"])), (1, "shows-missing", 4))
        self.assertIsNone((await self.until("CP1", "away"))["secret"])

    async def test_question_in_a_terminal(self) -> None:
        """In a terminal the password is asked for, unseen, and then the question; Enter takes what is preselected."""
        await self.begin()
        await self.away("CP1", OWN)
        terminal = Terminal(self, self.edge, "set", "CP1", "--username", "CP1", "--password-stdin")
        await terminal.says(b"Password: ")
        terminal.type("entered-by-hand-4711")
        await terminal.says(b"[detected]: ")
        terminal.type("")
        await terminal.ended()
        self.assertEqual(terminal.exit_code, 0, terminal.shown)
        text = " ".join(terminal.shown.split())
        self.assertIn("What will the charger itself show from now on?", text)
        self.assertRegex(text, rf"detected {en.SHOWS['detected']} \(\d{{4}}-\S+ \S+, from 127\.0\.0\.1\)\.")
        self.assertNotIn("4711", text)
        self.assertIn("the charger itself shows what it showed before", text)
        await self.served("CP1", OWN)
        self.assertEqual(self.shown(), b"entered-by-hand-4711")

    async def test_question_answered_otherwise(self) -> None:
        """A word that is no answer is asked for again; an address that may be somebody else's must be confirmed."""
        await self.begin()
        self.rules["CP1"] = 401
        await self.come("CP1", None, 401)
        for answer, code in (("n", 1), ("y", 0)):
            terminal = Terminal(self, self.edge, "set", "CP1", "--password-stdin")
            await terminal.says(b"Password: ")
            terminal.type("entered-by-hand-4711")
            await terminal.says(b"[same]: ")
            terminal.type("whatever")
            await terminal.says(b"'whatever' is not one of")
            terminal.type("nothing")
            await terminal.says(b"[y/N]: ")
            terminal.type(answer)
            await terminal.ended()
            self.assertEqual(terminal.exit_code, code, terminal.shown)
            self.assertIn("Is 127.0.0.1, from where it last tried,", " ".join(terminal.shown.split()))
            self.assertNotIn("detected  ", terminal.shown)
            self.assertEqual(bool((await self.told("charger", "CP1"))["secret"]), code == 0)
        self.rules.clear()
        await self.served("CP1")
        self.assertEqual(self.shown(), b"entered-by-hand-4711")
        await self.come("CP1", None, 401, source=OTHER)

    async def test_confirmed_in_a_script(self) -> None:
        """In a script the address is confirmed by a flag."""
        await self.begin()
        self.rules["CP1"] = 401
        await self.come("CP1", None, 401)
        given = ("set", "CP1", "--password-stdin", "--shows", "nothing")
        error = await self.refused(1, *given, stdin=OWN)
        self.assertIn(en.ENTRY["confirm-address"], error)
        self.assertIn("Add --confirm-address 127.0.0.1 if that is the charger's own.", error)
        error = await self.refused(1, *given, "--confirm-address", OTHER, stdin=OWN)
        self.assertIn(en.ENTRY["address-changed"], error)
        self.assertIn("the address is 127.0.0.1.", error)
        found = await self.told(*given, "--confirm-address", "127.0.0.1", stdin=OWN)
        self.assertEqual(found["secret"]["shows"], "nothing")

    async def test_another_answer_and_none(self) -> None:
        """The answer can be changed alone, and the secret removed."""
        await self.begin()
        await self.away("CP1", OWN)
        await self.ctl("set", "CP1", "--password-stdin", "--shows", "same", stdin=b"entered")
        await self.come("CP1", OWN, 401)
        self.assertEqual((await self.told("set", "CP1", "--shows", "detected"))["secret"]["shows"], "detected")
        await self.served("CP1", OWN)
        self.assertEqual(self.shown(), b"entered")
        self.assertIsNone((await self.told("set", "CP1", "--clear-secret"))["secret"])


class TestTests(EdgectlCase):
    """`test`."""

    async def test_results(self) -> None:
        """`test` dials with what is known or given and saves nothing; refused or failed is exit code 1."""
        await self.begin()
        await self.away("CP1", OWN)
        accepted = await self.ctl("test", "CP1")
        self.assertEqual(accepted.out, f"{en.TEST_ACCEPTED}.\n")
        self.rules["CP1"] = 401
        for arguments, outcome, cause in (
            ((), "refused", "uplink-unauthorized"),
            (("--endpoint", "wss://127.0.0.1:9"), "failed", "uplink-refused"),
            (
                ("--endpoint", self.edge.endpoint("wss").replace(str(self.edge.ports["wss"][0]), "1")),
                "failed",
                "uplink-refused",
            ),
        ):
            plain = await edgectl(self.edge, "test", "CP1", *arguments)
            self.assertEqual(plain.code, 1)
            self.assertIn(en.CAUSES[cause], plain.out)
            told = await edgectl(self.edge, "test", "CP1", *arguments, "--json")
            self.assertEqual((told.code, told.json["outcome"], told.json["cause"]), (1, outcome, cause))
        found = await self.told("charger", "CP1")
        self.assertEqual((found["endpoint"], found["secret"]), (None, None))
        self.assertNotIn("edited", (await self.ctl("events", "--json")).out)

    async def test_values(self) -> None:
        """What is given is what the central system sees, also of a charger that has not connected yet."""
        await self.begin()
        for command in (("test", "CP9", "--new"), ("test", "--json", "CP9", "--new")):
            asked = self.sockets.watch.until(self.asked_as_cp9, "dial")
            await self.ctl(*command, "--username", "u", "--password-hex-stdin", stdin=SECRET.hex().encode())
            self.assertIn(base64.b64encode(b"u:" + SECRET), await asked)
        self.assertIn("no such charger", await self.refused(1, "charger", "CP9"))

    def asked_as_cp9(self) -> bytes | None:
        """The head of a dial as CP9, while it stands."""
        heads = [leg.head for legs in self.secure.open.values() for leg in legs if leg.identity == "CP9"]
        return heads[0] if heads else None

    async def test_live(self) -> None:
        """A live session is not put at risk unasked: exit code 1 and the flag; in a terminal a question."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        error = await self.refused(1, "test", "CP1")
        self.assertIn(en.API["live-session"], error)
        self.assertIn("--replace-live", error)
        self.assertIn("accepted", (await self.ctl("test", "CP1", "--replace-live", "--json")).out)
        for answer, code in (("n", 1), ("y", 0)):
            terminal = Terminal(self, self.edge, "test", "CP1")
            await terminal.says(b"[y/N]: ")
            terminal.type(answer)
            await terminal.ended()
            self.assertEqual(terminal.exit_code, code, terminal.shown)
        self.assertFalse(charger.gone)


class ActionTests(EdgectlCase):
    """The short commands, and what a charger meets afterwards."""

    async def test_pin(self) -> None:
        """`pin`: from now on Edge itself refuses another password, and the session goes on."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        self.assertEqual((await self.told("pin", "CP1"))["secret"]["shows"], "same")
        self.assertFalse(charger.gone)
        await self.come("CP1", b"another-password-here", 401, source=OTHER)
        await self.served("CP2")
        self.assertIn(en.ENTRY["nothing-detected"], await self.refused(1, "pin", "CP2"))

    async def test_block(self) -> None:
        """`block` closes the session, also of another letter case; `unblock` lets it in again."""
        await self.begin()
        charger = await self.served("CP1", OWN)
        other = await self.served("cp7", OWN)
        self.assertEqual((await self.told("block", "CP1"))["state"], "blocked")
        self.assertEqual((await self.told("block", "CP7", "--new"))["blocked"], True)
        await charger.over()
        await other.over()
        self.assertEqual((charger.closed, other.closed), (1001, 1001))
        await self.come("CP1", OWN, 403)
        await self.come("Cp7", OWN, 403)
        self.assertEqual((await self.told("unblock", "cp7"))["blocked"], False)
        await self.served("Cp7", OWN)

    async def test_approve(self) -> None:
        """`approve` lets in who waits, and with --new who has not come yet."""
        await self.begin({"admission": {"mode": "approve"}})
        await self.come("CP1", OWN, 404)
        self.assertIn("waiting", (await self.ctl("chargers")).out)
        self.assertTrue((await self.told("approve", "CP1"))["approved"])
        await self.served("CP1", OWN)
        self.assertTrue((await self.told("approve", "CP2", "--new"))["approved"])
        await self.served("CP2", OWN)

    async def test_wss_only(self) -> None:
        """`wss-only`: over ws 403, over wss it is served; --off takes it back."""
        await self.begin()
        charger = await self.served("CP1", OWN, over="ws")
        self.assertTrue((await self.told("wss-only", "CP1"))["wss_only"])
        await charger.over()
        await self.come("CP1", OWN, 403, over="ws")
        await self.away("CP1", OWN)
        self.assertFalse((await self.told("wss-only", "CP1", "--off"))["wss_only"])
        await self.served("CP1", OWN, over="ws")

    async def test_trust(self) -> None:
        """`trust`: a central system of an unknown authority is believed by its root until it is taken back."""
        await self.begin({"uplink": {"roots": []}})
        root, endpoint = Path(self.roots[0]), ("--endpoint", self.secure.endpoint)
        await self.ctl("set", "CP1", "--new", *endpoint)
        await self.come("CP1", status=502)
        found = await self.told("trust", "CP1", str(root))
        self.assertEqual((len(found["trust"]["roots"]), found["trust"]["cn_fallback"]), (1, False))
        self.assertIn("believes", (await self.ctl("charger", "CP1")).out)
        charger = await self.served("CP1")
        piped = await self.told("trust", "CP1", "-", "--cn-fallback", stdin=root.read_bytes())
        self.assertTrue(piped["trust"]["cn_fallback"])
        await charger.over()
        self.assertIsNone((await self.told("trust", "CP1", "--system"))["trust"])
        await self.fail_again()
        self.assertIn("edgectl: ", await self.refused(1, "trust", "CP1", "-", stdin=b"no certificate"))

    async def test_reset_transport(self) -> None:
        """`reset-transport`: the next attempt begins with ws again."""
        await self.begin()
        await self.away("CP1", over="wss")
        await self.away("CP1")
        self.assertEqual(self.plain.open.get("CP1", []), [])
        self.assertIsNone((await self.told("reset-transport", "CP1"))["detected"]["wss_at"])
        await self.served("CP1")
        self.assertEqual(len(self.plain.open["CP1"]), 1)

    async def test_moved(self) -> None:
        """`moved` lets a charger without a password in from where it last tried."""
        await self.begin()
        await self.away("CP1")
        await self.ctl("set", "CP1", "--password-stdin", "--shows", "nothing", stdin=OWN)
        await self.come("CP1", None, 401, source=OTHER)
        error = await self.refused(1, "moved", "CP1")
        self.assertIn(f"Add --address {OTHER} if that is the charger's own.", error)
        error = await self.refused(1, "moved", "CP1", "--address", "127.0.0.1")
        self.assertIn(en.ENTRY["address-changed"], error)
        self.assertEqual((await self.told("moved", "CP1", "--address", OTHER))["secret"]["shows"], "nothing")
        await self.served("CP1", source=OTHER)
        self.assertEqual(self.shown(), OWN)
        await self.served("CP2", OWN)
        self.assertIn(en.ENTRY["not-allowed-before"], await self.refused(1, "moved", "CP2"))

    async def test_moved_is_asked(self) -> None:
        """In a terminal the new address is shown and has to be confirmed; what was shown is what Edge binds to."""
        await self.begin()
        await self.away("CP1")
        await self.ctl("set", "CP1", "--password-stdin", "--shows", "nothing", stdin=OWN)
        await self.come("CP1", None, 401, source=OTHER)
        for answer, source, code in (("n", OTHER, 1), ("y", "127.0.0.4", 1), ("y", OTHER, 0)):
            await self.come("CP1", None, 401, source=OTHER)
            terminal = Terminal(self, self.edge, "moved", "CP1")
            await terminal.says(b"[y/N]: ")
            await self.come("CP1", None, 401, source=source)
            terminal.type(answer)
            await terminal.ended()
            self.assertEqual(terminal.exit_code, code, terminal.shown)
            self.assertIn(f"Is {OTHER}, from where it last tried,", " ".join(terminal.shown.split()))
            self.assertEqual("the address is 127.0.0.4." in " ".join(terminal.shown.split()), source != OTHER)
        await self.served("CP1", source=OTHER)

    async def test_forget(self) -> None:
        """`forget`: learned and entered are gone, the session is closed; in a terminal it asks before."""
        await self.begin()
        for json_too in (False, True):
            charger = await self.served("CP1", OWN)
            found = await self.until("CP1", "connected")
            ran = await self.ctl("forget", "CP1", *(["--json"] if json_too else []))
            await charger.over()
            self.assertIn(found["id"], ran.out)
            self.assertIn("no such charger", await self.refused(1, "charger", "CP1"))
        self.assertEqual(ran.json, {"forgotten": found["id"]})
        await self.away("CP1", OWN)
        for answer, code in (("n", 1), ("y", 0)):
            terminal = Terminal(self, self.edge, "forget", "CP1")
            await terminal.says(b"Forget everything of CP1? [y/N]: ")
            terminal.type(answer)
            await terminal.ended()
            self.assertEqual(terminal.exit_code, code)
        self.assertEqual((await self.ctl("chargers", "--json")).json["chargers"], [])
        await self.away("CP1", OWN)
        unasked = Terminal(self, self.edge, "forget", "CP1", "--yes")
        await unasked.ended()
        self.assertEqual(unasked.exit_code, 0)


class WrongTests(EdgectlCase):
    """Wrong input, each with a sentence that says what is wrong and what would be right."""

    async def test_use(self) -> None:
        """Exit code 2 for what is wrong before Edge is asked."""
        await self.begin()
        for arguments, stdin, words in (
            (("charger",), b"", "Missing argument 'CHARGER'"),
            (("dance",), b"", "No such command 'dance'"),
            (("chargers", "--colour"), b"", "No such option"),
            (("set", "CP1"), b"", "Nothing to set. Give --endpoint"),
            (("set", "CP1", "--username", "u"), b"", "--username needs --password-stdin"),
            (("set", "CP1", "--username", "u", "--basic-base64-stdin"), b"x", "base64 has its own"),
            (("set", "CP1", "--password-stdin", "--basic-base64-stdin"), b"x", "in one way only"),
            (("set", "CP1", "--password-stdin"), b"", "There is no secret on standard input"),
            (("set", "CP1", "--password-stdin"), b"\n", "There is no secret on standard input"),
            (("set", "CP1", "--password-stdin"), b"a\nb\n", "more than one line"),
            (("set", "CP1", "--password-stdin"), b"x" * 20_000, "more than one line"),
            (("set", "CP1", "--shows", "all"), b"", "is not one of"),
            (("trust", "CP1"), b"", "Give a FILE with root certificates, or --system"),
            (("trust", "CP1", "-", "--system"), b"x", "one of them"),
            (("trust", "CP1", "--system", "--cn-fallback"), b"", "--cn-fallback needs a FILE"),
            (("trust", "CP1", "-"), b"x" * 300_000, "Is it the right one?"),
            (("trust", "CP1", "/nowhere/at/all.pem"), b"", "No such file"),
            (("restore", "-", "--passphrase-stdin"), b"", "as one line"),
            (("events", "--limit", "0"), b"", "is not in the range"),
            (("events", "--after", "-1"), b"", "is not in the range"),
            (("completion", "tcsh"), b"", "is not one of"),
        ):
            error = await self.refused(2, *arguments, stdin=stdin)
            self.assertIn(words, " ".join(error.split()), arguments)

    async def test_values(self) -> None:
        """Exit code 1 for what Edge refuses, in its words; for programs also as JSON."""
        await self.begin()
        await self.away("CP1", OWN)
        port = self.edge.ports["ws"][0]
        same = ("--shows", "same")
        cases: list[tuple[tuple[str, ...], bytes, str, str]] = [
            (("charger", "nobody"), b"", "charger-unknown", en.API["charger-unknown"]),
            (("events", "--charger", "nobody"), b"", "charger-unknown", en.API["charger-unknown"]),
            (("approve", "\n", "--new"), b"", "identity-unusable", en.API["identity-unusable"]),
            (("set", "CP1", "--endpoint", "https://x"), b"", "endpoint-scheme", en.ENDPOINT["scheme"]),
            (("set", "CP1", "--endpoint", "wss://u:p@x"), b"", "endpoint-user", en.ENDPOINT["user"]),
            (("set", "CP1", "--endpoint", "wss://x?y"), b"", "endpoint-query", en.ENDPOINT["query"]),
            (("set", "CP1", "--endpoint", "wss://x/CP1"), b"", "endpoint-identity", en.ENDPOINT["identity"]),
            (("set", "CP1", "--endpoint", "wss://x:0"), b"", "endpoint-port", en.ENDPOINT["port"]),
            (("set", "CP1", "--endpoint", "wss://"), b"", "endpoint-host", en.ENDPOINT["host"]),
            (("set", "CP1", "--endpoint", "wss://x y"), b"", "endpoint-characters", en.ENDPOINT["characters"]),
            (("set", "CP1", "--endpoint", "wss://x//y"), b"", "endpoint-syntax", en.ENDPOINT["syntax"]),
            (("set", "CP1", "--endpoint", f"ws://localhost:{port}"), b"", "loop", en.ENTRY["loop"]),
            (("set", "CP1", "--endpoint", "ws://ws.evc-net.com"), b"", "plain-secret", en.ENTRY["plain-secret"]),
            (("set", "CP1", *same), b"", "secret-missing", en.API["secret-missing"]),
            (("set", "CP1", "--password-hex-stdin", *same), b"0g", "hex-broken", en.API["hex-broken"]),
            (("set", "CP1", "--basic-base64-stdin", *same), b"QQ==", "base64-broken", en.API["base64-broken"]),
            (("set", "CP1", "--basic-base64-stdin", *same), b"QTo=", "password-empty", en.API["password-empty"]),
            (("set", "CP1", "--password-stdin", *same), b"x" * 2000, "secret-long", en.API["secret-long"]),
            (
                ("set", "CP1", "--username", "a:b", "--password-stdin", *same),
                b"x",
                "username-colon",
                en.API["username-colon"],
            ),
            (
                ("set", "CP1", "--username", "", "--password-stdin", *same),
                b"x",
                "username-empty",
                en.API["username-empty"],
            ),
            (("set", "CP1", "--clear-secret", "--password-stdin", *same), b"x", "secret-both", en.API["secret-both"]),
            (("test", "CP1", "--endpoint", "http://x"), b"", "endpoint-scheme", en.ENDPOINT["scheme"]),
        ]
        for arguments, stdin, error, words in cases:
            ran = await edgectl(self.edge, "--json", *arguments, stdin=stdin)
            self.assertEqual((ran.code, ran.json["error"]), (1, error), arguments)
            self.assertIn(f"edgectl: {words}.\n", ran.error)
        self.assertNotIn("edited", (await self.ctl("events", "--json")).out)

    async def test_hint(self) -> None:
        """Where a flag helps, it is named; only where the command has it."""
        await self.begin()
        self.assertIn("Add --new if it has not connected yet.", await self.refused(1, "block", "CP1"))
        self.assertNotIn("--new", await self.refused(1, "unblock", "CP1"))

    async def test_no_edge(self) -> None:
        """Exit code 3 where no Edge is reached: none was ever there, it was killed, or it does not answer."""
        nowhere = await edgectl(Path(self.mktemp()).absolute(), "chargers")
        self.assertEqual(nowhere.code, 3)
        self.assertIn("No Edge runs with the state directory", nowhere.error)
        told = await edgectl(Path(__file__), "--json", "chargers")
        self.assertEqual((told.code, told.json["error"]), (3, "unreachable"))
        await self.begin()
        await self.edge.kill()
        self.assertIn("Edge is not running", await self.refused(3, "chargers"))
        await self.edge.start()
        await self.ctl("chargers")


class HelpTests(EdgectlCase):
    """Help and completion; none of it needs an Edge."""

    async def helps(self, *arguments: str, **environment: str) -> str:
        """What a command tells without an Edge."""
        ran = await edgectl(Path("/nowhere"), *arguments, environment=environment)
        self.assertEqual((ran.code, ran.error), (0, ""))
        return ran.out

    async def test_help(self) -> None:
        """`--help` of each command says what it does in sentences, and lists all commands."""
        top = await self.helps("--help")
        self.assertEqual(top, await self.helps("-h"))
        self.assertIn("edgectl doctor", top)
        self.assertNotIn("...", top.replace("[ARGS]...", ""))
        for name, command in main.commands.items():
            self.assertRegex(top, rf"\n  {name} +[A-Z][^\n]*\.\n")
            text = await self.helps(name, "--help")
            self.assertRegex(text, rf"\AUsage: edgectl {name} .*\n\n  [A-Z]")
            for parameter in command.params:
                for option in parameter.opts:
                    if option.startswith("--"):
                        self.assertRegex(text, rf"{option}\b", f"{name} {option}")
        self.assertIn("printf %s", await self.helps("set", "--help"))

    async def test_version(self) -> None:
        """`--version`."""
        self.assertEqual(await self.helps("--version"), f"edgectl, version {__version__}\n")

    async def test_completion(self) -> None:
        """`completion` gives a script for each shell, which completes commands, options and chargers."""
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("_EDGECTL_COMPLETE", await self.helps("completion", shell))
        await self.begin()
        await self.served("CP1", OWN)
        found = (await self.ctl("charger", "CP1", "--json")).json["id"]
        for words, index, completed in (
            ("edgectl wss", 1, ["plain,wss-only"]),
            ("edgectl set --sh", 2, ["plain,--shows"]),
            ("edgectl set X --shows n", 4, ["plain,next", "plain,nothing"]),
            ("edgectl charger ", 2, [f"plain,{found}"]),
            (f"edgectl events --charger {found[:3]}", 3, [f"plain,{found}"]),
            ("edgectl charger 1", 2, []),
        ):
            told = await edgectl(
                self.edge,
                environment={
                    "_EDGECTL_COMPLETE": "bash_complete",
                    "COMP_WORDS": words.replace("edgectl", f"edgectl --state {self.edge.state}"),
                    "COMP_CWORD": str(index + 2),
                },
            )
            self.assertEqual(told.out.split(), completed, words)
        nothing = await edgectl(
            self.edge,
            environment={"_EDGECTL_COMPLETE": "bash_complete", "COMP_WORDS": "edgectl charger ", "COMP_CWORD": "2"},
        )
        self.assertEqual((nothing.out.strip(), nothing.error), ("", ""))

    async def test_enough(self) -> None:
        """Whoever reads no further, as `head` does, hears no complaint."""
        await self.begin()
        command = f"{PROGRAM} --state '{self.edge.state}' --json box | true"
        out, error, code = await getProcessOutputAndValue("/bin/sh", ["-c", command], {**os.environ, **ENVIRONMENT})
        self.assertEqual((out, error, code), (b"", b"", 0))

    async def test_state_by_environment(self) -> None:
        """The state directory can stand in a variable."""
        await self.begin()
        ran = await edgectl(None, "box", "--json", environment={"EDGEPROXY_STATE": str(self.edge.state)})
        self.assertEqual((ran.code, ran.json["state_directory"]), (0, str(self.edge.state)))
