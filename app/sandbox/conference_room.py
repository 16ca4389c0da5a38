"""Conferences that pages open: who is in one waits until they leave, and the element's URLs hear of it."""

from functools import partial

from app.protocol.xml.document import Element
from app.sandbox.engine.notation import in_camel_case
from app.sandbox.engine.replies import Json
from app.sandbox.line import DTMF, Jump, Line
from app.sandbox.page import follow, seconds
from app.sandbox.products import conference_life
from app.sandbox.products.conference_life import LONGEST, Conference, Member
from app.sandbox.products.recordings import Recording, measures, transcribed

LONGEST_NAME = 255
"""Characters of a conference's name."""

LONGEST_MATCH = 24
"""Keys that are remembered to find a match among them: as many as Plivo takes."""

MOST_MEMBERS = 200
"""Members of a conference, unless ``maxMembers`` says otherwise (Plivo's default and limit)."""


async def conference(line: Line, element: Element) -> Jump | None:
    """Let a call into a conference, and wait until it leaves."""
    given, name = element.attributes, element.text.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        line.note("refused", reason=f"a conference needs a name of {LONGEST_NAME} characters at most")
        return None
    longest, most = seconds(element, "timeLimit", LONGEST), seconds(element, "maxMembers", MOST_MEMBERS)
    joined = conference_life.join(line.acting(), name, line.call_uuid, line.call, longest=longest, most=most)
    if joined is None:
        line.note("refused", reason=f"the conference {name} is full")
        return None
    room, member = joined
    member.muted = given.get("muted") == "true"
    line.call.conference_uuid = room.uuid
    line.note("joined", conference_uuid=room.uuid, member_id=member.member_id)
    visit = _Visit(line, element, room, member)
    line.at_end.append(visit.leave)
    await visit.enter()
    await visit.stay()
    if not line.is_in_progress:
        return None
    line.at_end.remove(visit.leave)
    await line.outside.finish(visit.leave)
    return await follow(line, element, visit.told())


class _Visit:
    """One call in a conference."""

    def __init__(self, line: Line, element: Element, room: Conference, member: Member) -> None:
        self._line = line
        self._given = element.attributes
        self._room = room
        self._member = member
        self._recorded: Json = {}
        self._told: Json = {
            "ConferenceName": room.name,
            "ConferenceUUID": room.uuid,
            "ConferenceMemberID": member.member_id,
        }

    def told(self) -> Json:
        """Return what the element's action hears."""
        return {**self._told, **self._recorded}

    async def enter(self) -> None:
        """Tell that the call is in; begin to record, if the page says so and nobody has begun."""
        line, room = self._line, self._room
        if self._given.get("record") == "true" and not room.recording_id:
            request = line.acting(file_format=self._given.get("recordFileFormat"))
            room.recording_id, recording = conference_life.record(request, room, self._member)
            self._recorded = {"RecordUrl": recording.url, "RecordingID": room.recording_id}
            line.outside.spawn(partial(self._tell_recording, recording))
        await self._tell("enter")

    async def stay(self) -> None:
        """Wait until the call leaves; who hears of keys and of speech, hears of them."""
        line, keys = self._line, ""
        while (heard := await line.heard(lambda: self._room.leaves(self._member))) is not None:
            kind, text = heard
            if kind != DTMF:
                if self._given.get("floorEvent") == "true" and not self._member.muted:
                    await self._tell("floor")
                continue
            if text == "*" and self._given.get("hangupOnStar") == "true":
                line.hang_up(source="Callee" if line.call.direction == "outbound" else "Caller")
                return
            keys = (keys + text)[-LONGEST_MATCH:]
            for match in filter(None, self._given.get("digitsMatch", "").split(",")):
                if keys.endswith(match.strip()):
                    await self._tell("digits", ConferenceDigitsMatch=match.strip())

    async def leave(self) -> None:
        """Tell that the call has left; whoever ends the conference ends it."""
        room, request = self._room, self._line.acting()
        conference_life.leave(request, room, self._member)
        if self._given.get("endConferenceOnExit") == "true":
            for member in room.present(request.now):
                if member.call is not None:
                    conference_life.leave(request, room, member)
        await self._tell("exit")

    async def _tell(self, action: str, **more: object) -> None:
        if url := self._given.get("callbackUrl"):
            told = {**self._told, **more, "CallUUID": self._line.call_uuid, "ConferenceAction": action}
            await self._line.tell(url, self._given.get("callbackMethod"), told)

    async def _tell_recording(self, recording: Recording) -> None:
        await self._line.outside.timers.until(lambda: recording.ends)
        await self._tell("record", **self._recorded, **in_camel_case(measures(recording)))
        if (url := self._given.get("transcriptionUrl")) and self._given.get("transcriptionType"):
            text = transcribed(self._room.recording_id, recording)
            await self._line.inform(url, self._given.get("transcriptionMethod"), text)
