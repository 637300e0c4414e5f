"""What would make this site more secure, what helps most first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from attrs import evolve, frozen

from edge_twisted.core.roles import Role
from edge_twisted.store.entries import Entry
from edge_twisted.web import shapes
from edge_twisted.web.caller import Caller
from edge_twisted.web.doctor import SOON
from edge_twisted.web.site.calling import called, is_foreign
from edge_twisted.web.site.guides import Guide, guides_for
from edge_twisted.web.site.place import Place, may

MANY_ATTEMPTS: Final = 5
"""So many may be somebody who mistypes."""
CUT: Final = "…"
SHORT_ID: Final = 6
NAMED: Final = 12
"""Chargers that are named; the others are counted."""

TONES: Final = ("bad", "warn", "info")
"""The worst first."""

What = Literal[
    "clash",
    "approval",
    "attempts",
    "certificate",
    "anywhere",
    "no-password",
    "uplink-plain",
    "leg-plain",
    "address",
    "own-factor",
    "factors",
    "wss-only",
]


@frozen
class Concerned:
    """A charger that an advice is about.

    Args:
        label: how it is called.
        url: where the next step is done.
        more: what tells it from others whose label is cut, and what else is worth knowing.
    """

    label: str
    url: str
    more: str = ""


@frozen
class Advice:
    """One thing to do.

    Args:
        what: a word for which the page has the sentences.
        tone: `bad`, `warn` or `info`.
        count: how many it is about.
        chargers: the first of them, where it is about chargers.
        guides: for the makes of those chargers, where there are some.
    """

    what: What
    tone: Literal["bad", "warn", "info"]
    count: int = 1
    chargers: tuple[Concerned, ...] = ()
    guides: tuple[Guide, ...] = ()

    @property
    def others(self) -> int:
        """How many are not named."""
        return max(0, self.count - len(self.chargers))


def advise(
    place: Place,
    caller: Caller,
    chargers: list[shapes.Charger],
    clashes: Iterable[Entry],
    attempts: Iterable[Entry],
) -> list[Advice]:
    """What to do, the most useful first.

    Args:
        place: the box.
        caller: who reads it: what somebody else has to do is not told to him.
        chargers: all of them.
        clashes: alarms of late that tell of somebody with another's identity.
        attempts: attempts of late with a wrong password.
    """
    certificate = place.box.certificate()
    own = (*certificate.names, *certificate.addresses)
    elsewhere = _elsewhere([one for one in chargers if one.last_host and is_foreign(one.last_host, own)])
    found = [*_about_chargers(caller, chargers, clashes, attempts), *elsewhere, *_about_box(place, caller)]
    return sorted(found, key=lambda advice: TONES.index(advice.tone))


def _about_chargers(
    caller: Caller, chargers: list[shapes.Charger], clashes: Iterable[Entry], attempts: Iterable[Entry]
) -> Iterator[Advice]:
    uplink = _uplink if may(caller, Role.MAINTAINER) else _overview
    clashing = {entry.charger for entry in clashes}
    yield from _some("clash", "bad", [one for one in chargers if one.id in clashing], _overview)
    yield from _some("approval", "warn", [one for one in chargers if one.state == "waiting"], _overview)
    tried = counted(attempts)
    if tried >= MANY_ATTEMPTS:
        yield Advice("attempts", "warn", tried)
    connected = [(one, one.session) for one in chargers if one.session]
    bare = [one for one, session in connected if not session.password and not one.secret]
    yield from _some("no-password", "warn", bare, uplink)
    plain = [one for one, session in connected if not session.uplink_secure]
    yield from _some("uplink-plain", "warn", plain, uplink)
    open_legs = [one for one, session in connected if not session.secure]
    for advice in _some("leg-plain", "warn", open_legs, _overview):
        yield evolve(advice, guides=tuple(guides_for(open_legs)))
    open_ = [one for one, session in connected if session.secure and not one.wss_only]
    yield from _some("wss-only", "info", open_, uplink)


def _elsewhere(chargers: list[shapes.Charger]) -> Iterator[Advice]:
    """Chargers that call the box by what is not its name or address, or no longer: also those that are away."""
    if chargers:
        named = tuple(
            Concerned(one.label, _overview(one), ", ".join(filter(None, (_more(one), called(one.last_host or "")))))
            for one in chargers[:NAMED]
        )
        yield Advice("address", "warn", len(chargers), named)


def _about_box(place: Place, caller: Caller) -> Iterator[Advice]:
    certificate = place.box.certificate()
    if min(certificate.root_ends, certificate.leaf_ends) < place.time() + SOON:
        yield Advice("certificate", "bad")
    if "any" in (*place.settings.listen.from_, *place.settings.manager.from_):
        yield Advice("anywhere", "warn")
    people = place.access.people
    own = people.account(caller.name) if caller.session else None
    if own is not None and not own.second_factor:
        yield Advice("own-factor", "info")
    if may(caller, Role.ADMIN):
        others = [one for one in people.accounts if one.role is Role.ADMIN and not one.second_factor and one != own]
        if others:
            yield Advice("factors", "info", len(others))


def counted(attempts: Iterable[Entry]) -> int:
    """How many attempts entries tell of: the journal folds those that come in a flood."""
    return sum(1 + int(str(entry.fields.get("folded", 0))) for entry in attempts)


def _some(
    what: What,
    tone: Literal["bad", "warn", "info"],
    found: list[shapes.Charger],
    url: Callable[[shapes.Charger], str],
) -> Iterator[Advice]:
    if found:
        yield Advice(what, tone, len(found), tuple(Concerned(one.label, url(one), _more(one)) for one in found[:NAMED]))


def _more(charger: shapes.Charger) -> str:
    """Address and the beginning of the opaque id, where the identity is secret, and many begin alike."""
    if not charger.label.endswith(CUT):
        return ""
    address = charger.session.address if charger.session else charger.last_address
    return ", ".join(word for word in (address, charger.id[:SHORT_ID]) if word)


def _overview(charger: shapes.Charger) -> str:
    return f"/chargers/{charger.id}"


def _uplink(charger: shapes.Charger) -> str:
    return f"/chargers/{charger.id}/settings/network/uplink"
