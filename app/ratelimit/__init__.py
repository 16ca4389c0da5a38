"""How much Plivo takes from one account at a time, and whose turn it is.

Written here because no kept library does it: pyrate-limiter 4.5 says that a turn comes too late only once the
deadline is over (and takes a lock), limits 5.8 only says yes or no, aiolimiter 1.3 lets 600 through in the first 5 s (a
burst of 300, and 60 a second), and none counts from a request's arrival or can be pushed back.

A request takes a place when it leaves. The place is free again 5 s after the answer came, since the request arrived
before that, whatever the way was like: so Plivo never sees more than 300 in any 5 s. One that is not answered for
long is taken to have arrived. Of simultaneous requests a place is free again with the answer.
"""

from typing import Protocol

from app.ratelimit.quotas import Bucket

LONGEST_PUSH_BACK = 60.0
"""Seconds for which one refusal may stop an account, whatever its Retry-After says."""

LONGEST_WAY = 2.0
"""Seconds after which a request without an answer is taken to have arrived at Plivo: it hangs there, not on its way."""


class Turn(Protocol):
    """A place that a request has taken. It must be ended, whatever becomes of the request."""

    def leave(self) -> None:
        """Say that the request leaves only now, some time after its turn came."""

    def end(self, arrivals: int) -> None:
        """Say that it is over.

        Args:
            arrivals: requests that Plivo may have counted, repetitions too; 0 gives the place back.
        """


class Limits(Protocol):
    """Gives out turns, first come, first served; accounts do not feel each other."""

    def take_now(self, account: str, bucket: Bucket, weight: int) -> Turn | None:
        """Take a turn that is known to be free without asking anybody; this is the way of nearly every request.

        Args:
            account: the account's auth_id.
            bucket: what the request counts as.
            weight: calls or messages that it makes, for the limits per second.
        """

    async def take(self, account: str, bucket: Bucket, weight: int, patience: float) -> Turn:
        """Wait for a turn.

        Args:
            account: as above.
            bucket: as above.
            weight: as above.
            patience: seconds that the turn may take to come.

        Raises:
            RateLimited: it takes longer: said at once where that is known, else when they are over.
        """

    def push_back(self, account: str, bucket: Bucket, seconds: float) -> None:
        """Let nothing more of an account leave for some seconds, since Plivo refused a request."""

    async def aclose(self) -> None:
        """Finish what is under way."""
