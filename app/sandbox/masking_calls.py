"""Calls between the two parties of a masking session, and what the session's callback URLs hear of them."""

import math
from dataclasses import dataclass, replace

from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Record
from app.sandbox.fragments import patience_of
from app.sandbox.outside import Outside
from app.sandbox.products import call_table, masking, recordings
from app.sandbox.products.call_life import RATE, Call, place
from app.sandbox.products.recordings import Recording

TALKS_FOR = 5.0
"""Seconds after which the other party hangs up."""


@dataclass
class Talk:
    """One call of a session.

    Attributes:
        outside: clock and requests.
        request: acts for the session's account.
        session_uuid: the session's id.
        session: its record.
        call_uuid: of the call of the first party to be on the line.
        call: that call.
        caller: number of that party.
        other: number of the other one.
    """

    outside: Outside
    request: Request
    session_uuid: str
    session: Record
    call_uuid: str
    call: Call
    caller: str
    other: str

    async def go_on(self) -> None:
        """Connect both, and tell each step."""
        until, first = self.outside.timers.until, self.call
        await until(lambda: first.ending.at if first.answered is None else min(first.answered, first.ending.at))
        if first.answered is None:
            await self._ended("SessionFirstPartyHangup", first)
            return
        await self._tell("SessionFirstPartyAnswer", first.answered)
        leg_uuid, leg = self._dial()
        await until(lambda: min(leg.rings, leg.ending.at, first.ending.at))
        if leg.rings <= min(leg.ending.at, first.ending.at):
            await self._tell("SessionSecondPartyRing", leg.rings)
        await until(lambda: min(leg.answered or math.inf, leg.ending.at, first.ending.at))
        recorded = None
        if leg.answered is not None and leg.answered <= first.ending.at:
            await self._tell("SessionSecondPartyAnswer", leg.answered)
            recorded = await self._record(leg_uuid, leg)
        await until(lambda: min(leg.ending.at, first.ending.at))
        for call_uuid, call in ((leg_uuid, leg), (self.call_uuid, first)):
            if not call.is_over(self._now):
                call_table.end(self._acting(), call_uuid, call, 4000, "Normal Hangup", "Plivo")
        self._count(leg)
        if recorded is not None:
            await self._recording_over(*recorded)
        await self._ended("SessionSecondPartyHangup", leg)
        await self._ended("SessionFirstPartyHangup", first)
        await self._tell("SessionPartiesHangup", first.ending.at)

    @property
    def _now(self) -> float:
        return self.outside.state.clock()

    def _acting(self, **parameters: object) -> Request:
        return replace(self.request, now=self._now, parameters=parameters)

    def _dial(self) -> tuple[str, Call]:
        given = {"parent_call_uuid": self.call_uuid, "ring_timeout": self.session.fields.get("ring_timeout") or None}
        leg = place(self.call.owner, self._virtual, self.other, self._now, given, TALKS_FOR)
        leg_uuid = call_table.add(self._acting(), leg)
        self._acting().announce("call", leg_uuid)
        return leg_uuid, leg

    @property
    def _virtual(self) -> str:
        return str(self.session.fields["virtual_number"])

    async def _record(self, leg_uuid: str, leg: Call) -> tuple[str, Recording] | None:
        if not self.session.fields.get("record"):
            return None
        about = {
            "call_uuid": leg_uuid,
            "from_number": self.caller,
            "to_number": self.other,
            "recording_type": "normal",
        }
        request = self._acting(file_format=self.session.fields.get("record_file_format"))
        recorded = recordings.begin(request, leg.owner, leg.ending.at, about, math.inf)
        await self._tell_recording("SessionRecordingInitiated", recorded[1].started, *recorded)
        return recorded

    async def _recording_over(self, recording_id: str, recording: Recording) -> None:
        recording.ends = min(recording.ends, self._now)
        ended = {
            "RecordingDuration": recordings.measures(recording)["recording_duration"],
            "RecordingEndTime": timestamp(recording.ends, "microseconds"),
        }
        await self._tell_recording("SessionRecordingCompleted", recording.ends, recording_id, recording, **ended)

    async def _tell_recording(
        self, name: str, at: float, recording_id: str, recording: Recording, **more: object
    ) -> None:
        told = {
            "RecordingUUID": recording_id,
            "RecordingURL": recording.url,
            "RecordingResourceURL": self.request.uri("Recording", recording_id),
            "RecordingStartTime": timestamp(recording.started, "microseconds"),
            "RecordingFormat": f".{recording.file_format}",
            **more,
        }
        await self._tell(name, at, url="recording_callback_url", **told)

    async def _ended(self, name: str, call: Call) -> None:
        ending, minutes = call.ending, math.ceil(call.seconds() / 60)
        await self._tell(
            name,
            ending.at,
            Duration=call.seconds(),
            BilledDuration=minutes * 60,
            Amount=money(minutes * RATE),
            PlivoHangupCause=ending.cause,
            PlivoHangupCauseCode=ending.code,
        )

    async def _tell(self, name: str, at: float, *, url: str = "callback_url", **more: object) -> None:
        told = {"From": self.caller, "To": self.other, **more}
        await tell(self.outside, self.request, self.session_uuid, self.session, (name, at), url, told)

    def _count(self, leg: Call) -> None:
        """Note in the session that its parties have talked."""
        fields, minutes = self.session.fields, math.ceil(leg.seconds() / 60)
        fields["last_interaction_time"] = timestamp(leg.made, "microseconds")
        fields["total_call_count"] = (fields.get("total_call_count") or 0) + 1
        fields["total_call_billed_duration"] = (fields.get("total_call_billed_duration") or 0) + minutes * 60


