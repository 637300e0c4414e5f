"""Why a request is not carried out: a status, a word for programs and a sentence for people."""

from msgspec import ValidationError

from edge_twisted.core.endpoint import EndpointError
from edge_twisted.core.learning import EntryError
from edge_twisted.core.redaction import clean
from edge_twisted.web.shapes import Choice, Problem
from edge_twisted.words import speech


class Refused(Exception):
    """A request that is not carried out.

    Args:
        status: the HTTP status.
        problem: what is told.
        retry: seconds after which it may be asked again; 0: nothing is said of that.
    """

    def __init__(self, status: int, problem: Problem, retry: int = 0) -> None:
        super().__init__(problem.error)
        self.status = status
        self.problem = problem
        self.retry = retry


def refuse(
    status: int, error: str, field: str | None = None, choices: list[Choice] | None = None, *, retry: int = 0
) -> Refused:
    """Make a refusal whose sentence stands in `words`.

    Args:
        status: the HTTP status.
        error: a word of `words.en.API`.
        field: what is wrong, by its name in the request.
        choices: the answers to a question that has to be answered first.
        retry: seconds after which it may be asked again.

    Returns:
        The refusal, to be raised.
    """
    return _refused(status, error, speech.api_error(error), field, choices, retry)


def refuse_entry(error: EntryError, field: str, choices: list[Choice] | None = None, status: int = 422) -> Refused:
    """Make a refusal of a value that core does not take; arguments as for `refuse`.

    An address that has to be confirmed is told, and is always a 409: it may have changed since it was looked at.
    """
    words = speech.entry_error(error.code)
    if not error.address:
        return _refused(status, error.code, words, field, choices)
    refused = _refused(409, error.code, f"{words}. {speech.address_now(error.address)}", field, choices)
    refused.problem.address = error.address
    return refused


def refuse_endpoint(error: EndpointError) -> Refused:
    """Make a refusal of an endpoint that cannot be one."""
    return _refused(422, f"endpoint-{error.code}", speech.endpoint_error(error.code), "endpoint", None)


def refuse_shape(error: ValidationError) -> Refused:
    """Make a refusal of a body that is JSON, but not of the shape that the route takes."""
    text = str(error)
    if "unknown field" in text:
        return refuse(422, "field-unknown", _quoted(text))
    if "missing required field" in text:
        return refuse(422, "field-missing", _quoted(text))
    _, at, path = text.partition("`$.")
    return refuse(422, "field-wrong", path.partition("`")[0]) if at else refuse(422, "body-no-object")


def _quoted(text: str) -> str:
    """The name of a field, which the client chose."""
    return clean(text.partition("field `")[2].rpartition("`")[0], 60)


def _refused(
    status: int, error: str, words: str, field: str | None, choices: list[Choice] | None, retry: int = 0
) -> Refused:
    return Refused(status, Problem(error=error, message=f"{words}.", field=field, choices=choices), retry)
