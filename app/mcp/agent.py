"""Runs a tool call: arguments as a model wrote them → what it reads back. Knows nothing of the protocol."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from app import json_text
from app.blocks import Result
from app.blocks.arguments import trimmed
from app.blocks.dispatch import Dispatcher
from app.errors import ConnectorError, InvalidFields, NotFound, RequiredFields, UnknownBlock
from app.manifest import Manifest
from app.manifest.common_args import CREDENTIAL_NAMES
from app.manifest.model import Block
from app.manifest.search import BlockSearch
from app.mcp import Caller, Reach, is_free_reading, needs_confirmation
from app.mcp.confirm import ConfirmationError, Confirmations
from app.mcp.replies import Answer, Question, described, failure, found, preview, question, success
from app.mcp.tools import CURATED, caller_tool, curated, description, list_tools, summary

_MOST_FOUND = 50
_NO_CREDENTIAL = "is not an argument here: credentials belong to the connection, where no model sees them. Leave it out"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person answered to a question.

    Attributes:
        state: the question's.
        given: whether they agreed.
    """

    state: str
    given: bool


class Agent:
    """Runs tool calls.

    Args:
        manifest: the blocks.
        dispatcher: runs them.
        confirmations: makes sure that what costs or destroys was shown before.
    """

    def __init__(self, manifest: Manifest, dispatcher: Dispatcher, confirmations: Confirmations) -> None:
        self._blocks = manifest.blocks
        self._groups = list(manifest.groups())
        self._dispatcher = dispatcher
        self._confirmations = confirmations
        self._search = BlockSearch(manifest.blocks.values(), CURATED)
        self._curated = {block.name: block for block in curated(manifest.blocks)}
        self._running: set[asyncio.Task[Result]] = set()
        self._tools: Mapping[str, Callable[[dict[str, Any], Caller], Answer]] = {
            "search_blocks": self._search_blocks,
            "describe_block": self._describe_block,
        }

    def tools(self, reach: Reach) -> list[dict[str, Any]]:
        """Return the tools within reach, as MCP's JSON shows them."""
        return list_tools(self._blocks, reach)

    async def aclose(self) -> None:
        """Wait for what is running."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], caller: Caller, *, can_ask: bool, consent: Consent | None = None
    ) -> Answer | Question:
        """Run a tool call; whatever goes wrong is an answer that says what to do next.

        Args:
            tool: its name.
            arguments: as the model wrote them.
            caller: who calls.
            can_ask: the person can be asked, so that no token is handed to the model.
            consent: what they answered to the question of this call.
        """
        try:
            return await self._call(tool, dict(arguments), caller, can_ask=can_ask, consent=consent)
        except ConnectorError as error:
            return failure(error, None)

    async def _call(
        self, tool: str, arguments: dict[str, Any], caller: Caller, *, can_ask: bool, consent: Consent | None
    ) -> Answer | Question:
        if caller.refused is not None:
            raise caller.refused
        if tool in self._tools:
            return self._tools[tool](arguments, caller)
        confirm = arguments.pop("confirm", None)
        if tool in ("read_block", "write_block"):
            block = self._find(arguments, caller)
            args = trimmed(_object(arguments.get("args")))
            if tool == "read_block" and not is_free_reading(block):
                _refuse("name", f"{block.name} does not only read, or costs money: call it with write_block")
        elif tool in self._curated and caller.reach.holds(self._curated[tool]):
            block, args = self._curated[tool], trimmed(arguments)
        else:
            raise NotFound(_instead_of(tool, self._blocks.get(tool)))
        _check_args(args, caller)
        try:
            return await self._run(block, args, caller, confirm=confirm, can_ask=can_ask, consent=consent)
        except ConnectorError as error:
            caller.told(block.name, Result.of_error(error))
            return failure(error, block)

    async def _run(
        self,
        block: Block,
        args: dict[str, Any],
        caller: Caller,
        *,
        confirm: object,
        can_ask: bool,
        consent: Consent | None,
    ) -> Answer | Question:
        raw = {**args, **caller.credentials}
        if needs_confirmation(block) and not self._is_dry_run(block, raw):
            account = caller.credentials["authId"]
            token = consent.state if consent else confirm
            if token is None:
                return await self._preview(block, args, raw, account, can_ask=can_ask)
            if consent and not consent.given:
                _refuse("confirm", "the user does not want this. Nothing was done; do not try again unless they ask")
            try:
                key = self._confirmations.key_of(str(token), account, block.name, args)
            except ConfirmationError as error:
                _refuse(
                    "confirm", f"the token {error}. Leave it out to get a new preview, and pass back what that gives"
                )
            if args.get("idempotencyKey") in (None, ""):
                raw["idempotencyKey"] = key
        result = await self._finish(block, raw)
        caller.told(block.name, result)
        return failure(result.error, block) if result.error else success(block, result.content)

    async def _finish(self, block: Block, raw: dict[str, Any]) -> Result:
        """Run a block to its end, though the client may go away: a write in flight is not cancelled."""
        running = asyncio.create_task(self._dispatcher.call(block.name, raw))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    def _is_dry_run(self, block: Block, raw: dict[str, Any]) -> bool:
        # A key may be required; the call gets one when it is confirmed.
        key = raw.get("idempotencyKey") or "preview"
        return self._dispatcher.prepare(block.name, raw | {"idempotencyKey": key}).args.dry_run

    async def _preview(
        self, block: Block, args: dict[str, Any], raw: dict[str, Any], account: str, *, can_ask: bool
    ) -> Answer | Question:
        shown = await self._dispatcher.call(block.name, raw | {"dryRun": True})
        if shown.error:
            raise shown.error
        token = self._confirmations.issue(account, block.name, args)
        return question(block, args, shown.content, token) if can_ask else preview(block, shown.content, token)

    def _search_blocks(self, arguments: dict[str, Any], caller: Caller) -> Answer:
        query, group, limit = arguments.get("query"), arguments.get("group"), arguments.get("limit", 10)
        among = [block for block in self._blocks.values() if caller.reach.holds(block)]
        if not isinstance(query, str):
            _refuse("query", "must be plain words, such as: buy a number")
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= _MOST_FOUND:
            _refuse("limit", f"must be a whole number from 1 to {_MOST_FOUND}")
        if group not in (None, ""):
            if str(group).lower() not in {name.lower() for name in self._groups}:
                _refuse("group", f"there is no such group; the groups are {', '.join(self._groups)}")
            among = [block for block in among if block.group.lower() == str(group).lower()]
        return found([summary(block) for block in self._search.find(query, among, limit)])

    def _describe_block(self, arguments: dict[str, Any], caller: Caller) -> Answer:
        return described(description(self._find(arguments, caller)))

    def _find(self, arguments: Mapping[str, Any], caller: Caller) -> Block:
        name = arguments.get("name")
        if not isinstance(name, str) or not name:
            _refuse("name", "must be the name of a block; search_blocks finds it")
        block = self._blocks.get(name)
        among = [block for block in self._blocks.values() if caller.reach.holds(block)]
        if block is None:
            raise UnknownBlock(name, [found.name for found in self._search.nearest(name, among, 3)])
        if not caller.reach.holds(block):
            _refuse("name", f"{name} is out of reach: this connection is limited by MCP_GROUPS or MCP_READONLY")
        return block


def _check_args(args: Mapping[str, Any], caller: Caller) -> None:
    """See that credentials came with the connection, and only there."""
    given = [name for name in CREDENTIAL_NAMES if name in args]
    if given:
        raise InvalidFields(dict.fromkeys(given, _NO_CREDENTIAL))
    if not all(caller.credentials.get(name) for name in CREDENTIAL_NAMES):
        raise RequiredFields(CREDENTIAL_NAMES, {}, hint=caller.missing)


def _instead_of(tool: str, block: Block | None) -> str:
    if block is None:
        return f"There is no tool {tool[:60]!r}. search_blocks finds what you need."
    return f"{block.name} is not a tool of its own here: call it with {caller_tool(block)}, as describe_block tells."


def _refuse(field: str, reason: str) -> NoReturn:
    raise InvalidFields({field: reason})


def _object(args: object) -> dict[str, Any]:
    """Read the args of a block: an object, or its JSON, which some models write."""
    if isinstance(args, str) and args.strip():
        try:
            args = json_text.parse(args)
        except ValueError:
            _refuse("args", "must be a JSON object")
    if args in (None, ""):
        return {}
    if not isinstance(args, dict):
        _refuse("args", "must be a JSON object")
    return args
