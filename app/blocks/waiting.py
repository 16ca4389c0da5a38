"""Waiting for what becomes of a message or a call: ``waitSeconds``.

Plivo answers at once that it has taken a request; what came of it is in a record that appears, or changes, later. It is
asked for every few seconds until it is final or the time is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from app import json_text
from app.answers import HeardOf
from app.blocks import Prepared, Result
from app.outcomes.states import PENDING, end_of_call, end_of_message, uuids_in

INTERVAL = 2.0
"""Seconds between two questions."""

MOST_WATCHED = 10
"""Messages or calls of one request that are waited for."""


class Caller(Protocol):
    """Runs a block (see :class:`app.blocks.dispatch.Dispatcher`)."""

    async def call(self, name: str, raw: Mapping[str, Any]) -> Result:
        """Prepare a call of a block and run it."""


class Waiting:
    """Waits until outcomes are known.

    Args:
        caller: asks for records.
        heard_of: what hosted answers have learned of a call.
        interval: seconds between two questions.
    """

    def __init__(self, caller: Caller, heard_of: HeardOf, *, interval: float = INTERVAL) -> None:
        self._caller = caller
        self._heard_of = heard_of
        self._interval = interval

    async def wait(self, call: Prepared, result: Result) -> Result:
        """Return a result with ``outcome`` beside Plivo's own keys (and ``outcomes`` where there are several).

        Args:
            call: what was sent; it says how long to wait.
            result: Plivo's reply to it.
        """
        reply = json_text.parse(result.content)
        if not isinstance(reply, dict):
            return result
        is_call = "request_uuid" in reply
        watched = uuids_in(reply, is_call=is_call)[:MOST_WATCHED]
        if not watched:
            return result
        ends = asyncio.get_running_loop().time() + call.args.values["waitSeconds"]
        ask = self._ask_for_call if is_call else self._ask_for_message
        outcomes = await asyncio.gather(*(self._until_final(ask, call, one, ends) for one in watched))
        more: dict[str, Any] = {"outcome": outcomes[0]}
        if len(outcomes) > 1:
            more["outcomes"] = outcomes
        # Plivo's own keys stay as they came.
        result.content = result.content.rstrip()[:-1] + b"," + json_text.render(more)[1:]
        return result

    async def _until_final(
        self,
        ask: Callable[[Prepared, str], Awaitable[dict[str, Any]]],
        call: Prepared,
        one: str,
        ends: float,
    ) -> dict[str, Any]:
        now = asyncio.get_running_loop().time
        while True:
            outcome = await ask(call, one)
            if outcome["state"] != PENDING or now() + self._interval > ends:
                return outcome
            await asyncio.sleep(self._interval)

    async def _ask_for_message(self, call: Prepared, one: str) -> dict[str, Any]:
        record = await self._record(call, "getSingleMessage", {"messageUuid": one})
        return end_of_message(record) or {"state": PENDING}

    async def _ask_for_call(self, call: Prepared, one: str) -> dict[str, Any]:
        record = await self._record(call, "getSingleCallDetails", {"callUuid": one})
        heard = {name: value for name, value in (await self._heard_of(one)).items() if value}
        return {**(end_of_call(record) or {"state": PENDING}), **heard}

    async def _record(self, call: Prepared, block: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record as it is now; an empty one where there is none yet, or it cannot be had."""
        found = await self._caller.call(block, {**call.args.credentials.as_args(), **args})
        record = {} if found.error is not None else json_text.parse(found.content)
        return record if isinstance(record, dict) else {}
