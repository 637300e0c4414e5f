"""Tests of `edge_twisted.core.passwords`: which may be chosen, and the set-up code."""

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.passwords import CODE_BYTES, normal, read_code, show_code, weakness


class WeaknessTests(SynchronousTestCase):
    """`weakness`."""

    def check(self, wanted: str, *passwords: str, name: str = "anna") -> None:
        """All of them have that fault."""
        self.assertEqual(
            {password: weakness(password, name) for password in passwords}, dict.fromkeys(passwords, wanted)
        )

    def test_good(self) -> None:
        """Twelve characters that nobody guesses are enough, of whatever kind."""
        self.check("", "four random words", "kq8#vLp0$zRt", "длинный пароль", "annas blue bicycle", "493817265048")

    def test_short(self) -> None:
        """Eleven characters are too few, as a person counts them: an accent does not make two of one."""
        self.check("short", "", "a", "kq8#vLp0$zR", "e\u0301" * 11)

    def test_long(self) -> None:
        """More than 1024 characters are too many."""
        self.check("", "kq8#vLp0$zRt".ljust(1024, "xyzuv"[0]))
        self.check("long", "kq8#vLp0$zRt".ljust(1025, "x"))

    def test_common(self) -> None:
        """What is tried first is refused, also in capitals and with digits and marks around it."""
        self.check("common", "passwordpassword", "Administrator", "Password1234!!", "  welcome 2024", "EDGEMANAGER!2")
        self.check(
            "common", "123456789012", "987654321098", "aaaaaaaaaaaa", "abababababab", "abcabcabcabca", "111111111111"
        )

    def test_name(self) -> None:
        """The name of the account is no password, nor is it with digits around it, or again and again."""
        self.check("name", "annaannaanna", "Anna12345678", "!!!!!!!!anna", "anna-Anna-anna-2024")
        self.check("name", "anna.smith@example.com", "anna.smith123", name="anna.smith@example.com")

    @given(some.text(max_size=60), some.text(max_size=20))
    def test_any(self, password: str, name: str) -> None:
        """Anything gets an answer."""
        self.assertIn(weakness(password, name), ("", "short", "long", "name", "common"))

    def test_normal(self) -> None:
        """The same letters are the same password, however the keyboard puts them together."""
        self.assertEqual(normal("e\u0301te"), normal("\u00e9te"))


class CodeTests(SynchronousTestCase):
    """The set-up code."""

    def test_shown(self) -> None:
        """80 bits, in four groups of four letters and digits that are not easily mistaken."""
        self.assertEqual(CODE_BYTES * 8, 80)
        self.assertRegex(show_code(bytes(range(10))), r"\A([A-Z2-7]{4}-){3}[A-Z2-7]{4}\Z")

    @given(some.binary(min_size=10, max_size=10))
    def test_read(self, secret: bytes) -> None:
        """It is read as it was shown, also in small letters, without dashes, and with digits that look like letters."""
        code = show_code(secret)
        for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')}\n"):
            self.assertEqual(read_code(typed), secret)
        self.assertEqual(read_code(code.replace("O", "0").replace("I", "1").replace("B", "8")), secret)

    @given(some.text(max_size=200))
    def test_rubbish(self, text: str) -> None:
        """What is no code gives no bytes, and raises nothing."""
        self.assertIn(len(read_code(text)), (0, CODE_BYTES))
