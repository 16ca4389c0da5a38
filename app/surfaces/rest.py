"""Block calls: ``POST /api/Plivo/{block}``.

A layer in front of the framework rather than a route of it: the routing of one hot path is a prefix
and a dict, whatever the number of blocks, and errors are ours from the first byte on.
"""

from collections.abc import Container
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.blocks import Result
from app.blocks.arguments import trimmed
from app.blocks.dispatch import Dispatcher
from app.errors import ConnectorError, InvalidJson
from app.web.body import ClientDisconnectedError, SizeLimit, read_args
from app.web.envelope import DEFAULT_KEY, Envelopes, key_of
from app.web.headers import add_credentials, add_key
from app.web.middleware import note

PREFIX = "/api/Plivo/"


class BlockCalls:
    """Answers block calls and hands everything else on.

    Args:
        app: gets what is no block call.
        blocks: the names that exist.
        envelopes: answers.
        max_body: largest body.
        max_upload: largest multipart body.
        elsewhere: names that the rest of the application answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        dispatcher: Dispatcher,
        blocks: Container[str],
        envelopes: Envelopes,
        *,
        max_body: SizeLimit,
        max_upload: SizeLimit,
        elsewhere: Container[str] = (),
    ) -> None:
        self._app = app
        self._elsewhere = elsewhere
        self._dispatcher = dispatcher
        self._blocks = blocks
        self._envelopes = envelopes
        self._max_body = max_body
        self._max_upload = max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a block call, or hand the request on (ASGI)."""
        if scope["type"] == "http" and scope["path"].startswith("/api/") and scope["path"].endswith("/"):
            # A slash at the end changes nothing. A redirect would make a GET of a POST.
            scope = {**scope, "path": scope["path"].removesuffix("/")}
        name = _block_name(scope)
        if not name or name in self._elsewhere:
            await self._app(scope, receive, send)
            return
        record = scope["record"]
        record.block = name if name in self._blocks else None
        try:
            result, key = await self._run(name, scope["headers"], receive)
        except ClientDisconnectedError:
            return
        note(record, result)
        await self._envelopes.send(send, result, key)

    async def _run(self, name: str, headers: list[tuple[bytes, bytes]], receive: Receive) -> tuple[Result, str]:
        # Of a repeated one the first counts, as on all other routes.
        content_type = next((value for header, value in headers if header == b"content-type"), b"").decode("latin-1")
        args: dict[str, Any] = {}
        key = DEFAULT_KEY
        try:
            try:
                args = trimmed(await read_args(receive, content_type, body=self._max_body, upload=self._max_upload))
            except InvalidJson:
                # An unknown block is told as such, whatever its body looks like.
                if name in self._blocks:
                    raise
            key = key_of(args)
            add_credentials(args, headers)
            add_key(args, headers)
            call = self._dispatcher.prepare(name, args)
        except ConnectorError as error:
            return Result.of_error(error), key
        return await self._dispatcher.run(call), key


def _block_name(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path: str = scope["path"]
    name = path.removeprefix(PREFIX)
    return name if path.startswith(PREFIX) and "/" not in name else None
