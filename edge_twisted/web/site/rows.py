"""Many changes at once as a table: read from text, bounded, every mistake told with its line."""

import csv
import io
from typing import Final, get_args

from attrs import define, field, frozen
from msgspec import UNSET

from edge_twisted.core.redaction import clean
from edge_twisted.web import shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.views import Views
from edge_twisted.words.language import say

MOST: Final = 300
"""Rows of one table."""
CHARACTERS: Final = 45_000
"""Of one table; sent as a form it takes up to half as much again, and has to fit into `pages.site.BODY_BYTES`."""
ERRORS: Final = 20
"""Mistakes that are told at once."""
DETECTED: Final = "detected"
"""As an endpoint: back to what Edge detects."""
COLUMNS: Final = {
    "identity": "identity",
    "ocpp id": "identity",
    "charger": "identity",
    "endpoint": "endpoint",
    "user": "user",
    "user name": "user",
    "username": "user",
    "password": "password",
    "charger shows": "shows",
    "shows": "shows",
}
"""What the columns may be called."""
EXAMPLE: Final = (
    "identity,endpoint,user,password,charger shows\n"
    "CP-0001,wss://wss.evc-net.com,,,\n"
    "CP-0002,wss://wss.evc-net.com,CP-0002,a-long-password,same\n"
    "CP-0003,detected,,,\n"
)
_SIGNS: Final = ";\t,"


@frozen
class Row:
    """One charger of the table.

    Args:
        line: in the text, from 1; 0: it was chosen from the list.
        identity: the charger.
        change: what to change.
    """

    line: int
    identity: bytes = field(repr=False)
    change: shapes.UplinkChange


@define
class Table:
    """What was read.

    Args:
        rows: in their order.
        errors: sentences that name the line.
    """

    rows: list[Row] = field(factory=list)
    errors: list[str] = field(factory=list)

    def wrong(self, line: int, why: str) -> None:
        """Tell a mistake."""
        if len(self.errors) < ERRORS:
            self.errors.append(say("Line {line}: {why}").format(line=line, why=why))

    def add(self, row: Row) -> None:
        """Add a row, unless its charger stands there already."""
        earlier = next((one for one in self.rows if one.identity == row.identity), None)
        if earlier:
            self.wrong(
                row.line, say("The charger of this line stands in line {line} already.").format(line=earlier.line)
            )
        else:
            self.rows.append(row)


def read_table(text: str, views: Views) -> Table:
    """Read a table of comma-, semicolon- or tab-separated values.

    Args:
        text: the first line names the columns of `COLUMNS`; only `identity` must be there.
        views: finds the chargers; one that never connected may be among them.

    Returns:
        The rows, and what is wrong. A mistake never repeats what was entered but the name of a column.
    """
    table = Table()
    if len(text) > CHARACTERS:
        text = say("The table may hold {number} thousand characters; this one holds more.")
        table.errors.append(text.format(number=CHARACTERS // 1000))
        return table
    lines = text.replace("\r", "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}\n ")
    head = lines.partition("\n")[0]
    sign = max(_SIGNS, key=head.count)
    try:
        read = list(csv.reader(io.StringIO(lines), delimiter=sign, strict=True))
    except csv.Error:
        table.errors.append(say("This is not a table of comma-separated values: a quotation mark is not closed."))
        return table
    filled = [(number, row) for number, row in enumerate(read, 1) if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        table.errors.append(say("Enter a table: its first line names the columns, and each further line is a charger."))
        return table
    columns = _columns(filled[0][1], table)
    if len(filled) - 1 > MOST:
        text = say("The table may have {most} chargers; this one has {number}. Divide it.")
        table.errors.append(text.format(most=MOST, number=len(filled) - 1))
    if not table.errors:
        for number, row in filled[1:]:
            _read_row(number, row, columns, table, views)
    return table


def _columns(head: list[str], table: Table) -> list[str]:
    """What each column holds."""
    columns = []
    for cell in head:
        name = COLUMNS.get(cell.strip().lower(), "")
        if not name:
            text = say("There is no column “{name}” here; there are: {names}.")
            table.wrong(1, text.format(name=clean(cell, 40), names=", ".join(EXAMPLE_COLUMNS)))
        elif name in columns:
            table.wrong(1, say("The column “{name}” stands there twice.").format(name=name))
        columns.append(name)
    if "identity" not in columns and not table.errors:
        table.wrong(1, say("The first line must name the columns, and “identity” must be one of them."))
    return columns


EXAMPLE_COLUMNS: Final = tuple(EXAMPLE.partition("\n")[0].split(","))


def _read_row(line: int, cells: list[str], columns: list[str], table: Table, views: Views) -> None:
    if len(cells) > len(columns):
        table.wrong(line, say("It has more columns than the first line."))
        return
    given = {name: cell if name == "password" else cell.strip() for name, cell in zip(columns, cells, strict=False)}
    try:
        identity = views.find(given.get("identity", "").encode("utf-8", "surrogateescape"), new=True)
    except Refused as refused:
        table.wrong(line, refused.problem.message)
        return
    change = shapes.UplinkChange()
    endpoint, user, password, shows = (given.get(name, "") for name in ("endpoint", "user", "password", "shows"))
    if endpoint:
        change.endpoint = None if endpoint.lower() == DETECTED else endpoint
    if user:
        change.username = user
    if password:
        change.password = password
    if shows:
        answer = next((one for one in get_args(shapes.Shows) if one == shows.lower()), None)
        if answer is None:
            table.wrong(line, say("The column “charger shows” must hold nothing, same, next or detected."))
            return
        change.shows = answer
    if change.endpoint is UNSET and change.password is UNSET and change.shows is UNSET and change.username is UNSET:
        table.wrong(line, say("There is nothing to change. Enter an endpoint, or a password."))
        return
    table.add(Row(line, identity, change))
