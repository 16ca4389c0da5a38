"""The console for people: ``GET /`` in a browser, and the static files that it is made of.

Nothing of it is built, and nothing comes from elsewhere: the page may load and reach this service alone.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app import json_text
from app.errors import NotFound
from app.exports.answer_steps import answer_steps
from app.manifest.model import Block
from app.manifest.search import BlockSearch
from app.mcp.tools import CURATED
from app.web.document import Document

FILES = Path(__file__).parent.parent / "console"

HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}

_MOST_FOUND = 12


def create_console(blocks: Mapping[str, Block]) -> APIRouter:
    """Return the routes of the console. A file is read when it is first asked for.

    Args:
        blocks: what its search finds, as that of AI agents does.
    """
    files = {
        path.relative_to(FILES).as_posix(): Document(path.read_bytes, _TYPES[path.suffix])
        for path in FILES.rglob("*")
        if path.suffix in _TYPES
    }
    page = files.pop("index.html")
    files["steps.json"] = Document(answer_steps)
    router = APIRouter()
    search = cache(lambda: BlockSearch(blocks.values(), CURATED))

    # Not async: a file is read beside the event loop.
    @router.api_route("/", methods=["GET", "HEAD"])
    def read_page(request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            raise NotFound
        return _answer(page, request)

    @router.get("/console/search")
    def find_blocks(request: Request) -> Response:
        found = search().find(request.query_params.get("query", ""), blocks.values(), _MOST_FOUND)
        names = json_text.render({"blocks": [block.name for block in found]})
        return Response(names, media_type="application/json", headers=HEADERS | {"cache-control": "no-store"})

    @router.api_route("/console/{path:path}", methods=["GET", "HEAD"])
    def read_file(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in files:
            raise NotFound
        return _answer(files[path], request)

    return router


def _answer(document: Document, request: Request) -> Response:
    response = document.answer(request)
    response.headers.update(HEADERS)
    return response
