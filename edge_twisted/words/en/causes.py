"""What is wrong with a connection and what helps, in an electrician's words. A cause may use `{detail}`."""

from typing import Final

CAUSES: Final = {
    # Between the charger and this box.
    "root-unknown": "The charger does not know the certificate that this box shows[ (TLS alert {detail})]",
    "certificate-unknown": (
        "The charger does not accept the certificate that this box shows, and says no more[ (TLS alert {detail})]"
    ),
    "certificate-probably-refused": (
        "The charger broke off at the certificate that this box shows, so it probably does not know it"
        "[ (TLS alert {detail})]"
    ),
    "certificate-bad": (
        "For the charger, the certificate that this box shows is damaged or belongs to another name"
        "[ (TLS alert {detail})]"
    ),
    "certificate-unsupported": (
        "The charger cannot use the kind of certificate that this box shows[ (TLS alert {detail})]"
    ),
    "certificate-revoked": "For the charger, the certificate that this box shows is revoked[ (TLS alert {detail})]",
    "certificate-expired": (
        "By the charger's clock, the certificate that this box shows has expired or is not valid yet"
        "[ (TLS alert {detail})]"
    ),
    "certificate-signature": (
        "The charger finds a wrong signature on the certificate that this box shows; it probably holds an old root "
        "certificate[ (TLS alert {detail})]"
    ),
    "access-denied": "The charger's own rules forbid it to connect to this box[ (TLS alert {detail})]",
    "tls-no-agreement": "The charger and this box have no encryption in common[ (TLS alert {detail})]",
    "tls-version": "The charger and this box have no version of TLS in common[ (TLS alert {detail})]",
    "charger-fault": (
        "The charger had a fault of its own while it set up the encryption, such as too little memory"
        "[ (TLS alert {detail})]"
    ),
    "alert-other": "The charger broke off while it set up the encryption[ (TLS alert {detail})]",
    "tls-too-old": "The charger's encryption is too old[: it offers {detail} at most]; this box needs TLS 1.2 or later",
    "no-common-suite": "The charger offers no encryption that this box can use",
    "tls-other": "The encryption between the charger and this box could not be set up",
    "plain-on-tls-port": "The charger speaks unencrypted (ws) on the port for wss",
    "tls-on-plain-port": "The charger speaks encrypted (wss) on the port for ws",
    "port-probe": "Somebody connected and sent nothing, as network scanners and monitors do",
    "no-request": "The charger left before its request was complete",
    "handshake-timeout": "The charger began to connect and then sent nothing more",
    "left-early": "The charger left before it said which encryption it can use",
    # Between this box and the central system.
    "uplink-dns": "The central system's name is not found (DNS)",
    "uplink-refused": "The central system's host takes no connections on this port",
    "uplink-unreachable": "There is no way from this box to the central system",
    "uplink-timeout": "The central system did not answer in time",
    "uplink-reset": "The connection broke off before the central system answered",
    "uplink-not-http": "What answers at the endpoint is no central system: its answer is not HTTP",
    "uplink-handshake": "What answers at the endpoint opens no OCPP connection as it should",
    "uplink-closed": "The central system opened the connection and closed it again before it answered anything",
    "uplink-root-unknown": "The central system's certificate comes from an authority that this box does not know",
    "uplink-self-signed": "The central system's certificate is signed by itself only, so this box does not know it",
    "uplink-expired": "The central system's certificate has expired",
    "uplink-not-yet-valid": "By this box's clock, the central system's certificate is not valid yet",
    "uplink-name": "The central system's certificate belongs to another name than the endpoint's",
    "uplink-no-name": "The central system's certificate has its name in the old place only (CN)",
    "uplink-purpose": "The central system's certificate is not made for a server",
    "uplink-pin": "The central system's key is none of those that are pinned",
    "uplink-certificate-broken": "The central system's certificate cannot be read, or its signature is wrong",
    "uplink-alert": "The central system broke off while the encryption was set up[ (TLS alert {detail})]",
    "uplink-tls-version": "The central system and this box have no version of TLS in common[ (TLS alert {detail})]",
    "uplink-tls-other": "The encryption between this box and the central system could not be set up",
    "uplink-wants-certificate": (
        "The central system wants a client certificate, and Edge has none to show[ (TLS alert {detail})]"
    ),
    "uplink-unauthorized": "The central system wants a user name and password, and they are missing or wrong",
    "uplink-forbidden": "The central system knows this charger, but does not let it in",
    "uplink-identity-unknown": "The central system does not know this charger's ID",
    "uplink-busy": "The central system is asked too often",
    "uplink-unavailable": "The central system is not available at the moment",
    "uplink-redirect": (
        "The central system sends Edge to another address[ ({detail})]. Edge never follows, since a password could "
        "get into wrong hands"
    ),
    "uplink-fault": "The central system has a fault of its own",
    "uplink-status-other": "What answers at the endpoint gives no answer that fits a charger",
    "uplink-other": "The central system ended the connection and did not say why",
}
"""What is wrong, by `Diagnosis.cause`."""

