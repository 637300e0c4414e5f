"""Tests of `edge_twisted.web.roots` and the route `trust`: root certificates that are uploaded for one uplink."""

from datetime import UTC, datetime, timedelta

from edge_twisted.core.endpoint import Trust
from edge_twisted.core.roles import Role
from edge_twisted.web import shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.roots import PEM_CHARACTERS, ROOTS, read_trust
from tests.certificates import Root
from tests.web.asked import CP001, ApiCase, Told
from tests.web.managed import ManagerCase


class TrustTests(ApiCase):
    """Over the control socket."""

    def upload(self, pem: str | None, **more: object) -> Told:
        """Upload roots for the usual charger."""
        return self.call("PUT", "/v1/chargers/CP001/trust", {"pem": pem, **more})

    def test_uploaded(self) -> None:
        """Only the uploaded roots count from now on, a live session ends, and the page is told what they are."""
        name, root = self.known_charger(None), Root("Operator's root")
        told = self.upload(root.pem, cn_fallback=True)
        self.assertEqual(told.status, 200, told.data)
        shown = told.json["trust"]
        self.assertEqual((shown["roots"][0]["subject"], shown["cn_fallback"]), ("CN=Operator's root", True))
        self.assertEqual(self.known().trust, Trust(False, (root.pem,), True))
        self.assertEqual(self.line.closed, [(name, "changed")])
        [edit] = self.edits()
        self.assertEqual(edit[:3], ("trust", "control:0", ""))
        self.assertTrue(shown["roots"][0]["fingerprint"].startswith(edit[3]))
        self.upload(root.pem, cn_fallback=True)
        self.assertEqual(len(self.edits()), 1)
        self.assertIsNone(self.upload(None).json["trust"])
        self.assertIsNone(self.known().trust)

    def test_several(self) -> None:
        """Several in one text are all taken; whatever stands around them is not kept."""
        roots = [Root(f"Root {number}").pem for number in range(ROOTS)]
        self.absent_charger(None)
        self.assertEqual(self.upload("a remark\n" + "\n\n".join(roots)).status, 200)
        trust = self.known().trust
        assert trust
        self.assertEqual(trust.roots, tuple(roots))

    def test_refused(self) -> None:
        """What is no root certificate is refused with the reason, and nothing is changed; a key is never told back."""
        self.absent_charger(None)
        root = Root()
        leaf, key = root.issue(names=["wss.evc-net.com"])
        for pem, error in (
            ("", "root-broken"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "root-broken"),
            (leaf.decode(), "root-not"),
            (root.pem + leaf.decode(), "root-not"),
            (root.pem + key.decode(), "root-key"),
            (root.issue(ca=True, ends=timedelta(0))[0].decode(), "root-over"),
            (root.pem * (ROOTS + 1), "root-many"),
            (root.pem + " " * PEM_CHARACTERS, "root-many"),
        ):
            told = self.upload(pem)
            self.assertEqual(told.refusal, (422, error, "pem"))
            self.assertNotIn(b"BEGIN PRIVATE", told.data)
        self.assertEqual(self.call("PUT", "/v1/chargers/CP001/trust", {}).refusal[:2], (422, "field-missing"))
        self.assertEqual((self.known().trust, self.edits()), (None, []))

    def test_time(self) -> None:
        """A root that ends later than the given time is one."""
        pem = Root().issue(ca=True, ends=timedelta(hours=1))[0].decode()
        self.assertIsNotNone(read_trust(shapes.TrustChange(pem=pem)))
        with self.assertRaises(Refused):
            read_trust(shapes.TrustChange(pem=pem), datetime.now(UTC) + timedelta(hours=2))


class RoleTests(ManagerCase):
    """Over the network."""

    def test_roles(self) -> None:
        """An administrator uploads; a maintainer can go back to the configuration's."""
        self.absent_charger(None)
        pem, path = Root().pem, f"/chargers/{CP001}/trust"
        maintainer = self.browser(Role.MAINTAINER).headers
        self.assertEqual(self.send("PUT", path, {"pem": pem}, *maintainer).refusal, (403, "role-trust", "pem"))
        self.assertEqual(self.send("PUT", path, {"pem": pem}, *self.browser().headers).status, 200)
        self.assertEqual(self.send("PUT", path, {"pem": None}, *maintainer).status, 200)
        self.assertIsNone(self.known().trust)
