"""The life of a multiparty call, as a function of time.

It is initialised when its first participant is added, active when one who starts it has answered or it is
started by request, and over when it is stopped, its time is up, somebody leaves who ends it, or nobody is left.
All times are seconds since 1970.
"""

import math
from dataclasses import dataclass, field

from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.products.call_life import RATE, Call
from app.sandbox.products.recordings import Recording

NO_PARTICIPANTS = (1000, "No active participants")
MAX_DURATION = (2000, "Max duration reached")
STOPPED = (3000, "Hangup API")
"""Plivo's termination causes."""


MOST_CHANGES = 100
"""Changes of participants, and of a recording, that are kept to be told; the oldest go first."""


@dataclass(frozen=True)
class Target:
    """Whom to tell what: URL, HTTP method (None: POST), and Plivo's groups of events."""

    url: str
    method: str | None
    groups: tuple[str, ...]


@dataclass
class Track:
    """What is being recorded, whether that rests, and when that changed."""

    recording_id: str
    recording: Recording
    is_paused: bool = False
    changes: tuple[tuple[float, bool], ...] = ()

    def pause(self, now: float, *, to: bool) -> None:
        """Let it rest, or go on."""
        if self.is_paused != to:
            self.is_paused, self.changes = to, (*self.changes[1 - MOST_CHANGES :], (now, to))

    def end(self, at: float) -> None:
        """End it at that time, unless it has ended before."""
        self.recording.ends = min(self.recording.ends, at)


@dataclass
class Participant:
    """Somebody who was called, or whose call was brought in, at ``added``.

    Attributes:
        by_request: whether a request added them, not the page of their own call.
        goes_on: whether their call goes on when they leave.
        left: when they left while their call went on; infinity for not yet.
        target: who hears of them; None: who hears of the multiparty call.
        on_exit: where their call goes on: URL, and HTTP method.
    """

    member_id: str
    call_uuid: str
    call: Call
    role: str
    added: float
    starts: bool = True
    ends: bool = False
    mute: bool = False
    hold: bool = False
    coach_mode: bool = False
    track: Track | None = None
    by_request: bool = True
    goes_on: bool = False
    left: float = math.inf
    target: Target | None = None
    on_exit: tuple[str, str | None] | None = None

    def joins(self) -> float:
        """Return when they join; infinity for never."""
        return math.inf if self.call.answered is None else max(self.added, self.call.answered)

    def leaves(self) -> float:
        """Return when they leave by themselves, or left."""
        return min(self.left, self.call.ending.at)

    def is_in(self, now: float) -> bool:
        """Say whether they can be heard now."""
        return self.joins() <= now < self.leaves()


