"""How `edgectl` shows things to people: tables, one charger, events."""

import shutil
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

LABEL: Final = 8
"""Characters of a charger's name in the list that are kept, however narrow the terminal is."""
ID: Final = 6
"""Characters of an id in the list; they are enough to name a charger on a site."""
NARROW, WIDE = 60, 120

CREDENTIALS: Final = {
    "none": "without credentials",
    "shown": "with the credentials that the charger shows",
    "entered": "with the credentials entered in Edge",
    "pending": "with the password that the central system set last",
    "detected": "with the credentials that the charger showed before",
}
SHOWS: Final = {
    "nothing": "the charger itself shows none",
    "same": "the charger itself shows the same",
    "next": "the charger's next password becomes its own",
    "detected": "the charger itself shows what it showed before",
}


def width() -> int:
    """How wide text may be: the terminal's width within reason; 100 where there is none."""
    return max(NARROW, min(WIDE, shutil.get_terminal_size((100, 24)).columns))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out a table in columns.

    Args:
        head: the columns' names.
        rows: cells as text.

    Returns:
        Its lines; the last column is not padded.
    """
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    return ["  ".join(cell.ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip() for line in lines]


def when(seconds: float | None) -> str:
    """A time as people read it, in the zone of the terminal."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else "never"


def span(seconds: float, units_told: int = 2) -> str:
    """A span of time as people say it, in its largest units."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    units = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (whole % 60, "s")]
    first = next((place for place, (number, _) in enumerate(units) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in units[first : first + units_told] if number) or "0 s"


def wrapped(text: str, indent: int, first: str = "") -> str:
    """A text over several lines, indented; `first` stands before it, in the room of the indent."""
    return textwrap.fill(
        text,
        width(),
        initial_indent=first.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def cut(text: str, longest: int) -> str:
    """A text of so many characters at most."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def leg(secure: bool, password: bool) -> str:
    """One leg in a word or two."""
    return ("wss" if secure else "ws") + (", password" if password else "")


# --- chargers --------------------------------------------------------------------------------------------------------


def chargers(found: list[dict[str, Any]], now: float) -> str:
    """The list of chargers: one line each, and below it what is wrong."""
    if not found:
        return "\n".join(
            (
                "No charger has told its OCPP ID yet.",
                wrapped("Set one to ws:// or wss:// and this box's address; `edgectl box` tells names and ports.", 0),
                wrapped("If one was set already, `edgectl events` tells what keeps it away.", 0),
            )
        )
    head = ("ID", "CHARGER", "STATE", "TO EDGE", "TO CENTRAL", "")
    rows = [_row(one, now) for one in found]
    over = max(map(len, table(head, rows))) - width()
    if over > 0:
        longest = max(LABEL, max(len(row[1]) for row in rows) - over)
        rows = [(row[0], cut(row[1], longest), *row[2:]) for row in rows]
    lines = table(head, rows)
    shown = lines[:1]
    for line, one in zip(lines[1:], found, strict=True):
        shown.append(line)
        trouble = _trouble(one)
        if trouble:
            shown.append(wrapped(trouble, ID + 2))
    return "\n".join([*shown, "", *_summary(found)])


def _row(one: dict[str, Any], now: float) -> tuple[str, ...]:
    session, attempt = one["session"], one["last_attempt"]
    own = up = "-"
    if session:
        own = leg(session["secure"], session["password"])
        up = leg(session["uplink_secure"], session["credentials"] != "none")
        note = f"for {span(now - session['since'])}"
    elif attempt and one["state"] != "away":
        own, note = leg(attempt["secure"], False), f"{span(now - attempt['at'], 1)} ago"
    else:
        note = f"served {span(now - one['last_served'], 1)} ago" if one["last_served"] else "never served"
    return one["id"][:ID], one["label"], one["state"], own, up, note


def _trouble(one: dict[str, Any]) -> str:
    if one["session"]:
        return "" if one["session"]["served"] else "The central system has not answered anything yet."
    attempt = one["last_attempt"]
    return attempt["sentence"] if attempt and one["state"] in ("refused", "waiting") else ""


def _summary(found: list[dict[str, Any]]) -> Iterator[str]:
    states = Counter(one["state"] for one in found)
    total = f"{len(found)} charger{'' if len(found) == 1 else 's'}"
    yield f"{total}: {', '.join(f'{number} {state}' for state, number in states.most_common())}."
    yield wrapped("More of one: `edgectl charger ID`. One that is missing here: `edgectl events`.", 0)


