"""Dial: second legs to other numbers, each a call of its own; the first who takes it talks to the caller."""

import math

from app.protocol.xml.document import Element
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Json
from app.sandbox.line import DTMF, Bridge, Jump, Line
from app.sandbox.page import follow, seconds
from app.sandbox.products import call_table
from app.sandbox.products.call_life import Call, CallState, place

TALKS_FOR = 5.0
"""Seconds after which who was dialled hangs up."""

MOST_LEGS = 50
"""Numbers that are rung together; further ones are not."""

_RINGS_FOR = 120
"""Seconds that Plivo rings, unless ``timeout`` says otherwise."""

_LONGEST = 14400
"""Seconds that Plivo lets them talk, unless ``timeLimit`` says otherwise."""

_LONGEST_MATCH = 24
"""Keys that are remembered to find a match among them: as many as Plivo takes."""

_STATUSES = {
    CallState.COMPLETED: "completed",
    CallState.BUSY: "busy",
    CallState.NO_ANSWER: "no-answer",
    CallState.CANCELLED: "timeout",
}
"""State of the leg that was left → DialStatus; any other has failed."""

_Leg = tuple[str, Call]


async def dial(line: Line, element: Element) -> Jump | None:
    """Ring all numbers together, join the first who answers with the caller, and tell how it went."""
    dialling = _Dialling(line, element)
    line.at_end.append(dialling.end)
    taken = await dialling.ring()
    if taken is not None:
        await dialling.talk()
    if not line.is_in_progress:
        return None
    line.at_end.remove(dialling.end)
    await line.outside.finish(dialling.end)
    return await follow(line, element, dialling.result())


class _Dialling:
    """One Dial, from its first ring until nobody is left.

    Args:
        line: the caller's.
        element: what the page says.
    """

    def __init__(self, line: Line, element: Element) -> None:
        self._line = line
        self._element = element
        self._taken: _Leg | None = None
        self._legs = [self._place(child) for child in element.children[:MOST_LEGS]]

    def _place(self, child: Element) -> _Leg:
        line = self._line
        caller = self._element.attributes.get("callerId") or line.call.from_number
        target = child.text.strip() if child.name == "User" else cleaned(child.text.strip())
        leg = place(line.call.owner, caller, target, line.now, {"parent_call_uuid": line.call_uuid}, TALKS_FOR)
        call_uuid = call_table.add(line.acting(), leg)
        line.note("leg", call_uuid=call_uuid, to=target)
        line.acting().announce("call", call_uuid)
        return call_uuid, leg

    async def ring(self) -> _Leg | None:
        """Wait until somebody takes the call, and hang up on the others; return who took it."""
        line = self._line
        gives_up = line.now + seconds(self._element, "timeout", _RINGS_FOR)
        await line.outside.timers.until(lambda: min(gives_up, self._decided()))
        # Who took it may have hung up again by now, where the clock was moved.
        answered = [(leg.answered, uuid, leg) for uuid, leg in self._legs if leg.answered is not None]
        first = min(answered, key=lambda each: each[0], default=None)
        if first is not None and first[0] <= min(line.now, gives_up):
            self._taken = first[1:]
        for call_uuid, leg in self._legs:
            if (call_uuid, leg) != self._taken:
                self._hang_up(call_uuid, leg, 9000, "Lost Race" if self._taken else "Ring Timeout")
        return self._taken

    def _decided(self) -> float:
        """Return when it is known how the ringing goes on: somebody answers, or nobody is left who could."""
        answered = min((leg.answered for _, leg in self._legs if leg.answered is not None), default=math.inf)
        return min(answered, max((leg.ending.at for _, leg in self._legs), default=0.0))

    async def talk(self) -> None:
        """Let both talk until one of them hangs up or is sent elsewhere, or the time is over."""
        if self._taken is None:
            return
        line, given, (call_uuid, leg) = self._line, self._element.attributes, self._taken
        line.note("joined", call_uuid=call_uuid)
        line.bridge = bridge = Bridge(call_uuid)
        await self._tell("answer", DialBLegStatus="answer")
        stops = line.now + seconds(self._element, "timeLimit", _LONGEST)
        keys = ""
        while (heard := await line.heard(lambda: min(stops, leg.ending.at, bridge.left))) is not None:
            kind, text = heard
            keys = (keys + text)[-_LONGEST_MATCH:] if kind == DTMF else keys
            if text == "*" and given.get("hangupOnStar") == "true":
                return
            for match in filter(None, map(str.strip, given.get("digitsMatch", "").split(","))):
                if kind == DTMF and keys.endswith(match):
                    await self._tell("digits", DialDigitsMatch=match, DialDigitsPressedBy="ALeg")
        if line.now >= stops and bridge.left > line.now:
            self._hang_up(call_uuid, leg, 6000, "Scheduled Hangup")

    async def end(self) -> None:
        """Hang up on whoever is left, and tell how the talk ended."""
        bridge, self._line.bridge = self._line.bridge, None
        for call_uuid, leg in self._legs:
            if bridge is None or bridge.call_uuid != call_uuid or math.isinf(bridge.left):
                self._hang_up(call_uuid, leg, 4000, "Normal Hangup", "Caller")
        if self._taken is None:
            return
        _, leg = self._taken
        if not leg.is_over(self._line.now):  # it was sent elsewhere
            return
        ended: Json = {
            "DialBLegDuration": leg.seconds(),
            "DialBLegBillDuration": leg.seconds(),
            "DialBLegHangupCauseName": leg.ending.cause,
            "DialBLegHangupCauseCode": leg.ending.code,
            "DialBLegHangupSource": leg.ending.source,
        }
        await self._tell("hangup", DialBLegStatus="hangup", **ended)

    def _hang_up(self, call_uuid: str, leg: Call, code: int, cause: str, source: str = "Plivo") -> None:
        if not leg.is_over(self._line.now):
            call_table.end(self._line.acting(), call_uuid, leg, code, cause, source)

    async def _tell(self, action: str, **more: object) -> None:
        given = self._element.attributes
        if self._taken is None or not (url := given.get("callbackUrl")):
            return
        call_uuid, leg = self._taken
        told = {
            "DialAction": action,
            "DialALegUUID": self._line.call_uuid,
            "DialBLegUUID": call_uuid,
            "DialBLegFrom": leg.from_number,
            "DialBLegTo": leg.to_number,
            **more,
        }
        await self._line.tell(url, given.get("callbackMethod"), told)

    def result(self) -> Json:
        """Return what the element's action hears."""
        taken = self._taken
        last = taken or (self._legs[-1] if self._legs else None)
        state = CallState.FAILED if last is None else last[1].state(self._line.now)
        status = "completed" if taken else _STATUSES.get(state, "failed")
        return {
            "DialStatus": status,
            "DialRingStatus": last is not None and state is not CallState.FAILED,
            "DialHangupCause": "NORMAL_CLEARING" if taken else status.upper().replace("-", "_"),
            "DialALegUUID": self._line.call_uuid,
            "DialBLegUUID": taken[0] if taken else "",
        }
