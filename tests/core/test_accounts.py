"""Tests of `edge_twisted.core.accounts`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.accounts import Account, Token, has_admin, usable_name
from edge_twisted.core.roles import Role


def account(name: str, role: Role = Role.VIEWER) -> Account:
    """An account."""
    return Account(name, role, "a-hash", 0.0, 0.0, 0.0, b"a-secret")


class AccountTests(SynchronousTestCase):
    """Names, and who is left."""

    def test_names(self) -> None:
        """A name has 1 to 64 plain letters, digits and marks; none that looks like another, or hides something."""
        for name in ("a", "7", "Anna.Smith-2", "anna@example.com", "a" * 64, "x_y+z"):
            self.assertTrue(usable_name(name), name)
        for name in (
            "",
            " anna",
            "anna ",
            "an na",
            ".anna",
            "-a",
            "a" * 65,
            "änna",
            "аnna",
            "a\n",
            "a\0",
            "a/b",
            "a\u202e",
        ):
            self.assertFalse(usable_name(name), repr(name))

    def test_letter_case(self) -> None:
        """Letter case makes no other account."""
        self.assertEqual(account("Anna").key, account("aNNA").key)

    def test_has_admin(self) -> None:
        """Whether an administrator is left without one of them."""
        some = [account("anna", Role.ADMIN), account("mira", Role.MAINTAINER)]
        self.assertTrue(has_admin(some))
        self.assertTrue(has_admin(some, but="mira"))
        self.assertFalse(has_admin(some, but="anna"))
        self.assertFalse(has_admin([]))

    def test_token_ends(self) -> None:
        """A token is over from its end on; one without an end never is."""
        token = Token("t1", "meters", Role.VIEWER, b"digest", 0.0, 100.0)
        self.assertEqual([token.ended(now) for now in (0.0, 99.9, 100.0)], [False, False, True])
        self.assertFalse(Token("t1", "meters", Role.VIEWER, b"digest", 0.0).ended(1e12))

    def test_repr(self) -> None:
        """Neither hash, second factor nor token shows where a value is printed."""
        self.assertNotIn("a-hash", repr(account("anna")))
        self.assertNotIn("a-secret", repr(account("anna")))
        self.assertNotIn("digest", repr(Token("t1", "x", Role.VIEWER, b"digest", 0.0)).replace("digest=", ""))
