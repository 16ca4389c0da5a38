"""Multiparty calls: begun by adding a participant, or by the page of a call, shown, started and stopped."""

import math
from collections.abc import Iterable
from dataclasses import replace

from app.sandbox.engine import listing
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.phone import is_address
from app.sandbox.engine.replies import Json, Refusal, Reply, invalid, missing, not_found
from app.sandbox.engine.request import Handlers, Request, sub_account_field
from app.sandbox.engine.tables import Table
from app.sandbox.products import call_table, recordings
from app.sandbox.products.call_life import Call, place
from app.sandbox.products.multiparty_life import MOST_CHANGES, MultiPartyCall, Participant, Target, Track, view

_COLLECTION = ACCOUNT + "/MultiPartyCall/"
ITEM = _COLLECTION + "{mpc_id}/"
PARTICIPANTS = ITEM + "Participant/"

STAYS = 1800.0
"""Seconds after which somebody who was called leaves."""

_BY_NAME, _BY_UUID = "name_", "uuid_"

_GROUPS = "mpc-state-changes,participant-state-changes"
"""Events that are told unless ``status_callback_events`` says otherwise (Plivo's default)."""


def table(request: Request) -> Table[MultiPartyCall]:
    """Return all multiparty calls."""
    return request.table(_COLLECTION, MultiPartyCall)


def _found(request: Request) -> MultiPartyCall | None:
    """Return the multiparty call that the path names: by its name only while it is not over."""
    mpc_id = request.path["mpc_id"]
    if mpc_id.startswith(_BY_UUID):
        return request.find(table(request), mpc_id.removeprefix(_BY_UUID))
    name = mpc_id.removeprefix(_BY_NAME)
    named = (mpc for _, mpc in request.visible(table(request)) if mpc.name == name)
    return next((mpc for mpc in named if mpc_id.startswith(_BY_NAME) and not mpc.is_over(request.now)), None)


def existing(request: Request) -> MultiPartyCall:
    """Return the multiparty call that the path names.

    Raises:
        Refusal: 404, there is none.
    """
    mpc = _found(request)
    if mpc is None:
        raise not_found()
    return mpc


def live(request: Request) -> MultiPartyCall:
    """Return the multiparty call that the path names, which is not over.

    Raises:
        Refusal: 404, there is none.
    """
    mpc = existing(request)
    if mpc.is_over(request.now):
        raise not_found()
    return mpc


def uri_of(request: Request, mpc: MultiPartyCall) -> str:
    """Return its path."""
    return request.uri("MultiPartyCall", f"{_BY_UUID}{mpc.uuid}")


def _view(request: Request, mpc: MultiPartyCall) -> Json:
    return {**view(mpc, request.now, uri_of(request, mpc)), "sub_account": sub_account_field(mpc.owner)}


def answer(request: Request, status: int, message: str, **more: object) -> Reply:
    """Answer as the example does, with a request_uuid where it has one."""
    own = {"request_uuid": request.state.uuid()} if "request_uuid" in request.block.example else {}
    return request.answer(status, message=message, **{**own, **more})


def _list(request: Request) -> Reply:
    return listing.page(
        request,
        request.visible(table(request)),
        lambda _, mpc: _view(request, mpc),
        at=lambda mpc: math.floor(mpc.created),
    )


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, existing(request)))


def _add(request: Request) -> Reply:
    parameters = request.parameters
    mpc = _found(request)
    if mpc is None and not request.path["mpc_id"].startswith(_BY_NAME):
        raise not_found()
    mpc = _opened(request, mpc)
    targets = destinations(parameters.get("to") or "")
    call_uuid = parameters.get("call_uuid")
    _need_room(request, mpc, 1 if call_uuid else len(targets))
    called = {call_uuid: call_table.live(request, call_uuid)} if call_uuid else _dial(request, targets)
    participants = _enter(request, mpc, called.items())
    for participant in participants:
        request.announce("participant", f"{mpc.uuid}/{participant.member_id}")
    shown = [{"call_uuid": uuid, "from": call.from_number, "to": call.to_number} for uuid, call in called.items()]
    more = {"request_uuid": shown[0]["call_uuid"]} if len(shown) == 1 else {}
    return answer(request, 201, "add participant action initiated", calls=shown, **more)


def join(request: Request, name: str, call_uuid: str, call: Call) -> tuple[MultiPartyCall, Participant]:
    """Let a call take part in the multiparty call of this name, as the page of the call says.

    Args:
        request: its parameters are those of the operation that adds a participant.
        name: of the multiparty call, which is made where there is none that is not over.
        call_uuid: whose call it is.
        call: the call.

    Raises:
        Refusal: 400, no more may take part.
    """
    asked = replace(request, account=call.owner, path={"auth_id": call.owner, "mpc_id": f"{_BY_NAME}{name}"})
    mpc = _opened(asked, _found(asked))
    _need_room(asked, mpc, 1)
    (participant,) = _enter(asked, mpc, [(call_uuid, call)])
    participant.by_request, participant.goes_on = False, True
    return mpc, participant


def _opened(request: Request, mpc: MultiPartyCall | None) -> MultiPartyCall:
    """Return the multiparty call if it is not over, else a new one."""
    if mpc is None or mpc.is_over(request.now):
        mpc = _new(request)
    return mpc


def _need_room(request: Request, mpc: MultiPartyCall, more: int) -> None:
    if len(_expected(request, mpc)) + more > mpc.max_participants:
        raise Refusal(400, f"the multiparty call may have {mpc.max_participants} participants at most")


