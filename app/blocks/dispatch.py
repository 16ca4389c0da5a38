"""The way of a request. Read this first.

Every surface calls :meth:`Dispatcher.run`, so all of them agree::

    arguments   raw args         → clean values, or every problem at once
    upstream    clean values     → UpstreamRequest
    plivo       UpstreamRequest  → UpstreamReply
    envelope    reply or error   → {callback, contextWrites}

Some requests take a step more: ``fetch`` gets files that were named by URL, ``preview`` shows a dry run,
``pages`` walks a list, ``idempotency`` sends a keyed request once. ``pace`` stands before ``plivo`` and
waits for the account's turn.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from app import json_text
from app.blocks.arguments import Arguments, trimmed
from app.blocks.dry_run import count_messages, dry_run
from app.blocks.files_by_url import FileFetcher, fetch_files
from app.blocks.pagination import PageWalker
from app.blocks.request import compile_request
from app.blocks.sending import Pacer
from app.errors import ConnectorError, UnknownBlock
from app.idempotency.guard import Once
from app.manifest.model import Block
from app.plivo import UpstreamReply
from app.plivo.client import Plivo
from app.ratelimit import Limits
from app.ratelimit.quotas import bucket_of
from app.web.envelope import DEFAULT_KEY, Envelope, failure, success


@dataclass(frozen=True, slots=True)
class Steps:
    """What blocks share on their way.

    Attributes:
        files: fetches files that were named by URL.
        plivo: sends requests.
        limits: says when it is their turn; None: at once.
        once: sends keyed requests once.
    """

    files: FileFetcher
    plivo: Plivo
    limits: Limits | None
    once: Once


class Dispatcher:
    """Runs blocks; what can be done per block once is done when it is made."""

    def __init__(self, blocks: Mapping[str, Block], steps: Steps) -> None:
        self._blocks = {
            name: _CompiledBlock(block, steps, look_in=_list_block(block, blocks)) for name, block in blocks.items()
        }

    async def run(self, name: str, raw: Mapping[str, Any]) -> Envelope:
        """Run a block with raw args (credentials among them) and answer with its envelope."""
        raw = trimmed(raw)
        key = raw.get("to")
        key = key if isinstance(key, str) and key else DEFAULT_KEY
        try:
            reply = await self._find(name).run(raw)
        except ConnectorError as error:
            return failure(error, key)
        return success(reply, key)

    def check(self, name: str, raw: Mapping[str, Any]) -> None:
        """Look at raw args without running anything.

        Raises:
            UnknownBlock: there is no such block.
            RequiredFields: something required is missing.
            InvalidFields: values do not fit.
        """
        self._find(name).arguments.read(trimmed(raw))

    def _find(self, name: str) -> "_CompiledBlock":
        try:
            return self._blocks[name]
        except KeyError:
            raise UnknownBlock(name, get_close_matches(name[:64], self._blocks, n=3)) from None


class _CompiledBlock:
    def __init__(self, block: Block, steps: Steps, *, look_in: str | None) -> None:
        self.arguments = Arguments(block)
        self._block = block
        self._steps = steps
        self._look_in = look_in
        self._build_request = compile_request(block)
        self._file_args = [arg.name for arg in block.args if arg.type == "File"]
        self._pacer = Pacer(steps.plivo, steps.limits, bucket_of(block))
        self._walker = PageWalker(block, block.listing, self._build_request, self._pacer) if block.listing else None

    async def run(self, raw: Mapping[str, Any]) -> UpstreamReply:
        args = self.arguments.read(raw)
        if self._file_args:
            args = replace(args, values=await fetch_files(self._steps.files, args.values, self._file_args))
        request = self._build_request(args)
        if self._block.local:
            return _local_reply(count_messages(self._block, args))
        if args.dry_run:
            return _local_reply(dry_run(self._block, args, request, str(self._pacer.url_of(request))))
        if self._walker and args.walk:
            return await self._walker.walk(args)
        deadline = asyncio.get_running_loop().time() + self._pacer.timeout
        if args.idempotency_key is None or self._block.is_read_only:
            return await self._pacer.send(request, args.credentials, deadline=deadline)
        return await self._steps.once.run(
            args.credentials.auth_id,
            args.credentials.auth_token,
            self._block.name,
            args.idempotency_key,
            request,
            deadline,
            lambda commit: self._pacer.send(request, args.credentials, deadline=deadline, commit=commit),
            look_in=self._look_in,
        )


def _list_block(block: Block, blocks: Mapping[str, Block]) -> str | None:
    """Name the list block that shows what this block did: the one with the longest path above it."""
    above = [
        other
        for other in blocks.values()
        if other.listing and not other.request.fixed and block.request.path.startswith(other.request.path)
    ]
    return max(above, key=lambda other: len(other.request.path)).name if above else None


def _local_reply(content: object) -> UpstreamReply:
    return UpstreamReply(status=200, body=json_text.render(content), api_id=None, tries=0)
