"""What is read of a `ChangeConfiguration`, and of the answer to it."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.configuring import OPEN, VALUE_MOST, Configuring, Setting, may_set, read_setting


def change(key: object, value: object, uid: object = "m1", action: str = "ChangeConfiguration") -> bytes:
    """A CALL of the central system."""
    return json.dumps([2, uid, action, {"key": key, "value": value}]).encode()


class ReadSettingTests(SynchronousTestCase):
    """`may_set` and `read_setting`."""

    def test_key(self) -> None:
        """K6: a password is recognised in any letter case."""
        for name in ("AuthorizationKey", "authorizationkey", "AUTHORIZATIONKEY"):
            message = change(name, "4F43")
            self.assertTrue(may_set(message))
            self.assertEqual(Setting("m1", key="4F43"), read_setting(message))

    def test_escaped(self) -> None:
        """So it is where JSON spells its letters otherwise."""
        message = change("AuthorizationKey", "4F43").replace(b"Auth", rb"\u0041uth")
        self.assertTrue(may_set(message))
        self.assertEqual(Setting("m1", key="4F43"), read_setting(message))

    def test_profile(self) -> None:
        """A security profile is one of three, as text or as a number."""
        for good in ("2", 2):
            self.assertEqual(Setting("m1", profile=2), read_setting(change("SecurityProfile", good)))
        for value in ("0", "4", "high", True, None, 2.0):
            self.assertIsNone(read_setting(change("SecurityProfile", value)))

    def test_others(self) -> None:
        """Nothing else is a setting; most of it is not even read."""
        for message in (
            change("HeartbeatInterval", "60"),
            change("AuthorizationKey", ""),
            change("AuthorizationKey", "a" * (VALUE_MOST + 1)),
            change("AuthorizationKey", None),
            change(["AuthorizationKey"], "4F43"),
            change("AuthorizationKey", "4F43", action="DataTransfer"),
            b'[3,"m1",{"status":"AuthorizationKey"}]',
            b'[4,"m1","AuthorizationKey","",{}]',
            b'{"AuthorizationKey":1}',
            b"AuthorizationKey",
        ):
            self.assertIsNone(read_setting(message), message)
        self.assertFalse(may_set(change("HeartbeatInterval", "60")))
        self.assertFalse(may_set(b'[3,"m1",{"status":"AuthorizationKey"}]'))

    def test_secret(self) -> None:
        """The password shows nowhere."""
        self.assertNotIn("4F43", repr(read_setting(change("AuthorizationKey", "4F43"))))

    @given(st.binary(max_size=200))
    def test_any_octets(self, data: bytes) -> None:
        """Whatever comes, nothing raises; and what is found was worth a look."""
        if read_setting(data) is not None:
            self.assertTrue(may_set(data))

    @given(st.text(max_size=20), st.text(max_size=20), st.booleans())
    def test_any_change(self, key: str, value: str, ascii_only: bool) -> None:
        """What is a setting is always worth a look."""
        message = json.dumps([2, "1", "ChangeConfiguration", {"key": key, "value": value}], ensure_ascii=ascii_only)
        data = message.encode("utf-8", "surrogatepass")
        if read_setting(data) is not None:
            self.assertTrue(may_set(data))


class ConfiguringTests(SynchronousTestCase):
    """Settings and their answers."""

    def setUp(self) -> None:
        self.configuring = Configuring()
        self.configuring.from_central(change("AuthorizationKey", "4F43"))

    def answer(self, text: str) -> tuple[bool, bool] | None:
        """What an answer comes to: taken, refused."""
        found = self.configuring.from_charger(text.encode())
        return None if found is None else (found.taken, found.refused)

    def test_answers(self) -> None:
        """K2, K3: what takes it, what refuses it, and what does neither."""
        for text, expected in (
            ('[3,"m1",{"status":"Accepted"}]', (True, False)),
            ('[3,"m1",{"status":"RebootRequired"}]', (True, False)),
            ('[3,"m1",{"status":"Rejected"}]', (False, True)),
            ('[3,"m1",{"status":"NotSupported"}]', (False, True)),
            ('[4,"m1","NotImplemented","",{}]', (False, True)),
            ('[3,"m1",{"status":"Perhaps"}]', (False, False)),
            ('[3,"m1",{}]', (False, False)),
            ('[3,"m1",{"status":["Accepted"]}]', (False, False)),
            ('[3,"m1",{"status":{}}]', (False, False)),
            ('[3,"m1",null]', (False, False)),
        ):
            self.configuring.from_central(change("AuthorizationKey", "4F43"))
            self.assertEqual((expected, 0), (self.answer(text), len(self.configuring)))

    def test_no_answer(self) -> None:
        """Nothing else is its answer."""
        for text in ('[3,"m2",{"status":"Rejected"}]', '[2,"m1","Heartbeat",{}]', "junk"):
            self.assertIsNone(self.answer(text))
        self.assertEqual(1, len(self.configuring))

    def test_bound(self) -> None:
        """A central system that never waits for answers is remembered so far only."""
        for number in range(OPEN * 2):
            self.configuring.from_central(change("AuthorizationKey", "4F43", uid=f"n{number}"))
        self.assertEqual(OPEN, len(self.configuring))
        self.assertIsNone(self.answer('[3,"m1",{"status":"Rejected"}]'))
        self.assertIsNotNone(self.answer(f'[3,"n{OPEN * 2 - 1}",{{"status":"Rejected"}}]'))
