"""How a charger numbers and writes its messages: as OCPP-J wants it, or as some do (Q33 to Q35)."""

import json
import secrets

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.framing import Call, Error, Payload, Result, write

CUT = '"configurationKey":['
BAD_STATUS = "Idle"
"""A status of a connector that OCPP does not have."""


class Oddities:
    """Gives ids to messages, and writes them.

    Args:
        quirks: how the charger deviates.
    """

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self._number = 0
        self._written = 0
        self._results = 0

    def connected(self) -> None:
        """A new connection begins."""
        self._number = 0

    def new_id(self) -> str:
        """The id of the next request."""
        if self.quirks.duplicate_ids:
            self._number += 1
            return str((self._number + 1) // 2)
        if self.quirks.small_ids:
            self._number += 1
            return str(self._number)
        return secrets.token_hex(16)

    def text_of(self, message: Call | Result | Error) -> str:
        """Write a message.

        Args:
            message: what to say.

        Returns:
            Its text; not always JSON.
        """
        quirks = self.quirks
        if isinstance(message, Result):
            self._results += 1
            if quirks.wrong_result_id_every and self._results % quirks.wrong_result_id_every == 0:
                message = Result(secrets.token_hex(16), message.payload)
        elif isinstance(message, Call):
            message = Call(message.id, message.action, self._payload(message.payload))
        text = write(message)
        self._written += 1
        if quirks.cut_configuration and isinstance(message, Result) and CUT in text:
            return text[: text.index(CUT) + len(CUT) + 1]
        if quirks.truncated_json_every and self._written % quirks.truncated_json_every == 0:
            return text[: len(text) // 2]
        return text

    def _payload(self, payload: Payload) -> Payload:
        if self.quirks.over_escaped and "idTag" in payload:
            payload = {**payload, "idTag": json.dumps(json.dumps(payload["idTag"]))}
        if self.quirks.bad_status and payload.get("status") == "Available":
            payload = {**payload, "status": BAD_STATUS}
        return payload
