"""Tests of the list of quirks."""

import re

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.quirks import Quirk
from edge_twisted.core.request import Request, read_request
from tests.core.test_request import basic, make_head

# For each quirk a head that has it and no other.
ALONE = {
    Quirk.LITERAL_SPACE: make_head("/RDAM 123"),
    Quirk.EXTRA_SPACE: make_head(" /CP"),
    Quirk.LETTER_CASE: make_head(method="Get"),
    Quirk.HTTP_1_0: make_head(version="HTTP/1.0"),
    Quirk.ABSOLUTE_TARGET: make_head("ws://edge.lan/CP"),
    Quirk.FULL_URL_IN_PATH: make_head("/ws://192.168.1.2:9000/CP_1/SERIAL"),
    Quirk.NO_LEADING_SLASH: make_head("CP"),
    Quirk.DOUBLE_SLASH: make_head("//CP"),
    Quirk.TRAILING_SLASH: make_head("/CP/"),
    Quirk.QUERY: make_head("/CP?x=1"),
    Quirk.HASH: make_head("/CP#1"),
    Quirk.RAW_BYTES: make_head("/Läden"),
    Quirk.RAW_CHARACTERS: make_head("/RDAM|123"),
    Quirk.STRAY_PERCENT: make_head("/100%"),
    Quirk.LEADING_BLANK_LINE: b"\r\n" + make_head(),
    Quirk.BARE_LINE_FEED: make_head().replace(b"\r\n", b"\n"),
    Quirk.FOLDED_HEADER: make_head("/CP", ("X", "a\r\n b")),
    Quirk.SPACE_BEFORE_COLON: make_head("/CP", ("X ", "a")),
    Quirk.NO_HOST: make_head(without="Host"),
    Quirk.REPEATED_HOST: make_head("/CP", ("Host", "a"), ("Host", "a")),
    Quirk.ODD_HOST: make_head("/CP", ("Host", "edge.lan:ocpp1.6")),
    Quirk.ODD_ORIGIN: make_head("/CP", ("Origin", "http://127.0.0.1:9999")),
    Quirk.REPEATED_HEADER: make_head("/CP", ("User-Agent", "a"), ("User-Agent", "b")),
    Quirk.NO_UPGRADE: make_head(without="Upgrade"),
    Quirk.NO_CONNECTION_UPGRADE: make_head(without="Connection"),
    Quirk.NO_VERSION: make_head(without="Sec-WebSocket-Version"),
    Quirk.NO_SUBPROTOCOL: make_head(without="Sec-WebSocket-Protocol"),
    Quirk.REPEATED_SUBPROTOCOL: make_head("/CP", ("Sec-WebSocket-Protocol", "ocpp1.6, ocpp1.6")),
    Quirk.ODD_SUBPROTOCOL: make_head("/CP", ("Sec-WebSocket-Protocol", "ocpp1.6, ocpp 1.6")),
    Quirk.UNPADDED_BASE64: make_head("/CP", ("Authorization", "Basic Q1A6cA")),
    Quirk.USER_DIFFERS: make_head("/CP", ("Authorization", basic(b"someone:pw"))),
}


class QuirkTests(SynchronousTestCase):
    """The list itself."""

    def test_each_is_recognised(self) -> None:
        """Every quirk of the list is accepted and recognised, alone, and the list holds no other."""
        self.assertEqual(set(ALONE), set(Quirk))
        for quirk, head in ALONE.items():
            request = read_request(head)
            assert isinstance(request, Request), quirk
            self.assertEqual(request.quirks, {quirk})

    def test_codes(self) -> None:
        """A code is short, in lower case with hyphens, so that it can be a key of a catalogue."""
        for quirk in Quirk:
            self.assertTrue(re.fullmatch(r"[a-z0-9]+([-.][a-z0-9]+)*", quirk.value), quirk)
            self.assertLessEqual(len(quirk.value), 32)
