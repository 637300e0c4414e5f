"""Tests of `edge_twisted.core.networks`."""

from ipaddress import IPv4Address, IPv6Address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.networks import MOST, NetworkError, Networks, own_networks, parse_networks


class NetworksTests(SynchronousTestCase):
    """`Networks.admit`: who may connect."""

    def test_private_addresses(self) -> None:
        """Section 4, Admission: RFC 1918, loopback, link-local, ULA and 100.64/10 are served, at both ends of each."""
        for address in (
            "10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 127.0.0.1 127.255.0.1 "
            "169.254.1.1 100.64.0.1 100.127.255.255 ::1 fe80::1 febf::1 fc00::1 fdff::1"
        ).split():
            self.assertTrue(Networks().admit(address), address)

    def test_public_addresses(self) -> None:
        """All other addresses are not, those next to a private network and those for documentation included."""
        for address in (
            "9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 128.0.0.0 100.63.255.255 "
            "100.128.0.0 8.8.8.8 192.0.2.1 198.18.0.1 0.0.0.0 255.255.255.255 224.0.0.1 :: ::2 fec0::1 fbff::1 fe00::1 "
            "2001:db8::1 2a00::1 ::10.0.0.1"
        ).split():
            self.assertFalse(Networks().admit(address), address)

    def test_mapped(self) -> None:
        """IPv4 mapped into IPv6 counts as IPv4, for private addresses, prefixes and own networks."""
        self.assertTrue(Networks().admit("::ffff:192.168.1.1"))
        self.assertTrue(Networks().admit("::ffff:c0a8:101"))
        self.assertFalse(Networks().admit("::ffff:8.8.8.8"))
        self.assertTrue(Networks(prefixes=(ip_network("8.8.8.0/24"),)).admit("::ffff:8.8.8.8"))
        self.assertTrue(Networks(own=(ip_network("8.8.8.0/24"),)).admit("::ffff:8.8.8.8"))

    def test_scope(self) -> None:
        """A link-local address may carry the name of its interface."""
        self.assertTrue(Networks().admit("fe80::1%eth0"))
        self.assertFalse(Networks().admit("2001:db8::1%eth0"))

    def test_kept(self) -> None:
        """What was decided is kept at hand for so many addresses, and is the same each time."""
        networks = Networks()
        for _ in range(2):
            for number in range(MOST + 10):
                self.assertTrue(networks.admit(f"10.0.{number >> 8}.{number & 255}"))
                self.assertFalse(networks.admit(f"8.8.{number >> 8}.{number & 255}"))
        self.assertLessEqual(len(networks._decided), MOST)
        self.assertEqual(networks, Networks())

    def test_any(self) -> None:
        """`any` admits every address."""
        self.assertTrue(Networks(any=True).admit("8.8.8.8"))

    def test_prefixes_alone(self) -> None:
        """Prefixes without `private` admit what is in them and nothing else, not even own networks."""
        networks = Networks(False, False, (ip_network("10.1.0.0/16"),), (ip_network("2001:db8::/64"),))
        self.assertTrue(networks.admit("10.1.2.3"))
        self.assertFalse(networks.admit("10.2.0.1"))
        self.assertFalse(networks.admit("127.0.0.1"))
        self.assertFalse(networks.admit("2001:db8::1"))

    def test_own(self) -> None:
        """`private` admits the networks of the box's own interfaces."""
        networks = Networks(own=(ip_network("2001:db8:1:2::/64"),))
        self.assertTrue(networks.admit("2001:db8:1:2::99"))
        self.assertFalse(networks.admit("2001:db8:1:3::99"))

    @given(st.text())
    @settings(deadline=None)
    def test_no_address(self, text: str) -> None:
        """What is no address is not admitted, whatever it is, and raises nothing."""
        try:
            IPv4Address(text)
        except ValueError:
            try:
                IPv6Address(text.partition("%")[0])
            except ValueError:
                self.assertFalse(Networks(prefixes=(ip_network("0.0.0.0/0"), ip_network("::/0"))).admit(text))


class ParseNetworksTests(SynchronousTestCase):
    """`parse_networks`: the words of `listen.from`."""

    def test_words(self) -> None:
        """`private`, `any` and prefixes can stand together; own networks are passed on."""
        own = (ip_network("2001:db8::/64"),)
        self.assertEqual(parse_networks(["private"], own), Networks(True, False, (), own))
        self.assertEqual(parse_networks(["any"]), Networks(False, True))
        self.assertEqual(
            parse_networks(["private", "203.0.113.0/24", "2001:db8::7"]),
            Networks(True, False, (ip_network("203.0.113.0/24"), ip_network("2001:db8::7/128"))),
        )

    def test_wrong(self) -> None:
        """Another word is refused."""
        for word in (
            "",
            "Private",
            "lan",
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.0/8 ",
            "fe80::1%eth0/64",
            "::ffff:10.0.0.0/104",
        ):
            self.assertRaises(NetworkError, parse_networks, [word])

    def test_host_bits(self) -> None:
        """A prefix with bits beside it is refused, and both things that may be meant are named."""
        error = self.assertRaises(NetworkError, parse_networks, ["192.168.1.5/24"])
        self.assertIn('"192.168.1.0/24"', str(error))
        self.assertIn('"192.168.1.5"', str(error))


class OwnNetworksTests(SynchronousTestCase):
    """`own_networks`: what the box's interfaces add."""

    def test_global_ipv6_of_a_lan(self) -> None:
        """An interface with private IPv4 and public IPv6 adds its IPv6 network: chargers there have such addresses."""
        self.assertEqual(
            own_networks([["192.168.1.5/24", "fe80::1%eth0/64", "2a00:1:2:3::5/64"]]), (ip_network("2a00:1:2:3::/64"),)
        )

    def test_public_ipv4(self) -> None:
        """An interface with a public IPv4 address adds nothing, whatever else it has; the others still do."""
        self.assertEqual(
            own_networks([["8.8.8.8/24", "2a00:1:2:3::5/64", "192.168.1.5/24"], ["2a00:1:2:4::5/64"]]),
            (ip_network("2a00:1:2:4::/64"),),
        )

    def test_carrier_nat(self) -> None:
        """An address of 100.64/10 is not a public one."""
        self.assertEqual(own_networks([["100.64.1.1/24", "2a00::5/64"]]), (ip_network("2a00::/64"),))

    def test_tunnels(self) -> None:
        """A prefix too short for a site, as tunnels have, would admit strangers and is left out."""
        self.assertEqual(own_networks([["2002::1/16", "2001::1/32", "::/0"], ["192.0.2.1/0", "198.18.0.1/7"]]), ())

    def test_once(self) -> None:
        """Two addresses of one network add it once."""
        self.assertEqual(own_networks([["2a00::5/64", "2a00::6/64"]]), (ip_network("2a00::/64"),))