def _enter(request: Request, mpc: MultiPartyCall, called: Iterable[tuple[str, Call]]) -> list[Participant]:
    """Let calls take part, as the parameters say."""
    parameters, target = request.parameters, _target(request)
    table(request).put(mpc.uuid, mpc)
    mpc.target = mpc.target or target
    entered = []
    for uuid, call in called:
        participant = Participant(str(len(mpc.participants) + 1), uuid, call, parameters["role"], request.now)
        participant.starts = parameters.get("start_mpc_on_enter", True)
        participant.ends = parameters.get("end_mpc_on_exit", False)
        participant.mute = parameters.get("mute", False)
        participant.hold = parameters.get("hold", False)
        # Plivo: only a supervisor coaches.
        participant.coach_mode = parameters["role"] == "supervisor" and parameters.get("coach_mode", True)
        participant.target = target
        if url := parameters.get("on_exit_action_url"):
            participant.on_exit, participant.goes_on = (url, parameters.get("on_exit_action_method")), True
        mpc.participants.append(participant)
        entered.append(participant)
    if parameters.get("record") and mpc.track is None:
        mpc.track = record(request, mpc, mpc.ends()[0], entered[0].call_uuid)
    return entered


def _target(request: Request) -> Target | None:
    url = request.parameters.get("status_callback_url")
    groups = request.parameters.get("status_callback_events") or _GROUPS
    method = request.parameters.get("status_callback_method")
    return Target(url, method, tuple(group.strip() for group in groups.split(","))) if url else None


def _expected(request: Request, mpc: MultiPartyCall) -> list[Participant]:
    return [participant for participant in mpc.participants if participant.leaves() > request.now]


def _new(request: Request) -> MultiPartyCall:
    parameters = request.parameters
    name = request.path["mpc_id"].removeprefix(_BY_NAME)
    mpc = MultiPartyCall(request.account, request.state.uuid(), name, request.now)
    mpc.max_duration = parameters.get("max_duration") or mpc.max_duration
    mpc.max_participants = parameters.get("max_participants") or mpc.max_participants
    mpc.stay_alone = parameters.get("stay_alone", False)
    return mpc


def _dial(request: Request, targets: list[str]) -> dict[str, Call]:
    """Call everybody who shall take part."""
    parameters = request.parameters
    caller = parameters.get("from") or ""
    if not caller:
        raise missing("from")
    if not targets or caller in targets or not all(is_address(target) for target in targets):
        raise invalid("to", "it must have phone numbers with their country codes, other ones than from")
    made = request.now + (parameters.get("delay_dial") or 0)
    called = [place(request.account, caller, target, made, parameters, STAYS) for target in targets]
    return {call_table.add(request, call): call for call in called}


def _start(request: Request) -> Reply:
    mpc = live(request)
    mpc.started = min(mpc.started, request.now)
    request.announce("started", mpc.uuid)
    return answer(request, 200, f"MPC: {mpc.name} started")


def _stop(request: Request) -> Reply:
    mpc = live(request)
    for participant in _expected(request, mpc):
        end_participation(request, participant, 4020, "MPC Ended")
    if mpc.track is not None:
        mpc.track.end(request.now)
    mpc.stopped = request.now
    request.announce("stopped", mpc.uuid)
    if mpc.is_endless:
        table(request).drop(mpc.uuid)  # the next one is there at once
    return answer(request, 200, f"MPC: {mpc.name} kick member(s) succeeded")


def end_participation(request: Request, participant: Participant, code: int, cause: str) -> None:
    """Let somebody leave, and hang up for one of Plivo's causes unless their call goes on.

    Who never hangs up dials in again at once.
    """
    if participant.track is not None:
        participant.track.end(request.now)
    if participant.goes_on:
        participant.left = request.now
        request.announce("left", participant.call_uuid)
        return
    is_endless = math.isinf(participant.call.ending.at)
    call_table.end(request, participant.call_uuid, participant.call, code, cause)
    if is_endless:
        participant.call, participant.call_uuid = call_table.endless(request), request.state.uuid()
        participant.added, participant.track = request.now, None
        participant.mute = participant.hold = participant.coach_mode = False


def record(request: Request, mpc: MultiPartyCall, ends: float, call_uuid: str) -> Track:
    """Begin to record until something ends."""
    about = {"call_uuid": call_uuid, "mpc_name": mpc.name, "mpc_uuid": mpc.uuid, "recording_type": "mpc"}
    latest = min(ends, request.now + mpc.max_duration)
    track = Track(*recordings.begin(request, mpc.owner, latest, about, latest - request.now))
    mpc.tracks = [*mpc.tracks[1 - MOST_CHANGES :], track]
    request.announce("track", f"{mpc.uuid}/{track.recording_id}")
    return track


def seed(request: Request, mpc_uuid: str, call_uuid: str) -> None:
    """Put the multiparty call of the example into the table; it goes on until somebody stops it."""
    name = request.path["mpc_id"].removeprefix(_BY_NAME)
    call = call_table.endless(request)
    mpc = MultiPartyCall(request.account, mpc_uuid, name, request.now, is_endless=True)
    mpc.participants.append(Participant(request.path["participant_id"], call_uuid, call, "customer", request.now))
    table(request).put(mpc_uuid, mpc)


HANDLERS: Handlers = {
    ("GET", _COLLECTION): _list,
    ("GET", ITEM): _get,
    ("POST", ITEM): _start,
    ("DELETE", ITEM): _stop,
    ("POST", PARTICIPANTS): _add,
}