async def tell(
    outside: Outside,
    request: Request,
    session_uuid: str,
    session: Record,
    happened: tuple[str, float],
    url_field: str,
    told: Json,
) -> None:
    """Tell one of a session's URLs, if it has it, what happened and when."""
    name, at = happened
    about = (session.owner, session_uuid)
    outside.timelines.note(*about, name)
    url = session.fields.get(url_field)
    if not url:
        return
    said = {
        "EventName": name,
        "EventTimestamp": timestamp(at, "microseconds"),
        "SessionUUID": session_uuid,
        "VirtualNumber": session.fields["virtual_number"],
        "SequenceNumber": masking.next_number(request, session_uuid, session.owner),
        **told,
    }
    method = session.fields.get(url_field.removesuffix("url") + "method")
    await outside.ask(about, url, method, said, patience=patience_of(url))


async def follow(outside: Outside, session_uuid: str, request: Request) -> None:
    """Call the first party of a new session if it says so, and tell when the session is over."""
    session = masking.table(request).get(session_uuid)
    if session is None:
        return
    fields = session.fields
    if fields.get("initiate_call_to_first_party") and fields["first_party"]:
        first, virtual = fields["first_party"], fields["virtual_number"]
        asked = replace(request, parameters={})
        call = place(session.owner, virtual, first, outside.state.clock(), {}, masking.STAYS)
        call_uuid = call_table.add(asked, call)
        asked.announce("call", call_uuid)
        talk = Talk(outside, asked, session_uuid, session, call_uuid, call, first, fields["second_party"])
        outside.spawn(talk.go_on)
    await expire(outside, session_uuid, request)


async def expire(outside: Outside, session_uuid: str, request: Request) -> None:
    """Tell when a session is over, if anybody hears of it."""
    session = masking.table(request).get(session_uuid)
    if session is None or not session.fields.get("callback_url"):
        return

    def ends() -> float:
        is_there = request.state.rows(masking.PLACE).get(session_uuid) is session
        return (session.since or 0.0) if is_there else 0.0

    await outside.timers.until(ends)
    if ends():
        await tell(outside, request, session_uuid, session, ("SessionTimeout", ends()), "callback_url", {})


async def connect(outside: Outside, call_uuid: str, request: Request) -> None:
    """Connect a call that came in to a session's number with the other party.

    Args:
        outside: clock and requests.
        call_uuid: the call's id.
        request: acts for whoever has the session; its path names that.
    """
    call, session_uuid = call_table.table(request).get(call_uuid), request.path["session_uuid"]
    session = masking.table(request).get(session_uuid)
    if call is None or session is None:
        return
    parties = [session.fields[name] for name in masking.PARTIES]
    other = next(party for party in parties if party != call.from_number)
    asked = replace(request, parameters={})
    await Talk(outside, asked, session_uuid, session, call_uuid, call, call.from_number, other).go_on()
