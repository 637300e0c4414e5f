"""Tests of sentences."""

from attrs import asdict, fields
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e
from edge_twisted.core.diagnosis import CAUSES, from_alert, from_uplink
from edge_twisted.core.quirks import Quirk
from edge_twisted.words import en, speech
from tests.words.codes import event_classes

WHO = ("c4k2abcdefgh2345", "EVB…")


def tell(event: e.Event) -> str:
    """The line of an event, as the log has it."""
    return speech.sentence(event.code, asdict(event, recurse=False))


class SentenceTests(SynchronousTestCase):
    """One line for an event."""

    def test_opened(self) -> None:
        """A connected charger's line tells who, from where, and how both ways are secured."""
        event = e.SessionOpened(
            *WHO, "a-1", "192.168.1.20", False, False, "ws://ws.evc-net.com", "none", "ocpp1.6", ("http-1.0",)
        )
        self.assertEqual(
            tell(event),
            "Charger EVB… (c4k2abcdefgh2345) is connected from 192.168.1.20 over ws without a password; uplink "
            "ws://ws.evc-net.com without credentials, protocol ocpp1.6. Accepted although it is unusual: it speaks "
            "HTTP/1.0.",
        )

    def test_opened_short(self) -> None:
        """What is empty leaves no trace in the line: no protocol, no quirks."""
        event = e.SessionOpened(
            "c4k2", "EVB-1", "a-1", "192.168.1.20", True, True, "wss://wss.evc-net.com", "entered", ""
        )
        self.assertEqual(
            tell(event),
            "Charger EVB-1 (c4k2) is connected from 192.168.1.20 over wss with a password; uplink "
            "wss://wss.evc-net.com with the credentials entered in Edge.",
        )

    def test_two_quirks(self) -> None:
        """Several deviations are told one after the other."""
        event = e.SessionOpened(*WHO, "a-1", "::1", True, True, "ws://x", "shown", "", ("no-host", "query"))
        self.assertIn(f": {en.QUIRKS['no-host']}, {en.QUIRKS['query']}.", tell(event))

    def test_i6_distrust(self) -> None:
        """I6: a charger that does not know the root gets cause, alert number and remedy in its line."""
        found = from_alert(48)
        self.assertEqual(
            tell(e.HandshakeFailed("192.168.1.20", True, found.cause, found.remedy, found.detail)),
            "A connection from 192.168.1.20 to the wss port came to nothing. The charger does not know the certificate "
            "that this box shows (TLS alert 48). Load the box's root certificate (root.pem) into the charger, or use "
            "ws:// on this network.",
        )

    def test_i3_too_old(self) -> None:
        """I3: the version that the charger offers stands in the sentence."""
        line = tell(e.HandshakeFailed("192.168.1.20", True, "tls-too-old", "update-charger-tls", "TLS 1.0"))
        self.assertIn("too old: it offers TLS 1.0 at most; this box needs TLS 1.2 or later. Update", line)

    def test_turned_away_by_http(self) -> None:
        """C1: a refusal by HTTP tells its status, and nothing of a close code."""
        found = from_uplink("http", 404)
        event = e.TurnedAway(*WHO, "192.168.1.20", "ws://ws.evc-net.com", "none", 404, 0, found.cause, found.remedy)
        self.assertEqual(
            tell(event),
            "Charger EVB… (c4k2abcdefgh2345) at 192.168.1.20: ws://ws.evc-net.com did not accept it without "
            "credentials (HTTP status 404). The central system does not know this charger's ID. Add the charger to the "
            "charger dashboard, or correct its ID in the charger; capital and small letters differ.",
        )

    def test_turned_away_after_101(self) -> None:
        """A refusal after the 101 tells its close code, and no status."""
        found = from_uplink("closed")
        line = tell(e.TurnedAway(*WHO, "::1", "wss://x", "entered", 0, 1008, found.cause, found.remedy))
        self.assertIn("did not accept it with the credentials entered in Edge (close code 1008). The central", line)
        self.assertNotIn("status", line)

    def test_same_code_of_two_kinds(self) -> None:
        """A code is looked up among those of its event: `refused` by Edge, a bad request, an uplink."""
        refused = tell(e.AttemptRefused(*WHO, "::1", False, 403, "blocked"))
        self.assertIn(en.REFUSALS["blocked"], refused)
        self.assertNotIn("come back", refused)
        self.assertIn("come back after 1 min 30 s.", tell(e.AttemptRefused(*WHO, "::1", False, 429, "throttled", 90)))
        self.assertIn(en.BAD["upgrade-lost"], tell(e.RequestRefused("::1", False, 426, "upgrade-lost")))
        self.assertIn(en.CAUSES["uplink-dns"], tell(e.UplinkFailed(*WHO, "ws://x", "uplink-dns", "check-dns")))

    def test_ended(self) -> None:
        """A session's end tells why, how long it stood and whether it was served."""
        self.assertEqual(
            tell(e.SessionEnded(*WHO, "a-1", "charger-closed", 1000, 200.7, True)),
            "Charger EVB… (c4k2abcdefgh2345) is disconnected. The charger closed the connection (close code 1000). "
            "It was connected for 3 min 20 s and served by the central system.",
        )
        line = tell(e.SessionEnded(*WHO, "a-1", "central-lost", 0, 0.2, False))
        self.assertIn("broke off. It was connected for less than a second and never served", line)

    def test_served(self) -> None:
        """The first time that a charger is served is told as such."""
        self.assertIn("central system for the first time: it answered", tell(e.Served(*WHO, "a-1", "result", True)))
        self.assertIn("central system: it sent", tell(e.Served(*WHO, "a-1", "call", False)))

    def test_started(self) -> None:
        """The first line tells the ports, and leaves out a listener that is switched off."""
        line = tell(e.Started((80, 8080), (), "AB:CD", 0))
        self.assertEqual(
            line,
            "Edge is ready; ws on port 80, 8080. Chargers known: 0. "
            "SHA-256 fingerprint of the box's root certificate: AB:CD.",
        )

    def test_w23_alarm(self) -> None:
        """W-23: the alarm for a refused secret names the charger and the dashboard's step."""
        line = tell(e.Alarm(*WHO, "secret-refused", "192.168.1.20"))
        self.assertTrue(line.startswith("Please look at charger EVB… (c4k2abcdefgh2345), seen at 192.168.1.20. The "))
        self.assertIn("charger dashboard -> Security -> Basic authentication over HTTPS/WSS", line)
        self.assertNotIn("seen at", tell(e.Alarm(*WHO, "clash")))

    def test_edited(self) -> None:
        """A change tells who made it."""
        self.assertEqual(tell(e.Edited(*WHO, "blocked", "anna")), "Charger EVB… (c4k2abcdefgh2345): anna blocked it.")

    def test_edited_by(self) -> None:
        """Who came over the box's socket is told by his user, root by his name; whoever else as he is named."""
        for by, words in (
            ("control:0", "user root of this box"),
            ("control:1000", "user 1000 of this box"),
            ("installer", "installer"),
            ("{x}:[y]", "{x}:[y]"),
        ):
            fields = {"charger": "abcd", "label": "CP1", "what": "blocked", "by": by, "old": "", "new": ""}
            self.assertEqual(speech.sentence("edited", fields), f"Charger CP1 (abcd): {words} blocked it.")

    def test_edited_values(self) -> None:
        """A change of a value tells the one before and the present one, where there is one; codes become words."""
        self.assertEqual(
            tell(e.Edited(*WHO, "endpoint", "anna", "", "wss://central.example")),
            "Charger EVB… (c4k2abcdefgh2345): anna changed the endpoint of its uplink; now: wss://central.example.",
        )
        self.assertIn(
            "; before: none; now: entered in Edge, the charger itself shows the same.",
            tell(e.Edited(*WHO, "secret", "anna", "none", "entered, same")),
        )
        self.assertIn("; before: off; now: on.", tell(e.Edited(*WHO, "wss-only", "anna", "false", "true")))

    def test_folded(self) -> None:
        """An entry of the journal for which others were left out says how many."""
        fields = {"label": "EVB…", "charger": "c4k2", "what": "clash", "folded": 12}
        self.assertTrue(
            speech.sentence("alarm", fields).endswith(". The same happened 12 times more since the entry before.")
        )
        self.assertIn("The same happened once more since", speech.sentence("alarm", {**fields, "folded": 1}))
        self.assertNotIn("The same happened", speech.sentence("alarm", {**fields, "folded": 0}))

    def test_gap(self) -> None:
        """Entries that are missing from the journal are counted where they would stand."""
        self.assertTrue(tell(e.JournalGap(51)).startswith("Here 51 entries are missing from the journal"))
        self.assertIn("(disk is full)", tell(e.JournalFailed("disk is full")))

    def test_every_event(self) -> None:
        """Every event is told from its fields, with every code in it put into words and nothing left open."""
        samples: dict[str, object] = {
            "cause": "uplink-dns",
            "remedy": "wait",
            "outcome": "left",
            "kind": "none",
            "how": "call",
            "ws": (80,),
            "wss": (443,),
            "names": ("edge.lan",),
            "quirks": tuple(Quirk),
            "seconds": 1.5,
            "wait": 5,
            "status": 404,
            "close": 1000,
            "known": 3,
            "sessions": 2,
            **dict.fromkeys(en.BOOLEANS, True),
        }
        special: dict[tuple[str, str], object] = {
            ("request-refused", "cause"): "key",
            ("attempt-refused", "cause"): "lane",
            ("alarm", "what"): "clash",
            ("learned", "what"): "wss",
            ("edited", "what"): "secret",
            ("access-changed", "what"): "login",
            ("access-changed", "role"): "viewer",
        }
        for kind in event_classes():
            values = {
                field.name: special.get((kind.code, field.name), samples.get(field.name, f"<{field.name}>"))
                for field in fields(kind)
            }
            line = speech.sentence(kind.code, values)
            self.assertNotRegex(line, r"[{}\[\]]|no words|  |\?|\.\.", kind.code)
            self.assertTrue(line.endswith("."), kind.code)
            for name in ("label", "address", "charger", "uplink", "fingerprint"):
                if name in values:
                    self.assertIn(f"<{name}>", line)

    def test_unknown_codes(self) -> None:
        """An unknown code is shown as what it is, and harms nothing."""
        self.assertEqual(
            speech.sentence("brand-new\n", {"secret": "x"}),
            "Something happened that Edge has no words for yet: brand-new .",
        )
        line = tell(e.Alarm(*WHO, "brand-new"))
        self.assertIn("(no words for the code brand-new).", line)

    def test_missing_fields(self) -> None:
        """A field that is missing shows as a question mark, and a part that needs it is left out."""
        self.assertEqual(
            speech.sentence("alarm", {"what": "clash", "label": "EVB…"}),
            f"Please look at charger EVB… (?). {en.ALARMS['clash']}.",
        )

    def test_values_are_no_templates(self) -> None:
        """What looks like a template in a value stands as it is."""
        line = tell(e.Edited("{what}", "[{by}]", "blocked", "{label} [x]"))
        self.assertEqual(line, "Charger [{by}] ({what}): {label} [x] blocked it.")

    def test_long_values(self) -> None:
        """One value cannot fill the log."""
        self.assertLess(len(tell(e.Edited("c", "x" * 100_000, "blocked", "anna"))), speech.VALUE_LIMIT + 100)

    @given(
        st.sampled_from([*en.EVENTS, "unknown"]),
        st.dictionaries(
            st.sampled_from(sorted({field.name for kind in event_classes() for field in fields(kind)})),
            st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.tuples(st.text())),
        ),
    )
    def test_one_plain_line(self, code: str, values: dict[str, object]) -> None:
        """Whatever the fields hold, it is one line that can be written anywhere, and nothing is raised."""
        line = speech.sentence(code, values)
        self.assertTrue(line.isprintable())
        self.assertEqual(line.splitlines(), [line])
        line.encode()

    def test_hostile_value(self) -> None:
        """Line breaks, escapes and bidirectional marks in a value are taken out; white space becomes a space."""
        line = tell(e.Edited("c", "a\r\nb\x1b[2Jc\u202ed\u2028e\ud800", "blocked", "x"))
        self.assertIn("Charger a  b[2Jcd e (c)", line)


