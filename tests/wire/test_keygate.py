"""A password that the central system sets at a charger, from the message that sets it to the next connection."""

import json
from typing import Any

from twisted.internet.defer import Deferred

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.learning import enter_secret
from edge_twisted.core.record import Record
from edge_twisted.store.errors import StoreError
from edge_twisted.store.memory import MemoryChargers
from edge_twisted.wire.relay import HOLD_SECONDS
from tests.wire.memory import Central, Charger, Site, basic
from tests.wire.test_bridge import SiteTestCase

ID = b"CP001"
OLD, NEW = b"old-password-0000000", bytes(range(65, 85))
SECRET = b"password-that-evc-net-knows"


def change(key: str, value: str, uid: str = "k1") -> bytes:
    """The CALL."""
    return json.dumps([2, uid, "ChangeConfiguration", {"key": key, "value": value}]).encode()


class SlowStore(MemoryChargers):
    """A disk that takes its time.

    Attributes:
        slow: whether it does.
        waiting: what is not on it yet.
    """

    slow = False

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[Record, Deferred[None]]] = []

    def save(self, record: Record, within: float = 0.0) -> Deferred[None]:
        """Write a record, later."""
        if not self.slow:
            return super().save(record, within)
        done: Deferred[None] = Deferred()
        self.waiting.append((record, done))
        return done

    def catch_up(self) -> None:
        """Write all that waits."""
        waiting, self.waiting = self.waiting, []
        for record, done in waiting:
            super().save(record).chainDeferred(done)


class KeyCase(SiteTestCase):
    """A site whose central system takes certain passwords only."""

    hot = True

    def setUp(self) -> None:
        self.store = SlowStore()
        self.begin()

    def begin(self) -> None:
        """Start Edge, on what the disk has."""
        self.here: Site = self.site(store=self.store, hot=self.hot)
        self.taken = {OLD}
        self.here.answer = self.judge

    def judge(self, central: Central) -> None:
        """Let in who shows the right password."""
        right = any(central.authorization == basic(ID, password) for password in self.taken)
        central.accept() if right else central.refuse(401)

    def come(self, password: bytes | None = OLD) -> Charger:
        """The charger connects."""
        return self.here.ask(authorization=None if password is None else basic(ID, password))

    def served(self, password: bytes | None = OLD) -> tuple[Charger, Central]:
        """It connects, and is served."""
        charger = self.come(password)
        self.assertEqual(101, charger.status)
        central = self.here.centrals[-1]
        self.here.serve(charger, central)
        return charger, central

    def record(self) -> Record:
        """What is remembered."""
        found = self.here.desk.book.get(ID)
        assert found is not None
        return found

    def enter(self, password: bytes = SECRET) -> None:
        """A maintainer enters S; the charger goes on with what it shows."""
        record = enter_secret(self.here.rules, self.record(), Credentials(ID, password), "detected", 0.0)
        self.successResultOf(self.here.desk.edit(record, "secret", "tester"))
        self.taken = {password}
        self.here.advance(3)

    def passwords(self) -> list[bytes]:
        """What went up so far, one for each dial."""
        known = (OLD, NEW, SECRET, NEW.hex().encode())
        shown = {basic(ID, password): password for password in known}
        return [shown[central.authorization] for central in self.here.centrals if central.authorization]

    def learned(self) -> list[str]:
        """What was learned of the key."""
        return [event.what for event in self.here.told("learned") if event.what.startswith("key-")]

    def on_disk(self) -> Any:
        """The pending password on the disk."""
        (record,) = self.store.load()
        return record.pending and record.pending.text


