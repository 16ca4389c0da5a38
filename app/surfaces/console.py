"""The console for people: ``GET /`` in a browser, and the static files that it is made of.

Nothing of it is built, and nothing comes from elsewhere: the page may load and reach this service alone.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import NotFound
from app.exports.answer_steps import answer_steps
from app.web.document import Document
from app.web.routes import route

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


def create_console() -> list[Route]:
    """Return the routes of the console. A file is read when it is first asked for."""
    files = {
        path.relative_to(FILES).as_posix(): Document(path.read_bytes, _TYPES[path.suffix])
        for path in FILES.rglob("*")
        if path.suffix in _TYPES
    }
    page = files.pop("index.html")
    files["steps.json"] = Document(answer_steps)

    # Not async: a file is read beside the event loop.
    def read_page(request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            raise NotFound
        return _answer(page, request)

    def read_file(request: Request) -> Response:
        path = request.path_params["path"]
        if path not in files:
            raise NotFound
        return _answer(files[path], request)

    return [route("/", ["GET", "HEAD"], read_page), route("/console/{path:path}", ["GET", "HEAD"], read_file)]


def _answer(document: Document, request: Request) -> Response:
    response = document.answer(request)
    response.headers.update(HEADERS)
    return response
