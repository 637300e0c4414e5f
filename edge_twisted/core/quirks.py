"""Named deviations of real chargers from HTTP and OCPP-J that are accepted, and shown.

A quirk changes nothing but what a person sees: Autobahn and the central system get a head that Edge wrote itself.
Only what the parsers recognise is listed here. Sources are the rules (Q.., J-.., W-..) and checklist rows of the
reference; where none is named, the deviation is legal or harmless by RFC 9110 to 9112.
"""

from enum import StrEnum


class Quirk(StrEnum):
    """A deviation; its value is the code under which `words` describes it."""

    # The request line.
    LITERAL_SPACE = "literal-space-in-path"
    """The identity's space was not percent-encoded (J-01, Q16)."""
    EXTRA_SPACE = "extra-space"
    """More than one space around the request target (RFC 9112 section 3 forgives it)."""
    LETTER_CASE = "letter-case"
    """The method or the HTTP version is not in upper case."""
    HTTP_1_0 = "http-1.0"
    """HTTP/1.0, which knows no upgrade (field.md section 4)."""

    # The request target.
    ABSOLUTE_TARGET = "absolute-target"
    """Scheme and host before the path, as to a proxy (RFC 9112 section 3.2.2)."""
    FULL_URL_IN_PATH = "full-url-in-path"
    """A whole URL sent as path: `/ws://192.168.1.2:9000/CP_1` (Q17)."""
    NO_LEADING_SLASH = "no-leading-slash"
    """The path does not begin with a slash (field.md section 3, thread 18)."""
    DOUBLE_SLASH = "double-slash"
    """`//CP`, `///CP`: empty segments before the identity (Q17)."""
    TRAILING_SLASH = "trailing-slash"
    """A slash after the identity (Q17; the EVC-net sample in field.md 1.1)."""
    QUERY = "query"
    """A query, which is dropped (A11)."""
    HASH = "hash-in-path"
    """`#` not percent-encoded; taken as part of the path, because RFC 6455 section 3 knows no fragment here."""
    RAW_BYTES = "raw-bytes-in-path"
    """Bytes above 127 that were not percent-encoded (A5, W-25)."""
    RAW_CHARACTERS = "raw-characters-in-path"
    """Other characters that RFC 3986 wants percent-encoded, such as the bar in `RDAM|123` (Q15)."""
    STRAY_PERCENT = "stray-percent"
    """A percent sign that is no escape; taken literally (Q16)."""

    # The lines of the head.
    LEADING_BLANK_LINE = "leading-blank-line"
    """Blank lines before the request (RFC 9112 section 2.2 forgives them)."""
    BARE_LINE_FEED = "bare-line-feed"
    """Lines that end without a carriage return (RFC 9112 section 2.2 forgives it)."""
    FOLDED_HEADER = "folded-header"
    """A header that goes on in the next line (RFC 9112 section 5.2)."""
    SPACE_BEFORE_COLON = "space-before-colon"
    """White space between a header's name and its colon (RFC 9112 section 5.1); harmless, as nothing is passed on."""

    # Headers.
    NO_HOST = "no-host"
    """No `Host` (W-25)."""
    REPEATED_HOST = "repeated-host"
    """`Host` more than once; the first is shown (W-25)."""
    ODD_HOST = "odd-host"
    """A port in `Host` that is no number (Q23)."""
    ODD_ORIGIN = "odd-origin"
    """An `Origin`, which belongs to browsers (C12, Q23)."""
    REPEATED_HEADER = "repeated-header"
    """Another header that should stand once stands there again."""
    NO_UPGRADE = "no-upgrade"
    """No `Upgrade`, while `Connection: Upgrade` and the WebSocket key are there."""
    NO_CONNECTION_UPGRADE = "no-connection-upgrade"
    """No `Connection: Upgrade` (Q21)."""
    NO_VERSION = "no-version"
    """No `Sec-WebSocket-Version`; taken as 13 (W-01)."""
    NO_SUBPROTOCOL = "no-subprotocol"
    """No subprotocol offered (Q19, J-13)."""
    REPEATED_SUBPROTOCOL = "repeated-subprotocol"
    """The same subprotocol offered twice (W-25)."""
    ODD_SUBPROTOCOL = "odd-subprotocol"
    """A subprotocol that is no HTTP token, and can therefore not be agreed upon (J-12); left out."""

    # Credentials.
    UNPADDED_BASE64 = "unpadded-base64"
    """Basic credentials without the padding of base64 (D5, W-31)."""
    USER_DIFFERS = "user-differs"
    """A Basic user name that is not the identity (Q12, D7)."""
