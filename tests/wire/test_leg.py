"""What Edge leans on in Autobahn, guarded; and the bounds of one leg."""

from autobahn.twisted.websocket import WebSocketClientProtocol, WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase

from tests.wire import frames
from tests.wire.memory import Site
from tests.wire.test_bridge import SiteTestCase


class AutobahnTests(SynchronousTestCase):
    """Names that are not documented for us; an upgrade that changes them fails here, in words."""

    def test_names(self) -> None:
        """Both protocols have the hooks that `WebSocketLeg` overrides and calls."""
        for kind in (WebSocketServerProtocol, WebSocketClientProtocol):
            for name in ("onCloseFrame", "_fail_connection", "sendCloseFrame", "sendPong", "sendMessage"):
                self.assertTrue(callable(getattr(kind, name, None)), f"{kind.__name__}.{name}")
        self.assertTrue(callable(getattr(WebSocketClientProtocol, "startHandshake", None)))
        self.assertTrue(hasattr(WebSocketProtocol, "STATE_OPEN"))


class BoundTests(SiteTestCase):
    """What a hostile peer can make one leg do."""

    def test_nothing_piles_up_behind_a_breach(self) -> None:
        """After a breach of the protocol nothing more is read into memory: not into Autobahn's, not into ours."""
        site = self.site(hot=False)
        charger, _ = site.open()
        leg = site.net.ends[0].protocol
        site.net.ends[0].peer.pauseProducing()  # it does not hear that it is over
        charger.raw(frames.frame(frames.TEXT, b"\xff", masked=True))
        before = len(leg.data)
        for _ in range(50):
            charger.raw(b"x" * 100_000)
        self.assertLess(len(leg.data), before + 100_001)
        site = self.site()
        charger, _ = site.open()
        leg = site.net.ends[0].protocol
        charger.raw(frames.frame(frames.TEXT, b"\xff", masked=True))
        for _ in range(50):
            charger.raw(b"x" * 100_000)
        self.assertLess(len(leg.reader._rest), 100_001)

    def test_flood_of_connections(self) -> None:
        """Connections are bounded in all and by address; the next one is dropped, and a place is free again later."""
        site = self.site()
        people = [site.connect() for _ in range(50)]
        self.assertIsNotNone(site.connect().lost)
        self.assertIsNone(site.connect("192.168.1.21").lost)
        people[0].vanish()
        self.assertIsNone(site.connect().lost)

    def test_foreign_address(self) -> None:
        """`listen.from`: an address that is not private is dropped without a word."""
        site = self.site()
        stranger = site.connect("198.51.100.7")
        self.assertIsNotNone(stranger.lost)
        self.assertEqual(b"", bytes(stranger.received))

    def test_waiting_for_ever(self) -> None:
        """A connection that sends nothing is aborted after 30 s, without an event: it may be a probe (Q41)."""
        site = self.site()
        probe = site.connect()
        site.advance(31, step=1)
        self.assertIsNotNone(probe.lost)

    def test_aborted_by_us(self) -> None:
        """The end of a refused connection is an abort of ours where the peer stays."""
        site: Site = self.site()
        charger = site.connect(secure=True)
        charger.raw(b"GET / HTTP/1.0\r\n\r\n")
        end = site.net.ends[0]
        end.peer.paused = True
        site.advance(2.1)
        self.assertTrue(end.lost)
        self.assertNotIsInstance(charger.lost, ConnectionAborted)
