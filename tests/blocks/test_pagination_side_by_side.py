"""Lists whose size is known: pages are fetched side by side, and nothing else about the walk is different.

Pages are answered out of order here, while rows come in, under a Plivo that may lie about the size.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.blocks.pagination import WalkLimits
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance
from tests.support import virtual_time
from tests.support.desk import in_place_of_plivo, sender_to
from tests.support.patience import patient
from tests.support.plivo_lists import CALL_WINDOW, NOW, PlivoList, Row, rows, timed, walk, walk_with

OFFSETS_ONLY = ("limit", "offset", "total_count")

Delays = Sequence[tuple[float, float]]

delays = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.7]), st.sampled_from([0.0, 0.2, 0.5])), max_size=30)
"""Seconds until a page is looked at and until its answer is there, request by request; no more for the others."""


def delayed(found: Delays) -> Callable[[int], tuple[float, float]]:
    return lambda number: found[number - 1] if number <= len(found) else (0.01, 0.01)


def walked(upstream: PlivoList, block: str = "getApplications", **raw: Any) -> dict[str, Any]:
    """Walk a list in virtual time."""
    return virtual_time.run(walk(block, upstream, **{"returnAll": True, **raw}))


def slow(number: int, **facts: Any) -> PlivoList:
    """Return a list that takes a tenth of a second for each page."""
    return PlivoList(rows(number), delays=lambda _: (0.1, 0.0), **facts)


@pytest.mark.parametrize("meta", [("limit", "next", "offset", "total_count"), OFFSETS_ONLY])
def test_pages_are_fetched_eight_at_a_time(meta: tuple[str, ...]) -> None:
    """Two thousand rows take as long as the first page and 99 by eights, whether or not Plivo says what is next."""

    async def timed_walk() -> tuple[dict[str, Any], float]:
        return await walk("getApplications", upstream, returnAll=True), virtual_time.now()

    upstream = slow(2000, meta=meta)
    reply, seconds = virtual_time.run(timed_walk())
    assert reply["objects"] == rows(2000)
    assert reply["meta"] == {"count": 2000, "more": False}
    assert upstream.most_under_way == 8
    asked = [int(query.get("offset", 0)) for query in upstream.requests]
    assert sorted(asked) == list(range(0, 2000 + 20 * ("next" not in meta), 20))
    assert seconds == pytest.approx(0.1 * (1 + -(-99 // 8) + ("next" not in meta)))


@pytest.mark.parametrize("most", [1, 3])
def test_how_many_at_a_time_is_a_setting(most: int) -> None:
    upstream = slow(200)
    assert walked(upstream, limits=WalkLimits(most))["objects"] == rows(200)
    assert upstream.most_under_way == most


@pytest.mark.parametrize(
    ("block", "facts"),
    [
        ("getCallsDetails", {"cursors": True}),
        ("getProfiles", {"items": "profiles", "meta": ("limit", "next", "offset")}),
        ("getMultiPartyCalls", {"meta": ("count", "next")}),
        ("getLiveCalls", {"items": "calls", "meta": ()}),
    ],
)
def test_other_lists_are_read_page_after_page(block: str, facts: dict[str, Any]) -> None:
    """By cursor, or of unknown size."""
    upstream = slow(100, **facts)
    assert walked(upstream, block)[facts.get("items", "objects")] == rows(100)
    assert upstream.most_under_way == 1


def test_no_page_is_asked_for_that_cannot_be_wanted() -> None:
    upstream = slow(2000)
    assert walked(upstream, maxItems=70)["objects"] == rows(70)
    assert len(upstream.requests) == 4
    assert upstream.most_under_way == 3


def test_a_walk_that_goes_on_in_the_middle_of_a_page() -> None:
    upstream = slow(200)
    begun = walked(upstream, maxItems=33)
    rest = walked(upstream, continueFrom=begun["meta"]["continue"])
    assert begun["objects"] + rest["objects"] == rows(200)
    assert upstream.most_under_way == 8


def test_windows_are_walked_one_after_the_other() -> None:
    """Pages of one window only are fetched side by side: how many the next one has is not known."""
    upstream = PlivoList(timed(200, timedelta(hours=10)), window=CALL_WINDOW, delays=lambda _: (0.1, 0.0))
    reply = walked(upstream, "getCallsDetails", endTimeGte="2026-11-01 00:00:00")
    assert [row["id"] for row in reply["objects"]] == [
        row["id"] for row in upstream.rows if row["end_time"] >= "2026-11-01"
    ]
    assert upstream.most_under_way > 1


def test_they_take_their_turns_under_the_limits_of_the_account() -> None:
    upstream = slow(400)
    limits = ProcessLimits(Allowance(voice=5, window=1.0), clock=lambda: asyncio.get_running_loop().time())

    async def limited() -> None:
        sender = sender_to(in_place_of_plivo(upstream.answer), limits=limits, timeout=20)
        await walk_with("getApplications", sender, returnAll=True)

    virtual_time.run(limited())
    assert upstream.most_under_way <= 5
    assert len(upstream.requests) == 20


@patient
@given(number=st.integers(0, 150), limit=st.integers(1, 20), found=delays, names_next=st.booleans())
def test_pages_that_are_answered_out_of_order(number: int, limit: int, found: Delays, *, names_next: bool) -> None:
    meta = ("next", "total_count") if names_next else OFFSETS_ONLY
    upstream = PlivoList(rows(number), meta=meta, delays=delayed(found))
    reply = walked(upstream, limit=limit)
    assert reply["objects"] == rows(number)
    assert reply["meta"] == {"count": number, "more": False}


EARLY = [(0.0, 0.1), (0.7, 0.0), (0.1, 0.0)]
"""The third page is looked at before the second one."""


@patient
@example(number=60, limit=20, found=EARLY, arriving=[(0.5, 1)], lying=None)
@example(number=60, limit=20, found=EARLY, arriving=[(0.5, 25)], lying=None)
@example(number=60, limit=20, found=EARLY, arriving=[(0.5, 1)], lying=60)
@given(
    number=st.integers(1, 150),
    limit=st.integers(1, 20),
    found=delays,
    arriving=st.lists(st.tuples(st.floats(0, 4), st.integers(1, 30)), max_size=8),
    lying=st.sampled_from([None, 0, 40, 10_000]),
)
def test_rows_that_arrive_meanwhile(
    number: int, limit: int, found: Delays, arriving: list[tuple[float, int]], lying: int | None
) -> None:
    """Nothing comes twice and nothing is lost, though each page shows the list at another moment.

    A size that never changes hides what comes in; then a page's first row tells it, unless a whole page came at once.
    """
    upstream = PlivoList(rows(number), delays=delayed(found))
    if lying is not None:
        upstream.total = lambda *_: lying
        arriving = [(moment, 1) for moment, _ in arriving][:limit]
    newest = 10_000

    def arrive(count: int) -> None:
        nonlocal newest
        newest += count
        upstream.rows[:0] = reversed(rows(count, first=newest - count))

    async def walk_as_they_arrive() -> dict[str, Any]:
        for moment, count in arriving:
            asyncio.get_running_loop().call_at(moment, arrive, count)
        return await walk("getApplications", upstream, returnAll=True, limit=limit)

    got = [row["id"] for row in virtual_time.run(walk_as_they_arrive())["objects"]]
    assert len(got) == len(set(got))
    assert [row for row in got if int(row.removeprefix("row-")) < 10_000] == [row["id"] for row in rows(number)]


def test_a_list_that_keeps_moving_is_read_more_and_more_slowly() -> None:
    """What was read too early is read again, so that a busy list must not be asked for everything twice."""

    async def arrive(upstream: PlivoList) -> None:
        upstream.rows[:0] = rows(1, first=10_000 + upstream.asked)

    upstream = slow(1000, before=dict.fromkeys(range(2, 500), arrive))
    got = [row["id"] for row in walked(upstream)["objects"]]
    assert [row for row in got if int(row.removeprefix("row-")) < 10_000] == [row["id"] for row in rows(1000)]
    assert len(upstream.requests) < 1.5 * 1000 / 20


@patient
@given(
    number=st.integers(0, 100),
    limit=st.integers(1, 20),
    found=delays,
    lies=st.lists(st.integers(-50, 300), min_size=1, max_size=12),
    relative=st.booleans(),
)
def test_a_size_that_is_a_lie(number: int, limit: int, found: Delays, lies: list[int], *, relative: bool) -> None:
    """Too large, too small or another one on each page: what is next leads to every row all the same."""

    def lie(total: int, request: int) -> int:
        said = lies[request % len(lies)]
        return total + said if relative else said

    upstream = PlivoList(rows(number), total=lie, delays=delayed(found))
    assert walked(upstream, limit=limit)["objects"] == rows(number)


@pytest.mark.parametrize("said", ["many", True, -1, 1.5, 10**30, [5], {}])
def test_a_size_that_is_none(said: Any) -> None:
    upstream = slow(100)
    upstream.total = lambda *_: said
    assert walked(upstream)["objects"] == rows(100)


@pytest.mark.parametrize("too_many", [1, 19, 20, 21, 500, 10**12])
@pytest.mark.parametrize("number", [0, 19, 20, 45])
def test_a_size_that_is_too_large_and_no_next(number: int, too_many: int) -> None:
    """An empty page is the end, whatever the size says; of those ahead some were asked for in vain."""
    upstream = slow(number, meta=("total_count",))
    upstream.total = lambda total, _: total + too_many
    reply = walked(upstream)
    assert reply["objects"] == rows(number)
    assert reply["meta"] == {"count": number, "more": False}
    assert len(upstream.requests) <= number // 20 + 1 + 8


@pytest.mark.parametrize("next_of_a_full_page", [None, "", False])
def test_where_the_size_says_that_there_is_more_a_next_of_nothing_is_no_end(next_of_a_full_page: Any) -> None:
    found = rows(100)

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("offset", 0))
        meta = {"next": next_of_a_full_page, "total_count": 100, "offset": start, "limit": 20}
        return httpx.Response(200, json={"objects": found[start : start + 20], "meta": meta})

    assert virtual_time.run(walk("getApplications", answer, returnAll=True))["objects"] == found


def test_a_list_that_takes_no_offset_but_names_a_size() -> None:
    """The same page again is the end of it, not the beginning of a walk without one."""
    asked = 0

    def same(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json={"objects": rows(20), "meta": {"total_count": 10**9}})

    reply = virtual_time.run(walk("getApplications", same, returnAll=True))
    assert reply["objects"] == rows(20)
    assert asked <= 1 + 8


@patient
@given(number=st.integers(1, 60), repeated=st.lists(st.integers(0, 59), max_size=20), found=delays)
def test_rows_that_are_there_twice(number: int, repeated: list[int], found: Delays) -> None:
    """Each comes once, at its first place."""
    all_rows = rows(number)
    for position in repeated:
        all_rows.insert(position % len(all_rows), all_rows[position % number])
    upstream = PlivoList(list(all_rows), delays=delayed(found))
    once: list[Row] = [row for place, row in enumerate(all_rows) if row not in all_rows[:place]]
    assert walked(upstream, limit=7)["objects"] == once


@patient
@given(number=st.integers(21, 200), holes=st.sets(st.integers(1, 9), min_size=1), found=delays)
def test_pages_that_fail_in_the_middle(number: int, holes: set[int], found: Delays) -> None:
    """What comes before the first hole is kept, nothing behind it: ``continue`` leads to the hole."""
    upstream = PlivoList(rows(number), delays=delayed(found))

    async def with_holes(request: httpx.Request) -> httpx.Response:
        answer = await upstream.answer(request)
        page = int(request.url.params.get("offset", 0)) // 20
        return httpx.Response(500, json={"error": f"page {page} fails"}) if page in holes else answer

    reply = virtual_time.run(walk("getApplications", with_holes, returnAll=True))
    kept = min(20 * min(holes), number)
    assert reply["objects"] == rows(kept)
    assert reply["meta"]["more"] is (kept < number)
    if kept < number:
        assert reply["meta"]["error"]["status_msg"] == f"page {min(holes)} fails"
        rest = walked(upstream, continueFrom=reply["meta"]["continue"])
        assert rest["objects"] == rows(number - kept, first=kept)


def test_a_page_that_never_comes_ends_at_the_deadline() -> None:
    """Those behind it are there already, but nobody may jump over a hole."""

    async def never(_: PlivoList) -> None:
        await asyncio.sleep(1000)

    upstream = slow(200, before={4: never})
    reply = walked(upstream, timeout=5)
    assert reply["objects"] == rows(60)
    assert set(reply["meta"]) == {"count", "more", "continue"}
    assert walked(upstream, continueFrom=reply["meta"]["continue"])["objects"] == rows(140, first=60)


def test_nothing_is_left_running() -> None:
    """Neither where a walk ends early, nor where its caller hangs up."""
    upstream = slow(2000)

    async def cancelled() -> int:
        walking = asyncio.create_task(walk("getApplications", upstream, returnAll=True))
        await asyncio.sleep(0.25)
        assert upstream.under_way == 8
        walking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await walking
        return len(asyncio.all_tasks()) - 1

    assert virtual_time.run(cancelled()) == 0
    assert upstream.under_way == 0

    async def ended() -> int:
        failing = slow(2000, before={3: fail})
        assert (await walk("getApplications", failing, returnAll=True))["objects"] == rows(40)
        return failing.under_way + len(asyncio.all_tasks()) - 1

    async def fail(_: PlivoList) -> httpx.Response:
        return httpx.Response(500)

    assert virtual_time.run(ended()) == 0


def test_all_tries_are_counted() -> None:
    """Those of pages that were read ahead in vain too: the log line says what was sent."""

    async def ended() -> int:
        upstream = PlivoList(rows(100), meta=("total_count",), total=lambda total, _: total + 60)
        sender = sender_to(in_place_of_plivo(upstream.answer))
        result = await walk_with("getApplications", sender, returnAll=True, now=NOW)
        return result.tries - len(upstream.requests)

    assert virtual_time.run(ended()) == 0