class LookUpTests(SynchronousTestCase):
    """Words for a page or a command line."""

    def test_each(self) -> None:
        """Each look-up gives the words of its own dictionary."""
        for look, table in (
            (speech.remedy, en.REMEDIES),
            (speech.refusal, en.REFUSALS),
            (speech.bad_request, en.BAD),
            (speech.alarm, en.ALARMS),
            (speech.outcome, en.OUTCOMES),
            (speech.learned, en.LEARNED),
            (speech.how_served, en.HOWS),
            (speech.kind, en.KINDS),
            (speech.edit, en.EDITS),
            (speech.quirk, en.QUIRKS),
            (speech.endpoint_error, en.ENDPOINT),
            (speech.entry_error, en.ENTRY),
        ):
            for code, words in table.items():
                self.assertEqual(look(code), words)
            self.assertEqual(look("{x}\n[y]"), "(no words for the code {x} [y])")

    def test_cause(self) -> None:
        """A detail stands in a cause where it has its place there, else behind it; without one, nothing is open."""
        for code in CAUSES:
            self.assertIn("d3tail", speech.cause(code, "d3tail"), code)
            self.assertNotRegex(speech.cause(code), r"[{}\[\]]|\(\)", code)
        self.assertEqual(speech.cause("uplink-handshake", "accept"), f"{en.CAUSES['uplink-handshake']} (accept)")
        self.assertEqual(speech.cause("{x}{detail}"), "(no words for the code {x}{detail})")

    def test_duration(self) -> None:
        """A time is told in its two largest units."""
        for seconds, words in (
            (0, "less than a second"),
            (1, "1 s"),
            (59.9, "59 s"),
            (60, "1 min"),
            (200, "3 min 20 s"),
            (3600, "1 h"),
            (3605, "1 h"),
            (7500, "2 h 5 min"),
            (86400, "1 day"),
            (4 * 86400 + 3 * 3600, "4 days 3 h"),
            (float("inf"), "?"),
            (float("nan"), "?"),
            (-1, "?"),
        ):
            self.assertEqual(speech.duration(seconds), words)
