"""The design's section 4, one sentence to a paragraph, without emphasis; rows of tables are sentences."""

from typing import Final

TEXT: Final = """
Order of checks, the first that matches answers: `listen.from` (dropped), wrong kind of traffic (alert, 400), head
(400), no upgrade (page, root certificate or 426), browser (403), identity (404), blocked (403), WSS only (403),
throttle (429; never for a right secret), approval (404), credentials (401), incumbent (503), hold-off, cache, lane
(503), dial.

(So a stranger without the secret doesn't learn who is online.)

'Secret' = Edge will send credentials, whoever's. First match wins:

An endpoint set by hand: exactly that, scheme included.

`ws://` with a secret only to a private or loopback address literal or `localhost`: else refused on entry, and 502
with an alarm at the dial.

`uplink.secure = "always"`, or the charger's leg is `wss`, or `wss` was detected before: `uplink.wss`.

A secret: `uplink.wss`; or `uplink.ws` if that is such a literal.

Else `uplink.ws`.

Turned away there by an HTTP answer: `uplink.wss` once in this attempt (both refuse: the first answer is passed on);
turned away after the 101: the next attempt begins with `uplink.wss`.

Served over `uplink.wss` is remembered as detected, and never lowered by itself (S-03, T-34: never from wss to ws,
never to unverified TLS).

A charger whose own leg was last served on `wss` and now comes on `ws` is admitted with an alarm; it gets 403 only
where the maintainer switched 'WSS only' on, or a `SecurityProfile` of 2 or more was accepted and the charger was
afterwards served over `wss` (A05.FR.08, FR.09): otherwise one wss connection by a stranger, or a failed change, would
shut it out.

Uplink path = the endpoint's path + `/` + the charger's own last segment, as received.

The charger's own prefix is only recorded; the query is dropped.

An endpoint's trailing `/` is dropped; one with a query, with a user name, whose last segment is the identity, or that
points at Edge itself is refused when entered, with the reason.

A save that changes neither uplink, trust nor secret of a live session closes nothing (Q29).

Verification. Path and name, always, by `trust/verify.py`.

Never `optionsForClientTLS`: in Twisted 26.10 its callback swallows `service_identity.CertificateError` and returns
OpenSSL's verdict, so certificates without SAN, with an e-mail SAN only, or with SAN `*` pass for any name.

Ours is an own `IOpenSSLClientConnectionCreator`; any exception while verifying means refused.

Per uplink: system roots, uploaded root, explicit CN fallback with an uploaded root only (T-31), SPKI pin.

Contexts are shared per (host, trust), and so are session caches.

Passwords are bytes from the wire to the store and back (J-62, J-66).

Comparisons are constant-time, of the password only, and also try the hex form (S-07).

A user name that differs from the identity is accepted and shown (Q12); if it is another known identity, an alarm: the
central system judges.

none | nothing | dials without credentials; badge 'the identity is this charger's only secret'; where a password was
detected before, also an alarm 'stopped showing its password'

none | X | dials with exactly X.

Served: X is remembered and shown as detected.

Turned away: passed on, nothing remembered.

A later, different X is judged by the central system in the same way: a changed password follows by itself

S | S, or the charger's own secret | dials with S

S | anything else | 401; the uplink is not dialled (S-41: no confused deputy)

S | nothing | 401, unless the maintainer lets this charger connect without a password: bound to its MAC on the box's
own segment, else to the address of its last served session (never served: of its last attempt, confirmed by the
maintainer).

From elsewhere: 401 and an alarm with one action, 'it moved'

The own secret is one value.

When S is entered, EdgeManager, edgectl and the API always ask what the charger itself will show (without an answer
the API says 409): nothing / the same as S / its next password within 10 minutes, from its usual address, adopted when
served / what it showed when last served (preselected, with date and address).

Served while showing S: that is the own secret from then on, the earlier one is refused with an alarm, and a
no-password permission ends.

S is stored under (scheme, host, port) and used only there; entered without an endpoint, under `uplink.wss`.

An endpoint on a host other than the configured ones needs the Admin role and raises an alarm.

Pin (one action): the detected secret becomes S, for central systems that check none.

S turned away: over HTTP the charger gets 503 with Retry-After, after the 101 its close code; EdgeManager an alarm
that names the dashboard's step (W-23); that charger is held off, doubling to 5 minutes, until an edit.

Key changes. A `ChangeConfiguration` of `AuthorizationKey` (name in any case) to K is on disk as pending before the
CALL goes to the charger (the gate).

Rejected, NotSupported or CALLERROR remove it; Accepted, RebootRequired, silence, a lost session or a killed Edge keep
it.

While it is pending, a charger that shows K (either form) is admitted like one that shows its own secret.

With S: K is dialled first (the bytes of the hex, unless the charger shows the text); turned away: S once.

Without S: what the charger shows; if that is K and it is turned away, the detected X once.

K served: it replaces S and X.

The earlier one served: it goes first, K stays second.

If the disk fails: kept in memory, the frame passed, an alarm (S-30, S-40).

Secrets are encrypted at rest (key from the service manager's credential store, else a 0600 file; the docs say what
that does and doesn't protect), write-only in web and API, and absent from every log, event, trace, journal and
export; so are identities of chargers without Basic auth (shown shortened; opaque ids in URLs).

Text that comes from outside (vendor, model, reason, Host) is hostile: control and bidi characters are stripped before
a person sees it.

`admission.mode = "open"` (default: the central system knows its chargers), or `"approve"` (404 until approved; 404 is
not final for a charger, J-07).

An identity is stored once it was served or approved.

Block, clash and approval compare identities without regard to case.

Failed attempts are counted per (address, identity).

A trailing slash is accepted only if the segment before it is a known identity or the Basic user name; else 404.

Private addresses (RFC 1918, loopback, link-local, ULA, 100.64/10, and the prefixes of the box's own interfaces except
one with a public IPv4 address) are served.

An upgrade request with Origin and a `Mozilla/` agent, or with `Sec-Fetch-Site` or `Cookie`, comes from a browser's
page and gets 403: chargers send odd Origins, but none of those.

401 with `WWW-Authenticate`; 403, 404 as above; uplink refused, no DNS, TLS failure or 3xx: 502; time-out: 504;
hold-off: 503; all 5xx and 429 carry Retry-After.

426 with `Upgrade` for a plain GET from a program, a short page that leads to EdgeManager for a browser.

Every refusal has `Content-Length` and `Connection: close`; none tells software, version or exception.

Unsupported subprotocol: 101 without the header, then close (J-11); none offered: served as ocpp1.6, answered without
the header (Q19).
"""

SENTENCES: Final = tuple(" ".join(paragraph.split()) for paragraph in TEXT.split("\n\n"))
