"""The sandbox as an ASGI app: reads a request, finds who asks for what, and sends Plivo's kind of reply."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from app import json_text
from app.sandbox import accounts, calls, conferences, engine, magic, messages, numbers, parameters, pricing, recordings
from app.sandbox.catalog import Catalog
from app.sandbox.replies import Json, Refusal, Reply
from app.sandbox.request import Handlers, Request
from app.sandbox.resources import EVENT_CALLBACKS
from app.sandbox.router import Operation, Router, segments_of
from app.sandbox.starting_state import furnish
from app.sandbox.state import World

MAX_BODY = 1024 * 1024
"""Bytes that a request body may have: what is posted is kept, so it must not be endless."""

LIFE_CYCLES: Handlers = {
    **accounts.HANDLERS,
    **calls.HANDLERS,
    **conferences.HANDLERS,
    **messages.HANDLERS,
    **numbers.HANDLERS,
    **pricing.HANDLERS,
    **recordings.HANDLERS,
}
"""What the generic engine does not answer."""

_DESTINATIONS = ("to", "dst")


class Sandbox:
    """One simulated Plivo with its own state.

    Args:
        router: the routes of the manifest.
        world: the state.
        slow_seconds: how late the answer to the slow number comes.
    """

    def __init__(self, router: Router, world: World, slow_seconds: float) -> None:
        self._router = router
        self._world = world
        self._slow_seconds = slow_seconds
        self._catalog = Catalog(router)
        furnish(world, self._catalog, router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        try:
            body = await _body(receive)
            reply, is_late = self._answer(scope, body)
        except Refusal as refusal:
            reply, is_late = refusal.reply(self._world.uuid()), False
        if is_late:
            await asyncio.sleep(self._slow_seconds)
        await _send(reply, send)

    def _answer(self, scope: Scope, body: bytes) -> tuple[Reply, bool]:
        authenticated = accounts.authenticate(self._world, _header(scope, b"authorization"))
        method = scope["method"]
        operation, path = self._router.find(method, _segments(scope))
        account = accounts.account_of(self._world, authenticated, path)
        given = parameters.read(method, scope["query_string"].decode("latin-1"), body)
        tricks = magic.tricks_among(_numbers_in(given, path))
        for trick in tricks:
            if trick.refusal is not None:
                raise trick.refusal
        request = self._request(operation, account, path, given)
        return self._run(request, operation), bool(tricks)

    def _request(self, operation: Operation, account: str, path: dict[str, str], given: Json) -> Request:
        block = operation.block_for(given)
        return Request(
            self._world,
            self._catalog,
            operation.template,
            block,
            {**path, "auth_id": account},
            parameters.check(block, given, path),
            account,
            self._world.clock(),
        )

    def _run(self, request: Request, operation: Operation) -> Reply:
        route = (operation.method, operation.template)
        handle: Callable[[Request], Reply] = LIFE_CYCLES.get(route, engine.answer)
        if not request.parameters.get("callback_url") or route in EVENT_CALLBACKS:
            return handle(request)
        # Plivo reports how it went to the callback URL, which the sandbox does not call.
        with suppress(Refusal):
            handle(request)
        return Reply(202, {"api_id": self._world.uuid(), "message": "async api spawned"})


def _numbers_in(given: Json, path: dict[str, str]) -> Iterable[str]:
    for name in _DESTINATIONS:
        if isinstance(joined := given.get(name), str):
            yield from parameters.destinations(joined)
    yield from (value for name, value in path.items() if name in ("number", "phone_number"))


def _segments(scope: Scope) -> list[str]:
    """Return the path's segments, decoded one by one: a name may hold an escaped slash."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.split(b"?")[0].decode("latin-1")
    path = path.removeprefix(scope.get("root_path", ""))
    return [unquote(segment) for segment in segments_of(path)]


def _header(scope: Scope, name: bytes) -> str:
    value: bytes = next((value for key, value in scope["headers"] if key.lower() == name), b"")
    return value.decode("latin-1")


async def _body(receive: Receive) -> bytes:
    parts = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise Refusal(413, "the request body is too large")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(reply: Reply, send: Send) -> None:
    body = b"" if reply.body is None else json_text.render(reply.body)
    headers = [(b"x-plivo-sandbox", b"true")]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
