"""Tests of request heads (checklist A to D as far as a head goes)."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from websockets.http11 import Request as PeerRequest
from websockets.server import ServerProtocol

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.quirks import Quirk
from edge_twisted.core.request import (
    BAD_CODES,
    HEAD_LIMIT,
    Bad,
    Plain,
    Request,
    head_end,
    read_request,
    response,
    upgrade_head,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
USUAL = {
    "Host": "edge.lan",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "ocpp1.6",
}


def make_head(
    target: bytes | str = "/CP001",
    *more: tuple[str, str | bytes],
    without: str = "",
    method: str = "GET",
    version: str = "HTTP/1.1",
) -> bytes:
    """A request head: the usual headers, but those named again in `more` or in `without`."""
    left_out = {name.lower() for name, _ in more} | {name.lower() for name in without.split()}
    fields = [*(pair for pair in USUAL.items() if pair[0].lower() not in left_out), *more]
    raw = target.encode() if isinstance(target, str) else target
    lines = [b"%s %s %s" % (method.encode(), raw, version.encode())]
    for name, value in fields:
        lines.append(name.encode() + b": " + (value.encode() if isinstance(value, str) else value))
    return b"\r\n".join([*lines, b"", b""])


def basic(raw: bytes) -> str:
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(raw).decode()


class RequestCase(SynchronousTestCase):
    """What the tests of requests share."""

    def good(self, head: bytes) -> Request:
        """The request of a head that holds one."""
        request = read_request(head)
        assert isinstance(request, Request), (request, head)
        return request

    def bad(self, head: bytes) -> Bad:
        """The refusal of a head that is refused for itself."""
        bad = read_request(head)
        assert isinstance(bad, Bad), (bad, head)
        self.assertIn(bad.code, BAD_CODES)
        return bad

    def plain(self, head: bytes) -> Plain:
        """The plain request of a head that asks for no upgrade."""
        plain = read_request(head)
        assert isinstance(plain, Plain), (plain, head)
        return plain


class UpgradeTests(RequestCase):
    """Heads that ask for a WebSocket."""

    def test_usual(self) -> None:
        """A1, B1: a faultless request is read without a quirk."""
        request = self.good(make_head("/ocpp/CP001", ("User-Agent", "Charger/1.0")))
        self.assertEqual(request.identity, b"CP001")
        self.assertEqual(request.claim.prefix, b"/ocpp/")
        self.assertEqual(request.protocols, ("ocpp1.6",))
        self.assertEqual(request.key, KEY)
        self.assertIsNone(request.shown)
        self.assertFalse(request.broken_authorization)
        self.assertEqual((request.host, request.user_agent), ("edge.lan", "Charger/1.0"))
        self.assertEqual(request.quirks, frozenset())

    def test_a2_literal_space(self) -> None:
        """A2, Q16: a literal space in the path is part of the identity, and goes up encoded."""
        request = self.good(make_head("/ocpp/RDAM 123"))
        self.assertEqual((request.identity, request.claim.segment), (b"RDAM 123", b"RDAM%20123"))
        self.assertEqual(request.quirks, {Quirk.LITERAL_SPACE})

    def test_a5_raw_bytes(self) -> None:
        """A5, W-25: raw UTF-8 in the path arrives as its bytes, not as mojibake."""
        self.assertEqual(self.good(make_head("/ocpp/Läden")).identity, "Läden".encode())

    def test_a8(self) -> None:
        """A8: no identity, or one with control characters, is a 404; raw control characters break the head."""
        for target in ("/", "/%00", "/a%0d%0ab", "/..", "/" + "x" * 256):
            self.assertEqual(self.bad(make_head(target)), Bad(404, "no-identity"), target)
        for raw in (b"/\x00", b"/a\x1bb", b"/a\tb", b"/a\x7f"):
            self.assertEqual(self.bad(make_head(raw)), Bad(400, "head-broken"), raw)

    def test_a12(self) -> None:
        """A12, Q17: `//CP001` keeps its identity."""
        self.assertEqual(self.good(make_head("//CP001")).identity, b"CP001")

    def test_outer_spaces(self) -> None:
        """More than one space around the target separates, and is no part of the identity."""
        request = self.good(make_head("  /CP001 "))
        self.assertEqual((request.identity, request.quirks), (b"CP001", {Quirk.EXTRA_SPACE}))
        for head in (b" " + make_head(), make_head(version="HTTP/1.1 ")):
            self.assertEqual(self.good(head).quirks, {Quirk.EXTRA_SPACE})

    def test_http_1_0(self) -> None:
        """HTTP/1.0 without a host is accepted, for stock Autobahn answers 505."""
        request = self.good(make_head(without="Host", version="HTTP/1.0"))
        self.assertEqual((request.host, request.quirks), ("", {Quirk.HTTP_1_0, Quirk.NO_HOST}))

    def test_letter_case(self) -> None:
        """Method, version and names of headers are taken in any letter case (Q13)."""
        head = make_head(method="get", version="http/1.1").replace(b"Upgrade", b"uPGRADE").replace(b"Sec-", b"sec-")
        self.assertEqual(self.good(head).quirks, {Quirk.LETTER_CASE})
        self.assertEqual(self.good(make_head(version="http/1.1")).quirks, {Quirk.LETTER_CASE})

    def test_c14(self) -> None:
        """C14: `Connection: keep-alive, Upgrade` and `Upgrade: WebSocket` in mixed case are no oddity."""
        request = self.good(make_head("/CP", ("Connection", "Keep-Alive, uPgrade"), ("Upgrade", "foo, WebSocket/13")))
        self.assertEqual(request.quirks, frozenset())

    def test_q21(self) -> None:
        """Q21: no `Connection: Upgrade` is accepted."""
        for head in (make_head(without="Connection"), make_head("/CP", ("Connection", "keep-alive"))):
            self.assertEqual(self.good(head).quirks, {Quirk.NO_CONNECTION_UPGRADE})

    def test_no_upgrade(self) -> None:
        """`Connection: Upgrade` and a key without `Upgrade` is an upgrade; with the key alone it is not."""
        self.assertEqual(self.good(make_head(without="Upgrade")).quirks, {Quirk.NO_UPGRADE})
        self.assertTrue(self.plain(make_head(without="Upgrade Connection")).upgrade_lost)

    def test_upgrade_to_something_else(self) -> None:
        """An upgrade to something else is none to a WebSocket."""
        self.plain(make_head("/CP", ("Upgrade", "h2c")))

    def test_lines(self) -> None:
        """Bare line feeds, leading blank lines, folded headers and spaces before colons are accepted."""
        head = make_head("/CP", ("User-Agent ", "a\r\n b"))
        request = self.good(b"\r\n" + head)
        self.assertEqual(request.user_agent, "a b")
        self.assertEqual(request.quirks, {Quirk.LEADING_BLANK_LINE, Quirk.FOLDED_HEADER, Quirk.SPACE_BEFORE_COLON})
        self.assertEqual(self.good(make_head().replace(b"\r\n", b"\n")).quirks, {Quirk.BARE_LINE_FEED})

    def test_q23(self) -> None:
        """Q23: whatever `Host` holds is accepted; the first of several is shown."""
        for host in ("edge.lan:80", "192.168.1.2", "[fd00::1]:80", "[fd00::1]", "edge.lan:", ""):
            self.assertEqual(self.good(make_head("/CP", ("Host", host))).quirks, frozenset(), host)
        for host in ("edge.lan:ocpp1.6", "[fd00::1]:x"):
            self.assertEqual(self.good(make_head("/CP", ("Host", host))).quirks, {Quirk.ODD_HOST}, host)
        request = self.good(make_head("/CP", ("Host", "a"), ("Host", "b")))
        self.assertEqual((request.host, request.quirks), ("a", {Quirk.REPEATED_HOST}))

    def test_hostile_text(self) -> None:
        """Host and user agent are cut to printable ASCII of bounded length."""
        request = self.good(make_head("/CP", ("Host", "h\u202e" * 300), ("User-Agent", b"\xe4\tx" * 300)))
        self.assertEqual((request.host, request.user_agent), ("h" * 255, "x" * 200))

    def test_c8(self) -> None:
        """C8, W-01: another version than 13 is a 426 that names 13 and nothing else."""
        for version in ("12", "99", "8", "013", "x"):
            bad = self.bad(make_head("/CP", ("Sec-WebSocket-Version", version)))
            self.assertEqual((bad.status, bad.code), (426, "version"))
            self.assertEqual(dict(bad.headers), {"Sec-WebSocket-Version": "13", "Upgrade": "websocket"})

    def test_version_forgiven(self) -> None:
        """A missing version, and a list that holds 13, are accepted."""
        self.assertEqual(self.good(make_head(without="Sec-WebSocket-Version")).quirks, {Quirk.NO_VERSION})
        self.assertEqual(self.good(make_head("/CP", ("Sec-WebSocket-Version", "13, 8"))).quirks, frozenset())

    def test_key(self) -> None:
        """A missing or impossible key, and two different ones, are a 400; the same twice is accepted."""
        self.assertEqual(self.bad(make_head(without="Sec-WebSocket-Key")), Bad(400, "key"))
        for key in ("", "x", KEY[:-1], KEY + "=", "!" + KEY[1:], "A" * 24, KEY[:-3] + "==="):
            self.assertEqual(self.bad(make_head("/CP", ("Sec-WebSocket-Key", key))), Bad(400, "key"), key)
        other = ("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw==")
        self.assertEqual(self.bad(make_head("/CP", other, ("Sec-WebSocket-Key", KEY))), Bad(400, "key"))
        self.assertEqual(self.good(make_head("/CP", other, other)).quirks, {Quirk.REPEATED_HEADER})

    def test_method(self) -> None:
        """An upgrade with another method than GET is a 405 that names GET."""
        self.assertEqual(self.bad(make_head(method="POST")), Bad(405, "method", (("Allow", "GET"),)))

    def test_body(self) -> None:
        """An upgrade request with a body is a 400: two parsers would see two requests; an empty body is none."""
        for name, value in (
            ("Content-Length", "5"),
            ("Content-Length", "0, 5"),
            ("Content-Length", "-0"),
            ("Content-Length ", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Transfer-Encoding", "identity"),
        ):
            self.assertEqual(self.bad(make_head("/CP", (name, value))), Bad(400, "body"), value)
        self.bad(make_head("/CP", ("Content-Length", "0"), ("Content-Length", "7")))
        self.assertEqual(self.good(make_head("/CP", ("Content-Length", "0"))).quirks, frozenset())

    def test_fault_before_identity(self) -> None:
        """The order of checks: a fault of the head, then a browser's page, then no identity."""
        page = ("Cookie", "a=b")
        self.assertEqual(self.bad(make_head("/", page, without="Sec-WebSocket-Key")).code, "key")
        self.assertEqual(self.bad(make_head("/", page)).code, "browser")
        self.assertEqual(self.bad(make_head("/")).code, "no-identity")

    def test_repr(self) -> None:
        """Neither the identity nor what was shown nor the key appears in the repr."""
        text = repr(self.good(make_head("/SECRET1/SECRET2", ("Authorization", basic(b"SECRET2:SECRET3")))))
        self.assertNotIn("SECRET", text)
        self.assertNotIn(KEY, text)


