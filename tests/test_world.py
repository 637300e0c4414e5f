"""A site through random days: what must be true whatever charger, stranger, central system and maintainer do."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from attrs import evolve
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import learning
from edge_twisted.core.record import Record
from edge_twisted.core.session import State
from edge_twisted.core.steps import Answered, Failed, Leg, Shut
from tests.world import ELSEWHERE, FAR, HOME, INSIDE, OPEN_AIR, RUBBISH, Account, Site, near

IDENTITIES: Final = tuple(HOME)
PASSWORDS: Final = (b"first", b"second", b"third")
KEYS: Final = ("6b65796f6e65", "not hexadecimal")
SHOWN: Final = (None, *PASSWORDS, b"keyone", b"6b65796f6e65", b"not hexadecimal")
DOWN: Final = (
    None,
    Answered(503),
    Answered(503, 120.0),
    Answered(429),
    Answered(500),
    Failed("refused"),
    Failed("timeout"),
    Failed("tls", "expired"),
)
SECONDS: Final = (1.0, 4.0, 11.0, 45.0, 310.0, 700.0)
SHOWS: Final[tuple[learning.Shows, ...]] = ("nothing", "same", "next", "detected")


def come(site: Site, identity: bytes, n: int) -> None:
    """The charger comes as before."""
    site.connect(site.chargers[identity])


def come_changed(site: Site, identity: bytes, n: int) -> None:
    """The charger comes with another password or scheme."""
    charger = site.chargers[identity]
    charger.shown, charger.secure = SHOWN[n % len(SHOWN)], n >= 12
    site.connect(charger)


def stranger(site: Site, identity: bytes, n: int) -> None:
    """A stranger comes, with nothing or rubbish."""
    who = site.strangers[identity]
    who.shown, who.secure = (None, *RUBBISH)[n % 4], n % 8 >= 4
    who.written = identity.lower() if n >= 12 else identity
    site.connect(who)


def leave(site: Site, identity: bytes, n: int) -> None:
    """Charger or stranger goes, or is cut off."""
    who = site.chargers[identity] if n % 4 else site.strangers[identity]
    site.drop(who, ("closed", "lost", "cut")[n % 3])


def account(site: Site, identity: bytes, n: int) -> None:
    """The operator changes the account."""
    modes = ("none", "wss", "basic", "mixed")
    before = site.accounts[identity]
    password, away = PASSWORDS[n // 4 % 3], (401, 403, 404, 0)[(n + n // 4) % 4]
    site.accounts[identity] = evolve(
        before, mode=modes[n % 4], password=password, away=away, version=before.version + 1
    )


def weather(site: Site, identity: bytes, n: int) -> None:
    """The central system goes down, comes back, or stops answering CALLs."""
    target = site.accounts[identity]
    target.down, target.serves = DOWN[n % 8], n < 12


def close_after(site: Site, identity: bytes, n: int) -> None:
    """The central system closes what stands."""
    for wire in tuple(site.wires.values()):
        if wire.charger.identity == identity and wire.session.state is State.OPEN:
            code = (1008, 1000, 1001, 1012, 4000, None)[n % 6]
            how = "lost" if n >= 14 else "closed"
            wire.feed(Shut(Leg.CENTRAL, how, code))


def serve(site: Site, identity: bytes, n: int) -> None:
    """The central system sends a CALL to whoever stands."""
    for wire in tuple(site.wires.values()):
        if wire.charger.identity == identity:
            wire.be_served("call")


def endpoint(site: Site, identity: bytes, n: int) -> None:
    """The maintainer sets an endpoint."""
    chosen = (None, ELSEWHERE, INSIDE, OPEN_AIR, site.rules.wss, site.rules.ws)[n % 6]
    site.edit(identity, lambda record: learning.enter_endpoint(record, chosen))


def secret(site: Site, identity: bytes, n: int) -> None:
    """The maintainer enters S."""
    site.enter(identity, PASSWORDS[n // 4 % 3], SHOWS[n % 4])


def other_edit(site: Site, identity: bytes, n: int) -> None:
    """The maintainer does something else."""
    now = 1_700_000_000.0 + site.now
    match n % 8:
        case 0 | 1:
            site.edit(identity, lambda record: learning.pin_detected(site.rules, record, now))
        case 2:
            site.edit(identity, lambda r: evolve(r, entered=None, own=None, own_next=None, no_password=None))
        case 3:
            site.edit(identity, lambda record: evolve(record, blocked=True))
        case 4 | 5:
            site.edit(identity, lambda record: evolve(record, blocked=False, wss_only=False))
        case 6:
            site.edit(identity, lambda record: evolve(record, wss_only=True))
        case 7:
            site.edit(identity, lambda record: record)


def passes(site: Site, identity: bytes, n: int) -> None:
    """Time passes."""
    site.passes(SECONDS[n % 6])


def pace(site: Site, identity: bytes, n: int) -> None:
    """Answers become slow, or come again."""
    if n % 3 == 0:
        site.slow = not site.slow
    site.settle(n % 4)


def restart(site: Site, identity: bytes, n: int) -> None:
    """Edge starts again."""
    site.restart(killed=n % 2 == 1)


def settled(site: Site, identity: bytes, n: int) -> None:
    """All is well: the account has a password, the charger shows it, and comes."""
    before, charger = site.accounts[identity], site.chargers[identity]
    password, away = PASSWORDS[n % 3], (401, 403, 0, 0)[n % 4]
    site.accounts[identity] = Account("basic", password, away, version=before.version + 1)
    charger.shown, charger.secure = password, n >= 12
    site.connect(charger)


def with_secret(site: Site, identity: bytes, n: int) -> None:
    """The maintainer enters the account's password and says what the charger will show; it does, and comes."""
    account, charger, shows = site.accounts[identity], site.chargers[identity], SHOWS[n % 4]
    site.enter(identity, account.password, shows)
    if shows == "nothing":
        charger.shown = None
    elif shows == "same":
        charger.shown = account.password
    elif shows == "next":
        charger.shown = b"its next"
    site.connect(charger)


