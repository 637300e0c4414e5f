"""Tests of what stands in the box's certificates."""

import string

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust.issuing import MAX_ADDRESSES, MAX_NAMES, subject_of


class SubjectTests(SynchronousTestCase):
    """Names and addresses are sorted out before they come into a certificate."""

    def test_first_configured_name_is_the_common_name(self) -> None:
        """S-21: the CN is the first configured name."""
        self.assertEqual(subject_of(["edge.lan", "box"], []).common_name, "edge.lan")

    def test_names_are_normalised(self) -> None:
        """Letter case, a trailing dot and white space make no other name."""
        self.assertEqual(subject_of(["Edge.LAN.", " edge.lan "], []).names, ("edge.lan",))

    def test_international_name_is_encoded(self) -> None:
        """A name in Unicode stands as its IDNA form."""
        self.assertEqual(subject_of(["Bücher.example"], []).names, ("xn--bcher-kva.example",))

    def test_what_is_no_dns_name_is_left_out(self) -> None:
        """Underscores, blanks, wildcards, empty labels and overlong labels do not come into a certificate."""
        odd = [
            "my_box",
            "a b",
            "*.lan",
            "a..b",
            "",
            ".",
            "-a",
            "x" * 64,
            ("a" * 60 + ".") * 5,
            "box.7",
            "\ud800",
            "☃" * 64,
        ]
        self.assertEqual(subject_of([*odd, "edge.lan"], []).names, ("edge.lan",))

    def test_default_name_where_none_is_usable(self) -> None:
        """Without any usable name the leaf is for `edge.lan`."""
        self.assertEqual(subject_of(["my_box"], ["10.0.0.7"]).names, ("edge.lan",))

    def test_overlong_name_is_no_common_name(self) -> None:
        """A CN holds 64 characters; a longer name stands in the SAN only."""
        name = "a" * 40 + "." + "b" * 40
        subject = subject_of([name, "edge.lan"], [])
        self.assertEqual(subject.names, (name, "edge.lan"))
        self.assertEqual(subject.common_name, "edge.lan")
        self.assertEqual(subject_of([name], []).common_name, "edge.lan")

    def test_address_among_the_names(self) -> None:
        """An address that was configured as a name counts as an address (T-32)."""
        subject = subject_of(["192.168.1.5", "edge.lan"], [])
        self.assertEqual(subject.names, ("edge.lan",))
        self.assertEqual([str(address) for address in subject.addresses], ["192.168.1.5"])

    def test_addresses_are_sorted_and_scopes_stripped(self) -> None:
        """IPv4 comes before IPv6, none twice, no scope ids, and what is no address is left out."""
        subject = subject_of([], ["fe80::1%eth0", "10.0.0.9", "::1", "10.0.0.1", "fe80::1%eth1", "nonsense"])
        self.assertEqual([str(address) for address in subject.addresses], ["10.0.0.1", "10.0.0.9", "::1", "fe80::1"])

    def test_bounds(self) -> None:
        """A box with very many names and addresses still gets a certificate of bounded size."""
        subject = subject_of([f"n{n}.lan" for n in range(1000)], [f"10.0.{n // 250}.{n % 250}" for n in range(1000)])
        self.assertEqual((len(subject.names), len(subject.addresses)), (MAX_NAMES, MAX_ADDRESSES))
        self.assertEqual(subject.names[0], "n0.lan")

    @given(st.lists(st.text(max_size=80)), st.lists(st.text(max_size=40)))
    def test_any_text(self, names: list[str], addresses: list[str]) -> None:
        """Whatever the texts are, the names that remain are DNS names in ASCII."""
        subject = subject_of(names, addresses)
        self.assertTrue(subject.names)
        for name in subject.names:
            self.assertLessEqual(set(name), set(string.ascii_lowercase + string.digits + "-."))
            self.assertTrue(all(0 < len(label) < 64 for label in name.split(".")))
