"""What happened: one sentence per event, and the words that stand in it."""

from typing import Final

EVENTS: Final = {
    "started": (
        "Edge is ready[; ws on port {ws}][; wss on port {wss}][; EdgeManager on port {manager}]. "
        "Chargers known: {known}. SHA-256 fingerprint of the box's root certificate: {fingerprint}."
    ),
    "files-too-few": (
        "The system lets Edge open {allowed} files at once, and {connections} connections of chargers "
        "(limits.connections) can take {needed}; when they run out, no charger can connect any more. Set "
        "LimitNOFILE={needed} in the service's unit (systemctl edit edgeproxy), or lower limits.connections."
    ),
    "stopping": "Edge was told to stop. Sessions to close: {sessions}.",
    "certificate-renewed": (
        "The box's certificate was issued anew for {names}. Its root is the same: no charger needs to be touched."
    ),
    "store-failed": (
        "What Edge knows of charger {charger} could not be written to the disk ({error}). It is kept in memory, and "
        "lost when Edge stops: check that the disk is neither full nor read-only."
    ),
    "journal-failed": (
        "The journal could not be written to the disk ({error}). Its newest entries are kept in memory, and lost when "
        "Edge stops: check that the disk is neither full nor read-only."
    ),
    "journal-gap": (
        "Here {count} entries are missing from the journal, because the disk could not take them in time. Check that "
        "the disk is neither full nor read-only."
    ),
    "messages-failed": (
        "The messages that pass could not be written to the disk ({error}). Nothing else suffers; they are lost until "
        "it works again. Check that the disk is neither full nor read-only."
    ),
    "messages-missed": (
        "Of the messages that passed, {count} could not be kept: the disk failed, or they came faster than it could "
        "take them. The chargers notice nothing of it."
    ),
    "internal": (
        "Edge made a mistake of its own ({place}, {error}). At most one charger's session ended by it; please report "
        "it with the log lines around this one."
    ),
    "handshake-failed": "A connection from {address} to the {secure} port came to nothing. {cause}. {remedy}.",
    "request-refused": "A request from {address} on the {secure} port was refused with HTTP status {status}. {cause}.",
    "attempt-refused": (
        "Charger {label} ({charger}) at {address} was refused over {secure} with HTTP status {status}. {cause}."
        "[ It was asked to come back after {wait}.]"
    ),
    "turned-away": (
        "Charger {label} ({charger}) at {address}: {uplink} did not accept it {kind}[ (HTTP status {status})]"
        "[ (close code {close})]. {cause}. {remedy}."
    ),
    "uplink-failed": (
        "Charger {label} ({charger}): no connection to the central system at {uplink}. {cause}. {remedy}."
    ),
    "session-opened": (
        "Charger {label} ({charger}) is connected from {address} over {secure} {password}; uplink {uplink} {kind}"
        "[, protocol {protocol}].[ Accepted although it is unusual: {quirks}.]"
    ),
    "served": "Charger {label} ({charger}) is served by the central system[ {first}]: {how}.",
    "learned": "Charger {label} ({charger}): {what}.",
    "session-ended": (
        "Charger {label} ({charger}) is disconnected. {outcome}[ (close code {close})]. "
        "It was connected for {seconds} and {served}."
    ),
    "alarm": "Please look at charger {label} ({charger})[, seen at {address}]. {what}.",
    "edited": "Charger {label} ({charger}): {by} {what}[; before: {old}][; now: {new}].",
    "access-changed": "EdgeManager: {by} {what}[ {name}][ ({role})][, from {address}].",
    "login-refused": (
        "EdgeManager: somebody at {address} tried to log in[ as {name}], and was refused: the name, the password or "
        "the code was wrong."
    ),
    "access-store-failed": (
        "Who may come in to EdgeManager could not be written to the disk ({error}). Check that the disk is neither "
        "full nor read-only."
    ),
    "manager-certificate-renewed": (
        "EdgeManager's certificate was issued anew for {names}. Its root is the same: browsers need nothing."
    ),
}
"""By `Event.code`; a template uses the event's fields by name."""

BOOLEANS: Final = {
    "secure": ("wss", "ws"),
    "password": ("with a password", "without a password"),
    "first": ("for the first time", ""),
    "served": ("served by the central system", "never served by the central system"),
}
"""Fields that are true or false: the words for each."""

