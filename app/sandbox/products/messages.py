"""Messages: sent, one record for each destination, listed and shown with what they carry."""

import math
import mimetypes
from dataclasses import replace

from app.protocol.sms import measure
from app.protocol.xml.document import Element
from app.sandbox.data import limits
from app.sandbox.data.countries import is_number
from app.sandbox.engine import listing
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.parameters import destinations
from app.sandbox.engine.replies import NO_CONTENT, Json, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record, Table
from app.sandbox.products import powerpacks
from app.sandbox.products.message_life import RATE, Message, record_of

_COLLECTION = "/v1/Account/{auth_id}/Message/"
_ITEM = _COLLECTION + "{message_uuid}/"

_TOLD = ("log", "dlt_entity_id", "dlt_template_id", "dlt_template_category")


def table(request: Request) -> Table[Message]:
    """Return all messages."""
    return request.table(_COLLECTION, Message)


def create(request: Request) -> Reply:
    """Send a message to each destination."""
    parameters = request.parameters
    targets = destinations(parameters["dst"])
    if not targets or len(targets) > limits.MOST_DESTINATIONS:
        raise invalid("dst", f"it must name 1 to {limits.MOST_DESTINATIONS} destinations")
    source, powerpack = _source(request), parameters.get("powerpack_uuid") or None
    if source in targets:
        raise Refusal(422, "src is identical to src in dst")
    kind = parameters.get("type") or "sms"
    text = parameters.get("text") or ""
    units, media = units_of(kind, text), _media(request)
    wrong = [target for target in targets if not is_number(target)]
    if len(wrong) == len(targets):
        raise Refusal(400, f"'{wrong[0]}' is not a valid phone number.")
    owner, told = request.owner(), {name: parameters[name] for name in _TOLD if parameters.get(name)}
    uuids = []
    for target in targets:
        if target not in wrong:
            uuids.append(request.state.uuid())
            message = Message(owner, source, target, kind, units, powerpack, request.now, media, told, text=text)
            table(request).put(uuids[-1], message)
            request.state.spent += units * RATE
            request.announce("message", uuids[-1])
    refused = {"invalid_number": wrong} if wrong else {}
    return request.answer(202, message="message(s) queued", message_uuid=uuids, **refused)


def send_element(request: Request, element: Element, *, source: str, destination: str) -> None:
    """Send what a Message element of a page says.

    Args:
        request: whose account it is.
        element: the element.
        source: who sends unless it says so.
        destination: who gets it unless it says so.

    Raises:
        Refusal: it cannot be sent.
    """
    given = element.attributes
    parameters = {
        "src": given.get("src") or source,
        "dst": given.get("dst") or destination,
        "text": element.text.strip(),
        "type": given.get("type"),
        "url": given.get("callbackUrl"),
        "method": given.get("callbackMethod"),
    }
    create(replace(request, now=request.state.clock(), parameters=parameters))


def _source(request: Request) -> str:
    """Return who sends: the source, or a number of the powerpack, else any that is rented."""
    powerpack: str | None = request.parameters.get("powerpack_uuid")
    if not powerpack:
        return str(request.parameters.get("src") or "")
    rented = (number for number, _ in request.visible(request.state.table("Number", Record)))
    return powerpacks.number_of(request, powerpack) or next(rented, "14155550100")


def units_of(kind: str, text: str) -> int:
    """Return how many messages a text is billed as.

    Raises:
        Refusal: 400, it is too long.
    """
    size, most, segments = len(text), limits.MOST_WHATSAPP, 1
    if kind != "whatsapp" and size <= most:
        measured = measure(text)
        size, segments = measured.units, measured.segments
        most = limits.MOST_GSM if measured.encoding == "GSM-7" else limits.MOST_UCS2
    if size > most:
        raise invalid("text", f"it has {size} characters and may have {most} at most")
    return segments if kind == "sms" else 1


def _media(request: Request) -> tuple[Json, ...]:
    """Return what a message carries: media that were uploaded, and what lies at URLs (which nobody fetches)."""
    known = request.state.table("Media", Record)
    ids, urls = request.parameters.get("media_ids") or [], request.parameters.get("media_urls") or []
    if len(ids) + len(urls) > limits.MOST_MEDIA:
        raise invalid("media_urls", f"a message may carry {limits.MOST_MEDIA} media at most")
    media = []
    for media_id in ids:
        record = request.find(known, media_id)
        if record is None:
            raise invalid("media_ids", f"there is no media {media_id}")
        media.append({"media_id": media_id, **record.fields})
    for url in urls:
        kind, _ = mimetypes.guess_type(url)
        about = {"content_type": kind or "application/octet-stream", "file_name": url.rpartition("/")[2], "size": 0}
        media.append({"media_id": request.state.uuid(), "upload_time": timestamp(request.now), **about})
    return tuple(media)


def _existing(request: Request) -> Message:
    message = request.find(table(request), request.path["message_uuid"])
    if message is None:
        raise not_found()
    return message


def _view_media(message: Message, message_uuid: str, media: Json) -> Json:
    host = f"https://media.plivo.com/Account/{message.owner}/Message/{message_uuid}/Media"
    kept = {name: media.get(name) for name in ("content_type", "file_name", "media_id", "size", "upload_time")}
    return {**kept, "media_url": f"{host}/{media['media_id']}", "message_uuid": message_uuid}


def _list_media(request: Request) -> Reply:
    message, message_uuid = _existing(request), request.path["message_uuid"]
    objects = [_view_media(message, message_uuid, media) for media in message.media]
    return request.answer(200, message_uuid=message_uuid, objects=objects)


def _delete_media(request: Request) -> Reply:
    _existing(request).media = ()
    if request.state.is_seed("Message", request.path["message_uuid"]):
        table(request).drop(request.path["message_uuid"])  # the example's comes back, with all it carries
    return NO_CONTENT


def _get_media(request: Request) -> Reply:
    message, message_uuid = _existing(request), request.path["message_uuid"]
    for media in message.media:
        if media["media_id"] == request.path["media_id"]:
            return request.answer(200, **_view_media(message, message_uuid, media))
    raise not_found()


def seed(request: Request, message_uuid: str, sent: float, *media_ids: str) -> None:
    """Put a message into the table that was sent some time ago."""
    kept = request.state.table("Media", Record)
    media = tuple({"media_id": key, **record.fields} for key in media_ids if (record := kept.get(key)))
    kind = "mms" if media else "sms"
    message = Message(request.account, "14155550100", "14155550123", kind, 1, None, sent, media)
    table(request).put(message_uuid, message)


def _list(request: Request) -> Reply:
    return listing.page(
        request,
        request.visible(table(request)),
        lambda key, message: _view(request, key, message),
        at=lambda message: math.floor(message.queued),
    )


def _get(request: Request) -> Reply:
    return request.answer(200, **_view(request, request.path["message_uuid"], _existing(request)))


def _view(request: Request, message_uuid: str, message: Message) -> Json:
    return record_of(message_uuid, message, request.now, request.uri("Message", message_uuid))


HANDLERS: Handlers = {
    ("POST", _COLLECTION): create,
    ("GET", _COLLECTION): _list,
    ("GET", _ITEM): _get,
    ("GET", _ITEM + "Media/"): _list_media,
    ("DELETE", _ITEM + "Media/"): _delete_media,
    ("GET", _ITEM + "Media/{media_id}/"): _get_media,
}
