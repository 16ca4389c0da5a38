"""Recordings of calls and conferences: started by those, listed once they have ended."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sandbox import listing
from app.sandbox.replies import NO_CONTENT, Json, Reply, not_found
from app.sandbox.request import Handlers, Request
from app.sandbox.state import Shelf, timestamp

DEFAULT_LIMIT = 60
"""Seconds that are recorded when no time_limit is given (Plivo's default)."""

_COLLECTION = "/v1/Account/{auth_id}/Recording/"
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
    recording_id = request.world.uuid()
    file_format = request.parameters.get("file_format") or "mp3"
    url = f"https://media.plivo.com/v1/Account/{owner}/Recording/{recording_id}.{file_format}"
    limit = request.parameters.get("time_limit") or DEFAULT_LIMIT
    ends = min(request.now + limit, latest_end)
    _shelf(request).put(recording_id, Recording(owner, request.now, ends, file_format, url, about))
    return request.answer(202, recording_id=recording_id, url=url)


def stop(request: Request, field: str, value: str, url: str | None = None) -> None:
    """End what is being recorded of a call or conference; of several recordings only the one at the URL."""
    for _, recording in _shelf(request).newest_first():
        if recording.about.get(field) == value and request.sees(recording) and url in (None, "", recording.url):
            recording.ends = min(recording.ends, request.now)


def _shelf(request: Request) -> Shelf[Recording]:
    return request.shelf(_COLLECTION, Recording)


def _list(request: Request) -> Reply:
    recordings = [
        _view(request, recording_id, recording)
        for recording_id, recording in request.visible(_shelf(request))
        if recording.ends <= request.now
    ]
    return listing.page(request, sorted(recordings, key=lambda item: str(item["add_time"]), reverse=True))


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, request.path["recording_id"], _existing(request)))


def _delete(request: Request) -> Reply:
    _existing(request)
    _shelf(request).drop(request.path["recording_id"])
    return NO_CONTENT


def _existing(request: Request) -> Recording:
    recording = request.find(_shelf(request), request.path["recording_id"])
    if recording is None or recording.ends > request.now:
        raise not_found("recording")
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


HANDLERS: Handlers = {
    ("GET", _COLLECTION): _list,
    ("GET", _ITEM): _get,
    ("DELETE", _ITEM): _delete,
}
