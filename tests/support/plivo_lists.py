"""A stand-in for Plivo's lists: it pages, filters and refuses like the reference says Plivo does."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import httpx

from app.blocks import Prepared, Result
from app.blocks.arguments import Arguments
from app.blocks.pagination import PageSender, PageWalker, WalkLimits
from app.blocks.request import compile_request
from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.ratelimit.quotas import route_of
from tests.support.desk import in_place_of_plivo, sender_to
from tests.support.patience import PATIENCE

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "s3cret-token"}

MOST_REQUESTS = 10_000
"""Requests that no walk of a test needs."""

CALL_WINDOW = ("end_time", 7, 30)
"""What Plivo's documentation says of calls: a week without a filter, 30 days at most."""

WALK_LIMITS = WalkLimits()

Row = dict[str, Any]
Hook = Callable[["PlivoList"], Awaitable[httpx.Response | None]]


@cache
def manifest() -> Mapping[str, Block]:
    """Return the real manifest's blocks."""
    return load_manifest(METADATA).blocks


def rows(number: int, first: int = 0) -> list[Row]:
    """Return rows that differ."""
    return [{"id": f"row-{position}"} for position in range(first, first + number)]


def timed(number: int, every: timedelta, newest: datetime = NOW, name: str = "end_time") -> list[Row]:
    """Return rows with times, newest first."""
    moments = (newest - every * position for position in range(number))
    return [{"id": f"row-{position}", name: text(moment)} for position, moment in enumerate(moments)]


def text(moment: datetime) -> str:
    """Write a moment as filters have it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class PlivoList:
    """One list of Plivo's, newest first.

    Attributes:
        items: where the items stand, keys joined by dots.
        meta: the keys of ``meta``; empty for a list without.
        cursors: ``meta.next`` carries a cursor instead of an offset.
        largest: the most items on a page.
        window: the time that filters the list, days without a filter, widest range in days.
        total: what it says of its size: the truth and the number of the request → a number.
        delays: seconds until the request of a number (from 1) is looked at, and then until its answer is there.
        before: what happens before the request of a number is answered; may answer itself.
        requests: the queries of the pages that were given.
        asked: how many requests came.
        under_way: how many are not answered yet.
        most_under_way: how many there were at one time.
    """

    rows: list[Row] = field(default_factory=list)
    items: str = "objects"
    meta: tuple[str, ...] = ("limit", "next", "offset", "previous", "total_count")
    cursors: bool = False
    largest: int = 20
    window: tuple[str, int | None, int | None] | None = None
    total: Callable[[int, int], int] = lambda total, _: total
    delays: Callable[[int], tuple[float, float]] | None = None
    before: dict[int, Hook] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0
    under_way: int = 0
    most_under_way: int = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request (an httpx handler)."""
        self.asked += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(request, self.asked)
        finally:
            self.under_way -= 1

    async def _answer(self, request: httpx.Request, number: int) -> httpx.Response:
        before, after = self.delays(number) if self.delays else (0.0, 0.0)
        if before:
            await asyncio.sleep(before)
        hook = self.before.get(number)
        answered = await hook(self) if hook else None
        answered = answered or self.page(request)
        if after:
            await asyncio.sleep(after)
        return answered

    def page(self, request: httpx.Request) -> httpx.Response:
        """Answer one request with its page."""
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True, strict_parsing=True))
        self.requests.append(query)
        limit = int(query.get("limit", self.largest))
        if not 1 <= limit <= self.largest:
            return _refusal(f"limit must be from 1 to {self.largest}")
        if {"offset", "cursor"} <= query.keys():
            return _refusal("offset and cursor exclude each other")
        matching = self._filtered(query)
        if isinstance(matching, httpx.Response):
            return matching
        if self.cursors and "cursor" in query:
            # A cursor names the last row that was given, so that new rows shift nothing.
            start = [row["id"] for row in matching].index(query["cursor"].removeprefix("after/")) + 1
        else:
            start = int(query.get("offset", 0))
        page = matching[start : start + limit]
        following = None
        if start + limit < len(matching):
            paging = {"cursor": f"after/{page[-1]['id']}"} if self.cursors else {"offset": start + limit}
            following = f"{request.url.path}?{httpx.QueryParams({**query, 'limit': limit, **paging})}"
        total = self.total(len(matching), len(self.requests))
        known = {"limit": limit, "next": following, "offset": start, "previous": None, "total_count": total}
        body = {"objects": page} | (
            {"meta": {key: known.get(key, len(page)) for key in self.meta}} if self.meta else {}
        )
        return httpx.Response(200, content=json.dumps(self._shaped(body)))

    def _filtered(self, query: dict[str, str]) -> list[Row] | httpx.Response:
        if self.window is None:
            return self.rows
        name, days, widest = self.window
        bounds = {key.partition("__")[2]: value for key, value in query.items() if key.startswith(f"{name}__")}
        low, high = bounds.get("gt", bounds.get("gte")), bounds.get("lt", bounds.get("lte"))
        if not bounds and days:
            bounds = {"gte": text(NOW - timedelta(days=days))}
        if widest and low and high:
            width = datetime.fromisoformat(high) - datetime.fromisoformat(low)
            if width > timedelta(days=widest):
                return _refusal(f"the range is wider than {widest} days")
        return [row for row in self.rows if _within(row[name], bounds)]

    def _shaped(self, body: dict[str, Any]) -> dict[str, Any]:
        *outer, key = self.items.split(".")
        body[key] = body.pop("objects")
        for name in reversed(outer):
            body = {name: body}
        return {"api_id": f"request-{len(self.requests)}", **body}


