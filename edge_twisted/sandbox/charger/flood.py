"""Old messages that a charger kept for weeks, and sends all at once when it first connects (Q36)."""

from collections.abc import Iterator

from edge_twisted.sandbox.charger.watch import timestamp
from edge_twisted.sandbox.charger.works import Works
from edge_twisted.sandbox.framing import Call, write

WEEK = 7 * 86_400


def messages(number: int, works: Works) -> Iterator[str]:
    """Write old messages.

    Args:
        number: how many.
        works: the charger's inside.

    Yields:
        Their texts: a status, meter values of a transaction that nobody knows any more, and so on in turn.
    """
    begin = works.watch.now() - WEEK
    for index in range(number):
        at = timestamp(begin + index * 60)
        if index % 2:
            value = {"value": str(1000 + index), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            meter = [{"timestamp": at, "sampledValue": [value]}]
            call = Call(works.dialogue.oddities.new_id(), "MeterValues", {"connectorId": 1, "transactionId": 0})
            call.payload["meterValue"] = meter
        else:
            told = {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": at}
            call = Call(works.dialogue.oddities.new_id(), "StatusNotification", told)
        yield write(call)
