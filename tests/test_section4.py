"""Each sentence of the design's section 4 has a test that quotes it, or a place where it is proved."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.section4 import SENTENCES

TESTS: Final = Path(__file__).resolve().parent

VERIFY: Final = "tests.trust.test_verify."

PROVED_ELSEWHERE: Final[dict[str, tuple[str, ...]]] = {
    "Uplink path =": ("tests.wire.test_uplink.RequestTests.test_path", "tests.wire.test_bridge.PathTests.test_plain"),
    "The charger's own prefix": (
        "tests.core.test_identity.ReadIdentityTests.test_a4",
        "tests.core.test_identity.ReadIdentityTests.test_a11",
    ),
    "Verification. Path and name": (VERIFY + "PathTests.test_unknown_root", VERIFY + "NameTests.test_wrong_name"),
    "Never `optionsForClientTLS`": (
        VERIFY + "NameTests.test_common_name_does_not_count",
        VERIFY + "NameTests.test_email_only",
        VERIFY + "NameTests.test_star",
    ),
    "Ours is an own": (VERIFY + "NameTests.test_any_failure_means_refused",),
    "Per uplink: system roots": (
        VERIFY + "PathTests.test_system_roots",
        VERIFY + "PathTests.test_root_of_another_uplink",
        VERIFY + "CommonNameTests.test_never_with_system_roots",
        VERIFY + "PinTests.test_path_and_name_still_count",
    ),
    "Contexts are shared": (
        "tests.trust.test_contexts.ClientContextsTests.test_shared",
        "tests.trust.test_contexts.ClientContextsTests.test_not_shared",
    ),
    "Text that comes from outside": (
        "tests.core.test_redaction.CleanTests.test_strips",
        "tests.core.test_redaction.IdentityTests.test_hostile_characters",
        "tests.core.test_request.UpgradeTests.test_hostile_text",
    ),
    "Private addresses": (
        "tests.core.test_networks.NetworksTests.test_private_addresses",
        "tests.core.test_networks.NetworksTests.test_own",
        "tests.core.test_networks.OwnNetworksTests.test_public_ipv4",
    ),
    "An upgrade request with Origin": (
        "tests.core.test_request.PageTests.test_page",
        "tests.core.test_request.PageTests.test_c12",
    ),
    "An endpoint on a host other": (
        "tests.desk.test_desk.EditTests.test_told",
        "tests.web.test_staff.EndpointTests.test_other_host",
    ),
    "Every refusal has": ("tests.core.test_request.ResponseTests.test_bytes",),
}
"""The beginning of a sentence, and the tests that prove it without quoting it."""


@cache
def tests() -> dict[str, str]:
    """Every test method below `tests`, as `module.Class.method`, with its docstring on one line."""
    return {name: plain(docstring) for path in TESTS.rglob("*.py") for name, docstring in _methods(path)}


def _methods(path: Path) -> Iterator[tuple[str, str]]:
    if "node_modules" in path.parts:
        return
    module = ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)
    for node in ast.parse(path.read_text()).body:
        for method in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name.startswith("test_"):
                assert isinstance(node, ast.ClassDef)
                yield f"{module}.{node.name}.{method.name}", ast.get_docstring(method) or ""


def plain(text: str) -> str:
    """A text on one line, without the marks of emphasis."""
    return " ".join(text.replace("**", "").split())


class SectionTests(SynchronousTestCase):
    """The list of sentences against the tests."""

    def test_every_sentence(self) -> None:
        """Every sentence is quoted in the docstring of a test, or stands in the short list; not in both."""
        docstrings = "\n".join(tests().values())
        unproved, twice = [], []
        for sentence in SENTENCES:
            quoted, excused = (
                sentence in docstrings,
                any(sentence.startswith(beginning) for beginning in PROVED_ELSEWHERE),
            )
            if quoted and excused:
                twice.append(sentence)
            elif not quoted and not excused:
                unproved.append(sentence)
        self.assertEqual((unproved, twice), ([], []))

    def test_lists(self) -> None:
        """What stands in a list begins exactly one sentence, and every test that is named exists."""
        for beginning in PROVED_ELSEWHERE:
            found = [sentence for sentence in SENTENCES if sentence.startswith(beginning)]
            self.assertEqual(len(found), 1, beginning)
        self.assertEqual({name for names in PROVED_ELSEWHERE.values() for name in names} - set(tests()), set())

    def test_something_was_read(self) -> None:
        """The sentences and the tests were found at all."""
        self.assertGreater(len(SENTENCES), 50)
        self.assertEqual(len(set(SENTENCES)), len(SENTENCES))
        self.assertIn(f"{__name__}.SectionTests.test_something_was_read", tests())
        self.assertTrue(all(len(sentence) > 10 for sentence in SENTENCES))
