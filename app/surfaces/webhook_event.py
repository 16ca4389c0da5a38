"""``POST /api/Plivo/webhookEvent``: events the marketplace's way.

The marketplace takes what Plivo sends, and asks here what it is and who gets it: ``{"args": {"body", "headers",
"params", "url", "method"}}``, where ``params`` are the args of those who listen. The answer is ``{http_resp,
client_msg, params}``: what Plivo is answered, the event, and the listeners whose token has signed it. Who asks for
itself gives ``authId`` and ``authToken`` as to any block. Nothing is kept.
"""

import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from app import json_text
from app.blocks import Result
from app.blocks.arguments import trimmed
from app.errors import ConnectorError, InvalidFields, RequiredFields
from app.events.service import Events
from app.manifest.common_args import CREDENTIAL_NAMES
from app.web.body import ClientDisconnectedError, SizeLimit, read_args
from app.web.envelope import Envelopes, key_of
from app.web.headers import add_credentials

NAME = "webhookEvent"


def create_webhook_event(events: Events, envelopes: Envelopes, *, max_body: SizeLimit) -> APIRouter:
    """Return the route.

    Args:
        events: reads what came.
        envelopes: answers.
        max_body: largest body.
    """
    router = APIRouter()

    @router.post(f"/api/Plivo/{NAME}")
    async def tell(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        args: dict[str, Any] = {}
        try:
            args = trimmed(await read_args(request.receive, content_type, body=max_body, upload=max_body))
            add_credentials(args, request.headers.raw)
            result = Result(json_text.render(_told(events, args)))
        except ConnectorError as error:
            result = Result.of_error(error)
        except ClientDisconnectedError:
            return Response()
        return envelopes.response(result, key_of(args))

    return router


def _told(events: Events, args: Mapping[str, Any]) -> dict[str, Any]:
    if not args.get("url"):
        raise RequiredFields(["url"], {}, hint="url is missing: the whole address that Plivo was given.")
    listeners = _object_or_list(args.get("params"), "params")
    listeners = listeners if isinstance(listeners, list) else [listeners] if listeners else []
    headers = _object_or_list(args.get("headers"), "headers")
    listeners = [listener for listener in listeners if isinstance(listener, dict)]
    caller = {name: args[name] for name in CREDENTIAL_NAMES if args.get(name)}
    body = args.get("body", "")
    event, answer, matching = events.reader.read(
        method=str(args.get("method") or "POST").upper(),
        url=str(args["url"]),
        headers={str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {},
        body=body if isinstance(body, dict) else str(body or "").encode("utf-8", "replace"),
        listeners=[*listeners, caller] if caller else listeners,
        now=time.time(),
    )
    return {"http_resp": answer.decode(), "client_msg": event, "params": [one for one in matching if one is not caller]}


def _object_or_list(value: object, name: str) -> dict[str, Any] | list[Any]:
    if isinstance(value, str) and value.strip():
        try:
            value = json_text.parse(value)
        except ValueError:
            raise InvalidFields({name: "is not JSON"}) from None
    if value in (None, ""):
        return {}
    if not isinstance(value, dict | list):
        raise InvalidFields({name: "must be an object or a list"})
    return value
