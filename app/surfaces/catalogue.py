"""The manifest as platforms read it: ``/api/Plivo`` and ``/api/Plivo/{block}``."""

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from app.datatypes.scalars import read_boolean
from app.errors import InvalidFields, NotFound, UnknownBlock
from app.exports.marketplace import block_entry, package
from app.manifest import Manifest
from app.web.document import Document
from app.web.envelope import Envelopes

if TYPE_CHECKING:
    from app.manifest.model import Block


def create_catalogue(manifest: Manifest, envelopes: Envelopes) -> APIRouter:
    """Return the routes that serve the manifest."""
    chosen: dict[str | None, list[Block]] = {None: list(manifest.blocks.values())}
    chosen |= {name.lower(): blocks for name, blocks in manifest.groups().items()}
    packages = {
        (group, full): Document(partial(package, manifest, blocks, full=full))
        for group, blocks in chosen.items()
        for full in (False, True)
    }
    single = {name: Document(partial(block_entry, block, full=True)) for name, block in manifest.blocks.items()}
    router = APIRouter()

    @router.api_route("/api/Plivo", methods=["GET", "HEAD", "POST"])
    async def read_package(request: Request, group: str | None = None, full: str = "false") -> Response:
        try:
            is_full = read_boolean(full)
        except ValueError as error:
            return envelopes.refusal(InvalidFields({"full": str(error)}))
        document = packages.get((None if group is None else group.lower(), is_full))
        if document is None:
            names = ", ".join(manifest.groups())
            return envelopes.refusal(NotFound(f"There is no group of this name. The groups are {names}."))
        return document.answer(request)

    # POST is answered in front of the framework, by the block itself; here it stands for the Allow header.
    @router.api_route("/api/Plivo/{block}", methods=["GET", "HEAD", "POST"])
    async def read_block(block: str, request: Request) -> Response:
        document = single.get(block)
        if document is None:
            return envelopes.refusal(UnknownBlock(block, get_close_matches(block[:64], single, n=3)))
        return document.answer(request)

    return router
