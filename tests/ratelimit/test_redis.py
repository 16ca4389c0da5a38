"""The limits of several processes together, on a real Redis server: two connectors, one count."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from time import monotonic, sleep
from typing import Any

import pytest

from app.errors import RateLimited
from app.ratelimit import redis as shared_limits
from app.ratelimit.quotas import WRITES, Allowance, Bucket
from app.ratelimit.redis import SharedLimits
from app.storage.redis import RedisEngine
from tests.support import turns
from tests.support.redis_server import RedisServer
from tests.support.stores import in_loop
from tests.support.turns import Turn

WINDOW = 0.6
WAY = 0.4
LEASE = 0.5
ALLOWANCE = Allowance(calls=2, voice=2, messages=2, window=WINDOW)
LONG = 15.0
"""Seconds that nothing here takes."""


class Process:
    """One process's share of the service, as far as limits go."""

    def __init__(self, server: RedisServer, allowance: Allowance) -> None:
        self.engine = RedisEngine(server.url)
        self.limits = SharedLimits(self.engine, allowance, way=WAY, lease=LEASE)

    async def aclose(self) -> None:
        """End, as the service does: what is under way is told first."""
        await self.limits.aclose()
        await self.engine.aclose()


@asynccontextmanager
async def two(server: RedisServer, allowance: Allowance = ALLOWANCE) -> AsyncIterator[tuple[Process, Process]]:
    """Open two processes."""
    both = [Process(server, allowance) for _ in range(2)]
    try:
        yield both[0], both[1]
    finally:
        await asyncio.gather(*(each.aclose() for each in both))


async def take(process: Process, bucket: Bucket = Bucket.CALLS, *, patience: float = LONG, **facts: Any) -> Turn:
    return await turns.take(process.limits, bucket, patience=patience, **facts)


async def send(process: Process, bucket: Bucket = Bucket.CALLS, *, patience: float = LONG, **facts: Any) -> float:
    """Make a request that is answered at once, and return when it left."""
    return await turns.send(process.limits, bucket, patience=patience, **facts)


async def refusal(asking: Coroutine[Any, Any, Any]) -> float:
    """Return after how many seconds a request that is refused may come again."""
    with pytest.raises(RateLimited) as raised:
        await asking
    seconds = raised.value.details["retry_after"]
    assert isinstance(seconds, float)
    return seconds


@in_loop
async def test_what_one_sends_counts_for_the_other(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        began = monotonic()
        await asyncio.gather(send(first), send(second))
        later = await asyncio.gather(send(first), send(second), send(first), send(second))
        assert sorted(later)[1] >= began + WINDOW
        assert sorted(later)[2] >= began + 2 * WINDOW
        assert max(later) < began + LONG


@in_loop
async def test_accounts_and_buckets_do_not_feel_each_other(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        await asyncio.gather(send(first), send(second))
        await refusal(take(first, patience=0))
        await send(first, account="MA2", patience=0)
        await send(second, Bucket.VOICE, patience=0)
        await send(second, Bucket.MESSAGES, patience=0)


@in_loop
async def test_turns_come_in_the_order_of_asking_whoever_asks(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.2)) as (first, second):
        await send(first)
        order: list[int] = []

        async def one(number: int, process: Process) -> None:
            await send(process)
            order.append(number)

        async with asyncio.TaskGroup() as line:
            for number in range(6):
                line.create_task(one(number, second if number % 2 else first))
                await asyncio.sleep(0.02)
        assert order == [0, 1, 2, 3, 4, 5]


@in_loop
async def test_nobody_overtakes_one_who_has_not_noticed_yet_that_a_place_is_free(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.3)) as (first, second):
        await asyncio.gather(send(first), send(second, account="MA2"))
        waiting = asyncio.ensure_future(send(first))
        await asyncio.sleep(0.1)
        sleep(0.5)  # noqa: ASYNC251  # this process is busy with something else
        await refusal(take(second, patience=0))
        await waiting


