"""What becomes of recordings that requests begin, told to the URLs that they were begun with."""

from functools import partial

from app.sandbox.chronicle import Happening, recount
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.engine.request import Request
from app.sandbox.fragments import patience_of
from app.sandbox.outside import Outside
from app.sandbox.products import multiparty, recordings
from app.sandbox.products.multiparty_life import MultiPartyCall, Track


async def follow(outside: Outside, recording_id: str, request: Request) -> None:
    """Tell when the recording of a call or conference is over, and what was said in it."""
    recording, given = recordings.table(request).get(recording_id), request.parameters
    if recording is None:
        return
    await outside.timers.until(lambda: recording.ends)
    about = (recording.owner, str(request.path.get("call_uuid") or recording_id))
    told = {
        "api_id": given.get("api_id"),
        "record_url": recording.url,
        "recording_id": recording_id,
        **{name: request.path.get(name) for name in ("call_uuid", "conference_name")},
        **recordings.measures(recording),
    }
    if url := given.get("callback_url"):
        await outside.ask(about, url, given.get("callback_method"), told, patience=patience_of(url))
    if (url := given.get("transcription_url")) and given.get("transcription_type"):
        method, text = given.get("transcription_method"), recordings.transcribed(recording_id, recording)
        await outside.ask(about, url, method, text, patience=patience_of(url))


async def follow_track(outside: Outside, key: str, request: Request) -> None:
    """Tell how the recording of a multiparty call or a participant goes.

    Args:
        outside: clock and requests.
        key: uuid of the multiparty call and id of the recording, with a slash in between.
        request: begins to record; its parameters name who hears of it.
    """
    mpc_uuid, _, recording_id = key.partition("/")
    mpc, url = multiparty.table(request).get(mpc_uuid), request.parameters.get("recording_callback_url")
    track = next((each for each in mpc.tracks if each.recording_id == recording_id), None) if mpc else None
    if mpc is None or track is None or not url:
        return
    numbers = iter(range(1, 1_000_000))

    async def tell(happening: Happening) -> None:
        told = {**_of_track(mpc, track, happening), "SequenceNumber": next(numbers)}
        await outside.ask((mpc.owner, mpc.uuid), url, request.parameters.get("recording_callback_method"), told)

    await recount(outside, partial(_happenings, track), tell, since=track.recording.started)


def _happenings(track: Track) -> list[Happening]:
    recording = track.recording
    changes = (
        Happening(at, 1, "MPCRecordingPaused" if is_paused else "MPCRecordingResumed")
        for at, is_paused in track.changes
        if at < recording.ends
    )
    return [
        Happening(recording.started, 0, "MPCRecordingInitiated"),
        *changes,
        Happening(recording.ends, 2, "MPCRecordingCompleted"),
    ]


def _of_track(mpc: MultiPartyCall, track: Track, happening: Happening) -> Json:
    recording = track.recording
    told: Json = {
        "EventName": happening.name,
        "EventTimestamp": timestamp(happening.at, "microseconds"),
        "MPCName": mpc.name,
        "MPCUUID": mpc.uuid,
        "RecordingFormat": recording.file_format,
        "RecordingURL": recording.url,
        "RecordingUUID": track.recording_id,
        "RecordingStartTime": timestamp(recording.started, "microseconds"),
    }
    if happening.name == "MPCRecordingCompleted":
        told["RecordingDuration"] = recordings.measures(recording)["recording_duration"]
        told["RecordingEndTime"] = timestamp(recording.ends, "microseconds")
    return told
