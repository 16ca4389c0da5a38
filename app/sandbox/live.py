"""What goes on by itself once a request was answered: reports of messages, and calls."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Self

from app import json_text
from app.sandbox.call_xml import play
from app.sandbox.callbacks import Callbacks
from app.sandbox.delivery_reports import report
from app.sandbox.engine.replies import Json, Refusal, Reply
from app.sandbox.engine.request import Request
from app.sandbox.engine.state import State
from app.sandbox.faults import API, Faults
from app.sandbox.line import Jump, Line
from app.sandbox.outside import Outside
from app.sandbox.products import call_table, messages

LONGEST_URL = 4096
"""Characters of a URL that is called back."""

_KEPT = ("_url", "_method", "machine_detection")
"""Ends of the parameters that a call needs while it lasts."""


class Live:
    """Follows what is announced, while it is open. Use it as an async context manager.

    Args:
        state: what is remembered.
        is_allowed: says whether an IP address may be reached; None: any may.
        own_url: where this service is reached itself.
    """

    def __init__(self, state: State, *, is_allowed: Callable[[str], bool] | None, own_url: str | None) -> None:
        self._state = state
        self._callbacks = Callbacks(state, is_allowed=is_allowed, own_url=own_url)
        self.faults = Faults(state)
        self.outside = Outside(state, self._callbacks, self.faults)
        self.lines: dict[str, Line] = {}
        """Calls that are not over, by their uuids."""

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        await self._callbacks.__aenter__()
        self._state.listener = self._hear
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all that goes on."""
        self._state.listener = None
        await self.outside.stop()
        await self._callbacks.__aexit__()

    async def restart(self) -> None:
        """End all that goes on, and the faults; forget the timelines."""
        await self.outside.stop()
        self.outside.timelines.clear()
        self.faults.by_stage.clear()

    async def strike(self) -> None:
        """Let a request to the API be late or refused, if somebody ordered that.

        Raises:
            Refusal: with the status that was ordered.
        """
        fault = self.faults.strikes(API)
        if fault is None:
            return
        await self.outside.timers.at(self._state.clock() + fault.delay)
        if fault.status is not None:
            raise Refusal(fault.status, "a fault that was ordered of the sandbox")

    def tell_result(self, request: Request, api_id: str, reply: Reply) -> None:
        """Tell the callback URL of an asynchronous request how it went."""
        body = reply.body if isinstance(reply.body, dict) else {}
        told = {
            name: value if isinstance(value, str) else json_text.render(value).decode() for name, value in body.items()
        }
        url, method = request.parameters["callback_url"], request.parameters.get("callback_method")
        self.outside.spawn(partial(self._tell, (request.account, api_id), url, method, {**told, "api_id": api_id}))

    async def _tell(self, about: tuple[str, str], url: str, method: str | None, told: Json) -> None:
        await self.outside.ask(about, url, method, told)

    def _hear(self, what: str, key: str, request: Request) -> None:
        match what:
            case "message":
                self._follow_message(key, request)
            case "call":
                self._follow_call(key, request)
            case "transfer":
                self._transfer(key, request)
            case "hangup":
                self.outside.timers.wake()

    def _follow_call(self, call_uuid: str, request: Request) -> None:
        call = call_table.table(request).get(call_uuid)
        if call is not None:
            self.lines[call_uuid] = line = Line(self.outside, _slim(request), call_uuid, call)
            line.note("begins", direction=call.direction, **{"from": call.from_number, "to": call.to_number})
            if not self.outside.spawn(partial(self._live, call_uuid, line)):
                del self.lines[call_uuid]

    async def _live(self, call_uuid: str, line: Line) -> None:
        try:
            await line.live(play)
        finally:
            self.lines.pop(call_uuid, None)

    def _transfer(self, call_uuid: str, request: Request) -> None:
        line, url = self.lines.get(call_uuid), request.parameters.get("aleg_url")
        if line is not None and url:
            line.note("transfer", url=url)
            line.go_on_at(play, Jump(url, request.parameters.get("aleg_method"), "Transfer", {}))

    def _follow_message(self, message_uuid: str, request: Request) -> None:
        message, url = messages.table(request).get(message_uuid), request.parameters.get("url")
        if message is not None and url and len(url) <= LONGEST_URL:
            method = request.parameters.get("method")
            self.outside.spawn(partial(report, self.outside, message_uuid, message, url, method))


def _slim(request: Request) -> Request:
    """Return a request without what a call does not need: it is kept as long as the call lasts."""
    kept = {
        name: value
        for name, value in request.parameters.items()
        if name.endswith(_KEPT) and isinstance(value, str) and len(value) <= LONGEST_URL
    }
    return replace(request, parameters=kept)