ALARMS: Final = {
    "stopped-showing": (
        "It no longer shows the password that it showed before, so its ID is its only secret. Enter the password in "
        "the charger again; if it is still there, somebody else uses this charger's ID"
    ),
    "user-is-another": (
        "Its user name is the ID of another charger here. Check ID and user name in both chargers, one may have the "
        "settings of the other"
    ),
    "leg-lowered": (
        "It came over ws, although it was connected over wss before. Set its address back to wss://; if you changed it "
        "on purpose, nothing needs to be done"
    ),
    "secret-unused": (
        "The password entered in Edge belongs to another endpoint than the one this charger uses now, so it was not "
        "sent. Enter the password again for this endpoint, or correct the endpoint"
    ),
    "secret-refused": (
        "The central system refused the user name and password entered in Edge; the charger is not at fault. Open "
        "charger dashboard -> Security -> Basic authentication over HTTPS/WSS: the user name and password there must "
        "be those entered in Edge"
    ),
    "plain-secret": (
        "Its uplink is not encrypted, so Edge sends no user name and password there, and the charger stays offline. "
        "Set its endpoint to one that begins with wss://, such as wss://wss.evc-net.com"
    ),
    "earlier-password": (
        "Somebody showed a password that this charger had earlier, and was refused. Enter the present password in the "
        "charger; if it is already there, somebody else knows the earlier one"
    ),
    "moved": (
        "It may connect without a password, but came from another place than before and was refused. If you moved it "
        "or gave it another address, confirm in EdgeManager that it moved; if not, somebody else uses its ID"
    ),
    "rival": (
        "Another device came with this charger's ID while the charger was connected, and was refused. If it takes the "
        "place of the old charger, switch the old one off; if not, somebody else uses this ID: give the charger a "
        "password"
    ),
    "clash": (
        "Several devices use this ID and push each other out. Give every charger an ID of its own; until then "
        "newcomers have to wait for a minute"
    ),
    "other-host": (
        "Its messages, and its password if it has one, now go to another host than the configured ones. If nobody "
        "meant that, set its endpoint back"
    ),
    "book-full": (
        "Edge knows as many chargers as limits.chargers in its configuration allows, so this new one is served, but "
        "nothing is kept of it. Make Edge forget chargers that are gone (edgectl forget), or allow more; if you do not "
        "know this one, somebody may be making up IDs"
    ),
}
"""By `Alarm.what`."""

LEARNED: Final = {
    "wss": "the central system serves it over wss, and Edge stays with wss from now on",
    "password": "the password that it shows works at the central system, and Edge knows it from now on",
    "password-changed": "it shows a new password that works at the central system, and Edge goes by that from now on",
    "own-password": "the password that it shows now is its own from now on, and an earlier one is refused",
    "key-set": (
        "the central system sets a new password at it, and Edge keeps that one and the earlier one until one of them "
        "has worked"
    ),
    "key-refused": "it did not take the new password over, and Edge forgot that one",
    "key-proved": "the password that the central system set last works, and takes the place of the earlier one",
    "key-second": "its earlier password still works and goes first, the one that the central system set stays second",
    "profile-taken": "it took over a higher security profile from the central system",
    "profile-kept": "it keeps to wss since its security profile was raised, and ws is refused from now on",
}
"""By `Learned.what`."""

HOWS: Final = {
    "result": "it answered the charger",
    "call": "it sent the charger a request",
    "stood": "the connection has stood for 5 minutes",
}
"""By `Served.how`."""

KINDS: Final = {
    "none": "without credentials",
    "shown": "with the credentials that the charger shows",
    "entered": "with the credentials entered in Edge",
    "pending": "with the password that the central system set last",
    "detected": "with the credentials that the charger showed before",
}
"""Whose credentials went up, by `policy.Kind`."""

OUTCOMES: Final = {
    "refused": "Edge refused it",
    "turned-away": "The central system turned it away",
    "uplink-failed": "No connection to the central system came about",
    "unsupported": "It offers no OCPP version that Edge carries; set the charger to OCPP 1.6 JSON",
    "left": "The charger left before the connection was complete",
    "charger-closed": "The charger closed the connection",
    "charger-lost": "The connection to the charger broke off",
    "charger-broke": "The charger sent something that is no proper WebSocket message, or is too long",
    "central-closed": "The central system closed the connection",
    "central-lost": "The connection to the central system broke off",
    "central-broke": "The central system sent something that is no proper WebSocket message, or is too long",
    "charger-silent": "The charger gave no sign of life any more",
    "central-silent": "The central system gave no sign of life any more",
    "charger-slow": "The charger took no messages any more",
    "central-slow": "The central system took no messages any more",
    "replaced": "A new connection of the same charger took its place",
    "changed": "Its settings in Edge were changed; the charger comes back by itself",
    "stopping": "Edge is stopping",
    "internal": "Edge made a mistake of its own",
}
"""How a session ended, by `core.session.OUTCOMES`."""

