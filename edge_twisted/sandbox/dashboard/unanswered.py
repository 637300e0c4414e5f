"""Waits for a charger's answer, and puts what comes into words."""

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred

from edge_twisted.pages.notices import Tone
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.dashboard.words import unanswered

GOOD = frozenset({"Accepted", "RebootRequired"})


async def asked_of(asking: Deferred[Any], words: Mapping[str, str]) -> tuple[str, Tone]:
    """Wait for the status that a charger answers.

    Args:
        asking: gives it.
        words: a sentence for each status.

    Returns:
        The sentence, and how it went.
    """
    try:
        status = str(await asking)
    except NotAnswered as failed:
        return unanswered(failed.code), "bad"
    return words.get(status, f"The charger answered {status}."), "good" if status in GOOD else "bad"
