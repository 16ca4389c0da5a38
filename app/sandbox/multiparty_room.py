"""Multiparty calls while they last: who takes part waits until they leave, and the status callback URLs hear of all."""

import re
from collections.abc import Iterator

from app.protocol.xml.document import Element
from app.sandbox.chronicle import Happening, recount
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json, Refusal
from app.sandbox.line import DTMF, Jump, Line
from app.sandbox.outside import Outside
from app.sandbox.page import seconds
from app.sandbox.products import multiparty
from app.sandbox.products.multiparty_life import MultiPartyCall, Participant, billed

LONGEST_NAME = 255
"""Characters of a multiparty call's name."""

_ROLES = ("agent", "supervisor", "customer")

_STATE, _PARTICIPANTS, _ADDED = "mpc-state-changes", "participant-state-changes", "add-participant-api-events"
_SPEAK, _DIGITS = "participant-speak-events", "participant-digit-input-events"

_GROUPS = {
    "MPCInitialized": _STATE,
    "MPCStart": _STATE,
    "MPCEnd": _STATE,
    "ParticipantSpeakStart": _SPEAK,
    "ParticipantSpeakStop": _SPEAK,
    "ParticipantDigitInput": _DIGITS,
    "AddParticipantByAPIActionInitiated": _ADDED,
    "AddParticipantByAPIActionCompleted": _ADDED,
}
"""Plivo's name of an event → the group that it belongs to; all others are changes of a participant's state."""

_CHANGES, _EXIT, _END = 5, 10**9, 10**9 + 1
"""Ranks: after everything that happens when somebody joins come changes in their order, then who leaves."""

_FLAGS = ("startMpcOnEnter", "endMpcOnExit", "stayAlone", "mute", "hold", "coachMode", "record")
_NUMBERS = ("maxDuration", "maxParticipants")
_TEXTS = (
    "role",
    "recordFileFormat",
    "recordingCallbackUrl",
    "recordingCallbackMethod",
    "statusCallbackUrl",
    "statusCallbackMethod",
    "statusCallbackEvents",
    "onExitActionUrl",
    "onExitActionMethod",
)
"""Attributes that the sandbox looks at."""

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


async def follow(outside: Outside, mpc: MultiPartyCall, since: float) -> None:
    """Tell everything that happens in a multiparty call from a moment on, seconds since 1970."""

    async def tell(happening: Happening) -> None:
        await _tell(outside, mpc, happening)

    await recount(outside, lambda: happenings(mpc), tell, since=since)


def happenings(mpc: MultiPartyCall) -> Iterator[Happening]:
    """Return what has happened in a multiparty call and, as far as is known, will."""
    begins, (ends, _) = mpc.begins(), mpc.ends()
    yield Happening(mpc.created, 0, "MPCInitialized")
    for participant in mpc.participants:
        for happening in _of_participant(participant, ends):
            if happening.at <= ends:
                yield happening
    if begins < ends:
        yield Happening(begins, 3, "MPCStart")
    for at, number, name, member_id in mpc.changes:
        if at < ends:
            yield Happening(at, _CHANGES + number, name, member_id)
    yield Happening(ends, _END, "MPCEnd")


def _of_participant(participant: Participant, ends: float) -> Iterator[Happening]:
    member_id, joins = participant.member_id, participant.joins()
    leaves = min(participant.leaves(), ends)
    if participant.by_request:
        yield Happening(participant.added, 1, "AddParticipantByAPIActionInitiated", member_id)
        yield Happening(min(joins, leaves), 4, "AddParticipantByAPIActionCompleted", member_id)
    if joins < leaves:
        yield Happening(joins, 2, "ParticipantJoin", member_id)
        yield Happening(leaves, _EXIT, "ParticipantExit", member_id)


