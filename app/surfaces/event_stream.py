"""``GET /api/Plivo/events/stream?subscription=…``: events as they come, as Server-Sent Events.

A reader that lost its connection sends ``Last-Event-ID`` and goes on after that event. Without it, it gets all that are
kept, and then what comes.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app import json_text
from app.datatypes.credentials import Credentials, read_auth_id, read_auth_token
from app.errors import ConnectorError, InvalidFields, RequiredFields
from app.events.service import Events
from app.web.envelope import Envelopes
from app.web.headers import add_credentials

LOOK_EVERY = 0.5
"""Seconds between two looks into the store."""

QUIET = 15.0
"""Seconds after which a comment is sent, so that nobody in between takes the connection for dead."""

_AT_ONCE = 100


def create_event_stream(events: Events, envelopes: Envelopes) -> APIRouter:
    """Return the route that streams events.

    Args:
        events: where they are.
        envelopes: says what is wrong.
    """
    router = APIRouter()

    @router.get("/api/Plivo/events/stream")
    async def stream(request: Request, subscription: str = "") -> Response:
        try:
            credentials = _credentials(request)
            if not subscription:
                raise RequiredFields(["subscription"], {}, hint="subscription is missing.")
            after = _number(request.headers.get("last-event-id") or request.query_params.get("after") or "0")
            name = await events.subscriptions.watched(credentials, subscription)
            first = await events.subscriptions.events_after(name, after, _AT_ONCE)
        except ConnectorError as error:
            response = envelopes.refusal(error)
            response.status_code = error.status  # a reader of streams goes by the status
            return response
        return StreamingResponse(
            _written(events, name, first, after),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


async def _written(events: Events, name: str, found: list[Any], after: int) -> AsyncIterator[bytes]:
    quiet = 0.0
    yield b": events\n\n"
    while True:
        for event in found:
            after = event["sequence"]
            kind = event["type"].encode()
            yield b"id: %d\nevent: %b\ndata: %b\n\n" % (after, kind, json_text.render(event))
        quiet = 0.0 if found else quiet + LOOK_EVERY
        if quiet >= QUIET:
            quiet = 0.0
            yield b": still here\n\n"
        if len(found) < _AT_ONCE:
            await asyncio.sleep(LOOK_EVERY)
        if events.is_stopping:
            return
        try:
            found = await events.subscriptions.events_after(name, after, _AT_ONCE)
        except ConnectorError:
            return  # the reader comes back with its Last-Event-ID


def _credentials(request: Request) -> Credentials:
    args: dict[str, Any] = {}
    add_credentials(args, request.headers.get("authorization"))
    if not args:
        raise RequiredFields(
            ["authId", "authToken"], {}, hint="give authId and authToken as user name and password of HTTP Basic auth."
        )
    try:
        return Credentials(read_auth_id(args["authId"]), read_auth_token(args["authToken"]))
    except ValueError as error:
        raise InvalidFields({"authId": str(error)}) from None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(2**53)):
        raise InvalidFields({"Last-Event-ID": "must be the id of an event of this stream"})
    return int(text)
