"""What the API says: why a request was not carried out, the question with its answers, and a test's result."""

from typing import Final

API: Final = {
    "base64-broken": (
        "This is not the base64 of a user name and a password with a colon between. Copy it again, from its first to "
        "its last character"
    ),
    "body-broken": "The request cannot be read. It must be JSON in UTF-8",
    "body-no-object": "The request must be a JSON object, with its fields in braces",
    "body-too-large": "The request is larger than 64 KiB",
    "charger-ambiguous": "More than one charger can be meant. Give more of the id from the list of chargers",
    "charger-unknown": "There is no such charger. Use the id from the list of chargers, or the charger's whole OCPP ID",
    "field-missing": "The request lacks a field that it needs",
    "field-unknown": "The request has a field that is not known here. Check how it is spelled",
    "field-wrong": "This field holds a value of the wrong kind. Look up in the API's description what it takes",
    "hex-broken": "This is not a password in hexadecimal digits. It takes pairs of 0-9 and a-f, such as 00ff3a",
    "identity-unusable": (
        "No charger can have this OCPP ID. It has 1 to 255 characters, no control characters, and no .. between slashes"
    ),
    "internal": "Edge made a mistake of its own; its log says where",
    "journal-unreadable": "The journal cannot be read at the moment; try again, and look at Edge's log if that fails",
    "limit": "This must be a whole number from 1 to 1000",
    "live-session": (
        "This charger is connected, and the central system may end that connection when the test connects. Say that "
        "this is all right, or test while the charger is away"
    ),
    "method": "This address does not take that method",
    "not-found": "There is nothing at this address",
    "number": "This must be a whole number, 0 or more",
    "password-empty": "The password is empty. Enter it, or remove the secret",
    "password-missing": "A user name needs a password. Enter both, or the base64 credentials",
    "query-unknown": "The address has a parameter that is not known here, or one twice. Check how it is spelled",
    "secret-ambiguous": (
        "Enter the secret in one way only: a user name with a password, or with a hexadecimal password, or the base64 "
        "credentials"
    ),
    "secret-both": "A secret cannot be entered and removed at once. Choose one",
    "secret-long": "A user name can have 255 characters, and a password 1024. Check what was entered",
    "secret-missing": "What the charger shows matters only where a secret is entered. Enter the secret with it",
    "switch": "This must be 0 or 1",
    "username-colon": "A user name holds no colon: the first colon ends it. Enter what stands before the colon",
    "username-empty": "The user name is empty. Enter it, or leave it out: then it is the charger's OCPP ID",
}
"""Why a request was not carried out, by the error's word; further words are those of `ENTRY` and `ENDPOINT`."""

SHOWS: Final = {
    "nothing": "The charger shows no password, and is let in from its usual place only",
    "same": "The charger shows this same user name and password",
    "next": (
        "The charger gets a new password of its own within 10 minutes, and the first one from its usual address that "
        "works counts"
    ),
    "detected": "The charger goes on showing what it showed when it was last served",
}
"""The answers to the question what the charger itself will show."""

TEST_ACCEPTED: Final = "The central system accepted the connection with these values"

CHECKS: Final = {
    "clock": (
        "The box's clock is set",
        "The box's clock was never set, and certificates and the journal need the right time",
        "Let the box reach a time server (NTP), or set its clock",
    ),
    "ports": (
        "Edge listens for chargers ({value})",
        "Edge listens on no port for chargers",
        "Name a port under [listen] ws or wss in Edge's configuration, and restart Edge",
    ),
    "certificate": (
        "The box's certificate is valid for a long time",
        "The box's certificate ends soon, and chargers that check it will refuse it then",
        "Stop Edge, move root.pem away and, from the folder keys, root.key and what begins with rsa or ec; then start "
        "Edge and load the new root.pem into the chargers",
    ),
    "name": (
        "The name {value} is found",
        "The name {value} is not found (DNS)",
        "Check how the name is spelled, and that the box has a DNS server that works",
    ),
    "endpoint": (
        "The central system answers at {value}",
        "The central system does not answer at {value}",
        "Check the address under [uplink] in Edge's configuration",
    ),
}
"""What the doctor finds: when all is well, when it is not, and what helps then."""
