"""Tests for `edge_twisted.core.messages`."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.messages import Call, CallError, CallResult, Unreadable, fields, parse, parse_beginning

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


class ParseTests(SynchronousTestCase):
    """'OCPP-J text -> Call, CallResult, CallError, Unreadable; the text itself is never changed' (design section 2)."""

    def payload(self, text: bytes | str) -> bytes:
        """The payload of a message as bytes."""
        message = parse(text)
        assert isinstance(message, (Call, CallResult))
        return bytes(message.payload)

    def test_three_types(self) -> None:
        """J-20: CALL, CALLRESULT and CALLERROR with their elements."""
        call = parse(b'[2,"1","Heartbeat",{}]')
        assert isinstance(call, Call)
        self.assertEqual((call.id, call.action, bytes(call.payload)), ("1", "Heartbeat", b"{}"))
        result = parse(b'[3,"1",{"a":1}]')
        assert isinstance(result, CallResult)
        self.assertEqual((result.id, bytes(result.payload)), ("1", b'{"a":1}'))
        error = parse('[4,"1","OccurenceConstraintViolation","é",{"a":[]}]')
        assert isinstance(error, CallError)
        self.assertEqual((error.id, error.code, error.description), ("1", "OccurenceConstraintViolation", "é"))
        self.assertEqual(bytes(error.details), b'{"a":[]}')

    def test_octets(self) -> None:
        """E2: '`1.00`, `1e3`, `\\u00e9`, duplicate keys, odd whitespace: octet-identical', in the payload too."""
        payload = b'{ "a" : 1.00, "b":1e3,"c":"\\u00e9", "a":2 }'
        self.assertEqual(self.payload(b' [2, "1" ,"X", ' + payload + b" ] "), payload)

    def test_null_payload(self) -> None:
        """E3, J-24: inspection survives `null`."""
        result = parse(b'[3,"1",null]')
        assert isinstance(result, CallResult)
        self.assertEqual(fields(result.payload), {})

    def test_missing_payload(self) -> None:
        """A message that ends early is read as far as it goes, one with surplus elements too."""
        self.assertEqual(self.payload(b'[2,"1","Heartbeat"]'), b"{}")
        self.assertEqual(self.payload(b'[3,"1"]'), b"{}")
        self.assertEqual(self.payload(b'[3,"1",{},5]'), b"{}")
        self.assertEqual(getattr(parse(b'[4,"1"]'), "code", None), "")
        self.assertEqual(getattr(parse(b'[4,"1",null,null,null]'), "description", None), "")

    def test_unknown_types(self) -> None:
        """E4, J-23: message types 5, 6 and 9 are no error of the relay's, only unreadable."""
        for text in (b'[5,"1","X",{}]', b'[6,"1"]', b"[9,{}]", b'["2","1","X",{}]', b'[2.0,"1","X",{}]', b"[null]"):
            self.assertEqual(parse(text), Unreadable("type"))

    def test_ids(self) -> None:
        """E6: ids of 36 and of 40 characters are read; J-22 allows 36, memory 255."""
        for length in (0, 36, 40, 255):
            self.assertEqual(getattr(parse(b'[3,"%s",{}]' % (b"x" * length)), "id", None), "x" * length)
        self.assertEqual(parse(b'[3,"%s",{}]' % (b"x" * 256)), Unreadable("id"))

    def test_id_that_is_a_number(self) -> None:
        """An id that is a whole number stands as its digits; any other id that is no string is not read."""
        self.assertEqual(getattr(parse(b"[3,17,{}]"), "id", None), "17")
        for text in (b"[3,1.5,{}]", b"[3,null,{}]", b'[3,["1"],{}]', b"[3,{},{}]", b"[3,true,{}]"):
            self.assertEqual(parse(text), Unreadable("shape"))
        self.assertIsInstance(parse(b"[3,%s,{}]" % (b"9" * 10_000)), Unreadable)

    def test_no_messages(self) -> None:
        """E7: what is no OCPP-J message says so, and why."""
        for text in (b"[]", b"{}", b"7", b"null", b'"x"', b'[2,"1"]', b'[2,"1",5,{}]', b"[2]"):
            self.assertEqual(parse(text), Unreadable("shape"))
        for text in (b"", b"hello", b'[2,"1","X",{}', b'[2,"1","X",{}]]', b'\xef\xbb\xbf[3,"1",{}]', b'[3,"\xff",{}]'):
            self.assertEqual(parse(text), Unreadable("json"))
        self.assertEqual(parse('[3,"\ud800",{}]'), Unreadable("json"))

    def test_nesting(self) -> None:
        """A megabyte of brackets is unreadable, not an exception."""
        self.assertEqual(parse(b'[2,"1","X",' + b"[" * 500_000 + b"]" * 500_000 + b"]"), Unreadable("depth"))
        self.assertIsInstance(parse(b"[" * 1_000_000), Unreadable)
        self.assertIsInstance(parse(b'{"a":' * 200_000), Unreadable)

    def test_big_numbers(self) -> None:
        """Numbers beyond any machine word stay what they are."""
        payload = b'{"a":%s,"b":1e999,"c":-0.000}' % (b"9" * 5000)
        self.assertEqual(self.payload(b'[3,"1",' + payload + b"]"), payload)

    def test_secrets_stay_out_of_repr(self) -> None:
        """No payload and no description appears in a repr: both can hold a key."""
        for text in (b'[2,"1","X",{"v":"SECRET"}]', b'[3,"1",{"v":"SECRET"}]', b'[4,"1","X","SECRET",{"v":"SECRET"}]'):
            self.assertNotIn("SECRET", repr(parse(text)))

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """Any bytes give a value, never an exception."""
        self.assertIsInstance(parse(data), (Call, CallResult, CallError, Unreadable))

    @given(st.lists(JSON, max_size=6))
    def test_any_array(self, elements: list[object]) -> None:
        """Any JSON array gives a value, never an exception."""
        self.assertIsInstance(parse(json.dumps(elements)), (Call, CallResult, CallError, Unreadable))

    @given(st.text(max_size=36), st.text(max_size=50), JSON, st.booleans())
    def test_round_trip(self, identity: str, action: str, payload: object, ascii_only: bool) -> None:
        """Every well-formed CALL is read, its payload cut out octet for octet, from bytes and from text."""
        inner = json.dumps(payload, ensure_ascii=ascii_only)
        text = f"[2, {json.dumps(identity)},{json.dumps(action)},{inner}]"
        for given_as in (text, text.encode()):
            call = parse(given_as)
            assert isinstance(call, Call)
            self.assertEqual((call.id, call.action, bytes(call.payload)), (identity, action, inner.encode()))


