"""Keeps compiled templates from test to test: each test makes the pages anew, and the templates are the same."""

from functools import partial
from types import CodeType
from typing import Final

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.pages import templates


class _Kept(BytecodeCache):
    """Compiled templates, by file and content."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_KEPT: Final = _Kept()


def keep_templates(case: SynchronousTestCase) -> None:
    """Have the templates of a test's pages compiled once per process.

    Args:
        case: the test.
    """
    case.patch(templates, "Environment", partial(Environment, bytecode_cache=_KEPT))
