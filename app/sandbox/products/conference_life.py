"""Conferences while they last: who is in them, since when, and until when as far as is known.

All times are seconds since 1970.
"""

import math
from dataclasses import dataclass, field, replace

from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Table
from app.sandbox.products import recordings
from app.sandbox.products.call_life import Call
from app.sandbox.products.recordings import Recording

NAME = "sandbox"
"""The one conference that is always live (fixed by the design)."""

CALLERS = ("14155550101", "14155550102")
CALLED = "14155550100"
FIRST_MEMBER_ID = 17

COLLECTION = ACCOUNT + "/Conference/"

LONGEST = 24 * 3600.0
"""Seconds that a conference may last (Plivo's limit)."""


@dataclass
class Member:
    """Somebody in a conference, since ``joined`` (seconds since 1970).

    Attributes:
        call: theirs; None for those who are always there.
        left: when they left while their call went on; infinity for not yet.
    """

    member_id: str
    caller: str
    called: str
    call_uuid: str
    joined: float
    call: Call | None = None
    left: float = math.inf
    muted: bool = False
    deaf: bool = False


@dataclass
class Conference:
    """One conference, since ``started`` until ``ends`` at the latest (seconds since 1970).

    Attributes:
        last_id: the highest number that a member had.
        recording_id: what a page began to record of it.
    """

    owner: str
    uuid: str
    name: str
    started: float
    ends: float
    members: dict[str, Member] = field(default_factory=dict)
    last_id: int = 0
    recording_id: str = ""

    def leaves(self, member: Member) -> float:
        """Return when a member leaves, as far as is known."""
        hangs_up = math.inf if member.call is None else member.call.ending.at
        return min(member.left, hangs_up, self.ends)

    def present(self, now: float) -> list[Member]:
        """Return who is in it."""
        return [member for member in self.members.values() if now < self.leaves(member)]

    def is_over(self, now: float) -> bool:
        """Say whether nobody is in it any more."""
        return not self.present(now)

    def admit(self, member: Member) -> None:
        """Let somebody in, in place of whoever had the id."""
        self.members[member.member_id] = member
        self.last_id = max(self.last_id, int(member.member_id))


def table(request: Request) -> Table[Conference]:
    """Return all conferences."""
    return request.table(COLLECTION, Conference)


def key_of(owner: str, name: str) -> str:
    """Return under which key the conference of an account is kept."""
    return f"{owner}/{name}"


def standing(request: Request) -> Conference:
    """Return the conference of the account that is always live, as it is now."""
    key = key_of(request.account, NAME)
    conference = table(request).get(key)
    if conference is None or request.now >= conference.ends:
        conference = _new(request, request.account, NAME, LONGEST)
        for number, caller in enumerate(CALLERS, FIRST_MEMBER_ID):
            dial_in(request, conference, str(number), caller)
        table(request).put(key, conference)
    return conference


def _new(request: Request, owner: str, name: str, longest: float) -> Conference:
    return Conference(owner, request.state.uuid(), name, request.now, request.now + longest)


def dial_in(request: Request, conference: Conference, member_id: str, caller: str) -> None:
    """Let somebody in who is always there."""
    conference.admit(Member(member_id, caller, CALLED, request.state.uuid(), request.now))


def join(
    request: Request, name: str, call_uuid: str, call: Call, *, longest: float, most: float
) -> tuple[Conference, Member] | None:
    """Let a call into the conference of this name, as its page says; None where it is full.

    Args:
        request: acts for the call's account.
        name: of the conference, which is made where nobody is in it.
        call_uuid: whose call it is.
        call: the call.
        longest: seconds that a new conference may last.
        most: how many may be in it.
    """
    rows, key = table(request), key_of(call.owner, name)
    conference = standing(replace(request, account=call.owner)) if name == NAME else rows.get(key)
    if conference is None or conference.is_over(request.now):
        conference = _new(request, call.owner, name, min(longest, LONGEST))
    if len(conference.present(request.now)) >= most:
        return None
    member_id = str(conference.last_id + 1)
    member = Member(member_id, call.from_number, call.to_number, call_uuid, request.now, call)
    # Who has left is only of interest while they could come back, which is never.
    conference.members = {each.member_id: each for each in conference.present(request.now)}
    conference.admit(member)
    rows.put(key, conference)
    return conference, member


def record(request: Request, conference: Conference, member: Member) -> tuple[str, Recording]:
    """Begin to record a conference for as long as it lasts; return the recording's id, and the recording."""
    about = {
        "call_uuid": member.call_uuid,
        "conference_name": conference.name,
        "conference_uuid": conference.uuid,
        "recording_type": "conference",
    }
    return recordings.begin(request, conference.owner, conference.ends, about, LONGEST)


def leave(request: Request, conference: Conference, member: Member) -> None:
    """Note that somebody has left; with the last one the conference ends, and what is recorded of it."""
    member.left = min(member.left, request.now)
    if conference.is_over(request.now):
        recordings.stop(request, "conference_uuid", conference.uuid)
        key = key_of(conference.owner, conference.name)
        if table(request).get(key) is conference:
            table(request).drop(key)
    request.announce("left", member.call_uuid)
