"""Tests of the central system's answers."""

import os
import time

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from edge_twisted.core.answer import (
    INTERIM_LIMIT,
    Answer,
    accept_value,
    answer_head,
    read_answer,
    retry_after_seconds,
    valid_upgrade,
)
from edge_twisted.core.head import HEAD_LIMIT, head_end

# The sample of RFC 6455 section 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
OFFERED = ("ocpp1.6", "ocpp1.5")


def make_answer(
    *more: str | bytes, upgrade: str = "websocket", connection: str = "Upgrade", accept: str = ACCEPT
) -> bytes:
    """A 101 with these headers."""
    lines = ["HTTP/1.1 101 Switching Protocols", f"Upgrade: {upgrade}", f"Connection: {connection}"]
    lines += [f"Sec-WebSocket-Accept: {accept}", *more]  # type: ignore[list-item]  # its stubs ask for a NewType
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"\r\n".join([*raw, b"", b""])


class AnswerCase(SynchronousTestCase):
    """What the tests of answers share."""

    def answer(self, head: bytes) -> Answer:
        """The answer of a head that is one."""
        answer = read_answer(head)
        assert answer is not None, head
        return answer

    def check(self, head: bytes, offered: tuple[str, ...] = OFFERED) -> str:
        """What is wrong with a 101."""
        return valid_upgrade(self.answer(head), KEY, offered)


