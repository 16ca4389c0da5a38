"""What goes wrong around a request with a key: stores that fail, callers that go, senders that err."""

import asyncio
from typing import Any

import pytest

from app.errors import ApiUnreachable, IdempotencyInProgress, OutcomeUnknown, StoreUnavailable
from app.plivo import UpstreamReply
from tests.support.keyed import (
    REPEATED,
    REPLY,
    UNKNOWN_AFTER,
    Commit,
    Sender,
    api_error,
    failing_at,
    process,
    timeout,
    until,
)
from tests.support.stores import Place, in_loop

HOUR = 3600.0


@pytest.mark.parametrize("step", ["claim", "begin_sending"])
@pytest.mark.parametrize("when", ["before", "after"])
@in_loop
async def test_nothing_is_sent_where_the_store_fails_before(place: Place, when: str, step: str) -> None:
    """Whether the store did what was asked makes no difference: later the key can be used."""
    send = Sender()
    watch: dict[str, Any] = {when: failing_at(step)}
    async with process(place, **watch) as one:
        with pytest.raises(StoreUnavailable):
            await one.ask(send)
    assert send.sent == 0
    async with process(place) as other:
        if step == "claim":
            place.let_pass(HOUR)  # a claim that was made without a word stays until its lease is over
        assert await other.ask(send) == REPLY


@in_loop
async def test_where_a_beginning_and_its_undoing_get_lost_the_key_is_never_used(place: Place) -> None:
    """Nothing was sent, but the row cannot say so: safe, though not convenient."""
    begun_without_answer = False

    def after(step: str) -> None:
        nonlocal begun_without_answer
        begun_without_answer = begun_without_answer or step == "begin_sending"
        failing_at("begin_sending")(step)

    def before(step: str) -> None:
        if begun_without_answer:
            failing_at("free")(step)

    send = Sender()
    async with process(place, before=before, after=after) as one:
        with pytest.raises(StoreUnavailable):
            await one.ask(send)
    async with process(place) as other:
        place.let_pass(UNKNOWN_AFTER + 1)
        with pytest.raises(OutcomeUnknown):
            await other.ask(send)
    assert send.sent == 0


@pytest.mark.parametrize(
    ("outcome", "step"),
    [(REPLY, "finish"), (timeout(), "set_unknown"), (api_error(400), "free"), (ApiUnreachable("refused"), "free")],
    ids=["finish", "set_unknown", "free after 4xx", "free after unreachable"],
)
@in_loop
async def test_the_caller_hears_the_outcome_even_if_the_store_fails_after(
    place: Place, outcome: Any, step: str
) -> None:
    """What the store does not know is never sent again."""
    send = Sender(outcome)
    async with process(place, before=failing_at(step)) as one:
        (heard,) = await asyncio.gather(one.ask(send), return_exceptions=True)
        assert heard == outcome
        with pytest.raises(IdempotencyInProgress):
            await one.ask(send, within=0.05)
        place.let_pass(UNKNOWN_AFTER + 1)
        with pytest.raises(OutcomeUnknown):
            await one.ask(send)
    assert send.sent == 1


@in_loop
async def test_an_outcome_that_was_recorded_without_a_word_is_replayed(place: Place) -> None:
    send = Sender()
    async with process(place, after=failing_at("finish")) as one:
        assert await one.ask(send) == REPLY
        assert await one.ask(send) == REPEATED
    assert send.sent == 1


@in_loop
async def test_a_store_that_fails_while_one_waits_is_told_to_that_one_only(place: Place) -> None:
    send, repeat = Sender(), Sender()
    send.answer.clear()
    async with process(place) as one, process(place, before=failing_at("read")) as other:
        first = one.begin(send)
        await until(lambda: send.sent > 0)
        with pytest.raises(StoreUnavailable):
            await other.ask(repeat)
        send.answer.set()
        assert await first == REPLY
    assert repeat.sent == 0


@in_loop
async def test_a_store_that_is_down_keeps_no_hundred_requests_waiting_in_line(place: Place) -> None:
    tries = 0

    def before(step: str) -> None:
        nonlocal tries
        tries += 1
        failing_at("claim")(step)

    async with process(place, before=before) as one:
        outcomes = await asyncio.gather(*(one.ask(Sender()) for _ in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert tries == 1


@in_loop
async def test_a_caller_that_goes_before_its_turn_leaves_the_key_free(place: Place) -> None:
    send = Sender()
    send.turn.clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(send)
        await until(lambda: send.waiting > 0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert first.cancelled()
        send.turn.set()
        assert await other.ask(send) == REPLY
    assert send.sent == 1


@in_loop
async def test_a_caller_that_goes_while_its_reply_is_being_stored_loses_nothing(place: Place) -> None:
    send = Sender()
    finishing = asyncio.Event()

    def before(step: str) -> None:
        if step == "finish":
            finishing.set()

    async with process(place, before=before) as one, process(place) as other:
        first = one.begin(send)
        await finishing.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await other.ask(send) == REPEATED
    assert send.sent == 1


@in_loop
async def test_a_caller_that_goes_while_sending_begins_sends_nothing(place: Place) -> None:
    send = Sender()
    beginning = asyncio.Event()

    def before(step: str) -> None:
        if step == "begin_sending":
            beginning.set()

    async with process(place, before=before) as one, process(place) as other:
        first = one.begin(send)
        await beginning.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert send.sent == 0
        assert await other.ask(send) == REPLY


@in_loop
async def test_one_who_waits_outlives_a_first_that_was_cancelled_while_sending(place: Place) -> None:
    """It looks on in the store, where the outcome becomes unknown in time."""
    send, repeat = Sender(), Sender()
    send.answer.clear()
    async with process(place) as one:
        first, second = one.begin(send), one.begin(repeat)
        await until(lambda: send.sent > 0)
        first.cancel()
        await asyncio.sleep(0.05)
        place.let_pass(UNKNOWN_AFTER + 1)
        with pytest.raises(OutcomeUnknown):
            await second
    assert (send.sent, repeat.sent) == (1, 0)


@in_loop
async def test_one_who_waits_and_goes_disturbs_nobody(place: Place) -> None:
    send = Sender()
    send.answer.clear()
    async with process(place) as one:
        first, second, third = (one.begin(send) for _ in range(3))
        await until(lambda: send.sent > 0)
        second.cancel()
        await asyncio.sleep(0)
        send.answer.set()
        assert await first == REPLY
        assert await third == REPEATED


@in_loop
async def test_a_sender_that_does_not_commit_is_a_defect_that_shows(place: Place) -> None:
    async def send(_: Commit) -> UpstreamReply:
        return REPLY

    async with process(place) as one:
        with pytest.raises(AssertionError, match="marked"):
            await one.ask(send)


@in_loop
async def test_a_sender_may_commit_before_each_of_its_tries(place: Place) -> None:
    async def send(commit: Commit) -> UpstreamReply:
        await commit()
        await commit()
        return REPLY

    async with process(place) as one:
        assert await one.ask(send) == REPLY
        assert await one.ask(send) == REPEATED
