"""Tests of `edge_twisted.store.passwords`: real argon2id, with little of it."""

import time
from typing import Any

from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from edge_twisted.store import passwords
from edge_twisted.store.passwords import AT_ONCE, KIB, PASSES, WAITING, Crowded, Hasher


class HasherTests(TestCase):
    """Hashes are made and compared."""

    timeout = 60

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.hasher = self.make(1, 64)

    def make(self, passes: int = PASSES, kib: int = KIB) -> Hasher:
        """A hasher that ends with the test."""
        hasher = Hasher(self.reactor, passes, kib)
        self.addCleanup(hasher.close)
        return hasher

    async def test_same(self) -> None:
        """A hash is that of its password and of no other, and two hashes of one password differ."""
        first, second = await gatherResults([self.hasher.make("secret ä"), self.hasher.make("secret ä")])
        self.assertNotEqual(first, second)
        self.assertTrue(await self.hasher.same(first, "secret ä"))
        for other in ("secret a", "", "secret ä ", "\ud800"):
            self.assertFalse(await self.hasher.same(first, other))

    async def test_kind(self) -> None:
        """It is argon2id, with costs that fit a small box."""
        self.assertRegex(await self.make().make("x"), r"\A\$argon2id\$v=19\$m=32768,t=3,p=1\$[^$]{22}\$[^$]{43}\Z")

    async def test_nobody(self) -> None:
        """A comparison with no hash is false, and takes about as long as one with a hash."""
        hasher = self.make()
        known = await hasher.make("secret")
        spans = []
        for hash in (known, None, known, None, known, None):
            began = time.perf_counter()
            self.assertFalse(await hasher.same(hash, "wrong"))
            spans.append(time.perf_counter() - began)
        self.assertGreater(min(spans[1::2]), min(spans[::2]) / 3)

    async def test_damaged(self) -> None:
        """A hash that is none is nobody's."""
        for damaged in ("x", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA", "$2b$12$" + "a" * 53):
            self.assertFalse(await self.hasher.same(damaged, "x"))

    async def test_bounded(self) -> None:
        """Only so many wait, and no more than two are at work: each takes 32 MiB."""
        hashing = [self.hasher.make("x") for _ in range(WAITING)]
        await self.assertFailure(self.hasher.make("x"), Crowded)
        await self.assertFailure(self.hasher.same(None, "x"), Crowded)
        assert self.hasher._threads._pool
        self.assertLessEqual(len(self.hasher._threads._pool.threads), AT_ONCE)
        self.assertEqual(passwords.AT_ONCE, 2)
        await gatherResults(hashing)
        await self.hasher.make("x")

    async def test_close(self) -> None:
        """What began comes to its end; then nothing begins any more."""
        hashing = self.hasher.make("x")
        closed = self.hasher.close()
        self.assertTrue((await hashing).startswith("$argon2id$"))
        await closed
        await self.assertFailure(self.hasher.make("x"), Crowded)