_UPLINK: Final = "EdgeManager: live view -> charger -> Settings -> Network interfaces -> Uplink interface"

REMEDIES: Final = {
    # Between the charger and this box.
    "load-root": "Load the box's root certificate (root.pem) into the charger, or use ws:// on this network",
    "reload-root": (
        "Take the old root certificate out of the charger and load the box's present one (root.pem), or use ws:// on "
        "this network"
    ),
    "check-name": (
        "Check that the address entered in the charger is one of the box's names, such as edge.lan, and that the box's "
        "root certificate (root.pem) is loaded"
    ),
    "check-charger-trust": "Check in the charger which certificates and hosts it accepts",
    "check-charger-clock": "Set date and time in the charger",
    "update-charger-tls": "Update the charger's firmware, or use ws:// on this network",
    "restart-charger": "Restart the charger; if that does not help, update its firmware or use ws:// on this network",
    "read-charger-log": "Look in the charger's own log for the reason",
    "use-wss-url": "Enter the address with wss:// in the charger, or with ws:// and the port for ws (mostly 80)",
    "use-wss-port": "Enter the port for wss in the charger (mostly 443), or the address with ws://",
    "check-network": "Check the charger's network cable or signal, and what stands between it and this box",
    "nothing-to-do": "Nothing needs to be done",
    # Between this box and the central system.
    "check-dns": "Check how the endpoint is spelled, and that this box has a DNS server that works",
    "check-internet": "Check this box's internet connection",
    "check-firewall": "Check this box's internet connection, and that the site's firewall lets it through",
    "check-endpoint": f"Check the endpoint ({_UPLINK})",
    "enter-target": f"Ask the operator which address is right, and enter it as endpoint ({_UPLINK})",
    "check-box-clock": "Set date and time of this box",
    "upload-root": "Ask the operator for its root certificate and name it in Edge's configuration ([uplink], roots)",
    "check-pin": (
        "Ask the operator whether the key was changed, and enter the new one in Edge's configuration ([uplink], pins); "
        "if it was not, somebody listens in between"
    ),
    "allow-common-name": (
        "Ask the operator for a certificate of today's kind, or allow the old one in Edge's configuration ([uplink], "
        "cn_fallback)"
    ),
    "ask-operator-certificate": "Ask the operator to put the central system's certificate right",
    "ask-operator-tls": "Ask the operator which encryption the central system accepts",
    "ask-operator-password": (
        "Ask the operator to set charger dashboard -> Security to Basic authentication over HTTPS/WSS, in place of a "
        "client certificate"
    ),
    "check-dashboard-password": (
        "Open charger dashboard -> Security -> Basic authentication over HTTPS/WSS: the user name and password there "
        "must be those of the charger, or those entered in Edge"
    ),
    "check-dashboard-charger": (
        "Check on the charger dashboard that the charger may connect, and that its Security setting fits ws or wss"
    ),
    "add-to-dashboard": (
        "Add the charger to the charger dashboard, or correct its ID in the charger; capital and small letters differ"
    ),
    "wait": "Wait: the charger tries again by itself",
    "ask-operator": "Ask the operator what the central system's log says about this charger",
}
"""What helps, by `Diagnosis.remedy`."""
