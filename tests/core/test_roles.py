"""Tests of `edge_twisted.core.roles`."""

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.endpoint import parse_endpoint
from edge_twisted.core.roles import Role, role_for_endpoint

CONFIGURED = (parse_endpoint("ws://ws.evc-net.com"), parse_endpoint("wss://wss.evc-net.com/ocpp"))


class RoleTests(SynchronousTestCase):
    """Roles and what they may do."""

    def test_order(self) -> None:
        """Viewer, read-only, maintainer, administrator: each may do all that the one before may, and no more."""
        self.assertEqual([role.value for role in Role], ["viewer", "readonly", "maintainer", "admin"])
        for lower, higher in pairwise(Role):
            self.assertTrue(higher.covers(lower))
            self.assertFalse(lower.covers(higher))
        for role in Role:
            self.assertTrue(role.covers(role))

    def test_endpoint(self) -> None:
        """'An endpoint on a host other than the configured ones needs the Admin role'; other paths and ports don't."""
        for text in ("wss://wss.evc-net.com/other", "ws://wss.evc-net.com:8080", "wss://ws.evc-net.com"):
            self.assertIs(role_for_endpoint(parse_endpoint(text), CONFIGURED), Role.MAINTAINER, text)
        self.assertIs(role_for_endpoint(None, CONFIGURED), Role.MAINTAINER)
        for text in ("wss://evil.example", "wss://evc-net.com", "wss://wss.evc-net.com.evil.example", "ws://10.0.0.1"):
            self.assertIs(role_for_endpoint(parse_endpoint(text), CONFIGURED), Role.ADMIN, text)
