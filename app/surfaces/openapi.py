"""``GET /openapi.json``: every block as OpenAPI 3.1.

``?group=Messages`` narrows it to one group, for importers that limit the size of a document.
"""

from functools import partial

from fastapi import APIRouter, Request, Response

from app.errors import NotFound
from app.exports.openapi import document as make
from app.manifest import Manifest
from app.web.document import Document
from app.web.envelope import Envelopes


def create_openapi(manifest: Manifest, envelopes: Envelopes) -> APIRouter:
    """Return the route that serves the OpenAPI document."""
    groups = manifest.groups()
    documents = {name.lower(): Document(partial(make, manifest, {name: blocks})) for name, blocks in groups.items()}
    whole = Document(partial(make, manifest, groups))
    router = APIRouter()

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def read_openapi(request: Request, group: str | None = None) -> Response:
        document = whole if group is None else documents.get(group.lower())
        if document is None:
            return envelopes.refusal(NotFound(f"There is no group of this name. The groups are {', '.join(groups)}."))
        return document.answer(request)

    return router
