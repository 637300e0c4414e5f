"""Tests of the ledger's pages: what became of every message, in words."""

from edge_twisted.sandbox.flow import GRACE_SECONDS, End
from tests.sandbox.dashboard.stage import DashboardCase

CALL = '[2,"{}","MeterValues",{{}}]'


class LedgerTests(DashboardCase):
    """The pages."""

    def test_nothing(self) -> None:
        """Without simulated chargers there is nothing to compare."""
        self.assertIn("no simulated charger", self.page("/ledger"))

    def test_clean(self) -> None:
        """What arrives as it was sent is clean."""
        self.simulate("CP-1")
        self.assertIn("No messages yet", self.page("/chargers/CP-1/ledger"))
        self.ledger.sent(End.CHARGER, "CP-1", CALL.format(1))
        self.ledger.received(End.CENTRAL, "CP-1", CALL.format(1))
        for path in ("/ledger", "/chargers/CP-1/ledger"):
            self.assertIn("Clean: nothing was lost", self.page(path))

    def test_cases(self) -> None:
        """Each other fate is told with its message, and why."""
        self.simulate("CP-1")
        self.ledger.sent(End.CHARGER, "CP-1", CALL.format(1))
        self.ledger.received(End.CENTRAL, "CP-1", CALL.format(1).replace("{}", '{"x":1}'))
        self.ledger.sent(End.CHARGER, "CP-1", CALL.format(2))
        self.ledger.received(End.CENTRAL, "CP-1", CALL.format(3))
        self.ledger.over(End.CHARGER, "CP-1")
        self.ledger.discarded("CP-1", CALL.format(4), "full")
        self.now += GRACE_SECONDS + 1
        for path in ("/ledger", "/chargers/CP-1/ledger"):
            text = self.page(path)
            for words in ("Not clean: 3 messages went wrong", "Altered", "Unasked", "Lost", "its memory was full"):
                self.assertIn(words, text)

    def test_by_itself(self) -> None:
        """What is lost shows without anybody telling of a change: the page looks by itself."""
        self.simulate("CP-1")
        self.ledger.sent(End.CHARGER, "CP-1", CALL.format(1))
        self.ledger.over(End.CHARGER, "CP-1")
        _, wire = self.browser.begin("GET", "/ledger", b"", Accept="text/event-stream")
        wire.clear()
        self.now += GRACE_SECONDS + 1
        self.reactor.pump([0.5] * 10)
        self.assertIn(b"Not clean", wire.value())
