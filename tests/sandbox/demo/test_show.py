"""Tests of what the demo has around Edge: its folder and the address that it tells."""

import shutil
import tempfile

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.demo.show import make_folder, own_address


class FolderTests(SynchronousTestCase):
    """The temporary folder."""

    def test_new_and_private(self) -> None:
        """Each run has a folder of its own, for nobody else."""
        folders = [make_folder(), make_folder()]
        for folder in folders:
            self.addCleanup(shutil.rmtree, folder)
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        self.assertNotEqual(*folders)

    def test_short(self) -> None:
        """It is short enough for the path of a UNIX socket in it, wherever temporary files go."""
        self.patch(tempfile, "tempdir", "/tmp/" + "x" * 100)
        folder = make_folder()
        self.addCleanup(shutil.rmtree, folder)
        self.assertLess(len(str(folder / "state" / "control.sock")), 100)


class AddressTests(SynchronousTestCase):
    """The address that other devices are told."""

    def test_own_address(self) -> None:
        """One of the box's that is none of loopback, if there is one."""
        self.assertEqual(own_address(["127.0.0.1", "::1", "203.0.113.9", "fe80::1"]), "203.0.113.9")
        self.assertEqual(own_address(["::1", "127.0.0.1", "127.0.1.1"]), "127.0.0.1")
        self.assertEqual(own_address([]), "127.0.0.1")
