"""What goes on by itself once a request was answered: reports of messages, and calls."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Self

from app import json_text
from app.sandbox import masking_calls, multiparty_room, recording_reports, review_reports, stream_reports
from app.sandbox.call_xml import play
from app.sandbox.callbacks import Callbacks
from app.sandbox.delivery_reports import report
from app.sandbox.engine.replies import Json, Refusal, Reply
from app.sandbox.engine.request import Request
from app.sandbox.engine.state import State
from app.sandbox.faults import API, Faults
from app.sandbox.line import Jump, Line, Work
from app.sandbox.outside import Outside
from app.sandbox.products import call_table, messages, multiparty, streams
from app.sandbox.products.multiparty_life import MultiPartyCall, Participant

LONGEST_URL = 4096
"""Characters of a URL that is called back."""

_KEPT = ("url", "method", "machine_detection", "api_id", "transcription_type", "cnam")
"""Ends of the parameters that are needed while something lasts."""

Report = Callable[[Outside, str, Request], Coroutine[Any, Any, None]]
"""Follows the record of this id, which a request made or changed, and tells the URLs that the request names."""


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
        self._multiparty: set[str] = set()
        self._followers: Mapping[str, Callable[[str, Request], None]] = {
            "call": self._follow_call,
            "heard of": self._following(masking_calls.expire),
            "masked": self._following(masking_calls.connect),
            "masking": self._following(masking_calls.follow),
            "message": self._follow_message,
            "multiparty": self._follow_multiparty,
            "participant": self._follow_participant,
            "recording": self._following(recording_reports.follow),
            "review": self._follow_review,
            "stream": self._follow_stream,
            "track": self._following(recording_reports.follow_track),
            "transfer": self._transfer,
        }

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
        self.outside.timers.wake()
        follow = self._followers.get(what)
        if follow is not None:
            follow(key, request)

    def _following(self, report: Report) -> Callable[[str, Request], None]:
        def follow(key: str, request: Request) -> None:
            self.outside.spawn(partial(report, self.outside, key, _slim(request)))

        return follow

    def _follow_call(self, call_uuid: str, request: Request) -> None:
        line = self._line(call_uuid, request)
        if line is not None and (answer := line.answer()) is not None:
            self._begin(line, partial(play, line, answer))
        elif line is not None:
            self._begin(line, None)

    def _line(self, call_uuid: str, request: Request) -> Line | None:
        call = call_table.table(request).get(call_uuid)
        return None if call is None else Line(self.outside, _slim(request), call_uuid, call)

    def _begin(self, line: Line, work: Work | None) -> None:
        call = line.call
        self.lines[line.call_uuid] = line
        line.note("begins", direction=call.direction, **{"from": call.from_number, "to": call.to_number})
        if not self.outside.spawn(partial(self._live, line, work)):
            del self.lines[line.call_uuid]

    async def _live(self, line: Line, work: Work | None) -> None:
        try:
            await line.live(work)
        finally:
            self.lines.pop(line.call_uuid, None)

    def _transfer(self, call_uuid: str, request: Request) -> None:
        line, parameters, now = self.lines.get(call_uuid), request.parameters, self._state.clock()
        if line is None:
            return
        legs = parameters.get("legs") or "aleg"
        other, parent = line.bridge, self.lines.get(line.call.parent or "")
        if legs != "aleg" and other is not None and (url := parameters.get("bleg_url")):
            other.left = now
            self._send_on(other.call_uuid, url, parameters.get("bleg_method"))
        if legs != "bleg" and (url := parameters.get("aleg_url")):
            if parent is not None and parent.bridge is not None and parent.bridge.call_uuid == call_uuid:
                parent.bridge.left = now
            self._send_on(call_uuid, url, parameters.get("aleg_method"))
        self.outside.timers.wake()

    def _send_on(self, call_uuid: str, url: str, method: str | None) -> None:
        line = self.lines.get(call_uuid)
        if line is not None:
            line.note("transfer", url=url)
            line.call.stay(self._state.clock())
            line.go_on(partial(play, line, Jump(url, method, "Transfer", {})))

    def _follow_multiparty(self, mpc_uuid: str, request: Request) -> None:
        mpc = multiparty.table(request).get(mpc_uuid)
        if mpc is not None and mpc_uuid not in self._multiparty:
            self._multiparty.add(mpc_uuid)
            if not self.outside.spawn(partial(self._recount, mpc, request.now)):
                self._multiparty.discard(mpc_uuid)

    async def _recount(self, mpc: MultiPartyCall, since: float) -> None:
        try:
            await multiparty_room.follow(self.outside, mpc, since)
        finally:
            self._multiparty.discard(mpc.uuid)

    def _follow_participant(self, key: str, request: Request) -> None:
        """Let somebody whom a request added take part: a call that was made for it, or one that leaves its page."""
        mpc_uuid, _, member_id = key.rpartition("/")
        mpc = multiparty.table(request).get(mpc_uuid)
        participant = next((each for each in mpc.participants if each.member_id == member_id), None) if mpc else None
        if mpc is None or participant is None:
            return
        if (line := self.lines.get(participant.call_uuid)) is not None:
            if line.is_in_progress:
                line.go_on(partial(_take_part, line, mpc, participant))
        elif (line := self._line(participant.call_uuid, request)) is not None:
            self._begin(line, partial(_take_part, line, mpc, participant))
        self._follow_multiparty(mpc_uuid, request)

    def _follow_message(self, message_uuid: str, request: Request) -> None:
        message, url = messages.table(request).get(message_uuid), request.parameters.get("url")
        if message is not None and url and len(url) <= LONGEST_URL:
            method = request.parameters.get("method")
            self.outside.spawn(partial(report, self.outside, message_uuid, message, url, method))

    def _follow_review(self, key: str, request: Request) -> None:
        for follow in review_reports.reports_on(request):
            self._following(follow)(key, request)

    def _follow_stream(self, stream_id: str, request: Request) -> None:
        stream = streams.table(request).get(stream_id)
        if stream is not None:
            self.outside.spawn(partial(stream_reports.follow, self.outside, stream_id, stream))


async def _take_part(line: Line, mpc: MultiPartyCall, participant: Participant) -> None:
    """Take part in a multiparty call; then the call goes on where that says, or is over."""
    jump = await multiparty_room.attend(line, mpc, participant)
    if jump is not None:
        await play(line, jump)
    else:
        line.hang_up(4020, "MPC Ended", "Plivo")


def _slim(request: Request) -> Request:
    """Return a request without what a call does not need: it is kept as long as the call lasts."""
    kept = {
        name: value
        for name, value in request.parameters.items()
        if name.endswith(_KEPT) and isinstance(value, str) and len(value) <= LONGEST_URL
    }
    return replace(request, parameters=kept)
