"""Everything at once, many times: requests, refusals, failures of the store, callers that go, time that jumps.

Whatever the order, no two sends of a key are under way at a time, and none follows one that was not refused.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from app.errors import ApiUnreachable, ConnectorError, IdempotencyInProgress, OutcomeUnknown, RateLimited
from app.plivo import UpstreamReply
from app.storage import StoreError
from tests.support.keyed import REPLY, Commit, Process, api_error, process, timeout
from tests.support.stores import Place, in_loop

KEYS = 12
PROCESSES = 3
REQUESTS = 180

REFUSALS: list[tuple[UpstreamReply | Exception, str]] = [(api_error(400), "refused"), (ApiUnreachable("no"), "refused")]
FATES = [*REFUSALS * 4, (REPLY, "done"), (timeout(), "unknown")]


@dataclass
class Upstream:
    """Plivo for one key, with a log of what arrived."""

    chance: random.Random
    key: str
    under_way: int = 0
    history: list[str] = field(default_factory=list)

    async def send(self, commit: Commit) -> UpstreamReply | None:
        """Answer after a moment, in any way that Plivo and the road to it can."""
        await self._moment()
        if self.chance.random() < 0.05:
            raise RateLimited(1)
        if not await commit():
            return None
        assert self.under_way == 0, "two sends at a time"
        assert not {"done", "unknown", "gone"} & set(self.history), f"sent again after {self.history}"
        self.under_way += 1
        self.history.append("gone")  # until it is known to have been otherwise
        try:
            await self._moment()
        finally:
            self.under_way -= 1
        self.history.pop()
        outcome, fate = self.chance.choice(FATES)
        self.history.append(fate)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _moment(self) -> None:
        await asyncio.sleep(self.chance.random() * 0.01)


def now_and_then_failing(chance: random.Random) -> Callable[[str], None]:
    def fail(step: str) -> None:
        if chance.random() < 0.03:
            raise StoreError(f"{step}: down")

    return fail


async def ask(group: list[Process], upstream: Upstream, chance: random.Random) -> object:
    """Make a request like many others, and perhaps go before it is answered."""
    await asyncio.sleep(chance.random() * 0.5)
    request = asyncio.create_task(
        chance.choice(group).ask(upstream.send, key=upstream.key, within=chance.random() * 0.3)
    )
    if chance.random() < 0.1:
        await asyncio.sleep(chance.random() * 0.01)
        request.cancel()
    (outcome,) = await asyncio.gather(request, return_exceptions=True)
    return outcome


@pytest.mark.parametrize("seed", range(5))
@in_loop
async def test_no_key_is_ever_sent_twice(place: Place, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # disorder, not a secret
    upstreams = [Upstream(chance, f"key-{number}") for number in range(KEYS)]
    async with AsyncExitStack() as stack:
        fail = now_and_then_failing(chance)
        # One of them has not seen yet that Plivo accepts the token.
        processes = [process(place, knows_token=number > 0, before=fail, after=fail) for number in range(PROCESSES)]
        group = [await stack.enter_async_context(each) for each in processes]
        calls = [
            asyncio.create_task(ask(group, upstream, chance)) for upstream in upstreams for _ in range(REQUESTS // KEYS)
        ]
        for _ in range(8):
            await asyncio.sleep(0.05)
            place.let_pass(chance.choice([1, 60, 3600, -60, -3600]))
        outcomes = await asyncio.gather(*calls)
        defects = [
            outcome
            for outcome in outcomes
            if not isinstance(outcome, UpstreamReply | ConnectorError | asyncio.CancelledError)
        ]
        assert defects == []

    async with process(place) as afterwards:
        place.let_pass(10 * 3600)  # more than the clock can be behind by now, less than a row lives
        for upstream in upstreams:
            sent = upstream.history.count("done")
            (outcome,) = await asyncio.gather(afterwards.ask(upstream.send, key=upstream.key), return_exceptions=True)
            assert isinstance(outcome, UpstreamReply | ConnectorError), outcome
            assert not isinstance(outcome, IdempotencyInProgress)
            if sent:
                assert isinstance(outcome, OutcomeUnknown) or (isinstance(outcome, UpstreamReply) and outcome.replayed)
