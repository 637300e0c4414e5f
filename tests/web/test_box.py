"""Tests of `edge_twisted.web.box`: what is told of the box."""

from attrs import evolve
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from edge_twisted import __version__
from tests.scene import RULES, at_door
from tests.web.asked import ApiCase, authority


class BoxTests(ApiCase):
    """GET /v1/box and the root certificate."""

    def test_box(self) -> None:
        """Version, state directory, ports, uplinks, admission, names and addresses, and how many chargers there are."""
        self.absent_charger()
        self.serve(at_door(identity="CP002"))
        told = self.get("/box")
        self.assertEqual((told["version"], told["state_directory"], told["now"]), (__version__, "/state", self.time()))
        self.assertEqual(told["ports"], {"ws": [80], "wss": [443], "manager": []})
        uplink = {"ws": "ws://ws.evc-net.com", "wss": "wss://wss.evc-net.com", "secure": "detect"}
        self.assertEqual((told["uplink"], told["admission"]), (uplink, "open"))
        self.assertEqual(told["chargers"], {"known": 2, "connected": 1})
        certificate = told["certificate"]
        self.assertEqual((certificate["names"], certificate["addresses"]), (["edge.lan"], ["192.168.1.2"]))
        self.assertEqual(certificate["root_ends"], authority().root.not_valid_after_utc.timestamp())
        self.assertLessEqual(certificate["leaf_ends"], certificate["root_ends"])
        self.desk.rules = evolve(RULES, always=True, approve=True)
        told = self.get("/box")
        self.assertEqual((told["uplink"]["secure"], told["admission"]), ("always", "approve"))

    def test_l8_root(self) -> None:
        """L8: the root can be downloaded as PEM and DER, with the fingerprint that the box tells; never a key."""
        pem, der = self.call("GET", "/v1/box/root.pem"), self.call("GET", "/v1/box/root.der")
        certificate = load_pem_x509_certificate(pem.data)
        self.assertEqual(certificate, load_der_x509_certificate(der.data))
        fingerprint = self.get("/box")["certificate"]["fingerprint"]
        self.assertEqual(certificate.fingerprint(SHA256()).hex(":").upper(), fingerprint)
        self.assertEqual((pem.data.count(b"BEGIN"), pem.data.count(b"PRIVATE")), (1, 0))
        names = [told.headers["content-disposition"] for told in (pem, der)]
        self.assertEqual(names, ['attachment; filename="edge-root.pem"', 'attachment; filename="edge-root.cer"'])
