"""The form of the page `Uplink interface`: what was entered as the API takes it, and refusals beside their fields."""

from typing import Final, TypeVar, get_args

from msgspec import UNSET

from edge_twisted.core.record import Record
from edge_twisted.pages.forms import Form
from edge_twisted.web import shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.place import beside
from edge_twisted.words.language import mark, say

SECRETS: Final = ("password", "basic_base64", "password_hex")
"""Fields whose values no page ever holds."""
WAYS: Final = ("keep", "password", "base64", "hex", "none")
FIELDS: Final = {"clear_secret": "way", "confirm_address": "confirm"}
"""The form's names of the API's fields, where they differ."""
NO_WAY: Final = mark("Choose one of these.")
NO_ANSWER: Final = mark("Say what the charger itself will show; without an answer nothing is saved.")
NOT_CONFIRMED: Final = mark("Look whether this is the charger's own address, and tick the box if it is.")
ENDPOINT_WAS: Final = "endpoint_was"
"""The field with the endpoint that was set when the page was made."""
CHANGED: Final = mark(
    "Somebody changed the endpoint while you were here: it is {endpoint} now. Look at what is entered, and save once "
    "more."
)
CHANGED_BACK: Final = mark(
    "Somebody removed the endpoint while you were here: Edge detects it now. Look at what is entered, and save once "
    "more."
)
CONFIRMED: Final = frozenset({"next", "nothing"})
"""Answers that bind a charger to an address."""

Change = TypeVar("Change", bound=shapes.UplinkChange)


def fresh_form(record: Record, choices: list[shapes.Choice]) -> Form:
    """The form before anybody touched it.

    Args:
        record: what is set.
        choices: the answers to the question what the charger itself will show.
    """
    likely = next((choice.value for choice in choices if choice.preselected), "")
    endpoint = record.endpoint or ""
    return Form.of({"endpoint": endpoint, ENDPOINT_WAS: endpoint, "way": "keep", "shows": likely})


def compare(form: Form, record: Record) -> None:
    """See whether somebody else changed the endpoint since the page was made, so that nobody undoes it unawares.

    Args:
        form: what was sent; what is wrong is said in it.
        record: as it is now.
    """
    was, now = form.values.get(ENDPOINT_WAS), str(record.endpoint or "")
    if was is None or was == now:
        return
    form.values[ENDPOINT_WAS] = now
    if form.text("endpoint") == now:
        return
    if form.text("endpoint") == was:
        form.values["endpoint"] = now
    form.wrong("endpoint", say(CHANGED).format(endpoint=now) if now else CHANGED_BACK)


def read_change(form: Form, change: Change, choices: list[shapes.Choice], *, asks: bool = True) -> Change:
    """Read what was entered.

    Args:
        form: what was sent; what is wrong is said in it.
        change: takes it.
        choices: the answers to the question what the charger itself will show, as they are now.
        asks: whether that question has to be answered: a test does not need it.

    Returns:
        The same change.
    """
    change.endpoint = form.text("endpoint") or None
    way = form.text("way")
    if way == "password":
        change.password = form.raw("password")
        change.username = form.text("username") or UNSET
    elif way == "hex":
        change.password_hex = form.text("password_hex")
        change.username = form.text("hex_username") or UNSET
    elif way == "base64":
        change.basic_base64 = form.text("basic_base64")
    elif way == "none":
        change.clear_secret = True
    elif way != "keep":
        form.wrong("way", NO_WAY)
    if way in ("password", "hex", "base64") and asks:
        read_answer(form, change, choices)
    return change


def read_answer(form: Form, change: shapes.UplinkChange, choices: list[shapes.Choice]) -> None:
    """Read the answer to the question what the charger itself will show, and the address that was confirmed with it.

    Args:
        form: what was sent; what is wrong is said in it.
        change: takes it.
        choices: the answers, as they are now.
    """
    answer = next((one for one in get_args(shapes.Shows) if one == form.text("shows")), None)
    if answer is None:
        form.wrong("shows", NO_ANSWER)
        return
    change.shows = answer
    found = next((choice for choice in choices if choice.value == answer), None)
    if found and found.confirm:
        if form.on("confirm"):
            change.confirm_address = form.text("confirm_address")
        else:
            form.wrong("confirm", NOT_CONFIRMED)


def put_beside(form: Form, refused: Refused) -> None:
    """Say beside its field what the API refuses.

    Args:
        form: what was sent.
        refused: why it is not done.

    Raises:
        Refused: it has nothing to do with a field.
    """
    fields = {**FIELDS, "username": "hex_username"} if form.text("way") == "hex" else FIELDS
    if refused.problem.address:
        form.values.pop("confirm", None)  # it is about another address than the one that was looked at
    beside(form, refused, fields)


def without_secrets(form: Form) -> Form:
    """The form as a page may show it."""
    for name in SECRETS:
        if form.values.pop(name, ""):
            form.values["again"] = "on"
    return form
