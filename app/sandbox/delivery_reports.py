"""What becomes of a message, told to the URL that it was sent with."""

from functools import partial

from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.outside import MESSAGING, Outside
from app.sandbox.products.message_life import CODES, DELIVERED_AFTER, RATE, SENT_AFTER, Message

REPEATS_AFTER = (60.0, 120.0, 240.0)
"""Seconds after which a report is repeated that was not answered 200, each from the one before (Plivo's)."""

_RECEIVED = 200


async def report(outside: Outside, message_uuid: str, message: Message, url: str, method: str | None) -> None:
    """Tell each state of a message when it is reached, in order."""
    for sequence, (moment, state) in enumerate(message.states(), 1):
        await outside.timers.at(moment)
        told = _parameters(message_uuid, message, state, sequence)
        if not await _tell(outside, message_uuid, message, (url, method), told):
            # The next states do not wait for a receiver that is down.
            outside.spawn(partial(_repeat, outside, message_uuid, message, (url, method), told))


async def _repeat(
    outside: Outside, message_uuid: str, message: Message, target: tuple[str, str | None], told: Json
) -> None:
    for seconds in REPEATS_AFTER:
        await outside.timers.at(outside.state.clock() + seconds)
        if await _tell(outside, message_uuid, message, target, told):
            return


async def _tell(
    outside: Outside, message_uuid: str, message: Message, target: tuple[str, str | None], told: Json
) -> bool:
    answer = await outside.ask((message.owner, message_uuid), *target, told, MESSAGING)
    return answer is not None and answer.status == _RECEIVED


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