async def _tell(outside: Outside, mpc: MultiPartyCall, happening: Happening) -> None:
    about, name = (mpc.owner, mpc.uuid), happening.name
    told: Json = {
        "EventName": name,
        "EventTimestamp": timestamp(happening.at, "microseconds"),
        "MPCUUID": mpc.uuid,
        "MPCName": mpc.name,
    }
    target = mpc.target
    for participant in mpc.participants:
        if participant.member_id == happening.subject:
            target = participant.target or target
            told |= {
                "MemberID": participant.member_id,
                "ParticipantRole": participant.role.capitalize(),
                "ParticipantCallUUID": participant.call_uuid,
                "ParticipantCoachMode": participant.coach_mode,
            }
            if name == "ParticipantExit" and participant.track is not None:
                participant.track.end(happening.at)
    if name == "MPCEnd":
        duration, amount = billed(mpc.seconds())
        told |= {"MPCDuration": mpc.seconds(), "MPCBilledDuration": duration, "MPCBilledAmount": amount}
    if name == "MPCEnd" and mpc.track is not None:
        mpc.track.end(happening.at)
    outside.timers.wake()
    outside.timelines.note(*about, name, **({"member_id": happening.subject} if happening.subject else {}))
    if target is not None and _GROUPS.get(name, _PARTICIPANTS) in target.groups:
        await outside.ask(about, target.url, target.method, told)


async def attend(line: Line, mpc: MultiPartyCall, participant: Participant) -> Jump | None:
    """Take part until somebody or something ends that; return where the call goes on, if something says so."""
    member_id = participant.member_id

    async def leave() -> None:
        # Who goes elsewhere has left; of who hung up the call itself says when.
        participant.left = min(participant.left, line.now)
        line.outside.timers.wake()

    line.at_end.append(leave)
    while (heard := await line.heard(lambda: min(participant.leaves(), mpc.ends()[0]))) is not None:
        kind, _ = heard
        for name in ("ParticipantDigitInput",) if kind == DTMF else ("ParticipantSpeakStart", "ParticipantSpeakStop"):
            mpc.note(line.now, name, member_id)
        line.outside.timers.wake()
    line.at_end.remove(leave)
    await leave()
    if participant.on_exit is None or not line.is_in_progress:
        return None
    told: Json = {
        "MPCUUID": mpc.uuid,
        "MPCFriendlyName": mpc.name,
        "MemberID": member_id,
        "ParticipantCallUUID": participant.call_uuid,
        "ParticipantJoinTime": timestamp(participant.joins(), "microseconds"),
        "ParticipantEndTime": timestamp(min(participant.leaves(), mpc.ends()[0]), "microseconds"),
        "ParticipantRole": participant.role.capitalize(),
    }
    url, method = participant.on_exit
    return Jump(url, method, "Action", told)


async def multi_party_call(line: Line, element: Element) -> Jump | None:
    """Let a call take part, as an element of its page says."""
    name, parameters = element.text.strip(), _parameters(element)
    if not 0 < len(name) <= LONGEST_NAME or parameters.get("role") not in _ROLES:
        line.note("refused", reason=f"it needs a name of {LONGEST_NAME} characters at most, and a role")
        return None
    request = line.acting(**parameters)
    try:
        mpc, participant = multiparty.join(request, name, line.call_uuid, line.call)
    except Refusal as refusal:
        line.note("refused", reason=refusal.error)
        return None
    line.note("joined", mpc_uuid=mpc.uuid, member_id=participant.member_id)
    request.announce("multiparty", mpc.uuid)
    return await attend(line, mpc, participant)


def _parameters(element: Element) -> Json:
    """Return attributes under the names that the API gives them, in the types that they have there."""
    given = element.attributes
    read: Json = {name: given[name] for name in _TEXTS if name in given}
    read |= {name: given[name] == "true" for name in _FLAGS if name in given}
    read |= {name: int(seconds(element, name, 0)) for name in _NUMBERS if name in given}
    return {_WORD.sub("_", name).lower(): value for name, value in read.items()}
