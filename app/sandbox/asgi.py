"""The sandbox as an ASGI app: reads a request, finds who asks for what, and sends Plivo's kind of reply."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Self
from urllib.parse import unquote

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app import json_text
from app.sandbox.control import CONTROL, MOST_CONTROL_BYTES, Control
from app.sandbox.data import magic
from app.sandbox.data.operations import EVENT_CALLBACKS
from app.sandbox.engine import auth, bodies, parameters, resources
from app.sandbox.engine.catalog import Catalog
from app.sandbox.engine.paths import segments_of
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import NO_CONTENT, Json, Refusal, Reply
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.router import Operation, Router
from app.sandbox.engine.state import State
from app.sandbox.live import Live
from app.sandbox.watch import STREAM

_DESTINATIONS = ("to", "dst", "recipient", "first_party", "second_party")
_NUMBERS = ("number", "phone_number", "tollfree")
"""Parameters that are phone numbers: in bodies destinations, in paths any."""


class Sandbox:
    """One simulated Plivo with its own state.

    Args:
        router: the routes of the manifest.
        catalog: its resources.
        state: what is remembered.
        handlers: what answers in place of the generic engine.
        live: what goes on by itself, while the sandbox is open.
        control: takes the orders of who tries things out.
        slow_seconds: how late the answer to the slow number comes.
    """

    def __init__(
        self,
        router: Router,
        catalog: Catalog,
        state: State,
        handlers: Handlers,
        live: Live,
        control: Control,
        slow_seconds: float,
    ) -> None:
        self._router = router
        self._catalog = catalog
        self._state = state
        self._handlers = handlers
        self._live = live
        self._watch = control.watch
        self._control = control
        self._slow_seconds = slow_seconds

    async def __aenter__(self) -> Self:
        """Begin to speak back."""
        await self._live.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what goes on by itself."""
        self.stop()
        await self._live.__aexit__()

    def stop(self) -> None:
        """Let go of who watches: the service ends, and waits for what is still being answered."""
        self._watch.is_stopping = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        body = bodies.Body(receive)
        try:
            if _segments(scope) == [CONTROL, STREAM]:
                await self._show(scope, body, receive, send)
                return
            reply, is_late = await self._answer(scope, body)
        except Refusal as refusal:
            reply, is_late = refusal.reply(self._state.uuid()), False
        finally:
            self._state.settle()
        # A client that still sends would meet a reset in place of the answer.
        await body.drain()
        if is_late:
            await asyncio.sleep(self._slow_seconds)
        await _send(reply, send)

    async def _show(self, scope: Scope, body: bodies.Body, receive: Receive, send: Send) -> None:
        """Show what happens, until the client goes away or the service ends."""
        account = auth.authenticate(self._state, _header(scope, b"authorization"), [CONTROL])
        if scope["method"] != "GET":
            raise Refusal(405, f"method {scope['method']} not allowed", {"Allow": "GET"})
        with self._watch.viewer(account) as told:
            await body.drain()
            headers = {"x-plivo-sandbox": "true", "cache-control": "no-store", "x-accel-buffering": "no"}
            await StreamingResponse(told, media_type="text/event-stream", headers=headers)(scope, receive, send)

    async def _answer(self, scope: Scope, body: bodies.Body) -> tuple[Reply, bool]:
        """Return the reply, and whether it shall come late. Nothing is kept of who has no credentials."""
        segments = _segments(scope)
        authenticated = auth.authenticate(self._state, _header(scope, b"authorization"), segments)
        if segments[:1] == [CONTROL]:
            content = await body.read(MOST_CONTROL_BYTES)
            return await self._control.answer(authenticated, scope["method"], segments[1:], content), False
        operation, path = self._router.find(scope["method"], segments)
        account = auth.account_of(self._state, authenticated, path, segments)
        content_type = _header(scope, b"content-type")
        content = await body.read(bodies.limit_of(content_type))
        query = scope["query_string"].decode("latin-1")
        given = await bodies.parameters_in(scope["method"], query, content_type, content)
        await self._live.strike()
        faults = magic.faults_among(_numbers_in(given, path))
        for fault in faults:
            fault.strike()
        return self._run(self._request(operation, account, path, given), operation), bool(faults)

    def _request(self, operation: Operation, account: str, path: dict[str, str], given: Json) -> Request:
        block = operation.block_for(given)
        return Request(
            self._state,
            self._catalog,
            operation.template,
            block,
            {**{name: _plain(name, value) for name, value in path.items()}, "auth_id": account},
            parameters.check(block, given, path),
            account,
            self._state.clock(),
        )

    def _run(self, request: Request, operation: Operation) -> Reply:
        route = (operation.method, operation.template)
        handle: Callable[[Request], Reply] = self._handlers.get(route, resources.answer)
        url = request.parameters.get("callback_url")
        if not url or route in EVENT_CALLBACKS:
            return handle(request)
        api_id = self._state.uuid()
        try:
            reply = handle(request)
        except Refusal as refusal:
            reply = refusal.reply(api_id)
        self._live.tell_result(request, api_id, reply)
        return Reply(202, {"api_id": api_id, "message": "async api spawned"})


def _numbers_in(given: Json, path: dict[str, str]) -> Iterable[str]:
    for name in _DESTINATIONS:
        if isinstance(joined := given.get(name), str):
            yield from parameters.destinations(joined)
    yield from (value for name, value in path.items() if name in _NUMBERS)


def _plain(name: str, value: str) -> str:
    """Return a path value as it is stored: numbers as digits."""
    return cleaned(value) if name in _NUMBERS else value


def _segments(scope: Scope) -> list[str]:
    """Return the path's segments, decoded one by one: a name may hold an escaped slash."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.split(b"?")[0].decode("latin-1")
    path = path.removeprefix(scope.get("root_path", ""))
    return [unquote(segment) for segment in segments_of(path)]


def _header(scope: Scope, name: bytes) -> str:
    value: bytes = next((value for key, value in scope["headers"] if key.lower() == name), b"")
    return value.decode("latin-1")


async def _send(reply: Reply, send: Send) -> None:
    match reply.body:
        case str():
            body, content_type = reply.body.encode(), b"text/plain; charset=utf-8"
        case None:
            # Plivo says so of nothing too, and its Ruby SDK relies on it.
            body, content_type = b"", b"application/json"
        case _:
            body, content_type = json_text.render(reply.body), b"application/json"
    headers = [(b"x-plivo-sandbox", b"true"), (b"content-type", content_type)]
    if reply.status != NO_CONTENT.status:
        headers.append((b"content-length", str(len(body)).encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
