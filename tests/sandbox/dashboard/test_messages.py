"""Tests of the last messages: requests stand with their answers."""

from edge_twisted.sandbox.central.known import Exchange
from edge_twisted.sandbox.dashboard.pairs import outcome, pairs_of, pretty, searched
from tests.sandbox.dashboard.stage import DashboardCase, exchange

BOOT = exchange("charger", "call", "1", "BootNotification", '[2,"1","BootNotification",{}]', "vendor: is missing")
BOOTED = exchange("central", "result", "1", "BootNotification", '[3,"1",{"status":"Pending"}]', after=0.25)
RESET = exchange("central", "call", "1", "Reset", '[2,"1","Reset",{"type":"Soft"}]')
BROKEN = exchange("charger", "unreadable", "", "", "<script>{", "the message is not JSON")
FAILED = exchange("charger", "error", "1", "Reset", '[4,"1","InternalError","",{}]', after=1.5)
LATE = exchange("charger", "result", "9", "", '[3,"9",{}]', "nobody asked")


class PairTests(DashboardCase):
    """Requests and answers."""

    def test_pairs(self) -> None:
        """An answer belongs to the request of its id from the other side, though both sides use the same ids."""
        found = pairs_of([BOOT, RESET, BOOTED, BROKEN, FAILED, LATE])
        self.assertEqual(
            [(pair.first, pair.answer) for pair in found],
            [(LATE, None), (BROKEN, None), (RESET, FAILED), (BOOT, BOOTED)],
        )
        self.assertEqual([pair.words for pair in found][1:], ["could not be read", "InternalError", "Pending"])
        self.assertEqual([pair.seconds for pair in found], [None, None, 1.5, 0.25])
        self.assertEqual([pair.tone for pair in found], ["bad", "bad", "bad", "warn"])
        self.assertEqual(len({pair.key for pair in found}), 4)

    def test_waiting(self) -> None:
        """A request without an answer says so."""
        [pair] = pairs_of([BOOT])
        self.assertEqual((pair.words, pair.tone, pair.findings), ("no answer yet", "off", ("vendor: is missing",)))

    def test_outcome(self) -> None:
        """What an answer says, in a word if it has one."""
        for text, words in (
            ('[3,"1",{"status":"Accepted"}]', "Accepted"),
            ('[3,"1",{"idTagInfo":{"status":"Blocked"}}]', "Blocked"),
            ('[3,"1",{}]', "answered"),
            ('[4,"1","GenericError","",{}]', "GenericError"),
            ("nonsense", "answered"),
            ("[" * 100_000, "answered"),
        ):
            self.assertEqual(outcome(exchange("charger", "result", "1", "", text)), words)

    def test_pretty(self) -> None:
        """JSON is laid out; anything else stays as it is."""
        self.assertEqual(pretty("[1]"), "[\n  1\n]")
        self.assertEqual(pretty("{"), "{")

    def test_searched(self) -> None:
        """By words, and by findings."""
        pairs = pairs_of([BOOT, BOOTED, RESET])
        self.assertEqual(len(list(searched(pairs, "pending", False))), 1)
        self.assertEqual(len(list(searched(pairs, "", True))), 1)
        self.assertEqual(len(list(searched(pairs, "reset", True))), 0)


class MessagesTests(DashboardCase):
    """The page."""

    def note(self, *exchanges: Exchange) -> None:
        """Let these have been said."""
        for one in exchanges:
            self.known().note(one)

    def test_page(self) -> None:
        """Each message opens to its text, with what is wrong in it."""
        self.note(BOOT, BOOTED, BROKEN)
        text = self.page("/chargers/CP-1/messages")
        for words in (
            "BootNotification",
            "vendor: is missing",
            "250 ms",
            "&lt;script&gt;{",
            "1 finding",
            "could not be read",
        ):
            self.assertIn(words, text)
        self.assertIn('Messages <span class="count">2</span>', text)

    def test_filter(self) -> None:
        """Only some; what matches nothing says so."""
        self.note(BOOT, BOOTED, RESET)
        self.assertNotIn("<strong>Reset", self.page("/chargers/CP-1/messages?findings=1"))
        self.assertNotIn("<strong>Boot", self.page("/chargers/CP-1/messages?search=reset"))
        self.assertIn("No message matches", self.page("/chargers/CP-1/messages?search=nothing"))

    def test_none(self) -> None:
        """No messages yet."""
        self.known()
        self.assertIn("No messages yet", self.page("/chargers/CP-1/messages"))

    def test_password(self) -> None:
        """The central system keeps no password in its messages, and so none is shown (S-43)."""
        leg_text = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"(hidden)"}]'
        self.note(exchange("central", "call", "1", "ChangeConfiguration", leg_text))
        self.assertIn("(hidden)", self.page("/chargers/CP-1/messages"))

    def test_long(self) -> None:
        """A very long text is cut."""
        self.note(
            exchange("charger", "unreadable", "", "", "x" * 16_000),
            exchange("charger", "call", "2", "A", str([[1]] * 4000)),
        )
        self.assertIn("more characters", self.page("/chargers/CP-1/messages"))
