"""Reports that are not answered 200, made again as Plivo makes those of messages, sessions and registrations again."""

from functools import partial

from app.sandbox.engine.replies import Json
from app.sandbox.outside import MESSAGING, Outside

REPEATS_AFTER = (60.0, 120.0, 240.0)
"""Seconds after which a report is repeated, each from the one before (Plivo's)."""

_RECEIVED = 200

Target = tuple[str, str | None]
"""URL, and HTTP method; None: POST."""


async def report(outside: Outside, about: tuple[str, str], target: Target, told: Json) -> None:
    """Tell something once; what was not taken is repeated by itself, so that nothing waits for a receiver that is down.

    Args:
        outside: clock and requests.
        about: the account, and the id of what it is about.
        target: who hears of it.
        told: by Plivo's names.
    """
    if not await _tell(outside, about, target, told):
        outside.spawn(partial(_repeat, outside, about, target, told))


async def _repeat(outside: Outside, about: tuple[str, str], target: Target, told: Json) -> None:
    for seconds in REPEATS_AFTER:
        await outside.timers.at(outside.state.clock() + seconds)
        if await _tell(outside, about, target, told):
            return


async def _tell(outside: Outside, about: tuple[str, str], target: Target, told: Json) -> bool:
    answer = await outside.ask(about, *target, told, MESSAGING)
    return answer is not None and answer.status == _RECEIVED
