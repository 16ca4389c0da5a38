"""Requests with one key at the same time, in one process and in several: who sends, who waits, what they get."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from app.errors import IdempotencyConflict, IdempotencyInProgress, OutcomeUnknown
from tests.support.keyed import REPEATED, REPLY, TOKEN, Sender, api_error, bad_reply, process, timeout, until
from tests.support.stores import Place, in_loop


@pytest.mark.parametrize("processes", [1, 3])
@in_loop
async def test_a_hundred_at_once_are_one_send(place: Place, processes: int) -> None:
    send = Sender()
    send.answer.clear()
    async with AsyncExitStack() as stack:
        group = [await stack.enter_async_context(process(place)) for _ in range(processes)]
        requests = [group[number % processes].begin(send) for number in range(100)]
        await until(lambda: send.sent > 0)
        send.answer.set()
        replies = await asyncio.gather(*requests)
    assert send.sent == 1
    assert replies.count(REPLY) == 1
    assert replies.count(REPEATED) == 99


@in_loop
async def test_those_who_wait_in_one_process_share_a_refusal(place: Place) -> None:
    error = api_error(400)
    send = Sender(error, REPLY)
    send.answer.clear()
    async with process(place) as one:
        requests = [one.begin(send) for _ in range(20)]
        await until(lambda: send.sent > 0)
        send.answer.set()
        outcomes = await asyncio.gather(*requests, return_exceptions=True)
        assert outcomes == [error] * 20
        assert send.sent == 1
        assert await one.ask(send) == REPLY


@pytest.mark.parametrize("error", [timeout(), bad_reply(), api_error(500)], ids=repr)
@in_loop
async def test_those_who_wait_for_an_outcome_that_stays_unknown_are_told_where_to_look(
    place: Place, error: Exception
) -> None:
    send = Sender(error)
    send.answer.clear()
    async with process(place) as one, process(place) as other:
        requests = [each.begin(send) for each in (one, one, one, other, other)]
        await until(lambda: send.sent > 0)
        send.answer.set()
        outcomes = await asyncio.gather(*requests, return_exceptions=True)
    assert outcomes.count(error) == 1
    assert [type(outcome) for outcome in outcomes].count(OutcomeUnknown) == 4
    assert send.sent == 1


@in_loop
async def test_those_who_wait_in_another_process_take_a_freed_key_in_turn(place: Place) -> None:
    """There is never more than one send at a time."""
    error = api_error(400)
    send = Sender(error, error, REPLY)
    async with AsyncExitStack() as stack:
        group = [await stack.enter_async_context(process(place)) for _ in range(4)]
        send.answer.clear()
        requests = [each.begin(send) for each in group]
        await until(lambda: send.sent > 0)
        send.answer.set()
        outcomes = await asyncio.gather(*requests, return_exceptions=True)
    assert outcomes.count(error) == 2
    assert outcomes.count(REPLY) == 1
    assert outcomes.count(REPEATED) == 1
    assert (send.sent, send.most_at_once) == (3, 1)


@in_loop
async def test_one_who_waits_goes_on_where_the_first_gave_up_its_turn(place: Place) -> None:
    """The first had no time left for the limiter; that is not the second's outcome."""
    first, second = Sender(), Sender()
    first.turn.clear()
    async with process(place) as one:
        requests = [one.begin(first), one.begin(second)]
        await until(lambda: first.waiting > 0)
        requests[0].cancel()
        assert await requests[1] == REPLY
    assert (first.sent, second.sent) == (0, 1)


@pytest.mark.parametrize("same_process", [True, False], ids=["same process", "other process"])
@pytest.mark.parametrize("step", ["turn", "answer"])
@in_loop
async def test_waiting_ends_at_the_deadline(place: Place, step: str, *, same_process: bool) -> None:
    send, repeat = Sender(), Sender()
    getattr(send, step).clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(send)
        await until(lambda: send.waiting > 0)
        with pytest.raises(IdempotencyInProgress) as raised:
            await (one if same_process else other).ask(repeat, within=0.1)
        assert raised.value.details["retryable"] is True
        getattr(send, step).set()
        assert await first == REPLY
    assert (send.sent, repeat.sent) == (1, 0)


@in_loop
async def test_another_request_with_the_key_of_one_under_way_is_a_conflict_at_once(place: Place) -> None:
    send = Sender()
    send.turn.clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(send)
        await until(lambda: send.waiting > 0)
        for each in (one, other):
            for changes in ({"json": {"text": "another"}}, {"token": "another"}):
                with pytest.raises(IdempotencyConflict):
                    await each.ask(send, **changes)
        send.turn.set()
        assert await first == REPLY


@in_loop
async def test_a_request_that_is_refused_for_its_key_keeps_no_rightful_repeat_from_its_reply(place: Place) -> None:
    """Both are under way in one process at the same time."""
    send = Sender()
    async with process(place) as one:
        await one.ask(send)
        outcomes = await asyncio.gather(
            *(one.ask(send, token=token) for token in ("another", TOKEN) * 5), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes[::2]] == [IdempotencyConflict] * 5
    assert outcomes[1::2] == [REPEATED] * 5
