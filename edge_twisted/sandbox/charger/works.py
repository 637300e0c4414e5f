"""What the parts of one charger have in common."""

from collections.abc import Callable
from typing import Any

from attrs import define
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.asking import Unanswered
from edge_twisted.sandbox.charger.cards import Cards
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.events import Events
from edge_twisted.sandbox.charger.keys import Keys
from edge_twisted.sandbox.charger.profiles import Profiles
from edge_twisted.sandbox.charger.settings import ChargerSettings
from edge_twisted.sandbox.charger.watch import Watch
from edge_twisted.sandbox.framing import Payload

_log = Logger(namespace="sandbox")


@define(eq=False)
class Works:
    """The inside of a charger.

    Args:
        identity: its own.
        clock: for waits.
        settings: what it is.
        dialogue: asks the central system.
        tell: hears what happens.
        draw: a number from 0 to 1.
        watch: its clock.
        keys: its configuration.
        cards: whom it lets charge.
        profiles: how much they may take.
        events: its security log.
    """

    identity: str
    clock: IReactorTime
    settings: ChargerSettings
    dialogue: Dialogue
    tell: Callable[[h.Happening], None]
    draw: Callable[[], float]
    watch: Watch
    keys: Keys
    cards: Cards
    profiles: Profiles
    events: Events

    def say(self, action: str, payload: Payload, *, urgent: bool = False) -> None:
        """Tell the central system something whose answer changes nothing."""
        forget(self.dialogue.call(action, payload, urgent=urgent))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await deferLater(self.clock, seconds)


def keys_of(settings: ChargerSettings) -> Keys:
    """The configuration of a charger that was never changed.

    Args:
        settings: what it is.
    """
    plan, rules = settings.plan, settings.transactions
    usual = {
        "NumberOfConnectors": settings.connectors,
        "SecurityProfile": settings.profile,
        "TransactionMessageAttempts": rules.attempts,
        "TransactionMessageRetryInterval": round(rules.retry_seconds),
        "WebSocketPingInterval": round(settings.ping.every),
        **({"MeterValueSampleInterval": round(plan.sample)} if plan else {}),
    }
    return Keys(settings.white_paper, {name: str(value) for name, value in usual.items()} | dict(settings.keys))


def run(steps: Any) -> Deferred[None]:
    """Run a coroutine; its end by cancelling is none to speak of, any other failure is logged.

    Args:
        steps: the coroutine.
    """
    running: Deferred[None] = Deferred.fromCoroutine(steps)

    def failed(failure: Any) -> None:
        if not failure.check(CancelledError):
            _log.failure("A part of a simulated charger failed", failure)

    return running.addErrback(failed)


def forget(asked: Deferred[Payload]) -> None:
    """Ask for something whose answer changes nothing."""
    asked.addErrback(lambda failure: failure.trap(Unanswered) and None)
