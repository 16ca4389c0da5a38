"""The way of a request. Read this first.

Every surface calls :meth:`Dispatcher.run`, so all of them agree::

    arguments   raw args         → clean values, or every problem at once
    upstream    clean values     → UpstreamRequest
    plivo       UpstreamRequest  → UpstreamReply
    envelope    reply or error   → {callback, contextWrites}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.arguments import Arguments, trimmed
from app.envelope import DEFAULT_KEY, Envelope, failure, success
from app.errors import ConnectorError, UnknownBlock
from app.manifest import Block
from app.plivo import Plivo
from app.upstream import RequestBuilder, compile_request


@dataclass(frozen=True, slots=True)
class _Compiled:
    arguments: Arguments
    build_request: RequestBuilder


class Dispatcher:
    """Runs blocks; what can be done per block once is done when it is made."""

    def __init__(self, blocks: Mapping[str, Block], plivo: Plivo) -> None:
        self._blocks = {name: _Compiled(Arguments(block), compile_request(block)) for name, block in blocks.items()}
        self._plivo = plivo

    async def run(self, name: str, raw: Mapping[str, Any]) -> Envelope:
        """Run a block with raw args (credentials among them) and answer with its envelope."""
        raw = trimmed(raw)
        key = raw.get("to")
        key = key if isinstance(key, str) and key else DEFAULT_KEY
        try:
            block = self._find(name)
            args = block.arguments.read(raw)
            request = block.build_request(args)
            reply = await self._plivo.send(request, args.credentials)
        except ConnectorError as error:
            return failure(error, key)
        return success(reply, key)

    def _find(self, name: str) -> _Compiled:
        try:
            return self._blocks[name]
        except KeyError:
            raise UnknownBlock(name, get_close_matches(name[:64], self._blocks, n=3)) from None
