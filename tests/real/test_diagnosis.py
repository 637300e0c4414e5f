"""What real sockets do to a real Edge's ports: each failure is told once, with address, cause and remedy."""

import re
import resource
import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from OpenSSL import SSL
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from edge_twisted.words import speech
from tests.real.child import BOUND
from tests.real.harness import EdgeProcess, start_edge
from tests.real.sockets import Central, Sockets, charger_request

Address = tuple[str, int]
GONE_SECONDS = 5.0
"""Refused peers are gone after 2 s; the rest is for a busy machine."""
STALLED = 1000


# --- clients, each in a thread of its own ----------------------------------------------------------------------------


@contextmanager
def connected(port: int, source: str) -> Iterator[socket.socket]:
    """A connection to a port of 127.0.0.1, from another address of this machine."""
    with socket.create_connection(("127.0.0.1", port), timeout=BOUND, source_address=(source, 0)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield plain


def reset(plain: socket.socket) -> None:
    """End a connection by RST."""
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    plain.close()


def everything(plain: socket.socket) -> bytes:
    """All that comes until the peer says that no more comes."""
    data = b""
    while piece := plain.recv(65536):
        data += piece
    return data


def trusting(root: str) -> ssl.SSLContext:
    """The TLS of a client that trusts the box's root."""
    return ssl.create_default_context(cadata=root)


def only(context: ssl.SSLContext, version: ssl.TLSVersion) -> ssl.SSLContext:
    """The same, with one version only."""
    context.minimum_version = context.maximum_version = version
    return context


def distrust(port: int, source: str, context: ssl.SSLContext, name: str) -> str:
    """Shake hands as a client that rejects the certificate; OpenSSL sends the alert. Returns why it did."""
    with connected(port, source) as plain:
        try:
            context.wrap_socket(plain, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
    raise AssertionError("the certificate was accepted")


def upgrade(tls: socket.socket | ssl.SSLSocket | SSL.Connection, identity: str) -> bytes:
    """Ask for a WebSocket; the first line of the answer."""
    tls.sendall(charger_request(identity))
    return tls.recv(65536).partition(b"\r\n")[0]


def client_hello(context: ssl.SSLContext) -> bytes:
    """A whole ClientHello of OpenSSL's."""
    outgoing = ssl.MemoryBIO()
    shaking = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="edge.lan")
    try:
        shaking.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def old_hello(version: int, *suites: int) -> bytes:
    """A ClientHello without extensions, as a very old charger sends it."""
    offered = b"".join(struct.pack("!H", suite) for suite in suites)
    body = struct.pack("!H", version) + bytes(range(32)) + b"\0" + struct.pack("!H", len(offered)) + offered + b"\1\0"
    message = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def ask(port: int, source: str, request: bytes) -> bytes:
    """Send octets; all that comes back."""
    with connected(port, source) as plain:
        plain.sendall(request)
        return everything(plain)


def leave(port: int, source: str, data: bytes, wait: bool, end: Callable[[socket.socket], None]) -> None:
    """Send octets, wait for something in return if told so, and leave."""
    with connected(port, source) as plain:
        plain.sendall(data)
        if wait:
            assert plain.recv(65536)
        end(plain)


def bytewise(port: int, source: str, context: ssl.SSLContext) -> bytes:
    """Shake hands over memory, each octet in a segment of its own, and ask for a WebSocket."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="edge.lan")
    with connected(port, source) as plain:

        def carry(step: Callable[[], bytes | int | None]) -> bytes | int | None:
            while True:
                try:
                    result, wants = step(), False
                except ssl.SSLWantReadError:
                    result, wants = None, True
                for octet in outgoing.read():
                    plain.sendall(bytes([octet]))
                if not wants:
                    return result
                incoming.write(plain.recv(65536))

        carry(tls.do_handshake)
        carry(lambda: tls.write(charger_request("BYTEWISE")))
        answer = carry(lambda: tls.read(65536))
        assert isinstance(answer, bytes)
        return answer.partition(b"\r\n")[0]


def by_name(port: int, source: str, name: bytes | None, identity: str) -> bytes:
    """Connect with any server name in the hello, which Python's own module does not allow, or with none."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    with connected(port, source) as plain:
        plain.settimeout(None)
        tls = SSL.Connection(context, plain)
        if name is not None:
            tls.set_tlsext_host_name(name)
        tls.set_connect_state()
        tls.do_handshake()
        return upgrade(tls, identity)


def muted(port: int, source: str, request: bytes, context: ssl.SSLContext | None) -> socket.socket:
    """Send a request, and from then on neither read nor leave."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=BOUND, source_address=(source, 0))
    tls = context.wrap_socket(plain, server_hostname="edge.lan") if context else plain
    tls.sendall(request)
    return tls


def hung_up(plain: socket.socket, seconds: float) -> bool:
    """Wait for the end of a connection without reading from it: a mere 'no more comes' is not the end."""
    waiting = select.poll()
    waiting.register(plain, 0)
    return bool(waiting.poll(seconds * 1000))


# --- tests -----------------------------------------------------------------------------------------------------------


class Scene(TestCase):
    """A central system, Edge, and what Edge tells."""

    timeout = 120

    async def begin(self, **limits: object) -> None:
        """Start a central system, and Edge with these limits."""
        self.expected: list[tuple[str, str]] = []
        self.sockets = Sockets(self)
        self.central: Central = self.sockets.central()
        self.edge: EdgeProcess = await start_edge(
            self, ws=self.central.endpoint, wss=self.central.endpoint, settings={"limits": limits}
        )
        self.ws, self.wss = self.edge.ports["ws"][0], self.edge.ports["wss"][0]

    def lines(self, source: str) -> list[str]:
        """What Edge said about an address."""
        return [line for line in self.edge.output.decode().splitlines() if re.search(rf" {source}[ :]", line)]

    async def told(self, source: str, port: str, cause: str, remedy: str, detail: str = "") -> None:
        """See that Edge told of an address, then stop it, and see that it told that only.

        Args:
            source: the address.
            port: `ws` or `wss`.
            cause, remedy, detail: codes of the diagnosis.
        """
        fields = {"address": source, "secure": port == "wss", "cause": cause, "remedy": remedy, "detail": detail}
        sentence = speech.sentence("handshake-failed", fields)
        self.assertIn(speech.cause(cause, detail), sentence)
        self.assertIn(speech.remedy(remedy), sentence)
        await self.edge.says(sentence.encode() + b"\n")
        self.expected.append((source, sentence))

    async def stop(self) -> None:
        """Stop Edge: there is one line for each address that `told` named, and no traceback."""
        await self.edge.stop()
        for source, sentence in self.expected:
            self.assertEqual(len(self.lines(source)), 1, self.lines(source))
            self.assertTrue(self.lines(source)[0].endswith(sentence))
        self.assertNotIn(b"Traceback", self.edge.output)


class DiagnosisTests(Scene):
    """Trouble on the charger ports."""

    async def test_distrust(self) -> None:
        """I6, I8: a client that does not trust the box is known by the number of its alert; a wrong name too."""
        await self.begin()
        for number, version in enumerate((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)):
            stranger = only(ssl.create_default_context(), version)
            source = f"127.0.1.{number}"
            why = await deferToThread(distrust, self.wss, source, stranger, "edge.lan")
            self.assertIn("unable to get local issuer certificate", why)
            await self.told(source, "wss", "root-unknown", "load-root", "48")
            source = f"127.0.2.{number}"
            why = await deferToThread(distrust, self.wss, source, only(trusting(self.edge.root), version), "other.lan")
            self.assertIn("mismatch", why)
            await self.told(source, "wss", "certificate-bad", "check-name", "42")
        await self.stop()

    async def test_no_agreement(self) -> None:
        """I3: TLS 1.1 gets a fatal alert, and so does a client without a suite that is safe."""
        await self.begin()
        answer = await deferToThread(ask, self.wss, "127.0.1.1", old_hello(0x0302, 0xC013, 0x002F))
        self.assertEqual((answer[0], answer[-2:]), (0x15, bytes((2, 70))))
        await self.told("127.0.1.1", "wss", "tls-too-old", "update-charger-tls", "TLS 1.1")
        answer = await deferToThread(ask, self.wss, "127.0.1.2", old_hello(0x0303, 0x0005, 0x000A))
        self.assertEqual((answer[0], answer[-2:]), (0x15, bytes((2, 40))))
        await self.told("127.0.1.2", "wss", "no-common-suite", "update-charger-tls")
        await self.stop()

    async def test_wrong_kind(self) -> None:
        """I10: plain HTTP on the wss port gets a plain 400, TLS on the ws port a fatal alert; both are named."""
        await self.begin()
        answer = await deferToThread(ask, self.wss, "127.0.1.1", charger_request("PLAIN"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        await self.told("127.0.1.1", "wss", "plain-on-tls-port", "use-wss-url")
        answer = await deferToThread(ask, self.ws, "127.0.1.2", client_hello(trusting(self.edge.root)))
        self.assertEqual((answer[0], answer[3:]), (0x15, bytes((0, 2, 2, 40))))
        await self.told("127.0.1.2", "ws", "tls-on-plain-port", "use-wss-port")
        await self.stop()

    async def test_left_in_handshake(self) -> None:
        """I9: FIN or RST after the certificate is 'probably refused', before the hello's end 'left early'."""
        await self.begin()
        ends: tuple[Callable[[socket.socket], None], ...] = (socket.socket.close, reset)
        for number, end in enumerate(ends):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                hello = client_hello(only(trusting(self.edge.root), version))
                source = f"127.0.{int(version) & 0xFF}.{number}"
                await deferToThread(leave, self.wss, source, hello, True, end)
                await self.told(source, "wss", "certificate-probably-refused", "load-root")
            source = f"127.0.9.{number}"
            await deferToThread(leave, self.wss, source, hello[:100], False, end)
            await self.told(source, "wss", "left-early", "check-network")
        await self.stop()

    async def test_left_before_request(self) -> None:
        """A client that leaves in the middle of its request is told of on both ports."""
        await self.begin()
        await deferToThread(leave, self.ws, "127.0.1.1", b"GET /ocpp/HALF HT", False, socket.socket.close)
        await self.told("127.0.1.1", "ws", "no-request", "read-charger-log")
        await self.stop()

    async def test_hello_in_pieces(self) -> None:
        """A client whose every octet comes in a segment of its own connects."""
        await self.begin()
        answer = await deferToThread(bytewise, self.wss, "127.0.1.1", trusting(self.edge.root))
        self.assertIn(b" 101 ", answer)
        await self.stop()

    async def test_probe(self) -> None:
        """Q41: a connection without an octet, as monitors make them, is not told of, whichever way it ends."""
        await self.begin()
        ends: tuple[Callable[[socket.socket], None], ...] = (socket.socket.close, reset)
        for number, end in enumerate(ends):
            for port in (self.ws, self.wss):
                await deferToThread(leave, port, f"127.0.1.{number}", b"", False, end)
        await deferToThread(ask, self.wss, "127.0.1.9", b"GET")
        await self.told("127.0.1.9", "wss", "plain-on-tls-port", "use-wss-url")
        await self.stop()
        self.assertEqual(self.lines("127.0.1.0") + self.lines("127.0.1.1"), [])

    async def test_alpn(self) -> None:
        """Clients that offer any application protocol connect."""
        await self.begin()

        def offer(names: list[str]) -> bytes:
            context = trusting(self.edge.root)
            context.set_alpn_protocols(names)
            with connected(self.wss, "127.0.1.1") as plain:
                return upgrade(context.wrap_socket(plain, server_hostname="edge.lan"), "-".join(names).replace("/", ""))

        for names in (["foo"], ["h2", "http/1.1"], ["http/1.1"]):
            self.assertIn(b" 101 ", await deferToThread(offer, names), names)
        await self.stop()

    async def test_server_name(self) -> None:
        """I13: no server name, a wrong one, an address, and nonsense connect."""
        await self.begin()
        for number, name in enumerate((None, b"other.example", b"192.168.1.5", b"fe80::1", b"edge_lan.", b"\xc3\xa4")):
            answer = await deferToThread(by_name, self.wss, "127.0.1.1", name, f"NAME-{number}")
            self.assertIn(b" 101 ", answer, name)
        await self.stop()

    async def test_by_address(self) -> None:
        """A client that goes by the box's address finds it in the certificate."""
        await self.begin()

        def go() -> bytes:
            with connected(self.wss, "127.0.1.1") as plain:
                return upgrade(trusting(self.edge.root).wrap_socket(plain, server_hostname="127.0.0.1"), "BY-ADDRESS")

        self.assertIn(b" 101 ", await deferToThread(go))
        await self.stop()

    async def test_refused_are_gone(self) -> None:
        """Whoever was refused and neither reads nor leaves is gone after 2 s, and was told of once; ws and wss."""
        await self.begin()
        self.central.judge = lambda leg: 404
        tls = trusting(self.edge.root)
        requests = {
            "no request of HTTP": b"\r\r\r\n\r\n\r\n",
            "no upgrade": b"GET / HTTP/1.1\r\n\r\n",
            "no end": b"GET /" + b"x" * 20_000,
            "no identity": b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "no known identity before the slash": charger_request("SLASH/"),
            "broken credentials": charger_request("CREDENTIALS", headers=[b"Authorization: Basic =="]),
            "turned away": charger_request("TURNED-AWAY"),
        }
        sent: list[tuple[int, str, bytes, ssl.SSLContext | None]] = [
            (self.wss, "127.0.3.1", b"PLAIN\r\n\r\n", None),
            (self.ws, "127.0.3.2", client_hello(tls), None),
        ]
        for number, request in enumerate(requests.values()):
            secure = request.replace(b"TURNED", b"SECURE")  # two attempts of one charger would see each other
            sent += [(self.ws, f"127.0.1.{number}", request, None), (self.wss, f"127.0.2.{number}", secure, tls)]

        def go() -> list[str]:
            with ExitStack() as stack:
                standing = [stack.enter_context(muted(*one)) for one in sent]
                return [one[1] for one, plain in zip(sent, standing, strict=True) if not hung_up(plain, GONE_SECONDS)]

        self.assertEqual(await deferToThread(go), [])
        await self.stop()
        for _, source, request, _ in sent:
            quiet = request == requests["no upgrade"]
            self.assertEqual(len(self.lines(source)), 0 if quiet else 1, self.lines(source))


class StalledTests(Scene):
    """Handshakes that go nowhere."""

    async def test_stalled(self) -> None:
        """I17: beside 1000 stalled handshakes others are served; all are ended in time, and told of in one line."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 4 * STALLED if hard == resource.RLIM_INFINITY else min(4 * STALLED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        await self.begin(head_seconds=6)
        half = client_hello(trusting(self.edge.root))[:100]

        def stall() -> list[socket.socket]:
            found = []
            for _ in range(STALLED):
                plain = socket.create_connection(("127.0.0.1", self.wss), BOUND, source_address=("127.0.1.1", 0))
                plain.sendall(half)
                found.append(plain)
            return found

        stalled = await deferToThread(stall)
        try:
            for kind, root in ((self.ws, None), (self.wss, self.edge.root)):
                charger = await self.sockets.charger(kind, f"SERVED-{kind}", root=root)
                self.assertEqual(charger.status, 101)
            self.assertFalse(hung_up(stalled[-1], 0))
            self.assertTrue(await deferToThread(lambda: all(hung_up(plain, BOUND) for plain in stalled)))
        finally:
            for plain in stalled:
                plain.close()
        await self.told("127.0.1.1", "wss", "handshake-timeout", "check-network")
        await self.stop()
