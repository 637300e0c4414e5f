"""The connection story of a charger: what the journal holds of it, attempt by attempt, in plain words with remedies."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from attrs import evolve, frozen

from edge_twisted.web.site.nameless import CODES, LOAD_ROOT, problem_of
from edge_twisted.words import speech

LOOK_BACK: Final = 3
"""Entries among which the same is told once, with its number."""
AT_DASHBOARD: Final = frozenset(
    {"check-dashboard-password", "check-dashboard-charger", "add-to-dashboard", "ask-operator-password"}
)
"""Remedies that are carried out on the charger dashboard."""
AT_DASHBOARD_CAUSES: Final = frozenset({"secret-refused", "cached"})
LEGS: Final = {"charger": "Charger and Edge", "uplink": "Edge and central system", "edge": "Edge"}


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
        return LEGS[self.leg]


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
        "title": f"No connection over {scheme}",
        "text": f"{speech.cause(cause, str(fields.get('detail', '')))}. It came from {fields.get('address', '?')}, "
        "and did not come so far as to say which charger it is.",
        "remedy": f"{speech.remedy(str(fields.get('remedy', '')))}.",
        "trust": fields.get("remedy") in LOAD_ROOT,
    }


def _request(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "leg": "charger",
        "tone": "bad",
        "title": f"Its request could not be served ({fields.get('status', '?')})",
        "text": f"It came from {fields.get('address', '?')}, and did not come so far as to say which charger it is.",
        "remedy": problem_of(entry.code, fields),
    }


def _refused(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    scheme = "wss" if fields.get("secure") else "ws"
    cause, wait = str(fields.get("cause", "")), fields.get("wait")
    text = f"It came over {scheme} from {fields.get('address', '?')}."
    if wait:
        text += f" It was asked to come back after {speech.duration(wait)}."
    return {
        "leg": "charger",
        "tone": "warn" if cause == "approval" else "bad",
        "title": f"Edge did not let it in ({fields.get('status', '?')})",
        "text": text,
        "remedy": f"{speech.refusal(cause)}.",
        "dashboard": cause in AT_DASHBOARD_CAUSES,
    }


def _turned_away(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    status, close, remedy = fields.get("status"), fields.get("close"), str(fields.get("remedy", ""))
    number = f" ({status})" if status else f" (close code {close})" if close else ""
    cause = speech.cause(str(fields.get("cause", "")), str(fields.get("detail", "")))
    return {
        "leg": "uplink",
        "tone": "bad",
        "title": f"The central system did not accept it{number}",
        "text": f"{cause}. Edge asked {fields.get('uplink', '?')} {speech.kind(str(fields.get('kind', '')))}.",
        "remedy": f"{speech.remedy(remedy)}.",
        "dashboard": remedy in AT_DASHBOARD,
    }


def _failed(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    cause = speech.cause(str(fields.get("cause", "")), str(fields.get("detail", "")))
    return {
        "leg": "uplink",
        "tone": "bad",
        "title": "The central system could not be reached",
        "text": f"{cause}. Edge tried {fields.get('uplink', '?')}.",
        "remedy": f"{speech.remedy(str(fields.get('remedy', '')))}.",
    }


def _opened(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    scheme = "wss, encrypted," if fields.get("secure") else "ws, not encrypted,"
    secret = "with a password" if fields.get("password") else "without a password"
    odd = ", ".join(speech.quirk(str(one)) for one in fields.get("quirks") or ())
    uplink, kind = fields.get("uplink", "?"), speech.kind(str(fields.get("kind", "")))
    text = f"From {fields.get('address', '?')} over {scheme} {secret}. Edge went on to {uplink} {kind}."
    if odd:
        text += f" Unusual, and accepted: {odd}."
    return {"leg": "charger", "tone": "info", "title": "Connected", "text": text}


def _served(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    first = " for the first time" if fields.get("first") else ""
    how = speech.how_served(str(fields.get("how", "")))
    return {
        "leg": "uplink",
        "tone": "good",
        "title": f"Served by the central system{first}",
        "text": f"{how[:1].upper()}{how[1:]}.",
    }


def _learned(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    learned = speech.learned(str(fields.get("what", "")))
    return {"leg": "edge", "tone": "good", "title": "Detected", "text": f"{learned[:1].upper()}{learned[1:]}."}


def _ended(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    outcome, close = str(fields.get("outcome", "")), fields.get("close")
    seconds = fields.get("seconds")
    stood = f" It was connected for {speech.duration(seconds)}." if isinstance(seconds, int | float) else ""
    never = "" if fields.get("served") else " The central system never answered it."
    code = f" (close code {close})" if close else ""
    return {
        "leg": "uplink" if outcome.startswith("central") or outcome == "turned-away" else "charger",
        "tone": "off" if fields.get("served") else "warn",
        "title": "Disconnected",
        "text": f"{speech.outcome(outcome)}{code}.{stood}{never}",
    }


def _alarm(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    what, address = str(fields.get("what", "")), fields.get("address")
    return {
        "leg": "edge",
        "tone": "warn",
        "title": "Please look at this",
        "text": f"Seen at {address}." if address else "",
        "remedy": f"{speech.alarm(what)}.",
        "dashboard": what == "secret-refused",
    }


def _edited(entry: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    plain = speech.sentence(entry.code, {**fields, "label": "", "charger": ""})
    _, _, told = plain.partition(": ")
    return {"leg": "edge", "tone": "info", "title": "Changed by a person", "text": f"{told[:1].upper()}{told[1:]}"}


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
