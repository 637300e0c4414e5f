"""What a central system can do wrong, and what of that it does now: for one charger or for all."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from attrs import Factory, asdict, define, frozen

from edge_twisted.sandbox.central.parameters import Parameter

CHARGERS: Final = 10_000
"""Chargers that have faults of their own, at most."""

Scope = Literal["charger", "all"]
Stage = Literal["port", "handshake", "open"]


@frozen
class FaultKind:
    """A kind of fault.

    Args:
        words: what the central system does, for a person to choose from.
        scope: `charger`: for one or for all; `all`: for all only, since it comes before an identity is known.
        stage: where it shows: at the `port`, in the answer to a `handshake`, or on the `open` connection.
        fields: its parameters, in the order of a form.
    """

    words: str
    scope: Scope
    stage: Stage
    fields: tuple[Parameter, ...] = ()


_AFTER: Final = Parameter("seconds", "seconds after the connection is open", "number", 0, most=86_400)
_LATER: Final = Parameter("retry_after", "Retry-After in seconds; 0: none", "whole", 0, most=86_400)

FAULTS: Final[Mapping[str, FaultKind]] = MappingProxyType(
    {
        "down": FaultKind(
            "Be down: the ports are closed, and what was connected is cut",
            "all",
            "port",
            (Parameter("seconds", "seconds until it comes back by itself; 0: it does not", "number", 0, most=86_400),),
        ),
        "reset-at-accept": FaultKind("Reset each TCP connection as soon as it is open", "all", "port"),
        "certificate-expired": FaultKind("Show an expired certificate", "all", "port"),
        "certificate-wrong-name": FaultKind("Show a certificate for another name", "all", "port"),
        "certificate-self-signed": FaultKind("Show a self-signed certificate", "all", "port"),
        "certificate-cn-only": FaultKind(
            "Show a certificate with its name in the subject's CN only, not in the SAN", "all", "port"
        ),
        "certificate-san-less": FaultKind("Show a certificate without a name, neither SAN nor CN", "all", "port"),
        "refuse": FaultKind(
            "Refuse handshakes with an HTTP status",
            "charger",
            "handshake",
            (Parameter("status", "HTTP status, such as 401, 403, 404, 429 or 503", "whole", 503, 400, 599), _LATER),
        ),
        "redirect": FaultKind(
            "Redirect handshakes",
            "charger",
            "handshake",
            (
                Parameter("status", "HTTP status", "whole", 302, choices=(301, 302, 303, 307, 308)),
                Parameter("location", "where to", "text", "wss://elsewhere.example/ocpp", most=1000),
            ),
        ),
        "http-1.0": FaultKind(
            "Refuse handshakes with HTTP/1.0",
            "charger",
            "handshake",
            (Parameter("status", "HTTP status", "whole", 503, 400, 599), _LATER),
        ),
        "garbage": FaultKind("Answer handshakes with octets that are no HTTP", "charger", "handshake"),
        "no-answer": FaultKind(
            "Do not answer handshakes",
            "charger",
            "handshake",
            (Parameter("seconds", "seconds until the connection is cut", "number", 120, 1, 240),),
        ),
        "slow-answer": FaultKind(
            "Answer handshakes late, as usual otherwise",
            "charger",
            "handshake",
            (Parameter("seconds", "seconds", "number", 5, most=240),),
        ),
        "any-password": FaultKind("Accept any user name and password", "charger", "handshake"),
        "no-subprotocol": FaultKind("Name no subprotocol in the 101, and go on", "charger", "handshake"),
        "wrong-subprotocol": FaultKind(
            "Name a subprotocol in the 101 that the charger did not offer",
            "charger",
            "handshake",
            (Parameter("protocol", "its name", "token", "ocpp2.0.1", most=100),),
        ),
        "close": FaultKind(
            "Close the connection",
            "charger",
            "open",
            (
                Parameter("code", "close code; 0: none", "close code", 1000),
                Parameter("reason", "reason in the close frame", "text", "", most=120),
                _AFTER,
            ),
        ),
        "reset": FaultKind("Reset the TCP connection", "charger", "open", (_AFTER,)),
        "stop-reading": FaultKind("Stop reading what the charger sends", "charger", "open", (_AFTER,)),
        "swallow": FaultKind("Do not answer the charger's requests", "charger", "open"),
        "error-answers": FaultKind(
            "Answer the charger's requests with an error",
            "charger",
            "open",
            (Parameter("error", "OCPP-J's code of it", "token", "InternalError", most=50),),
        ),
        "boot-pending": FaultKind("Answer BootNotification with Pending", "charger", "open"),
        "boot-rejected": FaultKind("Answer BootNotification with Rejected", "charger", "open"),
    }
)
"""All kinds, by the code that a `Fault` and the API have; the order is a form's."""


