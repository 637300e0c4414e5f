"""A record as bytes and back: JSON, with bytes in base64, so that any identity and any password survives (D2).

Fields may come later: one that is missing takes its default, one that is not known is passed over.
"""

import msgspec

from edge_twisted.core.record import Record

_DECODER = msgspec.json.Decoder(Record)


class Unencodable(ValueError):
    """A record that would not come back as it went in."""


class Undecodable(ValueError):
    """Bytes that are no record. Says nothing of their content."""


def encode_record(record: Record) -> bytes:
    """Turn a record into bytes.

    Args:
        record: any record.

    Returns:
        JSON.

    Raises:
        Unencodable: it holds what JSON cannot carry, such as NaN or half a character: written, it would stop the
            next start.
    """
    try:
        data = msgspec.json.encode(record)
        if _DECODER.decode(data) == record:
            return data
    except (ValueError, TypeError, msgspec.MsgspecError):
        pass  # their texts quote the content
    raise Unencodable("a field holds a value that cannot be stored")


def decode_record(data: bytes) -> Record:
    """Turn bytes back into a record.

    Args:
        data: what `encode_record` made, in this version or another.

    Returns:
        The record.

    Raises:
        Undecodable: anything else.
    """
    try:
        return _DECODER.decode(data)
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise Undecodable("not a record of this version") from None
