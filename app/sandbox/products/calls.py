"""Calls: make, list and show them, and what can be done with a live one (play, speak, record, transfer, …)."""

import math

from app.sandbox.data import limits, magic
from app.sandbox.engine import listing
from app.sandbox.engine.filters import matches
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.phone import is_address
from app.sandbox.engine.replies import NO_CONTENT, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.products import call_table, recordings
from app.sandbox.products.call_life import HANGS_UP_AFTER, LIVE, CallState, place
from app.sandbox.products.call_records import present_of, record_of

_ITEM = call_table.COLLECTION + "{call_uuid}/"
REQUEST = "/v1/Account/{auth_id}/Request/{request_uuid}/"

NO_RECORD = "CDR for call uuid not found"
"""What Plivo says where a call has no record, or none yet."""


def spent(request: Request) -> int:
    """Return what the calls that have ended cost, in hundred-thousandths of a dollar."""
    return sum(call.cost() for _, call in call_table.table(request).newest_first() if call.is_over(request.now))


def _create(request: Request) -> Reply:
    parameters = request.parameters
    caller, targets = parameters["from"], destinations(parameters["to"])
    if not targets or len(targets) > limits.MOST_DESTINATIONS:
        raise invalid("to", f"it must name 1 to {limits.MOST_DESTINATIONS} destinations")
    for target in targets:
        if not is_address(target):
            raise invalid("to", f"{target} is no phone number with its country code")
    if caller in targets:
        raise Refusal(400, "the destination number is identical to the caller's (from and to)")
    if len(parameters.get("caller_name") or "") > limits.LONGEST_CALLER_NAME:
        raise invalid("caller_name", f"it may have {limits.LONGEST_CALLER_NAME} characters at most")
    parent = parameters.get("parent_call_uuid")
    if parent and parameters.get("error_if_parent_not_found") and not _is_known(request, parent):
        raise not_found()
    owner = request.owner()
    calls = [place(owner, caller, target, request.now, parameters, HANGS_UP_AFTER) for target in targets]
    uuids = [call_table.add(request, call) for call in calls]
    for call_uuid in uuids:
        request.announce("call", call_uuid)
    return request.answer(201, message="call fired", request_uuid=uuids[0] if len(uuids) == 1 else uuids)


def _is_known(request: Request, call_uuid: str) -> bool:
    known = request.find(call_table.table(request), call_uuid)
    return known is not None or call_table.present(request, call_uuid) is not None


def _list(request: Request) -> Reply:
    match request.block.request.fixed.get("status"):
        case "live":
            return _list_uuids(request, *LIVE)
        case "queued":
            return _list_uuids(request, CallState.QUEUED)
    return listing.page(
        request,
        (row for row in request.visible(call_table.table(request)) if row[1].is_over(request.now)),
        lambda call_uuid, call: {**record_of(request, call_uuid, call), "status": call.ending.state.value},
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
        for call_uuid, call in call_table.in_state(request, *states)
        if matches(
            {"call_direction": call.direction, "from_number": call.from_number, "to_number": call.to_number}, filters
        )
    ]
    return listing.paged(request, matching)


def _get(request: Request) -> Reply:
    call_uuid = request.path["call_uuid"]
    wanted = request.block.request.fixed.get("status")
    if wanted is None:
        call = request.find(call_table.table(request), call_uuid)
        if call is None or not call.is_over(request.now):
            raise not_found(NO_RECORD)
        return request.answer(200, **record_of(request, call_uuid, call))
    call = call_table.present(request, call_uuid, *(LIVE if wanted == "live" else (CallState.QUEUED,)))
    if call is None:
        raise not_found()
    shown = present_of(request, call_uuid, call)
    return request.answer(200, **{name: value for name, value in shown.items() if name in request.block.example})


def _act(request: Request) -> Reply:
    """Play, speak, send digits: nobody hears it, but it takes a live call."""
    call_table.live(request, request.path["call_uuid"])
    return request.answer(202)


def _transfer(request: Request) -> Reply:
    """Send a call on to other pages, or the call that it dialled, or both."""
    call_uuid, legs = request.path["call_uuid"], request.parameters.get("legs") or "aleg"
    call_table.live(request, call_uuid)
    calls = call_table.in_state(request, CallState.IN_PROGRESS)
    dialled = [uuid for uuid, call in calls if call.parent == call_uuid and legs != "aleg"]
    request.announce("transfer", call_uuid)
    return request.answer(202, call_uuids=([] if legs == "bleg" and dialled else [call_uuid]) + dialled)


def _stop_acting(request: Request) -> Reply:
    call_table.live(request, request.path["call_uuid"])
    return NO_CONTENT


def _hang_up(request: Request) -> Reply:
    call = call_table.present(request, request.path["call_uuid"])
    if call is None:
        raise not_found()
    call_table.end(request, request.path["call_uuid"], call)
    return NO_CONTENT


def _hang_up_all(request: Request) -> Reply:
    for call_uuid, call in call_table.in_state(request, CallState.QUEUED, *LIVE):
        call_table.end(request, call_uuid, call)
    return NO_CONTENT


def _cancel(request: Request) -> Reply:
    call = call_table.present(request, request.path["request_uuid"], CallState.QUEUED, CallState.RINGING)
    if call is None:
        raise not_found()
    call_table.end(request, request.path["request_uuid"], call)
    return NO_CONTENT


def seed(request: Request, call_uuid: str, made: float) -> None:
    """Put a call into the table that was made some time ago and cost nothing: it was busy."""
    call = place(request.account, call_table.CALLER, magic.BUSY, made, {}, HANGS_UP_AFTER)
    call.to_number = call_table.CALLED
    call_table.table(request).put(call_uuid, call)


def _rate(request: Request) -> Reply:
    """Take what somebody thought of a call; nothing shows it again."""
    if not _is_known(request, request.path["call_uuid"]):
        raise not_found()
    return request.answer(200)


def _start_recording(request: Request) -> Reply:
    call = call_table.live(request, request.path["call_uuid"])
    about = {
        "call_uuid": request.path["call_uuid"],
        "from_number": call.from_number,
        "to_number": call.to_number,
        "recording_type": "normal",
    }
    return recordings.start(request, call.owner, call.ending.at, about)


def _stop_recording(request: Request) -> Reply:
    call_table.live(request, request.path["call_uuid"])
    recordings.stop(request, "call_uuid", request.path["call_uuid"], request.parameters.get("URL"))
    return NO_CONTENT


HANDLERS: Handlers = {
    ("POST", call_table.COLLECTION): _create,
    ("GET", call_table.COLLECTION): _list,
    ("DELETE", call_table.COLLECTION): _hang_up_all,
    ("GET", _ITEM): _get,
    ("POST", _ITEM): _transfer,
    ("DELETE", _ITEM): _hang_up,
    ("POST", _ITEM + "Record/"): _start_recording,
    ("DELETE", _ITEM + "Record/"): _stop_recording,
    ("POST", _ITEM + "Play/"): _act,
    ("DELETE", _ITEM + "Play/"): _stop_acting,
    ("POST", _ITEM + "Speak/"): _act,
    ("DELETE", _ITEM + "Speak/"): _stop_acting,
    ("POST", _ITEM + "DTMF/"): _act,
    ("DELETE", REQUEST): _cancel,
    ("POST", "/v1/Call/{call_uuid}/Feedback/"): _rate,
}
