"""From what was seen to a cause and a remedy, as codes; `words` has the sentences (design section 3.1, T-20, T-21)."""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

from attrs import evolve, frozen

from edge_twisted.core.clienthello import Hello
from edge_twisted.core.redaction import clean
from edge_twisted.core.steps import Answered, Failed

TLS12: Final = 0x0303


@frozen
class Diagnosis:
    """What is wrong and what helps.

    Args:
        cause: one of `CAUSES`.
        remedy: one of `REMEDIES`; `nothing-to-do` where nobody has to act.
        detail: a number, version or short text that belongs to the cause; safe to show, never an identity.
    """

    cause: str
    remedy: str
    detail: str = ""


# The charger refused our certificate, by alert number (standards, section 5.3).
_ALERTS: Final = {
    0: Diagnosis("certificate-probably-refused", "load-root"),
    40: Diagnosis("tls-no-agreement", "update-charger-tls"),
    42: Diagnosis("certificate-bad", "check-name"),
    43: Diagnosis("certificate-unsupported", "update-charger-tls"),
    44: Diagnosis("certificate-revoked", "check-charger-trust"),
    45: Diagnosis("certificate-expired", "check-charger-clock"),
    46: Diagnosis("certificate-unknown", "load-root"),
    48: Diagnosis("root-unknown", "load-root"),
    49: Diagnosis("access-denied", "check-charger-trust"),
    51: Diagnosis("certificate-signature", "reload-root"),
    70: Diagnosis("tls-version", "update-charger-tls"),
    71: Diagnosis("tls-no-agreement", "update-charger-tls"),
    80: Diagnosis("charger-fault", "restart-charger"),
    90: Diagnosis("certificate-probably-refused", "load-root"),
}
_ALERT_OTHER: Final = Diagnosis("alert-other", "read-charger-log")

DISTRUST: Final = frozenset({0, 42, 43, 44, 45, 46, 48, 49, 51, 90})
"""Alerts that mean, or probably mean, 'I don't trust your certificate'."""

_PLAIN: Final = Diagnosis("plain-on-tls-port", "use-wss-url")
_STAGES: Final = {
    "silent": Diagnosis("port-probe", "nothing-to-do"),
    "plain-on-tls": _PLAIN,
    "tls-on-plain": Diagnosis("tls-on-plain-port", "use-wss-port"),
    "head": Diagnosis("no-request", "read-charger-log"),
}
_TOO_OLD: Final = Diagnosis("tls-too-old", "update-charger-tls")
_NO_SUITE: Final = Diagnosis("no-common-suite", "update-charger-tls")
_TIMEOUT: Final = Diagnosis("handshake-timeout", "check-network")
_LEFT_EARLY: Final = Diagnosis("left-early", "check-network")
_REFUSED: Final = Diagnosis("certificate-probably-refused", "load-root")
_TLS_OTHER: Final = Diagnosis("tls-other", "read-charger-log")

STAGES: Final = (*_STAGES, "eof", "timeout", "tls")
"""How a connection ended, for `from_handshake`.

`silent`: no byte came (Q41). `plain-on-tls`, `tls-on-plain`: the wrong kind of traffic for the port (I10, Q7).
`head`: the peer left before its request was complete, TLS done where there is any. `eof`: it left in mid-handshake.
`timeout`: it stopped before its request was complete. `tls`: OpenSSL failed, for the reasons given.
"""

_UPLINK: Final = {
    "dns": Diagnosis("uplink-dns", "check-dns"),
    "refused": Diagnosis("uplink-refused", "check-endpoint"),
    "unreachable": Diagnosis("uplink-unreachable", "check-internet"),
    "timeout": Diagnosis("uplink-timeout", "check-firewall"),
    "reset": Diagnosis("uplink-reset", "check-firewall"),
    "not-http": Diagnosis("uplink-not-http", "check-endpoint"),
    "handshake": Diagnosis("uplink-handshake", "check-endpoint"),
    "closed": Diagnosis("uplink-closed", "check-dashboard-charger"),
}
_UPLINK_TLS: Final = {
    "unknown-root": Diagnosis("uplink-root-unknown", "upload-root"),
    "self-signed": Diagnosis("uplink-self-signed", "upload-root"),
    "expired": Diagnosis("uplink-expired", "ask-operator-certificate"),
    "not-yet-valid": Diagnosis("uplink-not-yet-valid", "check-box-clock"),
    "name": Diagnosis("uplink-name", "check-endpoint"),
    "no-name": Diagnosis("uplink-no-name", "allow-common-name"),
    "purpose": Diagnosis("uplink-purpose", "ask-operator-certificate"),
    "pin": Diagnosis("uplink-pin", "check-pin"),
    "broken": Diagnosis("uplink-certificate-broken", "ask-operator-certificate"),
    "alert": Diagnosis("uplink-alert", "ask-operator-tls"),
    "version": Diagnosis("uplink-tls-version", "ask-operator-tls"),
}
_UPLINK_TLS_OTHER: Final = Diagnosis("uplink-tls-other", "ask-operator-tls")
_UPLINK_ALERTS: Final = {
    70: _UPLINK_TLS["version"],
    112: _UPLINK_TLS["name"],
    116: Diagnosis("uplink-wants-certificate", "ask-operator-password"),
}
_UPLINK_STATUS: Final = {
    401: Diagnosis("uplink-unauthorized", "check-dashboard-password"),
    403: Diagnosis("uplink-forbidden", "check-dashboard-charger"),
    404: Diagnosis("uplink-identity-unknown", "add-to-dashboard"),
    429: Diagnosis("uplink-busy", "wait"),
    503: Diagnosis("uplink-unavailable", "wait"),
}
_UPLINK_REDIRECT: Final = Diagnosis("uplink-redirect", "enter-target")
_UPLINK_FAULT: Final = Diagnosis("uplink-fault", "ask-operator")
_UPLINK_STATUS_OTHER: Final = Diagnosis("uplink-status-other", "check-endpoint")
_UPLINK_OTHER: Final = Diagnosis("uplink-other", "ask-operator")