def charger(one: dict[str, Any], now: float, events: Sequence[dict[str, Any]] = ()) -> str:
    """Everything of one charger, and what happened to it lately."""
    lines = [*_now(one, now), *_observed(one, now), *_settings(one), *_history(one)]
    size = max(len(name) for name, _ in lines) + 2
    shown = [f"{one['label']}  ({one['id']})", *(wrapped(value, size, name) for name, value in lines)]
    if events:
        shown += ["", "What happened last:", *map(event, events)]
    return "\n".join(shown)


def _now(one: dict[str, Any], now: float) -> Iterator[tuple[str, str]]:
    session, attempt = one["session"], one["last_attempt"]
    if not session:
        yield "state", one["state"]
        if attempt and one["state"] != "away":
            came = f"{when(attempt['at'])} over {leg(attempt['secure'], False)} from {attempt['address']}"
            how = "closed at once" if attempt["status"] == 101 else f"refused with HTTP status {attempt['status']}"
            yield "last attempt", f"{came}, {how}"
            yield "why", attempt["sentence"]
        return
    yield "state", f"{one['state']} for {span(now - session['since'])}, since {when(session['since'])}"
    own = f"{leg(session['secure'], session['password'])}, from {session['address']}"
    yield "to Edge", own
    yield "to central", f"{session['uplink']}, {CREDENTIALS[session['credentials']]}"
    yield "OCPP", session["protocol"] or "no version agreed"
    yield "served", "yes" if session["served"] else "not yet: the central system has not answered anything"
    if session["quirks"]:
        yield "unusual", ", ".join(session["quirks"])
    if not session["password"] and not one["secret"]:
        yield "advice", "It shows no password, so its OCPP ID is its only secret: tell it to nobody."


def _observed(one: dict[str, Any], now: float) -> Iterator[tuple[str, str]]:
    seen = one.get("observed")
    if not seen:
        return
    if seen["boot"]:
        boot = seen["boot"]
        told = (boot["vendor"], boot["model"], boot["firmware"] and f"firmware {boot['firmware']}", boot["serial"])
        yield "device", ", ".join(filter(None, told)) or "it told nothing about itself"
    for connector in seen["connectors"]:
        yield f"connector {connector['number']}" if connector["number"] else "as a whole", _connector(connector)
    if seen["power"] is not None:
        yield "power", figure(seen["power"], "W")
    last = seen["last_message"]
    if last:
        who = "the charger" if last["source"] == "charger" else "the central system"
        yield "last message", f"{last['action'] or 'an answer'} from {who}, {span(now - last['at'], 1)} ago"


def _connector(one: dict[str, Any]) -> str:
    told = [one["status"] or "state unknown"]
    if one["error"] not in ("", "NoError"):
        told.append(" ".join(filter(None, (one["error"], one["vendor_error"], one["info"]))))
    under_way = one["transaction"]
    if under_way:
        told.append(f"charging since {when(under_way['started'])} with card {under_way['card']}")
        if under_way["energy"] is not None:
            told.append(figure(under_way["energy"], "Wh"))
    if one["power"]:
        told.append(figure(one["power"], "W"))
    if one["soc"] is not None:
        told.append(f"{one['soc']:g} % full")
    return ", ".join(told)


def figure(value: float, unit: str) -> str:
    """A figure as people read it, such as `7.36 kW`."""
    return f"{value / 1000:.2f} k{unit}" if abs(value) >= 1000 else f"{value:.0f} {unit}"


