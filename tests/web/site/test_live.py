"""Tests of the live view: `live`, `states`, `nameless`, `connecting`."""

from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e
from edge_twisted.core.policy import Refusal
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import End
from edge_twisted.pages.hub import PAUSE_SECONDS
from edge_twisted.pages.templates import Templates
from edge_twisted.web import shapes
from edge_twisted.web.caller import Caller
from edge_twisted.web.site import live
from edge_twisted.web.site.connecting import endpoints_of
from edge_twisted.web.site.drawing import KEPT, SiteTemplates, site_assets
from edge_twisted.web.site.live import EVERY_SECONDS, natural
from edge_twisted.web.site.nameless import CAPACITY, Hardware, Nameless, hardware_of
from edge_twisted.web.site.place import SAME, known_to_all
from edge_twisted.words.language import speaking
from tests.scene import HERE, at_door, name_of
from tests.web.asked import CP001
from tests.web.site.chargers import HOSTILE, ChargerCase
from tests.web.site.rooms import text_of

DISTRUST = e.HandshakeFailed("192.168.1.50", True, "root-unknown", "load-root", "48")
"""A charger that does not know the box's certificate."""


class LiveTests(ChargerCase):
    """The first page."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(live, "LEAST_SECONDS", 0.0)
        self.patch(live, "SHARE", 0)

    def test_empty(self) -> None:
        """An empty site is told how to connect its first charger, with addresses to be copied."""
        told = self.open("/", Role.VIEWER)
        text = text_of(told)
        self.assertEqual(told.status, 200)
        self.assertIn("No charger has connected yet", text)
        for endpoint in ("wss://edge.lan", "ws://edge.lan", "wss://192.168.1.2"):
            self.assertIn(f'data-copy="{endpoint}"', told.data.decode())
        self.assertIn('href="/trust"', told.data.decode())
        self.assertNotIn('role="search"', told.data.decode())

    def test_row(self) -> None:
        """A charger is one row: name, model, state, both legs with their security, power with a curve, last message."""
        name = self.known_charger()
        self.boots(name)
        self.tells(name, "Charging")
        self.draws(name, 7200)
        self.now += 400
        self.draws(name, 7400)
        told = self.open("/", Role.VIEWER)
        text, html = text_of(told), told.data.decode()
        for part in ("CP001", "Acme One", "Charging", "with a password", "wss", "7.4 kW", "ago"):
            self.assertIn(part, text)
        self.assertIn(f'href="/chargers/{CP001}"', html)
        self.assertIn('class="curve"', html)
        self.assertNotIn("Never connected", text)

    def test_secret_identity(self) -> None:
        """An identity that is its charger's only secret is shown shortened, and stands in no address."""
        self.serve(at_door(identity="EVB-P1234567"))
        told = self.open("/")
        self.assertNotIn(b"P1234567", told.data)
        self.assertIn(f"/chargers/{name_of(b'EVB-P1234567')}".encode(), told.data)

    def test_trouble(self) -> None:
        """What is wrong stands in the row with what helps, and a way to the story for whoever may read it."""
        self.known_charger()
        self.leave(next(iter(self.registry)).session)
        self.turned_away_by(401, password=b"wrong")
        told = self.open("/", Role.READONLY)
        self.assertIn("The central system wants a user name and password, and they are missing or wrong", text_of(told))
        self.assertIn(f'href="/chargers/{CP001}/story"', told.data.decode())
        self.assertNotIn("/story", self.open("/", Role.VIEWER).data.decode())

    def test_fault(self) -> None:
        """A connector's fault is the row's state and its trouble."""
        name = self.known_charger()
        self.tells(name, "Available", 1)
        self.tells(name, "Faulted", 2, errorCode="GroundFailure")
        text = text_of(self.open("/"))
        self.assertIn("Connector 2 reports a fault: GroundFailure.", text)

    def test_newcomer(self) -> None:
        """A charger that was never served stands apart, with its address, when it was first seen, and the remedy."""
        self.turned_away_by(404)
        told = self.open("/")
        text = text_of(told)
        for part in (
            "Never connected to the central system",
            HERE,
            "First seen",
            "Add the charger to the charger dashboard",
        ):
            self.assertIn(part, text)
        self.assertNotIn("<table", told.data.decode())

    def test_approval(self) -> None:
        """A newcomer that waits can be approved there by whoever may; others see no button."""
        self.desk.rules = evolve(self.desk.rules, approve=True)
        name, decided = self.come(at_door())
        assert isinstance(decided.verdict, Refusal)
        self.desk.ended(name, End("refused", refusal=decided.verdict), 0.0)
        for role, wanted in ((Role.READONLY, False), (Role.MAINTAINER, True)):
            told = self.open("/", role)
            self.assertIn("Waiting for approval", text_of(told))
            self.assertEqual(b">Approve<" in told.data, wanted, role)
        action = f"/chargers/{CP001}/settings/network/uplink/approve"
        self.assertIn(f'action="{action}"', self.open("/").data.decode())
        self.assertEqual(self.submit(action, Role.MAINTAINER).status, 303)
        told = self.open("/")
        self.assertNotIn(b">Approve<", told.data)
        self.assertIn("is let in when it comes next", text_of(told))

    def test_nameless(self) -> None:
        """A charger that refuses the certificate never says who it is: it is shown by its address, with the remedy."""
        self.desk.bus.publish(DISTRUST)
        self.now += 5
        self.desk.bus.publish(DISTRUST)
        text = text_of(self.open("/"))
        for part in ("A device at 192.168.1.50", "does not know the certificate", "Load the box's root certificate"):
            self.assertIn(part, text)
        self.assertNotIn("probably that one", text)

    def test_nameless_and_known(self) -> None:
        """Where a charger was at that address before, and is away now, both say so; one that is there is not meant."""
        name = self.known_charger()
        self.desk.bus.publish(evolve(DISTRUST, address=HERE))
        self.assertNotIn("probably that one", text_of(self.open("/")))
        self.leave(name)
        text = text_of(self.open("/"))
        self.assertIn("CP001 was connected from this address before; it is probably that one", text)
        self.assertIn(f"A device at its address, {HERE}, could not connect. The charger does not know", text)

    def test_search_by_the_whole_id(self) -> None:
        """Whoever knows the ID of a charger finds it by that, although it is hidden; a part of it finds nothing."""
        self.leave(self.known_charger(None))
        for search, who, found in (
            ("CP001", Role.MAINTAINER, True),
            ("CP001", Role.READONLY, True),
            ("CP001", Role.VIEWER, False),
            ("P001", Role.ADMIN, False),
            ("cp001", Role.ADMIN, False),
        ):
            told = self.open(f"/?search={search}", who)
            self.assertIs(f"/chargers/{CP001}" in told.data.decode(), found, (search, who))
            self.assertNotIn("CP001", text_of(told))

    def test_search_show_sort(self) -> None:
        """Rows are searched, chosen by trouble, and sorted; what matches nothing says so."""
        for number in (2, 10, 1):
            self.serve(at_door(b"own", identity=f"CP-{number}"))
        sessions = {one.charger: one.session for one in self.registry}
        self.leave(sessions[name_of(b"CP-10")])
        self.boots(sessions[name_of(b"CP-2")], chargeBoxSerialNumber="BOX-77")
        order = [text_of(self.open("/")).index(f"CP-{number} ") for number in (1, 2, 10)]
        self.assertEqual(order, sorted(order))
        self.assertNotIn("CP-10", text_of(self.open("/?search=cp-2")))
        self.assertIn("No charger matches", text_of(self.open("/?search=nothing+of+it")))
        self.assertIn("CP-2 ", text_of(self.open("/?search=box-77")))
        text = text_of(self.open("/?show=trouble"))
        self.assertEqual(("CP-10" in text, "CP-2" in text), (True, False))
        self.assertLess(
            text_of(self.open("/?sort=trouble")).index("CP-10"), text_of(self.open("/?sort=trouble")).index("CP-2")
        )
        for odd in ("?page=999", "?page=-1", "?show=x&sort=y", "?search=%FF%00", "?search=" + "x" * 500):
            self.assertEqual(self.open("/" + odd).status, 200, odd)

    def test_hostile(self) -> None:
        """Text from chargers can't run, and breaks nothing."""
        name = self.known_charger()
        self.boots(name, chargePointVendor=HOSTILE, chargePointModel=HOSTILE)
        self.tells(name, "100% <b>", errorCode=HOSTILE)
        for path in ("/", f"/?search={'%3Cscript%3E'}", f"/chargers/{CP001}"):
            told = self.open(path)
            self.assertEqual(told.status, 200, path)
            self.assertNotIn(b"<script>", told.data)
            self.assertNotIn("\u202e", told.data.decode())

    def test_live(self) -> None:
        """The page changes by itself when a charger comes, and when nobody says so after a while."""
        wire = self.live("/", Role.VIEWER)
        self.assertIn("No charger has connected yet", self.part(wire, "list"))
        name = self.known_charger()
        self.reactor.advance(PAUSE_SECONDS)
        self.assertIn("CP001", self.part(wire, "list"))
        self.tells(name, "Charging")
        self.reactor.advance(EVERY_SECONDS)
        self.reactor.advance(PAUSE_SECONDS)
        self.assertIn("Charging", self.part(wire, "list"))

    def test_drawn_once(self) -> None:
        """All of one role who look at the same are drawn once; each has a token of his own in his forms."""
        self.patch(live, "LEAST_SECONDS", 3600.0)
        self.desk.rules = evolve(self.desk.rules, approve=True)
        name, decided = self.come(at_door())
        assert isinstance(decided.verdict, Refusal)
        self.desk.ended(name, End("refused", refusal=decided.verdict), 0.0)
        drawn = []
        draw = Templates.parts

        def counted(*given: Any, **values: Any) -> dict[str, str]:
            drawn.append(given)
            return draw(*given, **values)

        self.patch(Templates, "parts", counted)
        people = [self.browser(Role.MAINTAINER) for _ in range(3)]
        parts = [self.part(self.live("/", browser), "newcomers") for browser in people]
        self.assertEqual(len(drawn), 1)
        for browser, part in zip(people, parts, strict=True):
            self.assertEqual([other.token in part for other in people], [other is browser for other in people])
            self.assertIn(">Approve<", part)
        self.assertNotIn("<form", self.part(self.live("/", Role.VIEWER), "newcomers"))
        self.live("/?sort=power", Role.VIEWER)
        self.assertEqual(len(drawn), 3)

    def test_drawn_anew(self) -> None:
        """What is new at the next look is drawn for everybody."""
        wires = [self.live("/", Role.VIEWER) for _ in range(2)]
        name = self.known_charger()
        self.reactor.advance(PAUSE_SECONDS)
        self.tells(name, "Charging")
        self.reactor.pump([EVERY_SECONDS, PAUSE_SECONDS])
        for wire in wires:
            self.assertIn("Charging", self.part(wire, "list"))

    def test_natural(self) -> None:
        """Numbers in names count as numbers."""
        self.assertEqual(sorted(["CP-10", "cp-9", "A"], key=natural), ["A", "cp-9", "CP-10"])


