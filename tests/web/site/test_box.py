"""The box, the root certificate, the journal and the security page."""

import io
import re
import zipfile

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from edge_twisted.config import Settings
from edge_twisted.core import events as e
from edge_twisted.core.access_events import LoginRefused
from edge_twisted.core.roles import Role
from edge_twisted.store.errors import StoreError
from edge_twisted.web.site.box import disk
from tests.web.asked import CP001, Told
from tests.web.site.rooms import RoomCase, text_of


class TrustTests(RoomCase):
    """Whoever wants to trust the box needs no account."""

    def test_files(self) -> None:
        """The same certificate in each form, as a file to be saved."""
        fingerprint = self.box.certificate().fingerprint
        pem = self.open("/trust/edge-root.pem", None)
        for told, form in (
            (pem, "pem"),
            *((self.open(f"/trust/edge-root.{one}", None), one) for one in ("cer", "der")),
        ):
            self.assertEqual(told.headers["content-disposition"], f'attachment; filename="edge-root.{form}"')
            load = x509.load_pem_x509_certificate if form == "pem" else x509.load_der_x509_certificate
            found = load(told.data).fingerprint(hashes.SHA256()).hex(":").upper()
            self.assertEqual(found, fingerprint)
        told = self.open("/trust/edge-root.zip", None)
        with zipfile.ZipFile(io.BytesIO(told.data)) as archive:
            self.assertEqual(archive.namelist(), ["edge-root.pem", "edge-root.cer", "edge-root.der"])
            self.assertEqual(archive.read("edge-root.pem"), pem.data)
        self.assertEqual(self.open("/trust/edge-root.key", None).status, 404)

    def test_page(self) -> None:
        """The page shows the fingerprint, and says that it proves nothing by itself."""
        told = self.open("/trust", None)
        self.assertIn(self.box.certificate().fingerprint, told.data.decode().replace("<wbr>", ""))
        text = text_of(told)
        self.assertIn("label on the box", text)


class BoxTests(RoomCase):
    """What the box is."""

    def test_page(self) -> None:
        """Everybody sees where chargers connect; only who may use them sees the buttons."""
        told = self.open("/box", Role.VIEWER)
        self.assertIn("wss://edge.lan", text_of(told))
        self.assertNotIn(b"/box/checks", told.data)
        self.assertIn(b"/box/checks", self.open("/box", Role.MAINTAINER).data)

    def test_checks(self) -> None:
        """The doctor's findings stand on the page, with what helps."""
        text = text_of(self.submit("/box/checks", Role.MAINTAINER))
        self.assertIn("What the check found", text)
        self.assertIn("in order", text)

    def test_bundle_off(self) -> None:
        """Without a store of messages there is no bundle, and the page says so."""
        self.assertEqual(self.submit("/box/bundle", Role.MAINTAINER).status, 503)

    def test_disk(self) -> None:
        """A disk that can't be looked at is unknown."""
        self.assertIsNone(disk("/nowhere/at/all"))
        self.assertIsNotNone(disk("/"))


