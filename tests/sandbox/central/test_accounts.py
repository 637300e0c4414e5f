"""Tests of the accounts as a mapping."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.security import Account, Security


class AccountsTests(SynchronousTestCase):
    """Every way to set one."""

    def test_mapping(self) -> None:
        """What is set is saved; strangers are not in it; what is deleted is removed."""
        central, account = Central(Clock(), CentralSettings(), lambda happening: None), Account(Security.NONE_OVER_WSS)
        changes: list[str] = []
        central.watch(changes.append)
        central._shared.roll.see("stranger")
        central.accounts["A"] = account
        central.accounts |= {"B": account}
        self.assertEqual(dict(central.accounts), {"A": account, "B": account})
        self.assertEqual((len(central.accounts), central.account("B")), (2, account))
        del central.accounts["A"]
        self.assertEqual(list(central.accounts), ["B"])
        self.assertEqual(changes, ["A", "B", "A"])
        for identity in ("A", "stranger"):
            self.assertRaises(KeyError, central.accounts.__getitem__, identity)
            self.assertRaises(KeyError, central.accounts.__delitem__, identity)
