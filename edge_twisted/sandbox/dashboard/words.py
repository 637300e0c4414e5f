"""The dashboard's words."""

from typing import Final

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.faults import FAULTS

PRODUCT: Final = "Charger dashboard"
SAVE: Final = "Save changes"

REFUSED: Final = {
    "unknown": "This identity is not on the dashboard, and strangers are refused. Add the charger here.",
    "wss-demanded": "It came over ws, and its Security setting demands HTTPS/WSS. Set the charger to wss, or choose "
    "“No authentication”.",
    "credentials-missing": "Its Security setting demands a user name and password, and it showed none. Enter them at "
    "the charger.",
    "credentials-wrong": "It showed another user name or password than the one set here. Enter the same at both ends.",
}
"""Why a connection was refused, by code, with the remedy."""

REFUSED_SHORT: Final = {
    "unknown": "Refused: not on the dashboard",
    "wss-demanded": "Refused: came over ws",
    "credentials-missing": "Refused: no password",
    "credentials-wrong": "Refused: wrong password",
}

UNANSWERED: Final = {
    "offline": "The charger is offline, so nothing was sent. Try again when it is connected.",
    "timeout": "The charger did not answer in time. It may have carried out the request all the same: look at its "
    "messages.",
    "crowded": "Too many requests wait for this charger already. Try again when it has answered some.",
}
"""Why a request got no answer; any other code is a CALLERROR's."""

ERRORED: Final = "The charger answered with the error {code}."

FAILURES: Final[dict[str, str]] = {
    "dns": "The name in its endpoint is not found. Check the endpoint for a misspelling.",
    "refused": "Nobody takes connections at its endpoint. Check host and port, and whether the server runs.",
    "unreachable": "There is no way to its endpoint. Check the network.",
    "timeout": "It had no answer in time.",
    "tls": "The encryption could not be set up. Check whether both sides have a TLS version in common.",
    "broken": "The connection broke off before it was open.",
    "answer": "It got an answer that is none of a WebSocket server.",
}
UNTRUSTING: Final[dict[str, str]] = {
    "untrusted": "It does not know who issued the server's certificate. Install the root certificate below.",
    "expired": "By its clock the server's certificate is not valid. Check its clock, or renew the certificate.",
    "name": "The server's certificate is for another name or address than the endpoint says.",
}
STATUSES: Final[dict[int, str]] = {
    401: "The server wants another user name or password (401).",
    403: "The server does not let it in (403): usually because it wants wss.",
    404: "The server does not know this identity, or the endpoint's path is wrong (404).",
    429: "The server asks it to come less often (429).",
    502: "The server has no connection to the central system (502).",
    503: "The server is not ready and asks it to come later (503).",
    504: "The central system did not answer the server in time (504).",
}

CLOSES: Final[dict[int, str]] = {
    1000: "normally",
    1001: "because the other side was going away",
    1005: "without a reason",
    1006: "by breaking off",
    1012: "because the other side restarted",
}

