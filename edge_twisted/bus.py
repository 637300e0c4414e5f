"""Carries core events to whoever listens; a listener that fails harms nobody else."""

from collections.abc import Callable

from twisted.logger import Logger

from edge_twisted.core.events import Event

Listener = Callable[[Event], None]


class Bus:
    """One publisher, many listeners, in the order they came."""

    _log = Logger()

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener.

        Args:
            listener: called with each event, on the reactor's thread; must not block.

        Returns:
            A function that removes it again.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def publish(self, event: Event) -> None:
        """Tell everybody.

        Args:
            event: what happened.
        """
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - one listener's fault is nobody else's
                self._log.failure("A listener failed at {code}.", code=event.code)
