"""The demo's texts."""

from typing import Final

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.security import CHOICES, Account, Credentials, Security

DEMO, CENTRAL, EDGE = "demo", "central system", "Edge"
"""Who speaks."""
STRANGER: Final = "a charger that is not on the dashboard"

TITLE: Final = (
    "Edge at work: a stand-in central system, a real Edge, and six simulated chargers, all on this machine. "
    "Ctrl-C ends it."
)
OWN_TITLE: Final = (
    "Edge with the configuration {config}. This starts no central system and no chargers of its own: it only tells "
    "what Edge does. Ctrl-C ends it."
)
USAGE: Final = "See Edge at work, or follow an Edge with a configuration of your own."
USAGE_CONFIG: Final = "run Edge with this configuration file, and without simulated chargers"
USAGE_SECONDS: Final = "end after so many seconds; otherwise Ctrl-C ends it"

CENTRAL_READY: Final = "Ready on {ws} (unencrypted) and {wss} (encrypted)."
DASHBOARD: Final = "The charger dashboard says for {charger} ({label}): Security = {security}."
EDGE_STARTS: Final = "Starting: twistd -n edgeproxy --config {config}"
EDGE_SLOW: Final = "Edge gives no sign yet on {socket}. Its log so far, {log}, ends with:"
EDGE_ENDED: Final = "Edge ended by itself. Its last words:"
NO_SANDBOX: Final = "The central system can't be started: {error}"
NO_TWISTD: Final = "There is no {program}. Set Edge up first: make install"
ENDING: Final = "Ending."
ENDED: Final = "Everything has ended, and {folder} is removed."
OWN_FAILED: Final = "Nothing runs any more."
OWN_ENDED: Final = "Edge has ended. What it knows stays in {state}."

TABLE_HEAD: Final = ("charger", "charger to Edge", "Edge to central system", "Edge found", "result")
NO_LEG: Final = {True: "wss: broken off", False: "ws: broken off"}
NO_UPLINK: Final = "-"
ENCRYPTED: Final = {True: "wss: encrypted", False: "ws: NOT encrypted"}
PASSWORD: Final = {True: "password", False: "no password"}
SERVED: Final = "served"
CONNECTED: Final = "not yet"
NOT_SERVED: Final = "NOT served"
NOTHING_YET: Final = "nothing yet"
LEARNED: Final = {"wss": "wss", "password": "password"}
WHAT_IT_MEANS: Final = (
    "Encrypted: nobody on the way can read or change anything, and the other end's certificate was verified. "
    "Password: the central system knows that it is this charger; without one, the charger's ID is its only secret."
)

MEND: Final = (
    "Mend it yourself: on the charger dashboard (its address follows) open that charger, then At the charger, choose "
    "the root certificate of Edge, and save."
)
LOOK_AND_TRY: Final = "The operator's charger dashboard, with each charger as its installer sees it, and its faults:"
MANAGER: Final = (
    "EdgeManager, to see every charger and set its uplink. It asks once for the set-up code {code}; the browser warns "
    "of the certificate, since it does not know this box's root:"
)
OPEN_TO_ALL: Final = "Your own charger, or any OCPP 1.6 JSON client, can connect here too, with any ID:"
OWN_OPEN: Final = "Chargers can connect here:"
WS_ADDRESS: Final = "ws://{host}:{port}/YOUR-ID"
WSS_ADDRESS: Final = "wss://{host}:{port}/YOUR-ID"
ROOT: Final = "For wss the charger must trust the box's root certificate:"
ROOT_URL: Final = "http://{host}:{port}/root.pem"
LOG: Final = "Edge's own log:"
EDGECTL: Final = "To look at the chargers and to change their settings, in another terminal:"
EDGECTL_COMMAND: Final = "{edgectl} --state {state} chargers"
GOES_ON: Final = "It goes on, and tells what happens. Ctrl-C ends it."

WRONG: Final = {"wss-demanded": "it came over ws, and its Security setting demands wss"} | {
    "credentials-missing": "its Security setting demands a user name and password, and it showed none",
    "credentials-wrong": "its user name or password is wrong",
    "unknown": "this ID is not on the charger dashboard",
}
"""Why the central system refuses a charger."""

