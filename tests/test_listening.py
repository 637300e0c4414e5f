"""Tests of `edge_twisted.listening`."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.endpoints import serverFromString
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.listening import Listener, ListenerError, bind, parse_listener


class ParseListenerTests(SynchronousTestCase):
    """`parse_listener`: Twisted's endpoint descriptions."""

    def test_forms(self) -> None:
        """A port, an interface and a backlog, by Twisted's rules for names and escapes."""
        for description, listener in {
            "tcp:80": Listener(False, 80),
            "tcp:0": Listener(False, 0),
            "tcp6:65535": Listener(True, 65535),
            "tcp:port=80": Listener(False, 80),
            "tcp:80:interface=127.0.0.1": Listener(False, 80, "127.0.0.1"),
            "tcp:interface=127.0.0.1:80": Listener(False, 80, "127.0.0.1"),
            "tcp:80:backlog=50:interface=10.0.0.1": Listener(False, 80, "10.0.0.1", 50),
            r"tcp6:80:interface=\:\:1": Listener(True, 80, "::1"),
            r"tcp6:80:interface=fe80\:\:1%eth0": Listener(True, 80, "fe80::1%eth0"),
        }.items():
            self.assertEqual(parse_listener(description), listener, description)

    def test_wrong(self) -> None:
        """Everything else is refused, with what would be right."""
        for description, right in {
            "": '"tcp:8080"',
            "80": '"tcp:8080"',
            "ssl:443": '"tcp:8080"',
            "unix:/run/x": '"tcp:8080"',
            "TCP:80": '"tcp:8080"',
            "tcp=80": '"tcp:8080"',
            "tcp": "a port from 0 to 65535",
            "tcp:": "a port from 0 to 65535",
            "tcp:65536": "a port from 0 to 65535",
            "tcp:-1": "a port from 0 to 65535",
            "tcp: 80": "a port from 0 to 65535",
            "tcp:\u0663": "a port from 0 to 65535",
            "tcp:80:backlog=0": "a backlog from 1 to 65535",
            "tcp:80:interfaces=127.0.0.1": "is interface= meant?",
            "tcp:80:zebra=127.0.0.1": "write a port, then",
            "tcp:80:127.0.0.1": "says port twice",
            "tcp6:80:interface=::1": "says port twice",
            "tcp:80:backlog=1:backlog=2": "says backlog twice",
            "tcp:80:interface=": "an IPv4 address",
            "tcp6:80:interface=": "an IPv6 address",
            "tcp:80:interface=edge.lan": "an IPv4 address",
            "tcp6:80:interface=127.0.0.1": "an IPv6 address",
            "tcp:80\\": "backslash",
        }.items():
            error = self.assertRaises(ListenerError, parse_listener, description)
            self.assertIn(right, str(error), description)


class AsTwistedTests(SynchronousTestCase):
    """A description beside Twisted's own reading of it."""

    @given(
        st.booleans(),
        st.one_of(st.integers(-1, 65536).map(str), st.text("0123456789:\\=", max_size=4)),
        st.sampled_from(["", ":interface=127.0.0.1", r":interface=\:\:1", ":interface=x", ":127.0.0.1", ":z=1", "\\"]),
        st.sampled_from(["", ":backlog=1", ":backlog=x", ":backlog", ":50"]),
    )
    @settings(deadline=None)
    def test_as_twisted(self, ipv6: bool, port: str, interface: str, backlog: str) -> None:
        """What is accepted here means the same to Twisted."""
        description = f"tcp{'6' * ipv6}:{port}{interface}{backlog}"
        try:
            listener = parse_listener(description)
        except ListenerError:
            return
        reactor = MemoryReactor()
        serverFromString(reactor, description).listen(None)
        expected = (listener.port, None, listener.backlog or 50, listener.interface or ("::" if ipv6 else ""))
        self.assertEqual(reactor.tcpServers, [expected])


class BindTests(SynchronousTestCase):
    """Ports that are opened."""

    def test_both(self) -> None:
        """One port on IPv4 and on IPv6: two listeners, so that each shows its peers by their own addresses."""
        plain = bind("listen.ws", "tcp:0")
        self.addCleanup(plain.close)
        other = bind("listen.ws", f"tcp6:{plain.getsockname()[1]}")
        self.addCleanup(other.close)
