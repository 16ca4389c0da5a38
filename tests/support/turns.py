"""Slots that a test holds as it likes: taken now, ended at any later time and in any way."""

from dataclasses import dataclass
from typing import Any

from app.errors import ApiError, ApiUnreachable, UpstreamError
from app.ratelimit import TIME_TO_SEND, RateLimits, Slot
from app.ratelimit.quotas import WRITES, Bucket, Route
from tests.support.virtual_time import now


@dataclass
class Turn:
    """A slot whose turn has come."""

    slot: Slot

    def leave(self) -> None:
        """Let the request leave now."""
        self.slot.depart()

    def end(self, arrivals: int) -> None:
        """Say that the request is over, and how often it arrived; 0: it never left."""
        if arrivals:
            self.slot.arrived(arrivals)
            self._settle(None)
        else:
            self._settle(ApiUnreachable("no connection"))

    def refuse(self, status: int = 429, *, retry_after: float | None = None, tries: int = 1) -> None:
        """Say that Plivo refused the request."""
        self.slot.depart()
        error = ApiError("refused", http_status=status, retryable=status == 429, retry_after=retry_after)
        error.tries = tries
        self._settle(error)

    def _settle(self, error: UpstreamError | None) -> None:
        leaving: Any = self.slot.__aexit__(type(error) if error else None, error, None)
        try:
            leaving.send(None)
        except StopIteration:
            return
        raise AssertionError("to end a request waits for something")


async def take(  # a request has these parts
    limits: RateLimits,
    bucket: Bucket = Bucket.CALLS,
    *,
    account: str = "MA1",
    lane: str = WRITES,
    weight: int = 1,
    patience: float = 60,
) -> Turn:
    """Wait for a turn, at most this many seconds, and hold it."""
    return Turn(await limits.slot(account, Route(bucket, lane), weight, now() + patience + TIME_TO_SEND).__aenter__())


async def send(limits: RateLimits, bucket: Bucket = Bucket.CALLS, **facts: Any) -> float:
    """Make a request that is answered at once, and return when it left."""
    turn = await take(limits, bucket, **facts)
    left = now()
    turn.end(1)
    return left