def _settings(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    secret, password, wss = one["secret"], one["detected"]["password"], one["detected"]["wss_at"]
    yield "endpoint", f"{one['endpoint']}, set by hand" if one["endpoint"] else "none set by hand: Edge detects it"
    if secret:
        yield "secret", f"of user {secret['username']}, entered {when(secret['since'])}; {SHOWS[secret['shows']]}"
        if not secret["used"]:
            yield (
                "",
                f"It was entered for {secret['origin']} and is not used at present. Enter it again to use it here.",
            )
    else:
        yield "secret", "none entered"
    if one.get("trust"):
        for root in one["trust"]["roots"]:
            yield "believes", f"{root['subject']}, until {when(root['ends'])}, set by hand"
        if one["trust"]["cn_fallback"]:
            yield "", "A certificate without a list of names is taken by its common name."
    if wss or password:
        found = [f"wss ({when(wss)})"] if wss else []
        found += [f"password of user {password['username']} ({when(password['at'])})"] if password else []
        yield "detected", ", ".join(found)
    if one["pending_key"]:
        yield "new password", f"set by the central system {when(one['pending_key']['since'])}, not proved yet"
    flags = [name.replace("_", " ") for name in ("approved", "blocked", "wss_only") if one[name]]
    if flags:
        yield "set by hand", ", ".join(flags)


def _history(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    served = f", from {one['last_address']}" if one["last_address"] else ""
    yield "last served", when(one["last_served"]) + served
    if one["first_served"]:
        yield "first served", when(one["first_served"])
    if one["usual_address"] and one["usual_address"] != one["last_address"]:
        yield "usual address", one["usual_address"]


def choices(found: Sequence[dict[str, Any]]) -> str:
    """The answers to the question what the charger will show."""
    return "\n".join(choice(one, f"  {one['value']}", 12) for one in found)


def choice(one: dict[str, Any], first: str, indent: int) -> str:
    """One of them, behind its word or flag."""
    seen = [when(one["at"])] if one["at"] else []
    seen += [f"from {one['address']}"] if one["address"] else []
    sentence = one["sentence"].removesuffix(".")
    return wrapped(f"{sentence} ({', '.join(seen)})." if seen else f"{sentence}.", indent, first)


# --- the rest --------------------------------------------------------------------------------------------------------


def event(one: dict[str, Any]) -> str:
    """One event, behind its time."""
    return wrapped(one["sentence"], 21, when(one["at"]))


def line(one: dict[str, Any]) -> str:
    """One event; on one line where it goes into a file or to a program such as `grep`."""
    return event(one) if sys.stdout.isatty() else f"{when(one['at'])}  {one['sentence']}"


def message_line(one: dict[str, Any]) -> str:
    """One message on a line: number, time, who sent it, what, how long the answer took, and its text, cut to fit."""
    arrow = "->" if one["source"] == "charger" else "<-"
    kind = {"call": "", "result": " answered", "error": " refused"}.get(one["kind"], f" {one['kind']}")
    took = f" after {one['seconds']:.3f} s" if one["seconds"] is not None and one["kind"] != "call" else ""
    wrong = f" {one['error']}" if one["error"] else ""
    text = "".join(character for character in one["text"] if character.isprintable())
    head = f"{one['id']}  {when(one['at'])}  {arrow} {one['action'] or '?'}{kind}{wrong}{took}"
    return cut(f"{head}  {text}", width()) if sys.stdout.isatty() else f"{head}  {text}"


def message(one: dict[str, Any]) -> str:
    """One message laid out, with its counterpart and what is odd about it."""
    lines = [message_line({**one["message"], "text": ""}).rstrip()]
    lines += ["".join(character for character in line if character.isprintable()) for line in one["layout"].split("\n")]
    if one["findings"]:
        lines += ["", "By the OCPP schemas:"]
        lines += [wrapped(f"{found['place'] or 'message'}: {found['sentence']}", 2) for found in one["findings"]]
    if one["other"]:
        lines += ["", message_line(one["other"])]
    return "\n".join(lines)


def checks(found: list[dict[str, Any]]) -> str:
    """What the doctor found."""
    lines = []
    for one in found:
        lines.append(wrapped(one["sentence"], 4, "ok" if one["ok"] else "!!"))
        if one["remedy"]:
            lines.append(wrapped(one["remedy"], 4))
    wrong = sum(not one["ok"] for one in found)
    return "\n".join([*lines, "", "All is well." if not wrong else f"{wrong} of {len(found)} need a look."])


def box(one: dict[str, Any]) -> str:
    """The box."""
    certificate, ports, uplink = one["certificate"], one["ports"], one["uplink"]
    ways = {"detect": "Edge detects which one a charger needs", "always": "always the second, wss"}
    lines = [
        ("Edge", one["version"]),
        ("state directory", one["state_directory"]),
        ("ports for chargers", ", ".join(f"{kind} {port}" for kind in ("ws", "wss") for port in ports[kind]) or "none"),
        ("EdgeManager", ", ".join(map(str, ports["manager"])) or "not open"),
        ("central system", f"{uplink['ws']} and {uplink['wss']}; {ways.get(uplink['secure'], uplink['secure'])}"),
        ("new chargers", "have to be approved" if one["admission"] == "approve" else "are let in"),
        ("chargers", f"{one['chargers']['connected']} connected, {one['chargers']['known']} known"),
        ("names", ", ".join(certificate["names"])),
        ("addresses", ", ".join(certificate["addresses"])),
        ("root certificate", f"ends {when(certificate['root_ends'])}; SHA-256 fingerprint:"),
        ("", certificate["fingerprint"]),
        ("certificate", f"ends {when(certificate['leaf_ends'])}"),
    ]
    size = max(len(name) for name, _ in lines) + 2
    return "\n".join(wrapped(value, size, name) for name, value in lines)
