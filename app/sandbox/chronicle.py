"""What happens in the course of something (a call with many people, a review, a recording), told while it happens.

What happens when is a function of what is known now, looked at again whenever something changes: nothing is scheduled.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from app.sandbox.outside import Outside


class Happening(NamedTuple):
    """Something that happens once.

    Attributes:
        at: seconds since 1970.
        rank: what comes first of two things at one time.
        name: what Plivo calls it.
        subject: whom or what it happens to.
    """

    at: float
    rank: int
    name: str
    subject: str = ""


async def recount(
    outside: Outside,
    happenings: Callable[[], Iterable[Happening]],
    tell: Callable[[Happening], Awaitable[None]],
    *,
    since: float,
) -> None:
    """Tell each thing once, in order, when its time has come; return when nothing more will happen.

    Args:
        outside: knows the time.
        happenings: everything that has happened and, as far as is known now, will; what never comes is at infinity.
        tell: tells one of them.
        since: what happened before is not told, seconds since 1970.
    """
    told = {each for each in happenings() if each.at < since}

    def coming() -> Happening | None:
        return min((each for each in happenings() if each not in told), default=None)

    def due() -> float:
        following = coming()
        return 0.0 if following is None else following.at

    while (following := coming()) is not None:
        if following.at > outside.state.clock():
            await outside.timers.until(due)
            continue
        # What is known no longer cannot come again.
        told = told.intersection(happenings()) | {following}
        await tell(following)
