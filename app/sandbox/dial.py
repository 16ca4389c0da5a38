"""Dial: second legs to other numbers; the first who takes it talks to the caller."""

import math

from app.protocol.xml.document import Element
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Json
from app.sandbox.line import Jump, Line
from app.sandbox.page import follow, seconds
from app.sandbox.products import call_table
from app.sandbox.products.call_life import Call, CallState, place

TALKS_FOR = 5.0
"""Seconds after which who was dialled hangs up."""

MOST_LEGS = 50
"""Numbers that are rung together; further ones are not."""

_RINGS_FOR = 120
"""Seconds that Plivo rings, unless ``timeout`` says otherwise."""

_STATUSES = {
    CallState.COMPLETED: "completed",
    CallState.BUSY: "busy",
    CallState.NO_ANSWER: "no-answer",
    CallState.CANCELLED: "timeout",
}
"""State of the leg that was left → DialStatus; any other has failed."""

_Leg = tuple[str, Call]


async def dial(line: Line, element: Element) -> Jump | None:
    """Ring all numbers together, join the first who answers with the caller, and tell how it went."""
    legs = _place(line, element)
    gives_up = line.now + seconds(element, "timeout", _RINGS_FOR)

    async def hang_up_all() -> None:
        for call_uuid, leg in legs:
            if not leg.is_over(line.now):
                call_table.end(line.acting(), call_uuid, leg, 4000, "Normal Hangup", "Caller")

    line.at_end.append(hang_up_all)
    await line.outside.timers.until(lambda: min(gives_up, _decided(legs)))
    # Who took it may have hung up again by now, where the clock was moved.
    answered = [(leg.answered, uuid, leg) for uuid, leg in legs if leg.answered is not None]
    first = min(answered, key=lambda each: each[0], default=None)
    taken = first[1:] if first is not None and first[0] <= min(line.now, gives_up) else None
    for call_uuid, leg in legs:
        if (taken is None or leg is not taken[1]) and not leg.is_over(line.now):
            call_table.end(line.acting(), call_uuid, leg, 9000, "Lost Race" if taken else "Ring Timeout", "Plivo")
    if taken is not None:
        await _talk(line, element, taken)
    line.at_end.remove(hang_up_all)
    return await follow(line, element, _result(line, legs, taken))


def _place(line: Line, element: Element) -> list[_Leg]:
    caller = element.attributes.get("callerId") or line.call.from_number
    parameters = {"parent_call_uuid": line.call_uuid}
    legs = []
    for child in element.children[:MOST_LEGS]:
        target = child.text.strip() if child.name == "User" else cleaned(child.text.strip())
        leg = place(line.call.owner, caller, target, line.now, parameters, TALKS_FOR)
        legs.append((call_table.add(line.acting(), leg), leg))
        line.note("leg", call_uuid=legs[-1][0], to=target)
    return legs


def _decided(legs: list[_Leg]) -> float:
    """Return when it is known how the ringing goes on: somebody answers, or nobody is left who could."""
    answered = min((leg.answered for _, leg in legs if leg.answered is not None), default=math.inf)
    return min(answered, max((leg.ending.at for _, leg in legs), default=0.0))


async def _talk(line: Line, element: Element, taken: _Leg) -> None:
    call_uuid, leg = taken
    line.note("joined", call_uuid=call_uuid)
    told = {
        "DialALegUUID": line.call_uuid,
        "DialBLegUUID": call_uuid,
        "DialBLegFrom": leg.from_number,
        "DialBLegTo": leg.to_number,
    }
    url, method = element.attributes.get("callbackUrl"), element.attributes.get("callbackMethod")
    if url:
        await line.ask(url, method, {**told, "DialAction": "answer", "DialBLegStatus": "answer"})
    stops = line.now + seconds(element, "timeLimit", 14400)
    await line.outside.timers.until(lambda: min(stops, leg.ending.at))
    if not leg.is_over(line.now):
        call_table.end(line.acting(), call_uuid, leg, 6000, "Scheduled Hangup", "Plivo")
    if url:
        ended: Json = {
            "DialBLegDuration": leg.seconds(),
            "DialBLegBillDuration": leg.seconds(),
            "DialBLegHangupCauseName": leg.ending.cause,
            "DialBLegHangupCauseCode": leg.ending.code,
            "DialBLegHangupSource": leg.ending.source,
        }
        await line.ask(url, method, {**told, **ended, "DialAction": "hangup", "DialBLegStatus": "hangup"})


def _result(line: Line, legs: list[_Leg], taken: _Leg | None) -> Json:
    last = taken or (legs[-1] if legs else None)
    state = CallState.FAILED if last is None else last[1].state(line.now)
    return {
        "DialStatus": _STATUSES.get(state, "failed"),
        "DialRingStatus": "true" if last is not None and state is not CallState.FAILED else "false",
        "DialHangupCause": "NORMAL_CLEARING" if taken else _STATUSES.get(state, "failed").upper().replace("-", "_"),
        "DialALegUUID": line.call_uuid,
        "DialBLegUUID": taken[0] if taken else "",
    }