ACTIONS: Final[dict[str, str]] = {
    "CancelReservation": "Give a reserved connector back",
    "CertificateSigned": "Send a signed certificate",
    "ChangeAvailability": "Take a connector in or out of service",
    "ChangeConfiguration": "Change one configuration key",
    "ClearCache": "Forget the cards it has seen",
    "ClearChargingProfile": "Remove a charging profile",
    "DataTransfer": "Send a message of the vendor's own",
    "DeleteCertificate": "Remove an installed certificate",
    "ExtendedTriggerMessage": "Ask for a message now (security)",
    "GetCompositeSchedule": "Ask for the schedule in force",
    "GetConfiguration": "Read its configuration keys",
    "GetDiagnostics": "Ask it to upload diagnostics",
    "GetInstalledCertificateIds": "List its installed certificates",
    "GetLocalListVersion": "Ask for its card list's version",
    "GetLog": "Ask it to upload a log",
    "InstallCertificate": "Install a root certificate",
    "RemoteStartTransaction": "Start charging",
    "RemoteStopTransaction": "Stop charging",
    "ReserveNow": "Reserve a connector for a card",
    "Reset": "Restart the charger",
    "SendLocalList": "Send a list of cards",
    "SetChargingProfile": "Limit power or current",
    "SignedUpdateFirmware": "Update firmware, signed",
    "TriggerMessage": "Ask for a message now",
    "UnlockConnector": "Unlock a connector",
    "UpdateFirmware": "Update firmware",
}
GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Charging", ("RemoteStartTransaction", "RemoteStopTransaction", "UnlockConnector", "ReserveNow")),
    ("Charging", ("CancelReservation", "SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule")),
    ("The charger", ("Reset", "ChangeAvailability", "TriggerMessage", "GetConfiguration", "ChangeConfiguration")),
    ("The charger", ("ClearCache", "GetLocalListVersion", "SendLocalList", "DataTransfer")),
    ("Firmware and logs", ("UpdateFirmware", "GetDiagnostics", "GetLog")),
    ("Security", ("ExtendedTriggerMessage", "InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate")),
    ("Security", ("CertificateSigned", "SignedUpdateFirmware")),
)
"""Actions as they stand on the page; one that is in no group stands under `OTHERS`."""
OTHERS: Final = "More"

FATES: Final[tuple[tuple[str, str, str], ...]] = (
    ("sent", "Sent", "put on a connection by its sender"),
    ("delivered", "Delivered", "arrived as sent"),
    ("waiting", "On the way", "may still arrive"),
    ("lost", "Lost", "never arrived, and the connection is over"),
    ("doubled", "Doubled", "arrived more often than sent"),
    ("reordered", "Reordered", "arrived after one that was sent later"),
    ("altered", "Altered", "arrived with another text"),
    ("unasked", "Unasked", "arrived, and nobody sent it"),
    ("repeated", "Repeated", "did not arrive and was sent again"),
    ("withdrawn", "Withdrawn", "did not arrive, and the sender gave it up"),
    ("discarded", "Discarded", "given up by the charger: lost to whoever bills by it"),
)
WRONG_FATES: Final = frozenset({"lost", "doubled", "reordered", "altered", "unasked"})
CASES: Final[dict[str, str]] = {
    "lost": "It was sent, and the connection ended before it arrived.",
    "doubled": "It arrived once more than it was sent.",
    "reordered": "It arrived after a message that was sent later.",
    "altered": "It arrived with another text than it was sent with.",
    "unasked": "It arrived, and the other end never sent it.",
    "discarded": "The charger gave it up.",
}
DISCARDED: Final[dict[str, str]] = {
    "attempts": "The charger gave it up after as many attempts as it makes.",
    "full": "The charger gave it up because its memory was full.",
    "reset": "The charger lost it when it restarted.",
}
SENDERS: Final[dict[str, str]] = {"charger": "Charger", "central": "Central system"}


def failure(happening: object) -> str:
    """Tell in plain words why a charger is not connected.

    Args:
        happening: the last thing that went wrong, as the charger told it; None: nothing did.
    """
    match happening:
        case None:
            return ""
        case h.Refused():
            words = STATUSES.get(happening.status, f"The server answered {happening.status} instead of letting it in.")
            return f"{words} It waits {happening.wait} s, as it was asked to." if happening.wait else words
        case h.Untrusting():
            return UNTRUSTING.get(happening.why, f"It did not accept the server's certificate ({happening.why}).")
        case h.Failed():
            return FAILURES.get(happening.why, f"No connection came about ({happening.why}).")
        case h.Closed():
            return f"The connection ended {CLOSES.get(happening.code, f'with the close code {happening.code}')}."
    return str(happening)


def unanswered(code: str) -> str:
    """Tell why a request got no answer."""
    return UNANSWERED.get(code) or ERRORED.format(code=code)


def refused(why: str, status: int) -> str:
    """Tell why a connection was refused."""
    if why in FAULTS:
        return f"The fault “{FAULTS[why].words}” is switched on. Switch it off on the page Faults."
    return REFUSED.get(why) or f"It was answered {status} ({why})."