class JournalTests(RoomCase):
    """What happened."""

    def test_newest_first_and_leafing(self) -> None:
        """The newest stands first, and the next page goes on where this one ends."""
        for number in range(150):
            self.desk.bus.publish(e.StoreFailed(CP001, f"error {number}"))
        told = self.open("/journal", Role.READONLY)
        text = told.data.decode()
        self.assertLess(text.index("error 149)"), text.index("error 148)"))
        self.assertNotIn("error 49)", text)
        older = re.findall(r'before=([0-9]+)">Older', text)[0]
        text = self.open(f"/journal?before={older}", Role.READONLY).data.decode()
        self.assertIn("error 49)", text)
        self.assertNotIn("error 50)", text)
        self.assertIn("Back to the newest", text)

    def test_kinds_and_search(self) -> None:
        """Only what is wanted is shown; what is searched for stays in the field, as text."""
        self.known_charger()
        self.desk.bus.publish(LoginRefused("192.168.1.9", "vera"))
        text = text_of(self.open("/journal?kind=trouble", Role.READONLY))
        self.assertIn("192.168.1.9", text)
        self.assertNotIn("is served by the central system", text)
        self.assertIn("is served by", text_of(self.open("/journal?search=SERVED", Role.READONLY)))
        told = self.open("/journal?search=%22%3E%3Cscript%3E&kind=%3Cscript%3E&before=x", Role.READONLY)
        self.assertNotIn(b"<script>", told.data)

    def test_one_charger(self) -> None:
        """The journal of one charger; of one that is gone it says so."""
        self.known_charger()
        self.assertIn("Only entries of charger", text_of(self.open(f"/journal?charger={CP001}", Role.READONLY)))
        self.assertEqual(self.open("/journal?charger=nothing", Role.READONLY).status, 404)

    def test_newest_come_by_themselves(self) -> None:
        """What happens while the newest page is open stands on it, with its wishes; a page further back stays."""
        self.desk.bus.publish(e.StoreFailed(CP001, "error 1"))
        text = self.open("/journal", Role.READONLY).data.decode()
        self.assertIn('data-live-from="/journal"', text)
        pause = re.findall(r'href="(/journal[^"]*)">Pause', text)[0]
        wire, wanted = self.live("/journal", Role.READONLY), self.live("/journal?kind=connections", Role.READONLY)
        self.assertIn(b"error 1)", wire.value())
        wire.clear()
        wanted.clear()
        self.desk.bus.publish(e.StoreFailed(CP001, "error 2"))
        self.reactor.pump([0.5] * 10)
        self.assertIn(b"error 2)", wire.value())
        self.assertNotIn(b"error 2)", wanted.value())
        self.desk.bus.publish(e.StoreFailed(CP001, "error 3"))
        paused = self.open(pause, Role.READONLY).data.decode()
        self.assertNotIn("data-live-from", paused)
        self.assertIn("error 1)", paused)
        self.assertNotIn("error 3)", paused)
        self.assertIn("Back to the newest", paused)

    def test_it_is_read_only_when_something_happened(self) -> None:
        """An open journal costs no disk while nothing happens, and a disk that fails ends nothing."""
        wire = self.live("/journal", Role.READONLY)
        self.journal.slow = True
        self.reactor.pump([0.5] * 60)
        self.assertEqual(self.journal.asked, [])
        self.journal.slow, self.journal.fault = False, StoreError("broken")
        self.desk.bus.publish(e.StoreFailed(CP001, "error 1"))
        self.reactor.pump([0.5] * 10)
        self.assertNotIn(b"error 1)", wire.value())
        self.journal.fault = None
        self.reactor.pump([0.5] * 10)
        self.assertIn(b"error 1)", wire.value())

    def test_unreadable(self) -> None:
        """A disk that fails is told."""
        self.journal.fault = StoreError("broken")
        self.assertEqual(self.open("/journal", Role.READONLY).status, 503)
        self.assertEqual(self.open("/security", Role.READONLY).status, 503)


class SecurityTests(RoomCase):
    """What would help most."""

    settings = evolve(Settings(), listen=evolve(Settings().listen, from_=("any",)))

    def test_list(self) -> None:
        """Each weakness is named with its charger and its next step, the worst first."""
        self.known_charger(None, secure=False)
        self.desk.bus.publish(e.Alarm(CP001, "CP…01", "clash", "192.168.1.9"))
        told = self.open("/security", Role.MAINTAINER)
        text = text_of(told)
        places = [
            text.index(words)
            for words in (
                "Several devices use one charger's ID",
                "Chargers without a password",
                "Uplinks that are not encrypted",
                "Chargers that connect to Edge without encryption",
                "accepts connections from anywhere",
                "Your account has no second factor",
            )
        ]
        self.assertEqual(places, sorted(places))
        self.assertIn(f"/chargers/{CP001}/settings/network/uplink", told.data.decode())
        self.assertNotIn("Administrators without", text)
        self.assertIn("Administrators without", text_of(self._others()))
        self.assertNotIn(b"settings/network", self.open("/security", Role.READONLY).data)

    def _others(self) -> Told:
        self.submit("/accounts", name="paula", role="admin", password="another four random words")
        return self.open("/security", Role.ADMIN)

    def test_nobody_is_called_by_a_secret(self) -> None:
        """A charger whose identity is its only secret is named by a part of it."""
        self.known_charger(None)
        self.assertNotIn("CP001", text_of(self.open("/security", Role.MAINTAINER)))

    def test_attempts(self) -> None:
        """Many wrong passwords are a word worth; a few are not, and old ones are over."""
        for _ in range(4):
            self.desk.bus.publish(LoginRefused("192.168.1.9"))
            self.wait(3600)
        self.assertNotIn("Somebody tries wrong passwords", text_of(self.open("/security", Role.READONLY)))
        self.desk.bus.publish(LoginRefused("192.168.1.9"))
        self.assertIn("Somebody tries wrong passwords", text_of(self.open("/security", Role.READONLY)))
        self.wait(8 * 86400)
        self.assertNotIn("Somebody tries wrong passwords", text_of(self.open("/security", Role.READONLY)))

    def test_certificate(self) -> None:
        """The root's fingerprint and its end are there."""
        told = self.open("/security", Role.READONLY)
        self.assertIn(self.box.certificate().fingerprint, told.data.decode().replace("<wbr>", ""))
