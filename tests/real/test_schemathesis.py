"""The API of a real Edge, asked by schemathesis after its own description: whatever is sent, nothing fails inside."""

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from twisted.internet.task import deferLater
from twisted.trial.unittest import SkipTest

from edge_twisted.web.openapi import document
from tests.real.browsing import SiteCase
from tests.real.child import Child
from tests.real.test_manager import Client

PROGRAM: Final = Path(sys.executable).parent / "schemathesis"
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
"""Not `positive_data_acceptance`: what is refused because two fields do not go together no schema tells."""
SPARED: Final = "remove_token"
"""schemathesis finds its own token in what the API lists, and would be nobody from then on."""
IDENTITY: Final = "EVB-P2200001"
SECONDS: Final = 60.0
"""Within which it must be done."""


class ApiTests(SiteCase):
    """One Edge with one charger, and a program with an administrator's token."""

    timeout = 150

    def setUp(self) -> None:
        if not PROGRAM.exists():
            raise SkipTest("schemathesis is not installed")

    async def message(self) -> str:
        """The id of a message of a charger that is served."""
        from twisted.internet import reactor

        self.charger(IDENTITY, 0.1)
        while True:
            told = await self.client.ask("GET", f"/chargers/{IDENTITY}/messages")
            if told.status == 200 and told.json["messages"]:
                return str(told.json["messages"][0]["id"])
            await deferLater(reactor, 0.05)

    def described(self, message: str) -> dict[str, Any]:
        """The description, in which what there is is likelier, and what has no end is not asked for.

        Args:
            message: the id of one.
        """
        found = deepcopy(document())
        for path in found["paths"].values():
            for operation in path.values():
                for parameter in operation["parameters"]:
                    if parameter["name"] == "ref":
                        parameter["schema"] = {"anyOf": [{"enum": [IDENTITY]}, parameter["schema"]]}
                    if operation["operationId"] == "message" and parameter["name"] == "name":
                        parameter["schema"] = {"anyOf": [{"enum": [message]}, parameter["schema"]]}
                    if parameter["name"] == "follow":
                        parameter["schema"] = {"enum": [0]}
        return found

    async def test_nothing_fails(self) -> None:
        """No answer is a 500, and each is one that the description knows."""
        await self.begin()
        edge, message = self.edge, await self.message()
        made = await self.client.ask("POST", "/tokens", {"label": "schemathesis", "role": "admin"})
        token = made.json["token"]
        schema = edge.config.parent / "openapi.json"
        schema.write_text(json.dumps(self.described(message)))
        arguments = [
            *("run", str(schema), "--url", f"https://localhost:{edge.ports['manager'][0]}", "--no-color"),
            *("--tls-verify", str(edge.state / "root.pem"), "-H", f"Authorization: Bearer {token}"),
            *("--phases", "coverage,fuzzing", "--max-examples", "5"),
            *("--exclude-operation-id", SPARED),
            *("--checks", ",".join(CHECKS), "--generation-database", "none", "--request-timeout", "20", "--no-shrink"),
            *("--generation-with-security-parameters", "false"),
        ]
        child = Child(self, [str(PROGRAM), *arguments], edge.config.parent, {"COLUMNS": "200"})
        await child.ended(SECONDS)
        self.assertEqual(child.exit_code, 0, child.output.decode())
        told = await Client(edge, token=token).ask("GET", "/me")
        self.assertEqual(told.status, 200, told)
