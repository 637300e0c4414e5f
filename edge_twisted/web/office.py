"""What a maintainer can do: changes to the desk's records, and tests of values before they are saved."""

from collections.abc import Callable

from attrs import define, evolve
from msgspec import UNSET
from twisted.internet.defer import Deferred

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.diagnosis import from_result
from edge_twisted.core.endpoint import EndpointError, parse_endpoint
from edge_twisted.core.identity import upstream_segment
from edge_twisted.core.learning import EntryError, allow_again, enter_endpoint, enter_secret, pin_detected
from edge_twisted.core.policy import Dial, usual_dial
from edge_twisted.core.record import Binding, Record
from edge_twisted.core.roles import Role, role_for_endpoint
from edge_twisted.core.session import TURNED_AWAY
from edge_twisted.core.steps import Answered, Opened, Result
from edge_twisted.desk.desk import Desk
from edge_twisted.web import shapes
from edge_twisted.web.refusing import refuse, refuse_endpoint, refuse_entry
from edge_twisted.web.roots import name_trust, read_trust
from edge_twisted.web.secret import read_digits, read_secret
from edge_twisted.web.views import Views, shown_from_now
from edge_twisted.words import speech


@define
class Office:
    """The maintainer's side of the desk.

    Args:
        desk: records and sessions.
        views: shows them.
        trial: dials once with given values, and closes again.
    """

    desk: Desk
    views: Views
    trial: Callable[[Dial, bytes], Deferred[Result]]

    # --- an uplink ---------------------------------------------------------------------------------------------------

    async def set_uplink(self, identity: bytes, change: shapes.UplinkChange, by: str, role: Role = Role.ADMIN) -> None:
        """Set endpoint and secret of a charger; a live session follows at once (H9).

        Args:
            identity: the charger.
            change: what to change.
            by: who.
            role: what that one may do.

        Raises:
            Refused: 403 where the endpoint needs another role, 409 where the question is not answered or an address not
                confirmed, 422 where a value is wrong.
        """
        before, after = self.would_be(identity, change, role)
        waiting = []  # nothing is waited for in between: what is learned meanwhile would be lost
        if after.endpoint != before.endpoint:
            old, new = str(before.endpoint or ""), str(after.endpoint or "")
            waiting.append(self.desk.edit(after, "endpoint", by, old, new))
        if after.entered != before.entered or shown_from_now(after) != shown_from_now(before):
            waiting.append(self.desk.edit(after, "secret", by, _secret_word(before), _secret_word(after)))
        for one in waiting:
            await one

    def would_be(self, identity: bytes, change: shapes.UplinkChange, role: Role = Role.ADMIN) -> tuple[Record, Record]:
        """What `set_uplink` would do, without doing it; arguments and errors are the same.

        Returns:
            The record as it is, and as it would be.
        """
        before = self.desk.record(identity)
        after = self.changed(before, change)
        self._permit(before, after, role)
        return before, after

    def changed(self, record: Record, change: shapes.UplinkChange) -> Record:
        """The record with a change in it.

        Args:
            record: as it is.
            change: what to change.

        Returns:
            As it would be.

        Raises:
            Refused: as `set_uplink`.
        """
        credentials = read_secret(change, record.identity)
        if change.clear_secret:
            if credentials:
                raise refuse(422, "secret-both", "clear_secret")
            record = evolve(record, entered=None, own=None, own_next=None, no_password=None, pending=None)
        if change.endpoint is not UNSET:
            record = self._with_endpoint(record, change.endpoint)
        if credentials is None and change.shows is UNSET:
            return record
        entered = record.entered
        if credentials is None and entered is None:
            raise refuse(422, "secret-missing", "shows")
        shows = None if change.shows is UNSET else change.shows
        confirmed = None if change.confirm_address is UNSET else change.confirm_address
        secret = credentials or (entered and entered.credentials)
        assert secret
        try:
            new = enter_secret(self.desk.rules, record, secret, shows, self.desk.time(), confirmed, read_digits(change))
        except EntryError as error:
            if error.code == "shows-missing":
                raise refuse_entry(error, "shows", self.views.choices(record), 409) from None
            raise refuse_entry(error, _field(error)) from None
        # Another answer alone leaves the secret at the place that it was entered for.
        return new if credentials else evolve(new, entered=entered)

    def _with_endpoint(self, record: Record, text: str | None) -> Record:
        try:
            endpoint = None if text is None else parse_endpoint(text, record.identity)
            return enter_endpoint(record, endpoint, self.desk.rules.own)
        except EndpointError as error:
            raise refuse_endpoint(error) from None
        except EntryError as error:
            raise refuse_entry(error, "endpoint") from None

    def _permit(self, before: Record, after: Record, role: Role) -> None:
        """See that somebody may send a charger where it is to go: its messages and its password go there as well."""
        needed = role_for_endpoint(after.endpoint, (self.desk.rules.ws, self.desk.rules.wss))
        if after.endpoint != before.endpoint and not role.covers(needed):
            raise refuse(403, "role-endpoint", "endpoint")

    async def set_trust(self, identity: bytes, change: shapes.TrustChange, by: str, role: Role = Role.ADMIN) -> None:
        """Set whom a charger's uplink believes; a live session follows at once.

        Args:
            identity: the charger.
            change: the root certificates.
            by: who.
            role: what that one may do. Whoever holds the key of a root gets messages and password as much as another
                host would, so that it takes the same role to upload one.

        Raises:
            Refused: 403 where that takes another role, 422 where there are no usable certificates.
        """
        before = self.desk.record(identity)
        after = evolve(before, trust=read_trust(change))
        if after.trust == before.trust:
            return
        if after.trust is not None and not role.covers(Role.ADMIN):
            raise refuse(403, "role-trust", "pem")
        await self.desk.edit(after, "trust", by, name_trust(before.trust), name_trust(after.trust))

    async def test(self, identity: bytes, change: shapes.TestRequest, role: Role = Role.ADMIN) -> shapes.TestResult:
        """Dial with given values, without saving them.

        Args:
            identity: the charger.
            change: the values; what is left out is taken from the record.
            role: what who asks may do.

        Returns:
            What the central system said.

        Raises:
            Refused: 403 where the endpoint needs another role, 409 where a session stands that the test might replace,
                or a transaction is under way in it, 422 where a value is wrong.
        """
        before = record = self.desk.record(identity)
        credentials = read_secret(change, identity)
        if change.clear_secret:
            if credentials:
                raise refuse(422, "secret-both", "clear_secret")
            record = evolve(record, entered=None)
        if change.endpoint is not UNSET:
            record = self._with_endpoint(record, change.endpoint)
        self._permit(before, record, role)
        dial = self._test_dial(record, credentials)
        if dial.credentials and not dial.endpoint.secure and not dial.endpoint.is_private_literal:
            raise refuse(422, "plain-secret", "endpoint")
        if self.views.registry.get(record.id) and not change.replace_live:
            raise refuse(409, "live-session", "replace_live")
        if self.views.registry.get(record.id) and self.views.is_charging(identity):
            raise refuse(409, "live-transaction", "replace_live")
        self.desk.brakes.edited(identity)
        result = await self.trial(dial, upstream_segment(identity))
        digits = read_digits(change)
        if digits and dial.credentials and isinstance(result, Answered) and result.status in TURNED_AWAY:
            other = evolve(dial, credentials=Credentials(dial.credentials.user, digits.encode("ascii")))
            result = await self.trial(other, upstream_segment(identity))
        return _told(result)

    def _test_dial(self, record: Record, credentials: Credentials | None) -> Dial:
        if credentials is None:
            return usual_dial(self.desk.rules, record)
        endpoint = record.endpoint or self.desk.rules.wss
        return Dial(endpoint, record.trust or self.desk.rules.trust, credentials, "entered", True)

    # --- short actions -----------------------------------------------------------------------------------------------

    async def act(self, identity: bytes, action: str, by: str) -> None:
        """Carry out one of the short actions.

        Args:
            identity: the charger.
            action: one of `routes.ACTIONS`.
            by: who.

        Raises:
            Refused: 409 where the action does not apply.
        """
        record = self.desk.record(identity)
        try:
            match action:
                case "pin":
                    new = pin_detected(self.desk.rules, record, self.desk.time())
                    await self.desk.edit(new, "pinned", by, _secret_word(record), _secret_word(new))
                case "approve":
                    await self.desk.edit(evolve(record, approved=True), "approved", by)
                case "block":
                    await self.desk.edit(evolve(record, blocked=True), "blocked", by)
                case "unblock":
                    await self._unblock(identity, by)
                case "reset-transport":
                    new = evolve(record, wss_detected_at=0.0, leg_secure=None, security_profile=0, profile_kept=False)
                    await self.desk.edit(new, "reset-transport", by, "wss" if record.wss_detected_at else "")
        except EntryError as error:
            raise refuse_entry(error, "charger", status=409) from None

    async def _unblock(self, identity: bytes, by: str) -> None:
        """Unblock every writing of an identity: a block holds for all of them."""
        blocked = [record for record in self.desk.book.alike(identity) if record.blocked]
        waiting = [self.desk.edit(evolve(record, blocked=False), "unblocked", by) for record in blocked]
        for one in waiting:
            await one

    async def moved(self, identity: bytes, moved: shapes.Moved, by: str) -> None:
        """Let a charger without a password in from the address from where it last tried.

        Args:
            identity: the charger.
            moved: the address as the maintainer saw it.
            by: who.

        Raises:
            Refused: 409 where it has no such permission, or last tried from another address.
        """
        record = self.desk.record(identity)
        try:
            new = allow_again(record, None if moved.address is UNSET else moved.address)
        except EntryError as error:
            raise refuse_entry(error, "address" if error.address else "charger", status=409) from None
        await self.desk.edit(new, "moved", by, _place(record.no_password), _place(new.no_password))

    async def set_wss_only(self, identity: bytes, on: bool, by: str) -> None:
        """Demand wss of the charger itself, or no longer.

        Args:
            identity: the charger.
            on: whether it is demanded.
            by: who.
        """
        record = self.desk.record(identity)
        await self.desk.edit(evolve(record, wss_only=on), "wss-only", by, _switch(record.wss_only), _switch(on))

    async def forget(self, identity: bytes, by: str) -> shapes.Forgotten:
        """Forget a charger: what was learned, what was entered, and its last attempt; a live session is closed."""
        charger = self.desk.book.fresh(identity).id
        await self.desk.forget(identity, by)
        return shapes.Forgotten(forgotten=charger)


def _field(error: EntryError) -> str:
    if error.address:
        return "confirm_address"
    return "endpoint" if error.code == "plain-secret" else "shows"


def _secret_word(record: Record) -> str:
    """A secret as the journal may tell it."""
    return f"entered, {shown_from_now(record)}" if record.entered else "none"


def _switch(on: bool) -> str:
    return "true" if on else "false"


def _place(binding: Binding | None) -> str:
    return (binding.mac or binding.address) if binding else ""


def _told(result: Result) -> shapes.TestResult:
    if isinstance(result, Opened):
        sentence = f"{speech.test_accepted()}."
        return shapes.TestResult(outcome="accepted", status=101, cause="", remedy="", sentence=sentence)
    found = from_result(result)
    return shapes.TestResult(
        outcome="refused" if isinstance(result, Answered) else "failed",
        status=result.status if isinstance(result, Answered) else 0,
        cause=found.cause,
        remedy=found.remedy,
        sentence=f"{speech.cause(found.cause, found.detail)}. {speech.remedy(found.remedy)}.",
    )
