"""What the sandbox does towards the outside on behalf of a message or call: waits, requests, and a record of both."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from app.protocol.signatures import Version
from app.sandbox.callbacks import Answer, Callback, CallbackError, Callbacks
from app.sandbox.engine.state import State
from app.sandbox.faults import CALLBACKS, Fault, Faults
from app.sandbox.fragments import BY_DEFAULT, Patience
from app.sandbox.timelines import Timelines
from app.sandbox.timers import Timers

MOST_TASKS = 2000
"""Messages and calls that are followed at one time; of further ones nobody hears."""

MOST_OF_REPLY = 500
"""Characters that are written down of a reply that does not say that all is well."""

MOST_WAITED = 10.0
"""Seconds for which a clock that is moved waits for receivers that are slow to answer; then it jumps."""

_TICK = 1e-6
"""Seconds by which the clock is put past a moment, so that no rounding leaves it in front."""

VOICE, MESSAGING = (Version.V3,), (Version.V2, Version.V3)
"""Signatures of requests about calls, and about messages: documented with V2, seen with V3."""


class Outside:
    """Clock, requests and timelines together.

    Args:
        state: what is remembered.
        callbacks: makes the requests.
        faults: what shall go wrong with them.
    """

    def __init__(self, state: State, callbacks: Callbacks, faults: Faults) -> None:
        self.state = state
        self.timers = Timers(state.clock, self._stirs)
        self.timelines = Timelines(state.clock)
        self.pending: dict[str, list[str]] = {}
        """Requests that wait for an answer, as method and URL, by what they are about."""
        self._callbacks = callbacks
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._followers: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        """Something began to wait for its moment, or is over."""

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Let something go on by itself, if there is room; say whether there is."""
        if len(self._followers) >= MOST_TASKS:
            return False
        task = self.begin(work())
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)
        return True

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something that belongs to what goes on already go on beside it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def finish(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something to its end, even if whoever waits for it is cancelled."""
        await asyncio.shield(self.begin(work()))

    async def stop(self) -> None:
        """End all that goes on by itself."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def advance(self, seconds: float) -> None:
        """Move the clock; what falls due on the way happens in its order, each thing when its time has come.

        What follows from it, pages that are fetched above all, falls due on the way as well. Receivers that take longer
        than MOST_WAITED, all together, are not waited for.
        """
        state, goal = self.state, self.state.ahead + seconds
        try:
            async with asyncio.timeout(MOST_WAITED):
                await self._rest()
                while (ahead := self.timers.next_due - (state.clock() - state.ahead) + _TICK) <= goal:
                    state.ahead = max(state.ahead, ahead)
                    self.timers.wake(state.clock())
                    await self._rest()
        except TimeoutError:
            pass
        state.ahead = goal
        self.timers.wake()

    async def _rest(self) -> None:
        """Wait until all that goes on waits for the clock."""
        while not self.timers.are_waiting(self._tasks):
            self._stirred.clear()
            await self._stirred.wait()

    def _stirs(self) -> None:
        self._stirred.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._stirs()

    async def ask(
        self,
        about: tuple[str, str],
        url: str,
        method: str | None,
        parameters: Mapping[str, Any],
        versions: tuple[Version, ...] = VOICE,
        patience: Patience = BY_DEFAULT,
    ) -> Answer | None:
        """Make a request and write down how it went.

        Args:
            about: the account and the uuid of the message or call.
            url: where to.
            method: GET or POST; None: POST.
            parameters: by Plivo's names; None is left out.
            versions: the signatures that it carries.
            patience: how long it waits, and when it is made again.

        Returns:
            what came back; None if nothing did.
        """
        owner, key = about
        form = {name: _written(value) for name, value in parameters.items() if value is not None}
        verb = (method or "POST").upper()
        told: dict[str, Any] = {"url": url, "method": verb, "parameters": form}
        fault = self._faults.strikes(CALLBACKS)
        if fault is not None:
            told["fault"] = {"status": fault.status, "delay": fault.delay}
        started = perf_counter()
        try:
            with self._waiting(key, f"{verb} {url}"):
                answer = await self._asked(Callback(owner, url, verb, form, versions, patience), fault)
        except CallbackError as error:
            self.timelines.note(owner, key, "request", **told, ms=_milliseconds(started), error=str(error))
            return None
        reply = {} if answer.ok or not answer.body else {"reply": answer.body.decode(errors="replace")[:MOST_OF_REPLY]}
        self.timelines.note(owner, key, "request", **told, ms=_milliseconds(started), status=answer.status, **reply)
        return answer

    @contextmanager
    def _waiting(self, key: str, request: str) -> Iterator[None]:
        waiting = self.pending.setdefault(key, [])
        waiting.append(request)
        try:
            yield
        finally:
            waiting.remove(request)
            if not waiting:
                del self.pending[key]

    async def _asked(self, callback: Callback, fault: Fault | None) -> Answer:
        if fault is not None:
            await self.timers.at(self.state.clock() + fault.delay)
            if fault.status is not None:
                return Answer(fault.status, b"", "")
        return await self._callbacks.send(callback)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _milliseconds(started: float) -> int:
    return round((perf_counter() - started) * 1000)