class KeyChangeTests(KeyCase):
    """Design section 4, key changes, on the fast way."""

    def test_before_the_charger(self) -> None:
        """'Key changes. A `ChangeConfiguration` of `AuthorizationKey` (name in any case) to K is on disk as pending
        before the CALL goes to the charger (the gate).' K6; what comes behind it waits, so that order is kept."""
        for name in ("AuthorizationKey", "authorizationKEY"):
            charger, central = self.served()
            self.store.slow = True
            texts = len(charger.texts)
            central.say(change(name, NEW.hex()))
            central.say(b'[2,"k2","GetConfiguration",{}]')
            self.assertEqual([], charger.texts[texts:])
            self.assertIsNone(self.on_disk())
            self.store.catch_up()
            self.here.net.flush()
            self.assertEqual([change(name, NEW.hex()), b'[2,"k2","GetConfiguration",{}]'], charger.texts[texts:])
            self.assertEqual(NEW.hex(), self.on_disk())
            self.store.slow = False
            charger.say(b'[3,"k1",{"status":"Rejected"}]')
            self.assertIsNone(self.on_disk())
            charger.close(1000)
            self.here.advance(3)

    def test_accepted(self) -> None:
        """K1: the new one is used at the reconnect, and once it was served the earlier one is gone."""
        charger, central = self.served()
        central.say(change("AuthorizationKey", NEW.hex()))
        charger.say(b'[3,"k1",{"status":"Accepted"}]')
        self.assertEqual([b'[3,"k1",{"status":"Accepted"}]'], central.texts[-1:])
        self.taken = {NEW}
        charger.close(1000)
        self.served(NEW)
        record = self.record()
        self.assertEqual((None, NEW), (record.pending, record.detected and record.detected.credentials.password))
        self.assertEqual(["key-set", "key-proved"], self.learned())

    def test_accepted_with_secret(self) -> None:
        """K1, with S: the charger shows what it took over, in either form, and Edge shows the central system K."""
        for shown in (NEW, NEW.hex().encode()):
            self.store = SlowStore()
            self.begin()
            self.served()
            self.enter()
            charger, central = self.served()
            central.say(change("AuthorizationKey", NEW.hex()))
            charger.say(b'[3,"k1",{"status":"Accepted"}]')
            self.taken = {shown}
            charger.close(1000)
            self.here.advance(3)
            self.served(shown)
            entered = self.record().entered
            self.assertEqual((shown, shown), (self.passwords()[-1], entered and entered.credentials.password))

    def test_refused(self) -> None:
        """'Rejected, NotSupported or CALLERROR remove it; Accepted, RebootRequired, silence, a lost session or a killed
        Edge keep it.' K2, K3."""
        for answer, kept in (
            (b'[3,"k1",{"status":"Rejected"}]', False),
            (b'[3,"k1",{"status":"NotSupported"}]', False),
            (b'[4,"k1","NotImplemented","",{}]', False),
            (b'[3,"k1",{"status":"Accepted"}]', True),
            (b'[3,"k1",{"status":"RebootRequired"}]', True),
            (b"", True),
        ):
            self.store = SlowStore()
            self.begin()
            charger, central = self.served()
            central.say(change("AuthorizationKey", NEW.hex()))
            if answer:
                charger.say(answer)
                self.assertEqual([answer], central.texts[-1:])
            charger.vanish()
            self.here.advance(3)
            self.assertEqual(NEW.hex() if kept else None, self.on_disk(), answer)
            self.begin()  # as after a kill: only what is on the disk counts
            self.assertEqual(kept, self.record().pending is not None)

    def test_new_then_old(self) -> None:
        """K4: the charger left before its answer was relayed, and never took K over: K is tried, then S once."""
        self.served()
        self.enter()
        charger, central = self.served()
        central.say(change("AuthorizationKey", NEW.hex()))
        charger.vanish()
        self.here.advance(3)
        before = len(self.passwords())
        self.served()
        self.assertEqual([NEW, SECRET], self.passwords()[before:])
        self.assertEqual(["key-set", "key-second"], self.learned())

    def test_not_hexadecimal(self) -> None:
        """K5: a value that is no hexadecimal digits is taken as it stands, as the charger will show it."""
        self.served()
        self.enter()
        charger, central = self.served()
        central.say(change("AuthorizationKey", "wallbox password, 24 chr"))
        charger.say(b'[3,"k1",{"status":"Accepted"}]')
        self.taken = {b"wallbox password, 24 chr"}
        charger.close(1000)
        self.here.advance(3)
        self.served(b"wallbox password, 24 chr")
        self.assertEqual(["key-set", "key-proved"], self.learned())

    def test_other_answer(self) -> None:
        """A refusal of an earlier password does not take the later one away."""
        charger, central = self.served()
        central.say(change("AuthorizationKey", "00" * 20, "first"))
        central.say(change("AuthorizationKey", NEW.hex(), "second"))
        charger.say(b'[3,"first",{"status":"Rejected"}]')
        self.assertEqual(NEW.hex(), self.on_disk())
        charger.say(b'[3,"second",{"status":"Rejected"}]')
        self.assertIsNone(self.on_disk())

    def test_disk_fails(self) -> None:
        """'If the disk fails: kept in memory, the frame passed, an alarm (S-30, S-40).'"""
        charger, central = self.served()
        self.store.fault = StoreError("full")
        central.say(change("AuthorizationKey", NEW.hex()))
        self.assertEqual([change("AuthorizationKey", NEW.hex())], charger.texts[-1:])
        self.assertEqual(1, len(self.here.told("store-failed")))
        pending = self.record().pending
        self.assertEqual(NEW.hex(), pending and pending.text)

    def test_disk_hangs(self) -> None:
        """A disk that does not answer holds the message for so long only."""
        charger, central = self.served()
        self.store.slow = True
        texts = len(charger.texts)
        central.say(change("AuthorizationKey", NEW.hex()))
        self.here.advance(HOLD_SECONDS - 1)
        self.assertEqual([], charger.texts[texts:])
        self.here.advance(2)
        self.assertEqual([change("AuthorizationKey", NEW.hex())], charger.texts[texts:])
        self.store.catch_up()
        self.store.slow = False
        central.say(b'[2,"k2","GetConfiguration",{}]')
        self.assertEqual([b'[2,"k2","GetConfiguration",{}]'], charger.texts[texts + 1 :])

    def test_closed_meanwhile(self) -> None:
        """A close does not overtake what is held."""
        charger, central = self.served()
        self.store.slow = True
        central.say(change("AuthorizationKey", NEW.hex()))
        central.close(1000)
        self.assertEqual([change("AuthorizationKey", NEW.hex())], charger.texts[-1:])
        self.assertEqual([1000], [code for code, _ in charger.closes])
        self.store.catch_up()
        self.store.slow = False

    def test_first_message(self) -> None:
        """The central system's first message may be it: that serves the charger, and so it is remembered."""
        charger = self.come()
        self.here.centrals[-1].say(change("AuthorizationKey", NEW.hex()))
        self.assertEqual([change("AuthorizationKey", NEW.hex())], charger.texts)
        self.assertEqual(["call"], [event.how for event in self.here.told("served")])
        self.assertEqual(NEW.hex(), self.on_disk())

    def test_from_the_charger(self) -> None:
        """Only the central system sets passwords."""
        charger, central = self.served()
        charger.say(change("AuthorizationKey", NEW.hex()))
        self.assertEqual([change("AuthorizationKey", NEW.hex())], central.texts[-1:])
        self.assertIsNone(self.record().pending)

    def test_secret_untold(self) -> None:
        """No event has the password."""
        charger, central = self.served()
        central.say(change("AuthorizationKey", NEW.hex()))
        charger.say(b'[3,"k1",{"status":"Accepted"}]')
        self.assertNotIn(NEW.hex(), repr(self.here.events) + repr(self.record()))

    def test_profile(self) -> None:
        """K7: an accepted `SecurityProfile` counts once the charger was served over `wss`, and `ws` is refused then."""
        charger, central = self.served()
        central.say(change("SecurityProfile", "2"))
        charger.say(b'[3,"k1",{"status":"Accepted"}]')
        self.assertEqual(2, self.record().security_profile)
        central.say(change("SecurityProfile", "3", "k2"))
        charger.say(b'[3,"k2",{"status":"Rejected"}]')
        self.assertEqual(2, self.record().security_profile)
        charger.close(1000)
        charger, _ = self.served()  # its fall-back still finds the old way (A05.FR.08)
        charger.close(1000)
        charger = self.here.ask(authorization=basic(ID, OLD), secure=True)
        self.here.serve(charger, self.here.centrals[-1])
        charger.close(1000)
        self.assertEqual(403, self.come().status)

    def test_no_room(self) -> None:
        """Of a charger for which there is no room nothing is kept; the message passes."""
        self.here.desk.book.most = 0
        charger, central = self.served()
        central.say(change("AuthorizationKey", NEW.hex()))
        self.assertEqual([change("AuthorizationKey", NEW.hex())], charger.texts[-1:])
        self.assertEqual([], self.store.load())


class PlainKeyChangeTests(KeyChangeTests):
    """The same where Autobahn's message layer takes the messages."""

    hot = False
