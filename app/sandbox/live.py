"""What goes on by itself once a request was answered: reports of messages, and calls."""

from collections.abc import Callable
from functools import partial
from typing import Self

from app.sandbox.callbacks import Callbacks
from app.sandbox.delivery_reports import report
from app.sandbox.engine.request import Request
from app.sandbox.engine.state import State
from app.sandbox.faults import Faults
from app.sandbox.outside import Outside
from app.sandbox.products import messages


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

    def _hear(self, what: str, key: str, request: Request) -> None:
        match what:
            case "message":
                self._follow_message(key, request)

    def _follow_message(self, message_uuid: str, request: Request) -> None:
        message, url = messages.table(request).get(message_uuid), request.parameters.get("url")
        if message is not None and url:
            method = request.parameters.get("method")
            self.outside.spawn(partial(report, self.outside, message_uuid, message, url, method))