UNTRUSTED: Final = {
    "untrusted": "It does not know who issued Edge's certificate, so it breaks off.",
    "expired": "By its clock Edge's certificate is not valid, so it breaks off.",
    "name": "Edge's certificate is not for the address that it was given, so it breaks off.",
}

FAILED: Final = {
    "dns": "Its address for Edge has a name that is not found.",
    "refused": "Nobody takes connections at its address for Edge.",
    "unreachable": "There is no way to its address for Edge.",
    "timeout": "It had no answer in time.",
    "tls": "The encryption could not be set up.",
    "broken": "Its connection broke off before it was open.",
    "answer": "It got an answer that is none of a WebSocket server.",
}


def charger(number: int) -> str:
    """What a charger of the demo is called."""
    return f"charger {number}"


def label(identity: str) -> str:
    """Show an identity, which is a secret where there is no password: its beginning only."""
    return f"{identity[:4]}…"


def moral(name: str, served: bool, secure: bool, onward: bool, password: bool) -> str:
    """What the newcomer has just seen.

    Args:
        name: the charger's.
        served: whether the central system served it.
        secure: whether its own leg is encrypted.
        onward: whether Edge's leg to the central system is.
        password: whether the central system knows it by a password.
    """
    if not served:
        return f"So {name} stays offline. Edge says why, and what to do about it."
    proof = "its password proves who it is" if password else "its ID is its only secret, since it has no password"
    if secure and onward:
        return f"So {name} is served, and encrypted all the way; {proof}."
    if onward:
        return (
            f"So {name} is served. Its own connection is not encrypted, but Edge found out by itself that the central "
            f"system takes wss, and encrypts from here on; {proof}."
        )
    return f"So {name} is served, but its way to the central system is not encrypted; {proof}."


def leg(secure: bool, password: bool) -> str:
    """How secure one leg is."""
    return f"{ENCRYPTED[secure]}, {PASSWORD[password]}"


def dashboard(name: str, identity: str, account: Account) -> str:
    """What is set for a charger."""
    return DASHBOARD.format(charger=name, label=label(identity), security=CHOICES[account.security])


def central_says(name: str, account: Account, happening: h.Happening) -> str:
    """What happened at the central system.

    Args:
        name: the charger's.
        account: what the dashboard says of it.
        happening: what happened.

    Returns:
        A sentence; nothing where it is not worth one.
    """
    match happening:
        case h.TurnedAway(refusal=refusal):
            return f"Refused {name} with {refusal.status}: {WRONG[refusal.why]}."
        case h.Let(secure=secure):
            if account.security is Security.BASIC_OVER_WSS:
                return f"Let {name} in over wss: its user name and password are right."
            return f"Let {name} in over {'wss' if secure else 'ws'}; it asks for no password here."
        case h.Answered(action=action, error=error) if error:
            return f"Cannot answer {name}'s request {action} ({error})."
        case h.Garbled():
            return f"Got something from {name} that is no OCPP message."
    return ""


def charger_says(credentials: Credentials | None, happening: h.Happening) -> str:
    """What happened at a charger.

    Args:
        credentials: what it shows.
        happening: what happened.

    Returns:
        A sentence; nothing where it is not worth one.
    """
    match happening:
        case h.Dialling(url=url, attempt=1):
            how = "encrypted" if url.startswith("wss:") else "unencrypted"
            shown = "with a user name and password" if credentials else "without a password"
            return f"Connects to {url}: {how}, {shown}."
        case h.Dialling():
            return "Tries again."
        case h.Refused(status=status, wait=wait):
            later = f" and was asked to come back in {wait} s" if wait else ""
            return f"Was refused with HTTP status {status}{later}."
        case h.Untrusting(why=why):
            return UNTRUSTED[why]
        case h.Failed(why=why):
            return FAILED[why]
        case h.Closed(code=code):
            return f"Its connection is gone (close code {code}); it comes back by itself."
        case h.Booted(status=status) if status != "Accepted":
            return f"The central system answered its boot with {status}."
        case h.Charging(transaction=transaction):
            return f"A car charges (transaction {transaction})."
        case h.Charged(transaction=transaction, energy=energy):
            return f"The car leaves with {energy} Wh (transaction {transaction})."
    return ""
