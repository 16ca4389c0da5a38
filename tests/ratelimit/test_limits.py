"""Never too fast: who has a turn when, within one process, on a clock that passes only while everybody waits."""

import asyncio
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import RateLimited
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance, Bucket
from tests.support.turns import take
from tests.support.virtual_time import now, run

WINDOW = 5.0
WAY = 2.0
FOREVER = 1e6
TIMER = 0.002
"""Seconds by which a timer may be late."""
ROUNDING = 1e-6

SECONDS = st.integers(0, 80).map(lambda tenths: tenths / 10)


@dataclass
class Request:
    """One request, and what became of it; times are the clock's.

    Attributes:
        asks: when it asks for its turn.
        there: seconds that it takes to Plivo.
        back: seconds from then until the answer is there.
    """

    asks: float
    there: float = 0.0
    back: float = 0.0
    patience: float = FOREVER
    account: str = "MA1"
    bucket: Bucket = Bucket.CALLS
    turn: float = field(default=-1.0, compare=False)
    refused: float = field(default=-1.0, compare=False)

    @property
    def arrives(self) -> float:
        return self.turn + self.there

    @property
    def answered(self) -> float:
        return self.arrives + self.back

    async def run(self, limits: ProcessLimits) -> None:
        try:
            turn = await take(limits, self.bucket, account=self.account, patience=self.patience)
        except RateLimited:
            self.refused = now()
            return
        self.turn = now()
        await asyncio.sleep(self.there + self.back)
        turn.end(1)


def new_limits(limit: int = 3) -> ProcessLimits:
    return ProcessLimits(Allowance(calls=limit, voice=limit, messages=limit), way=WAY, clock=now)


def play(requests: list[Request], limit: int) -> None:
    """Let requests ask at their times, in their order."""
    run(play_with(new_limits(limit), requests))


async def play_with(limits: ProcessLimits, requests: list[Request]) -> None:
    async with asyncio.TaskGroup() as running:
        for request in requests:
            await asyncio.sleep(request.asks - now())
            running.create_task(request.run(limits))


def requests(**facts: st.SearchStrategy[float]) -> st.SearchStrategy[list[Request]]:
    """Return strategies for requests in the order in which they ask; many ask at the same time."""
    each = st.builds(Request, asks=st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 4.9, 5.0, 7.5, 12.0]), **facts)
    return st.lists(each, max_size=25).map(lambda listed: sorted(listed, key=lambda request: request.asks))


def most_in_a_window(arrivals: list[float]) -> int:
    """Return the largest number of arrivals within any window, as Plivo counts them."""
    return max((sum(start <= other < start + WINDOW - ROUNDING for other in arrivals) for start in arrivals), default=0)


def earliest_turn(earlier: list[Request], request: Request, limit: int) -> float:
    """Return when a request can have its turn: after those before it, and when few enough others still count."""
    back = sorted(min(other.answered, other.turn + WAY) + WINDOW for other in earlier)
    full_until = back[-limit] if len(back) >= limit else 0.0
    return max(request.asks, full_until, *(other.turn for other in earlier), 0.0)


@given(requests(there=st.integers(0, 20).map(lambda tenths: tenths / 10), back=SECONDS), st.integers(1, 4))
def test_no_window_ever_sees_more_than_the_limit_where_requests_arrive(asked: list[Request], limit: int) -> None:
    """However long each is on its way, up to the time after which it is taken to have arrived."""
    play(asked, limit)
    assert all(request.turn >= request.asks - ROUNDING for request in asked)
    assert most_in_a_window([request.arrives for request in asked]) <= limit


@given(requests(there=SECONDS, back=SECONDS), st.integers(1, 4))
def test_turns_come_in_order_and_as_early_as_they_can(asked: list[Request], limit: int) -> None:
    play(asked, limit)
    for position, request in enumerate(asked):
        earliest = earliest_turn(asked[:position], request, limit)
        assert earliest - ROUNDING <= request.turn <= earliest + TIMER


@given(requests(back=st.sampled_from([0.0, 0.5, 1.0]), patience=SECONDS), st.integers(1, 3))
def test_a_refused_request_could_not_have_had_its_turn_in_time_and_takes_nobody_elses(
    asked: list[Request], limit: int
) -> None:
    play(asked, limit)
    for position, request in enumerate(asked):
        granted = [other for other in asked[:position] if other.turn >= 0]
        earliest = earliest_turn(granted, request, limit)
        if request.turn < 0:
            # One who gives up later than the next one asks was still counted for that one.
            gave_up = any(other.refused > request.asks for other in asked[:position])
            assert gave_up or earliest > request.asks + request.patience - TIMER
            assert request.asks <= request.refused <= request.asks + request.patience + TIMER
        else:
            assert earliest - ROUNDING <= request.turn <= earliest + TIMER
            assert request.turn <= max(request.asks, request.asks + request.patience) + TIMER


@given(requests(back=SECONDS, there=SECONDS), requests(back=SECONDS, patience=SECONDS), st.integers(1, 3))
def test_accounts_and_buckets_do_not_feel_each_other(alone: list[Request], others: list[Request], limit: int) -> None:
    play(alone, limit)
    before = [request.turn for request in alone]
    for request, number in zip(others, count(), strict=False):
        request.account, request.bucket = ("MA2", Bucket.CALLS) if number % 2 else ("MA1", Bucket.VOICE)
    play(sorted(others + alone, key=lambda request: request.asks), limit)
    assert [request.turn for request in alone] == before


@given(requests(back=SECONDS, patience=SECONDS | st.just(FOREVER)), st.integers(1, 4))
def test_simultaneous_requests_are_bounded_in_order_and_never_idle(asked: list[Request], limit: int) -> None:
    for request in asked:
        request.bucket = Bucket.MESSAGES
    play(asked, limit)
    for position, request in enumerate(asked):
        granted = [other for other in asked[:position] if other.turn >= 0]
        answered = sorted(other.answered for other in granted)
        free_at = answered[-limit] if len(answered) >= limit else 0.0
        earliest = max(request.asks, free_at, *(other.turn for other in granted), 0.0)
        if request.turn < 0:
            assert earliest > request.asks + request.patience - TIMER
            assert request.refused <= request.asks + request.patience + TIMER
        else:
            assert earliest - ROUNDING <= request.turn <= earliest + TIMER


@settings(max_examples=5, deadline=None)
@given(st.integers(301, 900), st.integers(0, 5).map(lambda tenths: tenths / 10))
def test_the_defaults_are_plivos(number: int, back: float) -> None:
    """300 in 5 s; a burst goes at once, the next when the first ones no longer count."""
    asked = [Request(0.0, back=back) for _ in range(number)]
    run(play_with(ProcessLimits(clock=now), asked))
    for position, request in enumerate(asked):
        rounds = position // 300
        assert request.turn == pytest.approx(rounds * (5 + back), abs=rounds * TIMER)


def test_a_hundred_messages_at_a_time_by_default() -> None:
    asked = [Request(0.0, back=1.0, bucket=Bucket.MESSAGES) for _ in range(250)]
    run(play_with(ProcessLimits(clock=now), asked))
    assert [request.turn for request in asked] == [0.0] * 100 + [1.0] * 100 + [2.0] * 50
