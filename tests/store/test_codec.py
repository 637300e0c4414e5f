"""Tests of `edge_twisted.store.codec`."""

import math
from typing import get_type_hints

import msgspec
from attrs import evolve, fields
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.record import Binding, Detected, Entered, KeyChange, Place, Record, Window
from edge_twisted.store.codec import Undecodable, Unencodable, decode_record, encode_record

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def _made(kind: type) -> st.SearchStrategy[object]:
    """Values of a type of ours, from its annotations."""
    known: dict[object, st.SearchStrategy[object]] = {
        float: FINITE,
        str: TEXT,
        int: st.integers(),
    }
    for inner in (Credentials, Endpoint, Trust, Place, Detected, Entered, Window, Binding, KeyChange, Record):
        hints = get_type_hints(inner)
        known[inner] = st.builds(inner, **{f.name: _of(hints[f.name], known) for f in fields(inner)})
    return known[kind]


def _of(hint: object, known: dict[object, st.SearchStrategy[object]]) -> st.SearchStrategy[object]:
    if hint in known:
        return known[hint]
    arguments: tuple[object, ...] = getattr(hint, "__args__", ())
    if ... in arguments:
        return st.lists(_of(arguments[0], known), max_size=3).map(tuple)
    if arguments:
        return st.one_of([_of(argument, known) for argument in arguments])
    return st.from_type(hint)  # type: ignore[arg-type]  # bool, bytes, NoneType


class RecordTests(SynchronousTestCase):
    """`encode_record` and `decode_record`."""

    @given(_made(Record))
    @settings(deadline=None)
    def test_round_trip(self, record: Record) -> None:
        """D2: a record with any values comes back equal, types included."""
        self.assertEqual(decode_record(encode_record(record)), record)

    def test_bytes(self) -> None:
        """D2: an identity of any bytes and a password with NUL, colon, CR, LF and bad UTF-8 survive."""
        every = bytes(range(256))
        record = Record(every, "id", own=Credentials(b"a:\xff", b"\0:\r\n\xff" + every), shown=Credentials(b"", b""))
        self.assertEqual(decode_record(encode_record(record)), record)

    def test_newer(self) -> None:
        """Fields that a newer version wrote are passed over, at every depth."""
        record = Record(b"CP", "id", endpoint=Endpoint(True, "h", 443), places=(Place("10.0.0.1", 3.0),))
        content = msgspec.json.decode(encode_record(record))
        content["later"] = {"a": [1]}
        content["endpoint"]["later"] = content["places"][0]["later"] = None
        self.assertEqual(decode_record(msgspec.json.encode(content)), record)

    def test_older(self) -> None:
        """Fields that an older version did not write have their defaults."""
        self.assertEqual(decode_record(b'{"identity":"Q1A=","id":"x"}'), Record(b"CP", "x"))

    def test_stays(self) -> None:
        """What version 0.1.0 wrote is still read: names and forms of the fields are fixed."""
        data = (
            b'{"identity":"Q1A=","id":"x","approved":true,"endpoint":{"secure":true,"host":"h","port":443,"path":"/p"},'
            b'"trust":{"system":false,"roots":["PEM"],"cn_fallback":true,"pins":["AAE="]},'
            b'"entered":{"credentials":{"user":"Q1A=","password":"AP8="},"scheme":"wss","host":"h","port":443,"at":1.5},'
            b'"pending":{"text":"ab","at":2.0,"first":false},"leg_secure":false,'
            b'"places":[{"address":"10.0.0.1","seconds":3.0}]}'
        )
        self.assertEqual(
            decode_record(data),
            Record(
                b"CP",
                "x",
                approved=True,
                endpoint=Endpoint(True, "h", 443, "/p"),
                trust=Trust(False, ("PEM",), True, (b"\0\1",)),
                entered=Entered(Credentials(b"CP", b"\0\xff"), "wss", "h", 443, 1.5),
                pending=KeyChange("ab", 2.0, False),
                leg_secure=False,
                places=(Place("10.0.0.1", 3.0),),
            ),
        )

    def test_unencodable(self) -> None:
        """What would not come back is refused before it is written, and the error does not repeat it."""
        record = Record(b"CP", "id")
        for broken in (
            evolve(record, last_served=math.nan),
            evolve(record, last_served=math.inf),
            evolve(record, pending=KeyChange("opensesame\ud800", 1.0)),
            evolve(record, last_address=7),  # type: ignore[arg-type]  # a mistake is what is tested
        ):
            error = self.assertRaises(Unencodable, encode_record, broken)
            self.assertNotIn("opensesame", f"{error}")
            self.assertIs(error.__context__, None)

    @given(st.one_of(st.binary(), st.just(b'{"identity":"opensesame!","id":"x"}'), st.just(b'{"id":"opensesame"}')))
    @settings(deadline=None)
    def test_undecodable(self, data: bytes) -> None:
        """Other bytes are refused, and the error does not repeat them."""
        error = self.assertRaises(Undecodable, decode_record, data)
        self.assertEqual(str(error), "not a record of this version")
        self.assertTrue(error.__suppress_context__)
