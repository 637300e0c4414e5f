"""Messages as a person reads them: a request and its answer together, newest first."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import define

from edge_twisted.sandbox.central.known import Exchange
from edge_twisted.sandbox.dashboard.words import SENDERS

ANSWERED: Final = "answered"
GOOD: Final = frozenset({"Accepted", "Unlocked", "Scheduled", "RebootRequired"})


@define
class Pair:
    """A request and its answer, or a message that stands alone.

    Args:
        key: tells it apart on its page.
        first: the request; else the message.
        answer: None where there is none.
    """

    key: str
    first: Exchange
    answer: Exchange | None = None

    @property
    def findings(self) -> tuple[str, ...]:
        """What is wrong with either."""
        return (*self.first.findings, *(self.answer.findings if self.answer else ()))

    @property
    def sender(self) -> str:
        """Who sent the first."""
        return SENDERS[self.first.by]

    @property
    def seconds(self) -> float | None:
        """How long the answer took."""
        return None if self.answer is None else self.answer.answered_after

    @property
    def tone(self) -> str:
        """How it went, for a badge; nothing where there is nothing to say about that."""
        if self.first.kind != "call" or (self.answer is not None and self.answer.kind == "error"):
            return "bad"
        if self.answer is None:
            return "off"
        return "" if self.words == ANSWERED else "good" if self.words in GOOD else "warn"

    @property
    def words(self) -> str:
        """What came of it, in a few words."""
        if self.first.kind == "call":
            return "no answer yet" if self.answer is None else outcome(self.answer)
        return {"result": "an answer that nobody asked for", "error": "an error that nobody asked for"}.get(
            self.first.kind, "could not be read"
        )


def pairs_of(exchanges: Iterable[Exchange]) -> list[Pair]:
    """Put requests and answers together.

    Args:
        exchanges: oldest first; an answer has its request's id, and comes from the other side.

    Returns:
        Newest first.
    """
    found: list[Pair] = []
    waiting: dict[tuple[str, str], Pair] = {}
    for number, exchange in enumerate(exchanges):
        if exchange.kind in ("result", "error"):
            asker = "central" if exchange.by == "charger" else "charger"
            pair = waiting.pop((asker, exchange.id), None)
            if pair is not None:
                pair.answer = exchange
                continue
        pair = Pair(f"{exchange.by}-{exchange.id or number}-{exchange.at:.3f}", exchange)
        if exchange.kind == "call":
            waiting[exchange.by, exchange.id] = pair
        found.append(pair)
    return found[::-1]


def outcome(answer: Exchange) -> str:
    """What an answer says, in a few words: its status, if it has one."""
    body = _json(answer.text)
    match body:
        case [4, _, str(code), *_]:
            return code
        case [3, _, {"status": str(status)}]:
            return status
        case [3, _, {"idTagInfo": {"status": str(status)}}]:
            return status
    return ANSWERED


def pretty(text: str) -> str:
    """A message's text, laid out; as it is where it is no JSON."""
    body = _json(text)
    return text if body is None else json.dumps(body, indent=2, ensure_ascii=False)


def searched(pairs: Iterable[Pair], words: str, findings: bool) -> Iterator[Pair]:
    """Those that hold some words.

    Args:
        pairs: to choose from.
        words: in the action or a text; empty: all.
        findings: only those with findings.
    """
    wanted = words.lower()
    for pair in pairs:
        texts = (pair.first.action, pair.first.text, pair.answer.text if pair.answer else "")
        if (not findings or pair.findings) and (not wanted or any(wanted in text.lower() for text in texts)):
            yield pair


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
