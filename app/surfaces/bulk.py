"""Many calls in one: ``POST /api/Plivo/{block}/bulk``.

The answer is one envelope, or with ``Accept: application/x-ndjson`` a line for each result as it comes, a line of
progress each second, and a last one that sums up. Both speak of ``total``, ``succeeded``, ``failed``, ``remaining``.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app import json_text
from app.blocks import Result
from app.blocks.bulk import BulkRun, BulkRunner, Item, ItemResult, Order, prepare_items, repeated
from app.blocks.dispatch import Dispatcher
from app.errors import ConnectorError, InvalidItems
from app.web.body import ClientDisconnectedError, read_body
from app.web.bulk_body import NDJSON, BulkLimits, read_order
from app.web.envelope import Envelopes, render_item
from app.web.headers import add_credentials, add_key
from app.web.middleware import note

PROGRESS_SECONDS = 1.0

_TIME_TO_ANSWER = 1.0
"""Seconds before BULK_TIMEOUT by which the last item must have ended, so that the answer comes in time."""


@dataclass(slots=True)
class _Tally:
    """What has become of a bulk so far.

    Attributes:
        items: all of them.
        results: by index.
        size: bytes of the results as they are answered.
        tries: requests made to Plivo.
    """

    items: list[Item]
    results: dict[int, ItemResult] = field(default_factory=dict)
    size: int = 0
    failed: int = 0
    tries: int = 0
    _alike: defaultdict[int, list[Item]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for item in self.items:
            if item.same_as is not None:
                self._alike[item.same_as].append(item)

    def add(self, done: ItemResult) -> list[bytes]:
        """Count a result, and those of identical items; return their lines."""
        alike = [repeated(item, done.result) for item in self._alike.get(done.item.index, ())]
        lines = []
        for one in (done, *alike):
            self.results[one.item.index] = one
            self.failed += one.result.error is not None
            self.tries += one.result.tries
            lines.append(_line(one))
            self.size += len(lines[-1])
        return lines

    def counts(self) -> dict[str, int]:
        done, total = len(self.results), len(self.items)
        return {"total": total, "succeeded": done - self.failed, "failed": self.failed, "remaining": total - done}


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
    async def run_bulk(block: str, request: Request) -> Response:
        ends = asyncio.get_running_loop().time() + limits.timeout
        content_type = request.headers.get("content-type", "")
        record = request.scope["record"]
        key = "to"
        try:
            body = await read_body(request.receive, limits.max_body)
            given = read_order(body, content_type, limits)
            key = given.key
            add_credentials(given.common, request.headers.get("authorization"))
            add_key(given.common, request.headers.get("idempotency-key"))
            order = given.order()
            items = await prepare_items(dispatcher, block, order)
            _refuse_invalid(items, order, limits.max_reported)
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
        tally = _Tally(items)
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(_stream(run, tally), media_type=NDJSON)
        result = await _collect(request, run, tally, limits, is_keyed=order.key is not None)
        note(record, result)
        return envelopes.response(result, key)

    return router


def _refuse_invalid(items: list[Item], order: Order, most: int) -> None:
    """Refuse the whole where items cannot be run, unless those are to be skipped."""
    refused = {item.index: item.refusal for item in items if item.refusal is not None}
    if refused and not order.skips_invalid:
        told = dict(list(refused.items())[:most])
        raise InvalidItems(told, len(refused))


def _refusals(items: list[Item]) -> list[ItemResult]:
    return [ItemResult(item, Result.of_error(item.refusal)) for item in items if item.refusal is not None]


async def _collect(request: Request, run: BulkRun, tally: _Tally, limits: BulkLimits, *, is_keyed: bool) -> Result:
    lines: dict[int, bytes] = {}
    hint = None

    def take(done: ItemResult) -> None:
        before = len(tally.results)
        new = tally.add(done)
        lines.update(zip(list(tally.results)[before:], new, strict=True))

    for refusal in _refusals(tally.items):
        take(refusal)
    async for done in run.results(PROGRESS_SECONDS):
        if done is not None:
            take(done)
            if tally.size > limits.max_answer_bytes:
                run.stop()
                hint = "The answer grew as large as it may (MAX_ANSWER_BYTES)."
        elif await request.is_disconnected():
            run.stop()
    counts: dict[str, Any] = tally.counts()
    if counts["remaining"]:
        ways = (
            "Send the same request again with the same idempotencyKey: it goes on with what remains."
            if is_keyed
            else "It had no idempotencyKey: send only the items again that have no result here, with a key this time."
        )
        counts["hint"] = f"{hint or 'The time was over before every item was begun.'} {ways}"
    body = b'{"results":[%b],%b' % (b",".join(lines[index] for index in sorted(lines)), json_text.render(counts)[1:])
    return Result(body, tries=tally.tries)


async def _stream(run: BulkRun, tally: _Tally) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    started = now()

    def progress() -> bytes:
        counts = tally.counts()
        rate = len(tally.results) / max(now() - started, 0.001)
        left = round(counts["remaining"] / rate, 1) if rate else None
        return json_text.render({**counts, "rate": round(rate, 1), "secondsLeft": left}) + b"\n"

    try:
        for refusal in _refusals(tally.items):
            yield b"\n".join(tally.add(refusal)) + b"\n"
        async for done in run.results(PROGRESS_SECONDS):
            yield progress() if done is None else b"\n".join(tally.add(done)) + b"\n"
        yield progress()
    finally:
        # Also reached when the client goes away: nothing new is sent, what is under way goes on.
        run.stop()


def _line(done: ItemResult) -> bytes:
    item = done.item
    return render_item(item.index, done.result, ref=item.ref, duplicate_of=item.same_as)
