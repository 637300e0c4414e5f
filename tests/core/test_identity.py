"""Tests of identities in raw request targets (checklist A)."""

from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.identity import IDENTITY_LIMIT, Claim, _read_odd, read_identity, target_path
from edge_twisted.core.quirks import Quirk

PIECES = st.sampled_from(
    [b"/", b"//", b"%", b"%2F", b"%2e", b".", b"?", b"#", b" ", b"ws:", b"\xc3\xa4", b"CP", b"%00"]
)
TARGETS = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=12).map(b"".join))
USUAL = st.lists(st.sampled_from([b"/", b"CP", b"1", b".", b"-_~"]), max_size=8).map(b"".join)
PCHAR = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@%")


class ReadIdentityTests(SynchronousTestCase):
    """Request targets to claims."""

    def claim(self, target: bytes) -> Claim:
        """The claim in a target that holds one."""
        claim = read_identity(target)
        assert claim is not None, target
        return claim

    def assert_claim(self, target: bytes, identity: bytes, segment: bytes, *quirks: Quirk) -> Claim:
        """A target gives this identity, this segment for the uplink, and these quirks."""
        claim = self.claim(target)
        self.assertEqual((claim.identity, claim.segment, claim.quirks), (identity, segment, frozenset(quirks)), target)
        return claim

    def test_a1(self) -> None:
        """A1: `/CP001` is the identity CP001."""
        claim = self.assert_claim(b"/CP001", b"CP001", b"CP001")
        self.assertEqual((claim.prefix, claim.trailing_slash), (b"/", False))

    def test_a2(self) -> None:
        """A2: `RDAM%20123` is decoded once, and goes up as received."""
        self.assert_claim(b"/ocpp/RDAM%20123", b"RDAM 123", b"RDAM%20123")

    def test_a3(self) -> None:
        """A3: `A%2FB` is one identity, and goes up as received, whatever the case of the digits."""
        self.assert_claim(b"/ocpp/A%2FB", b"A/B", b"A%2FB")
        self.assert_claim(b"/ocpp/A%2fB", b"A/B", b"A%2fB")

    def test_a4(self) -> None:
        """A4: any prefix is accepted and recorded (J-05)."""
        claim = self.assert_claim(b"/a/b/c/CP001", b"CP001", b"CP001")
        self.assertEqual(claim.prefix, b"/a/b/c/")

    def test_a5(self) -> None:
        """A5: raw UTF-8 and its percent-encoding are the same identity, and go up percent-encoded."""
        self.assert_claim(b"/ocpp/L%C3%A4den", "Läden".encode(), b"L%C3%A4den")
        self.assert_claim("/ocpp/Läden".encode(), "Läden".encode(), b"L%C3%A4den", Quirk.RAW_BYTES)

    def test_a5_latin_1(self) -> None:
        """A5: bytes that are no UTF-8 stay those bytes."""
        self.assert_claim(b"/L\xe4den", b"L\xe4den", b"L%E4den", Quirk.RAW_BYTES)

    def test_a6(self) -> None:
        """A6: a colon is part of an identity."""
        self.assert_claim(b"/A:B", b"A:B", b"A:B")

    def test_short(self) -> None:
        """J-04: one character is an identity."""
        self.assert_claim(b"/1", b"1", b"1")

    def test_a7(self) -> None:
        """A7: long identities are accepted, up to 255 decoded bytes."""
        self.assertEqual(self.claim(b"/" + b"x" * 64).identity, b"x" * 64)
        self.assertEqual(len(self.claim(b"/" + b"%41" * IDENTITY_LIMIT).identity), 255)
        self.assertIsNone(read_identity(b"/" + b"x" * 256))

    def test_a8_empty(self) -> None:
        """A8: no segment that is not empty, no identity."""
        for target in (b"", b"/", b"//", b"?x", b"/?CP001", b"*", b"ws://edge.lan", b"ws://edge.lan/", b"http://h?x"):
            self.assertIsNone(read_identity(target), target)

    def test_a8_control(self) -> None:
        """A8: NUL and control characters, encoded or not, C1 included, are in no identity."""
        for target in (b"/%00", b"/CP%00", b"/a%0Ab", b"/CP%7f", b"/\x1b", b"/a\tb", b"/CP%C2%85", b"/CP\xc2\x9f"):
            self.assertIsNone(read_identity(target), target)

    def test_a8_ocpp(self) -> None:
        """A8: `/ocpp/` claims `ocpp` with a trailing slash, which the policy admits only if it is known."""
        self.assertTrue(self.assert_claim(b"/ocpp/", b"ocpp", b"ocpp", Quirk.TRAILING_SLASH).trailing_slash)

    def test_a11(self) -> None:
        """A11: a query is dropped, slashes in it included."""
        self.assert_claim(b"/ocpp/CP001?x=1&y=/a/b?c", b"CP001", b"CP001", Quirk.QUERY)

    def test_a12_dots(self) -> None:
        """A12: `.` and `..`, encoded or not, alone or between encoded slashes, are no identity."""
        for target in (b"/.", b"/..", b"/a/..", b"/%2e%2e", b"/%2E.", b"/.%2e/", b"/..%2Fadmin", b"/a%2F%2e%2e%2Fb"):
            self.assertIsNone(read_identity(target), target)
        self.assertIsNone(read_identity(b"/..%5Cadmin"))

    def test_a12_decoded_once(self) -> None:
        """A12: `%252e` is decoded once, and three dots are a name like any other."""
        self.assert_claim(b"/%252e%252e", b"%2e%2e", b"%252e%252e")
        self.assert_claim(b"/...", b"...", b"...")

    def test_a12_prefix(self) -> None:
        """A12: dots before the identity never go up, and don't matter."""
        self.assert_claim(b"/a/../CP", b"CP", b"CP")

    def test_q16(self) -> None:
        """Q16: identities may hold `-`, `_`, `;` and a literal space."""
        self.assert_claim(b"/CP-1_2;3", b"CP-1_2;3", b"CP-1_2;3")
        self.assert_claim(b"/ocpp/RDAM 123", b"RDAM 123", b"RDAM%20123", Quirk.LITERAL_SPACE)

    def test_q15(self) -> None:
        """Q15: `RDAM%7C123` is decoded for matching and goes up as received; a raw bar is encoded."""
        self.assert_claim(b"/RDAM%7C123", b"RDAM|123", b"RDAM%7C123")
        self.assert_claim(b"/RDAM|123", b"RDAM|123", b"RDAM%7C123", Quirk.RAW_CHARACTERS)

    def test_q17_slashes(self) -> None:
        """Q17: double and triple slashes before the identity are accepted."""
        self.assertEqual(self.assert_claim(b"//CP001", b"CP001", b"CP001", Quirk.DOUBLE_SLASH).prefix, b"//")
        self.assert_claim(b"///charger", b"charger", b"charger", Quirk.DOUBLE_SLASH)
        self.assert_claim(b"/ocpp//CP001", b"CP001", b"CP001", Quirk.DOUBLE_SLASH)

    def test_q17_trailing_slash(self) -> None:
        """Q17: with trailing slashes the segment before them is claimed, and said so."""
        for target in (b"/CP001/", b"/CP001//"):
            self.assertTrue(self.assert_claim(target, b"CP001", b"CP001", Quirk.TRAILING_SLASH).trailing_slash)

    def test_q17_full_url(self) -> None:
        """Q17: of a whole URL sent as path the last segment counts, whatever stands before it."""
        target = b"/ws://192.168.1.2:9000/CP_1/SERIAL"
        claim = self.assert_claim(target, b"SERIAL", b"SERIAL", Quirk.FULL_URL_IN_PATH)
        self.assertEqual(claim.prefix, b"/ws://192.168.1.2:9000/CP_1/")
        self.assert_claim(b"/WSS:/h/CP", b"CP", b"CP", Quirk.FULL_URL_IN_PATH)

    def test_q17_full_url_without_identity(self) -> None:
        """Q17: the host of a URL sent as path is nobody's identity."""
        for target in (
            b"/ws://192.168.1.2:9000",
            b"/ws://192.168.1.2:9000/",
            b"/http:/h",
            b"/wss://",
            b"ws://a/ws://b",
        ):
            self.assertIsNone(read_identity(target), target)

    def test_absolute(self) -> None:
        """An absolute target loses scheme and authority, brackets that no URL parser takes included."""
        self.assert_claim(b"ws://user:pw@edge.lan:80/x/CP", b"CP", b"CP", Quirk.ABSOLUTE_TARGET)
        self.assert_claim(b"ws://[x/CP", b"CP", b"CP", Quirk.ABSOLUTE_TARGET)

    def test_no_leading_slash(self) -> None:
        """A path without its slash is accepted."""
        claim = self.assert_claim(b"CP001", b"CP001", b"CP001", Quirk.NO_LEADING_SLASH)
        self.assertEqual(claim.prefix, b"")

    def test_hash(self) -> None:
        """A raw `#` is part of the identity: there are no fragments in a request target."""
        self.assert_claim(b"/CP#1", b"CP#1", b"CP%231", Quirk.HASH)

    def test_stray_percent(self) -> None:
        """A percent sign that is no escape is literal, and encoded so that the uplink decodes the same bytes."""
        self.assert_claim(b"/100%", b"100%", b"100%25", Quirk.STRAY_PERCENT)
        self.assert_claim(b"/a%zz%4%41", b"a%zz%4A", b"a%25zz%254%41", Quirk.STRAY_PERCENT)

    def test_repr(self) -> None:
        """An identity is a secret without Basic auth: no repr shows it."""
        text = repr(self.claim(b"/SECRET/SECRET%20"))
        self.assertNotIn("SECRET", text)

    @given(TARGETS)
    def test_any_target(self, target: bytes) -> None:
        """Any target gives a claim whose segment is safe in a URL and decodes to the identity, or none."""
        claim = read_identity(target)
        if claim is None:
            return
        self.assertEqual(unquote_to_bytes(claim.segment), claim.identity)
        self.assertTrue(PCHAR.issuperset(claim.segment))
        self.assertTrue(0 < len(claim.identity) <= IDENTITY_LIMIT)
        self.assertTrue(target_path(target).startswith(claim.prefix))

    @given(st.one_of(TARGETS, USUAL))
    def test_usual(self, target: bytes) -> None:
        """The short way for targets in which nothing is odd reads the same as the long one."""
        self.assertEqual(read_identity(target), _read_odd(target))

    def test_usual_limits(self) -> None:
        """It has the same limits: length, and path tricks."""
        for segment in (b"", b".", b"..", b"...", b"x" * IDENTITY_LIMIT, b"x" * (IDENTITY_LIMIT + 1)):
            for prefix in (b"/", b"/ocpp/", b"/../", b"//"):
                self.assertEqual(read_identity(prefix + segment), _read_odd(prefix + segment))

    @given(TARGETS)
    def test_stable(self, target: bytes) -> None:
        """A segment read again is the same claim: a second Edge behind this one sees the same identity."""
        claim = read_identity(target)
        if claim is None:
            return
        again = self.claim(b"/" + claim.segment)
        self.assertEqual((again.segment, again.identity), (claim.segment, claim.identity))

    @given(st.binary(min_size=1, max_size=IDENTITY_LIMIT))
    def test_encoded(self, identity: bytes) -> None:
        """An identity with every byte percent-encoded is read back, unless it is one that is refused."""
        claim = read_identity(b"/" + b"".join(b"%%%02X" % byte for byte in identity))
        self.assertIn(claim and claim.identity, (identity, None))


class TargetPathTests(SynchronousTestCase):
    """The path of a target."""

    def test_path(self) -> None:
        """Scheme, authority and query go; the rest stays as received."""
        self.assertEqual(target_path(b"/root.pem?x=/y"), b"/root.pem")
        self.assertEqual(target_path(b"http://edge.lan:80/a%20b"), b"/a%20b")
        self.assertEqual(target_path(b"*"), b"*")
