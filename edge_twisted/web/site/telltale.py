"""The connection story of a charger: what the journal holds of it, attempt by attempt, in plain words with remedies."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from attrs import evolve, frozen

from edge_twisted.web.site.nameless import CODES, LOAD_ROOT, problem_of
from edge_twisted.words import speech
from edge_twisted.words.language import mark, say

LOOK_BACK: Final = 3
"""Entries among which the same is told once, with its number."""
AT_DASHBOARD: Final = frozenset(
    {"check-dashboard-password", "check-dashboard-charger", "add-to-dashboard", "ask-operator-password"}
)
"""Remedies that are carried out on the charger dashboard."""
AT_DASHBOARD_CAUSES: Final = frozenset({"secret-refused", "cached"})
LEGS: Final = {"charger": mark("Charger and Edge"), "uplink": mark("Edge and central system"), "edge": "Edge"}


@frozen
class Line:
    """One thing that happened, or the same several times.

    Args:
        key: of the page's element.
        at: when it happened last, seconds since the epoch.
        first: when first.
        count: how often.
        leg: of `LEGS`: where it happened.
        tone: of `ui.icon`.
        title: a few words.
        text: sentences; or nothing.
        remedy: what helps, as a sentence; or nothing.
        dashboard: whether that is done on the charger dashboard.
        trust: whether the box's root certificate is needed for it.
    """

    key: str
    at: float
    first: float
    count: int
    leg: str
    tone: str
    title: str
    text: str = ""
    remedy: str = ""
    dashboard: bool = False
    trust: bool = False

    @property
    def where(self) -> str:
        """The leg in words."""
        return say(LEGS[self.leg])


def concerns(entry: Any, charger: str, addresses: Collection[str]) -> bool:
    """Whether an entry of the journal belongs to a charger's story.

    Args:
        entry: of the journal.
        charger: opaque id.
        addresses: where it is known to be: what told no ID there was probably this charger.
    """
    if entry.charger:
        return bool(entry.charger == charger)
    return entry.code in CODES and entry.fields.get("address") in addresses


def tell(entries: Iterable[Any]) -> list[Line]:
    """Tell a story.

    Args:
        entries: of the journal, oldest first.

    Returns:
        Its lines, the latest first; what repeats itself is told once.
    """
    lines: list[Line] = []
    for entry in entries:
        line = _line(entry)
        same = next((one for one in lines[-LOOK_BACK:] if _alike(one, line)), None)
        if same is not None:
            lines.remove(same)
            line = evolve(line, key=same.key, first=same.first, count=same.count + line.count)
        lines.append(line)
    return lines[::-1]


def _alike(one: Line, other: Line) -> bool:
    mine, theirs = ((line.leg, line.title, line.text, line.remedy) for line in (one, other))
    return one.tone in ("bad", "warn") and mine == theirs


def _line(entry: Any) -> Line:
    fields: Mapping[str, Any] = entry.fields
    made = _MAKERS.get(entry.code, _other)(entry, fields)
    count = 1 + (fields.get("folded") or 0)
    return Line(f"e{entry.id}", entry.at, entry.at, count, **made)


def _handshake(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    cause = str(fields.get("cause", ""))
    scheme = "wss" if fields.get("secure") else "ws"
    return {
        "leg": "charger",
        "tone": "off" if cause == "port-probe" else "bad",
        "title": say("No connection over {scheme}").format(scheme=scheme),
        "text": f"{speech.cause(cause, str(fields.get('detail', '')))}. {_unnamed(fields)}",
        "remedy": f"{speech.remedy(str(fields.get('remedy', '')))}.",
        "trust": fields.get("remedy") in LOAD_ROOT,
    }


def _unnamed(fields: Mapping[str, Any]) -> str:
    text = say("It came from {address}, and did not come so far as to say which charger it is.")
    return text.format(address=fields.get("address", "?"))


def _request(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "leg": "charger",
        "tone": "bad",
        "title": say("Its request could not be served ({status})").format(status=fields.get("status", "?")),
        "text": _unnamed(fields),
        "remedy": problem_of(entry.code, fields),
    }


def _refused(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    scheme = "wss" if fields.get("secure") else "ws"
    cause, wait = str(fields.get("cause", "")), fields.get("wait")
    text = say("It came over {scheme} from {address}.").format(scheme=scheme, address=fields.get("address", "?"))
    if wait:
        text += " " + say("It was asked to come back after {wait}.").format(wait=speech.duration(wait))
    return {
        "leg": "charger",
        "tone": "warn" if cause == "approval" else "bad",
        "title": say("Edge did not let it in ({status})").format(status=fields.get("status", "?")),
        "text": text,
        "remedy": f"{speech.refusal(cause)}.",
        "dashboard": cause in AT_DASHBOARD_CAUSES,
    }


def _turned_away(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    status, close, remedy = fields.get("status"), fields.get("close"), str(fields.get("remedy", ""))
    number = f" ({status})" if status else f" ({_closed(close)})" if close else ""
    cause = speech.cause(str(fields.get("cause", "")), str(fields.get("detail", "")))
    asked = say("Edge asked {uplink} {how}.")
    kind = speech.kind(str(fields.get("kind", "")))
    return {
        "leg": "uplink",
        "tone": "bad",
        "title": say("The central system did not accept it") + number,
        "text": f"{cause}. {asked.format(uplink=fields.get('uplink', '?'), how=kind)}",
        "remedy": f"{speech.remedy(remedy)}.",
        "dashboard": remedy in AT_DASHBOARD,
    }


def _failed(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    tried = say("Edge tried {uplink}.")
    cause = speech.cause(str(fields.get("cause", "")), str(fields.get("detail", "")))
    return {
        "leg": "uplink",
        "tone": "bad",
        "title": say("The central system could not be reached"),
        "text": f"{cause}. {tried.format(uplink=fields.get('uplink', '?'))}",
        "remedy": f"{speech.remedy(str(fields.get('remedy', '')))}.",
    }


_CAME: Final = {
    (True, True): mark("From {address} over wss, encrypted, with a password."),
    (True, False): mark("From {address} over wss, encrypted, without a password."),
    (False, True): mark("From {address} over ws, not encrypted, with a password."),
    (False, False): mark("From {address} over ws, not encrypted, without a password."),
}
"""By whether it came over wss, and whether it showed a password."""


def _opened(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    odd = ", ".join(speech.quirk(str(one)) for one in fields.get("quirks") or ())
    uplink, kind = fields.get("uplink", "?"), speech.kind(str(fields.get("kind", "")))
    came = say(_CAME[bool(fields.get("secure")), bool(fields.get("password"))])
    went = say("Edge went on to {uplink} {how}.")
    text = f"{came.format(address=fields.get('address', '?'))} {went.format(uplink=uplink, how=kind)}"
    if odd:
        text += " " + say("Unusual, and accepted: {odd}.").format(odd=odd)
    return {"leg": "charger", "tone": "info", "title": say("Connected"), "text": text}


def _served(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    first = fields.get("first")
    how = speech.how_served(str(fields.get("how", "")))
    return {
        "leg": "uplink",
        "tone": "good",
        "title": say("Served by the central system for the first time")
        if first
        else say("Served by the central system"),
        "text": f"{how[:1].upper()}{how[1:]}.",
    }


def _learned(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    learned = speech.learned(str(fields.get("what", "")))
    return {"leg": "edge", "tone": "good", "title": say("Detected"), "text": f"{learned[:1].upper()}{learned[1:]}."}


def _ended(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    outcome, close = str(fields.get("outcome", "")), fields.get("close")
    seconds = fields.get("seconds")
    told = [f"{speech.outcome(outcome)}{f' ({_closed(close)})' if close else ''}."]
    if isinstance(seconds, int | float):
        told.append(say("It was connected for {time}.").format(time=speech.duration(seconds)))
    if not fields.get("served"):
        told.append(say("The central system never answered it."))
    return {
        "leg": "uplink" if outcome.startswith("central") or outcome == "turned-away" else "charger",
        "tone": "off" if fields.get("served") else "warn",
        "title": say("Disconnected"),
        "text": " ".join(told),
    }


def _closed(code: object) -> str:
    return say("close code {code}").format(code=code)


def _alarm(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    what, address = str(fields.get("what", "")), fields.get("address")
    return {
        "leg": "edge",
        "tone": "warn",
        "title": say("Please look at this"),
        "text": say("Seen at {address}.").format(address=address) if address else "",
        "remedy": f"{speech.alarm(what)}.",
        "dashboard": what == "secret-refused",
    }


def _edited(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    plain = speech.sentence(entry.code, {**fields, "label": "", "charger": ""})
    _, _, told = plain.partition(": ")
    return {"leg": "edge", "tone": "info", "title": say("Changed by a person"), "text": f"{told[:1].upper()}{told[1:]}"}


def _other(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"leg": "edge", "tone": "info", "title": "Edge", "text": speech.sentence(entry.code, fields)}


_MAKERS: Final = {
    "handshake-failed": _handshake,
    "request-refused": _request,
    "attempt-refused": _refused,
    "turned-away": _turned_away,
    "uplink-failed": _failed,
    "session-opened": _opened,
    "served": _served,
    "learned": _learned,
    "session-ended": _ended,
    "alarm": _alarm,
    "edited": _edited,
}
"""What makes a line of an entry, by its code."""
