"""By which name or address chargers call this box, and which of those are not its own, or no longer."""

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.%]{2,60})\]|([^\s:/\[\]]{1,253})):?[0-9]{0,5}")


def called(host: str) -> str:
    """The name or address in a charger's `Host`, in its one form; nothing where there is none.

    Args:
        host: as the charger sent it.
    """
    found = _AUTHORITY.fullmatch(host.strip())
    name = (found[1] or found[2]).lower().rstrip(".") if found else ""
    return _address(name) or name


def is_foreign(host: str, own: Collection[str]) -> bool:
    """Whether a charger calls this box by a name or address that it does not have now.

    Args:
        host: as the charger sent it; without one nobody knows.
        own: the box's names and addresses.
    """
    name = called(host)
    return bool(name) and name not in {_address(one) or one.lower().rstrip(".") for one in own}


def _address(text: str) -> str:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
