"""Block calls: ``POST /api/Plivo/{block}``.

A layer in front of the framework rather than a route of it: the routing of one hot path is a prefix
and a dict, whatever the number of blocks, and errors are ours from the first byte on.
"""

from collections.abc import Container
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.blocks.dispatch import Dispatcher
from app.errors import InvalidJson, PayloadTooLarge
from app.web.body import ClientDisconnectedError, read_args, read_body
from app.web.envelope import Envelope, failure
from app.web.middleware import RequestRecord, send_envelope

PREFIX = "/api/Plivo/"


class BlockCalls:
    """Answers block calls and hands everything else on.

    Args:
        app: gets what is no block call.
        blocks: the names that exist.
        mirror: failures carry their own HTTP status instead of 200.
        max_body_bytes: largest body, in bytes.
        max_upload_bytes: largest multipart body, in bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        dispatcher: Dispatcher,
        blocks: Container[str],
        *,
        mirror: bool,
        max_body_bytes: int,
        max_upload_bytes: int,
    ) -> None:
        self._app = app
        self._dispatcher = dispatcher
        self._blocks = blocks
        self._mirror = mirror
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a block call, or hand the request on (ASGI)."""
        name = _block_name(scope)
        if not name:
            await self._app(scope, receive, send)
            return
        record: RequestRecord = scope["record"]
        record.block = name if name in self._blocks else None
        try:
            # Of a repeated header the first counts, as on all other routes.
            record.envelope = await self._answer(name, dict(reversed(scope["headers"])), receive)
        except ClientDisconnectedError:
            return
        await send_envelope(send, record.envelope, mirror=self._mirror)

    async def _answer(self, name: str, headers: dict[bytes, bytes], receive: Receive) -> Envelope:
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        try:
            body = await read_body(
                receive, content_type, max_body_bytes=self._max_body_bytes, max_upload_bytes=self._max_upload_bytes
            )
        except PayloadTooLarge as error:
            return failure(error)
        args: dict[str, Any] = {}
        try:
            args = await read_args(body, content_type)
        except InvalidJson as error:
            # An unknown block is told as such, whatever its body looks like.
            if name in self._blocks:
                return failure(error)
        key = headers.get(b"idempotency-key")
        if key is not None and args.get("idempotencyKey") in (None, ""):
            args["idempotencyKey"] = key.decode("latin-1")
        return await self._dispatcher.run(name, args)


def _block_name(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path: str = scope["path"]
    name = path.removeprefix(PREFIX)
    return name if len(name) < len(path) and "/" not in name else None
