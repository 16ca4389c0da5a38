"""The console for people: ``GET /`` in a browser, and the static files that it is made of.

Nothing of it is built, and nothing comes from elsewhere: the page may load and reach this service alone.
"""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.errors import NotFound
from app.exports.answer_steps import answer_steps
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


def create_console() -> APIRouter:
    """Return the routes of the console. A file is read when it is first asked for."""
    files = {
        path.relative_to(FILES).as_posix(): Document(path.read_bytes, _TYPES[path.suffix])
        for path in FILES.rglob("*")
        if path.suffix in _TYPES
    }
    page = files.pop("index.html")
    files["steps.json"] = Document(answer_steps)
    router = APIRouter()

    # Not async: a file is read beside the event loop.
    @router.api_route("/", methods=["GET", "HEAD"])
    def read_page(request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            raise NotFound
        return _answer(page, request)

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
