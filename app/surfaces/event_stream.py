"""``GET /api/Plivo/events/stream?subscription=…``: events as they come, as Server-Sent Events.

A reader that lost its connection sends ``Last-Event-ID`` and goes on after that event. Without it, it gets all that are
kept, and then what comes.

A stream ends with its subscription, and else never by itself, so there are bounds: how many are open, of an account and
in all, and how much is read for one that is slow. It gets the next events when the last ones are on their way; one that
stalls is cut off.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app import json_text
from app.datatypes.credentials import Credentials, read_auth_id, read_auth_token
from app.errors import AccountOverloads, ConnectorError, InvalidFields, Overloaded, RequiredFields
from app.events.service import Events
from app.storage import StoreError
from app.web.envelope import Envelopes
from app.web.headers import add_credentials

LOOK_EVERY = 0.5
"""Seconds between two looks into the store."""

QUIET = 15.0
"""Seconds after which a comment is sent, so that nobody in between takes the connection for dead."""

MOST_OF_AN_ACCOUNT = 20
"""Streams that an account may have open at one time, in each process."""

ROOM_AGAIN = 5
"""Seconds after which who is refused may try again."""

_AT_ONCE = 100
_BYTES_AT_ONCE = 64 * 1024
"""Events that are read for a stream at one time, and the bytes of their contents after which no further one is."""


class Room:
    """How many streams are open.

    Args:
        most: in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def take(self, account: str) -> Callable[[], None]:
        """Count a stream, and return what ends that.

        Raises:
            AccountOverloads: the account has too many.
            Overloaded: there are too many in all.
        """
        if self._open[account] >= MOST_OF_AN_ACCOUNT:
            reason = f"This account has {MOST_OF_AN_ACCOUNT} streams of events open, the most that it may: close one."
            raise AccountOverloads(reason, retry_after=ROOM_AGAIN)
        if self._open.total() >= self._most:
            reason = f"{self._most} streams of events are open, a quarter of MAX_CONNECTIONS and the most there may be."
            raise Overloaded(reason, retry_after=ROOM_AGAIN)
        self._open[account] += 1

        def give_back() -> None:
            self._open[account] -= 1
            if not self._open[account]:
                del self._open[account]

        return give_back


class _Stream(StreamingResponse):
    """A stream that gives its place back, however it ends.

    Args:
        content: what is sent.
        end: gives it back.
    """

    def __init__(self, content: AsyncIterator[bytes], end: Callable[[], None]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


def create_event_stream(events: Events, envelopes: Envelopes, *, most: int) -> APIRouter:
    """Return the route that streams events.

    Args:
        events: where they are.
        envelopes: says what is wrong.
        most: streams that may be open at one time.
    """
    router = APIRouter()
    room = Room(most)

    @router.get("/api/Plivo/events/stream")
    async def stream(request: Request) -> Response:
        subscription = request.query_params.get("subscription", "")
        try:
            credentials = _credentials(request)
            if not subscription:
                raise RequiredFields(["subscription"], {}, hint="subscription is missing.")
            after = _number(request.headers.get("last-event-id") or request.query_params.get("after") or "0")
            name = await events.history.watched(credentials, subscription)
            return _Stream(_written(events, name, after), room.take(credentials.auth_id))
        except ConnectorError as error:
            return envelopes.refusal(error, mirror=True)  # a reader of streams goes by the status

    return router


async def _written(events: Events, name: str, after: int) -> AsyncIterator[bytes]:
    quiet = 0.0
    yield b": events\n\n"
    # The reader comes back with its Last-Event-ID, where the service ends or the store is in trouble; where the
    # subscription was deleted, it is refused then.
    while not events.is_stopping:
        before = after
        try:
            found, is_more = await events.history.watch(name, after, _AT_ONCE, _BYTES_AT_ONCE)
            for event in found:
                after = event["sequence"]
                yield b"id: %d\nevent: %b\ndata: %b\n\n" % (after, event["type"].encode(), json_text.render(event))
        except (ConnectorError, StoreError):
            return
        quiet = 0.0 if after > before else quiet + LOOK_EVERY
        if quiet >= QUIET:
            quiet = 0.0
            yield b": still here\n\n"
        if not is_more:
            await asyncio.sleep(LOOK_EVERY)


def _credentials(request: Request) -> Credentials:
    args: dict[str, Any] = {}
    add_credentials(args, request.headers.raw)
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