@dataclass
class MultiPartyCall:
    """One multiparty call; ``is_endless`` is the one of the manifest's examples, which ends only when stopped.

    Attributes:
        target: who hears of it.
        tracks: its last recordings.
        changes: what was done to participants: when, the how many-eth change, Plivo's name for it, to whom.
    """

    owner: str
    uuid: str
    name: str
    created: float
    max_duration: int = 14400
    max_participants: int = 10
    stay_alone: bool = False
    is_endless: bool = False
    started: float = math.inf
    stopped: float = math.inf
    participants: list[Participant] = field(default_factory=list)
    track: Track | None = None
    target: Target | None = None
    tracks: list[Track] = field(default_factory=list)
    changes: list[tuple[float, int, str, str]] = field(default_factory=list)

    def note(self, now: float, name: str, member_id: str) -> None:
        """Write down what was done to a participant."""
        number = self.changes[-1][1] + 1 if self.changes else 1
        self.changes = [*self.changes[1 - MOST_CHANGES :], (now, number, name, member_id)]

    def begins(self) -> float:
        """Return when it becomes active; infinity for not yet known."""
        return min([self.started, *(participant.joins() for participant in self.participants if participant.starts)])

    def ends(self) -> tuple[float, tuple[int, str]]:
        """Return when it is over, as far as is known, and why."""
        causes = [(self.stopped, STOPPED)]
        if not self.is_endless:
            causes.append((self.begins() + self.max_duration, MAX_DURATION))
        if self.participants:
            causes.append((max(participant.leaves() for participant in self.participants), NO_PARTICIPANTS))
        causes += [
            (participant.leaves(), NO_PARTICIPANTS)
            for participant in self.participants
            if participant.ends and participant.joins() < participant.leaves()
        ]
        return min(causes, key=lambda cause: cause[0])

    def seconds(self) -> int:
        """Return how long it is active in all, as far as is known."""
        begins, (ends, _) = self.begins(), self.ends()
        return math.ceil(ends - begins) if begins < ends < math.inf else 0

    def is_over(self, now: float) -> bool:
        """Say whether it has ended."""
        return now >= self.ends()[0]

    def present(self, now: float) -> list[Participant]:
        """Return who is in it."""
        return [] if self.is_over(now) else [participant for participant in self.participants if participant.is_in(now)]

    def status(self, now: float) -> str:
        """Return its status, in Plivo's words."""
        if self.is_over(now):
            return "Ended"
        return "Active" if self.begins() <= now else "Initialized"


def view(mpc: MultiPartyCall, now: float, uri: str) -> Json:
    """Return a multiparty call as Plivo shows it; its path and owner are the caller's to add."""
    begins, (ends, (code, cause)) = mpc.begins(), mpc.ends()
    is_over = now >= ends
    recording = "not-recording" if mpc.track is None or is_over else "paused" if mpc.track.is_paused else "recording"
    return {
        **_billed(mpc.seconds(), is_over=is_over),
        "creation_time": timestamp(mpc.created),
        "end_time": timestamp(ends) if is_over else None,
        "friendly_name": mpc.name,
        "max_duration": mpc.max_duration,
        "max_participants": mpc.max_participants,
        "mpc_uuid": mpc.uuid,
        "participants": f"{uri}Participant/",
        "recording": recording,
        "resource_uri": uri,
        "start_time": timestamp(begins) if begins <= now and begins < ends else None,
        "status": mpc.status(now),
        "stay_alone": mpc.stay_alone,
        "termination_cause": cause if is_over else None,
        "termination_cause_code": code if is_over else None,
    }


def view_participant(mpc: MultiPartyCall, participant: Participant, now: float, uri: str) -> Json:
    """Return a participant as Plivo shows them."""
    joins = participant.joins()
    leaves = min(participant.leaves(), mpc.ends()[0])
    has_left = now >= leaves
    seconds = math.ceil(leaves - joins) if has_left and joins < leaves else 0
    return {
        **_billed(seconds, is_over=has_left),
        "call_uuid": participant.call_uuid,
        "coach_mode": participant.coach_mode,
        "end_mpc_on_exit": participant.ends,
        "exit_cause": participant.call.ending.cause if has_left else None,
        "exit_time": timestamp(leaves) if has_left else None,
        "hold": participant.hold,
        "join_time": timestamp(joins) if joins <= now and joins < leaves else None,
        "member_address": participant.call.to_number,
        "member_id": participant.member_id,
        "mpc_uuid": mpc.uuid,
        "mute": participant.mute,
        "resource_uri": f"{uri}Participant/{participant.member_id}/",
        "role": participant.role,
        "start_mpc_on_enter": participant.starts,
    }


def billed(seconds: int) -> tuple[int, str]:
    """Return the seconds that so many are billed as, and the price."""
    minutes = math.ceil(seconds / 60)
    return minutes * 60, money(minutes * RATE)


def _billed(seconds: int, *, is_over: bool) -> Json:
    duration, amount = billed(seconds)
    return {
        "billed_amount": amount if is_over else None,
        "billed_duration": duration if is_over else None,
        "duration": seconds if is_over else None,
    }
