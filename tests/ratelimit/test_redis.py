"""The limits of several processes together, on a real Redis server: two connectors, one count."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from app.errors import RateLimited
from app.ratelimit import redis as shared_limits
from app.ratelimit.quotas import WRITES, Allowance, Bucket
from app.ratelimit.redis import SharedLimits
from app.storage.redis import RedisEngine
from tests.support import turns
from tests.support.keyed import until
from tests.support.patience import PATIENCE
from tests.support.redis_server import RedisServer
from tests.support.stores import in_loop
from tests.support.turns import Turn

WINDOW = 0.6
ALLOWANCE = Allowance(calls=2, voice=2, messages=2, window=WINDOW)
LONG = 300.0
"""Seconds that do not pass while a test runs: what is refused for so long stays so, on whatever machine."""


@pytest.fixture(autouse=True)
def nobody_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody lose its place because this process stood still."""
    monkeypatch.setattr(shared_limits, "MISSING_AFTER", PATIENCE)


class CountingEngine(RedisEngine):
    """An engine that counts the questions that the server has answered."""

    asked = 0

    async def run(self, script: str, keys: list[str], *values: str | bytes, tries: int = 2) -> Any:
        answer = await super().run(script, keys, *values, tries=tries)
        self.asked += 1
        return answer


class Process:
    """One process's share of the service, as far as limits go; nothing comes back by itself unless a test says when."""

    def __init__(self, server: RedisServer, allowance: Allowance, *, way: float = LONG, lease: float = LONG) -> None:
        self.engine = CountingEngine(server.url)
        self.limits = SharedLimits(self.engine, allowance, way=way, lease=lease)

    async def aclose(self) -> None:
        """End, as the service does: what is under way is told first."""
        await self.limits.aclose()
        await self.engine.aclose()


@asynccontextmanager
async def two(
    server: RedisServer, allowance: Allowance = ALLOWANCE, **times: float
) -> AsyncIterator[tuple[Process, Process]]:
    """Open two processes."""
    both = [Process(server, allowance, **times) for _ in range(2)]
    try:
        yield both[0], both[1]
    finally:
        await asyncio.gather(*(each.aclose() for each in both))


async def take(process: Process, bucket: Bucket = Bucket.CALLS, *, patience: float = PATIENCE, **facts: Any) -> Turn:
    return await turns.take(process.limits, bucket, patience=patience, **facts)


async def send(process: Process, bucket: Bucket = Bucket.CALLS, *, patience: float = PATIENCE, **facts: Any) -> float:
    """Make a request that is answered at once, and return when it left."""
    return await turns.send(process.limits, bucket, patience=patience, **facts)


async def line_of(server: RedisServer, number: int) -> None:
    """Wait until so many stand in line."""
    await until(lambda: number == _cardinality(server, ":line"))


def _cardinality(server: RedisServer, ending: str) -> int:
    with server.client() as client:
        return sum(int(client.zcard(key)) for key in client.keys("*") if key.endswith(ending.encode()))


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


@in_loop
async def test_accounts_and_buckets_do_not_feel_each_other(redis_server: RedisServer) -> None:
    async with two(redis_server, replace(ALLOWANCE, window=LONG)) as (first, second):
        await asyncio.gather(send(first), send(second))
        await refusal(take(first, patience=0))
        await send(first, account="MA2", patience=0)
        await send(second, Bucket.VOICE, patience=0)
        await send(second, Bucket.MESSAGES, patience=0)


@in_loop
async def test_turns_come_in_the_order_of_asking_whoever_asks(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.2)) as (first, second):
        held = await take(first)
        order: list[int] = []

        async def one(number: int, process: Process) -> None:
            await send(process)
            order.append(number)

        async with asyncio.TaskGroup() as line:
            for number in range(6):
                line.create_task(one(number, second if number % 2 else first))
                await line_of(redis_server, number + 1)
            held.end(1)
        assert order == [0, 1, 2, 3, 4, 5]


@in_loop
async def test_nobody_overtakes_one_who_has_not_noticed_yet_that_a_place_is_free(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=LONG)) as (first, second):
        held = await take(first)
        waiting = asyncio.ensure_future(take(first, patience=2 * LONG))
        await line_of(redis_server, 1)
        held.end(0)
        await until(lambda: _cardinality(redis_server, ":out") == 0)
        await refusal(take(second, patience=0))
        waiting.cancel()
        await asyncio.wait([waiting])
        await send(second, patience=0)


