"""Choices for a field: ``POST /api/Plivo/{block}/options/{arg}``, from which a platform draws a drop-down."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.blocks import Result
from app.blocks.arguments import trimmed
from app.blocks.choices import Choices
from app.errors import ConnectorError
from app.web.body import ClientDisconnectedError, SizeLimit, read_args
from app.web.envelope import Envelopes, key_of
from app.web.headers import add_credentials
from app.web.middleware import note


def create_options(choices: Choices, envelopes: Envelopes, *, max_body: SizeLimit) -> APIRouter:
    """Return the route that answers with choices.

    Args:
        choices: finds them.
        envelopes: answers.
        max_body: largest body.
    """
    router = APIRouter()

    @router.post("/api/Plivo/{block}/options/{arg}")
    async def read_options(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        args: dict[str, Any] = {}
        try:
            args = trimmed(await read_args(request.receive, content_type, body=max_body, upload=max_body))
            add_credentials(args, request.headers.raw)
            result = await choices.find(request.path_params["block"], request.path_params["arg"], args)
        except ConnectorError as error:
            result = Result.of_error(error)
        except ClientDisconnectedError:
            return Response()
        note(request.scope["record"], result)
        return envelopes.response(result, key_of(args))

    return router
