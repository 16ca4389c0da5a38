"""Never too fast, case by case: refusals, push-back, what gives a place back, pauses between calls, memory."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from app.errors import RateLimited
from app.ratelimit import LONGEST_PUSH_BACK
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import WRITES, Allowance, Bucket
from tests.support.turns import Turn, send, take
from tests.support.virtual_time import VirtualLoop, now, run

SOON = 0.01
"""More than timers are late."""


def new_limits(**allowance: Any) -> ProcessLimits:
    return ProcessLimits(Allowance(**{"calls": 2, "voice": 2, "messages": 2, **allowance}), way=2.0, clock=now)


async def fill(limits: ProcessLimits, bucket: Bucket = Bucket.CALLS) -> list[Turn]:
    """Take all the places there are."""
    return [await take(limits, bucket, patience=0), await take(limits, bucket, patience=0)]


async def refusal(asking: Coroutine[Any, Any, Any]) -> tuple[float, float]:
    """Return when a request is refused, and after how many seconds it may come again."""
    with pytest.raises(RateLimited) as raised:
        await asking
    assert raised.value.details["retryable"] is True
    seconds = raised.value.details["retry_after"]
    assert isinstance(seconds, float | int)
    return now(), seconds


@pytest.mark.parametrize("bucket", Bucket)
def test_where_there_is_room_nothing_waits_and_nobody_else_runs(bucket: Bucket) -> None:
    async def check() -> None:
        taking = take(ProcessLimits(), bucket)
        with pytest.raises(StopIteration) as done:
            taking.send(None)
        done.value.value.end(1)

    run(check())


def test_a_turn_after_the_deadline_is_refused_at_once_and_told_when() -> None:
    async def check() -> None:
        limits = new_limits()
        for turn in await fill(limits):
            turn.end(1)
        await asyncio.sleep(1)
        assert await refusal(take(limits, patience=3.9)) == (1, 4)
        assert await send(limits, patience=4.1) == pytest.approx(5, abs=SOON)

    run(check())


def test_those_in_line_count_for_those_who_come_later() -> None:
    async def check() -> None:
        limits = new_limits()
        for turn in await fill(limits):
            turn.end(1)
        async with asyncio.TaskGroup() as line:
            first = [line.create_task(send(limits)) for _ in range(3)]
            await asyncio.sleep(0)
            assert await refusal(take(limits, patience=9)) == (0, 10)
            last = line.create_task(send(limits, patience=11))
        assert [task.result() for task in (*first, last)] == pytest.approx([5, 5, 10, 10], abs=SOON)

    run(check())


def test_a_refused_request_is_sent_neither_later_nor_instead_of_another() -> None:
    async def check() -> None:
        limits = new_limits()
        for turn in await fill(limits):
            turn.end(1)
        for _ in range(1000):
            await refusal(take(limits, patience=1))
        assert await asyncio.gather(send(limits), send(limits)) == pytest.approx([5, 5], abs=SOON)

    run(check())


def test_a_request_without_an_answer_counts_from_when_it_must_have_arrived() -> None:
    async def check() -> None:
        limits = new_limits()
        await fill(limits)
        assert await send(limits) == pytest.approx(2 + 5, abs=SOON)

    run(check())


def test_a_request_that_leaves_later_than_its_turn_counts_from_then() -> None:
    async def check() -> None:
        limits = new_limits()
        held = await fill(limits)
        await asyncio.sleep(4)
        for turn in held:
            turn.leave()
        assert await send(limits) == pytest.approx(4 + 2 + 5, abs=SOON)

    run(check())


def test_what_was_not_sent_gives_its_place_to_the_next() -> None:
    async def check() -> None:
        limits = new_limits()
        held = await fill(limits)
        waiting = asyncio.ensure_future(send(limits))
        await asyncio.sleep(1)
        held[0].end(0)
        assert await waiting == pytest.approx(1, abs=SOON)

    run(check())


def test_repetitions_of_a_request_count_too() -> None:
    async def check() -> None:
        limits = new_limits(calls=5)
        (await take(limits)).end(4)
        await send(limits, patience=0)
        assert await refusal(take(limits, patience=4)) == (0, 5)

    run(check())


@pytest.mark.parametrize("bucket", [Bucket.CALLS, Bucket.MESSAGES])
def test_one_who_leaves_the_line_makes_room_and_keeps_the_order(bucket: Bucket) -> None:
    async def check() -> None:
        limits = new_limits()
        held = await fill(limits, bucket)
        order: list[int] = []

        async def one(number: int) -> None:
            turn = await take(limits, bucket)
            order.append(number)
            turn.end(1)

        line = [asyncio.ensure_future(one(number)) for number in range(4)]
        await asyncio.sleep(0)
        line[1].cancel()
        await asyncio.sleep(0)
        for turn in held:
            turn.end(0)
        # Its turn has come, but it has not noticed yet.
        line[0].cancel()
        await asyncio.wait(line)
        assert order == [2, 3]
        assert now() < SOON

    run(check())


def test_one_who_left_the_line_no_longer_counts() -> None:
    async def check() -> None:
        limits = new_limits()
        for turn in await fill(limits):
            turn.end(1)
        gone = [asyncio.ensure_future(take(limits)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.wait(gone)
        assert await send(limits, patience=6) == pytest.approx(5, abs=SOON)

    run(check())


def test_nobody_overtakes_one_who_has_not_noticed_yet_that_a_place_is_free() -> None:
    """The event loop was busy with something else when the turn came."""

    async def check() -> None:
        limits = new_limits(calls=1)
        await send(limits)
        waiting = asyncio.ensure_future(send(limits))
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.jump(8)
        assert await refusal(take(limits, patience=1)) == (8, 5)
        assert await waiting == 8

    run(check())


def test_a_place_for_messages_is_waited_for_until_the_deadline() -> None:
    """Nobody knows when it is free, so that nobody can be refused before."""

    async def check() -> None:
        limits = new_limits()
        await fill(limits, Bucket.MESSAGES)
        when, _ = await refusal(take(limits, Bucket.MESSAGES, patience=3))
        assert when == pytest.approx(3, abs=SOON)
        held = await fill(limits, Bucket.CALLS)
        assert len(held) == 2

    run(check())


def test_push_back_holds_everything_of_that_lane() -> None:
    async def check() -> None:
        limits = new_limits()
        answered, refused = await fill(limits)
        answered.end(1)
        async with asyncio.TaskGroup() as line:
            patient = [line.create_task(send(limits)) for _ in range(2)]
            impatient = line.create_task(refusal(take(limits, patience=10.5)))
            await asyncio.sleep(1)
            refused.refuse(retry_after=10)
            assert await send(limits, Bucket.VOICE) == 1
            assert await send(limits, account="MA2") == 1
            assert await refusal(take(limits, patience=14)) == (1, 15)
        assert [task.result() for task in patient] == pytest.approx([11, 11], abs=SOON)
        assert impatient.result() == (1, 10)

    run(check())


def test_push_back_of_an_account_that_is_under_the_limit() -> None:
    async def check() -> None:
        limits = new_limits()
        for seconds, turn in zip((3, 1), await fill(limits, Bucket.MESSAGES), strict=True):
            turn.refuse(retry_after=seconds)
        assert await asyncio.gather(*(send(limits, Bucket.MESSAGES) for _ in range(3))) == pytest.approx(
            [3, 3, 3], abs=SOON
        )

    run(check())


def test_no_answer_stops_an_account_for_long() -> None:
    async def check() -> None:
        limits = new_limits()
        (await take(limits)).refuse(retry_after=1e9)
        assert await refusal(take(limits, patience=30)) == (0, LONGEST_PUSH_BACK)

    run(check())


@pytest.mark.parametrize(("refused", "other"), [("aList", WRITES), ("aList", "anotherList"), (WRITES, "aList")])
@pytest.mark.parametrize("bucket", Bucket)
def test_push_back_holds_no_other_lane(bucket: Bucket, refused: str, other: str) -> None:
    """A list's own limit holds back neither sending nor other lists; what changes something holds back no list."""

    async def check() -> None:
        limits = new_limits(others=2)
        (await take(limits, bucket, lane=refused)).refuse(retry_after=10)
        if bucket in (Bucket.CALLS, Bucket.VOICE):
            await asyncio.sleep(5)
        held_back = [asyncio.ensure_future(send(limits, bucket, lane=refused)) for _ in range(7)]
        await asyncio.sleep(0)
        # Those who are held back stand in nobody's way, though they came first and are more than there are places.
        began = now()
        assert await send(limits, bucket, lane=other, patience=0) == began
        assert await send(limits, bucket, lane=other, patience=0) == began
        await asyncio.gather(*held_back)
        assert held_back[0].result() == pytest.approx(10, abs=SOON)

    run(check())


