"""The security page: live, with what to do at hand, former addresses, and what is known of makes of chargers."""

import re

import msgspec
from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e
from edge_twisted.core.policy import Refusal
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import End
from edge_twisted.web.message_shapes import Boot, Observed
from edge_twisted.web.site.calling import called, is_foreign
from edge_twisted.web.site.guides import GUIDES, guides_for
from tests.scene import NOW, at_door
from tests.web.asked import CP001, OWN
from tests.web.site.rooms import RoomCase, text_of


class CallingTests(SynchronousTestCase):
    """What a charger calls the box."""

    def test_called(self) -> None:
        """A name or an address in its one form, whatever stands in a Host."""
        for host, name in (
            ("edge.lan", "edge.lan"),
            ("EDGE.lan.:443", "edge.lan"),
            ("192.168.1.2:80", "192.168.1.2"),
            ("[FE80::1]:80", "fe80::1"),
            ("[::ffff:10.0.0.1]", "10.0.0.1"),
            ("edge.lan:", "edge.lan"),
            ("", ""),
            ("a b", ""),
            ("[::1", ""),
            ("x/y", ""),
            (":" * 255, ""),
        ):
            self.assertEqual(called(host), name, host)

    def test_own(self) -> None:
        """Names are compared without regard to case, addresses by their value; without a Host nobody knows."""
        own = ("Edge.lan", "192.168.1.2", "fe80:0::1")
        for host in ("edge.lan", "192.168.1.2:8080", "[fe80::1]", "", "a b"):
            self.assertFalse(is_foreign(host, own), host)
        for host in ("old.lan", "192.168.1.20", "[fe80::2]"):
            self.assertTrue(is_foreign(host, own), host)


class SecurityTests(RoomCase):
    """The page."""

    def test_live(self) -> None:
        """A new weakness, and a new dispute with what can be done about it, appear by themselves."""
        wire = self.live("/security", Role.MAINTAINER)
        self.assertNotIn(b"Chargers without a password", wire.value())
        self.known_charger(None, secure=False)
        self.desk.bus.publish(e.Alarm(CP001, "CP…01", "clash", "192.168.1.9"))
        self.reactor.pump([0.5] * 24)
        shown = wire.value().decode().replace('\\"', '"')
        self.assertIn("Chargers without a password", shown)
        self.assertIn(f'href="/chargers/{CP001}/story"', shown)
        self.assertIn(f'href="/chargers/{CP001}/settings/network/uplink"', shown)

    def test_an_address_that_is_not_the_box_s(self) -> None:
        """A charger that calls the box by another name is named with that, also once it is away; others are not."""
        own = self.box.certificate().names[0]
        for host, told in ((own, False), (f"{own.upper()}.:80", False), ("10.9.8.7:80", True), ("", False)):
            self.desk.book.save(evolve(self.desk.book.fresh(b"CP001"), first_served=NOW, last_host=host))
            text = text_of(self.open("/security", Role.READONLY))
            self.assertIs("call this box by an address that it does not have" in text, told, host)
            self.assertIs("10.9.8.7" in text, told, host)

    def test_the_worst_first(self) -> None:
        """A hint stands behind every warning, and a warning behind what is bad, whatever they are about."""
        self.known_charger(OWN, secure=True)
        self.desk.book.save(evolve(self.desk.book.fresh(b"CP001"), last_host="old.lan"))
        self.wait(365 * 86400 * 30)
        text = text_of(self.open("/security", Role.READONLY))
        places = [
            text.index(words)
            for words in (
                "certificate ends soon",
                "an address that it does not have",
                "may still come without encryption",
            )
        ]
        self.assertEqual(places, sorted(places))

    def test_guides(self) -> None:
        """Whose make is known gets what is known of it; another charger gets what holds for any."""
        boot = Boot(NOW, "AUTEL", "x", "", "", "", "", "", "")
        one = self.pages.place.views.charger(b"CP001")
        one.observed = Observed(boot, [], None, None, None, None, [])
        self.assertEqual([guide.family for guide in guides_for([one])], ["Autel"])
        one.observed = Observed(msgspec.structs.replace(boot, vendor="Somebody"), [], None, None, None, None, [])
        self.assertEqual(guides_for([one]), [])
        text = text_of(self.open("/trust", None))
        for guide in GUIDES:
            self.assertIn(f"A charger made by {guide.family}", text)
            self.assertIn(guide.source, text)
        self.assertIn("Enter this box's address with wss:// in front.", text)

    def test_approve_and_block_at_hand(self) -> None:
        """A charger that waits is let in or shut out where it is named, and the reader stays on the page."""
        self.desk.rules = evolve(self.desk.rules, approve=True)
        name, decided = self.come(at_door())
        assert isinstance(decided.verdict, Refusal)
        self.desk.ended(name, End("refused", refusal=decided.verdict), 0.0)
        text = self.open("/security", Role.MAINTAINER).data.decode()
        path = re.findall(r'action="(/chargers/[^"]+/approve)"', text)[0]
        self.assertNotIn("/approve", self.open("/security", Role.READONLY).data.decode())
        told = self.submit(path, Role.MAINTAINER, back="security")
        self.assertTrue(told.headers["location"].startswith("/security?notice="))
        self.assertIn("Approved", text_of(self.follow(told, Role.MAINTAINER)))
        told = self.submit(path, Role.MAINTAINER, back="//evil.example")
        self.assertIn("/settings/network/uplink", told.headers["location"])