class ReadAnswerTests(AnswerCase):
    """Answer heads to values."""

    def test_upgrade(self) -> None:
        """B1: a faultless 101 with its subprotocol."""
        answer = self.answer(make_answer("Sec-WebSocket-Protocol: ocpp1.6"))
        self.assertEqual((answer.status, answer.protocol, answer.accept), (101, "ocpp1.6", ACCEPT))
        self.assertTrue(answer.upgrade_ok)
        self.assertFalse(answer.protocol_error or answer.extensions or answer.is_interim)

    def test_c7(self) -> None:
        """C7: status and `Retry-After` are read."""
        answer = self.answer(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After:  120 \r\n\r\n")
        self.assertEqual((answer.status, answer.retry_after, answer.upgrade_ok), (503, "120", False))

    def test_http_1_0(self) -> None:
        """An HTTP/1.0 answer keeps its status and `Retry-After`, which stock Autobahn loses."""
        answer = self.answer(b"HTTP/1.0 503\r\nRetry-After: 7\r\n\r\n")
        self.assertEqual((answer.status, answer.retry_after), (503, "7"))

    def test_odd_lines(self) -> None:
        """Bare line feeds, leading blank lines, folded headers, Latin-1 and lines that are none don't matter."""
        answer = self.answer(b"\nhttp/1.1 429 Zu fr\xfch\nrubbish\nX: \xe4\x00\nRetry-After:\n 60\n\n")
        self.assertEqual((answer.status, answer.retry_after), (429, "60"))

    def test_c6(self) -> None:
        """C6: where a redirect leads is bounded and printable, and in no repr: it can hold an identity."""
        answer = self.answer(b"HTTP/1.1 302 Found\r\nLocation: ws://x/\x1bSECRET" + b"y" * 999 + b"\r\n\r\n")
        self.assertTrue(answer.location.startswith("ws://x/SECRETyyy"))
        self.assertEqual(len(answer.location), 500)
        self.assertNotIn("SECRET", repr(answer))

    def test_first_counts(self) -> None:
        """Of several values that should stand once the first counts, bounded."""
        lines = b"Retry-After: 1" + b"2" * 99 + b"\r\nRetry-After: 3\r\nLocation: ws://a\r\nLocation: ws://b\r\n\r\n"
        answer = self.answer(b"HTTP/1.1 503 x\r\n" + lines)
        self.assertEqual((answer.retry_after, answer.location), ("1" + "2" * 63, "ws://a"))

    def test_cut_off(self) -> None:
        """Of a peer that closed before the end of its head the status survives; a 101 without its end is none."""
        self.assertEqual(self.answer(b"HTTP/1.0 403 Forbidden").status, 403)
        self.assertEqual(self.check(make_answer()[:-2]), "upgrade")

    def test_not_http(self) -> None:
        """What is not HTTP, and what is too long, is no answer."""
        for data in (b"", b"\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 0503 x\r\n\r\n"):
            self.assertIsNone(read_answer(data), data)

    def test_limit(self) -> None:
        """An answer head of 16 KiB is read, a longer one is none."""
        start = b"HTTP/1.1 503 x\r\nA: "
        padding = HEAD_LIMIT - len(start) - 4
        self.assertEqual(self.answer(start + b"x" * padding + b"\r\n\r\n").status, 503)
        self.assertIsNone(read_answer(start + b"x" * (padding + 1) + b"\r\n\r\n"))

    def test_interim(self) -> None:
        """Answers of 100 and 103 are to be taken out before the final one, the way the module says."""
        data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + make_answer() + b"\x81\x00"
        statuses = []
        for _ in range(INTERIM_LIMIT):
            end = head_end(data)
            answer = self.answer(data[:end])
            statuses.append(answer.status)
            data = data[end:]
            if not answer.is_interim:
                break
        self.assertEqual((statuses, data), ([100, 103, 101], b"\x81\x00"))

    @given(
        st.one_of(
            st.binary(max_size=200), st.binary(max_size=200).map(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n".__add__)
        )
    )
    def test_any_bytes(self, data: bytes) -> None:
        """Any bytes are an answer or none, and no bytes by chance open a WebSocket."""
        answer = read_answer(data)
        if answer is not None:
            self.assertTrue(100 <= answer.status <= 999)
            self.assertNotEqual(valid_upgrade(answer, KEY, OFFERED), "")


class ValidUpgradeTests(AnswerCase):
    """The check of a 101 (RFC 6455 section 4.1)."""

    def test_accept_value(self) -> None:
        """The sample of RFC 6455 section 1.3."""
        self.assertEqual(accept_value(KEY), ACCEPT)

    def test_b3(self) -> None:
        """B3: any of the offered subprotocols may be chosen."""
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Protocol: ocpp1.5")), "")

    def test_b8(self) -> None:
        """B8: none may be chosen, also by an empty header."""
        for head in (make_answer(), make_answer("Sec-WebSocket-Protocol:")):
            self.assertEqual(self.check(head), "")
            self.assertIsNone(self.answer(head).protocol)

    def test_b10(self) -> None:
        """B10, J-12: a name that was not offered, also in another letter case or with an odd byte, is an error."""
        for value in (b"ocpp2.0.1", b"OCPP1.6", b"ocpp1.6\xff", b"ocpp1.6\x00", b"ocpp1.6/", b"ocpp1.6;x"):
            self.assertEqual(self.check(make_answer(b"Sec-WebSocket-Protocol: " + value)), "protocol", value)
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Protocol: ocpp1.6"), ()), "protocol")

    def test_several_protocols(self) -> None:
        """Two different subprotocols are an error, in one line or in two; the same twice is one."""
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Protocol: ocpp1.6, ocpp1.5")), "protocol")
        lines = ("Sec-WebSocket-Protocol: ocpp1.6", "Sec-WebSocket-Protocol: ocpp1.5")
        self.assertEqual(self.check(make_answer(*lines)), "protocol")
        self.assertEqual(self.answer(make_answer(*lines)).protocol, "ocpp1.6")
        self.assertEqual(self.check(make_answer(lines[0], lines[0])), "")

    def test_letter_case(self) -> None:
        """C14: the tokens count in any letter case, and in a list."""
        self.assertEqual(self.check(make_answer(upgrade="WebSocket", connection="keep-alive, UPGRADE")), "")

    def test_not_upgraded(self) -> None:
        """A 101 to something else, or without `Connection: Upgrade`, is none."""
        self.assertEqual(self.check(make_answer(upgrade="h2c")), "upgrade")
        self.assertEqual(self.check(make_answer(connection="keep-alive")), "upgrade")

    def test_accept(self) -> None:
        """A wrong, missing or doubled `Sec-WebSocket-Accept` is an error; the same twice is one."""
        for accept in ("", ACCEPT.lower(), ACCEPT[:-1], ACCEPT + "\x00"):
            self.assertEqual(self.check(make_answer(accept=accept)), "accept", accept)
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Accept: x")), "accept")
        self.assertEqual(self.check(make_answer(f"Sec-WebSocket-Accept: {ACCEPT}")), "")

    def test_extension(self) -> None:
        """Q32: any extension is an error, as none was offered; an empty header names none."""
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Extensions: permessage-deflate")), "extension")
        self.assertEqual(self.check(make_answer("Sec-WebSocket-Extensions:")), "")

    def test_status(self) -> None:
        """Another status opens no WebSocket, whatever its headers say."""
        self.assertEqual(self.check(make_answer().replace(b" 101 ", b" 200 ")), "status")


class AnswerHeadTests(AnswerCase):
    """The head that Autobahn's client gets in place of the central system's."""

    def test_bytes(self) -> None:
        """It is a faultless 101."""
        self.assertEqual(answer_head(KEY, "ocpp1.6"), make_answer_bytes(b"Sec-WebSocket-Protocol: ocpp1.6\r\n"))
        self.assertEqual(answer_head(KEY, None), make_answer_bytes(b""))
        self.assertEqual(self.check(answer_head(KEY, "ocpp1.6")), "")

    def test_injection(self) -> None:
        """A subprotocol that is no token is refused."""
        for name in ("a\r\nb", "a\x85b", "a,b", ""):
            self.assertRaises(ValueError, answer_head, KEY, name)

    def test_peer(self) -> None:
        """A WebSocket client that is not ours accepts it."""
        client = ClientProtocol(parse_uri("ws://edge.lan/"), subprotocols=["ocpp1.6"])  # type: ignore[list-item]  # its stubs ask for a NewType
        client.send_request(client.connect())
        client.receive_data(answer_head(client.key, "ocpp1.6"))
        self.assertIsNone(client.handshake_exc)
        self.assertEqual(client.subprotocol, "ocpp1.6")


def make_answer_bytes(protocol: bytes) -> bytes:
    """The head as it must be, byte for byte."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + protocol + b"\r\n"
    )


class RetryAfterTests(SynchronousTestCase):
    """`Retry-After` (W-22)."""

    NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110

    def set_zone(self, name: str | None) -> None:
        """Move the process to another time zone; None: the machine's."""
        os.environ.pop("TZ", None)
        if name is not None:
            os.environ["TZ"] = name
        time.tzset()

    def test_seconds(self) -> None:
        """C7: seconds are taken as they are, up to ten minutes."""
        for value, seconds in (("0", 0.0), ("120", 120.0), (" 007 ", 7.0), ("601", 600.0), ("9" * 9999, 600.0)):
            self.assertEqual(retry_after_seconds(value, self.NOW), seconds)

    def test_date(self) -> None:
        """A date in any of the three forms is a distance from now, from 0 to ten minutes."""
        for value in (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ):
            self.assertEqual(retry_after_seconds(value, self.NOW - 90), 90.0, value)
            self.assertEqual(retry_after_seconds(value, self.NOW + 90), 0.0, value)
            self.assertEqual(retry_after_seconds(value, self.NOW - 9999), 600.0, value)

    def test_date_without_zone(self) -> None:
        """A date without a zone is GMT, wherever the box stands."""
        before = os.environ.get("TZ")
        self.addCleanup(self.set_zone, before)
        self.set_zone("XYZ-9")
        self.assertEqual(retry_after_seconds("Sun Nov  6 08:49:37 1994", self.NOW - 90), 90.0)

    def test_rubbish(self) -> None:
        """What is neither is nothing."""
        for value in ("", "soon", "-5", "1.5", "1e3", "٣", "Sun, 99 Nov 1994 08:49:37 GMT"):
            self.assertIsNone(retry_after_seconds(value, self.NOW), value)

    @given(st.one_of(st.text(max_size=40), st.text("0123456789 :-+,GMTSunNov", max_size=40)), st.floats(-1e12, 1e12))
    def test_any_text(self, value: str, now: float) -> None:
        """Any text is within the bounds or nothing."""
        seconds = retry_after_seconds(value, now)
        self.assertTrue(seconds is None or 0.0 <= seconds <= 600.0)
