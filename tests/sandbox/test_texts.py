"""What a message is told apart by, and what of it is shown."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.texts import HIDDEN, label_of, shown

SECRET = "0123456789abcdef0123456789abcdef01234567"


class LabelTests(SynchronousTestCase):
    """`label_of`."""

    def test_kinds(self) -> None:
        """Requests have their action, answers their kind, anything else nothing but a digest."""
        for text, kind, id, action in (
            ('[2,"a","Heartbeat",{}]', "2", "a", "Heartbeat"),
            ('[3,"a",{}]', "3", "a", "result"),
            ('[4,"a","GenericError","",{}]', "4", "a", "error"),
        ):
            label = label_of(text)
            self.assertEqual((label.kind, label.id, label.action), (kind, id, action))
        self.assertEqual(len({label_of(text) for text in ("[2]", "", "{}", "[" * 100_000, '[2,1,"x",{}]')}), 5)

    def test_action(self) -> None:
        """A message is the same whatever became of its action on the way."""
        self.assertEqual(label_of('[2,"a","Heartbeat",{}]'), label_of('[2,"a","heartbeat",{}]'))
        self.assertNotEqual(label_of('[2,"a","Heartbeat",{}]'), label_of('[3,"a",{}]'))

    @given(st.text())
    def test_anything(self, text: str) -> None:
        """Nothing is too strange for a label, nor to be shown, unless it names the key and is no message."""
        label_of(text)
        self.assertEqual(shown(text), HIDDEN if "authorizationkey" in text.lower() else text)


class ShownTests(SynchronousTestCase):
    """S-43: passwords on their way are not shown."""

    def test_hidden(self) -> None:
        """The value of an AuthorizationKey is hidden, in requests and answers (J-65), in whatever case."""
        for body in (
            [2, "a", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET}],
            [2, "a", "ChangeConfiguration", {"key": "AUTHORIZATIONKEY", "value": SECRET}],
            [3, "a", {"configurationKey": [{"key": "authorizationKey", "readonly": False, "value": SECRET}]}],
        ):
            text = shown(json.dumps(body))
            self.assertNotIn(SECRET, text)
            self.assertIn(HIDDEN, text)

    def test_escaped(self) -> None:
        """JSON's escapes hide the key's name from nobody."""
        text = f'[2,"a","ChangeConfiguration",{{"key":"\\u0041uthorizationKey","value":"{SECRET}"}}]'
        self.assertNotIn(SECRET, shown(text))
        other = '[2,"a","ChangeConfiguration",{"key":"\\u0041","value":"1"}]'
        self.assertEqual(shown(other), other)

    def test_broken(self) -> None:
        """What names the key and can't be read as a message is hidden as a whole."""
        self.assertEqual(shown(f'[2,"a","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"'), HIDDEN)
        self.assertEqual(shown(f'[2,"a","ChangeConfiguration",["AuthorizationKey","{SECRET}"]]'), HIDDEN)

    def test_others(self) -> None:
        """Everything else is shown letter by letter, and so is a message that only names the key."""
        for text in (
            '[2,"a","ChangeConfiguration",{ "key":"HeartbeatInterval","value":"60"}]',
            '[2,"a","GetConfiguration",{"key":["AuthorizationKey"]}]',
            '[3,"a",{"unknownKey":["AuthorizationKey"]}]',
        ):
            self.assertEqual(shown(text), text)
