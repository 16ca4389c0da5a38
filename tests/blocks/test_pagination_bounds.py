"""What a walk may take: bytes, time, turns of the loop. Whatever Plivo answers, it ends and tells how to go on."""

import asyncio
import json
import tracemalloc
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blocks.pages import LEAST_ROW
from app.blocks.pagination import WalkLimits
from app.errors import ApiBadReply, InvalidFields
from tests.support import virtual_time
from tests.support.desk import in_place_of_plivo, sender_to
from tests.support.in_process import CREDENTIALS, App
from tests.support.patience import patient
from tests.support.plivo_lists import PlivoList, Row, manifest, rows, walk, walk_with, walked

MIB = 1024 * 1024


@patient
@given(
    sizes=st.lists(st.integers(0, 300), max_size=60),
    most_bytes=st.integers(40, 3000),
    limit=st.integers(1, 20),
    most=st.none() | st.integers(1, 30),
)
def test_the_parts_of_a_walk_are_as_large_as_they_may_be(
    sizes: list[int], most_bytes: int, limit: int, most: int | None
) -> None:
    """Each row is in one of them, each part says how to go on, and none but a single huge row is larger."""
    found: list[Row] = [{"id": f"row-{number}", "text": "x" * size} for number, size in enumerate(sizes)]
    upstream = PlivoList(found)
    got: list[Row] = []
    going_on: dict[str, Any] = {"maxItems": most or ""}
    while going_on:
        reply = walked("getApplications", upstream, limit=limit, limits=WalkLimits(max_bytes=most_bytes), **going_on)
        part, meta = reply["objects"], reply["meta"]
        got += part
        sizes_of_part = [max(len(json.dumps(row)) + 1, LEAST_ROW) for row in part]
        assert sum(sizes_of_part) <= most_bytes or len(part) == 1
        assert meta["count"] == len(part) <= (most or 60)
        assert not meta["more"] or part
        if "hint" in meta:
            assert "MAX_ANSWER_BYTES" in meta["hint"]
            assert meta["more"]
        else:
            assert not meta["more"] or len(part) == most
        going_on = {**going_on, "continueFrom": meta["continue"]} if meta["more"] else {}
    assert got == found


def endless(row: bytes = b'{"id": %d}', *, size: int = 20, total: bytes = b"null") -> Any:
    """Return a list that never ends."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        page = b",".join(row % number for number in range(offset, offset + size))
        meta = b'{"next": "/?offset=%d", "total_count": %b}' % (offset + size, total)
        return httpx.Response(200, content=b'{"objects": [%b], "meta": %b}' % (page, meta))

    return answer


@pytest.mark.parametrize("total", [b"null", b"1000000000000", b"0"])
def test_a_list_without_end_ends_by_bytes(total: bytes) -> None:
    reply = walked("getApplications", endless(total=total), limits=WalkLimits(max_bytes=50_000), timeout=300)
    assert reply["objects"] == [{"id": number} for number in range(50_000 // LEAST_ROW)]
    assert set(reply["meta"]) == {"count", "more", "continue", "hint"}


@pytest.mark.parametrize("following", ["?offset=20", "?offset=1", "?cursor=same"])
def test_a_next_that_is_the_same_for_ever(following: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"objects": rows(20), "meta": {"next": following, "total_count": 10**9}})

    assert walked("getApplications", answer)["objects"] == rows(20)


def test_the_same_rows_at_growing_offsets_end_at_the_deadline() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        offset = int(request.url.params.get("offset", 0))
        return httpx.Response(200, json={"objects": rows(20), "meta": {"next": f"?offset={offset + 20}"}})

    reply = virtual_time.run(walk("getApplications", answer, returnAll=True, timeout=5))
    assert reply["objects"] == rows(20)
    assert reply["meta"]["more"] is True


@pytest.mark.parametrize(
    ("row", "size", "times"),
    [
        (b'{"id": %d, "text": "' + b"x" * 500 + b'"}', 20, 4),
        (b"%d", 5000, 5),
        (b'{"id": %d, "text": "' + b"x" * 200_000 + b'"}', 20, 6),
    ],
    ids=["plain", "tiny", "large"],
)
def test_memory_stays_within_a_small_multiple(row: bytes, size: int, times: int) -> None:
    """Tiny rows too, of which each must be remembered; and pages that are there already when there is no more room."""
    limits = WalkLimits(max_bytes=4 * MIB)
    manifest()
    tracemalloc.start()
    try:
        sender = sender_to(in_place_of_plivo(endless(row, size=size, total=b"1000000000")))
        content = asyncio.run(walk_with("getApplications", sender, returnAll=True, limits=limits)).content
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(content) <= limits.max_bytes + 1000
    assert peak < times * limits.max_bytes


@pytest.mark.parametrize("element", [b"1", b'"cut \\ud83d"'])
def test_a_page_of_more_rows_than_anybody_has(element: bytes) -> None:
    body = b'{"objects": [%b]}' % b",".join([element] * 200_001)
    with pytest.raises(ApiBadReply, match="API_BAD_REPLY") as raised:
        walked("getApplications", lambda _: httpx.Response(200, content=body))
    assert "200000" in str(raised.value.message)


def test_others_have_their_turn_during_a_walk() -> None:
    """Also where Plivo answers without ever letting go of the event loop, as the sandbox does."""
    upstream = PlivoList(rows(2000))

    async def count_turns() -> int:
        turns = 0
        walking = asyncio.create_task(walk("getApplications", upstream, returnAll=True))
        while not walking.done():
            turns += 1
            await asyncio.sleep(0)
        assert (await walking)["meta"]["count"] == 2000
        return turns

    # Pages that are fetched side by side may share a turn.
    assert asyncio.run(count_turns()) > len(upstream.requests) / 8


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"callbackUrl": "https://example.com/result"}, "callbackUrl"),
        ({"additionalFields": {"callback_url": "https://example.com/result"}}, "additionalFields"),
    ],
)
@pytest.mark.parametrize("wish", [{"returnAll": True}, {"maxItems": 5}])
def test_an_asynchronous_request_has_no_pages(args: dict[str, Any], field: str, wish: dict[str, Any]) -> None:
    """Plivo would answer that it sends the list elsewhere; that is refused before anything is sent."""
    with App() as app:
        envelope = app.call("getApplications", **CREDENTIALS, **args, **wish).json()
        assert app.sent == []
    error = envelope["contextWrites"]["to"]
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", [field])
    assert "leave it out, or leave out returnAll" in error["errors"][field]
    upstream = PlivoList(rows(5))
    with pytest.raises(InvalidFields):
        walked("getApplications", upstream, **args, **wish)
    assert upstream.requests == []


def test_one_page_may_be_asked_for_asynchronously() -> None:
    spawned = {"api_id": "a-1", "message": "async api spawned"}
    with App(lambda _: httpx.Response(202, json=spawned)) as app:
        reply = app.call("getApplications", **CREDENTIALS, callbackUrl="https://example.com/result").json()
    assert reply["contextWrites"]["to"] == spawned


def test_both_settings_reach_the_walk() -> None:
    upstream = PlivoList(rows(400), delays=lambda _: (0.01, 0.0))
    with App(upstream.answer, walk_concurrency=3, max_answer_bytes=200 * LEAST_ROW) as app:
        reply = app.call("getApplications", **CREDENTIALS, returnAll=True).json()["contextWrites"]["to"]
    assert reply["objects"] == rows(200)
    assert "MAX_ANSWER_BYTES" in reply["meta"]["hint"]
    assert upstream.most_under_way == 3
