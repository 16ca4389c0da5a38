"""Audio streams of a live call: nothing is sent, but a stream is there until it is stopped or its call ends."""

import math
from dataclasses import dataclass, replace

from app.sandbox.data import limits
from app.sandbox.engine import listing, resources
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import NO_CONTENT, Json, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Table
from app.sandbox.products import call_table
from app.sandbox.products.call_life import Call

CONNECTS_AFTER = 1.0
"""Seconds from the request until the service has answered."""

RATE = 300
"""Price of a minute, in hundred-thousandths of a dollar."""

LONGEST = 86400
"""Seconds that a stream lasts at most, unless ``stream_timeout`` says otherwise (Plivo's default)."""

_COLLECTION = ACCOUNT + "/Call/{call_uuid}/Stream/"
_ITEM = _COLLECTION + "{stream_id}/"


@dataclass
class Stream:
    """One stream of a call; ``ends`` is what will be unless it is stopped. Times: seconds since 1970.

    Attributes:
        settings: what is shown of it.
        hidden: what only its status callback URL hears, and the method of that.
    """

    owner: str
    call_uuid: str
    settings: Json
    hidden: Json
    created: float
    ends: float
    call: Call | None

    def end(self) -> float:
        """Return when it ends, as far as is known: it never outlasts its call."""
        return self.ends if self.call is None else min(self.ends, self.call.ending.at)

    def ended(self, now: float) -> float | None:
        """Return when it ended, None while it goes on."""
        return self.end() if now >= self.end() else None

    def stop(self, now: float) -> None:
        """End it now."""
        self.ends = min(self.ends, now)


def table(request: Request) -> Table[Stream]:
    """Return the streams of the call that the path names."""
    return request.table(_COLLECTION, Stream)


def _table(request: Request) -> Table[Stream]:
    resources.require_parent(request)
    return table(request)


def _start(request: Request) -> Reply:
    resources.require_parent(request)
    call = call_table.live(request, request.path["call_uuid"])
    try:
        stream_id, _ = begin(request, request.path["call_uuid"], call)
    except ValueError as error:
        raise invalid("service_url", str(error)) from None
    return request.answer(201, stream_id=stream_id)


def begin(request: Request, call_uuid: str, call: Call) -> tuple[str, Stream]:
    """Begin to stream a call; return the stream's id, and the stream.

    Args:
        request: its parameters are those of the operation that starts a stream.
        call_uuid: whose call it is.
        call: the call.

    Raises:
        ValueError: the service's URL is none.
    """
    given = request.parameters
    limits.stream_url(given["service_url"])
    at_call = replace(request, path={**request.path, "call_uuid": call_uuid})
    stream_id = request.state.uuid()
    ends = request.now + (given.get("stream_timeout") or LONGEST)
    hidden = {name: given.get(name) for name in ("extra_headers", "keep_call_alive", "status_callback_method")}
    settings = _settings(request, given["service_url"])
    stream = Stream(call.owner, call_uuid, settings, hidden, request.now, ends, call)
    table(at_call).put(stream_id, stream)
    at_call.announce("stream", stream_id)
    return stream_id, stream


def seed(request: Request, stream_id: str, created: float) -> None:
    """Put a stream into the table that lasted half a minute some time ago."""
    settings = _settings(request, request.block.example["service_url"])
    stream = Stream(request.account, request.path["call_uuid"], settings, {}, created, created + 30, None)
    table(request).put(stream_id, stream)


def _settings(request: Request, service_url: str) -> Json:
    return {
        "audio_track": request.parameters.get("audio_track") or "inbound",
        "bidirectional": request.parameters.get("bidirectional") or False,
        "content_type": request.parameters.get("content_type") or "audio/x-l16;rate=8000",
        "service_url": service_url,
        "status_callback_url": request.parameters.get("status_callback_url") or "",
    }


def _view(request: Request, stream_id: str, stream: Stream) -> Json:
    started = stream.created + CONNECTS_AFTER
    ended = stream.ended(request.now)
    seconds = 0 if ended is None else max(0, math.ceil(ended - started))
    call_uuid = request.path["call_uuid"]
    return {
        **stream.settings,
        "bill_duration": seconds,
        "billed_amount": money(math.ceil(seconds / 60) * RATE),
        "call_uuid": call_uuid,
        "created_at": timestamp(stream.created, "microseconds"),
        "end_time": None if ended is None else timestamp(ended),
        "plivo_auth_id": stream.owner,
        "resource_uri": request.uri("Call", call_uuid, "Stream", stream_id),
        "rounded_bill_duration": math.ceil(seconds / 60) * 60,
        "start_time": timestamp(started) if request.now >= started else None,
        "status": _status(stream, request.now, ended),
        "stream_id": stream_id,
    }


def _status(stream: Stream, now: float, ended: float | None) -> str:
    if ended is not None:
        return "stopped"
    return "initiated" if now < stream.created + CONNECTS_AFTER else "in-progress"


def _list(request: Request) -> Reply:
    rows = request.visible(_table(request))
    return listing.page(request, rows, lambda stream_id, stream: _view(request, stream_id, stream))


def _existing(request: Request) -> Stream:
    stream = request.find(_table(request), request.path["stream_id"])
    if stream is None:
        raise not_found()
    return stream


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, request.path["stream_id"], _existing(request)))


def _stop(request: Request) -> Reply:
    _existing(request).stop(request.now)
    request.announce("stopped", request.path["stream_id"])
    return NO_CONTENT


def _stop_all(request: Request) -> Reply:
    for _, stream in request.visible(_table(request)):
        stream.stop(request.now)
    request.announce("stopped", request.path["call_uuid"])
    return NO_CONTENT


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _start,
    ("GET", _COLLECTION): _list,
    ("DELETE", _COLLECTION): _stop_all,
    ("GET", _ITEM): _get,
    ("DELETE", _ITEM): _stop,
}
