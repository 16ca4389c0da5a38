"""Calls: make, list and show them, and what can be done with a live one (play, speak, record, transfer, …)."""

import math
from collections.abc import Iterator

from app.sandbox.data import magic
from app.sandbox.engine import listing
from app.sandbox.engine.filters import matches
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.replies import NO_CONTENT, Json, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Table
from app.sandbox.products import recordings
from app.sandbox.products.call_life import LIVE, RATE, Call, CallState, outcome_of

_COLLECTION = "/v1/Account/{auth_id}/Call/"
_ITEM = _COLLECTION + "{call_uuid}/"


def spent(request: Request) -> int:
    """Return what the calls that have ended cost, in hundred-thousandths of a dollar."""
    return sum(call.cost() for _, call in _table(request).newest_first() if call.is_over(request.now))


def _table(request: Request) -> Table[Call]:
    return request.table(_COLLECTION, Call)


def _create(request: Request) -> Reply:
    parameters = request.parameters
    caller = str(parameters["from"]).removeprefix("+")
    targets = destinations(parameters["to"])
    if not targets:
        raise invalid("to", "it names no destination")
    if caller in targets:
        raise Refusal(400, "the destination number is identical to the caller's (from and to)")
    parent = parameters.get("parent_call_uuid") or None
    if parent and parameters.get("error_if_parent_not_found") and request.find(_table(request), parent) is None:
        raise not_found("parent call")
    owner = request.owner()
    uuids = []
    for target in targets:
        answered, ending = outcome_of(target, request.now, parameters)
        call = Call(owner, caller, target, parameters.get("caller_name") or "", parent, request.now, answered, ending)
        uuids.append(add(request, call))
    return request.answer(201, message="call fired", request_uuid=uuids[0] if len(uuids) == 1 else uuids)


def add(request: Request, call: Call) -> str:
    """Put a call into the table and return its uuid."""
    call_uuid = request.state.uuid()
    _table(request).put(call_uuid, call)
    return call_uuid


def _in_state(request: Request, *states: CallState) -> Iterator[tuple[str, Call]]:
    for call_uuid, call in request.visible(_table(request)):
        if call.state(request.now) in states:
            yield call_uuid, call


def _list(request: Request) -> Reply:
    match request.block.request.fixed.get("status"):
        case "live":
            return _list_uuids(request, *LIVE)
        case "queued":
            return _list_uuids(request, CallState.QUEUED)
    return listing.page(
        request,
        (row for row in request.visible(_table(request)) if row[1].is_over(request.now)),
        lambda call_uuid, call: {**_record(request, call_uuid, call), "status": call.ending.state.value},
        at=lambda call: math.floor(call.ending.at),
    )


def _list_uuids(request: Request, *states: CallState) -> Reply:
    filters = {
        name: request.parameters[name]
        for name in ("call_direction", "from_number", "to_number")
        if request.parameters.get(name)
    }
    matching = [
        call_uuid
        for call_uuid, call in _in_state(request, *states)
        if matches(_record(request, call_uuid, call), filters)
    ]
    return listing.paged(request, matching)


def _get(request: Request) -> Reply:
    call_uuid = request.path["call_uuid"]
    wanted = request.block.request.fixed.get("status")
    call = request.find(_table(request), call_uuid)
    if call is None:
        raise not_found("call")
    state = call.state(request.now)
    if wanted is None and call.is_over(request.now):
        return request.answer(200, **_record(request, call_uuid, call))
    if (wanted == "live" and state in LIVE) or (wanted == "queued" and state is CallState.QUEUED):
        return request.answer(
            200,
            call_status=state.value,
            call_uuid=call_uuid,
            caller_name=call.caller_name,
            direction="outbound",
            request_uuid=call_uuid,
            session_start=timestamp(call.made, "microseconds").removesuffix("+00:00"),
            **{"from": call.from_number, "to": call.to_number},
        )
    raise not_found("call")


