"""The conference ``sandbox``: always live, with two members, so that there is one to try things on.

A member that is hung up or kicked dials in again at once, under the same member id (the manifest's examples name it).
When the conference is hung up it starts afresh the next time it is looked at.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from app.sandbox.engine import listing
from app.sandbox.engine.replies import NO_CONTENT, Json, Reply, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Table
from app.sandbox.products import recordings

NAME = "sandbox"
"""The one conference (fixed by the design)."""

CALLERS = ("14155550101", "14155550102")
CALLED = "14155550100"
FIRST_MEMBER_ID = 17

LONGEST = 24 * 3600.0
"""Seconds that a conference may last (Plivo's limit)."""

_COLLECTION = "/v1/Account/{auth_id}/Conference/"
_ITEM = _COLLECTION + "{conference_name}/"
_MEMBER = _ITEM + "Member/{member_id}/"


@dataclass
class Member:
    """Somebody in the conference, since ``joined`` (seconds since 1970)."""

    member_id: str
    caller: str
    call_uuid: str
    joined: float
    muted: bool = False
    deaf: bool = False


@dataclass
class Conference:
    """The conference of one account, since ``started`` (seconds since 1970)."""

    owner: str
    uuid: str
    started: float
    members: dict[str, Member] = field(default_factory=dict)

    def join(self, request: Request, member_id: str, caller: str) -> None:
        """Let somebody in, in place of whoever had the id."""
        self.members[member_id] = Member(member_id, caller, request.state.uuid(), request.now)


def _table(request: Request) -> Table[Conference]:
    return request.table(_COLLECTION, Conference)


def _conference(request: Request) -> Conference:
    """Return the account's conference as it is now.

    Raises:
        Refusal: 404, the path names another one.
    """
    if request.path.get("conference_name", NAME) != NAME:
        raise not_found()
    conference = _table(request).get(request.account)
    if conference is None or request.now >= conference.started + LONGEST:
        conference = Conference(request.account, request.state.uuid(), request.now)
        for number, caller in enumerate(CALLERS):
            conference.join(request, str(FIRST_MEMBER_ID + number), caller)
        _table(request).put(request.account, conference)
    return conference


def _members(request: Request) -> list[Member]:
    return _named(request, _conference(request))


def _named(request: Request, conference: Conference) -> list[Member]:
    """Return the members that the path names: one id, several joined by commas, or ``all``."""
    wanted = request.path["member_id"].split(",")
    if wanted == ["all"]:
        return list(conference.members.values())
    if any(member_id not in conference.members for member_id in wanted):
        raise not_found()
    return [conference.members[member_id] for member_id in wanted]


def _list(request: Request) -> Reply:
    _conference(request)
    return listing.paged(request, [NAME])


def _get(request: Request) -> Reply:
    conference = _conference(request)
    return request.answer(
        200,
        conference_name=NAME,
        conference_run_time=str(math.floor(request.now - conference.started)),
        conference_member_count=str(len(conference.members)),
        members=[_view(member, request.now) for member in conference.members.values()],
    )


def _view(member: Member, now: float) -> Json:
    return {
        "call_uuid": member.call_uuid,
        "caller_name": "",
        "deaf": member.deaf,
        "direction": "inbound",
        "from": member.caller,
        "join_time": str(math.floor(now - member.joined)),
        "member_id": member.member_id,
        "muted": member.muted,
        "to": CALLED,
    }


def _hang_up(request: Request) -> Reply:
    conference = _conference(request)
    recordings.stop(request, "conference_uuid", conference.uuid)
    _table(request).drop(request.account)
    return NO_CONTENT


def _remove(request: Request) -> list[Member]:
    conference = _conference(request)
    members = _named(request, conference)
    for member in members:
        conference.join(request, member.member_id, member.caller)
    return members


def _hang_up_member(request: Request) -> Reply:
    _remove(request)
    return NO_CONTENT


def _kick(request: Request) -> Reply:
    return _done_to(request, _remove(request))


def _done_to(request: Request, members: list[Member]) -> Reply:
    """Answer as the example does, with member_id of its form: one text, or a list."""
    ids = [member.member_id for member in members]
    as_list = isinstance(request.block.example.get("member_id"), list)
    return request.answer(202, member_id=ids if as_list else ",".join(ids))


def _act(request: Request) -> Reply:
    """Play or speak to members: nobody hears it, but they must be there."""
    return _done_to(request, _members(request))


def _stop_acting(request: Request) -> Reply:
    _members(request)
    return NO_CONTENT


def _switch(attribute: str, *, to: bool) -> Callable[[Request], Reply]:
    def handle(request: Request) -> Reply:
        members = _members(request)
        for member in members:
            setattr(member, attribute, to)
        return _done_to(request, members) if to else NO_CONTENT

    return handle


def _start_recording(request: Request) -> Reply:
    conference = _conference(request)
    first = next(iter(conference.members.values()))
    about = {
        "call_uuid": first.call_uuid,
        "conference_name": NAME,
        "conference_uuid": conference.uuid,
        "recording_type": "conference",
    }
    return recordings.start(request, request.account, conference.started + LONGEST, about)


def _stop_recording(request: Request) -> Reply:
    recordings.stop(request, "conference_uuid", _conference(request).uuid)
    return NO_CONTENT


HANDLERS: Handlers = {
    ("GET", _COLLECTION): _list,
    ("DELETE", _COLLECTION): _hang_up,
    ("GET", _ITEM): _get,
    ("DELETE", _ITEM): _hang_up,
    ("POST", _ITEM + "Record/"): _start_recording,
    ("DELETE", _ITEM + "Record/"): _stop_recording,
    ("DELETE", _MEMBER): _hang_up_member,
    ("POST", _MEMBER + "Kick/"): _kick,
    ("POST", _MEMBER + "Mute/"): _switch("muted", to=True),
    ("DELETE", _MEMBER + "Mute/"): _switch("muted", to=False),
    ("POST", _MEMBER + "Deaf/"): _switch("deaf", to=True),
    ("DELETE", _MEMBER + "Deaf/"): _switch("deaf", to=False),
    ("POST", _MEMBER + "Play/"): _act,
    ("DELETE", _MEMBER + "Play/"): _stop_acting,
    ("POST", _MEMBER + "Speak/"): _act,
    ("DELETE", _MEMBER + "Speak/"): _stop_acting,
}
