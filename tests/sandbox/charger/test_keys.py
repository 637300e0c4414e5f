"""Tests of a charger's configuration keys."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.keys import KEYS, WHITE_PAPER, Keys, fits


class KeysTests(SynchronousTestCase):
    """What is told, and what may be changed."""

    def test_usual_values_fit(self) -> None:
        """Each key's own value is one that it may have; names are known once."""
        for key in (*KEYS, *WHITE_PAPER):
            self.assertTrue(key.access != "RW" or fits(key, key.value), key)
        names = [key.name.lower() for key in (*KEYS, *WHITE_PAPER)]
        self.assertEqual(len(names), len(set(names)))

    def test_told(self) -> None:
        """All, or those that are asked for, in any case; others are unknown."""
        keys = Keys()
        self.assertGreater(len(keys.told([])["configurationKey"]), 40)
        self.assertNotIn("unknownKey", keys.told([]))
        told = keys.told(["heartbeatinterval", "NumberOfConnectors", "Nonsense"])
        self.assertEqual(
            told["configurationKey"],
            [
                {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
                {"key": "NumberOfConnectors", "readonly": True, "value": "1"},
            ],
        )
        self.assertEqual(told["unknownKey"], ["Nonsense"])

    def test_password_is_never_told(self) -> None:
        """J-65: AuthorizationKey is absent, and has no value where it is asked for."""
        keys = Keys(values={"AuthorizationKey": "0123456789abcdef"})
        self.assertNotIn("AuthorizationKey", str(keys.told([])))
        self.assertEqual(
            keys.told(["AuthorizationKey"]), {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]}
        )

    def test_judge(self) -> None:
        """Unknown keys, those to read only, and values of another kind."""
        keys = Keys()
        for name, value, status in (
            ("Nonsense", "1", "NotSupported"),
            ("NumberOfConnectors", "2", "Rejected"),
            ("heartbeatInterval", "60", "Accepted"),
            ("HeartbeatInterval", "-1", "Rejected"),
            ("HeartbeatInterval", "1.5", "Rejected"),
            ("HeartbeatInterval", "", "Rejected"),
            ("WebSocketPingInterval", "-5", "Rejected"),
            ("WebSocketPingInterval", "0", "Accepted"),
            ("AuthorizeRemoteTxRequests", "TRUE", "Accepted"),
            ("AuthorizeRemoteTxRequests", "yes", "Rejected"),
            ("MeterValuesSampledData", "Voltage, Current.Import", "Accepted"),
            ("MeterValuesSampledData", "Temperature", "Rejected"),
            ("CpoName", "x" * 501, "Rejected"),
            ("SecurityProfile", "4", "Rejected"),
        ):
            self.assertEqual(keys.judge(name, value), status, (name, value))

    def test_values(self) -> None:
        """Numbers and booleans are read; what is not there is 0 and false."""
        keys = Keys(values={"AdditionalRootCertificateCheck": "true", "Nonsense": "1"})
        self.assertTrue(keys.on("additionalrootcertificatecheck"))
        self.assertNotIn("Nonsense", keys)
        self.assertEqual((keys.number("Nonsense"), keys.on("Nonsense")), (0, False))
        keys.put("SecurityProfile", 2)
        self.assertEqual((keys.number("SecurityProfile"), keys["SecurityProfile"]), (2, "2"))

    def test_without_white_paper(self) -> None:
        """A charger without the white paper has its password only (J-63)."""
        keys = Keys(white_paper=False)
        self.assertIn("AuthorizationKey", keys)
        self.assertEqual(keys.judge("SecurityProfile", "1"), "NotSupported")