def _record(request: Request, call_uuid: str, call: Call) -> Json:
    seconds = call.seconds()
    return {
        "answer_time": None if call.answered is None else timestamp(call.answered),
        "bill_duration": seconds,
        "billed_duration": math.ceil(seconds / 60) * 60,
        "call_direction": "outbound",
        "call_duration": seconds,
        "call_uuid": call_uuid,
        "end_time": timestamp(call.ending.at),
        "from_number": call.from_number,
        "hangup_cause_code": call.ending.code,
        "hangup_cause_name": call.ending.cause,
        "hangup_source": call.ending.source,
        "initiation_time": timestamp(call.made),
        "parent_call_uuid": call.parent,
        "resource_uri": request.uri("Call", call_uuid),
        "to_number": call.to_number,
        "total_amount": money(call.cost()),
        "total_rate": money(RATE),
    }


def live(request: Request, call_uuid: str) -> Call:
    """Return a call that is ringing or in progress.

    Raises:
        Refusal: 404, there is none.
    """
    call = request.find(_table(request), call_uuid)
    if call is None or call.state(request.now) not in LIVE:
        raise not_found("call")
    return call


def _act(request: Request) -> Reply:
    """Play, speak, send digits, transfer: nobody hears it, but it takes a live call."""
    live(request, request.path["call_uuid"])
    return request.answer(202)


def _stop_acting(request: Request) -> Reply:
    live(request, request.path["call_uuid"])
    return NO_CONTENT


def _hang_up(request: Request) -> Reply:
    call = request.find(_table(request), request.path["call_uuid"])
    if call is None or call.is_over(request.now):
        raise not_found("call")
    _end(request, request.path["call_uuid"], call)
    return NO_CONTENT


def _hang_up_all(request: Request) -> Reply:
    for call_uuid, call in _in_state(request, CallState.QUEUED, *LIVE):
        _end(request, call_uuid, call)
    return NO_CONTENT


def _cancel(request: Request) -> Reply:
    call = request.find(_table(request), request.path["request_uuid"])
    if call is None or call.state(request.now) not in (CallState.QUEUED, CallState.RINGING):
        raise not_found("call request")
    _end(request, request.path["request_uuid"], call)
    return NO_CONTENT


def seed(request: Request, call_uuid: str, made: float) -> None:
    """Put a call into the table that was made some time ago and cost nothing: it was busy."""
    answered, ending = outcome_of(magic.BUSY, made, {})
    call = Call(request.account, "14155550100", "14155550123", "", None, made, answered, ending)
    _table(request).put(call_uuid, call)


def _rate(request: Request) -> Reply:
    """Take what somebody thought of a call; nothing shows it again."""
    if request.find(_table(request), request.path["call_uuid"]) is None:
        raise not_found("call")
    return request.answer(200)


def _end(request: Request, call_uuid: str, call: Call) -> None:
    call.hang_up(request.now)
    recordings.stop(request, "call_uuid", call_uuid)


def _start_recording(request: Request) -> Reply:
    call = live(request, request.path["call_uuid"])
    about = {
        "call_uuid": request.path["call_uuid"],
        "from_number": call.from_number,
        "to_number": call.to_number,
        "recording_type": "normal",
    }
    return recordings.start(request, call.owner, call.ending.at, about)


def _stop_recording(request: Request) -> Reply:
    live(request, request.path["call_uuid"])
    recordings.stop(request, "call_uuid", request.path["call_uuid"], request.parameters.get("URL"))
    return NO_CONTENT


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _create,
    ("GET", _COLLECTION): _list,
    ("DELETE", _COLLECTION): _hang_up_all,
    ("GET", _ITEM): _get,
    ("POST", _ITEM): _act,
    ("DELETE", _ITEM): _hang_up,
    ("POST", _ITEM + "Record/"): _start_recording,
    ("DELETE", _ITEM + "Record/"): _stop_recording,
    ("POST", _ITEM + "Play/"): _act,
    ("DELETE", _ITEM + "Play/"): _stop_acting,
    ("POST", _ITEM + "Speak/"): _act,
    ("DELETE", _ITEM + "Speak/"): _stop_acting,
    ("POST", _ITEM + "DTMF/"): _act,
    ("DELETE", "/v1/Account/{auth_id}/Request/{request_uuid}/"): _cancel,
    ("POST", "/v1/Call/{call_uuid}/Feedback/"): _rate,
}