def test_those_who_were_held_back_come_in_the_order_of_asking_and_before_who_asks_later() -> None:
    async def check() -> None:
        limits = new_limits(calls=1)
        (await take(limits, lane="aList")).refuse(retry_after=7)
        order: list[str] = []

        async def one(name: str, lane: str) -> None:
            await send(limits, lane=lane)
            order.append(name)

        async with asyncio.TaskGroup() as line:
            for number in range(3):
                line.create_task(one(f"list {number}", "aList"))
            await asyncio.sleep(6)
            line.create_task(one("write", WRITES))  # there is a place, and nobody else may have it
            await asyncio.sleep(2)
            line.create_task(one("late write", WRITES))
        assert order == ["write", "list 0", "list 1", "list 2", "late write"]

    run(check())


def test_a_lane_that_was_held_back_long_ago_costs_nothing() -> None:
    async def check() -> None:
        limits = new_limits()
        for number in range(100):
            (await take(limits, Bucket.MESSAGES, lane=f"list {number}")).refuse(retry_after=1)
        await asyncio.sleep(2)
        held = await fill(limits, Bucket.MESSAGES)
        waiting = asyncio.ensure_future(send(limits, Bucket.MESSAGES))
        await asyncio.sleep(0)
        assert limits.queue_of("MA1", Bucket.MESSAGES)._opens == {}
        for turn in held:
            turn.end(1)
        await waiting

    run(check())


