"""The way in which alerts are heard; that they are, the tests of contexts and uplinks show."""

from unittest.mock import patch

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust import alerts
from edge_twisted.trust.alerts import hear_alerts, is_direct
from tests.trust.handshake import charger_authority


class AlertTests(SynchronousTestCase):
    """Both ways hear the same."""

    def _refuse(self) -> list[int]:
        """What is heard of a client that trusts nobody."""
        heard: list[int] = []
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        for leaf in charger_authority().leaves:
            context.use_certificate(leaf.certificate)
            context.use_privatekey(leaf.key)
        hear_alerts(context, lambda connection, number: heard.append(number))
        server, client_context = SSL.Connection(context, None), SSL.Context(SSL.TLS_CLIENT_METHOD)
        client_context.set_verify(SSL.VERIFY_PEER, lambda *_: False)
        client = SSL.Connection(client_context, None)
        server.set_accept_state()
        client.set_connect_state()
        for _ in range(4):
            for one, other in ((client, server), (server, client)):
                try:
                    one.do_handshake()
                    one.recv(1)
                except SSL.Error:
                    pass
                try:
                    other.bio_write(one.bio_read(65536))
                except SSL.WantReadError:
                    pass
        return heard

    def test_there(self) -> None:
        """A pyOpenSSL that has other names fails here; Edge would go on, the public way."""
        context = SSL.Context(SSL.TLS_METHOD)
        hear_alerts(context, lambda *_: None)
        self.assertTrue(is_direct(context))

    def test_direct(self) -> None:
        """Heard past pyOpenSSL: 'unknown CA' or what this OpenSSL says for it, once."""
        self.assertEqual(1, len(self._refuse()))

    def test_public(self) -> None:
        """Without one of the names, the public way hears the same."""
        direct = self._refuse()
        with patch.object(alerts, "NAMES", ("_no_such_name",)):
            self.assertEqual(direct, self._refuse())
