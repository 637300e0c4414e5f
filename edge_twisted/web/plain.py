"""TLS of EdgeManager's port, for whoever begins with `http://` too: he is sent on to `https://`.

A person types an address into a telephone as it stands on the label, and some browsers put `http://` before it; TLS
alone would answer nothing. Nothing else is said without TLS, and nobody is sent anywhere but to the host that he asked.
"""

import re
from typing import Final

from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory

_ASKED: Final = re.compile(rb"(?:GET|HEAD) (/[!-~]{0,1000}) HTTP/1\.[01]\r\n")
_HOST: Final = re.compile(rb"\r\nhost:[ \t]*([A-Za-z0-9._:\[\]-]{1,260})[ \t]*\r\n", re.IGNORECASE)
_LAST: Final = b"Content-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"


def answer(head: bytes) -> bytes:
    """Answer what came where TLS had to begin.

    Args:
        head: its first octets, as a browser sends them at once.

    Returns:
        307 to the same host and path over `https`; 400 where that can't be told.
    """
    asked, host = _ASKED.match(head), _HOST.search(head)
    if asked is None or host is None:
        return b"HTTP/1.1 400 Bad Request\r\n" + _LAST
    return b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://" + host[1] + asked[1] + b"\r\n" + _LAST


class SentOn(BufferingTLSTransport):
    """One connection: TLS, unless its first octet is a letter."""

    _begun = False
    _plain = False

    def dataReceived(self, data: bytes) -> None:
        """Take octets."""
        if not self._begun:
            self._begun, self._plain = True, data[:1].isalpha()
            if self._plain and self.transport is not None:
                self.transport.write(answer(data))
                self.transport.loseConnection()
        if not self._plain:
            super().dataReceived(data)


class SecureFactory(TLSMemoryBIOFactory):
    """TLS before EdgeManager's door."""

    protocol = SentOn
    noisy = False
