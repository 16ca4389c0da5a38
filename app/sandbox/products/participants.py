"""Who takes part in a multiparty call: shown, muted, held, kicked, recorded, played to."""

from collections.abc import Callable

from app.sandbox.engine import listing
from app.sandbox.engine.replies import NO_CONTENT, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.products.multiparty import (
    ITEM,
    PARTICIPANTS,
    answer,
    end_participation,
    existing,
    live,
    record,
    uri_of,
)
from app.sandbox.products.multiparty_life import MultiPartyCall, Participant, Track, view_participant

PARTICIPANT = PARTICIPANTS + "{participant_id}/"
_MEMBER = ITEM + "Member/{participant_id}/"

_CHANGES = {"coach_mode": "coach_mode enable/disable", "hold": "hold/unhold member(s)", "mute": "mute/unmute member(s)"}
"""What can be changed of a participant → how Plivo says that it was."""

_EVENTS = {
    "coach_mode": ("ParticipantCoachModeStop", "ParticipantCoachModeStart"),
    "hold": ("ParticipantUnhold", "ParticipantHold"),
    "mute": ("ParticipantUnmute", "ParticipantMute"),
}
"""What can be changed → what Plivo's events call it when it is off, and when it is on."""


def _named(request: Request, mpc: MultiPartyCall) -> list[Participant]:
    """Return the participants that the path names: one id, several joined by commas, or ``all``."""
    present = {participant.member_id: participant for participant in mpc.present(request.now)}
    wanted = request.path["participant_id"].split(",")
    if wanted == ["all"]:
        return list(present.values())
    if any(member_id not in present for member_id in wanted):
        raise not_found()
    return [present[member_id] for member_id in wanted]


def _list_participants(request: Request) -> Reply:
    mpc = existing(request)
    rows = [
        (participant.member_id, view_participant(mpc, participant, request.now, uri_of(request, mpc)))
        for participant in mpc.participants
        if request.parameters.get("call_uuid") in (None, "", participant.call_uuid)
    ]
    return listing.paged(request, [item for _, item in rows])


def _get_participant(request: Request) -> Reply:
    mpc = existing(request)
    for participant in mpc.participants:
        if participant.member_id == request.path["participant_id"]:
            return request.answer(200, **view_participant(mpc, participant, request.now, uri_of(request, mpc)))
    raise not_found()


def _update_participant(request: Request) -> Reply:
    mpc = live(request)
    done = {name: request.parameters[name] for name in _CHANGES if name in request.parameters}
    if request.path["participant_id"] == "all" and "coach_mode" in done:
        raise invalid("coach_mode", "it cannot be changed for all participants at once")
    for participant in _named(request, mpc):
        for name, value in done.items():
            if getattr(participant, name) != bool(value):
                mpc.note(request.now, _EVENTS[name][bool(value)], participant.member_id)
            setattr(participant, name, bool(value))
    request.announce("changed", mpc.uuid)
    message = {name: f"MPC: {mpc.name} {words} succeeded" for name, words in _CHANGES.items() if name in done}
    return request.answer(202, message=message, request_uuid=request.state.uuid())


def _kick(request: Request) -> Reply:
    for participant in _named(request, live(request)):
        end_participation(request, participant, 4030, "Kicked From MPC")
    return NO_CONTENT


def _start_recording(request: Request) -> Reply:
    mpc = live(request)
    if mpc.track is None:
        present = mpc.present(request.now)
        mpc.track = record(request, mpc, mpc.ends()[0], present[0].call_uuid if present else "")
    return _recording(request, 202, mpc, mpc.track)


def _recording(request: Request, status: int, mpc: MultiPartyCall, track: Track) -> Reply:
    message = f"MPC: {mpc.name} record started"
    return answer(request, status, message, recording_id=track.recording_id, recording_url=track.recording.url)


def _start_recording_participant(request: Request) -> Reply:
    mpc = live(request)
    named = _named(request, mpc)
    if not named:
        raise not_found()
    for participant in named:
        ends = min(participant.leaves(), mpc.ends()[0])
        participant.track = track = record(request, mpc, ends, participant.call_uuid)
    return _recording(request, 200, mpc, track)


def _tracked(request: Request) -> list[MultiPartyCall | Participant]:
    mpc = live(request)
    return [*_named(request, mpc)] if "participant_id" in request.path else [mpc]


def _stop_recording(request: Request) -> Reply:
    for recorded in _tracked(request):
        if recorded.track is not None:
            recorded.track.end(request.now)
            recorded.track = None
    request.announce("stopped", request.path["mpc_id"])
    return NO_CONTENT


def _pause(*, to: bool) -> Callable[[Request], Reply]:
    def handle(request: Request) -> Reply:
        for recorded in _tracked(request):
            if recorded.track is not None:
                recorded.track.pause(request.now, to=to)
        request.announce("changed", request.path["mpc_id"])
        return NO_CONTENT

    return handle


def _act(request: Request) -> Reply:
    """Play or speak to participants: nobody hears it, but they must be there."""
    mpc = live(request)
    ids = [participant.member_id for participant in _named(request, mpc)]
    return request.answer(202, mpcMemberId=ids, mpcName=mpc.name)


def _stop_acting(request: Request) -> Reply:
    _named(request, live(request))
    return NO_CONTENT


HANDLERS: Handlers = {
    ("POST", ITEM + "Record/"): _start_recording,
    ("DELETE", ITEM + "Record/"): _stop_recording,
    ("POST", ITEM + "Record/Pause/"): _pause(to=True),
    ("POST", ITEM + "Record/Resume/"): _pause(to=False),
    ("GET", PARTICIPANTS): _list_participants,
    ("GET", PARTICIPANT): _get_participant,
    ("POST", PARTICIPANT): _update_participant,
    ("DELETE", PARTICIPANT): _kick,
    ("POST", PARTICIPANT + "Record/"): _start_recording_participant,
    ("DELETE", PARTICIPANT + "Record/"): _stop_recording,
    ("POST", PARTICIPANT + "Record/Pause/"): _pause(to=True),
    ("POST", PARTICIPANT + "Record/Resume/"): _pause(to=False),
    ("POST", _MEMBER + "Play/"): _act,
    ("DELETE", _MEMBER + "Play/"): _stop_acting,
    ("POST", _MEMBER + "Speak/"): _act,
    ("DELETE", _MEMBER + "Speak/"): _stop_acting,
}
