"""What the ledger calls delivered, lost, doubled, reordered, altered, discarded."""

import json

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.flow import GRACE_SECONDS, OPEN_MESSAGES, REMEMBERED, End, Tally
from edge_twisted.sandbox.ledger import CASES, Ledger, Report

ID = "CP1"


def call(id: str, action: str = "Heartbeat", **payload: object) -> str:
    """The text of a request."""
    return json.dumps([2, id, action, payload])


class LedgerTestCase(SynchronousTestCase):
    """A ledger with one watched charger."""

    def setUp(self) -> None:
        self.time = Clock()
        self.ledger = Ledger(self.time.seconds)
        self.ledger.watch(ID)

    def up(self, *texts: str) -> None:
        """The charger sends."""
        for text in texts:
            self.ledger.sent(End.CHARGER, ID, text)

    def arrive(self, *texts: str) -> None:
        """The central system receives."""
        for text in texts:
            self.ledger.received(End.CENTRAL, ID, text)

    def gone(self) -> Report:
        """The connection is over, and what was on the way can't arrive any more."""
        self.ledger.over(End.CHARGER, ID)
        self.time.advance(GRACE_SECONDS + 0.1)
        return self.ledger.report(ID)

    def kinds(self) -> list[str]:
        """The cases of the charger."""
        return [case.kind for case in self.ledger.report(ID).cases]


class FateTests(LedgerTestCase):
    """One fate after the other."""

    def test_delivered(self) -> None:
        """What arrives as it was sent is delivered, in either direction, and leaves no case."""
        self.up(call("1"))
        self.arrive(call("1"))
        self.ledger.sent(End.CENTRAL, ID, '[3,"1",{}]')
        self.ledger.received(End.CHARGER, ID, '[3,"1",{}]')
        self.assertEqual(self.ledger.report(), Report(Tally(1, 1), Tally(1, 1), ()))
        self.assertTrue(self.ledger.report().clean)

    def test_waiting_then_lost(self) -> None:
        """What has not arrived may still do so as long as its connection stands, and for a moment after."""
        self.up(call("1", "MeterValues"))
        self.time.advance(3600)
        self.assertEqual(self.ledger.report().up, Tally(1, waiting=1))
        self.ledger.over(End.CHARGER, ID)
        self.assertEqual(self.ledger.report().up, Tally(1, waiting=1))
        self.time.advance(GRACE_SECONDS + 0.1)
        report = self.ledger.report()
        self.assertEqual(report.up, Tally(1, lost=1))
        self.assertEqual([(case.kind, case.action, case.id) for case in report.cases], [("lost", "MeterValues", "1")])
        self.assertFalse(report.clean)

    def test_late(self) -> None:
        """What arrives after all was delivered."""
        self.up(call("1"))
        self.gone()
        self.arrive(call("1"))
        self.assertEqual(self.ledger.report().up, Tally(1, 1))

    def test_other_connection(self) -> None:
        """The end of a connection says nothing about what is sent on the next one."""
        self.ledger.over(End.CHARGER, ID)
        self.up(call("1"))
        self.time.advance(60)
        self.assertEqual(self.ledger.report().up, Tally(1, waiting=1))

    def test_doubled(self) -> None:
        """What arrives more often than it was sent is doubled."""
        self.up(call("1"))
        self.arrive(call("1"), call("1"))
        self.assertEqual((self.ledger.report().up, self.kinds()), (Tally(1, 1, doubled=1), ["doubled"]))

    def test_repeated(self) -> None:
        """J-50: a charger sends again what had no answer; the message is not lost when the last one arrives."""
        self.up(call("1"))
        self.gone()
        self.up(call("1"))
        self.arrive(call("1"))
        self.assertEqual((self.ledger.report().up, self.kinds()), (Tally(2, 1, repeated=1), []))

    def test_reordered(self) -> None:
        """What arrives after something that was sent later is out of order."""
        self.up(call("1"), call("2"), call("3"))
        self.arrive(call("1"), call("3"), call("2"))
        self.assertEqual((self.ledger.report().up, self.kinds()), (Tally(3, 3, reordered=1), ["reordered"]))

    def test_altered(self) -> None:
        """J-28: the same message with another text, were it only a space, is altered."""
        self.up(call("1"))
        self.arrive(call("1").replace(" ", ""))
        self.assertEqual((self.ledger.report().up, self.kinds()), (Tally(1, altered=1), ["altered"]))

    def test_unasked(self) -> None:
        """What nobody sent is named, readable or not."""
        self.arrive(call("9", "Reset"), "nonsense")
        self.assertEqual(self.ledger.report().up, Tally(unasked=2))
        self.assertEqual([case.action for case in self.ledger.report().cases], ["Reset", "unreadable"])

    def test_unreadable(self) -> None:
        """What is no message of OCPP is followed like one."""
        self.up("[[[", "[[[ ")
        self.arrive("[[[ ", "[[[")
        self.assertEqual(self.ledger.report().up, Tally(2, 2, reordered=1))

    def test_same_id_again(self) -> None:
        """Q34: an id that is used anew belongs to another message; each finds its own."""
        first, second = call("1", soc=1), call("1", soc=2)
        self.up(first, second)
        self.arrive(first, second)
        self.assertEqual(self.ledger.report().up, Tally(2, 2))

    def test_discarded(self) -> None:
        """What the charger gives up counts against it and not against the way; sent before or not."""
        self.up(call("1", "StopTransaction"))
        self.gone()
        self.ledger.discarded(ID, call("1", "StopTransaction"), "attempts")
        self.ledger.discarded(ID, call("2", "MeterValues"), "full")
        report = self.ledger.report()
        self.assertEqual(report.up, Tally(1, withdrawn=1, discarded=2))
        self.assertTrue(report.clean)
        self.assertEqual(
            [(case.kind, case.why) for case in report.cases], [("discarded", "attempts"), ("discarded", "full")]
        )


