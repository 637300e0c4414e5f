"""The twistd command line of the sandbox: `twistd edgesandbox --scenario FILE`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from edge_twisted.sandbox.scenario import ScenarioError, read_scenario

FOLDER = "edgesandbox"


class Options(usage.Options):
    """What can be said on the command line."""

    synopsis = "--scenario FILE [--folder DIRECTORY]"
    longdesc = (
        "The world around Edge: a stand-in for the operator's central system with its charger dashboard, and simulated "
        "chargers. For trying things out and for tests; not for chargers in service."
    )
    optParameters = [  # noqa: RUF012 - the name and shape are Twisted's
        ["scenario", "s", None, "the scenario file; etc/edgesandbox.toml is one to begin with"],
        ["folder", "f", None, f"for certificates and ports.json; default: {FOLDER} beside the scenario file"],
    ]

    def postOptions(self) -> None:
        """Look whether what is needed was said (called by Twisted)."""
        if not self["scenario"]:
            raise usage.UsageError("name a scenario file: --scenario FILE")


def makeService(options: Mapping[str, Any]) -> IService:
    """Build a sandbox from its scenario file.

    Args:
        options: `scenario` and `folder`.

    Returns:
        The service.

    Raises:
        SystemExit: with one line, where the file or the folder can't be used.
    """
    path = Path(options["scenario"]).absolute()
    from twisted.internet import reactor  # noqa: PLC0415 - never at module level

    from edge_twisted.sandbox.service import Sandbox, SandboxError  # noqa: PLC0415 - twistd --help need not import it

    try:
        return Sandbox(reactor, read_scenario(path), Path(options["folder"] or path.parent / FOLDER).absolute())
    except (ScenarioError, SandboxError) as error:
        raise SystemExit(f"edgesandbox: {error}") from None
