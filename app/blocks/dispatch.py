"""The way of a request. Read this first.

Every surface prepares a call and runs it, so all of them agree::

    prepare(block, raw)  ─► Prepared     reads and checks; nothing has happened yet
      arguments            raw args       → clean values, or every problem at once
      request              clean values   → UpstreamRequest: pure data
      conditions           what this service asks of a call besides
    run(prepared)        ─► Result       a reply or an error, no HTTP in it
      sending              claims the key, waits for its turn, sends, settles
      plivo                UpstreamRequest → UpstreamReply

Some calls end sooner or go on longer: a dry run shows its request, a local block is answered here, a walk over a list
sends many requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from app import json_text
from app.answers import HeardOf
from app.blocks import Prepared, Result
from app.blocks.arguments import Arguments
from app.blocks.conditions import Condition, Conditions
from app.blocks.dry_run import show_request
from app.blocks.pagination import PageWalker, WalkLimits
from app.blocks.request import compile_request
from app.blocks.sending import Sender
from app.blocks.waiting import Waiting
from app.datatypes.formats import FORMATS, TextFormat
from app.errors import ConnectorError, UnknownBlock
from app.manifest.model import Block
from app.ratelimit.quotas import route_of

LocalBlock = Callable[[Prepared], object | Awaitable[object]]
"""Answers a block itself: a prepared call → what JSON can hold; raises ConnectorError."""


class Dispatcher:
    """Runs blocks; what can be done per block once is done when it is made.

    Args:
        blocks: the blocks by name.
        sender: sends requests.
        local: what answers the blocks that are not sent, by name.
        walks: what one walk over a list may take.
        conditions: what is asked of a call besides what its block does.
        heard_of: what hosted answers have learned of a call.
        formats: the text formats by name.
    """

    def __init__(
        self,
        blocks: Mapping[str, Block],
        sender: Sender,
        local: Mapping[str, LocalBlock],
        *,
        walks: WalkLimits,
        conditions: Conditions,
        heard_of: HeardOf,
        formats: Mapping[str, TextFormat] = FORMATS,
    ) -> None:
        self._blocks = {
            name: _CompiledBlock(
                block, Arguments(block, formats), sender, walks, _list_block(block, blocks), conditions.of(block)
            )
            for name, block in blocks.items()
        }
        self._sender = sender
        self._local = local
        self._waiting = Waiting(self, heard_of)

    def prepare(self, name: str, raw: Mapping[str, Any]) -> Prepared:
        """Read and check a call.

        Args:
            name: the block.
            raw: args as they came, credentials among them.

        Raises:
            UnknownBlock: there is no such block.
            RequiredFields: something required is missing.
            InvalidFields: values do not fit.
            NotConfigured: Plivo could not reach what is to be hosted.
        """
        return self._find(name).prepare(raw, None)

    def reader_of(self, name: str, common: Mapping[str, Any]) -> "CommonReader":
        """Return what prepares many calls that have args in common.

        Raises:
            UnknownBlock: there is no such block.
            InvalidFields: common values do not fit.
        """
        compiled = self._find(name)
        return CommonReader(compiled, compiled.arguments.read_common(common))

    async def run(self, call: Prepared) -> Result:
        """Run a prepared call."""
        try:
            return await self._run(call)
        except ConnectorError as error:
            return Result.of_error(error)

    async def call(self, name: str, raw: Mapping[str, Any]) -> Result:
        """Prepare a call and run it."""
        try:
            return await self._run(self.prepare(name, raw))
        except ConnectorError as error:
            return Result.of_error(error)

    async def _run(self, call: Prepared) -> Result:
        if call.block.local:
            if call.args.dry_run and not call.block.is_read_only:
                return Result(json_text.render({"dryRun": True, "args": call.args.values}))
            answer = self._local[call.block.name](call)
            return Result(json_text.render(await answer if isinstance(answer, Awaitable) else answer))
        if call.args.dry_run:
            return Result(json_text.render(show_request(call, self._sender.url_of(call.request))))
        walker = self._blocks[call.block.name].walker
        if walker is not None and call.args.walk is not None:
            return await walker.walk(call)
        deadline = asyncio.get_running_loop().time() + self._sender.timeout
        result = Result.of_reply(await self._sender.send(call, deadline=deadline))
        if "waitSeconds" in call.args.values:
            return await self._waiting.wait(call, result)
        return result

    def _find(self, name: str) -> "_CompiledBlock":
        try:
            return self._blocks[name]
        except KeyError:
            raise UnknownBlock.among(name, self._blocks) from None


class _CompiledBlock:
    """What can be done per block once, done."""

    def __init__(
        self,
        block: Block,
        arguments: Arguments,
        sender: Sender,
        walks: WalkLimits,
        look_in: str | None,
        conditions: Sequence[Condition],
    ) -> None:
        self.arguments = arguments
        self._block = block
        self._build_request = compile_request(block)
        self._route = route_of(block)
        self._look_in = look_in
        self._conditions = conditions
        self.walker = PageWalker(block, block.listing, self._build_request, sender, walks) if block.listing else None

    def prepare(self, raw: Mapping[str, Any], common: Mapping[str, Any] | None, *, suggests: bool = True) -> Prepared:
        args = self.arguments.read(raw, common, suggests=suggests)
        if args.walk is not None and self.walker is not None:
            self.walker.begin(args)  # which refuses what cannot be walked; the walk itself comes with the run
        call = Prepared(self._block, args, self._build_request(args), self._route, self._look_in)
        for check in self._conditions:
            check(call)
        return call


class CommonReader:
    """Prepares many calls of one block that have args in common, which are read once."""

    def __init__(self, block: _CompiledBlock, common: Mapping[str, Any]) -> None:
        self._block = block
        self._common = common

    def prepare(self, raw: Mapping[str, Any], *, suggests: bool) -> Prepared:
        """Read and check one of them; see :meth:`Dispatcher.prepare`.

        Args:
            raw: its own args.
            suggests: say for unknown names which known ones are nearest; looking them up takes time.
        """
        return self._block.prepare(raw, self._common, suggests=suggests)


def _list_block(block: Block, blocks: Mapping[str, Block]) -> str | None:
    """Name the list block that shows what this block did: the one with the longest path above it."""
    above = [
        other
        for other in blocks.values()
        if other.listing and not other.request.fixed and block.request.path.startswith(other.request.path)
    ]
    return max(above, key=lambda other: len(other.request.path)).name if above else None
