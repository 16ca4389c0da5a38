"""Choices for a field: ``POST /api/Plivo/{block}/options/{arg}``.

A platform draws a drop-down from them. A Select's are in the manifest; an arg with ``optionsFrom``
names the list block of the caller's own account that they come from, which is called like any other.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from app import json_text
from app.blocks.arguments import trimmed
from app.blocks.dispatch import Dispatcher
from app.datatypes import Shape
from app.datatypes.readers import reader_for
from app.errors import ConnectorError, InvalidFields, InvalidJson, NotFound, PayloadTooLarge
from app.manifest import Manifest
from app.manifest.model import Arg, OptionsSource
from app.plivo import UpstreamReply
from app.web.body import ClientDisconnectedError, read_args, read_body
from app.web.envelope import DEFAULT_KEY, Envelope, failure, success

DEFAULT_LIMIT = 100
MOST_SEARCHED = 1000
"""Items looked at for a search text."""

_READERS = {
    "search": reader_for(Shape(name="search", type="String")),
    "limit": reader_for(Shape(name="limit", type="Number", min=1, max=MOST_SEARCHED)),
    "offset": reader_for(Shape(name="offset", type="Number", min=0)),
}


def create_options(manifest: Manifest, dispatcher: Dispatcher, *, mirror: bool, max_body_bytes: int) -> APIRouter:
    """Return the route that answers with choices.

    Args:
        manifest: names the args and where their choices come from.
        dispatcher: runs the list blocks.
        mirror: failures carry their own HTTP status instead of 200.
        max_body_bytes: largest body, in bytes.
    """
    router = APIRouter()

    @router.post("/api/Plivo/{block}/options/{arg}")
    async def read_options(block: str, arg: str, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        try:
            body = await read_body(
                request.receive, content_type, max_body_bytes=max_body_bytes, max_upload_bytes=max_body_bytes
            )
            answer = await _answer(manifest, dispatcher, (block, arg), await read_args(body, content_type))
        except (InvalidJson, PayloadTooLarge) as error:
            answer = failure(error)
        except ClientDisconnectedError:
            return Response()
        request.scope["record"].envelope = answer
        status = answer.status_for(mirror=mirror)
        return Response(answer.body(), status, media_type="application/json")

    return router


async def _answer(
    manifest: Manifest, dispatcher: Dispatcher, names: tuple[str, str], given: dict[str, Any]
) -> Envelope:
    raw = trimmed(given)
    key = raw["to"] if isinstance(raw.get("to"), str) and raw["to"] else DEFAULT_KEY
    try:
        arg = _find(manifest, *names)
        query = _read_query(raw)
        if arg.options_from is None:
            items = [{"value": option, "label": option} for option in arg.options]
            return _page(items, query, key, UpstreamReply(200, b"", None, tries=0))
        source = arg.options_from
        answer = await dispatcher.run(source.block, _source_args(manifest, source, raw, query))
    except ConnectorError as error:
        return failure(error, key)
    if answer.status_code is not None:
        return answer
    node = json_text.parse(answer.result)
    listing = manifest.blocks[source.block].listing
    for step in listing.items.split(".") if listing else ():
        node = node[step]
    reply = UpstreamReply(answer.http_status or 200, b"", answer.api_id, answer.tries)
    choices = (_option(item, source) for item in node)
    return _page([choice for choice in choices if choice["value"] is not None], query, key, reply)


def _find(manifest: Manifest, block_name: str, arg_name: str) -> Arg:
    block = manifest.blocks.get(block_name)
    arg = next((arg for arg in block.args if arg.name == arg_name), None) if block else None
    if arg is None or not (arg.options or arg.options_from):
        raise NotFound("This field has no list of choices. GET /api/Plivo/{block} shows which do.")
    return arg


def _read_query(raw: dict[str, Any]) -> dict[str, Any]:
    query: dict[str, Any] = {"search": "", "limit": DEFAULT_LIMIT, "offset": 0}
    errors = {}
    for name, read in _READERS.items():
        if raw.get(name) not in (None, ""):
            try:
                query[name] = read(raw[name])
            except ValueError as error:
                errors[name] = str(error)
    if errors:
        raise InvalidFields(errors)
    return query


def _source_args(
    manifest: Manifest, source: OptionsSource, raw: dict[str, Any], query: dict[str, Any]
) -> dict[str, Any]:
    """Pass on the credentials, and what the list needs to know of the form (the pool that numbers are in)."""
    block = manifest.blocks[source.block]
    wanted = {"authId", "authToken", "to", *(arg.name for arg in block.args if arg.required)}
    most = MOST_SEARCHED if query["search"] else query["offset"] + query["limit"]
    return {name: value for name, value in raw.items() if name in wanted} | {"maxItems": most}


def _option(item: object, source: OptionsSource) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {"value": item, "label": str(item)}
    value = item.get(source.value)
    return {"value": value, "label": str(item.get(source.label) or value)}


def _page(items: list[dict[str, Any]], query: dict[str, Any], key: str, reply: UpstreamReply) -> Envelope:
    search = query["search"].casefold()
    found = [item for item in items if search in f"{item['label']} {item['value']}".casefold()]
    page = found[query["offset"] : query["offset"] + query["limit"]]
    return success(UpstreamReply(reply.status, json_text.render(page), reply.api_id, reply.tries), key)
