"""Tests of how the box is called."""

import ipaddress
import socket

import ifaddr
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust.host import host_addresses, host_interfaces, host_names


class HostTests(SynchronousTestCase):
    """The host's own names, addresses and prefixes."""

    def interfaces(self, *interfaces: list[tuple[str, int]]) -> None:
        """Let the box have these interfaces, each a list of (address, prefix length)."""
        adapters = [
            ifaddr.Adapter(
                f"eth{number}",
                f"eth{number}",
                [
                    ifaddr.IP((address, 0, 2) if ":" in address else address, length, f"eth{number}")
                    for address, length in addresses
                ],
            )
            for number, addresses in enumerate(interfaces)
        ]
        self.patch(ifaddr, "get_adapters", lambda: adapters)

    def test_short_host_name(self) -> None:
        """A host name without dots is there as it is, and under `.local`."""
        self.patch(socket, "gethostname", lambda: "Box")
        self.assertEqual(host_names(), ["box", "box.local"])

    def test_full_host_name(self) -> None:
        """A host name with a domain leads to its first label as well."""
        self.patch(socket, "gethostname", lambda: "box.site.lan")
        self.assertEqual(host_names(), ["box.site.lan", "box", "box.local"])

    def test_no_host_name(self) -> None:
        """A box without a host name has no names."""
        self.patch(socket, "gethostname", lambda: "")
        self.assertEqual(host_names(), [])

    def test_addresses(self) -> None:
        """All addresses are there once: IPv4, IPv6, link-local without its scope id, loopback."""
        self.interfaces(
            [("127.0.0.1", 8), ("::1", 128)],
            [("192.168.1.5", 24), ("fe80::1%eth1", 64)],
            [("fe80::1%eth2", 64)],
        )
        self.assertEqual(host_addresses(), ["127.0.0.1", "::1", "192.168.1.5", "fe80::1"])

    def test_real_addresses(self) -> None:
        """On a real machine the list holds the loopback address, and literals only."""
        addresses = host_addresses()
        self.assertIn("127.0.0.1", addresses)
        self.assertEqual([str(ipaddress.ip_address(address)) for address in addresses], addresses)

    def test_interfaces(self) -> None:
        """The addresses stay apart by interface, with their prefix lengths and without scope ids."""
        self.interfaces([("127.0.0.1", 8)], [("192.168.1.5", 24), ("fe80::1%eth1", 64)])
        self.assertEqual(host_interfaces(), [["127.0.0.1/8"], ["192.168.1.5/24", "fe80::1/64"]])