class SameTests(SynchronousTestCase):
    """What may be drawn once for several, and what may not."""

    def test_key(self) -> None:
        """Another role, another language, other values and another part are other drawings; few are kept."""
        folder = Path(self.mktemp())
        folder.mkdir()
        blocks = "{% block one %}{{ number }}{{ may('admin') }}{% endblock %}{% block two %}{{ number }}{% endblock %}"
        (folder / "page.html").write_text(blocks)
        templates = SiteTemplates(site_assets(), [folder])

        def drawn(number: int, part: str = "one", role: Role = Role.VIEWER, same: object = "same") -> str:
            values = {"number": number, **known_to_all(Caller("account", role)), SAME: same}
            return templates.parts("page.html", [part], **values)[part]

        self.assertEqual([drawn(1), drawn(2)], ["1False"] * 2)
        self.assertEqual(drawn(3, role=Role.ADMIN), "3True")
        self.assertEqual([drawn(4, "two"), drawn(5, same="other"), drawn(6, same=None)], ["4", "5False", "6False"])
        with speaking("nl"):
            self.assertEqual(drawn(7), "7False")
        self.assertEqual(drawn(8), "1False")
        for number in range(KEPT):
            drawn(number, same=number)
        self.assertEqual(drawn(9), "9False")


class NamelessTests(SynchronousTestCase):
    """Devices that never said who they are."""

    def test_remembered(self) -> None:
        """An address is told once, with its last problem; one that connected is told no more."""
        found = Nameless()
        found.heard(DISTRUST, 10.0)
        found.heard(e.HandshakeFailed("192.168.1.50", False, "tls-on-plain-port", "use-wss-port"), 20.0)
        found.heard(e.HandshakeFailed("192.168.1.51", False, "port-probe", "nothing-to-do"), 20.0)
        [device] = found
        self.assertEqual((device.first, device.last, device.count, device.secure), (10.0, 20.0, 2, False))
        self.assertIn("on the port for ws", device.problem)
        opened = ("c", "l", "s", "192.168.1.50", True, True, "wss://x", "none", "")
        found.heard(e.SessionOpened(*opened), 30.0)
        self.assertEqual(list(found), [])

    def test_bounded(self) -> None:
        """Somebody with many addresses takes no more room than that."""
        found = Nameless()
        for number in range(CAPACITY + 10):
            found.heard(
                e.RequestRefused(f"10.0.{number // 250}.{number % 250}", False, 400, "head-broken"), float(number)
            )
        self.assertEqual(len(list(found)), CAPACITY)
        self.assertEqual(next(iter(found)).last, CAPACITY + 9.0)

    def test_hardware(self) -> None:
        """Of a hardware address the maker's part is told, unless the device made it up."""
        self.assertEqual(hardware_of("00:13:a2:01:02:03"), Hardware("00:13:A2:01:02:03", "00:13:A2"))
        self.assertEqual(hardware_of("02:42:ac:11:00:02").maker, "")
        self.assertEqual(hardware_of(""), Hardware())


class EndpointTests(SynchronousTestCase):
    """What is entered in a charger."""

    def test_endpoints(self) -> None:
        """By name first, wss first; usual ports are not named, IPv6 stands in brackets, loopback is left out."""
        certificate = shapes.CertificateInfo(
            "", 0.0, 0.0, ["edge.lan", "box"], ["127.0.0.1", "192.168.1.2", "2001:db8::1"]
        )
        uplink, numbers = shapes.Uplinks("", "", "detect"), shapes.Numbers(0, 0)
        box = shapes.Box("1", "/s", shapes.Ports([8080], [443], []), uplink, "open", certificate, numbers, 0.0)
        found = [one.url for one in endpoints_of(box)]
        self.assertEqual(found[:2], ["wss://edge.lan", "ws://edge.lan:8080"])
        self.assertFalse(any("127." in url or "[" in url for url in found))
        certificate.addresses = ["127.0.0.1", "2001:db8::1"]
        self.assertIn("wss://[2001:db8::1]", [one.url for one in endpoints_of(box)])
