"""Tests of how a charger numbers and writes its messages."""

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.oddities import Oddities
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.framing import Call, Result

CALL = Call("1", "StatusNotification", {"status": "Available", "idTag": "A"})


class OdditiesTests(SynchronousTestCase):
    """Q33 to Q35, byte for byte."""

    def oddities(self, **quirks: Any) -> Oddities:
        """Make some."""
        return Oddities(Quirks(**quirks))

    def test_usual(self) -> None:
        """J-20, J-22: four elements, and ids of at most 36 characters that differ."""
        usual = self.oddities()
        self.assertEqual(json.loads(usual.text_of(CALL)), [2, "1", "StatusNotification", CALL.payload])
        ids = {usual.new_id() for _ in range(100)}
        self.assertEqual((len(ids), max(map(len, ids)) <= 36), (100, True))

    def test_small_ids(self) -> None:
        """Q34: a counter that begins anew with each connection."""
        odd = self.oddities(small_ids=True)
        self.assertEqual([odd.new_id(), odd.new_id()], ["1", "2"])
        odd.connected()
        self.assertEqual(odd.new_id(), "1")

    def test_duplicate_ids(self) -> None:
        """Q34: two requests in a row have the same id."""
        odd = self.oddities(duplicate_ids=True)
        self.assertEqual([odd.new_id() for _ in range(4)], ["1", "1", "2", "2"])

    def test_wrong_result_id(self) -> None:
        """Q33: each so many-th answer has another id."""
        odd = self.oddities(wrong_result_id_every=2)
        found = [json.loads(odd.text_of(Result("7", {})))[1] == "7" for _ in range(4)]
        self.assertEqual(found, [True, False, True, False])

    def test_truncated(self) -> None:
        """Q35: each so many-th message ends in the middle."""
        odd = self.oddities(truncated_json_every=2)
        texts = [odd.text_of(CALL) for _ in range(2)]
        self.assertEqual(texts[1], texts[0][: len(texts[0]) // 2])

    def test_cut_configuration(self) -> None:
        """Q35: the answer to GetConfiguration is cut, others are not."""
        odd = self.oddities(cut_configuration=True)
        text = odd.text_of(Result("1", {"configurationKey": [{"key": "A"}]}))
        self.assertEqual(text, '[3,"1",{"configurationKey":[{')
        self.assertEqual(odd.text_of(Result("1", {})), '[3,"1",{}]')

    def test_over_escaped(self) -> None:
        """Q35: a card's number within quotes within quotes."""
        text = self.oddities(over_escaped=True).text_of(CALL)
        self.assertEqual(json.loads(json.loads(json.loads(text)[3]["idTag"])), "A")

    def test_bad_status(self) -> None:
        """Q35: a status that OCPP does not have."""
        self.assertEqual(json.loads(self.oddities(bad_status=True).text_of(CALL))[3]["status"], "Idle")
