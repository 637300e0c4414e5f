"""Tests of `edge_twisted.ctl.layout`: what people read at the command line."""

import os
import sys
import time
from io import StringIO
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.ctl import layout

NOW = 1_800_000_000.0
SESSION: dict[str, Any] = {
    "since": NOW - 3725,
    "address": "192.168.1.20",
    "secure": True,
    "password": False,
    "uplink": "wss://wss.evc-net.com",
    "uplink_secure": True,
    "credentials": "none",
    "protocol": "ocpp1.6",
    "quirks": [],
    "served": True,
}


def charger(**values: Any) -> dict[str, Any]:
    """A charger as the API tells it."""
    return {
        "id": "abcdefgh23456723",
        "label": "CP1…",
        "state": "away",
        "approved": False,
        "blocked": False,
        "wss_only": False,
        "session": None,
        "endpoint": None,
        "secret": None,
        "detected": {"wss_at": None, "password": None},
        "pending_key": None,
        "first_served": None,
        "last_served": None,
        "last_address": None,
        "usual_address": None,
        "last_attempt": None,
    } | values


class TextCase(SynchronousTestCase):
    """A terminal of 80 columns, in UTC."""

    def setUp(self) -> None:
        for name, value in (("COLUMNS", "80"), ("TZ", "UTC")):
            before = os.environ.get(name)
            os.environ[name] = value
            self.addCleanup(self.restore, name, before)
        time.tzset()

    def restore(self, name: str, value: str | None) -> None:
        """Put a variable back."""
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value
        time.tzset()


class PiecesTests(TextCase):
    """Times, spans, tables."""

    def test_span(self) -> None:
        """A span of time in its two largest units."""
        for seconds, words in (
            (-5, "0 s"),
            (0.5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3725, "1 h 2 min"),
            (86400, "1 day"),
            (90000, "1 day 1 h"),
            (12 * 86400 + 5, "12 days"),
        ):
            self.assertEqual(layout.span(seconds), words)
            self.assertEqual(layout.span(seconds, 1), " ".join(words.split()[:2]))

    def test_when(self) -> None:
        """A time with its date, to the second; `never` where there is none."""
        self.assertEqual(layout.when(NOW), "2027-01-15 08:00:00")
        self.assertEqual((layout.when(None), layout.when(0)), ("never", "never"))

    def test_table(self) -> None:
        """Columns as wide as their widest cell; nothing hangs over at the end."""
        told = layout.table(("A", "BB", ""), [("xxx", "y", "z"), ("x", "yyyy", "")])
        self.assertEqual(told, ["A    BB", "xxx  y     z", "x    yyyy"])

    def test_width(self) -> None:
        """As wide as the terminal, from 60 to 120 columns."""
        for columns, width in (("20", 60), ("80", 80), ("300", 120)):
            os.environ["COLUMNS"] = columns
            self.assertEqual(layout.width(), width)

    def test_wrapped(self) -> None:
        """A long text goes on below its beginning; long words, such as addresses, are never broken."""
        text = layout.wrapped("word " * 20 + "x" * 90, 6, "name")
        lines = text.split("\n")
        self.assertTrue(lines[0].startswith("name  word"))
        self.assertTrue(all(line.startswith("      ") for line in lines[1:]))
        self.assertIn("x" * 90, text)


class ChargersTests(TextCase):
    """The list."""

    def test_nobody(self) -> None:
        """Nobody: what to do."""
        self.assertIn("Set one to ws:// or wss://", layout.chargers([], NOW))

    def test_lines(self) -> None:
        """A line each within 80 columns; what is wrong stands below it."""
        attempt = {
            "at": NOW - 5,
            "address": "192.168.1.21",
            "secure": False,
            "status": 404,
            "cause": "turned-away",
            "sentence": "The central system does not know this charger's ID (404). " * 3,
        }
        told = layout.chargers(
            [
                charger(label="AN-OCPP-ID-OF-TWENTY-FIVE", state="connected", session=SESSION | {"password": True}),
                charger(state="connected", session=SESSION | {"served": False, "credentials": "entered"}),
                charger(state="refused", last_attempt=attempt),
                charger(last_served=NOW - 200_000),
                charger(last_attempt=attempt | {"status": 0, "sentence": ""}),
            ],
            NOW,
        )
        lines = told.split("\n")
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertEqual(lines[1], "abcdef  AN-OCPP-ID-…  connected  wss, password  wss            for 1 h 2 min")
        self.assertEqual(lines[2], "abcdef  CP1…          connected  wss            wss, password  for 1 h 2 min")
        self.assertEqual(lines[3], "        The central system has not answered anything yet.")
        self.assertEqual(lines[4], "abcdef  CP1…          refused    ws             -              5 s ago")
        self.assertTrue(lines[5].startswith("        The central system does not know"))
        self.assertTrue(lines[8].endswith("-              -              served 2 days ago"), lines[8])
        self.assertTrue(lines[9].endswith("never served"), lines[9])
        self.assertIn("5 chargers: 2 connected, 2 away, 1 refused.", lines)

    def test_one(self) -> None:
        """One charger is no plural."""
        self.assertIn("\n1 charger: 1 away.\n", layout.chargers([charger()], NOW))