@in_loop
async def test_a_turn_after_the_deadline_is_refused_at_once_and_takes_nobody_elses(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=2, window=LONG)) as (first, second):
        await asyncio.gather(send(first), send(second))
        for process in (first, second) * 20:
            assert LONG / 2 < await refusal(take(process, patience=20)) <= LONG
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


@pytest.mark.parametrize(("bucket", "seconds"), [(Bucket.CALLS, 0.4 + WINDOW), (Bucket.MESSAGES, 0.5)])
@in_loop
async def test_places_of_a_process_that_died_come_back(
    redis_server: RedisServer, bucket: Bucket, seconds: float
) -> None:
    async with two(redis_server, way=0.4, lease=0.5) as (dead, living):
        began = monotonic()
        await asyncio.gather(take(dead, bucket), take(dead, bucket))
        assert await send(living, bucket) >= began + seconds


@in_loop
async def test_one_who_waited_and_died_loses_its_place_in_line(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "MISSING_AFTER", 0.1)
    async with two(redis_server) as (dead, living):
        held = [await take(living) for _ in range(2)]
        monkeypatch.setattr(dead.engine, "run_later", lambda *_: None)
        lost = [asyncio.ensure_future(take(dead)) for _ in range(2)]
        await line_of(redis_server, 2)
        for task in lost:
            task.cancel()
        await asyncio.wait(lost)
        for turn in held:
            turn.end(0)
        await asyncio.gather(send(living), send(living))


@in_loop
async def test_one_who_is_cancelled_leaves_the_line_at_once(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=LONG)) as (first, second):
        turn = await take(first)
        waiting = asyncio.ensure_future(take(first, patience=2 * LONG))
        await line_of(redis_server, 1)
        waiting.cancel()
        await asyncio.wait([waiting])
        turn.end(0)
        await first.aclose()
        await send(second, patience=1)


@in_loop
async def test_repetitions_count_too(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=4, window=LONG)) as (first, second):
        (await take(first)).end(4)
        await first.aclose()
        assert await refusal(take(second, patience=1)) > LONG / 2


@in_loop
async def test_push_back_holds_the_lane_everywhere(redis_server: RedisServer) -> None:
    async with two(redis_server) as (first, second):
        began = monotonic()
        refused = [(await take(first, account=account), after) for account, after in (("MA2", 60), ("MA2", 0.1))]
        refused.append((await take(first), 0.5))
        for turn, seconds in refused:
            turn.refuse(retry_after=seconds)
        await first.aclose()
        assert 20 < await refusal(take(second, account="MA2", patience=1)) <= 60
        await send(second, account="MA3", patience=0)
        assert await send(second) >= began + 0.5


@pytest.mark.parametrize(("refused", "other"), [("aList", WRITES), ("aList", "anotherList"), (WRITES, "aList")])
@pytest.mark.parametrize("bucket", [Bucket.CALLS, Bucket.VOICE, Bucket.MESSAGES])
@in_loop
async def test_push_back_holds_no_other_lane(
    redis_server: RedisServer, bucket: Bucket, refused: str, other: str
) -> None:
    async with two(redis_server) as (first, second):
        (await take(first, bucket, lane=refused)).refuse(retry_after=60)
        await until(lambda: _is_held_back(redis_server, refused))
        asked = first.engine.asked
        held_back = [asyncio.ensure_future(send(first, bucket, lane=refused)) for _ in range(4)]
        await until(lambda: first.engine.asked == asked + 4)
        # Those who are held back stand in nobody's way, though they came first and are more than there are places.
        held = [await take(each, bucket, lane=other, patience=30) for each in (first, second)]
        for turn in held:
            turn.end(0)
        assert not [each for each in held_back if each.done()]
        for each in held_back:
            each.cancel()
        await asyncio.wait(held_back)


def _is_held_back(server: RedisServer, lane: str) -> bool:
    with server.client() as client:
        return any(key.endswith(f":blocked:{lane}".encode()) for key in client.keys("*"))


