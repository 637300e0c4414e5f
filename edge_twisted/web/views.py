"""What a maintainer can see of chargers: records, sessions and attempts as shapes; never a secret."""

from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import define

from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.identity import usable_identity
from edge_twisted.core.policy import usual_dial
from edge_twisted.core.record import Record, folded
from edge_twisted.core.redaction import clean, clean_bytes
from edge_twisted.desk.desk import Desk
from edge_twisted.desk.visitors import UNSUPPORTED, Visit
from edge_twisted.registry import Registry
from edge_twisted.web import shapes
from edge_twisted.web.message_shapes import Observed
from edge_twisted.web.refusing import refuse
from edge_twisted.web.roots import show_trust
from edge_twisted.words import speech

PREFIX: Final = 4
"""Characters of an opaque id that are enough, where they are unique."""
ID_CHARACTERS: Final = 16
STRANGERS: Final = 1000
"""Chargers that only tried, in the list: somebody may make identities up by the thousand."""

ASKED: Final = frozenset({"turned-away", "central-failed", "central-busy", "central-timeout"})
"""Refusals that pass on what came of asking the central system."""
NOT_ASKED: Final = frozenset({"cached", "held-off", "central-down"})
"""Refusals because of what came of asking it before."""


@define
class Views:
    """The chargers as they are now.

    Args:
        desk: records and attempts.
        registry: who is connected.
        observed: gives what a charger's messages told.
    """

    desk: Desk
    registry: Registry
    observed: Callable[[bytes], Observed | None] = lambda _: None

    def find(self, ref: bytes, new: bool = False) -> bytes:
        """Find a charger.

        An opaque id counts before anything else: a stranger must not be able to take a charger's name before a
        maintainer by connecting with it as his identity.

        Args:
            ref: its opaque id, a unique beginning of it of at least `PREFIX` characters, or its whole identity.
            new: whether it is an identity, perhaps of a charger that has not connected yet.

        Returns:
            The identity.

        Raises:
            Refused: 404 where there is none, or more than one; 422 where nobody can have that identity.
        """
        word = ref.decode("ascii", "replace").lower()
        known = self._known()
        if word in known:
            return known[word]
        found = {ref} if ref in self.desk.book or self.desk.visitors.get(ref) else set()
        if new:
            if not usable_identity(ref):
                raise refuse(422, "identity-unusable", "charger")
            return ref
        if len(word) >= PREFIX:
            found |= {identity for name, identity in known.items() if name.startswith(word)}
        if len(found) != 1:
            raise refuse(404, "charger-ambiguous" if found else "charger-unknown", "charger")
        return found.pop()

    def name(self, ref: bytes) -> str:
        """The opaque id of a charger, also of one that only the journal knows; arguments and errors as for `find`."""
        if len(ref) == ID_CHARACTERS and ref.isalnum():
            return ref.decode("ascii").lower()
        return self.desk.book.name(self.find(ref))

    def chargers(self) -> list[shapes.Charger]:
        """All that are known, and the latest `STRANGERS` of those that only tried, by label."""
        identities = {record.identity for record in self.desk.book}
        identities |= {visit.identity for visit in deque(self.desk.visitors, STRANGERS)}
        return sorted(map(self.charger, identities), key=lambda charger: (charger.label, charger.id))

    def charger(self, identity: bytes) -> shapes.Charger:
        """One charger."""
        record, visit = self.desk.book.fresh(identity), self.desk.visitors.get(identity)
        _, label = self.desk.book.called(identity)
        session = self._session(record.id)
        # Block compares without regard to letter case, so that what stands here is what the charger meets.
        blocked = any(one.blocked for one in self.desk.book.alike(identity))
        pending = record.pending
        return shapes.Charger(
            id=record.id,
            label=label,
            state=_state(blocked, visit, session),
            approved=record.approved,
            blocked=blocked,
            wss_only=record.wss_only,
            session=session,
            endpoint=str(record.endpoint) if record.endpoint else None,
            secret=self._secret(record),
            detected=shapes.Detected(wss_at=record.wss_detected_at or None, password=self._detected(record)),
            pending_key=shapes.PendingKey(since=pending.at, first=pending.first) if pending else None,
            first_served=record.first_served or None,
            last_served=record.last_served or None,
            last_address=record.last_address or None,
            usual_address=record.usual_address or None,
            last_attempt=_attempt(visit) if visit else None,
            observed=self.observed(identity),
            trust=show_trust(record.trust),
            last_host=clean(record.last_host) or None,
        )

    def choices(self, record: Record) -> list[shapes.Choice]:
        """The answers to the question what the charger itself will show, the likeliest preselected.

        Args:
            record: with the address of the last attempt.

        Returns:
            All four; those that can't be given here are not usable.
        """
        if record.shown:
            earlier, at, where = True, record.last_served, record.last_address
        elif record.detected:
            earlier, at, where = True, record.detected.at, record.detected.address
        else:
            earlier, at, where = False, 0.0, ""
        usual = record.usual_address or record.attempt_address
        bound = record.last_address or record.attempt_address
        return [
            _choice("detected", usable=earlier, preselected=earlier, at=at, address=where),
            _choice("same", usable=True, preselected=not earlier),
            _choice("next", usable=bool(usual), address=usual, confirm=bool(usual) and not record.usual_address),
            _choice("nothing", usable=bool(bound), address=bound, confirm=bool(bound) and not record.last_address),
        ]

    def is_charging(self, identity: bytes) -> bool:
        """Whether a charger's messages tell of a transaction that is under way."""
        found = self.observed(identity)
        return any(connector.transaction for connector in found.connectors) if found else False

    def identity(self, charger: str) -> bytes | None:
        """The identity of a charger by its opaque id, or None."""
        return self._known().get(charger)

    def _known(self) -> dict[str, bytes]:
        """Identities by opaque id."""
        known = {visit.id: visit.identity for visit in self.desk.visitors}
        return known | {record.id: record.identity for record in self.desk.book}

    def _session(self, charger: str) -> shapes.Session | None:
        found = self.registry.get(charger)
        if found is None:
            return None
        return shapes.Session(
            name=found.session,
            since=found.since,
            address=found.address,
            secure=found.secure,
            password=found.password,
            uplink=found.uplink,
            uplink_secure=found.uplink_secure,
            credentials=found.kind,  # type: ignore[arg-type]  # the same words, see policy.Kind
            protocol=found.protocol,
            quirks=found.quirks,
            served=found.served,
        )

    def _secret(self, record: Record) -> shapes.Secret | None:
        entered = record.entered
        if entered is None:
            return None
        return shapes.Secret(
            username=self._user(record, entered.credentials.user),
            origin=str(Endpoint(entered.scheme == "wss", entered.host, entered.port)),
            since=entered.at,
            shows=shown_from_now(record),
            used=usual_dial(self.desk.rules, record).kind == "entered",
        )

    def _detected(self, record: Record) -> shapes.DetectedPassword | None:
        found = record.detected
        if found is None:
            return None
        username = self._user(record, found.credentials.user)
        return shapes.DetectedPassword(username=username, at=found.at, address=found.address)

    def _user(self, record: Record, user: bytes) -> str:
        """A user name as far as it is no charger's only secret."""
        alike = [record.identity] if folded(user) == folded(record.identity) else []
        alike += [other.identity for other in self.desk.book.alike(user)]
        alike += [user] if self.desk.visitors.get(user) else []
        return self.desk.book.called(alike[0])[1] if alike else clean_bytes(user)