EDITS: Final = {
    "endpoint": "changed the endpoint of its uplink",
    "secret": "changed the password that Edge shows to the central system for it",
    "pinned": "pinned the password that it shows",
    "blocked": "blocked it",
    "unblocked": "unblocked it",
    "approved": "approved it",
    "wss-only": 'changed the setting "WSS only"',
    "reset-transport": "made Edge forget that wss was detected",
    "moved": "let it connect without a password from its new address",
    "trust": "changed which root certificates its uplink believes",
    "forgotten": "made Edge forget it",
}
"""What a maintainer did, by `Edited.what`."""

WHO: Final = {
    "control": "user {user} of this box",
    "account": "{user}",
    "token": "the program {user}",
}
"""Who changes something, by what stands before the colon in `Edited.by`; others stand as they are."""

ACCESS: Final = {
    "set-up": "set up this box as its administrator",
    "login": "logged in",
    "password-changed": "changed the own password",
    "factor-on": "switched the own second factor on",
    "factor-off": "switched the own second factor off",
    "account-added": "made the account",
    "role-changed": "changed the role of the account",
    "password-reset": "gave a new password to the account",
    "factor-removed": "switched the second factor off for the account",
    "account-removed": "removed the account",
    "token-added": "made the token",
    "token-removed": "removed the token",
    "backed-up": "downloaded a back-up of all settings and secrets",
}
"""What somebody did about who may come in, by `AccessChanged.what`; the name of an account or token may follow."""

ROLES: Final = {
    "viewer": "Viewer",
    "readonly": "Read-only",
    "maintainer": "Maintainer",
    "admin": "Admin",
}
"""By `core.roles.Role`."""

ROOT: Final = "root"
"""The user with the number 0."""

VALUES: Final = {
    "none": "none",
    "entered": "entered in Edge",
    "nothing": "the charger itself shows none",
    "same": "the charger itself shows the same",
    "next": "the charger's next one becomes its own",
    "detected": "the charger itself shows what it showed before",
    "true": "on",
    "false": "off",
}
"""What stands in `Edited.old` and `Edited.new` in place of a value; several are joined by a comma and a space."""

FOLDED: Final = "The same happened {folded} times more since the entry before"
"""Where entries of the journal were folded."""

FOLDED_ONCE: Final = "The same happened once more since the entry before"

QUIRKS: Final = {
    "literal-space-in-path": "a space in its ID is not encoded",
    "extra-space": "there are spare spaces in the request",
    "letter-case": "the request has small letters where capitals belong",
    "http-1.0": "it speaks HTTP/1.0",
    "absolute-target": "it sends its address as to a proxy",
    "full-url-in-path": "it sends a whole URL in place of a path",
    "no-leading-slash": "its path does not begin with a slash",
    "double-slash": "there are spare slashes before its ID",
    "trailing-slash": "there is a slash after its ID",
    "query": "there is a question mark with more behind its ID, and that is left out",
    "hash-in-path": "a # in its ID is not encoded",
    "raw-bytes-in-path": "letters beyond ASCII in its ID are not encoded",
    "raw-characters-in-path": "special characters in its ID are not encoded",
    "stray-percent": "a percent sign in its ID is not encoded",
    "leading-blank-line": "a blank line comes before its request",
    "bare-line-feed": "the lines of its request end without a carriage return",
    "folded-header": "a header goes on in the next line",
    "space-before-colon": "there is a space before a header's colon",
    "no-host": "it does not name this box (no Host)",
    "repeated-host": "it names this box more than once (Host)",
    "odd-host": "the port in its Host is no number",
    "odd-origin": "it sends an Origin, as only browsers should",
    "repeated-header": "a header stands there twice",
    "no-upgrade": "it sends no Upgrade header",
    "no-connection-upgrade": "it sends no Connection: Upgrade",
    "no-version": "it does not name its WebSocket version",
    "no-subprotocol": "it does not name its OCPP version, which is taken as 1.6",
    "repeated-subprotocol": "it names an OCPP version twice",
    "odd-subprotocol": "it names an OCPP version in a form that cannot be used",
    "unpadded-base64": "its password is encoded without padding",
    "user-differs": "its user name is not its ID",
}
"""What is odd about a charger's request and is accepted, by `core.quirks.Quirk`."""

YES: Final = "yes"
NO: Final = "no"
"""A field that is true or not, and has no words of its own in `BOOLEANS`."""

UNKNOWN: Final = "(no words for the code {code})"
"""Stands where a code has no words yet."""

UNKNOWN_EVENT: Final = "Something happened that Edge has no words for yet: {code}."
"""The sentence of an event that has none."""
