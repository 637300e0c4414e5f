"""Puts codes into words: one plain line for an event, and look-ups for a page or a command line."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from edge_twisted.words import en
from edge_twisted.words.language import say, units

VALUE_LIMIT: Final = 1000
"""Characters of one value in a line."""

_TABLES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("handshake-failed", "cause"): en.CAUSES,
    ("handshake-failed", "remedy"): en.REMEDIES,
    ("request-refused", "cause"): en.BAD,
    ("attempt-refused", "cause"): en.REFUSALS,
    ("turned-away", "cause"): en.CAUSES,
    ("turned-away", "remedy"): en.REMEDIES,
    ("turned-away", "kind"): en.KINDS,
    ("uplink-failed", "cause"): en.CAUSES,
    ("uplink-failed", "remedy"): en.REMEDIES,
    ("session-opened", "kind"): en.KINDS,
    ("session-opened", "quirks"): en.QUIRKS,
    ("served", "how"): en.HOWS,
    ("learned", "what"): en.LEARNED,
    ("session-ended", "outcome"): en.OUTCOMES,
    ("alarm", "what"): en.ALARMS,
    ("edited", "what"): en.EDITS,
    ("edited", "old"): en.VALUES,
    ("edited", "new"): en.VALUES,
    ("access-changed", "what"): en.ACCESS,
    ("access-changed", "role"): en.ROLES,
}
"""(event, field): where the words for a field that is a code are."""

_DURATIONS: Final = ("seconds", "wait")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_FIELD: Final = re.compile(r"\{([a-z_]+)\}")


def sentence(code: str, fields: Mapping[str, object]) -> str:
    """Tell an event in one plain line.

    Args:
        code: `Event.code`.
        fields: the event's fields by name, and in an entry of the journal `folded`, how many like it were left out.
            Text from outside in them was cleaned before; what could break the line is taken out all the same.

    Returns:
        The line, without a line break. A code or a field that is not known shows as such; nothing raises.
    """
    template = en.EVENTS.get(code)
    if template is None:
        return say(en.UNKNOWN_EVENT).replace("{code}", _text(code))
    line = _fill(say(template), {name: _word(code, name, fields) for name in _names(template)}, fields)
    folded = fields.get("folded")
    if folded:
        text = say(en.FOLDED_ONCE if folded == 1 else en.FOLDED)
        line += f" {_fill(text, {'folded': _text(folded)}, fields)}."
    return line


def cause(code: str, detail: str = "") -> str:
    """What is wrong.

    Args:
        code: `Diagnosis.cause`.
        detail: what belongs to it, such as the number of a TLS alert.

    Returns:
        A sentence without a full stop at its end.
    """
    said = _text(detail)
    template = say(en.CAUSES.get(code, ""))
    if "{detail}" in template:
        return _fill(template, {"detail": said}, {"detail": said})
    words = _look(en.CAUSES, code)
    return f"{words} ({said})" if said else words


def remedy(code: str) -> str:
    """What helps, by `Diagnosis.remedy`: a sentence without a full stop at its end, as with all that follow."""
    return _look(en.REMEDIES, code)


def refusal(code: str) -> str:
    """Why Edge refused a charger and what to do, by `Refusal.code`."""
    return _look(en.REFUSALS, code)


def bad_request(code: str) -> str:
    """Why Edge refused a request for itself and what to do, by `Bad.code`."""
    return _look(en.BAD, code)


def alarm(code: str) -> str:
    """What a maintainer should look at, by a word of `events.ALARMS`."""
    return _look(en.ALARMS, code)


def outcome(code: str) -> str:
    """How a session ended, by a word of `session.OUTCOMES`."""
    return _look(en.OUTCOMES, code)


def learned(code: str) -> str:
    """What was learned, by `Learned.what`; begins in lower case, as with the five that follow."""
    return _look(en.LEARNED, code)


def how_served(code: str) -> str:
    """How the central system served a charger, by `Served.how`."""
    return _look(en.HOWS, code)


def kind(code: str) -> str:
    """Whose credentials went up, by `policy.Kind`."""
    return _look(en.KINDS, code)


def edit(code: str) -> str:
    """What a maintainer did, by `Edited.what`."""
    return _look(en.EDITS, code)


def quirk(code: str) -> str:
    """What is odd about a charger's request, by the value of a `Quirk`."""
    return _look(en.QUIRKS, code)


def endpoint_error(code: str) -> str:
    """What is wrong with an endpoint that was entered, by `EndpointError.code`."""
    return _look(en.ENDPOINT, code)


def entry_error(code: str) -> str:
    """What is wrong with something else that was entered, by `EntryError.code`."""
    return _look(en.ENTRY, code)


def address_now(address: str) -> str:
    """Which address a charger has now, for whoever has to confirm it."""
    return say(en.ADDRESS).replace("{address}", _text(address))


