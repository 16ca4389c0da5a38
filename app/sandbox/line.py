"""A call while it lasts: rings, is answered, does what its pages say, and ends; its URLs hear of each."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from app.sandbox.callbacks import Answer
from app.sandbox.data import magic
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.engine.request import Request
from app.sandbox.fragments import patience_of
from app.sandbox.outside import Outside
from app.sandbox.products import call_table
from app.sandbox.products.call_life import Call, CallState
from app.sandbox.products.call_records import ended

MOST_KEYS = 100
"""Keys and utterances that are kept until somebody asks for them."""

DTMF, SPEECH = "dtmf", "speech"


@dataclass(frozen=True)
class Jump:
    """Where a call goes on.

    Attributes:
        url: the page's address.
        method: GET or POST; None: POST.
        kind: how the address was named: ``Answer``, ``Action``, ``Transfer`` or ``Redirect``.
        parameters: what the request says beside what all of them say.
    """

    url: str
    method: str | None
    kind: str
    parameters: Json


@dataclass
class Bridge:
    """The other call that a call talks to, by Dial.

    Attributes:
        call_uuid: the other call's.
        left: when that one was sent elsewhere; infinity for not yet.
    """

    call_uuid: str
    left: float = math.inf


Work = Callable[[], Coroutine[Any, Any, None]]
"""What a call does once it was answered: what its pages say, say."""


class Line:
    """One call and who is on it.

    Args:
        outside: clock, requests and timelines.
        request: the one that the call came from; its parameters name the call's URLs.
        call_uuid: the call's id.
        call: the record.
    """

    def __init__(self, outside: Outside, request: Request, call_uuid: str, call: Call) -> None:
        self.outside = outside
        self.call_uuid = call_uuid
        self.call = call
        self.awaited = ""
        """What the page waits for now: ``dtmf``, ``speech`` or both; empty: for nothing."""
        self.bridge: Bridge | None = None
        self.at_end: list[Callable[[], Awaitable[None]]] = []
        """What is still to be done when the call ends."""
        self._request = request
        self._inputs: deque[tuple[str, str]] = deque(maxlen=MOST_KEYS)
        self._turn = asyncio.Lock()
        self._playing: asyncio.Task[None] | None = None

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.outside.state.clock()

    def acting(self, **parameters: Any) -> Request:
        """Return a request of the call's account made now, with these parameters."""
        return replace(self._request, now=self.now, parameters=parameters)

    def note(self, step: str, **details: Any) -> None:
        """Write a step into the timeline."""
        self.outside.timelines.note(self.call.owner, self.call_uuid, step, **details)

    async def ask(self, url: str, method: str | None, parameters: Json) -> Answer | None:
        """Make a request about the call; return what came back, None if nothing did."""
        is_outbound = self.call.direction == "outbound"
        first_leg = (self.call.parent or self.call_uuid) if is_outbound else None
        told = {
            "CallUUID": self.call_uuid,
            "From": self.call.from_number,
            "To": self.call.to_number,
            "Direction": self.call.direction,
            "CallStatus": str(self.call.state(self.now)),
            "RequestUUID": self.call_uuid if is_outbound else None,
            "ALegUUID": first_leg,
            "ALegRequestUUID": first_leg,
            "CallerName": self.call.caller_name or None,
            "SessionStart": timestamp(self.call.made, "microseconds").removesuffix("+00:00"),
            "Machine": "true" if self.call.answered_by == "machine" else None,
            **parameters,
        }
        return await self.inform(url, method, told)

    async def inform(self, url: str, method: str | None, told: Json) -> Answer | None:
        """Make a request that says this and nothing else of the call; return what came back, None if nothing did."""
        return await self.outside.ask((self.call.owner, self.call_uuid), url, method, told, patience=patience_of(url))

    async def tell(self, url: str, method: str | None, told: Json) -> None:
        """Make such a request after those before it, and to its end, even if the call leaves what it is doing."""

        async def in_turn() -> None:
            async with self._turn:
                await self.inform(url, method, told)

        await self.outside.finish(in_turn)

    # What others do to it

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        if keys:
            self.note("pressed", digits=keys)
        self._inputs.extend((DTMF, key) for key in keys)
        self.outside.timers.wake()

    def say(self, text: str) -> None:
        """Say something."""
        self.note("said", text=text)
        self._inputs.append((SPEECH, text))
        self.outside.timers.wake()

    def pick_up(self) -> None:
        """Take the call."""
        self.call.answer(self.now)
        self.outside.timers.wake()

    async def found_machine(self) -> None:
        """Let an answering machine be on the line."""
        self.call.answered_by = "machine"
        self.note("machine")
        if not self.is_in_progress:
            self.pick_up()
        url, wish = self._parameter("machine_detection_url"), self._parameter("machine_detection")
        if url:
            told = {"Event": "MachineDetection", "IfMachine": "hangup" if wish == "hangup" else "continue"}
            await self.ask(url, self._parameter("machine_detection_method"), told)
        if wish == "hangup":
            self.hang_up(9100, "Machine Detected", "Plivo")

    def hang_up(self, code: int = 4000, cause: str = "Normal Hangup", source: str = "Callee") -> None:
        """End the call."""
        if not self.call.is_over(self.now):
            call_table.end(self.acting(), self.call_uuid, self.call, code, cause, source)
            self.outside.timers.wake()

    def go_on(self, work: Work) -> None:
        """Leave what the call is doing and do something else."""
        self._playing = self.outside.begin(self._go_on(self._playing, work))

    async def _go_on(self, before: asyncio.Task[None] | None, work: Work) -> None:
        await self._leave(before)
        await work()

    async def _leave(self, playing: asyncio.Task[None] | None) -> None:
        """End what the call is doing, and do what is to be done then."""
        if playing is not None:
            playing.cancel()
            (outcome,) = await asyncio.gather(playing, return_exceptions=True)
            if isinstance(outcome, Exception):
                self.note("failed", reason=type(outcome).__name__)
        works, self.at_end = self.at_end, []
        for work in works:
            await work()

    @property
    def is_in_progress(self) -> bool:
        """Whether somebody has taken the call and nobody has hung up."""
        return self.call.state(self.now) is CallState.IN_PROGRESS

    # What it does

    async def live(self, work: Work | None) -> None:
        """Go through the call's life; once it was answered it does its work, if it has any."""
        call, timers = self.call, self.outside.timers
        try:
            await timers.until(lambda: min(call.rings, call.ending.at))
            await self._ring()
            await timers.until(lambda: call.ending.at if call.answered is None else min(call.answered, call.ending.at))
            # The clock may have been moved past the end.
            if call.answered is not None and call.answered <= self.now:
                self.note("answered")
                if self._parameter("machine_detection"):
                    call.answered_by = call.answered_by or "human"
            if self.is_in_progress:
                self.press(magic.PRESSED.get(call.to_number, ""))
                if work is not None:
                    self.go_on(work)
            await timers.until(lambda: call.ending.at)
        except asyncio.CancelledError:
            if self._playing is not None:
                self._playing.cancel()
            raise
        await self._leave(self._playing)
        await self._tell_end()

    async def input(self, kinds: str, *, patience: float, gap: float, most: int, finish: str) -> tuple[str, str]:
        """Wait for keys or words.

        Args:
            kinds: ``dtmf``, ``speech`` or both.
            patience: seconds until the first one.
            gap: seconds between two keys.
            most: keys that are taken.
            finish: keys that end it and are not part of it.

        Returns:
            the kind, and what came; nothing when the time was over.
        """
        deadline, keys = self.now + patience, ""
        if not self._inputs:
            self.note("waiting", kind=kinds, seconds=patience)
        while len(keys) < most and (heard := await self.heard(lambda: deadline, kinds)) is not None:  # noqa: B023 - as it is by then
            kind, text = heard
            if kind not in kinds:
                self.note("not asked for", kind=kind)
            elif kind == SPEECH:
                return SPEECH, text
            elif text in finish:
                break
            else:
                keys, deadline = keys + text, self.now + gap
        return DTMF, keys

    async def heard(self, until: Callable[[], float], kinds: str = "") -> tuple[str, str] | None:
        """Wait for the next key or words.

        Args:
            until: when it is too late, seconds since 1970.
            kinds: what is asked for: ``dtmf``, ``speech`` or both; empty: nothing, but it is heard.

        Returns:
            the kind, and what came; None when it was too late.
        """
        self.awaited = kinds
        try:
            await self.outside.timers.until(lambda: 0.0 if self._inputs else until())
        finally:
            self.awaited = ""
        return self._inputs.popleft() if self._inputs else None

    async def fallback(self) -> Answer | None:
        """Fetch the page that is there for when the first one fails."""
        url = self._parameter("fallback_url")
        return await self.ask(url, self._parameter("fallback_method"), {"Event": "StartApp"}) if url else None

    def answer(self) -> Jump | None:
        """Return where the first page is; None where there is none."""
        url = self._parameter("answer_url")
        return Jump(url, self._parameter("answer_method"), "Answer", {"Event": "StartApp"}) if url else None

    async def _ring(self) -> None:
        # The clock may have been moved past it.
        if self.now >= self.call.rings and self.call.state(self.call.rings) is CallState.RINGING:
            self.note("ringing")
            if url := self._parameter("ring_url"):
                await self.ask(url, self._parameter("ring_method"), {"Event": "Ring", "CallStatus": "ringing"})

    async def _tell_end(self) -> None:
        call, ending = self.call, self.call.ending
        self.note("ended", state=str(ending.state), cause=ending.cause, source=ending.source)
        url = self._parameter("hangup_url")
        if not url:
            return
        told = {"Event": "Hangup", **ended(call)}
        await self.ask(url, self._parameter("hangup_method"), told)

    def _parameter(self, name: str) -> str:
        return str(self._request.parameters.get(name) or "")
