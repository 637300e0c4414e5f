"""What is wrong with something that a maintainer entered, and what would be right."""

from typing import Final

ENDPOINT: Final = {
    "scheme": "The endpoint must begin with ws:// or wss://, such as wss://wss.evc-net.com",
    "host": "The endpoint has no usable host name or address after ws:// or wss://",
    "port": "The endpoint's port must be a number from 1 to 65535",
    "user": "The endpoint must not hold a user name or password. Enter them in their own fields",
    "query": "The endpoint must end before a ? or #",
    "identity": "The endpoint must not end with the charger's ID. Leave it out: Edge adds it by itself",
    "characters": "The endpoint must not hold spaces, quotes, backslashes or letters beyond ASCII",
    "syntax": "The endpoint cannot be read. It must be an address such as wss://wss.evc-net.com/ocpp",
}
"""By `EndpointError.code`."""

ENTRY: Final = {
    "shows-missing": (
        "Say what the charger itself will show: nothing, the same password, its next password within 10 minutes, or "
        "what it showed when it was last served"
    ),
    "nothing-detected": (
        "No password of this charger is known to work at the central system. Connect the charger with its password "
        "first, or choose another answer"
    ),
    "no-place": (
        "The charger was never seen here, so there is no address from which it may connect without a password. Let it "
        "try to connect once, then enter this again"
    ),
    "not-allowed-before": (
        "This charger was never allowed to connect without a password. Enter its secret and say that it shows nothing"
    ),
    "confirm-address": (
        "The address of the charger's last attempt may be somebody else's. Check that it is the charger's own, and "
        "confirm it"
    ),
    "address-changed": (
        "The charger's address is not the one that was confirmed, so nothing was changed. Find out which is the "
        "charger's own, and confirm that while the charger tries from there"
    ),
    "no-usual-address": (
        "The charger was never seen here, so there is no address from which its next password can be taken. Let it try "
        "to connect once, then enter this again"
    ),
    "loop": ("This endpoint is Edge itself. Enter the central system's own, such as wss://wss.evc-net.com"),
    "plain-secret": (
        "A user name and password may go over ws to a local address only, and this endpoint is not one. Enter an "
        "endpoint that begins with wss://, such as wss://wss.evc-net.com"
    ),
}
"""By `EntryError.code`."""

ADDRESS: Final = "As Edge sees it now, the address is {address}"
"""Stands behind words that are about an address."""
