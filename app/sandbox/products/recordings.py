"""Recordings of calls and conferences: started by those, listed once they have ended, and transcribed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.sandbox.data.traits import TRANSCRIPT
from app.sandbox.engine import listing, resources
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import NO_CONTENT, Json, Reply, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Table

DEFAULT_LIMIT = 60
"""Seconds that are recorded when no time_limit is given (Plivo's default)."""

TRANSCRIPTION_RATE = 0.0475
"""Dollars for a minute of text (Plivo's example)."""

_COLLECTION = "/v1/Account/{auth_id}/Recording/"
_TRANSCRIPTIONS = "/v1/Account/{auth_id}/Transcription/"
_ITEM = _COLLECTION + "{recording_id}/"


@dataclass
class Recording:
    """One recording; it is there from ``ends`` on.

    Attributes:
        started: seconds since 1970, as ``ends``.
        ends: when its time limit is reached, or what is recorded ends; earlier once it was stopped.
        about: fields that say what was recorded.
    """

    owner: str
    started: float
    ends: float
    file_format: str
    url: str
    about: Mapping[str, Any]


def start(request: Request, owner: str, latest_end: float, about: Mapping[str, Any]) -> Reply:
    """Begin to record and answer with the recording's id and URL."""
    limit = request.parameters.get("time_limit") or DEFAULT_LIMIT
    recording_id, recording = begin(request, owner, latest_end, about, limit)
    reply = request.answer(202, recording_id=recording_id, url=recording.url)
    if isinstance(reply.body, dict):
        told = replace(request, parameters={**request.parameters, "api_id": reply.body["api_id"]})
        told.announce("recording", recording_id)
    return reply


def begin(
    request: Request, owner: str, latest_end: float, about: Mapping[str, Any], limit: float
) -> tuple[str, Recording]:
    """Begin to record for so many seconds at most; return the recording's id, and the recording."""
    recording_id = request.state.uuid()
    url = url_of(request, owner, recording_id)
    ends = min(request.now + limit, latest_end)
    recording = Recording(owner, request.now, ends, _format(request), url, about)
    table(request).put(recording_id, recording)
    return recording_id, recording


def measures(recording: Recording) -> dict[str, int]:
    """Return from when to when a recording goes, and how long that is, as requests to customers say it."""
    milliseconds, started = round((recording.ends - recording.started) * 1000), round(recording.started * 1000)
    return {
        "recording_duration": math.ceil(milliseconds / 1000),
        "recording_duration_ms": milliseconds,
        "recording_start_ms": started,
        "recording_end_ms": started + milliseconds,
    }


def url_of(request: Request, owner: str, recording_id: str) -> str:
    """Return where a recording will lie."""
    return f"https://media.plivo.com/v1/Account/{owner}/Recording/{recording_id}.{_format(request)}"


def _format(request: Request) -> str:
    return request.parameters.get("file_format") or request.parameters.get("record_file_format") or "mp3"


def transcribed(recording_id: str, recording: Recording) -> Json:
    """Return what a transcription URL hears of a recording."""
    minutes = math.ceil((recording.ends - recording.started) / 60)
    return {
        "transcription": TRANSCRIPT,
        "transcription_charge": f"{minutes * TRANSCRIPTION_RATE:.4f}",
        "transcription_rate": f"{TRANSCRIPTION_RATE:.4f}",
        "duration": measures(recording)["recording_duration"],
        "call_uuid": recording.about.get("call_uuid"),
        "recording_id": recording_id,
    }


def seed(request: Request, recording_id: str, ended: float) -> None:
    """Put a recording of a minute into the table that ended some time ago."""
    about = {"call_uuid": request.state.uuid(), "from_number": "14155550100", "to_number": "14155550123"}
    url = url_of(request, request.account, recording_id)
    recording = Recording(
        request.account, ended - DEFAULT_LIMIT, ended, "mp3", url, {**about, "recording_type": "normal"}
    )
    table(request).put(recording_id, recording)


def end(request: Request, recording_id: str) -> None:
    """End one recording, if it is still going on."""
    recording = table(request).get(recording_id)
    if recording is not None:
        recording.ends = min(recording.ends, request.now)
        request.announce("stopped", recording_id)


def stop(request: Request, field: str, value: str, url: str | None = None) -> None:
    """End what is being recorded of a call or conference; of several recordings only the one at the URL."""
    for _, recording in table(request).newest_first():
        # What many people say is recorded on when the one whose call it names hangs up.
        is_meant = field != "call_uuid" or recording.about.get("recording_type") == "normal"
        if is_meant and recording.about.get(field) == value and url in (None, "", recording.url):
            recording.ends = min(recording.ends, request.now)
    request.announce("stopped", value)


def table(request: Request) -> Table[Recording]:
    """Return all recordings."""
    return request.table(_COLLECTION, Recording)


def _list(request: Request) -> Reply:
    ended = [row for row in request.visible(table(request)) if row[1].ends <= request.now]
    ended.sort(key=lambda row: row[1].ends, reverse=True)
    return listing.page(
        request,
        ended,
        lambda recording_id, recording: _view(request, recording_id, recording),
        at=lambda recording: recording.ends,
    )


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, request.path["recording_id"], _existing(request)))


def _delete(request: Request) -> Reply:
    _existing(request)
    table(request).drop(request.path["recording_id"])
    return NO_CONTENT


def _existing(request: Request) -> Recording:
    recording = request.find(table(request), request.path["recording_id"])
    if recording is None or recording.ends > request.now:
        raise not_found()
    return recording


def _view(request: Request, recording_id: str, recording: Recording) -> Json:
    duration = recording.ends - recording.started
    return {
        "conference_name": None,
        "conference_uuid": None,
        "from_number": None,
        "to_number": None,
        "mpc_name": None,
        "mpc_uuid": None,
        **recording.about,
        "add_time": timestamp(recording.ends, "microseconds"),
        "monthly_recording_storage_amount": 0.0008,
        "recording_duration_ms": f"{duration * 1000:.5f}",
        "recording_end_ms": f"{recording.ends * 1000:.5f}",
        "recording_format": recording.file_format,
        "recording_id": recording_id,
        "recording_start_ms": f"{recording.started * 1000:.5f}",
        "recording_storage_duration": int((request.now - recording.ends) // 86400),
        "recording_storage_rate": 0.0004,
        "recording_url": recording.url,
        "resource_uri": request.uri("Recording", recording_id),
        "rounded_recording_duration": math.ceil(duration / 60) * 60,
    }


def _transcribe(request: Request) -> Reply:
    recording_id = request.path["recording_id"]
    recording = _existing(request)
    _, record = resources.add(request, request.catalog.resources[_TRANSCRIPTIONS], recording_id)
    record.owner = recording.owner
    record.fields.update(
        recording_duration_ms=round((recording.ends - recording.started) * 1000),
        recording_start_ms=round(recording.started * 1000),
    )
    return request.answer(201)


HANDLERS: Handlers = {
    ("POST", _TRANSCRIPTIONS + "{recording_id}/"): _transcribe,
    ("GET", _COLLECTION): _list,
    ("GET", _ITEM): _get,
    ("DELETE", _ITEM): _delete,
}
