"""The parameters of a fault: what a form asks for, and what of an answer is taken."""

import math
import re
from typing import Final, Literal

from attrs import frozen

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@frozen
class Parameter:
    """A parameter of a fault.

    Args:
        name: as in `Fault` and the API.
        words: what it is, for a person.
        kind: `whole` or `number`; `text`: printable ASCII; `token`: such text without blanks; `close code`: one that
            may stand in a close frame, or 0 for none.
        default: what it is if nothing is said.
        least, most: the range of a number; `most` is the length of a text.
        choices: the only values there are; empty: any.
    """

    name: str
    words: str
    kind: Literal["whole", "number", "text", "token", "close code"]
    default: int | float | str
    least: int = 0
    most: int = 0
    choices: tuple[int, ...] = ()

    def read(self, value: object) -> int | float | str:
        """Take a value.

        Args:
            value: a number or a text.

        Returns:
            The value, as the kind has it.

        Raises:
            ValueError: a sentence that names the field and says what is right.
        """
        if self.kind in ("text", "token"):
            return self._text(value)
        number = self._number(value)
        if self.kind == "close code":
            if not may_be_sent(number):
                raise ValueError(f"{self.name} must be 0 or a code that may be sent: 1000-1003, 1007-1014, 3000-4999.")
        elif self.choices:
            if number not in self.choices:
                raise ValueError(f"{self.name} must be one of {', '.join(map(str, self.choices))}.")
        elif not self.least <= number <= self.most:
            raise ValueError(f"{self.name} must be from {self.least} to {self.most}.")
        return number

    def _number(self, value: object) -> float | int:
        whole = self.kind != "number"
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError
            number = float(value)
            if not math.isfinite(number) or (whole and number != int(number)):
                raise ValueError
        except (ValueError, OverflowError):
            raise ValueError(f"{self.name} must be a {'whole ' if whole else ''}number.") from None
        return int(number) if whole else number

    def _text(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.most or not (value.isascii() and value.isprintable()):
            raise ValueError(f"{self.name} must be text in ASCII, of {self.most} characters at most.")
        if self.kind == "token" and TOKEN.fullmatch(value) is None:
            raise ValueError(f"{self.name} must be one word of letters, digits, points or dashes.")
        return value


def may_be_sent(code: float) -> bool:
    """Whether a close code may stand in a close frame (W-04); 0 stands for an empty one."""
    return code == 0 or 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
