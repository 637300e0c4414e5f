"""Tests of the demo's six chargers."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.quirks import switched_on
from edge_twisted.sandbox.demo.cast import make_cast
from edge_twisted.sandbox.demo.story import label
from edge_twisted.sandbox.security import Security, judge
from edge_twisted.sandbox.tls import NOBODY


class CastTests(SynchronousTestCase):
    """Who they are."""

    def setUp(self) -> None:
        self.cast = make_cast()

    def test_six(self) -> None:
        """ws without a password, wss without, wss with, one that trusts nobody, ws without and with a password."""
        found = []
        for member in self.cast:
            access = member.settings(1111, 2222, "ROOT").access
            found.append((access.endpoint, access.credentials is not None, access.trust != NOBODY))
        ws, wss = "ws://127.0.0.1:1111", "wss://127.0.0.1:2222"
        self.assertEqual(
            found,
            [
                (ws, False, False),
                (wss, False, True),
                (wss, True, True),
                (wss, False, False),
                (ws, False, False),
                (ws, True, False),
            ],
        )

    def test_dashboard(self) -> None:
        """The dashboard lets each of them in over wss, and demands wss of the first, which comes over ws."""
        for member in self.cast:
            shown = member.credentials.header() if member.credentials else ""
            self.assertIsNone(judge(member.account, True, shown))
        self.assertIs(self.cast[0].account.security, Security.NONE_OVER_WSS)
        self.assertIs(self.cast[4].account.security, Security.NONE)

    def test_deviates(self) -> None:
        """Q21: the fifth is an old one that leaves out the `Connection` header; the others keep to the standards."""
        self.assertEqual([bool(switched_on(member.quirks)) for member in self.cast], [False] * 4 + [True, False])
        self.assertTrue(self.cast[4].settings(1, 2, "").quirks.no_connection_header)

    def test_apart(self) -> None:
        """Identities, what is shown of them, and addresses differ, and identities and password are new each time."""
        other = make_cast()
        for values in (
            {member.identity for member in self.cast},
            {label(member.identity) for member in self.cast},
            {member.source for member in self.cast},
        ):
            self.assertEqual(len(values), 6)
        self.assertFalse({member.identity for member in self.cast} & {member.identity for member in other})
        self.assertNotEqual(self.cast[2].credentials, other[2].credentials)

    def test_is_meant(self) -> None:
        """An event is a charger's by its address, or by the shown part of its ID where there is no address."""
        first, second, *_ = self.cast
        for fields, meant in (
            ({"address": first.source}, True),
            ({"address": "127.0.0.1"}, False),
            ({"label": label(first.identity)}, True),
            ({"label": first.identity}, True),
            ({"label": first.identity, "address": "192.0.2.7"}, False),
            ({"label": "C…"}, False),
            ({"label": label(second.identity)}, False),
            ({}, False),
        ):
            self.assertEqual(first.is_meant({"fields": fields}), meant, fields)

    def test_back_off(self) -> None:
        """Even a charger that is refused for ever tries no more often than every 5 s."""
        for member in self.cast:
            self.assertGreaterEqual(member.settings(1, 2, "").back_off.wait(1, 0.0), 5.0)