@frozen
class Fault:
    """Something that the central system does wrong; made by `read`, so that every parameter is in its range.

    Args:
        kind: one of `FAULTS`; the other fields mean what its `fields` say, and nothing where it has none of that name.
    """

    kind: str
    status: int = 0
    retry_after: int = 0
    location: str = ""
    seconds: float = 0.0
    code: int = 0
    reason: str = ""
    protocol: str = ""
    error: str = ""

    @staticmethod
    def read(mapping: Mapping[str, object]) -> "Fault":
        """Read a fault as a form or the API gives it.

        Args:
            mapping: `kind`, and those of its parameters that are not as usual; numbers may be texts.

        Returns:
            The fault.

        Raises:
            ValueError: a sentence that names the field and says what is right.
        """
        name = mapping.get("kind")
        kind = FAULTS.get(name) if isinstance(name, str) else None
        if kind is None:
            raise ValueError(f"kind must be one of: {', '.join(FAULTS)}.")
        known = {field.name: field for field in kind.fields}
        for other in mapping:
            if other != "kind" and other not in known:
                fields = f"it has {', '.join(known)}" if known else "it has none"
                raise ValueError(f"{str(other)[:50]} is no field of {name}; {fields}.")
        values: dict[str, Any] = {
            field.name: field.read(mapping[field.name]) if field.name in mapping else field.default
            for field in kind.fields
        }
        return Fault(str(name), **values)

    def as_json(self) -> dict[str, object]:
        """What `read` takes: the kind and its parameters."""
        values = asdict(self)
        return {"kind": self.kind} | {field.name: values[field.name] for field in FAULTS[self.kind].fields}


@define(eq=False)
class Faults:
    """What goes wrong now.

    Args:
        changed: hears the identity, or None for all, and the kind whenever a fault begins, changes or ends.
        possible: says of a fault why it can't be, or nothing.
    """

    changed: Callable[[str | None, str], None] = lambda identity, kind: None
    possible: Callable[[Fault], str] = lambda fault: ""
    _running: dict[str | None, dict[str, Fault]] = Factory(dict)

    @property
    def all(self) -> Mapping[str | None, tuple[Fault, ...]]:
        """What goes wrong, by identity; under None for all chargers."""
        return {identity: tuple(faults.values()) for identity, faults in self._running.items()}

    def active(self, identity: str | None = None) -> tuple[Fault, ...]:
        """What goes wrong for one charger.

        Args:
            identity: the charger's; None: for those of whom nothing is known yet.

        Returns:
            Its own, then those for all of which it has none of its own; in the order in which they began.
        """
        if not self._running:
            return ()
        own = self._running.get(identity, {}) if identity is not None else {}
        return (*own.values(), *(fault for kind, fault in self._running.get(None, {}).items() if kind not in own))

    def find(self, kinds: Iterable[str], identity: str | None = None) -> Fault | None:
        """The first active fault of some kinds."""
        return next((fault for fault in self.active(identity) if fault.kind in kinds), None)

    def start(self, fault: Fault, identity: str | None = None) -> None:
        """Begin to do wrong; an earlier fault of the same kind is replaced.

        Args:
            fault: what.
            identity: for which charger; None: for all.

        Raises:
            ValueError: this fault can't be for one charger, or not at all; the text says why.
        """
        if identity is not None and FAULTS[fault.kind].scope == "all":
            raise ValueError(f"{fault.kind} is for all chargers only: it shows before one has said which it is.")
        if why := self.possible(fault):
            raise ValueError(why)
        if identity not in self._running and len(self._running) > CHARGERS:
            raise ValueError(f"{CHARGERS} chargers have faults already; end some first.")
        self._running.setdefault(identity, {})[fault.kind] = fault
        self.changed(identity, fault.kind)

    def stop(self, kind: str, identity: str | None = None) -> None:
        """Do right again; nothing happens where it does not go wrong.

        Args:
            kind: of the fault.
            identity: as it was started.
        """
        faults = self._running.get(identity, {})
        if faults.pop(kind, None) is not None:
            if not faults:
                del self._running[identity]
            self.changed(identity, kind)

    def clear(self) -> None:
        """Do right again in every way, for all."""
        for identity, faults in self.all.items():
            for fault in faults:
                self.stop(fault.kind, identity)