class ScopeTests(LedgerTestCase):
    """Whom and how much the ledger judges and keeps."""

    def test_not_watched(self) -> None:
        """Of a charger that is none of ours only one end writes: it is not judged, and nothing is kept of it."""
        for number in range(10):
            self.ledger.received(End.CENTRAL, f"stranger-{number}", call("1"))
            self.ledger.sent(End.CENTRAL, f"stranger-{number}", call("1"))
            self.ledger.over(End.CENTRAL, f"stranger-{number}")
        self.assertEqual((self.ledger.report(), list(self.ledger.identities)), (Report(Tally(), Tally(), ()), [ID]))
        self.assertEqual(self.ledger.report("stranger-1"), Report(Tally(), Tally(), ()))

    def test_sum(self) -> None:
        """The report of all is the sum of the reports of each."""
        self.ledger.watch("CP2")
        self.up(call("1"))
        self.ledger.sent(End.CHARGER, "CP2", call("1"))
        self.ledger.received(End.CENTRAL, "CP2", call("1"))
        self.assertEqual(self.ledger.report().up, Tally(2, 1, waiting=1))
        self.assertEqual(self.ledger.report("CP2").up, Tally(1, 1))

    def test_bounds(self) -> None:
        """Open messages, remembered ones and cases are bounded; what goes over a bound still counts."""
        self.up(*[call(f"{number}") for number in range(OPEN_MESSAGES + 5)])
        self.assertEqual(self.ledger.report().up, Tally(OPEN_MESSAGES + 5, lost=5, waiting=OPEN_MESSAGES))
        self.arrive(*[call(f"x{number}") for number in range(CASES + 5)])
        self.assertEqual(self.ledger.report().up.unasked, CASES + 5)
        self.assertEqual(len(self.ledger.report().cases), CASES)

    def test_forgotten(self) -> None:
        """A message that arrives again long after is no longer recognised: nobody sent it."""
        texts = [call(f"{number}") for number in range(REMEMBERED + 1)]
        self.up(*texts)
        self.arrive(*texts, texts[-1], texts[0])
        self.assertEqual(self.ledger.report().up, Tally(len(texts), len(texts), doubled=1, unasked=1))

    def test_lines(self) -> None:
        """Every message of every charger is written as a line of JSON, with the value of an AuthorizationKey hidden."""
        lines: list[str] = []
        ledger = Ledger(self.time.seconds, lines.append)
        secret = json.dumps([2, "1", "ChangeConfiguration", {"key": "authorizationKEY", "value": "736563726574"}])
        ledger.sent(End.CENTRAL, "who", secret)
        ledger.received(End.CHARGER, "who", "é")
        found = [json.loads(line) for line in lines]
        self.assertEqual(
            [(one["end"], one["way"], one["charger"]) for one in found],
            [("central", "sent", "who"), ("charger", "received", "who")],
        )
        self.assertNotIn("736563726574", lines[0])
        self.assertIn("(hidden)", found[0]["text"])
        self.assertEqual(found[1]["text"], "é")


STEPS = st.lists(
    st.tuples(st.sampled_from(["send", "arrive", "over", "wait", "discard"]), st.integers(0, 4), st.sampled_from("ab")),
    max_size=60,
)


class BalanceTests(LedgerTestCase):
    """What holds for every story."""

    @given(STEPS)
    @settings(deadline=None)
    def test_every_sent_message_has_one_fate(self, steps: list[tuple[str, int, str]]) -> None:
        """Each sent message is exactly one of delivered, altered, waiting, lost, repeated, withdrawn."""
        time = Clock()
        ledger = Ledger(time.seconds)
        ledger.watch(ID)
        arrived = 0
        for step, number, text in steps:
            match step:
                case "send":
                    ledger.sent(End.CHARGER, ID, call(str(number), text=text))
                case "arrive":
                    ledger.received(End.CENTRAL, ID, call(str(number), text=text))
                    arrived += 1
                case "over":
                    ledger.over(End.CHARGER, ID)
                case "wait":
                    time.advance(float(number))
                case _:
                    ledger.discarded(ID, call(str(number), text=text), "full")
            up = ledger.report().up
            self.assertEqual(up.sent, up.delivered + up.altered + up.waiting + up.lost + up.repeated + up.withdrawn)
            self.assertEqual(arrived, up.delivered + up.altered + up.doubled + up.unasked)
            self.assertLessEqual(up.withdrawn, up.sent)
            self.assertEqual(evolve(up, discarded=0).clean, up.clean)
