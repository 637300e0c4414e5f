"""Devices that tried to connect and never came so far as to say who they are, by their address."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import asdict, define, evolve, field, frozen

from edge_twisted.core.events import Event
from edge_twisted.words import speech

CAPACITY: Final = 200
"""Addresses that are remembered; the one that tried longest ago makes room."""
CODES: Final = frozenset({"handshake-failed", "request-refused"})
NO_MATTER: Final = frozenset({"port-probe", "browser"})
"""Causes that are no charger's."""
LOAD_ROOT: Final = frozenset({"load-root", "reload-root", "check-name"})
"""Remedies for which the box's root certificate is needed."""
LOCAL_BIT: Final = 0x02
"""Of a hardware address that no maker gave."""


@frozen
class Device:
    """One address.

    Args:
        address: where.
        first, last: when it tried first and last, seconds since the epoch.
        count: how often.
        secure: whether on the port for wss, the last time.
        code, fields: the event that told what was wrong the last time.
    """

    address: str
    first: float
    last: float
    count: int
    secure: bool
    code: str
    fields: Mapping[str, Any] = field(factory=dict)

    @property
    def problem(self) -> str:
        """What was wrong the last time, as sentences; with the remedy."""
        return problem_of(self.code, self.fields)

    @property
    def trust(self) -> bool:
        """Whether the box's root certificate helps."""
        return self.fields.get("remedy") in LOAD_ROOT


@define(eq=False)
class Nameless:
    """Remembers them."""

    _devices: OrderedDict[str, Device] = field(init=False, factory=OrderedDict)

    def heard(self, event: Event, at: float) -> None:
        """Something happened; at is seconds since the epoch."""
        if event.code in CODES:
            self._note(event.code, asdict(event), at)
        elif event.code == "session-opened":
            self._devices.pop(getattr(event, "address", ""), None)

    def recall(self, entries: Iterable[Any]) -> None:
        """Take what the journal remembers, oldest first, in place of what was heard."""
        self._devices.clear()
        for entry in entries:
            if entry.code in CODES:
                self._note(entry.code, entry.fields, entry.at, 1 + int(entry.fields.get("folded", 0)))
            elif entry.code == "session-opened":
                self._devices.pop(str(entry.fields.get("address", "")), None)

    def __iter__(self) -> Iterator[Device]:
        """The latest first."""
        return iter(sorted(self._devices.values(), key=lambda device: -device.last))

    def _note(self, code: str, fields: Mapping[str, Any], at: float, count: int = 1) -> None:
        address, cause = str(fields.get("address", "")), str(fields.get("cause", ""))
        if not address or cause in NO_MATTER:
            return
        device = Device(address, at, at, count, bool(fields.get("secure")), code, fields)
        before = self._devices.pop(address, None)
        if before:
            device = evolve(device, first=min(before.first, at), count=before.count + count)
            if before.last > at:
                device = evolve(before, first=device.first, count=device.count)
        self._devices[address] = device
        while len(self._devices) > CAPACITY:
            self._devices.popitem(last=False)


def problem_of(code: str, fields: Mapping[str, Any]) -> str:
    """What was wrong with a connection that told nobody's ID, and what helps, as sentences."""
    cause = str(fields.get("cause", ""))
    if code == "request-refused":
        return f"{speech.bad_request(cause)}."
    told = (speech.cause(cause, str(fields.get("detail", ""))), speech.remedy(str(fields.get("remedy", ""))))
    return " ".join(f"{one}." for one in told)


@frozen
class Hardware:
    """What a hardware address tells.

    Args:
        address: the whole of it, in capital letters; nothing: it is not known.
        maker: the part that the maker of the network interface has; nothing where nobody made it.
    """

    address: str = ""
    maker: str = ""


def hardware_of(mac: str) -> Hardware:
    """Read a hardware address.

    Args:
        mac: in any case, with colons; or nothing.
    """
    parts = mac.upper().split(":")
    if len(parts) != 6:
        return Hardware()
    made_up = int(parts[0], 16) & LOCAL_BIT
    return Hardware(mac.upper(), "" if made_up else ":".join(parts[:3]))
