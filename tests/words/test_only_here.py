"""Tests that sentences stand in `words` only, and that `words` stands alone."""

import ast
import sys

from twisted.trial.unittest import SynchronousTestCase

from tests.words.codes import PACKAGE, WORDS, sentences, sources

SPEAKING = ("config.py", "config_together.py", "config_values.py", "listening.py", "service.py", "tap.py")
"""Modules beside the rooms that tell of a faulty configuration or state themselves, before anything runs."""

FOR_DEVELOPERS = ("access_routes.py", "message_routes.py", "metrics.py", "openapi.py", "routes.py")
"""What the API's description says of its routes, and the help of figures."""

# The command line has its own help and the names of its tables' lines; what it tells of Edge, the API tells it.
SILENT = (
    PACKAGE / "core",
    PACKAGE / "desk",
    PACKAGE / "wire",
    *(path for path in sorted((PACKAGE / "web").glob("*.py")) if path.name not in FOR_DEVELOPERS),
    *(path for path in sorted(PACKAGE.glob("*.py")) if path.name not in SPEAKING and not path.name.startswith("ctl")),
)
"""Where codes are given and no sentences."""


class OnlyHereTests(SynchronousTestCase):
    """Sentences that a person reads stand in the catalogues."""

    def test_none_elsewhere(self) -> None:
        """Where things are decided and done, no text is a sentence: docstrings and programmers' errors apart."""
        found = [
            f"{path.relative_to(PACKAGE)}:{line}: {text}"
            for path, tree in sources(*SILENT)
            for line, text in sentences(tree)
        ]
        self.assertEqual(found, [])

    def test_modules_were_read(self) -> None:
        """The scan reads the modules that it is meant for."""
        names = {path.name for path, _ in sources(*SILENT)}
        self.assertLessEqual({"session.py", "policy.py", "bridge.py", "desk.py", "office.py", "doctor.py"}, names)

    def test_finds(self) -> None:
        """The scan finds a sentence in a plain text, an f-string, a log call and a return value."""
        for code in (
            'x = "The charger is gone."',
            'x = f"The charger {name} is gone"',
            'log.info("The charger is gone: {name}", name=name)',
            'log.error("The charger is gone")',
            'def f():\n    "Doc."\n    return "Please look at it"',
            'f(a=["The charger is gone."])',
        ):
            self.assertEqual(len(list(sentences(ast.parse(code)))), 1, code)

    def test_leaves_alone(self) -> None:
        """The scan leaves alone docstrings, programmers' errors, heads of HTTP and what stands beside a traceback."""
        for code in (
            '"""The module does this and that."""',
            'X = 1\n"""What this is all about."""',
            'raise ValueError(f"the key {name} must be bytes here")',
            'assert x, "this can never happen here"',
            'd.errback(LookupError("there are too many of them"))',
            'log.failure("A thing went very wrong")',
            'self._log.error("It failed inside Edge: {trace}", trace=trace)',
            'x = "GET / HTTP/1.1\\r\\nHost: edge\\r\\nUpgrade: websocket\\r\\n"',
            'x = "TLS 1.2 or"',
        ):
            self.assertEqual(list(sentences(ast.parse(code))), [], code)


class StandsAloneTests(SynchronousTestCase):
    """The catalogues can be used by whoever speaks: log, web, command line."""

    def test_imports(self) -> None:
        """`words` imports the standard library and itself; nothing else."""
        paths = sorted(WORDS.rglob("*.py"))
        self.assertGreater(len(paths), 4)
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                else:
                    continue
                for name in names:
                    own = name.startswith("edge_twisted.words")
                    self.assertTrue(own or name.split(".")[0] in sys.stdlib_module_names, f"{path.name}: {name}")
