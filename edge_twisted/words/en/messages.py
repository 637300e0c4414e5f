"""What is odd about a message by the OCPP 1.6 schemas."""

from typing import Final

HINTS: Final = {
    "action-unknown": "OCPP 1.6 has no action {detail}; it may be one of the maker's own",
    "binary": "This message was sent as binary data; OCPP 1.6 has text only",
    "cut": "Only the beginning of this long message was kept, so it could not be checked",
    "error-code": "OCPP 1.6 has no error code {detail}",
    "id-long": "The message's id has more than {detail} characters",
    "id-no-text": "The message's id is no text",
    "long": "This has more than {detail} characters",
    "missing": "The field {detail} is missing",
    "multiple": "This must be a multiple of {detail}",
    "no-json": "This is no JSON",
    "no-ocpp": "This is no OCPP message",
    "no-payload": "The message has no payload",
    "nobody-asked": "No request was seen that this answers",
    "other": "This does not fit the schema ({detail})",
    "surplus": "The message has more parts than it should",
    "surplus-field": "OCPP 1.6 has no field {detail} here",
    "type": "This must be of the type {detail}",
    "value-unknown": "OCPP 1.6 does not know the value {detail} here",
}
"""By `web.hints.Hint.code`; `{detail}` is what belongs to it. No full stop at the end."""
