"""``GET /openapi.json``: the service as OpenAPI 3.1.

``?group=Messages`` and ``?blocks=sendMessage,makeCall`` narrow it, for importers that limit the size of a document.
"""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.errors import ConnectorError
from app.exports.openapi import document
from app.manifest import Manifest
from app.web.document import Document
from app.web.envelope import Envelopes
from app.web.selection import SELECTING, Names, read_query, selected_blocks, usual_selections


def create_openapi(manifest: Manifest, envelopes: Envelopes, *, public_url: str | None) -> APIRouter:
    """Return the route that serves the OpenAPI document.

    Args:
        manifest: what blocks there are.
        envelopes: answers who asks for what is not there.
        public_url: where the service is reached, which importers want to know; None: where the document came from.
    """

    def make(names: Names) -> dict[str, Any]:
        blocks = None if names is None else [manifest.blocks[name] for name in names]
        return document(manifest, blocks, public_url=public_url)

    kept = {names: Document(partial(make, names)) for names in usual_selections(manifest)}
    router = APIRouter()

    # Not async: a document is made beside the event loop.
    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    def read_openapi(request: Request) -> Response:
        try:
            names = selected_blocks(manifest, read_query(request, SELECTING))
        except ConnectorError as error:
            return envelopes.refusal(error)
        return (kept.get(names) or Document(partial(make, names))).answer(request)

    return router
