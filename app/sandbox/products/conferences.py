"""Conferences: those that pages of calls open, and ``sandbox``, which is always live so that there is one to try.

``sandbox`` has two members of its own. One that is hung up or kicked dials in again at once, under the same member id
(the manifest's examples name it). When the conference is hung up it starts afresh the next time it is looked at.
"""

import math
from collections.abc import Callable, Iterator

from app.sandbox.engine import listing
from app.sandbox.engine.replies import NO_CONTENT, Json, Reply, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.products import call_table, recordings
from app.sandbox.products.conference_life import (
    COLLECTION,
    NAME,
    Conference,
    Member,
    dial_in,
    key_of,
    leave,
    standing,
    table,
)

_ITEM = COLLECTION + "{conference_name}/"
_MEMBER = _ITEM + "Member/{member_id}/"


def _live(request: Request) -> Iterator[Conference]:
    """Go through the conferences that the account may know of; its own ``sandbox`` comes first."""
    yield (always := standing(request))
    for _, conference in request.visible(table(request)):
        if conference is not always and conference.name != NAME and not conference.is_over(request.now):
            yield conference


def _conference(request: Request) -> Conference:
    """Return the conference that the path names.

    Raises:
        Refusal: 404, there is none.
    """
    for conference in _live(request):
        if conference.name == request.path["conference_name"]:
            return conference
    raise not_found()


def _members(request: Request) -> list[Member]:
    return _named(request, _conference(request))


def _named(request: Request, conference: Conference) -> list[Member]:
    """Return the members that the path names: one id, several joined by commas, or ``all``."""
    present = {member.member_id: member for member in conference.present(request.now)}
    wanted = request.path["member_id"].split(",")
    if wanted == ["all"]:
        return list(present.values())
    if any(member_id not in present for member_id in wanted):
        raise not_found()
    return [present[member_id] for member_id in wanted]


def _list(request: Request) -> Reply:
    return listing.paged(request, list(dict.fromkeys(conference.name for conference in _live(request))))


def _get(request: Request) -> Reply:
    conference = _conference(request)
    members = conference.present(request.now)
    return request.answer(
        200,
        conference_name=conference.name,
        conference_run_time=str(math.floor(request.now - conference.started)),
        conference_member_count=str(len(members)),
        members=[_view(member, request.now) for member in members],
    )


def _view(member: Member, now: float) -> Json:
    return {
        "call_uuid": member.call_uuid,
        "caller_name": "" if member.call is None else member.call.caller_name,
        "deaf": member.deaf,
        "direction": "inbound" if member.call is None else member.call.direction,
        "from": member.caller,
        "join_time": str(math.floor(now - member.joined)),
        "member_id": member.member_id,
        "muted": member.muted,
        "to": member.called,
    }


def _hang_up(request: Request) -> Reply:
    named = [_conference(request)] if "conference_name" in request.path else list(_live(request))
    for conference in named:
        for member in conference.present(request.now):
            _end(request, conference, member)
        recordings.stop(request, "conference_uuid", conference.uuid)
        conference.ends = request.now
        table(request).drop(key_of(conference.owner, conference.name))
    return NO_CONTENT


def _end(request: Request, conference: Conference, member: Member) -> None:
    """Hang up on a member; who is always there dials in again at once."""
    if member.call is None:
        dial_in(request, conference, member.member_id, member.caller)
    else:
        call_table.end(request, member.call_uuid, member.call)


def _hang_up_member(request: Request) -> Reply:
    conference = _conference(request)
    for member in _named(request, conference):
        _end(request, conference, member)
    return NO_CONTENT


def _kick(request: Request) -> Reply:
    """Let members leave; their calls go on with what their pages say next."""
    conference = _conference(request)
    members = _named(request, conference)
    for member in members:
        if member.call is None:
            dial_in(request, conference, member.member_id, member.caller)
        else:
            leave(request, conference, member)
    return _done_to(request, members)


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
    first = conference.present(request.now)[0]
    about = {
        "call_uuid": first.call_uuid,
        "conference_name": conference.name,
        "conference_uuid": conference.uuid,
        "recording_type": "conference",
    }
    return recordings.start(request, conference.owner, conference.ends, about)


def _stop_recording(request: Request) -> Reply:
    recordings.stop(request, "conference_uuid", _conference(request).uuid)
    return NO_CONTENT


HANDLERS: Handlers = {
    ("GET", COLLECTION): _list,
    ("DELETE", COLLECTION): _hang_up,
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
