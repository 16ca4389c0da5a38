"""Many calls in one: ``POST /api/Plivo/{block}/bulk``.

``{"args": {common fields}, "items": [{…}, …]}``, or NDJSON: one item a line, common fields in a line
``{"args": {…}}``. All items are checked before the first is sent. The answer is one envelope, or with
``Accept: application/x-ndjson`` a line for each result as it comes and a line of progress each second.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app import json_text
from app.blocks.arguments import trimmed
from app.blocks.bulk import BulkRun, BulkRunner, ItemResult
from app.blocks.dispatch import Dispatcher
from app.datatypes.scalars import read_boolean
from app.errors import ConnectorError, InvalidFields, InvalidItems, InvalidJson, RequiredFields
from app.plivo import UpstreamReply
from app.web.body import read_body
from app.web.envelope import DEFAULT_KEY, Envelope, failure, success

MAX_ITEMS = 10_000
NDJSON = "application/x-ndjson"
PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What a bulk request asks for.

    Attributes:
        items: raw args of each item, common fields merged in.
        key: the key of the answer under ``contextWrites``.
        skips_invalid: run the valid items although others are not.
    """

    items: list[dict[str, Any]]
    key: str
    skips_invalid: bool


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """How large and how long a bulk may be, in bytes and seconds."""

    max_bytes: int
    timeout: float


def create_bulk(dispatcher: Dispatcher, runner: BulkRunner, limits: BulkLimits, *, mirror: bool) -> APIRouter:
    """Return the route that runs bulks.

    Args:
        dispatcher: checks the items.
        runner: runs them.
        limits: of size and time.
        mirror: failures carry their own HTTP status instead of 200.
    """
    router = APIRouter()

    @router.post("/api/Plivo/{block}/bulk")
    async def run_bulk(block: str, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        try:
            body = await read_body(
                request.receive,
                content_type,
                max_body_bytes=limits.max_bytes,
                max_upload_bytes=limits.max_bytes,
            )
            order = read_order(body, content_type, request.headers.get("idempotency-key"))
            refused = _check(dispatcher, block, order)
        except ConnectorError as error:
            return _answer(request, failure(error), mirror=mirror)
        request.scope["record"].block = block
        run = runner.start(block, [(n, item) for n, item in enumerate(order.items) if n not in refused])
        results = [ItemResult(index, failure(error)) for index, error in refused.items()]
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(_stream(run, results), media_type=NDJSON)
        return _answer(request, await _collect(request, run, results, order, limits.timeout), mirror=mirror)

    return router


def read_order(body: bytes, media_type: str, header_key: str | None) -> Order:
    """Read a bulk request.

    Raises:
        InvalidJson: it is not JSON, or not NDJSON where it says so.
        InvalidFields: ``items`` or another field of the bulk itself does not fit.
    """
    content = _from_lines(body) if media_type.startswith(NDJSON) else _parse(body)
    if not isinstance(content, dict) or json_text.is_deeper_than(content):
        raise InvalidJson
    args, items = content.pop("args", {}), content.pop("items", None)
    if not isinstance(args, dict):
        raise InvalidJson
    common = trimmed({**content, **args})
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidFields({"items": "must be a list of objects, one for each call"})
    if not 0 < len(items) <= MAX_ITEMS:
        raise InvalidFields({"items": f"must be 1 to {MAX_ITEMS} objects"})
    try:
        skips_invalid = read_boolean(common.pop("skipInvalid", False))
    except ValueError as error:
        raise InvalidFields({"skipInvalid": str(error)}) from None
    key = common.pop("to", None) or DEFAULT_KEY
    idempotency_key = common.pop("idempotencyKey", None) or header_key
    merged = []
    for index, item in enumerate(items):
        numbered = {"idempotencyKey": f"{idempotency_key}:{index}"} if idempotency_key else {}
        merged.append(common | numbered | trimmed(item))
    return Order(merged, key if isinstance(key, str) else DEFAULT_KEY, skips_invalid)


def _parse(text: bytes) -> Any:
    try:
        return json_text.parse(text)
    except ValueError:
        raise InvalidJson from None


def _from_lines(body: bytes) -> dict[str, Any]:
    common: dict[str, Any] = {}
    items = []
    for line in body.splitlines():
        if not line.strip():
            continue
        item = _parse(line)
        if isinstance(item, dict) and item.keys() == {"args"}:
            common |= item["args"] if isinstance(item["args"], dict) else {}
        else:
            items.append(item)
    return {"args": common, "items": items}


def _check(dispatcher: Dispatcher, block: str, order: Order) -> dict[int, ConnectorError]:
    """Return the items that are refused; all of them are an error unless invalid ones are to be skipped."""
    refused: dict[int, ConnectorError] = {}
    for index, item in enumerate(order.items):
        try:
            dispatcher.check(block, item)
        except (RequiredFields, InvalidFields) as error:
            refused[index] = error
    if refused and not order.skips_invalid:
        raise InvalidItems(refused)
    return refused


async def _collect(request: Request, run: BulkRun, results: list[ItemResult], order: Order, seconds: float) -> Envelope:
    deadline = asyncio.get_running_loop().time() + seconds
    async for result in run.results(PROGRESS_SECONDS):
        if result is not None:
            results.append(result)
        elif await request.is_disconnected():
            run.stop()
        if asyncio.get_running_loop().time() > deadline - PROGRESS_SECONDS:
            run.stop()
            break
    results.sort(key=lambda result: result.index)
    failed = sum(1 for result in results if result.envelope.status_code is not None)
    counts = {
        "total": len(order.items),
        "succeeded": len(results) - failed,
        "failed": failed,
        "remaining": len(order.items) - len(results),
    }
    lines = b",".join(_line(result) for result in results)
    body = b'{"results":[%b],%b' % (lines, json_text.render(counts)[1:])
    return success(UpstreamReply(200, body, None, sum(result.envelope.tries for result in results)), order.key)


async def _stream(run: BulkRun, refused: list[ItemResult]) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    started = now()
    done = failed = 0
    total = run.total + len(refused)

    def progress() -> bytes:
        rate = done / max(now() - started, 0.001)
        left = round((total - done) / rate, 1) if rate else None
        counts = {"done": done, "failed": failed, "total": total, "rate": round(rate, 1), "secondsLeft": left}
        return json_text.render(counts) + b"\n"

    try:
        for result in refused:
            done, failed = done + 1, failed + 1
            yield _line(result) + b"\n"
        async for next_result in run.results(PROGRESS_SECONDS):
            if next_result is None:
                yield progress()
                continue
            done += 1
            failed += next_result.envelope.status_code is not None
            yield _line(next_result) + b"\n"
        yield progress()
    finally:
        # Also reached when the client goes away: nothing new is sent, what is under way goes on.
        run.stop()


def _line(result: ItemResult) -> bytes:
    return b'{"index":%d,"callback":"%b","result":%b}' % (
        result.index,
        result.envelope.callback.encode(),
        result.envelope.result,
    )


def _answer(request: Request, envelope: Envelope, *, mirror: bool) -> Response:
    request.scope["record"].envelope = envelope
    status = envelope.status_for(mirror=mirror)
    return Response(envelope.body(), status, media_type="application/json")
