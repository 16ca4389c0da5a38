"""The way of a request. Read this first.

Every surface calls :meth:`Dispatcher.run`, so all of them agree::

    arguments   raw args         → clean values, or every problem at once
    upstream    clean values     → UpstreamRequest
    plivo       UpstreamRequest  → UpstreamReply
    envelope    reply or error   → {callback, contextWrites}

Two steps are for some blocks only: ``fetch`` gets files that were named by URL, ``pages`` walks a list.
"""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from app import json_text
from app.arguments import Arguments, trimmed
from app.envelope import DEFAULT_KEY, Envelope, failure, success
from app.errors import ConnectorError, UnknownBlock
from app.fetch import FileFetcher, fetch_files
from app.manifest import Block
from app.pages import PageWalker
from app.plivo import Plivo
from app.preview import count_messages, dry_run
from app.replies import UpstreamReply
from app.upstream import compile_request


class Dispatcher:
    """Runs blocks; what can be done per block once is done when it is made."""

    def __init__(self, blocks: Mapping[str, Block], plivo: Plivo, files: FileFetcher) -> None:
        self._blocks = {name: _CompiledBlock(block, plivo, files) for name, block in blocks.items()}

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
        self._find(name).check(trimmed(raw))

    def _find(self, name: str) -> "_CompiledBlock":
        try:
            return self._blocks[name]
        except KeyError:
            raise UnknownBlock(name, get_close_matches(name[:64], self._blocks, n=3)) from None


class _CompiledBlock:
    def __init__(self, block: Block, plivo: Plivo, files: FileFetcher) -> None:
        self._block = block
        self._arguments = Arguments(block)
        self._build_request = compile_request(block)
        self._file_args = [arg.name for arg in block.args if arg.type == "File"]
        self._walker = PageWalker(block, block.listing, self._build_request, plivo) if block.listing else None
        self._plivo = plivo
        self._files = files

    def check(self, raw: Mapping[str, Any]) -> None:
        self._arguments.read(raw)

    async def run(self, raw: Mapping[str, Any]) -> UpstreamReply:
        args = self._arguments.read(raw)
        if self._file_args:
            args = replace(args, values=await fetch_files(self._files, args.values, self._file_args))
        request = self._build_request(args)
        if self._block.local:
            return _local_reply(count_messages(self._block, args))
        if args.dry_run:
            return _local_reply(dry_run(self._block, args, request, self._plivo.url_of(request)))
        if self._walker and args.walk:
            return await self._walker.walk(args)
        return await self._plivo.send(request, args.credentials)


def _local_reply(content: object) -> UpstreamReply:
    return UpstreamReply(status=200, body=json_text.render(content), api_id=None, tries=0)
