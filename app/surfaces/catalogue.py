"""The manifest as platforms read it: ``/api/Plivo`` and ``/api/Plivo/{block}``.

Only marketplace keys are served; what says how a block becomes a Plivo request stays inside. What is
the same for every block is added here: the credentials, first among the args, and the callbacks.
Everything is rendered once at start.
"""

from difflib import get_close_matches
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request, Response

from app import json_text
from app.datatypes import Shape
from app.envelope import failure
from app.errors import UnknownBlock
from app.manifest import Arg, Block, Manifest

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
    whole = _Document(_public_package(manifest, list(blocks.values())))
    single = {name: _Document(block) for name, block in blocks.items()}
    router = APIRouter()

    @router.api_route("/api/Plivo", methods=["GET", "HEAD", "POST"])
    async def read_package(request: Request) -> Response:
        return whole.answer(request)

    @router.api_route("/api/Plivo/{block}", methods=["GET", "HEAD"])
    async def read_block(block: str, request: Request) -> Response:
        document = single.get(block)
        if document is None:
            error = failure(UnknownBlock(block, get_close_matches(block[:64], single, n=3)))
            return Response(error.body(), error.status, media_type="application/json")
        return document.answer(request)

    return router


class _Document:
    """A JSON document that never changes, with its ETag (RFC 9110)."""

    def __init__(self, content: object) -> None:
        self._body = json_text.render(content)
        self._etag = f'"{sha256(self._body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        headers = {"etag": self._etag, "cache-control": "no-cache"}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if self._etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(self._body, media_type="application/json", headers=headers)


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
        "args": [*credentials, *(_public_arg(arg) for arg in block.args)],
        "callbacks": _CALLBACKS,
    }


def _public_arg(arg: Arg) -> dict[str, Any]:
    public = _public_shape(arg) | {"placeholder": arg.placeholder, "default": arg.default, "example": arg.example}
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
