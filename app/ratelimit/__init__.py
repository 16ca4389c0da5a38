"""Never too fast: how much Plivo takes from one account at a time, and whose turn it is.

Written here because no kept library does it (docs/decisions/rate-limits.md).

A request takes a slot when it leaves. The slot is free again 5 s after the answer came, since the request arrived
before that, whatever the way was like: so Plivo never sees more than 300 in any 5 s. One that is not answered for
long is taken to have arrived. Of simultaneous requests a slot is free again with the answer.
"""

from http import HTTPStatus
from typing import Protocol, Self

from app.errors import ConnectorError, Fate, RateLimited, UpstreamError
from app.ratelimit.quotas import Route

LONGEST_PUSH_BACK = 60.0
"""Seconds for which one refusal may hold requests back, whatever its Retry-After says."""

PUSH_BACK = 1.0
"""Seconds for which requests are held back where Plivo does not say how long."""

LONGEST_WAY = 2.0
"""Seconds after which a request without an answer is taken to have arrived at Plivo: it hangs there, not on its way."""

TIME_TO_SEND = 1.0
"""Seconds before the deadline by which a turn must have come: a write begun later may end as an unknown outcome."""


class Slot(Protocol):
    """The place of one request, held while it is a context: entering waits for it, leaving settles it.

    Entering raises RateLimited where the turn would come too late: at once where that is known, else in time. Leaving
    gives the place back as the fate of an error asks, and slows down what Plivo refused for its number.
    """

    async def __aenter__(self) -> Self:
        """Wait for the place."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Say that the request is over."""

    def depart(self) -> None:
        """Say that the request leaves now, maybe some time after its turn came."""

    def arrived(self, tries: int) -> None:
        """Say that it was answered, and how many requests Plivo has counted for it."""


class RateLimits(Protocol):
    """Gives out slots, first come, first served; accounts do not feel each other."""

    def slot(self, account: str, route: Route, weight: int, deadline: float) -> Slot:
        """Return the slot of a request, to be entered.

        Args:
            account: whose request it is.
            route: what it counts as.
            weight: calls or messages that it makes, for the limits per second.
            deadline: the event loop's time at which the request is given up.
        """

    async def aclose(self) -> None:
        """Finish what is under way."""


class Unlimited:
    """No limits: every request leaves at once."""

    def slot(self, account: str, route: Route, weight: int, deadline: float) -> Slot:  # noqa: ARG002  # as the others
        """See :meth:`RateLimits.slot`."""
        return _OPEN

    async def aclose(self) -> None:
        """See :meth:`RateLimits.aclose`."""


class _OpenSlot:
    """A slot that is always there."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def depart(self) -> None:
        pass

    def arrived(self, tries: int) -> None:
        pass


_OPEN: Slot = _OpenSlot()


def arrivals_after(error: BaseException, *, has_departed: bool) -> int:
    """Return how many requests Plivo may have counted against the account when one ended so."""
    if not has_departed:
        return 0
    if not isinstance(error, UpstreamError):
        return 0 if isinstance(error, ConnectorError) and error.fate is Fate.NOT_SENT else 1
    # Whoever sent it, Plivo does not know them as this account, and they must not take its places.
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return 0
    return error.tries - 1 if error.fate is Fate.NOT_SENT else error.tries


def push_back_after(error: BaseException | None) -> float:
    """Return the seconds for which more like a request must wait that ended so; 0 for none."""
    if isinstance(error, RateLimited) or not isinstance(error, UpstreamError):
        return 0.0
    if error.http_status != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    return min(error.retry_after or PUSH_BACK, LONGEST_PUSH_BACK)
