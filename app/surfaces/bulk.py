"""Many calls in one: ``POST /api/Plivo/{block}/bulk``.

The answer is one envelope, or with ``Accept: application/x-ndjson`` a line for each result as it comes, a line of
progress each second, and a last one that sums up. Both speak of ``total``, ``succeeded``, ``failed``, ``remaining``.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app import json_text
from app.blocks import Result
from app.blocks.bulk import BulkRun, BulkRunner, ItemResult
from app.blocks.bulk_items import BulkRequest, Item, prepare_items
from app.blocks.dispatch import Dispatcher
from app.blocks.turn import Turn
from app.errors import ConnectorError, InvalidItems
from app.web.body import ClientDisconnectedError, read_body
from app.web.bulk_body import NDJSON, BulkLimits, read_bulk_body
from app.web.envelope import Envelopes, render_item
from app.web.headers import add_credentials, add_key
from app.web.middleware import note
from app.web.selection import read_query

PROGRESS_SECONDS = 1.0

_TIME_TO_ANSWER = 1.0
"""Seconds before BULK_TIMEOUT by which the last item must have ended, so that the answer comes in time."""


@dataclass(slots=True)
class _Tally:
    """What has become of a bulk so far.

    Attributes:
        items: all of them.
        max_size: bytes that the rows should have.
        size: bytes that they have.
        done: items with a row.
        tries: requests made to Plivo.
    """

    items: list[Item]
    max_size: int
    size: int = 0
    done: int = 0
    failed: int = 0
    tries: int = 0
    _alike: defaultdict[int, list[Item]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for item in self.items:
            if item.same_as is not None:
                self._alike[item.same_as].append(item)

    @property
    def is_full(self) -> bool:
        return self.size > self.max_size

    def refusals(self) -> Iterator[tuple[int, bytes]]:
        """Yield the rows of items that cannot be run."""
        for item in self.items:
            if item.refusal is not None:
                yield self._count(item, Result.of_error(item.refusal))

    def add(self, done: ItemResult) -> Iterator[tuple[int, bytes]]:
        """Yield the rows, each with its index, of a result and of identical items; where it is full without theirs."""
        self.tries += done.result.tries
        yield self._count(done.item, done.result)
        for item in self._alike.get(done.item.index, ()):
            yield self._count(item, done.result, is_told=not self.is_full)

    def _count(self, item: Item, result: Result, *, is_told: bool = True) -> tuple[int, bytes]:
        row = render_item(item.index, result, is_told=is_told, ref=item.ref, duplicate_of=item.same_as)
        self.done += 1
        self.failed += result.error is not None
        self.size += len(row)
        return item.index, row

    def counts(self) -> dict[str, int]:
        total = len(self.items)
        return {
            "total": total,
            "succeeded": self.done - self.failed,
            "failed": self.failed,
            "remaining": total - self.done,
        }


def create_bulk(dispatcher: Dispatcher, runner: BulkRunner, limits: BulkLimits, envelopes: Envelopes) -> APIRouter:
    """Return the route that runs bulks.

    Args:
        dispatcher: checks the items.
        runner: runs them.
        limits: of size and time.
        envelopes: answers.
    """
    router = APIRouter()

    @router.post("/api/Plivo/{block}/bulk")
    async def run_bulk(request: Request) -> Response:
        block = request.path_params["block"]
        ends = asyncio.get_running_loop().time() + limits.timeout
        content_type = request.headers.get("content-type", "")
        record = request.scope["record"]
        key = "to"
        try:
            body = await read_body(request.receive, limits.max_body)
            read_query(request)
            given = await read_bulk_body(body, content_type, limits)
            key = given.key
            add_credentials(given.common, request.headers.raw)
            add_key(given.common, request.headers.raw)
            bulk = given.request()
            items = await prepare_items(dispatcher, block, bulk, most_explained=limits.max_reported)
            _refuse_invalid(items, bulk, limits.max_reported)
        except ConnectorError as error:
            result = Result.of_error(error)
            note(record, result)
            return envelopes.response(result, key)
        except ClientDisconnectedError:
            return Response()
        record.block = block
        run = runner.start(
            [item for item in items if item.call is not None and item.same_as is None],
            record,
            deadline=ends - min(_TIME_TO_ANSWER, limits.timeout / 10),
            seconds_to_send=min(limits.seconds_to_send, limits.timeout / 4),
        )
        tally = _Tally(items, limits.max_answer_bytes)
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(_stream(run, tally), media_type=NDJSON)
        result = await _collect(request, run, tally, is_keyed=bulk.key is not None)
        note(record, result)
        return envelopes.response(result, key)

    return router


def _refuse_invalid(items: list[Item], bulk: BulkRequest, most: int) -> None:
    """Refuse the whole where items cannot be run, unless those are to be skipped."""
    refused = [(item.index, item.ref, item.refusal) for item in items if item.refusal is not None]
    if refused and not bulk.skips_invalid:
        raise InvalidItems(refused[:most], len(refused))


async def _collect(request: Request, run: BulkRun, tally: _Tally, *, is_keyed: bool) -> Result:
    rows: dict[int, bytes] = {}
    turn = Turn()
    for index, row in tally.refusals():
        rows[index] = row
        if tally.is_full:
            break  # the others remain
        await turn.give_way()
    async for done in run.results(PROGRESS_SECONDS):
        if done is None:
            if await request.is_disconnected():
                run.stop()
            continue
        for index, row in tally.add(done):
            rows[index] = row
            await turn.give_way()
        if tally.is_full:
            run.stop()
    counts: dict[str, Any] = tally.counts()
    if counts["remaining"]:
        ways = (
            "Send the same request again with the same idempotencyKey: it goes on with what remains."
            if is_keyed
            else "It had no idempotencyKey: send only the items again that have no result here, with a key this time."
        )
        counts["hint"] = f"{_why_some_remain(run, tally)} {ways}"
    body = b'{"results":[%b],%b' % (b",".join(rows[index] for index in sorted(rows)), json_text.render(counts)[1:])
    return Result(body, tries=tally.tries)


def _why_some_remain(run: BulkRun, tally: _Tally) -> str:
    if run.runner.is_stopping:
        return "The service was told to stop before every item was begun."
    if tally.is_full:
        return "The answer reached its largest size (MAX_ANSWER_BYTES)."
    return "Time ran out before every item was begun."


async def _stream(run: BulkRun, tally: _Tally) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    started = now()
    turn = Turn()

    def progress() -> bytes:
        counts = tally.counts()
        rate = tally.done / max(now() - started, 0.001)
        left = round(counts["remaining"] / rate, 1) if rate else None
        return json_text.render({**counts, "rate": round(rate, 1), "secondsLeft": left}) + b"\n"

    try:
        for _, row in tally.refusals():
            yield row + b"\n"
            await turn.give_way()
        async for done in run.results(PROGRESS_SECONDS):
            if done is None:
                yield progress()
                continue
            for _, row in tally.add(done):
                yield row + b"\n"
                await turn.give_way()
        yield progress()
    finally:
        # Also reached when the client goes away: nothing new is sent, what is under way goes on.
        run.stop()