def test_a_401_gives_back_the_place_and_the_booked_time() -> None:
    async def check() -> None:
        limits = new_limits(calls=1, calls_per_second=10)
        for _ in range(3):
            (await take(limits, weight=20_000, patience=0)).refuse(401, tries=3)
        assert await send(limits, patience=0) == 0

    run(check())


def test_booked_time_that_others_have_planned_with_is_not_given_twice() -> None:
    async def check() -> None:
        limits = new_limits(calls=10, calls_per_second=1)
        first = await take(limits, weight=2)
        second = asyncio.ensure_future(send(limits, weight=3))
        await asyncio.sleep(0)
        first.end(0)
        third = asyncio.ensure_future(send(limits))
        assert (await second, await third) == pytest.approx((2, 5), abs=SOON)

    run(check())


def test_calls_and_messages_per_second_count_by_destination() -> None:
    async def check() -> None:
        limits = new_limits(calls=100, messages=100, calls_per_second=2, messages_per_second=0.5)
        calls = [send(limits, weight=weight) for weight in (1, 1, 5, 1, 1)]
        messages = [send(limits, Bucket.MESSAGES, weight=weight) for weight in (1, 2, 1)]
        assert await asyncio.gather(*calls) == pytest.approx([0, 0.5, 1, 3.5, 4], abs=SOON)
        assert await asyncio.gather(*messages) == pytest.approx([4, 6, 10], abs=SOON)

    run(check())


def test_what_makes_no_call_or_message_is_not_slowed_by_those_that_do() -> None:
    async def check() -> None:
        limits = new_limits(messages_per_second=0.1)
        sending = asyncio.gather(*(send(limits, Bucket.MESSAGES) for _ in range(3)))
        await asyncio.sleep(1)
        assert await send(limits, Bucket.MESSAGES, weight=0) == 1
        assert await sending == pytest.approx([0, 10, 20], abs=SOON)

    run(check())


def test_a_turn_of_the_pace_that_comes_too_late_is_refused_and_not_used_up() -> None:
    async def check() -> None:
        limits = new_limits(calls_per_second=0.5, calls=1)
        await send(limits)
        for _ in range(100):
            assert await refusal(take(limits, patience=1)) == (0, 5)
        assert await send(limits) == pytest.approx(5, abs=SOON)

    run(check())


def test_a_turn_of_the_pace_that_nobody_takes_goes_to_the_next() -> None:
    async def check() -> None:
        limits = new_limits(calls_per_second=0.5, calls=10)
        await send(limits)
        waiting = asyncio.ensure_future(send(limits))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert await send(limits) == pytest.approx(2, abs=SOON)

    run(check())


def test_idle_accounts_are_forgotten() -> None:
    async def check() -> None:
        limits = new_limits()
        waiting = await take(limits, Bucket.MESSAGES, account="busy")
        for number in range(1000):
            await send(limits, account=f"MA{number}")
        assert limits.remembered == 1001
        await asyncio.sleep(5)
        for number in range(600):
            await send(limits, account=f"MB{number}")
        assert limits.remembered == 601
        waiting.end(1)

    run(check())


def test_a_share_of_the_limits_is_at_least_one_request() -> None:
    share = Allowance(calls_per_second=3, messages_per_second=None).share_of(2)
    assert (share.calls, share.voice, share.messages, share.window) == (150, 150, 50, 5)
    assert (share.calls_per_second, share.messages_per_second) == (1.5, None)
    assert Allowance(calls=2, messages=1).share_of(8).calls == 1
