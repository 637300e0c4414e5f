"""Rows of the checklist that no test proves as they stand, and why.

An entry begins with one of the kinds of `tests.conformance.KINDS`. Where something was decided otherwise, the reason
says what Edge does instead.
"""

from typing import Final

_SHOWN: Final = "in part: what hides the value is tested by itself; Edge shows no messages yet"
_OWN: Final = "later issue: Edge makes no calls of its own yet"
_PROFILE: Final = "later issue: Edge does not warn before a `SecurityProfile` is raised yet"
_ROOT: Final = "later issue: Edge does not give its root to chargers over OCPP yet"
_COMPRESSION: Final = "decided otherwise: compression is not negotiated on either leg, so that bytes stay as they are"

DECIDED: Final[dict[str, str]] = {
    "B6": "decided otherwise: every charger is treated as in B7, served as `ocpp1.6` and answered without the header",
    "D7": "decided otherwise: accepted and shown, since the central system is the judge; an alarm where the name is "
    "that of another charger",
    "D10": "decided otherwise: a detected password is never added by Edge, so it goes up without one, with an alarm, "
    "and the central system judges; 401 where the password was entered by hand",
    "D11": "decided otherwise: besides a detected password another one is dialled as shown, and takes its place only "
    "once it was served; 401 where the password was entered by hand",
    "E6": "in part: both are relayed and read; no message is shown yet in which a long id could be flagged",
    "E17": _COMPRESSION,
    "E18": _COMPRESSION,
    "F1": _OWN,
    "F2": _OWN,
    "F3": _OWN,
    "F4": _OWN,
    "F5": _OWN,
    "F6": _OWN,
    "F7": _OWN,
    "G2": "decided otherwise: only where that peer has ponged before, since some chargers never do; TCP keep-alive "
    "finds the others",
    "H7": "decided otherwise: where the old one is alive, a new one must show the same secret or come from a known "
    "address; else it gets 503, with an alarm",
    "I4": "in part: no port for old chargers is offered; that the main port has no weak suite is tested",
    "I16": "in part: what the charger asks for is read and can be shown; OpenSSL does the rest",
    "I18": "not offered: client certificates of chargers end at Edge and can't be passed on (docs/security.md)",
    "J5": "in part: the clear error; Edge has no client certificates of its own yet",
    "K8": _PROFILE,
    "K9": _PROFILE,
    "K10": _ROOT,
    "K11": _ROOT,
    "K12": _ROOT,
    "K13": _ROOT,
    "K14": "later issue: Edge does not explain security events yet; they are relayed (K15)",
    "K17": _SHOWN,
    "L4": "decided otherwise: `listen.from` decides who is heard, and is `private` as shipped; others are cut off "
    "before a byte is read",
    "L6": "not offered: Edge does not update itself; docs/install.md tells how it is done",
    "M1": "later issue: a campaign over the whole system",
    "M2": "later issue: the relay's own frame parser, which the suite is for",
    "M3": "in part: a hundred chargers for a shorter time; the campaign of a day comes later",
    "M4": "later issue: benchmarks",
}
"""Why, by row."""
