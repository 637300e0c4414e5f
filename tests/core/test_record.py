"""Tests of `edge_twisted.core.record`."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.record import PLACES, Binding, Detected, Entered, KeyChange, Place, Record, folded, stayed
from tests.scene import HERE, NOW, THERE, WSS, record_of, secret


class PlacesTests(SynchronousTestCase):
    """Where a charger was served, and for how long."""

    def test_longest_first(self) -> None:
        """The usual address is the one where it was served longest in all, not last."""
        record = record_of()
        self.assertEqual(record.usual_address, "")
        for address, seconds in ((HERE, 10), (THERE, 25), (HERE, 20)):
            record = stayed(record, address, seconds)
        self.assertEqual(record.places, (Place(HERE, 30), Place(THERE, 25)))
        self.assertEqual(record.usual_address, HERE)

    def test_first_of_equals(self) -> None:
        """Among equally long ones the earlier stays: nobody becomes the usual one by coming."""
        record = stayed(stayed(record_of(), HERE, 0), THERE, 0)
        self.assertEqual(record.usual_address, HERE)

    def test_bounded(self) -> None:
        """Of more than `PLACES` addresses the longest stay, and the newest even if it is the shortest."""
        record = record_of()
        for number in range(1, 3 * PLACES):
            record = stayed(record, f"10.0.0.{number}", 1000 - number)
            self.assertLessEqual(len(record.places), PLACES)
            self.assertIn(f"10.0.0.{number}", [place.address for place in record.places])
        self.assertEqual([place.address for place in record.places[: PLACES - 1]], [f"10.0.0.{n}" for n in range(1, 8)])
        self.assertEqual(stayed(record, "10.0.0.3", 0.0), record)
        again = stayed(record, "10.0.0.99", 5000)
        self.assertEqual((again.usual_address, len(again.places)), ("10.0.0.99", PLACES))


class RecordTests(SynchronousTestCase):
    """Records and their parts as values."""

    def test_was_served(self) -> None:
        """Served is who has a first time."""
        self.assertFalse(record_of().was_served)
        self.assertTrue(evolve(record_of(), first_served=NOW).was_served)

    def test_folded(self) -> None:
        """Identities are alike that differ at most in letter case, of any script; bytes that are no text stay apart."""
        self.assertEqual(folded(b"EVB-P1"), folded(b"evb-p1"))
        self.assertEqual(folded("LÄDEN".encode()), folded("läden".encode()))
        self.assertNotEqual(folded(b"EVB-P1"), folded(b"EVB P1"))
        self.assertNotEqual(folded(b"CP\xff"), folded(b"CP\xfe"))

    def test_origin(self) -> None:
        """S is bound to scheme, host and port, as an endpoint has them."""
        self.assertEqual(Entered(secret(b"S"), *WSS.origin, at=0).origin, WSS.origin)

    def test_binding(self) -> None:
        """A MAC binds where there is one, whatever the address; else the address does, whatever the MAC."""
        by_mac, by_address = Binding("02:aa", HERE), Binding("", HERE)
        self.assertEqual([by_mac.holds(THERE, "02:aa"), by_mac.holds(HERE, "02:bb"), by_mac.holds(HERE, "")], [1, 0, 0])
        self.assertEqual([by_address.holds(HERE, "02:bb"), by_address.holds(THERE, "")], [True, False])

    def test_key(self) -> None:
        """K5: what belongs on the wire are the bytes of hexadecimal digits, in any letter
        case, else the text itself.
        """
        for text, expected in (
            ("6b6579", b"key"),
            ("6B6579", b"key"),
            ("00ff0A", b"\x00\xff\n"),
            ("6b657", b"6b657"),
            ("Pässword", "Pässword".encode()),
            ("6b 65 79", b"6b 65 79"),
            ("٦١٦٢", "٦١٦٢".encode()),
        ):
            self.assertEqual(KeyChange(text, NOW).password, expected, text)

    def test_no_secret(self) -> None:
        """No repr of a record holds a secret or an identity."""
        record = evolve(
            record_of(b"CP001"),
            entered=Entered(secret(b"hush-s"), *WSS.origin, at=NOW),
            own=secret(b"hush-own"),
            detected=Detected(secret(b"hush-x"), NOW, HERE),
            pending=KeyChange("hush-k", NOW),
            shown=secret(b"hush-shown"),
        )
        for hidden in ("hush", "CP001"):
            self.assertNotIn(hidden, repr(record))

    def test_defaults(self) -> None:
        """A new record allows nothing, demands nothing and knows nothing."""
        record = Record(b"CP", "id")
        for name in ("approved", "blocked", "wss_only", "entered", "own", "no_password", "detected", "pending"):
            self.assertFalse(getattr(record, name), name)
