"""The back-up on the page of the box: who may make one, and what is refused beside its field."""

from typing import Any, cast

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, fail

from edge_twisted.core.access_events import AccessChanged
from edge_twisted.core.roles import Role
from edge_twisted.store.backup import BackupError
from edge_twisted.store.backups import Backups, Busy
from edge_twisted.web.site.site import EdgeManager
from tests.access import PASSWORD
from tests.web.asked import Told, parse
from tests.web.managed import Browser
from tests.web.site.rooms import RoomCase, text_of

PASSPHRASE = "another four random words"


@define
class MemoryBackups:
    """Makes back-ups that hold nothing."""

    asked: list[str] = field(factory=list)
    fault: Exception | None = None
    waiting: list[Deferred[bytes]] = field(factory=list)

    def make(self, passphrase: str) -> Deferred[bytes]:
        """Make one."""
        self.asked.append(passphrase)
        if self.fault:
            return fail(self.fault)
        self.waiting.append(Deferred())
        return self.waiting[-1]


class BackupTests(RoomCase):
    """The form."""

    def setUp(self) -> None:
        super().setUp()
        self.backups = MemoryBackups()
        self.pages = EdgeManager(evolve(self.pages.place, backups=cast(Backups, self.backups)))
        front: Any = self._site.resource
        front._pages = self.pages.resource

    def ask_for(self, who: Role | Browser = Role.ADMIN, **fields: Any) -> Any:
        """Send the form; the answer may come later."""
        browser = self.browser(who) if isinstance(who, Role) else who
        given = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "proof": PASSWORD, **fields}
        return self.submit("/box/backup", browser, **given)

    def is_refused(self, why: str, **fields: Any) -> Told:
        """Send what is refused with that sentence; nothing that is secret comes back."""
        told: Told = self.ask_for(**fields)
        self.assertEqual(told.status, 422)
        self.assertIn(why, text_of(told))
        for secret in (PASSPHRASE, PASSWORD):
            self.assertNotIn(secret.encode(), told.data)
        self.assertEqual(self.backups.asked, [])
        self.assertEqual(self.seen(AccessChanged), [])
        return told

    def test_refused_beside_its_field(self) -> None:
        """A weak passphrase, one that differs, and another password than the own."""
        self.is_refused("12 characters or more", passphrase="short", again="short")
        self.is_refused("field above", again="something else here")
        self.is_refused("not your present password", proof="not this one at all")
        self.assertIn(b" open>", self.is_refused("not your present password", proof="").data)

    def test_guesses_are_slowed(self) -> None:
        """Who found a screen that was left alone does not get to try passwords."""
        told = [self.ask_for(proof=f"guess number {n}").status for n in range(20)]
        self.assertIn(429, told)
        self.assertEqual(self.backups.asked, [])

    def test_made(self) -> None:
        """It comes as a file, with the passphrase as it was entered, and the journal knows who has it."""
        self.backups.fault = Busy()
        self.assertEqual(self.ask_for().status, 503)
        self.backups.fault = BackupError("/state: no room")
        told = self.ask_for()
        self.assertEqual(told.status, 503)
        self.assertNotIn(b"/state", told.data)
        self.assertEqual(len(self.flushLoggedErrors()), 0)
        self.assertEqual(self.seen(AccessChanged), [])
        self.backups.fault = None
        fields: dict[str, Any] = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "proof": PASSWORD}
        wire = self.sent("/box/backup", **fields)
        self.backups.waiting[0].callback(b"edge-backup 1\n...")
        told = parse(wire.value())
        self.assertEqual((told.status, told.data), (200, b"edge-backup 1\n..."))
        self.assertRegex(told.headers["content-disposition"], r'\Aattachment; filename="edge-[0-9-]{10}\.edgebackup"\Z')
        self.assertEqual(told.headers["cache-control"], "no-store")
        self.assertEqual(set(self.backups.asked), {PASSPHRASE})
        self.assertEqual(self.changes(), [("backed-up", "account:anna", "", "")])

    def test_only_the_administrator(self) -> None:
        """Nobody else is shown the form, and a program's token does not do: it has no password to prove itself."""
        for role in (Role.VIEWER, Role.READONLY, Role.MAINTAINER):
            self.assertEqual(self.ask_for(role).status, 403)
            self.assertNotIn(b"/box/backup", self.open("/box", role).data)
        self.assertIn(b"/box/backup", self.open("/box", Role.ADMIN).data)
        told = self.submit("/accounts-tokens", label="x", token_role="admin", days="")
        token = told.data.decode().partition('data-copy="')[2].partition('"')[0]
        self.assertTrue(token.startswith("edge_"))
        bearer = f"Authorization: Bearer {token}"
        told = self.submit("/box/backup", None, bearer, passphrase=PASSPHRASE, again=PASSPHRASE, proof=PASSWORD)
        self.assertEqual(told.status, 409)
        self.assertEqual(self.backups.asked, [])
