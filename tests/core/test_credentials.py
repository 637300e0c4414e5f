"""Tests of Basic authentication as bytes (checklist D)."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import BrokenCredentials, Credentials, parse_basic, parse_token, same_password

KEY = bytes.fromhex("0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF")


class ParseTests(SynchronousTestCase):
    """`Authorization` to credentials, and back."""

    def test_d1(self) -> None:
        """D1: the vector AL1000 is read, and written identically (J-62)."""
        value = "Basic QUwxMDAwOgABAgMEBQYH////////////////"
        credentials = parse_basic(value.encode(), b"AL1000")
        self.assertEqual(credentials, Credentials(b"AL1000", KEY))
        self.assertEqual(credentials.header(), value)

    def test_d2(self) -> None:
        """D2: NUL, colon, CR, LF and bytes that are no UTF-8 stay those bytes (J-66)."""
        value = "Basic Q1AwMDE6AP86DQqAgcMoPX8QERITFBUWF6o="
        credentials = parse_basic(value.encode(), b"CP001")
        self.assertEqual(credentials.password.hex(), "00ff3a0d0a8081c3283d7f1011121314151617aa")
        self.assertEqual(credentials.header(), value)

    def test_d3(self) -> None:
        """D3: the first colon splits; the password may hold more (W-30, Q10)."""
        self.assertEqual(parse_token(base64.b64encode(b"CP:a:b:"), b"CP"), Credentials(b"CP", b"a:b:"))

    def test_d4(self) -> None:
        """D4: an identity that holds a colon is the user name as a whole."""
        self.assertEqual(parse_token(base64.b64encode(b"A:B:pw"), b"A:B"), Credentials(b"A:B", b"pw"))
        self.assertEqual(parse_token(base64.b64encode(b"A:B:pw"), b"A:C"), Credentials(b"A", b"B:pw"))
        self.assertEqual(parse_token(base64.b64encode(b"A:B"), b"A:B"), Credentials(b"A", b"B"))

    def test_d5(self) -> None:
        """D5: the scheme in any letter case, and padding that is missing, are accepted (Q13, W-31)."""
        for value in (b"basic QTpi", b"BASIC QTpi", b" Basic   QTpi "):
            self.assertEqual(parse_basic(value, b"A"), Credentials(b"A", b"b"))
        self.assertEqual(parse_basic(b"Basic QTpiYg", b"A"), Credentials(b"A", b"bb"))
        self.assertEqual(parse_basic(b"Basic QTpiYmI", b"A"), Credentials(b"A", b"bbb"))

    def test_d6(self) -> None:
        """D6: another scheme, broken base64 and no colon are each refused, without a word of what was shown."""
        for value, why in (
            (b"", "scheme"),
            (b"Bearer QTpi", "scheme"),
            (b"QTpi", "scheme"),
            (b"Basic QTp!", "base64"),
            (b"Basic QTpiY", "base64"),
            (b"Basic QTpi, Basic QTpi", "base64"),
            (b"Basic QT=pi", "base64"),
            (b"Basic \xff\xfe", "base64"),
            (b"Basic", "colon"),
            (b"Basic QUI=", "colon"),
        ):
            self.assertEqual(str(self.assertRaises(BrokenCredentials, parse_basic, value, b"A")), why, value)

    def test_d13(self) -> None:
        """D13: one password in UTF-8 and in Latin-1 is two passwords."""
        utf_8 = parse_basic(b"Basic Q1AwMDE6cMOkc3N3b3J0LXNpeHRlZW4=", b"CP001")
        latin_1 = parse_basic(b"Basic Q1AwMDE6cORzc3dvcnQtc2l4dGVlbg==", b"CP001")
        self.assertEqual(utf_8.password.decode(), latin_1.password.decode("latin-1"))
        self.assertNotEqual(utf_8.password, latin_1.password)

    def test_q12(self) -> None:
        """Q12: an empty user name and an empty password are values like any other."""
        self.assertEqual(parse_token(b"Og==", b"CP"), Credentials(b"", b""))
        self.assertEqual(parse_token(base64.b64encode(b"CP:"), b"CP"), Credentials(b"CP", b""))

    def test_repr(self) -> None:
        """D15: no repr shows the password, nor the user name, which mostly is the identity."""
        text = repr(Credentials(b"CP001", b"hunter2"))
        self.assertNotIn("CP001", text)
        self.assertNotIn("hunter2", text)

    @given(st.binary(max_size=40), st.binary(max_size=40))
    def test_round_trip(self, user: bytes, password: bytes) -> None:
        """What is written is read back, for every identity and every password."""
        if user.count(b":"):
            identity = user
        else:
            identity = b"CP"
        credentials = Credentials(user, password)
        self.assertEqual(parse_basic(credentials.header().encode(), identity), credentials)

    @given(st.binary(max_size=60), st.binary(max_size=10))
    def test_any_bytes(self, value: bytes, identity: bytes) -> None:
        """Any bytes are credentials or broken ones, and no other error."""
        for text in (value, b"Basic " + value, b"Basic " + base64.b64encode(value)):
            try:
                credentials = parse_basic(text, identity)
            except BrokenCredentials:
                continue
            self.assertEqual(parse_basic(credentials.header().encode(), credentials.user), credentials)


class SamePasswordTests(SynchronousTestCase):
    """The comparison of two passwords."""

    def test_equal(self) -> None:
        """Equal bytes are the same password, the empty one included."""
        self.assertTrue(same_password(KEY, KEY))
        self.assertTrue(same_password(b"", b""))

    def test_differs(self) -> None:
        """Other bytes are another password; so is a different letter case."""
        for one, other in ((b"a", b"b"), (b"a", b"A"), (b"", b"a"), (b"a", b""), (b"a", b"aa"), (KEY, KEY[:-1])):
            self.assertFalse(same_password(one, other), (one, other))

    def test_d12(self) -> None:
        """D12: the hexadecimal text of a password is that password, in any letter case and either way round (S-07)."""
        for text in (KEY.hex().encode(), KEY.hex().upper().encode()):
            self.assertTrue(same_password(text, KEY))
            self.assertTrue(same_password(KEY, text))
        self.assertFalse(same_password(KEY.hex().encode(), KEY[::-1]))

    @given(st.binary(max_size=20), st.binary(max_size=20))
    def test_symmetric(self, one: bytes, other: bytes) -> None:
        """It does not matter which of the two is the known one."""
        self.assertEqual(same_password(one, other), same_password(other, one))
