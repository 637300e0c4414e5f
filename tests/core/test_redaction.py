"""Tests for `edge_twisted.core.redaction`."""

import json
import time

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.redaction import CUT, HIDDEN, clean, clean_bytes, frame, short, shown_identity

HOSTILE = "\x00\x07\x1b\x7f\x85\u00ad\u061c\u200b\u200d\u200e\u2028\u202e\u2066\u2069\ufeff\ud800\ufe0f\U000e0041\u3164"
SECRET = "0123456789abcdef0123456789abcdef01234567"


class IdentityTests(SynchronousTestCase):
    """'So are identities of chargers without Basic auth (shown shortened)' (design section 4)."""

    def test_short(self) -> None:
        """At most the first quarter, at most 4 characters."""
        shown = [short(identity) for identity in (b"", b"CP1", b"CP01", b"CP000001", b"RDAM 123 and much more")]
        self.assertEqual(shown, ["…", "…", "C…", "CP…", "RDAM…"])

    def test_short_tells_no_length(self) -> None:
        """Two long identities with the same beginning look the same."""
        self.assertEqual(short(b"CP01" * 4), short(b"CP01" * 40))

    def test_hostile_characters(self) -> None:
        """'Control and bidi characters are stripped before a person sees it', and count for no quarter."""
        self.assertEqual(short(("A" + HOSTILE[:15] + "BCD").encode()), "A…")
        self.assertEqual(shown_identity("A\u202eB\nC".encode(), True), "ABC")

    def test_not_utf_8(self) -> None:
        """A byte that is not UTF-8 is escaped, and is one character of the quarter."""
        self.assertEqual(short(b"\xff\xfeABCDEF"), "\\xff\\xfe…")
        self.assertEqual(short(b"\xffABC"), "\\xff…")
        self.assertEqual(shown_identity(b"L\xe4den", True), "L\\xe4den")

    def test_whole_with_password(self) -> None:
        """With Basic authentication the identity is no secret and is shown whole."""
        self.assertEqual(shown_identity("Läden 1".encode(), True), "Läden 1")
        self.assertEqual(shown_identity("Läden 12".encode(), False), "Lä…")
        self.assertEqual(shown_identity(b"A" * 500, True), "A" * 199 + CUT)

    @given(st.text(max_size=64))
    def test_never_more_than_a_quarter(self, identity: str) -> None:
        """Whatever the identity: at most a quarter of its characters, at most 4, and the first ones."""
        shown = short(identity.encode()).removesuffix(CUT)
        self.assertLessEqual(len(shown), min(4, len(identity) // 4))
        self.assertTrue(shown_identity(identity.encode(), True).startswith(shown))

    @given(st.binary(max_size=64))
    def test_any_bytes(self, identity: bytes) -> None:
        """Whatever the bytes, what is shown is printable and one line."""
        for shown in (short(identity), shown_identity(identity, True)):
            self.assertTrue(shown.isprintable())


class CleanTests(SynchronousTestCase):
    """'Text that comes from outside (vendor, model, reason, Host) is hostile' (design section 4)."""

    def test_strips(self) -> None:
        """'Control and bidi characters are stripped', as are zero-width ones, surrogates and invisible letters."""
        for character in HOSTILE:
            self.assertEqual(clean(f"Ven{character}dor").replace(" ", ""), "Vendor", ascii(character))

    def test_one_line(self) -> None:
        """Line breaks of every kind become spaces, so that no text adds a line to a page or a log."""
        self.assertEqual(clean("a\nb\r\nc\u2028d\u2029e\x85f\tg\xa0h"), "a b  c d e f g h")
        self.assertEqual(clean("  a\n"), "a")

    def test_keeps(self) -> None:
        """Ordinary text in any script stays."""
        for text in ("Schneider EVlink", "Ladesäule <b>&", "充电桩 1", "Зарядка", "🔌"):
            self.assertEqual(clean(text), text)

    def test_limit(self) -> None:
        """Every size is bounded: what is left out is marked."""
        self.assertEqual(clean("a" * 200), "a" * 200)
        self.assertEqual(clean("a" * 201), "a" * 199 + CUT)
        self.assertEqual(clean("abc", 2), "a" + CUT)
        self.assertEqual(clean("\u200b" * 1_000_000 + "a"), CUT)

    def test_bytes(self) -> None:
        """Bytes that are not UTF-8 are escaped."""
        self.assertEqual(clean_bytes(b"caf\xe9 \xc3\xa9\x00"), "caf\\xe9 é")
        self.assertEqual(clean_bytes(b"a" * 5000, 10), "a" * 9 + CUT)

    @given(st.text(alphabet=st.characters(), max_size=300), st.integers(1, 50))
    def test_any_text(self, text: str, limit: int) -> None:
        """Whatever comes in, what comes out is printable and within its limit."""
        for shown in (clean(text, limit), clean_bytes(text.encode("utf-8", "surrogatepass"), limit)):
            self.assertTrue(shown.isprintable())
            self.assertLessEqual(len(shown), limit)


class FrameTests(SynchronousTestCase):
    """S-43: 'redact Authorization and AuthorizationKey values in logs, traces and crash dumps'."""

    def change(self, key: str = "AuthorizationKey", value: str = SECRET) -> str:
        """A ChangeConfiguration as it came."""
        return f'[2, "1","ChangeConfiguration",{{"key":"{key}","value" : "{value}"}}]'

    def test_change_configuration(self) -> None:
        """The value is hidden, everything else stays as it was written."""
        hidden = f'[2, "1","ChangeConfiguration",{{"key":"AuthorizationKey","value" : "{HIDDEN}"}}]'
        self.assertEqual(frame(self.change()), hidden)

    def test_letter_case(self) -> None:
        """K6: '`authorizationkey` in other letter case: recognised and redacted'."""
        for key in ("authorizationkey", "AUTHORIZATIONKEY", "AuthorizationKEY", " AuthorizationKey "):
            self.assertNotIn(SECRET, frame(self.change(key)))

    def test_escapes(self) -> None:
        """JSON escapes spell the same name."""
        for key in (r"\u0041uthorizationKey", r"Authoriz\u0061tionKe\u0079", r"AUTHORIZATION\u004BEY"):
            self.assertNotIn(SECRET, frame(self.change(key)))
            self.assertNotIn(SECRET, frame(self.change(key)[:-2]))

    def test_value_first(self) -> None:
        """The order of members does not matter, nor what the value is."""
        for value in (f'"{SECRET}"', f'{{"hex":"{SECRET}"}}', f'["{SECRET}"]', "8123456789", f'"a\\"b{SECRET}"'):
            text = f'[2,"1","ChangeConfiguration",{{"value":{value},"key":"AuthorizationKey"}}]'
            shown = f'[2,"1","ChangeConfiguration",{{"value":"{HIDDEN}","key":"AuthorizationKey"}}]'
            self.assertEqual(frame(text), shown)

    def test_get_configuration(self) -> None:
        """K17: 'GetConfiguration answer that leaks AuthorizationKey: redacted'; other keys stay readable."""
        keys = [
            {"key": "HeartbeatInterval", "readonly": False, "value": "900"},
            {"key": "authorizationKey", "readonly": False, "value": SECRET},
            {"key": "CpoName", "readonly": True, "value": "Acme"},
        ]
        shown = json.loads(frame(json.dumps([3, "7", {"configurationKey": keys, "unknownKey": ["X"]}])))
        keys[1]["value"] = HIDDEN
        self.assertEqual(shown, [3, "7", {"configurationKey": keys, "unknownKey": ["X"]}])

    def test_request_and_unknown_key(self) -> None:
        """Where only the name stands, nothing is hidden."""
        for text in (
            '[2,"1","GetConfiguration",{"key":["AuthorizationKey","Heartbeat"]}]',
            '[3,"1",{"unknownKey":["AuthorizationKey"]}]',
            '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":true,"value":null}]}]',
        ):
            self.assertEqual(frame(text), text)

    def test_other_frames_stay(self) -> None:
        """Frames that do not name the key are returned as they are, also those that are not JSON."""
        for text in (
            "",
            "[",
            '[2,"1","Heartbeat",{}]',
            '[3,"1",{"configurationKey":[]',
            self.change("CpoName", "Acme"),
        ):
            self.assertEqual(frame(text), text)

    def test_json_within_json(self) -> None:
        """A text that holds the name among other things is hidden: a DataTransfer can carry a whole message."""
        inner = json.dumps({"key": "AuthorizationKey", "value": SECRET})
        escaped = inner.replace("o", "\\u006f")
        for data in (inner, json.dumps(inner), escaped, json.dumps(escaped), [inner], [[escaped]]):
            text = json.dumps([2, "1", "DataTransfer", {"vendorId": "X", "data": data}])
            self.assertNotIn(SECRET, frame(text))
            self.assertNotIn(SECRET, frame(text[:-1]))

    def test_member_called_so(self) -> None:
        """The value of a member called AuthorizationKey is hidden."""
        text = f'[2,"1","DataTransfer",{{"data":{{"AuthorizationKey":"{SECRET}","n":1}}}}]'
        self.assertEqual(frame(text), text.replace(SECRET, HIDDEN))

    def test_call_error(self) -> None:
        """A CALLERROR that mentions the key may repeat its value anywhere."""
        for rest in (f'"AuthorizationKey {SECRET} is bad",{{}}', f'"bad AuthorizationKey",{{"value":"{SECRET}"}}'):
            shown = frame(f'[4,"1","PropertyConstraintViolation",{rest}]')
            self.assertEqual(shown, f'[4,"1","PropertyConstraintViolation","{HIDDEN}","{HIDDEN}"]')
        self.assertNotIn(SECRET, frame(f'[4,null,null,"{SECRET}",{{"k":"AuthorizationKey"}}]'))

    def test_broken(self) -> None:
        """'The frame cannot be parsed: hide everything after', and a value that stands before the name."""
        self.assertEqual(frame(self.change()[:-1]), f'[2, "1","ChangeConfiguration",{{"key":"AuthorizationKey{HIDDEN}')
        text = f'[2,"1","ChangeConfiguration",{{"value":"{SECRET}","key":"AuthorizationKey"'
        self.assertEqual(frame(text), f'[2,"1","ChangeConfiguration",{{"{HIDDEN}')
        self.assertEqual(frame(text[:60]), f'[2,"1","ChangeConfiguration{HIDDEN}')

    def test_nesting(self) -> None:
        """A frame nested too deeply to be parsed is treated as broken."""
        text = "[" * 200_000 + f'{{"key":"AuthorizationKey","value":"{SECRET}"}}' + "]" * 200_000
        self.assertNotIn(SECRET, frame(text))

    def test_no_slow_text(self) -> None:
        """A megabyte made to be slow to search is searched in time that grows with its length only."""
        for text in ("\\" * 1_000_000, "authorizatio" * 80_000, '"' * 1_000_000, "a\\u006" * 150_000):
            started = time.process_time()
            frame(text)
            frame(text + "authorizationkey")
            self.assertLess(time.process_time() - started, 5)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=10,
        ),
        st.sampled_from(("AuthorizationKey", "aUTHORIZATIONkEY")),
        st.booleans(),
        st.integers(0, 3),
    )
    def test_any_frame(self, other: object, name: str, escaped: bool, cut: int) -> None:
        """Whatever surrounds it, whole or cut short, the value is never shown and what is left is still JSON."""
        entry = {"key": name, "value": SECRET}
        text = json.dumps([3, "1", [other, {"configurationKey": [entry, other]}, other]], ensure_ascii=False)
        if escaped:
            text = text.replace("uthorization", "\\u0075thorization").replace("UTHORIZATION", "\\u0055THORIZATION")
        self.assertNotIn(SECRET, frame(text[: len(text) - cut]))
        shown = json.loads(frame(text))
        self.assertEqual(shown, [3, "1", [other, {"configurationKey": [entry | {"value": HIDDEN}, other]}, other]])

    @given(st.text(max_size=200))
    def test_never_raises(self, text: str) -> None:
        """Any text is shown somehow."""
        self.assertIsInstance(frame(text), str)
        self.assertIsInstance(frame(text + '"AuthorizationKey"'), str)
