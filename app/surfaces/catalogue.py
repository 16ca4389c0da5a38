"""The manifest as platforms read it: ``/api/Plivo`` and ``/api/Plivo/{block}``.

Only marketplace keys are served; what says how a block becomes a Plivo request stays inside. What is
the same for every block is added here: the credentials, first among the args, and the callbacks.
Everything is rendered once at start.
"""

from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter, Request, Response

from app.datatypes import Shape
from app.errors import ConnectorError, NotFound, UnknownBlock
from app.manifest import Manifest
from app.manifest.model import Arg, Block
from app.manifest.schema import WALK_ARGS, example_request, reply_schema
from app.web.document import Document
from app.web.envelope import failure

_CALLBACKS = [
    {"name": "error", "info": "Called with status_code and status_msg when the block failed."},
    {"name": "success", "info": "Called with Plivo's reply when the block succeeded."},
]


def create_catalogue(manifest: Manifest) -> APIRouter:
    """Return the routes that serve the manifest."""
    credentials = [
        {"name": credential.name, "type": "credentials", "info": credential.info, "required": True}
        for credential in manifest.package.credentials
    ]
    blocks = {name: _public_block(block, credentials) for name, block in manifest.blocks.items()}
    whole = Document(_public_package(manifest, list(blocks.values())))
    groups = {
        group.lower(): Document(_public_package(manifest, [blocks[block.name] for block in members]))
        for group, members in manifest.groups().items()
    }
    single = {name: Document(block | _samples(manifest.blocks[name])) for name, block in blocks.items()}
    router = APIRouter()

    @router.api_route("/api/Plivo", methods=["GET", "HEAD", "POST"])
    async def read_package(request: Request, group: str | None = None) -> Response:
        document = whole if group is None else groups.get(group.lower())
        if document is None:
            return _not_found(
                NotFound(f"There is no group of this name. The groups are {', '.join(manifest.groups())}.")
            )
        return document.answer(request)

    # POST is answered in front of the framework, by the block itself; here it stands for the Allow header.
    @router.api_route("/api/Plivo/{block}", methods=["GET", "HEAD", "POST"])
    async def read_block(block: str, request: Request) -> Response:
        document = single.get(block)
        if document is None:
            return _not_found(UnknownBlock(block, get_close_matches(block[:64], single, n=3)))
        return document.answer(request)

    return router


def _not_found(error: ConnectorError) -> Response:
    envelope = failure(error)
    return Response(envelope.body(), envelope.status, media_type="application/json")


def _public_package(manifest: Manifest, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    package = manifest.package
    return {
        "package": package.package,
        "tagline": package.tagline,
        "description": package.description,
        "image": package.image,
        "keywords": package.keywords,
        "accounts": package.accounts.model_dump(),
        "steps": package.steps,
        "datatypes": [note.model_dump() for note in manifest.datatypes],
        "blocks": blocks,
    }


def _public_block(block: Block, credentials: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": block.name,
        "description": block.description,
        "group": block.group,
        "readOnly": block.is_read_only,
        "destructive": block.is_destructive,
        "idempotent": block.is_idempotent,
        "costs": block.costs,
        "deprecated": block.deprecated,
        "args": [
            *credentials,
            *(_public_arg(arg) for arg in block.args),
            *(_public_shape(shape) for shape in (WALK_ARGS if block.listing else ())),
        ],
        "callbacks": _CALLBACKS,
    }


def _samples(block: Block) -> dict[str, Any]:
    return {
        "example": {"request": example_request(block), "reply": block.example},
        "returns": reply_schema(block.example, block.varying),
    }


def _public_arg(arg: Arg) -> dict[str, Any]:
    public = _public_shape(arg) | {"placeholder": arg.placeholder, "default": arg.default, "example": arg.example}
    if arg.options_from is not None:
        public["optionsFrom"] = arg.options_from.model_dump()
    return {name: value for name, value in public.items() if value is not None}


def _public_shape(shape: Shape) -> dict[str, Any]:
    public = {
        "name": shape.name,
        "type": shape.type,
        "info": shape.info,
        "required": shape.required,
        "options": list(shape.options) or None,
        "structure": [_public_shape(field) for field in shape.structure] or None,
        "min": _number(shape.min),
        "max": _number(shape.max),
    }
    return {name: value for name, value in public.items() if value is not None}


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value