class BrokenHeadTests(RequestCase):
    """Heads that cannot be read."""

    def test_broken(self) -> None:
        """A request line without its three parts, and header lines that are none, are a 400."""
        for line in (b"", b"GET", b"GET /CP", b"GET HTTP/1.1", b"GET  HTTP/1.1", b"GET /CP HTTP/1", b"G(T / HTTP/1.1"):
            self.assertEqual(self.bad(line + b"\r\nHost: x\r\n\r\n"), Bad(400, "head-broken"), line)
        for line in (b"no colon", b": x", b"a b: x", b"A: \x00", b"A: x\ry", b"A: \x08"):
            self.assertEqual(self.bad(b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n"), Bad(400, "head-broken"), line)

    def test_not_whole(self) -> None:
        """A head without its end, and more than a head, are a 400: both are mistakes of the caller."""
        self.assertEqual(self.bad(make_head()[:-2]), Bad(400, "head-broken"))
        self.assertEqual(self.bad(make_head() + b"x"), Bad(400, "head-broken"))

    def test_http_version(self) -> None:
        """HTTP/2 with prior knowledge, and HTTP/0.9 by name, are a 400."""
        self.assertEqual(self.bad(b"PRI * HTTP/2.0\r\n\r\n"), Bad(400, "http-version"))
        self.assertEqual(self.bad(make_head(version="HTTP/0.9")), Bad(400, "http-version"))

    def test_c13(self) -> None:
        """C13, W-09: 16384 bytes are read, one more is a 400; so are more than 128 headers."""
        self.assertEqual(HEAD_LIMIT, 16384)
        padding = HEAD_LIMIT - len(make_head("/CP", ("X", "")))
        self.good(make_head("/CP", ("X", "x" * padding)))
        self.assertEqual(self.bad(make_head("/CP", ("X", "x" * (padding + 1)))), Bad(400, "head-too-long"))
        self.assertEqual(self.bad(make_head("/CP", *[("X", "")] * 123)), Bad(400, "head-too-long"))
        self.good(make_head("/CP", *[("X", "")] * 122))


class PlainTests(RequestCase):
    """Heads that ask for no WebSocket (C9)."""

    def test_browser(self) -> None:
        """C9: a browser's page request is told from a program's."""
        accept = "text/html,application/xhtml+xml,*/*;q=0.8"
        head = b"GET /root.pem?x=1 HTTP/1.1\r\nHost: edge.lan\r\nAccept: " + accept.encode() + b"\r\n\r\n"
        plain = self.plain(head)
        self.assertEqual((plain.method, plain.path, plain.host), ("GET", "/root.pem", "edge.lan"))
        self.assertTrue(plain.accepts_html and plain.is_browser)
        self.assertFalse(plain.upgrade_lost)

    def test_program(self) -> None:
        """C9: a program accepts anything, or posts; neither gets a page."""
        self.assertFalse(self.plain(b"GET /CP HTTP/1.1\r\nAccept: */*\r\n\r\n").is_browser)
        self.assertFalse(self.plain(b"GET /CP HTTP/1.1\r\n\r\n").accepts_html)
        posted = self.plain(b"POST / HTTP/1.1\r\nAccept: text/html\r\nContent-Length: 9\r\n\r\n")
        self.assertTrue(posted.accepts_html)
        self.assertFalse(posted.is_browser)

    def test_targets(self) -> None:
        """Absolute and odd targets have a path as well."""
        self.assertEqual(self.plain(b"GET http://edge.lan/x HTTP/1.1\r\n\r\n").path, "/x")
        self.assertEqual(self.plain(b"OPTIONS * HTTP/1.1\r\n\r\n").path, "*")
        self.assertEqual(self.plain(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n").method, "CONNECT")

    def test_bounded(self) -> None:
        """Method and path are bounded and printable, and the path is in no repr: it can hold an identity."""
        plain = self.plain(b"M" * 99 + b" /SECRET\xe4" + b"x" * 999 + b" HTTP/1.1\r\n\r\n")
        self.assertEqual((len(plain.method), len(plain.path)), (16, 255))
        self.assertTrue(plain.path.startswith("/SECRETx"))
        self.assertNotIn("SECRET", repr(plain))


class SubprotocolTests(RequestCase):
    """What is offered (checklist B, as far as a head goes)."""

    def offered(self, *values: str | bytes) -> tuple[str, ...]:
        """The subprotocols read from these header lines."""
        return self.good(self.offer(*values)).protocols

    def offer(self, *values: str | bytes) -> bytes:
        """A head with these header lines."""
        return make_head("/CP", *(("Sec-WebSocket-Protocol", v) for v in values), without="Sec-WebSocket-Protocol")

    def test_order(self) -> None:
        """B2, B3, J-10: the charger's order is kept."""
        self.assertEqual(self.offered("ocpp2.0.1, ocpp1.6"), ("ocpp2.0.1", "ocpp1.6"))
        self.assertEqual(self.offered("ocpp1.6,ocpp1.5"), ("ocpp1.6", "ocpp1.5"))

    def test_b4(self) -> None:
        """B4: another version alone is read as offered; what follows is not for a head to decide."""
        self.assertEqual(self.offered("ocpp2.0.1"), ("ocpp2.0.1",))

    def test_b5(self) -> None:
        """B5, J-12: the letter case is kept."""
        self.assertEqual(self.offered("OCPP1.6"), ("OCPP1.6",))

    def test_b6_b7(self) -> None:
        """B6, B7, Q19: none offered is none, and a quirk; an empty header is the same."""
        for head in (self.offer(), self.offer(""), self.offer(" , ")):
            request = self.good(head)
            self.assertEqual((request.protocols, request.quirks), ((), {Quirk.NO_SUBPROTOCOL}))

    def test_b9(self) -> None:
        """B9: a header over two lines is one list."""
        self.assertEqual(self.offered("ocpp2.0.1", "ocpp1.6, ocpp1.5"), ("ocpp2.0.1", "ocpp1.6", "ocpp1.5"))

    def test_repeated(self) -> None:
        """W-25: a name offered twice counts once, and is a quirk."""
        request = self.good(self.offer("ocpp1.6, ocpp1.5", "ocpp1.6"))
        self.assertEqual((request.protocols, request.quirks), (("ocpp1.6", "ocpp1.5"), {Quirk.REPEATED_SUBPROTOCOL}))

    def test_no_token(self) -> None:
        """A name that is no token cannot be agreed upon and is left out; that is not the same as offering none."""
        request = self.good(self.offer(b'"ocpp1.6", ocpp 1.6, ocpp1.6\x85X-Y'))
        self.assertEqual((request.protocols, request.quirks), ((), {Quirk.ODD_SUBPROTOCOL}))


class PageTests(RequestCase):
    """A browser's page against a charger (design section 4, C12)."""

    def test_c12(self) -> None:
        """C12, Q23: odd Origins of chargers are accepted."""
        for origin in ("http://127.0.0.1:9999", "https://github.com/a/b", "null", "::", "", "http://[x"):
            self.assertEqual(self.good(make_head("/CP", ("Origin", origin))).quirks, {Quirk.ODD_ORIGIN}, origin)

    def test_mozilla_alone(self) -> None:
        """A `Mozilla/` agent without an Origin is no page: some HTTP libraries call themselves so."""
        self.good(make_head("/CP", ("User-Agent", "Mozilla/4.0 (compatible)")))

    def test_page(self) -> None:
        """A page's upgrade is a 403: Origin with a `Mozilla/` agent, or `Sec-Fetch-Site`, or `Cookie`."""
        agent = ("User-Agent", "Mozilla/5.0 (X11)")
        for more in (
            (("Origin", "http://edge.lan"), agent),
            (("Origin", "null"), ("User-Agent", "mozilla/5.0")),
            (("Sec-Fetch-Site", "cross-site"),),
            (("cookie", "session=1"),),
        ):
            self.assertEqual(self.bad(make_head("/CP", *more)), Bad(403, "browser"), more)


class AuthorizationTests(RequestCase):
    """Basic credentials (checklist D)."""

    def shown(self, target: str, value: str) -> Credentials | None:
        """The credentials that a header value shows at a target."""
        return self.good(make_head(target, ("Authorization", value))).shown

    def test_d1(self) -> None:
        """D1: the vector AL1000, J-62."""
        value = "Basic QUwxMDAwOgABAgMEBQYH////////////////"
        request = self.good(make_head("/AL1000", ("Authorization", value)))
        self.assertEqual(request.quirks, frozenset())
        self.assertFalse(request.broken_authorization)
        assert request.shown is not None
        self.assertEqual(request.shown.header(), value)

    def test_d2(self) -> None:
        """D2, J-66: NUL, colon, CR, LF and broken UTF-8 in the password."""
        password = bytes.fromhex("00FF3A0D0A8081C3283D7F1011121314151617AA")
        value = "Basic Q1AwMDE6AP86DQqAgcMoPX8QERITFBUWF6o="
        self.assertEqual(self.shown("/CP001", value), Credentials(b"CP001", password))

    def test_d2_space(self) -> None:
        """Q15: the user name is compared with the decoded identity."""
        value = "Basic UkRBTSAxMjM6gIGCg4SFhoeIiYqLjI2Oj5CRkpM="
        request = self.good(make_head("/ocpp/RDAM%20123", ("Authorization", value)))
        self.assertEqual(request.shown, Credentials(b"RDAM 123", bytes(range(0x80, 0x94))))
        self.assertEqual(request.quirks, frozenset())

    def test_d3(self) -> None:
        """D3: the first colon splits."""
        self.assertEqual(self.shown("/CP", basic(b"CP:a:b")), Credentials(b"CP", b"a:b"))

    def test_d4(self) -> None:
        """D4: an identity with a colon, encoded in the path or not, is the whole user name."""
        for target in ("/A:B", "/A%3AB"):
            self.assertEqual(self.shown(target, basic(b"A:B:pw")), Credentials(b"A:B", b"pw"))

    def test_d5(self) -> None:
        """D5, Q13: the scheme's letter case and missing padding."""
        self.assertEqual(self.shown("/CP", "bAsIc Q1A6cA=="), Credentials(b"CP", b"p"))
        request = self.good(make_head("/CP", ("authorization", "basic Q1A6cA")))
        self.assertEqual((request.shown, request.quirks), (Credentials(b"CP", b"p"), {Quirk.UNPADDED_BASE64}))

    def test_d6(self) -> None:
        """D6: what is no Basic authentication is a broken one, not none: it is for a 401 later."""
        for value in ("", "Bearer x", "Basic", "Basic !!", "Basic Q1A=", "Basic Q1A6cA==, Basic Q1A6cA=="):
            request = self.good(make_head("/CP", ("Authorization", value)))
            self.assertIsNone(request.shown)
            self.assertTrue(request.broken_authorization, value)

    def test_d7(self) -> None:
        """D7, Q12: a user name that differs, also an empty one, is accepted and shown."""
        for user in (b"someone", b""):
            request = self.good(make_head("/CP", ("Authorization", basic(user + b":pw"))))
            self.assertEqual(request.shown, Credentials(user, b"pw"))
            self.assertEqual(request.quirks, {Quirk.USER_DIFFERS})

    def test_d13(self) -> None:
        """D13: a password in UTF-8 and in Latin-1 are different bytes."""
        utf_8 = self.shown("/CP001", "Basic Q1AwMDE6cMOkc3N3b3J0LXNpeHRlZW4=")
        latin_1 = self.shown("/CP001", "Basic Q1AwMDE6cORzc3dvcnQtc2l4dGVlbg==")
        self.assertEqual(utf_8, Credentials(b"CP001", "pässwort-sixteen".encode()))
        self.assertEqual(latin_1, Credentials(b"CP001", "pässwort-sixteen".encode("latin-1")))

    def test_c11(self) -> None:
        """C11, W-25: two `Authorization` headers are a 400, also where they are the same."""
        one, other = ("Authorization", basic(b"CP:a")), ("authorization", basic(b"CP:b"))
        for pair in ((one, other), (one, one)):
            bad = self.bad(make_head("/CP", *pair))
            self.assertEqual(bad, Bad(400, "two-authorizations"))
            self.assertNotIn("Q1A6", repr(bad))

    @given(st.binary(max_size=30))
    def test_any_password(self, password: bytes) -> None:
        """J-66: every password arrives as its bytes."""
        self.assertEqual(self.shown("/CP", basic(b"CP:" + password)), Credentials(b"CP", password))


class AnyBytesTests(RequestCase):
    """Heads from generators."""

    PIECES = st.sampled_from(
        [
            *(f"{name}: {value}\r\n".encode() for name, value in USUAL.items()),
            b"GET ",
            b"/CP001",
            b" HTTP/1.1\r\n",
            b"Authorization: Basic Q1A6cA==\r\n",
            b"Authorization: ",
            b"Content-Length: 1",
            b"\r\n",
            b"\n",
            b" ",
            b"%",
            b"\x00",
            b"\xff",
            b":",
            b",",
        ]
    )

    @given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(b"".join)))
    def test_never_raises(self, data: bytes) -> None:
        """Any bytes are a request, a plain request or a refusal with a known code."""
        found = read_request(data)
        if isinstance(found, Bad):
            self.assertIn(found.code, BAD_CODES)

    @given(st.lists(PIECES, max_size=8).map(b"".join))
    def test_damaged(self, rubbish: bytes) -> None:
        """Rubbish within a usual head: where it still is a request, Autobahn's head can be written for it."""
        usual = make_head()
        cut = usual.index(b"\r\n") + 2
        found = read_request(usual[:cut] + rubbish + usual[cut:])
        if isinstance(found, Request):
            self.assertTrue(upgrade_head(found.key, found.protocols).isascii())

    @given(st.binary(max_size=40).filter(lambda value: not set(value) & {*range(9), *range(10, 32), 127}))
    def test_any_header_value(self, value: bytes) -> None:
        """No header that Edge does not read keeps a charger out, whatever it holds (Q24)."""
        self.assertEqual(self.good(make_head("/CP", ("X-Garo", value))).quirks, frozenset())


class UpgradeHeadTests(RequestCase):
    """The head that Autobahn gets in place of the charger's."""

    def test_bytes(self) -> None:
        """It is one head, with repeats left out."""
        self.assertEqual(
            upgrade_head(KEY, ("ocpp1.6", "ocpp1.5", "ocpp1.6")),
            b"GET / HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: ocpp1.6, ocpp1.5\r\n\r\n",
        )
        self.assertNotIn(b"Protocol", upgrade_head(KEY, ()))

    def test_no_secret(self) -> None:
        """Identity and credentials of the request it stands for are not in it."""
        request = self.good(make_head("/SECRET", ("Authorization", "Basic U0VDUkVUOnB3")))
        written = upgrade_head(request.key, request.protocols)
        self.assertNotIn(b"SECRET", written)
        self.assertNotIn(b"U0VDUkVUOnB3", written)

    def test_read_again(self) -> None:
        """Its own reader finds nothing odd in it, but no identity."""
        self.assertEqual(self.bad(upgrade_head(KEY, ("ocpp1.6",))).code, "no-identity")

    def test_injection(self) -> None:
        """What no `Request` holds is refused: Python's line ends in a name would make further headers."""
        for key, name in (
            (KEY, "a\r\nb"),
            (KEY, "a\x85b"),
            (KEY, "a,b"),
            (KEY, ""),
            (KEY + "\r\n", "a"),
            ("ä" * 22, "a"),
        ):
            self.assertRaises(ValueError, upgrade_head, key, [name])

    def test_peer(self) -> None:
        """A WebSocket server that is not ours accepts it and agrees on the subprotocol."""
        server = ServerProtocol(subprotocols=["ocpp1.6"])  # type: ignore[list-item]  # its stubs ask for a NewType
        server.receive_data(upgrade_head(KEY, ("ocpp2.0.1", "ocpp1.6")))
        (request,) = server.events_received()
        assert isinstance(request, PeerRequest)
        answer = server.accept(request)
        self.assertEqual((answer.status_code, answer.headers["Sec-WebSocket-Protocol"]), (101, "ocpp1.6"))


class ResponseTests(SynchronousTestCase):
    """Whole answers."""

    def test_bytes(self) -> None:
        """C9, C10: an answer has its length, closes, is not stored, and names no software."""
        self.assertEqual(
            response(401, (("WWW-Authenticate", 'Basic realm="charger"'),), b"no"),
            b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="charger"\r\n'
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
            b"Cache-Control: no-store\r\nConnection: close\r\n\r\nno",
        )

    def test_empty(self) -> None:
        """Without a body there is a length of 0 and no type."""
        self.assertEqual(
            response(404),
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        )

    def test_type(self) -> None:
        """A page has its own type."""
        self.assertIn(b"\r\nContent-Type: text/html\r\n", response(426, (), b"<p>", "text/html"))

    def test_unknown_status(self) -> None:
        """A status that Python does not know has a phrase too."""
        self.assertTrue(response(599).startswith(b"HTTP/1.1 599 Unknown\r\n"))

    def test_injection(self) -> None:
        """A header value mirrored from a central system cannot end its line."""
        written = response(503, (("Retry-After", "1\r\nX: y\x85\u2028z"),))
        self.assertIn(b"\r\nRetry-After: 1X: yz\r\n", written)
        self.assertEqual(head_end(written), len(written))
