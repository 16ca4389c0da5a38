"""Where calls are kept: those that somebody made, and some that are always there, live or queued.

Those have the ids of the manifest's examples. Who ends one finds its record, and another one in its place at once.
"""

import math
from collections.abc import Iterator

from app.sandbox.engine.replies import not_found
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Table
from app.sandbox.products import recordings
from app.sandbox.products.call_life import LIVE, Call, CallState, Ending

COLLECTION = "/v1/Account/{auth_id}/Call/"

CALLER, CALLED = "14155550100", "14155550123"
"""Who talks in the calls that are always there."""

_STANDING = (CallState.IN_PROGRESS, CallState.QUEUED)

STANDING_AGE = 3600
"""Seconds after which the live one begins anew, so that it never costs much."""


def table(request: Request) -> Table[Call]:
    """Return the calls that were made."""
    return request.table(COLLECTION, Call)


def add(request: Request, call: Call) -> str:
    """Put a call into the table and return its uuid."""
    call_uuid = request.state.uuid()
    table(request).put(call_uuid, call)
    return call_uuid


def seed_standing(request: Request, call_uuid: str, state: CallState) -> None:
    """Let a call be there always, live or queued."""
    call = endless(request)
    if state is CallState.QUEUED:
        call.rings, call.answered = math.inf, None
    _standing(request, state).put(call_uuid, call)


def endless(request: Request) -> Call:
    """Return a call that was just answered and that nobody but the caller ends."""
    never = Ending(math.inf, CallState.COMPLETED, 4000, "Normal Hangup", "Callee")
    return Call(request.account, CALLER, CALLED, "", None, request.now, request.now, request.now, never)


def _standing(request: Request, state: CallState) -> Table[Call]:
    return request.state.table(f"StandingCall/{state}", Call)


def present(request: Request, call_uuid: str, *states: CallState) -> Call | None:
    """Return a call in one of these states, any but over unless they are named; None where there is none."""
    wanted = states or (*LIVE, CallState.QUEUED)
    for state in _STANDING:
        standing = request.find(_standing(request, state), call_uuid)
        if standing is not None and state in wanted:
            return _aged(standing, request.now)
    call = request.find(table(request), call_uuid)
    return None if call is None or call.state(request.now) not in wanted else call


def _aged(standing: Call, now: float) -> Call:
    begun = now - (now - standing.made) % STANDING_AGE
    if standing.answered is not None:
        standing.rings = standing.answered = begun
    standing.made = begun
    return standing


def live(request: Request, call_uuid: str) -> Call:
    """Return a call that is ringing or in progress.

    Raises:
        Refusal: 404, there is none.
    """
    call = present(request, call_uuid, *LIVE)
    if call is None:
        raise not_found()
    return call


def in_state(request: Request, *states: CallState) -> Iterator[tuple[str, Call]]:
    """Go through the calls in one of these states, newest first."""
    for rows in (table(request), *(_standing(request, state) for state in _STANDING)):
        for call_uuid, call in request.visible(rows):
            if call.state(request.now) in states:
                yield call_uuid, call


def end(
    request: Request,
    call_uuid: str,
    call: Call,
    code: int = 4000,
    cause: str = "Normal Hangup",
    source: str = "API Request",
) -> None:
    """Hang up, for one of Plivo's causes; what is being recorded ends too."""
    _standing(request, call.state(request.now)).drop(call_uuid)
    call.hang_up(request.now, code, cause, source)
    table(request).put(call_uuid, call)
    recordings.stop(request, "call_uuid", call_uuid)
    request.announce("hangup", call_uuid)