def shown_from_now(record: Record) -> shapes.Shows:
    """What the charger itself shall show, where a secret is entered."""
    if record.no_password:
        return "nothing"
    if record.own_next:
        return "next"
    return "detected" if record.own else "same"


def _choice(
    value: shapes.Shows,
    *,
    usable: bool,
    preselected: bool = False,
    at: float = 0.0,
    address: str = "",
    confirm: bool = False,
) -> shapes.Choice:
    return shapes.Choice(
        value=value,
        sentence=f"{speech.shows(value)}.",
        usable=usable,
        preselected=preselected,
        at=at or None,
        address=address or None,
        confirm=confirm,
    )


def _state(blocked: bool, visit: Visit | None, session: shapes.Session | None) -> shapes.ChargerState:
    if blocked:
        return "blocked"
    if session:
        return "connected"
    if visit and visit.cause == "approval":
        return "waiting"
    return "refused" if visit and visit.cause else "away"


def _attempt(visit: Visit) -> shapes.LastAttempt:
    return shapes.LastAttempt(
        at=visit.at,
        address=visit.address,
        secure=visit.secure,
        status=visit.status,
        cause=visit.cause,
        sentence=_why(visit),
    )


def _why(visit: Visit) -> str:
    """Why an attempt came to nothing: what the central system was found to say, and why it was not asked."""
    if not visit.cause:
        return ""
    found = visit.found if visit.cause in ASKED | NOT_ASKED else None
    told = [speech.cause(found.cause, found.detail), speech.remedy(found.remedy)] if found else []
    if not found or visit.cause in NOT_ASKED:
        told.append(speech.outcome(UNSUPPORTED) if visit.cause == UNSUPPORTED else speech.refusal(visit.cause))
    return " ".join(f"{one}." for one in told)
