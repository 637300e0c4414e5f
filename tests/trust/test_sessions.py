"""TLS sessions of earlier uplinks."""

from typing import Any

from attrs import evolve
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.endpoint import Trust
from edge_twisted.trust.contexts import ClientContexts
from edge_twisted.trust.sessions import SESSION_SECONDS, SESSIONS, Sessions
from tests.certificates import Root
from tests.trust.handshake import Link, plain_server

HOST = "wss.example.com"


class ResumptionTests(SynchronousTestCase):
    """Dials one after the other, in memory, with TLS 1.2 and 1.3."""

    def setUp(self) -> None:
        self.root = Root()
        self.trust = Trust(system=False, roots=(self.root.pem,))
        self.leaf = self.root.issue(names=[HOST])
        self.contexts = ClientContexts()
        self.now = 0.0

    def dial(self, server: Any, trust: Trust | None = None) -> bool:
        """Dial once; whether the server's certificate had to be shown."""
        creator = self.contexts.creator(HOST, trust or self.trust)
        creator.sessions.now = lambda: self.now
        seen: list[float] = []
        verified = creator.verified

        def noted() -> None:
            seen.append(self.now)
            verified()

        self.patch(type(creator), "verified", lambda _: noted())
        link = Link(server, creator)
        self.patch(type(creator), "verified", verified.__func__)  # type: ignore[attr-defined]  # the test's own stand-in, or a private part of typing
        self.assertTrue(link.secured)
        creator.remember()
        link.client.tls._tlsConnection.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        return bool(seen)

    def test_resumed(self) -> None:
        """The second dial needs no certificate, nor does the third."""
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            server = plain_server(self.leaf, version=version)
            self.contexts = ClientContexts()
            self.assertEqual([self.dial(server) for _ in range(3)], [True, False, False])

    def test_not_for_ever(self) -> None:
        """However often it was resumed, after an hour the certificate is verified anew."""
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            server = plain_server(self.leaf, version=version)
            self.contexts, self.now = ClientContexts(), 0.0
            found = []
            for _ in range(5):
                found.append(self.dial(server))
                self.now += SESSION_SECONDS * 0.4
            self.assertEqual(found, [True, False, False, True, False])

    def test_other_trust(self) -> None:
        """A session counts for the host and the trust only under which its certificate was verified."""
        server = plain_server(self.leaf)
        self.dial(server)
        other = evolve(self.trust, roots=(self.root.pem, Root("another").pem))
        self.assertTrue(self.dial(server, other))

    def test_other_server(self) -> None:
        """A server that does not know the session shows its certificate, and that one is verified."""
        self.dial(plain_server(self.leaf))
        self.assertTrue(self.dial(plain_server(self.leaf)))
        alien = Root("alien").issue(names=[HOST])
        creator = self.contexts.creator(HOST, self.trust)
        self.assertFalse(Link(plain_server(alien), creator).secured)
        self.assertEqual(creator.refusal, "unknown-root")


class SessionsTests(SynchronousTestCase):
    """What is kept."""

    def test_bounded(self) -> None:
        """The newest are kept, each is given once."""
        sessions = Sessions(lambda: 0.0)
        made: list[Any] = [object() for _ in range(SESSIONS + 5)]
        for one in made:
            sessions.keep(0.0, one)
        taken = []
        while found := sessions.take():
            taken.append(found[1])
        self.assertEqual(taken, made[:4:-1])

    def test_outdated(self) -> None:
        """What is too old is neither kept nor given."""
        now = [0.0]
        sessions = Sessions(lambda: now[0])
        session: Any = object()
        sessions.keep(0.0, session)
        sessions.keep(-SESSION_SECONDS, session)
        now[0] = SESSION_SECONDS
        self.assertIsNone(sessions.take())
