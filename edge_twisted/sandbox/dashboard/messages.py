"""The last messages of a charger: requests with their answers."""

from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.pairs import pairs_of, pretty, searched
from edge_twisted.sandbox.dashboard.world import World

SHOWN: Final = 100
TEXT: Final = 20_000
"""Characters of one text that are shown."""


@define
class Messages:
    """The page.

    Args:
        world: what is shown.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (Route("GET", "/chargers/<string:id>/messages", self.show),)

    def show(self, asked: Asked) -> Page:
        """The messages."""
        words, findings = asked.query.get("search", "").strip()[:100], asked.query.get("findings") == "1"

        def values(known: Any) -> dict[str, Any]:
            pairs = pairs_of(known.messages)
            found = list(searched(pairs, words, findings))
            return {
                "pairs": [(pair, _laid_out(pair.first), _laid_out(pair.answer)) for pair in found[:SHOWN]],
                "matching": len(found),
                "kept": len(pairs),
                "search": words,
                "only_findings": findings,
            }

        return self.pages.page(asked, "messages.html", "messages", values, parts=("messages",))


def _laid_out(exchange: Any) -> str:
    if exchange is None:
        return ""
    text = pretty(exchange.text)
    return text if len(text) <= TEXT else f"{text[:TEXT]}\n… and {len(text) - TEXT} more characters"