async def walk(
    block: str,
    upstream: Callable[[httpx.Request], Any] | PlivoList,
    *,
    timeout: float = PATIENCE,  # noqa: ASYNC109  # Plivo's own setting of this name
    now: datetime = NOW,
    limits: WalkLimits = WALK_LIMITS,
    **raw: Any,
) -> dict[str, Any]:
    """Walk a list block of the real manifest and return the reply; fails like the walker does."""
    handler = upstream.answer if isinstance(upstream, PlivoList) else upstream
    asked = 0

    def answer(request: httpx.Request) -> Any:
        nonlocal asked
        asked += 1
        assert asked < MOST_REQUESTS, "the walk never ends"
        return handler(request)

    result = await walk_with(
        block, sender_to(in_place_of_plivo(answer), timeout=timeout), now=now, limits=limits, **raw
    )
    content: dict[str, Any] = json.loads(result.content)
    return content


async def walk_with(
    block: str, sender: PageSender, *, now: datetime = NOW, limits: WalkLimits = WALK_LIMITS, **raw: Any
) -> Result:
    """Walk a list block of the real manifest over what sends single calls."""
    found = manifest()[block]
    assert found.listing
    build = compile_request(found)
    walker = PageWalker(found, found.listing, build, sender, limits, now=lambda: now)
    args = Arguments(found).read({**CREDENTIALS, **raw})
    async with asyncio.timeout(PATIENCE):
        return await walker.walk(Prepared(found, args, build(args), route_of(found), None))


def walked(block: str, upstream: Callable[[httpx.Request], Any] | PlivoList, **raw: Any) -> dict[str, Any]:
    """Walk all of a list block, or as far as ``raw`` says."""
    return asyncio.run(walk(block, upstream, **{"returnAll": True, **raw}))


async def walk_on(block: str, upstream: PlivoList, most: int, **raw: Any) -> Iterable[dict[str, Any]]:
    """Walk a list a part at a time and return the replies."""
    replies = [await walk(block, upstream, maxItems=most, **raw)]
    while replies[-1]["meta"]["more"]:
        assert len(replies) < 1000, "the walk never ends"
        going_on = replies[-1]["meta"]["continue"]
        replies.append(await walk(block, upstream, maxItems=most, continueFrom=going_on, **raw))
    return replies


def _within(value: str, bounds: dict[str, str]) -> bool:
    passes = {
        "gt": value > bounds.get("gt", ""),
        "gte": value >= bounds.get("gte", ""),
        "lt": value < bounds.get("lt", "9"),
        "lte": value <= bounds.get("lte", "9"),
    }
    return all(passes[suffix] for suffix in bounds)


def _refusal(reason: str) -> httpx.Response:
    return httpx.Response(400, json={"api_id": "refused", "error": reason})
