"""Tests of `edge_twisted.store.files`."""

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.files import create_private, create_secret, reason, sync_directory


class FilesTests(SynchronousTestCase):
    """Files with the right permissions."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()

    def test_secret(self) -> None:
        """A secret file has mode 0600 and its content, and no draft is left."""
        create_secret(self.directory / "a", b"content")
        self.assertEqual((self.directory / "a").read_bytes(), b"content")
        self.assertEqual((self.directory / "a").stat().st_mode & 0o777, 0o600)
        self.assertEqual([path.name for path in self.directory.iterdir()], ["a"])

    def test_secret_exists(self) -> None:
        """A secret file never replaces another, and no draft is left."""
        (self.directory / "a").write_bytes(b"first")
        self.assertRaises(FileExistsError, create_secret, self.directory / "a", b"second")
        self.assertEqual((self.directory / "a").read_bytes(), b"first")
        self.assertEqual([path.name for path in self.directory.iterdir()], ["a"])

    def test_secret_after_cut(self) -> None:
        """A draft that a start left behind when the power failed is in nobody's way, and keeps no lax mode."""
        (self.directory / "a.new").write_bytes(b"ha")
        (self.directory / "a.new").chmod(0o666)
        create_secret(self.directory / "a", b"content")
        self.assertEqual((self.directory / "a").read_bytes(), b"content")
        self.assertEqual((self.directory / "a").stat().st_mode & 0o777, 0o600)

    def test_private(self) -> None:
        """A private file is made where it is missing, and tightened where it is not; content stays."""
        create_private(self.directory / "a")
        self.assertEqual((self.directory / "a").stat().st_mode & 0o777, 0o600)
        (self.directory / "b").write_bytes(b"content")
        (self.directory / "b").chmod(0o644)
        create_private(self.directory / "b")
        self.assertEqual((self.directory / "b").stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.directory / "b").read_bytes(), b"content")

    def test_sync_directory(self) -> None:
        """Only a directory can be synced as one."""
        sync_directory(self.directory)
        (self.directory / "a").write_bytes(b"")
        self.assertRaises(NotADirectoryError, sync_directory, self.directory / "a")

    def test_reason(self) -> None:
        """The reason is the system's word without the path."""
        error = self.assertRaises(OSError, (self.directory / "none").read_bytes)
        self.assertEqual(reason(error), "No such file or directory")
        self.assertEqual(reason(PermissionError()), "PermissionError")