class FieldsTests(SynchronousTestCase):
    """Payloads as members, however odd."""

    def test_members(self) -> None:
        """The members of an object; of two with the same name the last."""
        self.assertEqual(fields(msgspec.Raw(b'{"a":1,"b":[null],"a":2}')), {"a": 2, "b": [None]})

    def test_not_an_object(self) -> None:
        """J-24: anything else has none."""
        for payload in (b"null", b"[]", b'"x"', b"5", b'{"a":"\xff"}', b"", b'{"a":' + b"[" * 100_000):
            self.assertEqual(fields(msgspec.Raw(payload)), {})

    def test_lenient(self) -> None:
        """A number beyond a double or a lone surrogate elsewhere does not hide the status."""
        for other in (b"1e999", b'"\\ud800"'):
            self.assertEqual(fields(msgspec.Raw(b'{"status":"Accepted","x":%s}' % other))["status"], "Accepted")

    @given(st.binary(max_size=100))
    def test_never_raises(self, data: bytes) -> None:
        """Any bytes give members or none."""
        self.assertIsInstance(fields(msgspec.Raw(data)), dict)


class BeginningTests(SynchronousTestCase):
    """What the beginning of a long message tells."""

    def test_alike(self) -> None:
        """It tells what the whole message would: what it is, its id, action or code."""
        for text in (
            '[2,"a","DataTransfer",{"data":"x',
            ' [ 2 , "a" , "DataTransfer" , {"data":"x',
            '[3,"a",{"data":"x',
            '[4,"a","GenericError","too bad',
        ):
            found, whole = parse_beginning(text.encode()), parse(text + ('"]' if text.startswith("[4") else '"}]'))
            self.assertIs(type(found), type(whole), text)
            for name in ("id", "action", "code"):
                self.assertEqual(getattr(found, name, None), getattr(whole, name, None), text)

    def test_none(self) -> None:
        """What is none of the three can't be read."""
        for text in (b"", b"{", b"[5,1", b'[2,"a",{', b'[2,"' + b"x" * 300, b"\xff\xfe"):
            self.assertIsInstance(parse_beginning(text), Unreadable, text)

    @given(st.binary(max_size=60))
    def test_any_octets(self, data: bytes) -> None:
        """Whatever it is, nothing raises."""
        parse_beginning(data)
        parse_beginning(b'[2,"a",' + data)
