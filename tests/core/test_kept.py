"""Tests of `edge_twisted.core.kept`: nothing secret is kept of a message."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.kept import TEXT_MOST, kept, without_identity

SECRET = "hunter-4711"


def call(action: str, payload: Any) -> str:
    """A call as text."""
    return json.dumps([2, "1", action, payload])


class KeptTests(SynchronousTestCase):
    """`kept`."""

    def test_as_it_came(self) -> None:
        """A message without secrets stands as it came, odd spelling included."""
        for text in (
            '[2,"a","DataTransfer",{ "vendorId" : "x","data":"1.00 1e3" }]',
            '[2, "b","Heartbeat",{}]',
            "junk",
        ):
            self.assertEqual(kept(text, b"CP001"), text)

    def test_key(self) -> None:
        """The AuthorizationKey is hidden, as in every other place."""
        for key in ("AuthorizationKey", "authorizationkey"):
            self.assertNotIn(SECRET, kept(call("ChangeConfiguration", {"key": key, "value": SECRET})))

    def test_other_secrets(self) -> None:
        """Values that belong to names such as WifiPassword are hidden, also in JSON within JSON."""
        for payload in (
            {"key": "WifiPassword", "value": SECRET},
            {"configurationKey": [{"key": "SimPin", "readonly": False, "value": SECRET}]},
            {"vendorId": "x", "data": json.dumps({"password": SECRET, "deeper": {"ApiKey": [SECRET]}})},
            {"login": {"user": "u", "passwd": SECRET}},
        ):
            found = kept(call("X", payload))
            self.assertNotIn(SECRET, found)
            json.loads(found)

    def test_login_in_a_url(self) -> None:
        """User and password in the address of diagnostics or firmware are hidden, the address is not."""
        found = kept(call("GetDiagnostics", {"location": f"ftp://user:{SECRET}@ftp.example.net/logs"}))
        self.assertNotIn(SECRET, found)
        self.assertIn("@ftp.example.net/logs", found)

    def test_broken(self) -> None:
        """What is no JSON shows nothing behind a word that names a secret."""
        self.assertNotIn(SECRET, kept(f'[2,"1","X",{{"password":"{SECRET}"'))

    def test_cards(self) -> None:
        """Of a card the last three characters are kept, of a short one fewer; wherever it stands."""
        self.assertIn('"idTag":"…E5F"', kept('[2,"1","Authorize",{"idTag":"04A2B3C4D5E5F"}]'))
        for text in (
            '[2,"1","StartTransaction",{"idTag" : "04A2B3C4D5E5F","connectorId":1}]',
            '[3,"1",{"idTagInfo":{"parentIdTag":"04A2B3C4D5E5F","status":"Accepted"}}]',
            '[2,"1","SendLocalList",{"localAuthorizationList":[{"idTag":"04A2B3C4D5E5F"}]}]',
            '[2,"1","Authorize",{"idTag":"\\"04A2B3C4D5E5F"}]',
            '[2,"1","Authorize",{"idTag":"04A2B3C4D5E5F\\"04A2B3C4D5E5F"}]',
            '[2,"1","Authorize",{"idTag":40123456}]',
            '[2,"1","DataTransfer",{"data":"{\\"idTag\\":\\"04A2B3C4D5E5F\\"}"}]',
        ):
            found = kept(text)
            self.assertNotIn("04A2B", found, text)
            self.assertNotIn("40123", found, text)
            json.loads(found)
        self.assertIn('"idTag":"…"', kept('[2,"1","Authorize",{"idTag":"AB"}]'))

    def test_identity(self) -> None:
        """An identity that is its charger's only secret is shortened, however it is written; else it stands."""
        for form in ("EVB-P123456", "evb-p123456", "ftp://h/EVB-P123456.log"):
            self.assertNotIn("P123456", kept(f'[2,"1","X",{{"a":"{form}"}}]', b"EVB-P123456").upper())
        self.assertIn("EVB-P123456", kept('[2,"1","X",{"a":"EVB-P123456"}]'))
        self.assertNotIn("den", without_identity("L\\u00e4den-4 Läden-4 L%C3%A4den-4", "Läden-4".encode()))

    def test_identity_of_digits(self) -> None:
        """An identity of digits is hidden where it stands alone, and not within other figures."""
        found = kept('[2,"1","X",{"serial":"12345","at":"0123456"}]', b"12345")
        self.assertEqual(found, '[2,"1","X",{"serial":"1…","at":"0123456"}]')

    def test_long(self) -> None:
        """A long message is cut after it was redacted."""
        found = kept(call("X", {"a": "x" * TEXT_MOST, "password": SECRET}))
        self.assertEqual(len(found), TEXT_MOST)
        self.assertTrue(found.endswith("…"))
        self.assertNotIn(SECRET, found)

    @given(st.text(max_size=200), st.binary(max_size=20))
    def test_any_text(self, text: str, identity: bytes) -> None:
        """Whatever a message is, nothing raises."""
        kept(text, identity)
        kept(f'[2,"1","X",{{"idTag":"{text}","password":"{text}"}}]', identity)

    @given(
        st.recursive(
            st.just(SECRET) | st.integers() | st.none(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["a", "key", "data", "password"]), inner, max_size=3)
            ),
        )
    )
    def test_any_place(self, value: object) -> None:
        """A text under the name `password` is hidden, however deep it stands."""
        self.assertNotIn(SECRET, kept(call("X", {"password": value, "b": {"password": SECRET}})))
