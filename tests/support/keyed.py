"""What tests of idempotency share: a scripted sender, and a process's share of the service around a store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from app.datatypes.credentials import Credentials
from app.errors import ApiBadReply, ApiDisconnected, ApiError, ApiTimeout
from app.events import EventStore
from app.idempotency import KeyStore
from app.idempotency.guard import Guard
from app.outcomes import WatchStore
from app.plivo import UpstreamReply, UpstreamRequest
from app.plivo.proven import ProvenPairs
from app.storage import StoreError
from tests.support.patience import PATIENCE
from tests.support.stores import Place, opened

ACCOUNT = "MAXXXXXXXXXXXXXXXXXX"
TOKEN = "a token of forty characters, as Plivo's"
KEY = "order-4711"
BLOCK = "sendMessage"
UNKNOWN_AFTER = PATIENCE + 20

REQUEST = UpstreamRequest(
    method="POST",
    host="api.plivo.com",
    path=f"/v1/Account/{ACCOUNT}/Message/",
    query="",
    json={"src": "14155550100", "dst": "14155550123", "text": "Your code is 1234"},
)
REPLY = UpstreamReply(202, b'{"api_id":"id-1","message_uuid":["uuid-1"]}', "id-1")
REPEATED = replace(REPLY, tries=0, replayed=True)

Outcome = UpstreamReply | Exception

Commit = Callable[[], Awaitable[bool]]
"""Puts on record that the request may be sent; False where that must not be."""

Send = Callable[[Commit], Awaitable[UpstreamReply | None]]
"""Sends; None where the right to do so was lost."""


def api_error(status: int) -> ApiError:
    return ApiError("as Plivo says", http_status=status, retryable=status == 429)


def timeout() -> ApiTimeout:
    return ApiTimeout("no answer", retryable=False)


def disconnected() -> ApiDisconnected:
    return ApiDisconnected("lost", retryable=False)


def bad_reply() -> ApiBadReply:
    return ApiBadReply("no JSON", http_status=200, body="<html>")


class Sender:
    """Stands in for limiter and Plivo, and counts.

    Args:
        outcomes: what comes of each send in turn; the last one is repeated.

    Attributes:
        turn: cleared while requests wait for the limiter.
        answer: cleared while Plivo keeps its answer back.
        before: raised instead of waiting for the turn, when set.
        waiting: requests that have come for their turn.
        sent: requests that were sent.
        most_at_once: requests under way at Plivo at one time, at most.
    """

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes) or [REPLY]
        self.turn, self.answer = asyncio.Event(), asyncio.Event()
        self.turn.set()
        self.answer.set()
        self.before: Exception | None = None
        self.waiting = 0
        self.sent = 0
        self.most_at_once = 0
        self._under_way = 0

    async def __call__(self, commit: Commit) -> UpstreamReply | None:
        self.waiting += 1
        if self.before is not None:
            raise self.before
        await self.turn.wait()
        if not await commit():
            return None
        self.sent += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await self.answer.wait()
        finally:
            self._under_way -= 1
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Process:
    """One process of the service, as far as idempotency goes.

    Args:
        store: keeps the keys.
        knows_token: Plivo has accepted the token here before.
    """

    def __init__(self, store: "KeyStore | WatchedStore", *, knows_token: bool = True) -> None:
        self.proven = ProvenPairs()
        if knows_token:
            self.proven.add(Credentials(ACCOUNT, TOKEN))
        self._guard = Guard(cast("KeyStore", store), self.proven, unknown_after=UNKNOWN_AFTER)

    async def ask(
        self,
        send: Send,
        *,
        account: str = ACCOUNT,
        token: str = TOKEN,
        block: str = BLOCK,
        key: str = KEY,
        within: float = PATIENCE,
        **changes: Any,
    ) -> UpstreamReply:
        """Make a request, with a deadline in seconds from now; ``changes`` are of its UpstreamRequest."""
        deadline = asyncio.get_running_loop().time() + within
        request = replace(REQUEST, **changes)
        credentials = Credentials(account, token)
        while True:
            async with self._guard.claim(
                credentials, block, key, request, deadline=deadline, look_in="listMessages"
            ) as claim:
                if claim.reply is not None:
                    return claim.reply
                reply = await send(claim.mark_sending)
                if reply is None:
                    continue
                claim.keep(reply)
            return reply

    def begin(self, send: Send, **options: Any) -> "asyncio.Task[UpstreamReply]":
        """Make a request in the background."""
        return asyncio.create_task(self.ask(send, **options))


@asynccontextmanager
async def process(place: Place, *, knows_token: bool = True, **watch: Any) -> AsyncIterator[Process]:
    """Start a process that has its store at a place, watched when arguments for that are given."""
    async with opened(place) as store:
        yield Process(WatchedStore(store, **watch) if watch else store, knows_token=knows_token)


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something is so."""
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.005)


class WatchedStore:
    """A store between whose steps things happen.

    Args:
        store: the store behind it.
        before: called with the name of each step; may raise.
        after: the same when the step was done and before it returns.
        alter: changes what a step returns.
        names: what steps are called instead.
    """

    def __init__(
        self,
        store: KeyStore | EventStore | WatchStore,
        *,
        before: Callable[[str], None] = lambda _: None,
        after: Callable[[str], None] = lambda _: None,
        alter: Callable[[Any], Any] = lambda result: result,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._names = names or {}
        self._store = store
        self._before = before
        self._after = after
        self._alter = alter

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def step(*args: object, **options: object) -> Any:
            await asyncio.sleep(0)
            self._before(self._names.get(name, name))
            result = await getattr(self._store, name)(*args, **options)
            self._after(self._names.get(name, name))
            return self._alter(result)

        return step


def failing_at(*steps: str) -> Callable[[str], None]:
    """Return what makes a watched store fail at these steps."""

    def fail(step: str) -> None:
        if step in steps:
            raise StoreError(f"{step}: down")

    return fail
