"""Why Edge refuses a charger or a request, and what to do about it."""

from typing import Final

REFUSALS: Final = {
    # What the charger shows, or what is set for it.
    "trailing-slash": (
        "The charger's address ends with a slash, so its ID may be missing. Check address and ID in the charger"
    ),
    "blocked": "The charger is blocked in Edge. Unblock it in EdgeManager if it shall connect",
    "wss-only": (
        "The charger must connect over wss and came over ws. Enter the address with wss:// in the charger, or switch "
        '"WSS only" off in EdgeManager'
    ),
    "throttled": (
        "There were too many attempts with a wrong password from this address. Correct the password in the charger; "
        "it tries again by itself"
    ),
    "approval": "The charger is new here, and nobody let it in yet. Approve it in EdgeManager",
    "authorization-broken": (
        "The charger shows a password in a form that cannot be read. Enter its user name and password in the charger "
        "again"
    ),
    "password-missing": (
        "A password is entered in Edge for this charger, and the charger shows none. Enter it in the charger too, or "
        "let the charger connect without a password in EdgeManager"
    ),
    "password-wrong": (
        "The charger shows another password than the one that Edge expects of it. Enter the same password in the "
        "charger and in Edge"
    ),
    "moved": (
        "The charger may connect without a password, but not from this address. If you moved it or gave it another "
        "address, confirm in EdgeManager that it moved"
    ),
    "plain-secret": (
        "The uplink is not encrypted, and Edge sends no password over such a connection. Set the charger's endpoint to "
        "one that begins with wss://, such as wss://wss.evc-net.com"
    ),
    # Somebody else with the same ID.
    "rival": (
        "A device with this ID is connected already, from another address. Switch the old charger off, or give the "
        "new one an ID of its own"
    ),
    "clash": (
        "Several devices use this ID and push each other out, so newcomers have to wait for a minute. Give every "
        "charger an ID of its own"
    ),
    # The central system.
    "secret-refused": (
        "The central system refused the user name and password entered in Edge; the charger is not at fault. Open "
        "charger dashboard -> Security -> Basic authentication over HTTPS/WSS: the user name and password there must "
        "be those entered in Edge"
    ),
    "turned-away": "The central system turned the charger away",
    "central-busy": "The central system has no time for this charger at the moment. The charger tries again by itself",
    "central-timeout": "The central system did not answer in time. The charger tries again by itself",
    "central-failed": "No connection to the central system came about. The charger tries again by itself",
    "central-down": (
        "The central system could not be reached just now, and Edge waits before it asks again. The charger tries "
        "again by itself; if this goes on, check this box's internet connection"
    ),
    "held-off": (
        "The charger's last attempt failed just now, and Edge waits before it asks the central system again. The "
        "charger tries again by itself; a change of its settings in Edge ends the wait"
    ),
    "cached": (
        "The central system turned this charger away just now, and Edge repeats that answer for a few minutes. Put it "
        "right on the charger dashboard; a change of the charger's settings in Edge ends the wait"
    ),
    "lane": "Many new chargers come at once, and this one has to wait for its turn. It tries again by itself",
    "no-time": "No time was left to ask the central system over wss. The charger's next attempt begins with that",
    # Edge itself.
    "left": "The charger left before the connection was complete",
    "replaced": "A newer connection of the same charger took its place",
    "changed": "The charger's settings in Edge were changed at this moment. It tries again by itself",
    "stopping": "Edge is stopping. The charger tries again by itself",
    "internal": "Edge made a mistake of its own. The charger tries again by itself",
}
"""By `Refusal.code`, which is also `AttemptRefused.cause`."""

BAD: Final = {
    "head-broken": "The request is damaged, or is no HTTP. Check that a charger is meant to connect from there",
    "head-too-long": "The request is too long. Check that a charger is meant to connect from there",
    "http-version": "The request is in a version of HTTP that no charger uses. Set the charger to OCPP 1.6 JSON",
    "method": "The request is not one by which a charger connects. Set the charger to OCPP 1.6 JSON, not SOAP",
    "body": "The request has a content, which no charger's has. Set the charger to OCPP 1.6 JSON, not SOAP",
    "two-authorizations": (
        "The request shows two passwords, and Edge cannot tell which is right. Check that the password stands in one "
        "place only: in the charger's password setting, or in its address"
    ),
    "version": "The request is in a version of WebSocket that is too old. Update the charger's firmware",
    "key": "The request lacks a proper WebSocket key. Update the charger's firmware",
    "browser": (
        "A web page in a browser tried to connect as if it were a charger. Nothing needs to be done; if it comes "
        "again, look at what is open on that computer"
    ),
    "no-identity": "The request does not say which charger it is. Enter the charger's ID (OCPP communication ID) in it",
    "upgrade-lost": (
        "Something between the charger and this box, such as a web proxy, took the WebSocket upgrade out of the "
        "request. Connect the charger to this box without it"
    ),
}
"""By `Bad.code`, which is also `RequestRefused.cause`."""
