"""The ledger: what became of every message between chargers and the central system."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.chargers import natural
from edge_twisted.sandbox.dashboard.words import CASES, DISCARDED, FATES, SENDERS, WRONG_FATES
from edge_twisted.sandbox.dashboard.world import World
from edge_twisted.sandbox.ledger import Report

CASES_SHOWN: Final = 100
EVERY_SECONDS: Final = 2.0
"""What is lost shows only with time, so the page looks by itself."""


@define
class LedgerPages:
    """The page of all, and of each charger.

    Args:
        world: what is shown.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (
            Route("GET", "/ledger", self.everyone),
            Route("GET", "/chargers/<string:id>/ledger", self.one),
        )

    def everyone(self, asked: Asked) -> Page:
        """Of all chargers."""
        self.world.the_ledger()
        return Page("ledger.html", self._all_values, parts=("ledger",), every=EVERY_SECONDS)

    def one(self, asked: Asked) -> Page:
        """Of one charger."""
        ledger = self.world.the_ledger()

        def values(known: Any) -> Mapping[str, Any]:
            return report_values(ledger.report(known.identity))

        return self.pages.page(asked, "charger-ledger.html", "ledger", values, parts=("ledger",), every=EVERY_SECONDS)

    def _all_values(self) -> Mapping[str, Any]:
        ledger = self.world.the_ledger()
        each = [(identity, ledger.report(identity)) for identity in sorted(ledger.identities, key=natural)]
        rows = [
            {
                "identity": identity,
                "clean": report.clean,
                "sent": report.up.sent + report.down.sent,
                "delivered": report.up.delivered + report.down.delivered,
                "wrong": wrong_of(report),
                "discarded": report.up.discarded,
            }
            for identity, report in each
        ]
        return {"title": "Ledger", "rows": rows, **report_values(ledger.report())}


def wrong_of(report: Report) -> int:
    """How many messages went wrong on the way."""
    return sum(getattr(tally, name) for tally in (report.up, report.down) for name in WRONG_FATES)


def report_values(report: Report) -> dict[str, Any]:
    """What a template shows of a report."""
    return {
        "clean": report.clean,
        "wrong": wrong_of(report),
        "sent": report.up.sent + report.down.sent,
        "fates": [
            (words, more, getattr(report.up, name), getattr(report.down, name), name in WRONG_FATES)
            for name, words, more in FATES
        ],
        "cases": [
            {
                "case": case,
                "sender": SENDERS.get(case.sender.value, case.sender.value),
                "why": DISCARDED.get(case.why) or CASES.get(case.kind, case.kind),
            }
            for case in report.cases[: -CASES_SHOWN - 1 : -1]
        ],
        "many": len(report.cases) > CASES_SHOWN,
    }
