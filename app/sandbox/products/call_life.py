"""The life of one call, as a function of time.

A call is fired (queued), rings, is answered and goes on until somebody hangs up or its time is over.
Nothing happens in the background: the state is computed from when the call was made whenever it is read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.sandbox.data import magic

RINGS_AFTER = 1.0
"""Seconds from the request until the destination rings."""

RINGS_FOR = 2.0
"""Seconds until it is answered, or found busy."""

NO_ANSWER_AFTER = 10.0
"""Seconds of ringing after which nobody has answered, unless ring_timeout is shorter."""

HANGS_UP_AFTER = 15.0
"""Seconds after which the other side hangs up where ``time_limit`` and the number say nothing (fixed by the design)."""

TIME_LIMIT, LONGEST = 14400, 86400
"""Seconds that Plivo lets a call last, unless ``time_limit`` says otherwise, and at most."""

RATE = 850
"""Price of a minute, in hundred-thousandths of a dollar."""


class CallState(StrEnum):
    """Where a call is in its life, in Plivo's words."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELLED = "canceled"


LIVE = (CallState.RINGING, CallState.IN_PROGRESS)
"""States in which Plivo counts a call as live."""


@dataclass(frozen=True)
class Ending:
    """How a call ends: when (seconds since 1970), in which state, and Plivo's hangup cause."""

    at: float
    state: CallState
    code: int
    cause: str
    source: str


@dataclass
class Call:
    """One call to one destination; ``rings``, ``answered`` and ``ending`` are what will be unless it is hung up.

    Attributes:
        conference_uuid: the last conference that it was in.
        answered_by: who took it, ``human`` or ``machine``; None where nobody asked.
    """

    owner: str
    from_number: str
    to_number: str
    caller_name: str
    parent: str | None
    made: float
    rings: float
    answered: float | None
    ending: Ending
    direction: str = "outbound"
    conference_uuid: str | None = None
    answered_by: str | None = None

    def state(self, now: float) -> CallState:
        """Return the state at a time."""
        if now >= self.ending.at:
            return self.ending.state
        if now < self.rings:
            return CallState.QUEUED
        if self.answered is None or now < self.answered:
            return CallState.RINGING
        return CallState.IN_PROGRESS

    def is_over(self, now: float) -> bool:
        """Say whether the call has ended."""
        return now >= self.ending.at

    def answer(self, now: float) -> None:
        """Let somebody take the call now, and hang up as long after as they would have."""
        lasts = HANGS_UP_AFTER if self.answered is None else self.ending.at - self.answered
        self.rings, self.answered = min(self.rings, now), now
        self.ending = Ending(now + lasts, CallState.COMPLETED, 4000, "Normal Hangup", "Callee")

    def stay(self, now: float) -> None:
        """Let who would hang up soon stay on the line as long as in a new call."""
        if now < self.ending.at < now + HANGS_UP_AFTER and self.ending.source in ("Callee", "Caller"):
            self.ending = replace(self.ending, at=now + HANGS_UP_AFTER)

    def hang_up(self, now: float, code: int, cause: str, source: str = "API Request") -> None:
        """End the call now, by request unless told otherwise: one not answered yet is cancelled."""
        if self.answered is not None and now >= self.answered:
            self.ending = Ending(now, CallState.COMPLETED, code, cause, source)
        else:
            self.answered = None
            self.ending = Ending(now, CallState.CANCELLED, 1000, "Cancelled", "API Request")

    def seconds(self) -> int:
        """Return how long the call was, or will be, connected."""
        return 0 if self.answered is None else math.ceil(self.ending.at - self.answered)

    def cost(self) -> int:
        """Return the price, in hundred-thousandths of a dollar: every begun minute counts."""
        return math.ceil(self.seconds() / 60) * RATE


def place(owner: str, caller: str, target: str, made: float, parameters: Mapping[str, Any], stays: float) -> Call:
    """Return a new call to a number, with how it will go.

    Args:
        owner: the account.
        caller: number or SIP address.
        target: number or SIP address; a magic number decides the outcome.
        made: when the call is made, seconds since 1970.
        parameters: the request's; ``ring_timeout``, ``time_limit``, ``caller_name`` and ``parent_call_uuid`` count.
        stays: seconds after which the other side hangs up.
    """
    rings = made + RINGS_AFTER
    answered, ending = _outcome(target, rings, parameters, stays)
    parent = parameters.get("parent_call_uuid") or None
    return Call(owner, caller, target, parameters.get("caller_name") or "", parent, made, rings, answered, ending)


def _outcome(target: str, rings: float, parameters: Mapping[str, Any], stays: float) -> tuple[float | None, Ending]:
    """Return when a call will be answered, None for never, and how it will end."""
    match target:
        case magic.BUSY:
            return None, Ending(rings + RINGS_FOR, CallState.BUSY, 3010, "Busy Line", "Callee")
        case magic.NO_ANSWER:
            patience = min(NO_ANSWER_AFTER, parameters.get("ring_timeout") or NO_ANSWER_AFTER)
            return None, Ending(rings + patience, CallState.NO_ANSWER, 3000, "No Answer", "Callee")
        case magic.FAILED:
            return None, Ending(rings, CallState.FAILED, 2010, "Destination Out Of Service", "Plivo")
    answered = rings + RINGS_FOR
    limit = parameters.get("time_limit")
    if limit or target == magic.PATIENT:
        lasts = min(limit or TIME_LIMIT, LONGEST)
        return answered, Ending(answered + lasts, CallState.COMPLETED, 6000, "Scheduled Hangup", "Plivo")
    return answered, Ending(answered + stays, CallState.COMPLETED, 4000, "Normal Hangup", "Callee")
