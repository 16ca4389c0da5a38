"""Multiparty calls: begun by adding a participant, shown, started and stopped."""

import math

from app.sandbox.engine import listing
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Json, Refusal, Reply, invalid, missing, not_found
from app.sandbox.engine.request import Handlers, Request, sub_account_field
from app.sandbox.engine.tables import Table
from app.sandbox.products import calls, recordings
from app.sandbox.products.call_life import Call, CallState, Ending, outcome_of
from app.sandbox.products.multiparty_life import MultiPartyCall, Participant, Track, view

_COLLECTION = ACCOUNT + "/MultiPartyCall/"
ITEM = _COLLECTION + "{mpc_id}/"
PARTICIPANTS = ITEM + "Participant/"

_BY_NAME, _BY_UUID = "name_", "uuid_"


def _table(request: Request) -> Table[MultiPartyCall]:
    return request.table(_COLLECTION, MultiPartyCall)


def _found(request: Request) -> MultiPartyCall | None:
    """Return the multiparty call that the path names: by its name only while it is not over."""
    mpc_id = request.path["mpc_id"]
    if mpc_id.startswith(_BY_UUID):
        return request.find(_table(request), mpc_id.removeprefix(_BY_UUID))
    name = mpc_id.removeprefix(_BY_NAME)
    named = (mpc for _, mpc in request.visible(_table(request)) if mpc.name == name)
    return next((mpc for mpc in named if mpc_id.startswith(_BY_NAME) and not mpc.is_over(request.now)), None)


def existing(request: Request) -> MultiPartyCall:
    """Return the multiparty call that the path names.

    Raises:
        Refusal: 404, there is none.
    """
    mpc = _found(request)
    if mpc is None:
        raise not_found("multiparty call")
    return mpc


def live(request: Request) -> MultiPartyCall:
    """Return the multiparty call that the path names, which is not over.

    Raises:
        Refusal: 404, there is none.
    """
    mpc = existing(request)
    if mpc.is_over(request.now):
        raise not_found("multiparty call")
    return mpc


def uri_of(request: Request, mpc: MultiPartyCall) -> str:
    """Return its path."""
    return request.uri("MultiPartyCall", f"{_BY_UUID}{mpc.uuid}")


def _view(request: Request, mpc: MultiPartyCall) -> Json:
    return {**view(mpc, request.now, uri_of(request, mpc)), "sub_account": sub_account_field(mpc.owner)}


def answer(request: Request, status: int, message: str, **more: object) -> Reply:
    """Answer as the example does, with a request_uuid where it has one."""
    own = {"request_uuid": request.state.uuid()} if "request_uuid" in request.block.example else {}
    return request.answer(status, message=message, **own, **more)


def _list(request: Request) -> Reply:
    return listing.page(
        request,
        request.visible(_table(request)),
        lambda _, mpc: _view(request, mpc),
        at=lambda mpc: math.floor(mpc.created),
    )


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, existing(request)))


def _add(request: Request) -> Reply:
    parameters = request.parameters
    mpc = _found(request)
    if (mpc is None or mpc.is_over(request.now)) and not request.path["mpc_id"].startswith(_BY_NAME):
        raise not_found("multiparty call")
    if mpc is None or mpc.is_over(request.now):
        mpc = _new(request)
    targets = destinations(parameters.get("to") or "")
    call_uuid = parameters.get("call_uuid")
    if len(_expected(request, mpc)) + (1 if call_uuid else len(targets)) > mpc.max_participants:
        raise Refusal(400, f"the multiparty call may have {mpc.max_participants} participants at most")
    called = {call_uuid: calls.live(request, call_uuid)} if call_uuid else _dial(request, targets)
    _table(request).put(mpc.uuid, mpc)
    for uuid, call in called.items():
        participant = Participant(str(len(mpc.participants) + 1), uuid, call, parameters["role"], request.now)
        participant.starts = parameters.get("start_mpc_on_enter", True)
        participant.ends = parameters.get("end_mpc_on_exit", False)
        participant.mute = parameters.get("mute", False)
        participant.hold = parameters.get("hold", False)
        # Plivo: only a supervisor coaches.
        participant.coach_mode = parameters["role"] == "supervisor" and parameters.get("coach_mode", True)
        mpc.participants.append(participant)
    if parameters.get("record") and mpc.track is None:
        mpc.track = Track(record(request, mpc, mpc.ends()[0], next(iter(called))))
    shown = [{"call_uuid": uuid, "from": call.from_number, "to": call.to_number} for uuid, call in called.items()]
    return answer(request, 200, "add participant action initiated", calls=shown)


def _expected(request: Request, mpc: MultiPartyCall) -> list[Participant]:
    return [participant for participant in mpc.participants if not participant.call.is_over(request.now)]


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
    caller = str(parameters.get("from") or "").removeprefix("+")
    if not caller:
        raise missing("from")
    if not targets or caller in targets:
        raise invalid("to", "it must name somebody else than from")
    made = request.now + (parameters.get("delay_dial") or 0)
    dialled = {}
    for target in targets:
        answered, ending = outcome_of(target, made, parameters)
        name = parameters.get("caller_name") or ""
        call = Call(request.account, caller, target, name, None, made, answered, ending)
        dialled[calls.add(request, call)] = call
    return dialled


def _start(request: Request) -> Reply:
    mpc = live(request)
    mpc.started = min(mpc.started, request.now)
    return answer(request, 200, f"MPC: {mpc.name} started")


def _stop(request: Request) -> Reply:
    mpc = live(request)
    for participant in _expected(request, mpc):
        end_participation(request, participant, 4020, "MPC Ended")
    if mpc.track is not None:
        recordings.end(request, mpc.track.recording_id)
    mpc.stopped = request.now
    return answer(request, 200, f"MPC: {mpc.name} kick member(s) succeeded")


def end_participation(request: Request, participant: Participant, code: int, cause: str) -> None:
    """Hang up on somebody, for one of Plivo's causes."""
    participant.call.hang_up(request.now, code, cause)
    if participant.track is not None:
        recordings.end(request, participant.track.recording_id)


def record(request: Request, mpc: MultiPartyCall, ends: float, call_uuid: str) -> str:
    """Begin to record until something ends, and return the recording's id."""
    about = {"call_uuid": call_uuid, "mpc_name": mpc.name, "mpc_uuid": mpc.uuid, "recording_type": "mpc"}
    latest = min(ends, request.now + mpc.max_duration)
    recording_id, _ = recordings.begin(request, mpc.owner, latest, about, latest - request.now)
    return recording_id


def seed(request: Request, mpc_uuid: str, call_uuid: str) -> None:
    """Put the multiparty call of the example into the table; it goes on until somebody stops it."""
    name = request.path["mpc_id"].removeprefix(_BY_NAME)
    forever = Ending(math.inf, CallState.COMPLETED, 4000, "Normal Hangup", "Callee")
    call = Call(request.account, "14155550100", "14155550123", "", None, request.now, request.now, forever)
    mpc = MultiPartyCall(request.account, mpc_uuid, name, request.now, is_endless=True)
    mpc.participants.append(Participant(request.path["participant_id"], call_uuid, call, "customer", request.now))
    _table(request).put(mpc_uuid, mpc)


HANDLERS: Handlers = {
    ("GET", _COLLECTION): _list,
    ("GET", ITEM): _get,
    ("POST", ITEM): _start,
    ("DELETE", ITEM): _stop,
    ("POST", PARTICIPANTS): _add,
}
