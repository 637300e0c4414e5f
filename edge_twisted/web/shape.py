"""What all shapes of the API have in common."""

from msgspec import Struct


class Shape(Struct, kw_only=True, forbid_unknown_fields=True):
    """The base of all shapes: an unknown field is an error, so that a typing mistake is no silent 'unchanged'."""