_ALL: Final = (
    *_ALERTS.values(),
    *_STAGES.values(),
    *(_ALERT_OTHER, _TOO_OLD, _NO_SUITE, _TIMEOUT, _LEFT_EARLY, _REFUSED, _TLS_OTHER),
    *_UPLINK.values(),
    *_UPLINK_TLS.values(),
    *_UPLINK_ALERTS.values(),
    *_UPLINK_STATUS.values(),
    *(_UPLINK_TLS_OTHER, _UPLINK_REDIRECT, _UPLINK_FAULT, _UPLINK_STATUS_OTHER, _UPLINK_OTHER),
)

CAUSES: Final = tuple(sorted({diagnosis.cause for diagnosis in _ALL}))
"""Every cause there is."""

REMEDIES: Final = tuple(sorted({diagnosis.remedy for diagnosis in _ALL}))
"""Every remedy there is."""


def from_alert(number: int) -> Diagnosis:
    """Read a TLS alert that a charger sent during the handshake (T-20, I6 to I8).

    Args:
        number: of the alert's description, from the info callback.

    Returns:
        The diagnosis; its detail is the number.
    """
    return evolve(_ALERTS.get(number, _ALERT_OTHER), detail=str(number))


def from_handshake(
    stage: str, hello: Hello | None, error_reasons: Sequence[str] = (), suites: Collection[int] = ()
) -> Diagnosis:
    """Read how a connection ended before a request was complete, and without an alert (T-21).

    Our own reading of the hello decides before OpenSSL's words do: those differ between its versions.

    Args:
        stage: one of `STAGES`.
        hello: what the client offered, where all of it came. What we can serve was then answered with our certificate.
        error_reasons: OpenSSL's words.
        suites: numbers of our cipher suites; empty: not compared.

    Returns:
        The diagnosis.
    """
    if stage in _STAGES:
        return _STAGES[stage]
    said = " ".join(error_reasons).lower()
    if "http request" in said:
        return _PLAIN
    if hello is not None and hello.highest < TLS12:
        return evolve(_TOO_OLD, detail=version_name(hello.highest))
    if hello is not None and suites and not set(hello.suites) & set(suites):
        return _NO_SUITE
    if hello is not None and not (hello.takes_rsa or hello.takes_ecdsa):
        return evolve(_NO_SUITE, detail="signatures")
    if "unsupported protocol" in said or "version too low" in said:
        return _TOO_OLD
    if "no shared cipher" in said or "no suitable signature" in said:
        return _NO_SUITE
    if stage == "timeout":
        return _TIMEOUT
    if stage == "tls" and "eof" not in said:
        return evolve(_TLS_OTHER, detail=clean(said))
    return _LEFT_EARLY if hello is None else _REFUSED


def from_uplink(kind: str, status: int = 0, detail: str = "") -> Diagnosis:
    """Read why the central system could not be asked, or what it answered.

    Args:
        kind: `dns`, `refused`, `unreachable`, `timeout`, `reset`, `tls`, `http`, `not-http`, `handshake`, or
            `closed` after the 101 before anything was served.
        status: of kind `http`, the status; of kind `tls` with detail `alert`, the alert's number, 0 if unknown.
        detail: of kind `tls`, one of unknown-root, self-signed, expired, not-yet-valid, name, no-name, purpose, pin,
            broken, alert, version. Of kind `http` with a 3xx, its Location. Else any text, from outside too.

    Returns:
        The diagnosis. Of a Location only scheme, host and port are kept: its path may hold the identity (W-20).
    """
    if kind == "http":
        return _from_status(status, detail)
    if kind == "tls":
        if detail == "alert" and status:
            return evolve(_UPLINK_ALERTS.get(status, _UPLINK_TLS["alert"]), detail=str(status))
        if detail in _UPLINK_TLS:
            return _UPLINK_TLS[detail]
        return evolve(_UPLINK_TLS_OTHER, detail=clean(detail))
    return evolve(_UPLINK.get(kind, _UPLINK_OTHER), detail=clean(detail))


def from_result(result: Answered | Failed) -> Diagnosis:
    """Read what a dial came to that opened nothing, as `from_uplink`."""
    if isinstance(result, Answered):
        return from_uplink("http", result.status, result.location)
    return from_uplink(result.kind, result.number, result.detail)


def _from_status(status: int, location: str) -> Diagnosis:
    if 300 <= status < 400:
        target = _target(location)
        return evolve(_UPLINK_REDIRECT, detail=f"{status} {target}" if target else str(status))
    other = _UPLINK_FAULT if status >= 500 else _UPLINK_STATUS_OTHER
    return evolve(_UPLINK_STATUS.get(status, other), detail=str(status))


def _target(location: str) -> str:
    try:
        parts = urlsplit(location)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return clean(f"{parts.scheme}://{host}") if parts.scheme and host else ""


def version_name(number: int) -> str:
    """Name a protocol version.

    Args:
        number: such as 0x0301.

    Returns:
        Such as `TLS 1.0`; `SSL 3.0` and older as SSL.
    """
    major, minor = number >> 8, number & 0xFF
    if major == 3 and minor:
        return f"TLS 1.{minor - 1}"
    return f"SSL {major}.{minor}"