@in_loop
async def test_a_turn_after_the_deadline_is_refused_at_once_and_takes_nobody_elses(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=2, window=30.0)) as (first, second):
        await asyncio.gather(send(first), send(second))
        for process in (first, second) * 20:
            assert 25 < await refusal(take(process, patience=20)) <= 30
        with redis_server.client() as client:
            keys = [key for key in client.keys("*") if key.endswith((b":line", b":due"))]
        assert keys == []


@in_loop
async def test_simultaneous_messages_are_counted_together_until_they_are_answered(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(messages=3)) as processes:
        running = most = 0

        async def one(number: int) -> None:
            nonlocal running, most
            turn = await take(processes[number % 2], Bucket.MESSAGES)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1
            turn.end(1)

        await asyncio.gather(*(one(number) for number in range(20)))
        assert most == 3


@in_loop
async def test_a_place_for_messages_is_waited_for_until_the_deadline(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        held = [await take(first, Bucket.MESSAGES), await take(second, Bucket.MESSAGES)]
        began = monotonic()
        await refusal(take(second, Bucket.MESSAGES, patience=0.3))
        assert monotonic() >= began + 0.3
        held[0].end(1)
        await send(second, Bucket.MESSAGES)


@pytest.mark.parametrize(("bucket", "seconds"), [(Bucket.CALLS, WAY + WINDOW), (Bucket.MESSAGES, LEASE)])
@in_loop
async def test_places_of_a_process_that_died_come_back(
    redis_server: RedisServer, bucket: Bucket, seconds: float
) -> None:
    async with two(redis_server) as (dead, living):
        began = monotonic()
        await asyncio.gather(take(dead, bucket), take(dead, bucket))
        assert began + seconds <= await send(living, bucket) < began + LONG


@in_loop
async def test_one_who_waited_and_died_loses_its_place_in_line(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "MISSING_AFTER", 0.1)
    async with two(redis_server) as (dead, living):
        await asyncio.gather(send(living), send(living))
        monkeypatch.setattr(dead.engine, "run_later", lambda *_: None)
        lost = [asyncio.ensure_future(take(dead)) for _ in range(2)]
        await asyncio.sleep(0.1)
        for task in lost:
            task.cancel()
        await asyncio.wait(lost)
        await asyncio.gather(send(living), send(living))


@in_loop
async def test_one_who_is_cancelled_leaves_the_line_at_once(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=30.0)) as (first, second):
        turn = await take(first)
        waiting = asyncio.ensure_future(take(first, patience=60))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        turn.end(0)
        await first.aclose()
        await send(second, patience=1)


@in_loop
async def test_repetitions_count_too(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=4, window=30.0)) as (first, second):
        (await take(first)).end(4)
        await first.aclose()
        assert await refusal(take(second, patience=1)) > 20


@in_loop
async def test_push_back_holds_the_lane_everywhere(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        began = monotonic()
        refused = [(await take(first, account=account), after) for account, after in (("MA2", 30), ("MA2", 0.1))]
        refused.append((await take(first), 0.5))
        for turn, seconds in refused:
            turn.refuse(retry_after=seconds)
        await first.aclose()
        assert 20 < await refusal(take(second, account="MA2", patience=1)) <= 30
        await send(second, account="MA3", patience=0)
        assert await send(second) >= began + 0.5


@pytest.mark.parametrize(("refused", "other"), [("aList", WRITES), ("aList", "anotherList"), (WRITES, "aList")])
@pytest.mark.parametrize("bucket", [Bucket.CALLS, Bucket.VOICE, Bucket.MESSAGES])
@in_loop
async def test_push_back_holds_no_other_lane(
    redis_server: RedisServer, bucket: Bucket, refused: str, other: str
) -> None:
    async with two(redis_server) as (first, second):
        began = monotonic()
        (await take(first, bucket, lane=refused)).refuse(retry_after=1.5)
        await asyncio.sleep(WINDOW + 0.1)
        held_back = [asyncio.ensure_future(send(first, bucket, lane=refused)) for _ in range(4)]
        await asyncio.sleep(0.2)
        # Those who are held back stand in nobody's way, though they came first and are more than there are places.
        held = [await take(each, bucket, lane=other, patience=0) for each in (first, second)]
        for turn in held:
            turn.end(0)
        assert min(await asyncio.gather(*held_back)) >= began + 1.5


@in_loop
async def test_those_who_were_held_back_come_in_the_order_of_asking(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.2)) as (first, second):
        (await take(first, lane="aList")).refuse(retry_after=0.6)
        order: list[int] = []

        async def one(number: int, process: Process) -> None:
            await send(process, lane="aList")
            order.append(number)

        await asyncio.sleep(0.05)
        async with asyncio.TaskGroup() as line:
            for number in range(6):
                line.create_task(one(number, second if number % 2 else first))
                await asyncio.sleep(0.02)
        assert order[1:] == sorted(order[1:])  # the first to be served are those whose clock is first