class ChargerTests(TextCase):
    """One charger."""

    def test_connected(self) -> None:
        """How both ways are secured, and what is unusual; the advice where the ID is the only secret."""
        told = layout.charger(
            charger(state="connected", session=SESSION | {"quirks": ["http-1.0"], "protocol": ""}), NOW
        )
        for line in (
            "CP1…  (abcdefgh23456723)",
            "state        connected for 1 h 2 min, since 2027-01-15 06:57:55",
            "to Edge      wss, from 192.168.1.20",
            "to central   wss://wss.evc-net.com, without credentials",
            "OCPP         no version agreed",
            "unusual      http-1.0",
            "advice       It shows no password, so its OCPP ID is its only secret: tell it to",
        ):
            self.assertIn(line, told.split("\n"))

    def test_set(self) -> None:
        """What is set by hand and what was detected; a secret that is not used at present says so."""
        secret = {"username": "CP1", "origin": "wss://a", "since": NOW, "shows": "detected", "used": False}
        told = layout.charger(
            charger(
                endpoint="wss://b",
                secret=secret,
                detected={"wss_at": NOW, "password": {"username": "CP1", "at": NOW, "address": "192.168.1.20"}},
                pending_key={"since": NOW, "first": True},
                approved=True,
                wss_only=True,
                first_served=NOW,
                last_served=NOW,
                last_address="192.168.1.20",
                usual_address="192.168.1.9",
            ),
            NOW,
        )
        text = " ".join(told.split())
        for words in (
            "endpoint wss://b, set by hand",
            "secret of user CP1, entered 2027-01-15 08:00:00; the charger itself shows what it showed before",
            "It was entered for wss://a and is not used at present. Enter it again to use it here.",
            "detected wss (2027-01-15 08:00:00), password of user CP1 (2027-01-15 08:00:00)",
            "new password set by the central system 2027-01-15 08:00:00, not proved yet",
            "set by hand approved, wss only",
            "last served 2027-01-15 08:00:00, from 192.168.1.20",
            "usual address 192.168.1.9",
        ):
            self.assertIn(words, text)

    def test_closed_at_once(self) -> None:
        """An attempt that the central system accepted and closed at once is no HTTP refusal."""
        attempt = {
            "at": NOW,
            "address": "192.168.1.20",
            "secure": True,
            "status": 101,
            "cause": "x",
            "sentence": "Why.",
        }
        told = layout.charger(charger(state="refused", last_attempt=attempt), NOW)
        self.assertIn("last attempt  2027-01-15 08:00:00 over wss from 192.168.1.20, closed at once", told)
        self.assertIn("why           Why.", told)

    def test_every_word(self) -> None:
        """Every kind of credentials and every answer has its words."""
        for kind in ("none", "shown", "entered", "pending", "detected"):
            layout.charger(charger(state="connected", session=SESSION | {"credentials": kind}), NOW)
        for shows in ("nothing", "same", "next", "detected"):
            secret = {"username": "CP1", "origin": "wss://a", "since": NOW, "shows": shows, "used": True}
            layout.charger(charger(secret=secret), NOW)


class RestTests(TextCase):
    """Events, the doctor, the box."""

    def test_event(self) -> None:
        """An event is wrapped for a terminal, and stays on its line for `grep`."""
        one = {
            "at": NOW,
            "sentence": "A sentence that is so long that it does not fit beside its time in a terminal of 80.",
        }
        self.patch(sys, "stdout", StringIO())
        self.assertEqual(layout.line(one), f"2027-01-15 08:00:00  {one['sentence']}")
        self.patch(sys.stdout, "isatty", lambda: True)
        self.assertEqual(layout.line(one).count("\n"), 1)

    def test_checks(self) -> None:
        """What is wrong stands out, with what helps below it."""
        good = {"name": "clock", "ok": True, "sentence": "It is set.", "remedy": ""}
        bad = {"name": "ports", "ok": False, "sentence": "There are none.", "remedy": "Name one."}
        self.assertEqual(layout.checks([good]), "ok  It is set.\n\nAll is well.")
        told = "ok  It is set.\n!!  There are none.\n    Name one.\n\n1 of 2 need a look."
        self.assertEqual(layout.checks([good, bad]), told)
