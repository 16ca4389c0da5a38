"""The manifest as platforms read it: ``/api/Plivo`` and ``/api/Plivo/{block}``."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.datatypes.scalars import read_boolean
from app.errors import ConnectorError, InvalidFields, UnknownBlock
from app.exports.marketplace import block_entry, package
from app.manifest import Manifest
from app.web.document import Document
from app.web.envelope import Envelopes
from app.web.selection import SELECTING, Names, read_query, selected_blocks, usual_selections


def create_catalogue(manifest: Manifest, envelopes: Envelopes) -> APIRouter:
    """Return the routes that serve the manifest.

    Args:
        manifest: what is served.
        envelopes: answers who asks for what is not there.
    """

    def make(names: Names, full: bool) -> dict[str, Any]:  # noqa: FBT001  # as it stands in the query
        blocks = [manifest.blocks[name] for name in (manifest.blocks if names is None else names)]
        return package(manifest, blocks, full=full)

    kept = {
        (names, full): Document(partial(make, names, full))
        for names in usual_selections(manifest)
        for full in (False, True)
    }
    single = {name: Document(partial(block_entry, block, full=True)) for name, block in manifest.blocks.items()}
    router = APIRouter()

    # Not async: a document is made beside the event loop.
    @router.api_route("/api/Plivo", methods=["GET", "HEAD", "POST"])
    def read_package(request: Request) -> Response:
        try:
            query = read_query(request, ("full", *SELECTING))
            names = selected_blocks(manifest, query)
            full = _read_flag("full", query.get("full", "false"))
        except ConnectorError as error:
            return envelopes.refusal(error)
        return (kept.get((names, full)) or Document(partial(make, names, full))).answer(request)

    # POST is answered in front of the framework, by the block itself; here it stands for the Allow header.
    @router.api_route("/api/Plivo/{block}", methods=["GET", "HEAD", "POST"])
    async def read_block(request: Request) -> Response:
        block = request.path_params["block"]
        document = single.get(block)
        if document is None:
            return envelopes.refusal(UnknownBlock.among(block, single))
        try:
            read_query(request)
        except ConnectorError as error:
            return envelopes.refusal(error)
        return document.answer(request)

    return router


def _read_flag(name: str, value: str) -> bool:
    try:
        return read_boolean(value)
    except ValueError as error:
        raise InvalidFields({name: str(error)}) from None
