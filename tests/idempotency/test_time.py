"""Requests with a key and time: processes that pause or were killed, leases that run out, clocks that jump."""

import asyncio

import pytest
from pydantic import ValidationError

from app.connector import UNKNOWN_MARGIN
from app.errors import IdempotencyInProgress, OutcomeUnknown
from app.settings import Settings
from tests.support.keyed import REPEATED, REPLY, UNKNOWN_AFTER, Sender, api_error, failing_at, process, until
from tests.support.stores import Place, in_loop

HOUR = 3600.0


async def begun(place: Place) -> None:
    """Leave behind what a process leaves that was killed while its request was at Plivo."""
    send = Sender()
    send.answer.clear()
    async with process(place) as one:
        request = one.begin(send)
        await until(lambda: send.sent > 0)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


async def claimed(place: Place) -> None:
    """Leave behind what a process leaves that was killed while its request waited for its turn."""
    send = Sender()
    send.turn.clear()
    async with process(place, before=failing_at("free")) as one:
        request = one.begin(send)
        await until(lambda: send.waiting > 0)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


def test_a_key_is_remembered_for_longer_than_any_send_takes() -> None:
    """Forgotten while its request is still at Plivo, it would be sent again."""
    longest = 600 + UNKNOWN_MARGIN
    Settings(_env_file=None, plivo_timeout=600)
    with pytest.raises(ValidationError):
        Settings(_env_file=None, plivo_timeout=600.1)
    with pytest.raises(ValidationError):
        Settings(_env_file=None, idempotency_ttl=longest)


@in_loop
async def test_an_owner_that_was_paused_past_its_lease_does_not_send(place: Place) -> None:
    """Another process took the claim over and sent; the first gets that reply when it wakes up."""
    paused, send = Sender(), Sender()
    paused.turn.clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(paused)
        await until(lambda: paused.waiting > 0)
        place.let_pass(HOUR)
        assert await other.ask(send) == REPLY
        paused.turn.set()
        assert await first == REPEATED
    assert (paused.sent, send.sent) == (0, 1)


@in_loop
async def test_an_owner_that_lost_its_claim_waits_for_the_one_who_has_it(place: Place) -> None:
    """And sends after all, once, when that one was refused."""
    paused, send = Sender(), Sender(api_error(400))
    paused.turn.clear()
    send.answer.clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(paused)
        await until(lambda: paused.waiting > 0)
        place.let_pass(HOUR)
        second = other.begin(send)
        await until(lambda: send.sent > 0)
        paused.turn.set()
        await asyncio.sleep(0.05)
        assert (paused.sent, send.sent) == (0, 1)
        send.answer.set()
        assert await first == REPLY
        await asyncio.gather(second, return_exceptions=True)
    assert (paused.sent, paused.waiting, send.sent) == (1, 2, 1)


@in_loop
async def test_an_owner_that_wakes_up_after_its_own_deadline_does_not_send(place: Place) -> None:
    """Others may have been told meanwhile that the outcome is unknown, and looked: nothing may come after that."""
    send = Sender()
    send.turn.clear()
    async with process(place) as one:
        late = one.begin(send, within=0.05)
        await asyncio.sleep(0.1)
        send.turn.set()
        with pytest.raises(IdempotencyInProgress):
            await late
        assert send.sent == 0
        assert await one.ask(send) == REPLY


@in_loop
async def test_an_owner_that_was_paused_while_sending_still_records_its_reply(place: Place) -> None:
    send = Sender()
    send.answer.clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(send)
        await until(lambda: send.sent > 0)
        place.let_pass(UNKNOWN_AFTER + 1)
        with pytest.raises(OutcomeUnknown):
            await other.ask(send)
        send.answer.set()
        assert await first == REPLY
        assert await other.ask(send) == REPEATED
    assert send.sent == 1


@in_loop
async def test_what_a_killed_process_had_only_claimed_is_sent_by_the_next(place: Place) -> None:
    """After the lease, and while somebody waits."""
    await claimed(place)
    send = Sender()
    async with process(place) as one:
        with pytest.raises(IdempotencyInProgress):
            await one.ask(send, within=0.05)
        waiting = one.begin(send)
        await asyncio.sleep(0.05)
        place.let_pass(HOUR)
        assert await waiting == REPLY
    assert send.sent == 1


@in_loop
async def test_what_a_killed_process_may_have_sent_is_unknown_after_a_while(place: Place) -> None:
    """Also to one who is waiting at that moment."""
    await begun(place)
    send = Sender()
    async with process(place) as one:
        place.let_pass(UNKNOWN_AFTER - 5)
        with pytest.raises(IdempotencyInProgress):
            await one.ask(send, within=0.05)
        waiting = one.begin(send)
        await asyncio.sleep(0.05)
        place.let_pass(6)
        with pytest.raises(OutcomeUnknown):
            await waiting
    assert send.sent == 0


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
@pytest.mark.parametrize("step", ["turn", "answer"])
@in_loop
async def test_a_clock_that_jumps_makes_nothing_be_sent_twice(place: Place, step: str, jump: float) -> None:
    """At worst one has to wait longer, or is told that the outcome is unknown though it is about to be known."""
    first_send, send = Sender(), Sender()
    getattr(first_send, step).clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(first_send)
        await until(lambda: first_send.waiting > 0 if step == "turn" else first_send.sent > 0)
        place.let_pass(jump)
        await asyncio.gather(other.ask(send, within=0.2), return_exceptions=True)
        getattr(first_send, step).set()
        assert await first in (REPLY, REPEATED)
        assert await other.ask(send) == REPEATED
    assert first_send.sent + send.sent == 1
