"""Forms: what was sent, bounded, and what is wrong with it, beside its field."""

from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import parse_qsl

from attrs import Factory, define

from edge_twisted.pages.bounded import BODY_BYTES
from edge_twisted.words.language import mark, say

FIELDS: Final = 100
"""Of one form."""
NO_FORM: Final = mark("A form is sent as application/x-www-form-urlencoded.")
TOO_LONG: Final = mark("A form may hold {number} KiB; this one holds more.")
UNREADABLE: Final = mark("This form can't be read.")


class BadForm(Exception):
    """What was sent is no form of ours.

    Args:
        status: of HTTP.
        why: a sentence.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = say(why)


@define
class Form:
    """A form as a template shows it: values and errors by the name of their field.

    Args:
        values: what was sent, or what stands in it before anybody touches it.
        errors: what is wrong, a sentence for each field, in the order of the page.
    """

    values: dict[str, str] = Factory(dict)
    errors: dict[str, str] = Factory(dict)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """A form that nobody has touched yet."""
        return cls({name: "" if value is None else str(value) for name, value in values.items()})

    def text(self, name: str) -> str:
        """A value without the spaces around it; nothing where there is none."""
        return self.values.get(name, "").strip()

    def raw(self, name: str) -> str:
        """A value as it was sent: spaces of a password belong to it."""
        return self.values.get(name, "")

    def on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.values

    def wrong(self, name: str, why: str) -> None:
        """Say what is wrong with a field; what was said first stands."""
        self.errors.setdefault(name, say(why))

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors


def read_form(request: Any) -> Form:
    """Read the form in a request.

    Args:
        request: a `BoundedRequest`.

    Returns:
        The form; of a name that comes twice the last value.

    Raises:
        BadForm: it is none, or more than `BODY_BYTES` or `FIELDS`.
    """
    data: bytes = request.content.read(BODY_BYTES + 1)
    if data and not request.form:
        raise BadForm(415, NO_FORM)
    if len(data) > BODY_BYTES:
        raise BadForm(413, say(TOO_LONG).format(number=BODY_BYTES // 1024))
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise BadForm(400, UNREADABLE) from None
    return Form({name: value.replace("\r\n", "\n") for name, value in pairs})


def read_query(request: Any) -> dict[str, str]:
    """Read what stands behind the question mark; what can't be read there is not there.

    Args:
        request: any.
    """
    query: bytes = request.uri.partition(b"?")[2]
    try:
        return dict(parse_qsl(query.decode("ascii"), max_num_fields=FIELDS, encoding="utf-8", errors="strict"))
    except ValueError:
        return {}
