"""Tests of `edge_twisted.config_values`."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.config_values import Root, Wrong, make_converter, shown
from edge_twisted.core.endpoint import Endpoint
from tests.certificates import Root as Authority

TOML_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)

EXPECTED: dict[object, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (int, float),
    str: (str,),
    bytes: (str,),
    Path: (str,),
    Endpoint: (str,),
    Root: (str,),
    tuple[str, ...]: (list,),
}
"""What a value in the file must be for each type of a setting."""


class ShownTests(SynchronousTestCase):
    """`shown`: a value in an error."""

    @given(TOML_VALUES)
    @settings(deadline=None)
    def test_one_line(self, value: object) -> None:
        """Any value becomes one short line of printable ASCII."""
        text = shown(value)
        self.assertTrue(text.isascii() and text.isprintable() and len(text) < 100, text)

    def test_passwords(self) -> None:
        """W-33: a URL that may hold a password is not repeated, nor is a list that holds one."""
        for value in ("wss://user:opensesame@host", ["wss://host/?key=opensesame"]):
            self.assertNotIn("opensesame", shown(value))

    def test_deep(self) -> None:
        """Tables within tables without end are not written out."""
        value: dict[str, object] = {}
        for _ in range(100_000):
            value = {"a": value}
        self.assertLess(len(shown(value)), 100)
        while value:  # one by one, since freeing them at once goes as deep as they do
            value = value.pop("a")  # type: ignore[assignment]  # a dict within a dict


class ConverterTests(SynchronousTestCase):
    """`make_converter`: from TOML's types to ours."""

    def setUp(self) -> None:
        self.base = Path(self.mktemp()).absolute()
        self.base.mkdir()
        self.converter = make_converter(self.base)

    @given(TOML_VALUES, st.sampled_from([*EXPECTED]))
    @settings(deadline=None)
    def test_never_guesses(self, value: object, kind: Any) -> None:
        """A value of another type is refused with Wrong and never converted; nothing else is raised."""
        try:
            made: object = self.converter.structure(value, kind)
        except Wrong:
            return
        self.assertIsInstance(value, EXPECTED[kind])
        self.assertFalse(isinstance(value, bool) and kind is not bool)
        if kind in (bool, int, float, str):
            self.assertEqual(made, value)

    def test_number(self) -> None:
        """A whole number is a number; what is not finite, or too large to be one, is refused."""
        self.assertEqual(repr(self.converter.structure(30, float)), "30.0")
        for value in (float("inf"), float("nan"), 10**400):
            self.assertRaises(Wrong, self.converter.structure, value, float)

    def test_pins(self) -> None:
        """A pin may be base64, or hexadecimal with or without colons."""
        digest = bytes(range(200, 232))
        for text in (digest.hex(), digest.hex(":").upper(), "yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5uc="):
            self.assertEqual(self.converter.structure(text, bytes), digest)
        for text in ("", "00", "zz" * 32, digest.hex() + "00"):
            self.assertRaises(Wrong, self.converter.structure, text, bytes)

    def test_paths(self) -> None:
        """A relative path is relative to the file, an absolute one stays."""
        self.assertEqual(self.converter.structure("a/b", Path), self.base / "a/b")
        self.assertEqual(self.converter.structure("/a/b", Path), Path("/a/b"))

    def test_root(self) -> None:
        """Of a file with roots, the certificates are kept, and neither the text nor a key between them."""
        one, two = Authority(), Authority()
        _, key = one.issue(["a"])
        (self.base / "roots.pem").write_text(f"Our roots\n{one.pem}{key.decode()}{two.pem}")
        root = self.converter.structure("roots.pem", Root)
        self.assertEqual(root, Root(self.base / "roots.pem", one.pem + two.pem))

    def test_bad_roots(self) -> None:
        """A root file that is missing, no file, empty, too long, damaged or not PEM is refused, and named."""
        der = Authority().certificate.tbs_certificate_bytes
        damaged = Authority().pem.replace("M", "N", 3)
        for content in (None, b"", b"hello", der, damaged.encode(), b"x" * (5 << 20)):
            path = self.base / "bad.pem"
            if content is not None:
                path.write_bytes(content)
            error = self.assertRaises(Wrong, self.converter.structure, "bad.pem", Root)
            self.assertIn(str(path), str(error))
        self.assertIn("Is a directory", str(self.assertRaises(Wrong, self.converter.structure, ".", Root)))
