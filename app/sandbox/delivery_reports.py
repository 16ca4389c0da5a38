"""What becomes of a message, told to the URL that it was sent with."""

from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.outside import Outside
from app.sandbox.products.message_life import CODES, DELIVERED_AFTER, RATE, SENT_AFTER, Message
from app.sandbox.repeats import report as tell


async def report(outside: Outside, message_uuid: str, message: Message, url: str, method: str | None) -> None:
    """Tell each state of a message when it is reached, in order."""
    for sequence, (moment, state) in enumerate(message.states(), 1):
        await outside.timers.at(moment)
        told = _parameters(message_uuid, message, state, sequence)
        await tell(outside, (message.owner, message_uuid), (url, method), told)


def _parameters(message_uuid: str, message: Message, state: str, sequence: int) -> Json:
    code, _ = CODES.get(state, (None, ""))
    is_sent = state not in ("queued", "failed")
    return {
        "MessageUUID": message_uuid,
        "ParentMessageUUID": message_uuid,
        "PartInfo": "1 of 1",
        "From": message.from_number,
        "To": message.to_number,
        "Type": message.kind,
        "Status": state,
        "Sequence": sequence,
        "Units": message.units,
        "TotalRate": money(RATE),
        "TotalAmount": money(message.units * RATE),
        "ErrorCode": code if state in ("failed", "undelivered") else None,
        "MessageTime": _time(message.queued),
        "QueuedTime": _time(message.queued),
        "SentTime": _time(message.queued + SENT_AFTER) if is_sent else None,
        "DeliveryReportTime": _time(message.queued + DELIVERED_AFTER)
        if state in ("delivered", "undelivered")
        else None,
        "PowerpackUUID": message.powerpack or "",
        "requester_ip": "127.0.0.1",
    }


def _time(moment: float) -> str:
    return timestamp(moment, "microseconds").removesuffix("+00:00")
