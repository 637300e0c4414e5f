"""An Edge whose program is changed before it runs: a .tac file does what a test needs, then makes Edge as always."""

import json
import sys
from pathlib import Path

from tests.real.child import BOUND, PROJECT, Child
from tests.real.harness import EdgeProcess, to_toml

_LAST = """
import os

from twisted.application.service import Application

from edge_twisted.tap import makeService

application = Application("edgeproxy")
makeService({"config": os.environ["EDGEPROXY_CONFIG"]}).setServiceParent(application)
"""


class PreparedEdge(EdgeProcess):
    """An Edge that is started by a .tac file.

    Attributes:
        first: what the file does before Edge is made: Python.
    """

    first = ""

    async def start(self, bound: float = BOUND) -> None:
        """Start the process and wait until it is ready; `EdgeProcess.start`."""
        (self.state / "ports.json").unlink(missing_ok=True)
        self.config.write_text(to_toml(self.settings))
        tac = self.config.with_suffix(".tac")
        tac.write_text(self.first + _LAST)
        if self.child is not None:
            self._earlier = self.output
        self.child = Child(
            self._case,
            [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "-y", str(tac)],
            self._base,
            {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1", "EDGEPROXY_CONFIG": str(self.config)},
        )
        await self.child.says(b"Edge is ready", bound)
        self.ports = json.loads((self.state / "ports.json").read_text())