def api_error(code: str) -> str:
    """Why a request to the API was not carried out."""
    return say(en.API[code]) if code in en.API else entry_error(code)


def shows(code: str) -> str:
    """An answer to the question what the charger itself will show."""
    return _look(en.SHOWS, code)


def test_accepted() -> str:
    """What is said of a test that the central system accepted."""
    return say(en.TEST_ACCEPTED)


def hint(code: str, detail: str = "") -> str:
    """What is odd about a message, by the code of a `web.hints.Hint`: a whole sentence without its full stop."""
    return _look(en.HINTS, code).replace("{detail}", _text(detail))


def check(name: str, ok: bool, value: str = "") -> tuple[str, str]:
    """What the doctor says of one thing that it looked at.

    Args:
        name: which.
        ok: whether all is well.
        value: what stands in the sentence.

    Returns:
        (sentence, remedy); the remedy is empty where all is well.
    """
    good, bad, helps = en.CHECKS[name]
    return say(good if ok else bad).replace("{value}", _text(value)), "" if ok else say(helps)


def duration(seconds: float) -> str:
    """A span of time as a person says it, cut to its two largest units.

    Args:
        seconds: 0 or more.

    Returns:
        Such as `12 s`, `3 min 20 s`, `2 h 5 min` or `4 days 3 h`.
    """
    if not math.isfinite(seconds) or seconds < 0:
        return "?"
    if seconds < 1:
        return say("less than a second")
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    _, hour, minute, second = units()
    parts = [(days, say("day") if days == 1 else say("days")), (hours, hour), (minutes, minute), (whole % 60, second)]
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def _look(table: Mapping[str, str], code: str) -> str:
    words = table.get(code)
    return say(words) if words else say(en.UNKNOWN).replace("{code}", _text(code))


def _word(event: str, name: str, fields: Mapping[str, object]) -> str:
    """What stands in the line for one field."""
    value = fields.get(name, "?")
    if name == "by":
        return _who(_text(value))
    table = _TABLES.get((event, name))
    if table is None and isinstance(value, str):
        return _text(value)
    if table is en.CAUSES:
        return cause(_text(value), _text(fields.get("detail", "")))
    if table is en.VALUES:
        parts = _text(value).split(", ")
        return ", ".join(_text(say(en.VALUES[part]) if part in en.VALUES else part) for part in parts)
    if table is not None:
        if isinstance(value, str):
            return _look(table, _text(value))
        codes = value if isinstance(value, tuple | list) else (value,)
        return ", ".join(_look(table, _text(code)) for code in codes)
    if isinstance(value, bool):
        true, false = en.BOOLEANS.get(name, (en.YES, en.NO))
        return say(true if value else false)
    if name in _DURATIONS and isinstance(value, int | float):
        return duration(value)
    if isinstance(value, tuple | list):
        return _text(", ".join(str(one) for one in value))
    return _text(value)


def _who(by: str) -> str:
    """Somebody, such as `control:0`: how he came, and as which user."""
    way, _, user = by.partition(":")
    return say(en.WHO[way]).replace("{user}", say(en.ROOT) if user == "0" else user) if way in en.WHO else by


@lru_cache(maxsize=1024)
def _names(template: str) -> tuple[str, ...]:
    """The fields of a template."""
    return tuple(_FIELD.findall(template))


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[tuple[bool, tuple[str, ...]], ...]:
    """A template cut once: (whether it is a part that can be left out, texts and between each two of them a field)."""
    cut = _PART.split(template)
    return tuple((place % 2 == 1, tuple(_FIELD.split(piece))) for place, piece in enumerate(cut) if piece)


def _fill(template: str, words: Mapping[str, str], fields: Mapping[str, object]) -> str:
    """Put words into a template; nothing in them is taken for a part or a field."""
    told: list[str] = []
    for optional, pieces in _pieces(template):
        names = pieces[1::2]
        if optional and any(_is_empty(words[name], fields.get(name)) for name in names):
            continue
        said = list(pieces)
        said[1::2] = [words[name] for name in names]
        told += said
    return "".join(told)


def _is_empty(word: str, value: object) -> bool:
    return not word or (not value and not isinstance(value, bool))


def _text(value: object) -> str:
    """A value on one line: white space is a space, and what a terminal or a log could act upon is left out."""
    text = value if isinstance(value, str) else str(value)
    if len(text) <= VALUE_LIMIT and text.isprintable():
        return text
    spaced = (" " if character.isspace() else character for character in text[: 8 * VALUE_LIMIT])
    kept = "".join(filter(str.isprintable, spaced))
    return kept if len(kept) <= VALUE_LIMIT else kept[: VALUE_LIMIT - 1] + "…"