@in_loop
async def test_those_who_were_held_back_come_in_the_order_of_asking(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=1, window=0.2)) as (first, second):
        (await take(first, lane="aList")).refuse(retry_after=1)
        await until(lambda: _is_held_back(redis_server, "aList"))
        held = await take(first)  # so that all are there when the first is served
        order: list[int] = []

        async def one(number: int, process: Process) -> None:
            await send(process, lane="aList")
            order.append(number)

        async with asyncio.TaskGroup() as line:
            for number in range(6):
                asked = first.engine.asked + second.engine.asked
                line.create_task(one(number, second if number % 2 else first))
                await until(lambda asked=asked: first.engine.asked + second.engine.asked > asked)  # type: ignore[misc]  # a bool
            await line_of(redis_server, 6)
            held.end(1)
        assert order == [0, 1, 2, 3, 4, 5]


@in_loop
async def test_a_401_gives_back_the_place_and_the_booked_time(redis_server: RedisServer) -> None:
    allowance = Allowance(calls=1, window=LONG, calls_per_second=10)
    for _ in range(3):
        process = Process(redis_server, allowance)
        (await take(process, weight=20_000, patience=1)).refuse(401, tries=3)
        await process.aclose()
    async with two(redis_server, allowance) as (first, _):
        await send(first, patience=1)


@in_loop
async def test_calls_per_second_are_counted_together_by_destination(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls_per_second=5)) as (first, second):
        began = monotonic()
        await send(first)
        await send(second, weight=2)
        await send(first)
        assert monotonic() >= began + 0.6
        assert LONG / 2 < await refusal(_late(first, second)) <= LONG


@in_loop
async def test_a_turn_of_the_pace_that_nobody_takes_goes_to_the_next(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls_per_second=1 / LONG)) as (first, second):
        await send(first)
        asked = first.engine.asked
        waiting = asyncio.ensure_future(take(first, patience=2 * LONG))
        await until(lambda: first.engine.asked > asked)
        waiting.cancel()
        await asyncio.wait([waiting])
        await first.aclose()
        assert await refusal(take(second, patience=1)) <= LONG


async def _late(first: Process, second: Process) -> None:
    """Ask for a turn behind a request that makes many calls."""
    await take(first, weight=round(5 * LONG))
    await take(second, patience=0.1)


@in_loop
async def test_a_request_that_was_late_counts_from_when_it_left(redis_server: RedisServer) -> None:
    way = 0.4
    async with two(redis_server, way=way) as (first, second):
        held = await asyncio.gather(take(first), take(first))
        free = _first_free(redis_server)
        await asyncio.sleep(way * 0.75)
        left = monotonic()
        for turn in held:
            turn.leave()
        await until(lambda: _first_free(redis_server) > free + way * 0.5)
        assert await send(second) >= left + way + WINDOW


def _first_free(server: RedisServer) -> float:
    """Return when the first place is free again, in seconds of the server's clock."""
    with server.client() as client:
        (key,) = (key for key in client.keys("*") if key.endswith(b":out"))
        return min(float(time) for _, time in client.zrange(key, 0, -1, withscores=True)) / 1_000_000


@in_loop
async def test_the_server_learns_no_account_and_forgets_everything(redis_server: RedisServer) -> None:
    async with two(redis_server, Allowance(calls=2, window=LONG, calls_per_second=1000)) as (first, _):
        await send(first, account="MASECRET")
        (await take(first, account="MASECRET")).refuse(retry_after=60)
        asking = [take(first, account="MASECRET", lane=lane, patience=2 * LONG) for lane in (WRITES, "aList")]
        waiting = [asyncio.ensure_future(each) for each in asking]
        with redis_server.client() as client:
            parts = {b"out", b"line", b"due", b"writes"}
            await until(lambda: {key.rpartition(b":")[2] for key in client.keys("*")} >= parts)
            keys = client.keys("*")
            assert not any(b"SECRET" in key for key in keys)
            # -1 is what never ends, -2 what has ended meanwhile.
            assert all(-1 != client.pttl(key) < (2 * LONG + 120) * 1000 for key in keys)
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)


@in_loop
async def test_without_the_server_each_goes_on_alone_until_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "TIME_ALONE", 0.2)
    async with two(redis_server, Allowance(calls=2, window=LONG)) as (first, second):
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
