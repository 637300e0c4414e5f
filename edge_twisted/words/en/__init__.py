"""English.

Codes to words, one dictionary per kind of code. A template names fields of its event in braces. A part in square
brackets is left out where a field in it is empty, so that a sentence never tells of a nothing. Words that stand within
other sentences begin in lower case; whole sentences begin with a capital and have no full stop at their end.
"""

from edge_twisted.words.en.api import API, CHECKS, SHOWS, TEST_ACCEPTED
from edge_twisted.words.en.causes import CAUSES, REMEDIES
from edge_twisted.words.en.entries import ADDRESS, ENDPOINT, ENTRY
from edge_twisted.words.en.events import (
    ACCESS,
    ALARMS,
    BOOLEANS,
    EDITS,
    EVENTS,
    FOLDED,
    FOLDED_ONCE,
    HOWS,
    KINDS,
    LEARNED,
    NO,
    OUTCOMES,
    QUIRKS,
    ROLES,
    ROOT,
    UNKNOWN,
    UNKNOWN_EVENT,
    VALUES,
    WHO,
    YES,
)
from edge_twisted.words.en.messages import HINTS
from edge_twisted.words.en.refusals import BAD, REFUSALS

__all__ = [
    "ACCESS",
    "ADDRESS",
    "ALARMS",
    "API",
    "BAD",
    "BOOLEANS",
    "CAUSES",
    "CHECKS",
    "EDITS",
    "ENDPOINT",
    "ENTRY",
    "EVENTS",
    "FOLDED",
    "FOLDED_ONCE",
    "HINTS",
    "HOWS",
    "KINDS",
    "LEARNED",
    "NO",
    "OUTCOMES",
    "QUIRKS",
    "REFUSALS",
    "REMEDIES",
    "ROLES",
    "ROOT",
    "SHOWS",
    "TEST_ACCEPTED",
    "UNKNOWN",
    "UNKNOWN_EVENT",
    "VALUES",
    "WHO",
    "YES",
]