def rotate(site: Site, identity: bytes, n: int) -> None:
    """The central system changes the key; the charger takes it, in some form or not yet, and comes again."""
    text = KEYS[n // 4 % 2]
    site.set_key(identity, text, moves=n % 4 < 3)
    charger = site.chargers[identity]
    taken = learning.key_set(Record(identity, ""), text, 0).pending
    assert taken
    charger.shown = (taken.password, text.encode(), charger.shown, charger.shown)[n % 4]
    site.drop(charger, "closed")
    site.connect(charger)


def storm(site: Site, identity: bytes, n: int) -> None:
    """The central system is down for a while; the charger comes again and again, as it is told to."""
    target, charger = site.accounts[identity], site.chargers[identity]
    site.drop(charger, "closed")
    target.down = DOWN[n % 8] or Failed("dns")
    for _ in range(2 + n // 8 * 4):
        wire = site.connect(charger)
        site.passes(wire.answer.wait if wire.answer and wire.answer.wait else 10)
    target.down = None


def guess(site: Site, identity: bytes, n: int) -> None:
    """A stranger guesses, one after the other."""
    who = site.strangers[identity]
    who.shown, who.secure, who.written = RUBBISH[n % 3], n >= 8, identity
    for _ in range(12):
        site.connect(who)


Action = Callable[[Site, bytes, int], None]
ACTIONS: Final[tuple[Action, ...]] = (
    *(come,) * 4,
    *(passes,) * 3,
    *(stranger,) * 3,
    *(leave,) * 2,
    *(storm, guess),
    *(settled,) * 2,
    *(with_secret,) * 2,
    *(rotate,) * 2,
    *(pace,) * 2,
    *(come_changed, come_changed, account, weather, secret, endpoint, serve, close_after, other_edit, restart),
)
assert len(ACTIONS) == 32
SCRIPTS: Final = st.lists(st.integers(0, 32 * 32 - 1), min_size=12, max_size=28)
"""Each number is an action, its identity (one of them mostly) and a choice."""


def read_script(script: list[int]) -> list[tuple[Action, bytes, int]]:
    """What the numbers of a script mean."""
    return [
        (ACTIONS[number // 32], IDENTITIES[number % 32 // 16 * (number % 3 == 0)], number % 16) for number in script
    ]


class WorldTests(SynchronousTestCase):
    """The invariants of `tests.world.Site`, over random scripts."""

    def test_random_days(self) -> None:
        """Whatever happens in whatever order: no secret goes astray, one session relays, nobody is shut out."""
        seen: Counter[str] = Counter()

        @settings(
            max_examples=4000,
            deadline=None,
            print_blob=True,
            # A script is long on purpose: rare states need a history.
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        )
        @given(st.booleans(), SCRIPTS)
        def days(at_hand: bool, script: list[int]) -> None:
            play(Site(near(FAR) if at_hand else FAR, seen), script)

        days()
        for what in ("dial none", "dial shown", "dial entered", "dial pending", "served entered", "comes again"):
            self.assertGreater(seen[what], 0, what)

    def test_rubbish_first(self) -> None:
        """A stranger who comes first, with rubbish, and whom a central system that checks nothing serves, does not shut
        the charger out: once he is gone it is served at its first attempt, whatever it shows, also after a restart.
        """
        shown, seconds = st.sampled_from(SHOWN), st.sampled_from((0.0, 4.0, 400.0))
        gone = st.sampled_from(("closed", "lost", "cut"))

        @settings(max_examples=1000, deadline=None)
        @given(st.booleans(), st.sampled_from((None, *RUBBISH)), st.booleans(), gone, seconds, shown, st.booleans())
        def day(
            at_hand: bool,
            rubbish: bytes | None,
            encrypted: bool,
            how: str,
            stood: float,
            password: bytes | None,
            secure: bool,
        ) -> None:
            site = Site(near(FAR) if at_hand else FAR, Counter())
            stranger, charger = site.strangers[IDENTITIES[0]], site.chargers[IDENTITIES[0]]
            stranger.shown, stranger.secure = rubbish, encrypted
            self.assertTrue(site.connect(stranger).served)
            site.passes(stood)
            site.drop(stranger, how)
            if stood:
                site.restart(killed=True)
            charger.shown, charger.secure = password, secure
            wire = site.connect(charger)
            site.passes(3.0)
            self.assertTrue(wire.served, wire.answer)
            site.finish()

        day()


def play(site: Site, script: list[int]) -> None:
    """Let a script happen, with all invariants."""
    for action, identity, n in read_script(script):
        note(f"{action.__name__}(site, {identity!r}, {n})")
        action(site, identity, n)
        site.check()
    site.finish()
