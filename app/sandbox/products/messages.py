"""The life of a message: queued, sent, then delivered; one record for each destination."""

import math
import mimetypes
from dataclasses import dataclass

from app.protocol.sms import measure
from app.sandbox.data import countries, magic
from app.sandbox.engine import listing
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.replies import Json, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record, Table
from app.sandbox.products import powerpacks

SENT_AFTER = 0.5
"""Seconds from the request until a message is sent, or has failed."""

DELIVERED_AFTER = 1.5
"""Seconds from the request until it is delivered, or is not."""

RATE = 550
"""Price of one unit, in hundred-thousandths of a dollar."""

_COLLECTION = "/v1/Account/{auth_id}/Message/"
_ITEM = _COLLECTION + "{message_uuid}/"


@dataclass
class Message:
    """One message to one destination."""

    owner: str
    from_number: str
    to_number: str
    kind: str
    units: int
    powerpack: str | None
    queued: float
    media: tuple[Json, ...] = ()

    def state(self, now: float) -> str:
        """Return the state at a time, in Plivo's words."""
        age = now - self.queued
        if age < SENT_AFTER:
            return "queued"
        if self.to_number == magic.FAILED:
            return "failed"
        if age < DELIVERED_AFTER:
            return "sent"
        return "undelivered" if self.to_number == magic.UNDELIVERED else "delivered"


def _table(request: Request) -> Table[Message]:
    return request.table(_COLLECTION, Message)


def _create(request: Request) -> Reply:
    parameters = request.parameters
    targets = destinations(parameters["dst"])
    if not targets:
        raise invalid("dst", "it names no destination")
    source = str(parameters.get("src") or "").removeprefix("+")
    if source in targets:
        raise Refusal(400, "dst is identical to src")
    powerpack = parameters.get("powerpack_uuid") or None
    if powerpack:
        rented = (number for number, _ in request.visible(request.state.table("Number", Record)))
        source = powerpacks.number_of(request, powerpack) or next(rented, "14155550100")
    kind = parameters.get("type") or "sms"
    units = measure(parameters.get("text") or "").segments if kind == "sms" else 1
    media = _media(request)
    uuids = []
    for target in targets:
        uuids.append(request.state.uuid())
        message = Message(request.owner(), source, target, kind, units, powerpack, request.now, media)
        _table(request).put(uuids[-1], message)
        request.state.spent += units * RATE
    return request.answer(202, message="message(s) queued", message_uuid=uuids)


def _media(request: Request) -> tuple[Json, ...]:
    """Return what a message carries: media that were uploaded, and what lies at URLs (which nobody fetches)."""
    known = request.state.table("Media", Record)
    media = []
    for media_id in request.parameters.get("media_ids") or []:
        record = request.find(known, media_id)
        if record is None:
            raise invalid("media_ids", f"there is no media {media_id}")
        media.append({"media_id": media_id, **record.fields})
    for url in request.parameters.get("media_urls") or []:
        kind, _ = mimetypes.guess_type(url)
        media.append({"media_id": request.state.uuid(), "content_type": kind or "application/octet-stream", "size": 0})
    return tuple(media)


def _list_media(request: Request) -> Reply:
    message_uuid = request.path["message_uuid"]
    message = request.find(_table(request), message_uuid)
    if message is None:
        raise not_found("message")
    host = f"https://media.plivo.com/Account/{message.owner}/Message/{message_uuid}/Media"
    objects = [
        {
            "content_type": media["content_type"],
            "media_id": media["media_id"],
            "media_url": f"{host}/{media['media_id']}",
            "message_uuid": message_uuid,
            "size": media["size"],
        }
        for media in message.media
    ]
    return request.answer(200, message_uuid=message_uuid, objects=objects)


def seed(request: Request, message_uuid: str, sent: float, *media_ids: str) -> None:
    """Put a message into the table that was sent some time ago."""
    table = request.state.table("Media", Record)
    media = tuple({"media_id": key, **record.fields} for key in media_ids if (record := table.get(key)))
    kind = "mms" if media else "sms"
    message = Message(request.account, "14155550100", "14155550123", kind, 1, None, sent, media)
    _table(request).put(message_uuid, message)


def _list(request: Request) -> Reply:
    return listing.page(
        request,
        request.visible(_table(request)),
        lambda key, message: _view(request, key, message),
        at=lambda message: math.floor(message.queued),
    )


def _get(request: Request) -> Reply:
    message = request.find(_table(request), request.path["message_uuid"])
    if message is None:
        raise not_found("message")
    return request.answer(200, **_view(request, request.path["message_uuid"], message))


_ERRORS = {"failed": (300, "Failed to dispatch"), "undelivered": (80, "Destination temporarily unavailable")}
"""State → Plivo's message error code and what it says."""


def _view(request: Request, message_uuid: str, message: Message) -> Json:
    state = message.state(request.now)
    code, text = _ERRORS.get(state, (None, ""))
    sent = None if state in ("queued", "failed") else message.queued + SENT_AFTER
    after = {"queued": 0.0, "sent": SENT_AFTER, "failed": SENT_AFTER}.get(state, DELIVERED_AFTER)
    return {
        "message_uuid": message_uuid,
        "message_time": timestamp(message.queued),
        "message_sent_time": None if sent is None else timestamp(sent, "microseconds"),
        "message_updated_time": timestamp(message.queued + after, "microseconds"),
        "message_direction": "outbound",
        "message_state": state,
        "message_type": message.kind,
        "from_number": message.from_number,
        "to_number": message.to_number,
        "destination_country_iso2": countries.iso_of(message.to_number),
        "units": message.units,
        "total_rate": money(RATE),
        "total_amount": money(message.units * RATE),
        "error_code": code,
        "error_message": text,
        "powerpack_id": message.powerpack,
        "tendlc_campaign_id": None,
        "tendlc_registration_status": "unregistered",
        "conversation_id": None,
        "conversation_origin": None,
        "conversation_expiry_timestamp": None,
        "requester_ip": "127.0.0.1",
        "resource_uri": request.uri("Message", message_uuid),
    }


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _create,
    ("GET", _COLLECTION): _list,
    ("GET", _ITEM): _get,
    ("GET", _ITEM + "Media/"): _list_media,
}
