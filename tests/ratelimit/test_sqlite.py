"""The limits of the workers of one machine together: shares follow use, and are never more than the limit in all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import RateLimited
from app.ratelimit.quotas import Bucket
from app.ratelimit.sqlite import KEPT_IDLE, LEASE, LOOK_EVERY, LeasedLimits
from tests.support.machine import LONGEST, WAY, Machine
from tests.support.patience import patient
from tests.support.turns import send, take
from tests.support.virtual_time import VirtualLoop, now, run

WINDOW = 5.0
ROUNDING = 1e-6
SOON = 3 * LOOK_EVERY
"""Seconds in which places change hands that nobody uses."""


def on(processes: int, check: Callable[[Machine], Awaitable[None]], **allowance: float) -> None:
    """Run a check on a machine with so many processes."""

    async def whole() -> None:
        machine = Machine(processes, **allowance)
        try:
            await check(machine)
        finally:
            await machine.stop()

    run(whole())


@dataclass
class Request:
    """One request of one process."""

    process: int
    asks: float
    there: float
    back: float
    turn: float = field(default=-1.0, compare=False)
    ended: float = field(default=-1.0, compare=False)

    async def run(self, limits: LeasedLimits, bucket: Bucket) -> None:
        turn = await take(limits, bucket, patience=1e6)
        self.turn = now()
        turn.leave()
        await asyncio.sleep(self.there + self.back)
        turn.end(1)
        self.ended = now()


REQUESTS = st.lists(
    st.builds(
        Request,
        process=st.sampled_from([0, 0, 0, 1, 2]),
        asks=st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 4.9, 5.0, 7.5, 12.0, 60.0]),
        there=st.integers(0, 20).map(lambda tenths: tenths / 10),
        back=st.integers(0, 80).map(lambda tenths: tenths / 10),
    ),
    max_size=40,
).map(lambda listed: sorted(listed, key=lambda request: request.asks))


async def play(machine: Machine, requests: list[Request], bucket: Bucket) -> None:
    async with asyncio.TaskGroup() as running:
        for request in requests:
            await asyncio.sleep(request.asks - now())
            running.create_task(request.run(machine.limits[request.process], bucket))


def most_in_a_window(arrivals: list[float]) -> int:
    return max((sum(start <= other < start + WINDOW - ROUNDING for other in arrivals) for start in arrivals), default=0)


@settings(patient, max_examples=30)
@given(REQUESTS, st.integers(3, 9))
def test_no_window_ever_sees_more_than_the_limit_whoever_sends(requests: list[Request], limit: int) -> None:
    """And all are sent, without places that nobody finds."""

    async def check(machine: Machine) -> None:
        await play(machine, requests, Bucket.CALLS)

    on(3, check, calls=limit)
    assert most_in_a_window([request.turn + request.there for request in requests]) <= limit
    last = max((request.turn for request in requests), default=0)
    assert last <= 60 + (len(requests) / limit + 1) * 2 * (WINDOW + WAY)


@settings(patient, max_examples=30)
@given(REQUESTS, st.integers(3, 9))
def test_never_more_messages_at_a_time_than_the_limit_whoever_sends(requests: list[Request], limit: int) -> None:
    async def check(machine: Machine) -> None:
        await play(machine, requests, Bucket.MESSAGES)

    on(3, check, messages=limit)
    for one in requests:
        assert sum(other.turn <= one.turn < other.ended for other in requests) <= limit


@pytest.mark.parametrize(("bucket", "limit"), [(Bucket.CALLS, 300), (Bucket.VOICE, 300), (Bucket.MESSAGES, 100)])
def test_one_process_alone_has_the_whole_limit(bucket: Bucket, limit: int) -> None:
    """Not a third, where it is one of three."""

    async def check(machine: Machine) -> None:
        turns = await asyncio.gather(*(take(machine.limits[0], bucket) for _ in range(limit)))
        assert now() < SOON
        more = asyncio.ensure_future(take(machine.limits[0], bucket, patience=1))
        with pytest.raises(RateLimited):
            await more
        for turn in turns:
            turn.end(1)

    on(3, check)


def test_each_that_wants_more_than_there_is_has_at_least_an_equal_part_and_a_third_what_it_needs() -> None:
    async def check(machine: Machine) -> None:
        sent = [0, 0, 0]

        async def loud(process: int) -> None:
            while now() < 60:
                await send(machine.limits[process], Bucket.CALLS)
                sent[process] += now() > 20

        async def quiet() -> None:
            while now() < 60:
                await asyncio.sleep(1)
                await send(machine.limits[2], Bucket.CALLS)
                sent[2] += now() > 20

        async with asyncio.TaskGroup() as everybody:
            for _ in range(100):
                everybody.create_task(loud(0))
            everybody.create_task(quiet())
            await asyncio.sleep(6)
            for _ in range(200):
                everybody.create_task(loud(1))
        first, second, third = sent
        assert third > 25  # hardly ever kept waiting
        assert min(first, second) > 0.8 * 20 * (60 - 20) / WINDOW
        assert sum(sent) > 0.8 * 60 * (60 - 20) / WINDOW

    on(3, check, calls=60)


def test_what_one_does_not_use_any_more_is_there_for_another_at_once() -> None:
    async def check(machine: Machine) -> None:
        one, other, _ = machine.limits
        turns = await asyncio.gather(*(take(one, Bucket.MESSAGES) for _ in range(100)))
        for turn in turns:
            turn.end(1)
        began = now()
        await asyncio.gather(*(take(other, Bucket.MESSAGES, patience=1) for _ in range(100)))
        assert now() < began + SOON

    on(3, check)


def test_a_request_asks_nobody_while_its_process_has_room() -> None:
    async def check(machine: Machine) -> None:
        limits = machine.limits[0]
        await asyncio.gather(*(send(limits, Bucket.CALLS) for _ in range(100)))
        changes, began = machine.changes, now()
        await asyncio.sleep(8)  # those count no more
        for _ in range(30):
            taking = take(limits, Bucket.CALLS)
            with pytest.raises(StopIteration) as done:
                taking.send(None)  # nothing is waited for
            done.value.value.end(1)
        assert machine.changes - changes <= 2 + (now() - began) / (LEASE / 3)

    on(3, check)


def test_places_of_a_killed_process_come_back_when_its_requests_no_longer_count() -> None:
    async def check(machine: Machine, bucket: Bucket, hold: float) -> None:
        dead, living, _ = machine.limits
        await asyncio.gather(*(take(dead, bucket) for _ in range(6)))
        machine.kill(dead)
        killed = now()
        assert killed + hold - ROUNDING <= await send(living, bucket) <= killed + hold + LEASE + SOON

    on(3, lambda machine: check(machine, Bucket.CALLS, WAY + WINDOW), calls=6)
    on(3, lambda machine: check(machine, Bucket.MESSAGES, LONGEST), messages=6)


def test_a_process_that_ends_leaves_what_it_does_not_use() -> None:
    async def check(machine: Machine) -> None:
        ending, other, _ = machine.limits
        for turn in await asyncio.gather(*(take(ending, Bucket.MESSAGES) for _ in range(6))):
            turn.end(1)
        await ending.aclose()
        began = now()
        await asyncio.gather(*(take(other, Bucket.MESSAGES, patience=1) for _ in range(6)))
        assert now() < began + SOON

    on(3, check, messages=6)


def test_a_process_that_was_paused_past_its_lease_uses_nothing_that_others_have_now() -> None:
    async def check(machine: Machine) -> None:
        paused, other, _ = machine.limits
        await asyncio.gather(*(send(paused, Bucket.CALLS) for _ in range(6)))
        assert paused._keeping is not None
        paused._keeping.cancel()
        await asyncio.sleep(LEASE + WAY + WINDOW + 1)
        await asyncio.gather(*(send(other, Bucket.CALLS) for _ in range(6)))
        began = now()
        with pytest.raises(RateLimited):
            await take(paused, Bucket.CALLS, patience=1)
        assert await send(paused, Bucket.CALLS) >= began + WINDOW - 1 - ROUNDING

    on(3, check, calls=6)


def test_a_loop_that_was_busy_past_its_lease_uses_nothing_that_others_have_now() -> None:
    async def check(machine: Machine) -> None:
        paused = machine.limits[0]
        await asyncio.gather(*(send(paused, Bucket.CALLS) for _ in range(6)))
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.jump(LEASE + 1)
        turn = asyncio.ensure_future(take(paused, Bucket.CALLS, patience=1))
        await asyncio.sleep(0)
        assert not turn.done()  # it asks first
        (await turn).end(1)

    on(3, check, calls=6)


def test_while_the_file_does_not_work_each_keeps_to_an_equal_part() -> None:
    async def check(machine: Machine) -> None:
        one, other, _ = machine.limits
        await asyncio.gather(*(send(one, Bucket.CALLS) for _ in range(6)))
        await asyncio.sleep(WINDOW + 1)
        machine.is_broken = True
        await asyncio.sleep(LEASE)
        began = now()
        for limits in (one, other):
            await asyncio.gather(*(send(limits, Bucket.CALLS) for _ in range(2)))
            assert now() < began + SOON
            with pytest.raises(RateLimited):
                await take(limits, Bucket.CALLS, patience=1)
        machine.is_broken = False
        await asyncio.sleep(WINDOW + 1)
        began = now()
        await asyncio.gather(*(send(one, Bucket.CALLS) for _ in range(6)))
        assert now() < began + SOON

    on(3, check, calls=6)


def test_without_a_file_from_the_start() -> None:
    async def check(machine: Machine) -> None:
        machine.is_broken = True
        for limits in machine.limits:
            await asyncio.gather(*(send(limits, Bucket.MESSAGES, patience=0) for _ in range(2)))
        assert now() < SOON

    on(3, check, messages=6)


def test_a_short_deadline_hurts_nobody_who_is_under_the_limit() -> None:
    """The first request of an account in a process has to ask; that must not make it too late."""

    async def check(machine: Machine) -> None:
        for limits in machine.limits:
            await send(limits, Bucket.CALLS, patience=-0.9)
        assert now() < SOON

    on(3, check)


def test_calls_per_second_are_counted_together_by_destination() -> None:
    async def check(machine: Machine) -> None:
        one, other, _ = machine.limits
        times = await asyncio.gather(
            send(one, weight=1), send(other, weight=1), send(one, weight=5), send(other, weight=1)
        )
        assert sorted(times) == pytest.approx([0, 0.5, 1, 3.5], abs=0.1)
        with pytest.raises(RateLimited) as raised:
            await take(other, weight=1, patience=0.1)
        assert raised.value.details["retry_after"] == pytest.approx(0.5, abs=0.1)
        # What never left, or came with a wrong token, gives its time back.
        (await take(one, weight=20_000)).refuse(401)
        await asyncio.sleep(0.1)
        (await take(other, weight=20_000)).end(0)
        await asyncio.sleep(0.1)
        await send(one, patience=1)

    on(3, check, calls_per_second=2)


def test_a_turn_of_the_pace_that_nobody_takes_goes_to_the_next() -> None:
    async def check(machine: Machine) -> None:
        one, other, _ = machine.limits
        await send(one)
        waiting = asyncio.ensure_future(take(one))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert await send(other) == pytest.approx(2, abs=0.1)

    on(3, check, calls_per_second=0.5)


def test_what_has_no_limit_asks_nobody() -> None:
    async def check(machine: Machine) -> None:
        await send(machine.limits[0], Bucket.OTHERS)
        assert machine.changes == 0

    on(3, check)


def test_idle_accounts_are_forgotten_by_process_and_file() -> None:
    async def check(machine: Machine) -> None:
        limits = machine.limits[0]
        waiting = await take(limits, Bucket.MESSAGES, account="busy")
        for number in range(300):
            await send(limits, Bucket.MESSAGES, account=f"MA{number}")
        assert limits.remembered == machine.rows() == 301
        await asyncio.sleep(KEPT_IDLE + 10)
        assert limits.remembered == machine.rows() == 1
        waiting.end(1)
        await asyncio.sleep(KEPT_IDLE + 5)
        assert limits.remembered == machine.held() == 0
        changes = machine.changes
        await asyncio.sleep(60)
        assert machine.changes == changes  # nothing is done where nothing is held
        await send(limits, Bucket.MESSAGES, account="busy")

    on(3, check)