@in_loop
async def test_a_401_gives_back_the_place_and_the_booked_time(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=30.0, calls_per_second=10)) as (first, second):
        for process in (first, second, first):
            (await take(process, weight=20_000, patience=1)).refuse(401, tries=3)
            await asyncio.sleep(0.05)
        await send(second, patience=1)


@in_loop
async def test_calls_per_second_are_counted_together_by_destination(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls_per_second=5)) as (first, second):
        began = monotonic()
        await send(first)
        await send(second, weight=2)
        await send(first)
        assert monotonic() >= began + 0.6
        assert 1 < await refusal(_late(first, second)) <= LONG


@in_loop
async def test_a_turn_of_the_pace_that_nobody_takes_goes_to_the_next(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls_per_second=0.05)) as (first, second):
        await send(first)
        waiting = asyncio.ensure_future(take(first, patience=60))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        await first.aclose()
        assert await refusal(take(second, patience=1)) <= 20


async def _late(first: Process, second: Process) -> None:
    """Ask for a turn behind a request that makes many calls."""
    await take(first, weight=20)
    await take(second, patience=0.1)


@in_loop
async def test_a_request_that_was_late_counts_from_when_it_left(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        held = await asyncio.gather(take(first), take(first))
        await asyncio.sleep(WAY * 0.75)
        left = monotonic()
        for turn in held:
            turn.leave()
        assert await send(second) >= left + WAY + WINDOW


@in_loop
async def test_the_server_learns_no_account_and_forgets_everything(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.5, calls_per_second=1000)) as (first, _):
        await asyncio.gather(send(first, account="MASECRET"), send(first, account="MASECRET"))
        (await take(first, account="MASECRET")).refuse(retry_after=5)
        waiting = [asyncio.ensure_future(take(first, account="MASECRET", lane=lane)) for lane in (WRITES, "aList")]
        await asyncio.sleep(0.1)
        with redis_server.client() as client:
            keys = client.keys()
            assert keys
            assert not any(b"SECRET" in key for key in keys)
            assert all(0 < client.pttl(key) < 120_000 for key in keys)
            assert {key.rpartition(b":")[2] for key in keys} >= {b"out", b"line", b"due", b"writes"}
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)


@in_loop
async def test_without_the_server_each_goes_on_alone_until_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "TIME_ALONE", 0.2)
    async with two(redis_server, Allowance(calls=2, window=30.0)) as (first, second):
        await send(first)
        redis_server.stop()
        await asyncio.gather(send(first), send(first))
        await refusal(take(first, patience=1))
        await send(second, patience=0)
        redis_server.start()
        await asyncio.sleep(0.3)
        await asyncio.gather(send(first, account="MA2"), send(second, account="MA2"))
        await refusal(take(first, account="MA2", patience=1))


@in_loop
async def test_a_server_that_hangs_holds_nobody_up_for_long(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "TIMEOUT", 0.3)
    monkeypatch.setattr(shared_limits, "TIME_ALONE", 60.0)
    async with two(redis_server) as (first, _):
        await send(first)
        redis_server.pause()
        try:
            for number in range(200):
                await send(first, account=f"MB{number}")
        finally:
            redis_server.go_on()
