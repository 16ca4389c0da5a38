"""How much Plivo takes from one account at a time, and whose turn it is, within one process.

Written here because no kept library does it: pyrate-limiter 4.5 says that a turn comes too late only once the
deadline is over (and takes a lock), limits 5.8 only says yes or no, aiolimiter 1.3 lets 600 through in the first 5 s (a
burst of 300, and 60 a second), and none counts from a request's arrival or can be pushed back.

A request takes a place when it leaves. The place is free again 5 s after the answer came, since the request arrived
before that, whatever the way was like: so Plivo never sees more than 300 in any 5 s. One that is not answered for
long is taken to have arrived. Of simultaneous requests a place is free again with the answer.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.blocks import Block
from app.line import Line, Rule
from app.upstream import UpstreamRequest

LONGEST_PUSH_BACK = 60.0
"""Seconds for which one refusal may stop an account, whatever its Retry-After says."""


class Bucket(StrEnum):
    """What Plivo counts together, per account (Plivo's documentation on API rate limits)."""

    CALLS = "calls"
    VOICE = "voice"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one account may send; the defaults are Plivo's.

    Attributes:
        calls: requests in ``window`` that make calls or add participants.
        voice: other requests in ``window`` about calls, recordings, conferences, endpoints and applications.
        messages: simultaneous requests about messages.
        window: seconds.
        calls_per_second: calls made, counted by destination; None: as fast as they come, Plivo queues them.
        messages_per_second: messages sent, likewise.
    """

    calls: int = 300
    voice: int = 300
    messages: int = 100
    window: float = 5.0
    calls_per_second: float | None = None
    messages_per_second: float | None = None

    def share_of(self, processes: int) -> "Allowance":
        """Return what each of several processes may send that do not know of each other."""
        calls, messages = self.calls_per_second, self.messages_per_second
        return Allowance(
            max(1, self.calls // processes),
            max(1, self.voice // processes),
            max(1, self.messages // processes),
            self.window,
            calls / processes if calls else None,
            messages / processes if messages else None,
        )

    def rules(self, way: float) -> dict[Bucket, Rule]:
        """Return what holds for each bucket.

        Args:
            way: seconds after which a request without an answer is taken to have arrived.
        """
        return {
            Bucket.CALLS: Rule(self.calls, self.window, _pause(self.calls_per_second), way),
            Bucket.VOICE: Rule(self.voice, self.window, 0.0, way),
            Bucket.MESSAGES: Rule(self.messages, 0.0, _pause(self.messages_per_second), way),
        }


def _pause(per_second: float | None) -> float:
    return 1 / per_second if per_second else 0.0


PLIVO = Allowance()
"""What Plivo documents."""

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


_VOICE = frozenset(("Call", "Request", "Recording", "Conference", "Endpoint", "Application"))
_ACCOUNT = "/v1/Account/{auth_id}/"


def bucket_of(block: Block) -> Bucket | None:
    """Return what a block's requests count as; None where Plivo names no limit."""
    if not block.request.path.startswith(_ACCOUNT):
        return None
    is_post = block.request.method == "POST"
    match block.request.path.removeprefix(_ACCOUNT).strip("/").split("/"):
        case ["Call"] | ["MultiPartyCall", _, "Participant"] if is_post:
            return Bucket.CALLS
        case ["Message", *_]:
            return Bucket.MESSAGES
        case [resource, *_] if resource in _VOICE:
            return Bucket.VOICE
    return None


_DESTINATIONS = {Bucket.CALLS: "to", Bucket.MESSAGES: "dst"}


def weight_of(bucket: Bucket, request: UpstreamRequest) -> int:
    """Return how many calls or messages a request makes: one per destination."""
    parameter = _DESTINATIONS.get(bucket)
    if parameter is None or request.method != "POST":
        return 0
    destinations = (request.json or {}).get(parameter)
    return destinations.count("<") + 1 if isinstance(destinations, str) else 1


class ProcessLimits:
    """The limits of one process.

    Args:
        allowance: what one account may send from this process.
        way: seconds after which a request without an answer is taken to have arrived.
        clock: seconds, of any beginning; never goes back.
    """

    def __init__(
        self,
        allowance: Allowance = PLIVO,
        *,
        way: float = LONGEST_WAY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = allowance.rules(way)
        self._clock = clock
        self._lines: OrderedDict[tuple[str, Bucket], Line] = OrderedDict()

    @property
    def lines(self) -> int:
        """How many lines are remembered: accounts, each counted once per bucket."""
        return len(self._lines)

    def take_now(self, account: str, bucket: Bucket, weight: int) -> Turn | None:
        """See :meth:`Limits.take_now`."""
        return self._line_of(account, bucket).take_now(weight)

    async def take(self, account: str, bucket: Bucket, weight: int, patience: float) -> Turn:
        """See :meth:`Limits.take`. Where there is room it returns without waiting for anything."""
        line = self._line_of(account, bucket)
        return line.take_now(weight) or await line.wait(weight, patience)

    def push_back(self, account: str, bucket: Bucket, seconds: float) -> None:
        """See :meth:`Limits.push_back`."""
        self._line_of(account, bucket).push_back(min(seconds, LONGEST_PUSH_BACK))

    async def aclose(self) -> None:
        """See :meth:`Limits.aclose`."""

    def _line_of(self, account: str, bucket: Bucket) -> Line:
        return self._lines.get((account, bucket)) or self._new_line(account, bucket)

    def _new_line(self, account: str, bucket: Bucket) -> Line:
        # Two are looked at for each one that is added, so that idle ones go faster than new ones come.
        for _ in range(min(2, len(self._lines))):
            key, line = self._lines.popitem(last=False)
            if not line.is_idle():
                self._lines[key] = line
        line = self._lines[account, bucket] = Line(self._rules[bucket], self._clock)
        return line
