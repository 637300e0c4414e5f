"""Tests of `edge_twisted.ctl.access`: how accounts, tokens and the label look."""

import xml.etree.ElementTree as ET

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.roles import Role
from edge_twisted.ctl.access import ROLES, _accounts, _tokens, in_text, picture

LABEL = {
    "link": "https://edge.lan:8443/#setup=ABCD-EFGH-JKLM-2345",
    "address": "https://edge.lan:8443/",
    "addresses": ["https://192.168.1.2:8443/", "https://[fe80::1]:8443/"],
    "code": "ABCD-EFGH-JKLM-2345",
    "fingerprint": ":".join(["AB"] * 32),
}


class LabelTests(SynchronousTestCase):
    """The label."""

    def test_text(self) -> None:
        """In a terminal it has a QR code, address, code and fingerprint."""
        text = in_text(LABEL)
        for part in ("▀", "https://edge.lan:8443/", "https://192.168.1.2:8443/", "ABCD-EFGH-JKLM-2345", "AB:AB:AB"):
            self.assertIn(part, text)

    def test_set_up(self) -> None:
        """Once there is an administrator it says so in place of the code."""
        self.assertIn("not needed any more", in_text({**LABEL, "code": None}))
        self.assertNotIn("None", picture({**LABEL, "code": None}))

    def test_picture(self) -> None:
        """As a picture it is well-formed, holds the same, and nothing in it can break out of its text."""
        root = ET.fromstring(picture({**LABEL, "address": "https://<script>&amp/"}))  # noqa: S314 - our own
        texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("ABCD-EFGH-JKLM-2345", texts)
        self.assertIn("https://<script>&amp/", texts)
        self.assertEqual("".join(str(one) for one in texts[-2:]), LABEL["fingerprint"])
        self.assertEqual(len(list(root)), 2 + len(texts))


class ListTests(SynchronousTestCase):
    """Accounts and tokens."""

    def test_roles(self) -> None:
        """The command line knows the same roles as Edge, which it may not import."""
        self.assertEqual(ROLES, tuple(role.value for role in Role))

    def test_none(self) -> None:
        """Where there is nothing, it says how to begin."""
        self.assertIn("edgectl label", _accounts({"accounts": []}))
        self.assertIn("edgectl tokens add", _tokens({"tokens": []}))

    def test_tables(self) -> None:
        """Otherwise there is a line for each."""
        account = {"name": "anna", "role": "admin", "second_factor": True, "last_login": None}
        self.assertRegex(_accounts({"accounts": [account]}), r"\nanna +admin +yes +never\Z")
        token = {"id": "a1", "label": "meters", "role": "viewer", "ends": None, "last_used": None}
        self.assertRegex(_tokens({"tokens": [token]}), r"\na1 +meters +viewer +for ever +never\Z")
