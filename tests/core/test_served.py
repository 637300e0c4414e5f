"""Tests for `edge_twisted.core.served`."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.served import ServedWatch


class ServedWatchTests(SynchronousTestCase):
    """'A CALL of the charger got a CALLRESULT; the central system sent a CALL' (design section 1, 'served')."""

    def setUp(self) -> None:
        """A session that is not served yet."""
        self.watch = ServedWatch()

    def boot(self, answer: bytes) -> str:
        """A BootNotification and its answer."""
        self.watch.from_charger(b'[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
        return self.watch.from_central(answer)

    def test_result(self) -> None:
        """'A CALL of the charger got a CALLRESULT'."""
        self.assertEqual(self.watch.from_charger(b'[2,"1","Heartbeat",{}]'), "")
        self.assertEqual(self.watch.from_central(b'[3,"1",{"currentTime":"2026-01-01T00:00:00Z"}]'), "result")

    def test_null_result(self) -> None:
        """E3: an answer with a null payload is a CALLRESULT."""
        self.watch.from_charger(b'[2,"1","StatusNotification",{}]')
        self.assertEqual(self.watch.from_central(b'[3,"1",null]'), "result")

    def test_boot_accepted_or_pending(self) -> None:
        """'BootNotification: Accepted or Pending'."""
        for status in (b"Accepted", b"Pending"):
            self.assertEqual(self.boot(b'[3,"b",{"status":"%s","interval":1e999}]' % status), "result")

    def test_boot_rejected(self) -> None:
        """'BootNotification: Accepted or Pending': Rejected does not serve, nor does an answer without a status."""
        for payload in (b'{"status":"Rejected"}', b"{}", b"null", b'{"status":["Accepted"]}', b'{"status":null}'):
            self.assertEqual(self.boot(b'[3,"b",%s]' % payload), "")

    def test_rejected_answer_is_used_up(self) -> None:
        """A second answer with the id of one that did not serve has no call to answer."""
        self.boot(b'[3,"b",{"status":"Rejected"}]')
        self.assertEqual(self.watch.from_central(b'[3,"b",{"status":"Accepted"}]'), "")

    def test_call_of_central(self) -> None:
        """'The central system sent a CALL'."""
        self.assertEqual(self.watch.from_central(b'[2,"x","TriggerMessage",{"requestedMessage":"Heartbeat"}]'), "call")

    def test_call_error(self) -> None:
        """J-27: a CALLERROR does not serve; 'before Accepted' every other call gets SecurityError."""
        self.watch.from_charger(b'[2,"1","Heartbeat",{}]')
        self.assertEqual(self.watch.from_central(b'[4,"1","SecurityError","",{}]'), "")
        self.assertEqual(self.watch.from_central(b'[3,"1",{}]'), "")

    def test_unknown_id(self) -> None:
        """Q33: an answer with an unknown id does not serve."""
        self.watch.from_charger(b'[2,"1","Heartbeat",{}]')
        self.assertEqual(self.watch.from_central(b'[3,"2",{}]'), "")
        self.assertEqual(self.watch.from_central(b'[3,"1",{}]'), "result")

    def test_charger_cannot_serve_itself(self) -> None:
        """'The central system is the judge': nothing the charger sends serves, and no echo of its answers does."""
        for text in (b'[2,"1","Heartbeat",{}]', b'[3,"1",{}]', b'[3,"9",{}]', b'[4,"1","X","",{}]', b"x"):
            self.assertEqual(self.watch.from_charger(text), "")
        self.assertEqual(self.watch.from_central(b'[3,"9",{}]'), "")

    def test_same_id_from_both(self) -> None:
        """E11: an id used again stands for the newer call."""
        self.watch.from_charger(b'[2,"b","Heartbeat",{}]')
        self.assertEqual(self.boot(b'[3,"b",{"status":"Rejected"}]'), "")

    def test_unreadable(self) -> None:
        """J-23, E7: unknown types and broken text serve nothing."""
        self.watch.from_charger(b'[2,"1","Heartbeat",{}]')
        for text in (b"", b"[", b'[5,"1",{}]', b'[6,"1","X",{}]', b"{}", b"\xff"):
            self.assertEqual(self.watch.from_central(text), "")

    def test_bounded(self) -> None:
        """64 open calls are remembered, the oldest makes room."""
        for number in range(65):
            self.watch.from_charger(b'[2,"%d","Heartbeat",{}]' % number)
        self.assertEqual(self.watch.from_central(b'[3,"0",{}]'), "")
        self.assertEqual(self.watch.from_central(b'[3,"1",{}]'), "result")

    @given(st.lists(st.tuples(st.booleans(), st.binary(max_size=30)), max_size=20))
    def test_never_raises(self, messages: list[tuple[bool, bytes]]) -> None:
        """Whatever passes, the answer is one of the three words."""
        watch = ServedWatch()
        for from_charger, data in messages:
            look = watch.from_charger if from_charger else watch.from_central
            self.assertIn(look(data), ("", "call", "result"))
