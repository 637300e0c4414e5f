"""A small central system: OCPP 1.6 JSON on a ws and a wss port, with the charger dashboard's security per charger.

What is saved on the dashboard holds from the next handshake on.
"""

import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, fail
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.protocols.tls import TLSMemoryBIOFactory

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.accounts import Accounts
from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.certificates import KINDS, SELF_SIGNED
from edge_twisted.sandbox.central.faults import Fault, Faults
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.central.leg import CentralFactory
from edge_twisted.sandbox.central.parameters import may_be_sent
from edge_twisted.sandbox.central.ports import Ports, Shown
from edge_twisted.sandbox.central.rotation import PROFILES, raise_profile, rotate
from edge_twisted.sandbox.central.schemas import central_actions
from edge_twisted.sandbox.central.settings import CentralSettings
from edge_twisted.sandbox.central.shared import IDENTITY, STRANGER, Leg, Shared
from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account

__all__ = ["STRANGER", "Central", "CentralSettings", "NotAnswered"]

QUIET_SECONDS: Final = 300.0
"""A charger that says nothing for so long, not even a ping, is gone."""
SWEEP_SECONDS: Final = 30.0


class Central:
    """The central system.

    Args:
        reactor: for sockets and time.
        settings: how it is set up.
        tell: hears what happens; must not raise.
        clock: seconds since the epoch.
        ledger: where every message is written that it sends or receives.

    Attributes:
        faults: what goes wrong on purpose.
        accounts: what is set for each identity on the dashboard; setting one is the same as `save`.
        ports: the ports that were taken, under `ws` and `wss`; the same while they are closed.
    """

    def __init__(
        self,
        reactor: Any,
        settings: CentralSettings,
        tell: Callable[[h.Happening], None],
        clock: Callable[[], float] = time.time,
        ledger: Ledger | None = None,
    ) -> None:
        self.reactor = reactor
        self.settings = settings
        self.clock = clock
        self.faults = Faults(self._fault_changed, self._impossible)
        answers = Answers(settings.heartbeat_seconds, cards=settings.cards)
        self._shared = Shared(
            reactor, tell, clock, ledger or Ledger(clock), answers, self.faults, settings.strangers == "accept"
        )
        self.accounts = Accounts(self.chargers, self.save, self.remove)
        self.ports: dict[str, int] = {}
        self._doors = Ports(reactor, settings.interface)
        self._back: IDelayedCall | None = None
        self._stopped = False
        self._sweep = LoopingCall(self._drop_quiet)
        self._sweep.clock = reactor

    # --- it runs -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the ports.

        Raises:
            twisted.internet.error.CannotListenError: a port is taken.
        """
        settings = self.settings
        self.ports["ws"] = self._doors.add("ws", settings.ws, self.factory(secure=False))
        if settings.certificate is not None:
            creator = Shown(settings.certificate, settings.authority, self.faults)
            secure = TLSMemoryBIOFactory(creator, False, self.factory(secure=True), self.reactor)
            self.ports["wss"] = self._doors.add("wss", settings.wss, secure)
        self._sweep.start(SWEEP_SECONDS, now=False)

    def factory(self, *, secure: bool) -> CentralFactory:
        """Make what speaks to the connections of one port."""
        return CentralFactory(self._shared, secure)

    def stop(self) -> Deferred[Any]:
        """Close ports and connections; done when all are gone, within `LINGER` seconds."""
        if self._sweep.running:
            self._sweep.stop()
        self._stopped = True
        self._no_return()
        return DeferredList([self._doors.close(), *(leg.leave() for leg in tuple(self.legs))])

    # --- who is there ------------------------------------------------------------------------------------------------

    @property
    def chargers(self) -> dict[str, Known]:
        """Every identity that is on the dashboard or was seen, in order of first appearance; to be read only."""
        return self._shared.roll.chargers

    @property
    def connected(self) -> dict[str, Leg]:
        """Who is connected now, by identity."""
        return self._shared.connected

    @property
    def legs(self) -> set[Leg]:
        """All connections, those without a handshake included."""
        return self._shared.legs

    def known(self, identity: str) -> Known | None:
        """What is known of a charger; None: nothing."""
        return self.chargers.get(identity)

    def account(self, identity: str) -> Account | None:
        """What holds for an identity at its handshake; None: it is not known here."""
        return self._shared.account(identity)

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Hear of changes.

        Args:
            changed: called with an identity whenever something about it changed; with an empty text for what concerns
                all, such as faults. If it raises, that is logged and nobody else's matter.

        Returns:
            Call it to hear no more.

        Raises:
            ValueError: too many watch already.
        """
        return self._shared.watch(changed)

    # --- the dashboard -----------------------------------------------------------------------------------------------

    def save(self, identity: str, account: Account, *, close: bool = False) -> None:
        """Set a charger's security; in force from its next handshake on.

        Args:
            identity: the charger's, 1 to 255 characters.
            account: what holds.
            close: whether its connection is closed at once.

        Raises:
            ValueError: the identity can't be one, or there are too many accounts.
        """
        if not 0 < len(identity) <= IDENTITY:
            raise ValueError(f"An identity has from 1 to {IDENTITY} characters.")
        self._shared.roll.save(identity, account)
        self._shared.changed(identity)
        if close:
            self.disconnect(identity)

    def remove(self, identity: str) -> None:
        """Take a charger off the dashboard: at its next handshake it is a stranger; a connection stays."""
        self._shared.roll.remove(identity)
        self._shared.changed(identity)

    def disconnect(self, identity: str, code: int = 1000) -> bool:
        """Close a charger's connection.

        Args:
            identity: the charger's.
            code: of the close frame; 0: none.

        Returns:
            Whether there was one.

        Raises:
            ValueError: this code must not be sent.
        """
        if not may_be_sent(code):
            raise ValueError("code must be 0 or one that may be sent: 1000-1003, 1007-1014, 3000-4999.")
        leg = self.connected.get(identity)
        if leg is not None:
            leg.leave(code)
        return leg is not None

    # --- asking ------------------------------------------------------------------------------------------------------

    @property
    def actions(self) -> Mapping[str, dict[str, Any]]:
        """What a charger can be asked: the JSON schema of each request, by action."""
        return central_actions()

    def ask(self, identity: str, action: str, payload: Payload) -> Deferred[Payload]:
        """Ask a charger; one request at a time is open, the others wait.

        Args:
            identity: the charger's.
            action: one of `actions`; any other is sent as well.
            payload: its fields; they are sent as they are, right or wrong.

        Returns:
            The payload of the answer; fails with `NotAnswered`: the code of a CALLERROR, `offline`, `timeout` (after
            `asking.ANSWER_SECONDS`) or `crowded` (`asking.WAITING` wait already).
        """
        leg = self.connected.get(identity)
        return leg.ask(action, payload) if leg is not None else fail(NotAnswered("offline"))

    def rotate(self, identity: str, form: str = "hex") -> Deferred[str]:
        """Change a charger's password over OCPP; see `rotation.rotate`.

        Args:
            identity: the charger's.
            form: as for `rotation.new_password`.

        Returns:
            The status of its answer; fails with `NotAnswered`, or with ValueError where there is no such form.
        """
        ask, account, save = self._of(identity)
        return _shielded(rotate(ask, identity, account, save, form))

    def raise_profile(self, identity: str, profile: int) -> Deferred[str]:
        """Raise a charger's security profile over OCPP; see `rotation.raise_profile`.

        Args:
            identity: the charger's.
            profile: 1, 2 or 3.

        Returns:
            The status of its answer; fails with `NotAnswered`, or with ValueError where there is no such profile.
        """
        if profile not in PROFILES:
            return fail(ValueError("profile must be 1, 2 or 3."))
        return _shielded(raise_profile(*self._of(identity), profile))

    def _of(self, identity: str) -> tuple[Any, Callable[[], Account], Callable[[Account], None]]:
        return partial(self.ask, identity), lambda: self.account(identity) or STRANGER, partial(self.save, identity)

    # --- faults ------------------------------------------------------------------------------------------------------

    def _impossible(self, fault: Fault) -> str:
        if fault.kind in KINDS and self.settings.certificate is None:
            return f"{fault.kind} needs a wss port, and there is none."
        if fault.kind in KINDS and fault.kind != SELF_SIGNED and self.settings.authority is None:
            return f"{fault.kind} needs the authority that issued the certificate, and it is not known here."
        return ""

    def _fault_changed(self, identity: str | None, kind: str) -> None:
        if kind == "down" and not self._stopped:
            self._down_changed()
        for leg in tuple(self.legs):
            if identity is None or leg.identity == identity:
                leg.fault_changed(kind)
        self._shared.changed(identity or "")

    def _down_changed(self) -> None:
        self._no_return()
        down = self.faults.find(["down"])
        self._doors.want(down is None)
        if down is None:
            return
        for leg in tuple(self.legs):
            leg.transport.abortConnection()
        if down.seconds:
            self._back = self.reactor.callLater(down.seconds, self.faults.stop, "down")

    def _no_return(self) -> None:
        if self._back is not None and self._back.active():
            self._back.cancel()
        self._back = None

    def _drop_quiet(self) -> None:
        now = self.reactor.seconds()
        for leg in tuple(self.legs):
            if now - leg.heard > QUIET_SECONDS:
                leg.transport.abortConnection()


def _shielded(change: Coroutine[Any, Any, str]) -> Deferred[str]:
    """Carry a change through, even if whoever asked for it does not wait for its end: the charger may have accepted."""
    done: Deferred[str] = Deferred()
    Deferred.fromCoroutine(change).addCallbacks(done.callback, done.errback)
    return done
