"""Reads a request's parameters as they came, wherever Plivo takes them from.

Parameters come in the query of a GET, in the body of a POST or PATCH, and in either of a DELETE (Plivo
documents the query, its SDKs send a body). A body is JSON; where files may travel it is a form (the
SDKs send those fields without files in either kind of form).
"""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive

from app import json_text
from app.sandbox.engine.replies import Json, Refusal

MAX_BODY = 256 * 1024
"""Bytes that a JSON body may have: what is posted is read, weighed and kept in one go, while nobody else is served."""

MAX_UPLOAD = 25 * 1024 * 1024
"""Bytes that a body with files may have; of a file only its name, type and size are kept."""

MAX_DRAIN = 64 * 1024 * 1024
"""Bytes of a refused body that are read and thrown away before the connection is given up."""

_MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Uploaded:
    """A file that was sent: its name, media type, and size in bytes."""

    name: str
    content_type: str
    size: int


class Body:
    """The body of one request, as it comes in.

    Args:
        receive: gives its parts.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_complete = False
        self._is_cut = False

    async def read(self, limit: int) -> bytes:
        """Return all of it.

        Raises:
            Refusal: 413, it is larger than the limit in bytes; 400, the client went away.
        """
        parts = []
        size = 0
        while not self._is_complete:
            part = await self._next()
            size += len(part)
            if size > limit:
                raise Refusal(413, "the request body is too large")
            parts.append(part)
        if self._is_cut:
            raise Refusal(400, "the request body was cut")
        return b"".join(parts)

    async def drain(self) -> None:
        """Read on to the end, or for some time, and keep nothing."""
        size = 0
        while not self._is_complete and size < MAX_DRAIN:
            size += len(await self._next())

    async def _next(self) -> bytes:
        message = await self._receive()
        self._is_cut = message["type"] == "http.disconnect"
        self._is_complete = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part


def limit_of(content_type: str) -> int:
    """Return how many bytes a body of this type may have."""
    return MAX_UPLOAD if content_type.startswith(_MULTIPART) else MAX_BODY


async def parameters_in(method: str, query: str, content_type: str, body: bytes) -> Json:
    """Return the parameters of a request, texts and files repeated under one name as a list.

    Raises:
        Refusal: the body is not what its type says, or not a JSON object.
    """
    parameters: Json = {}
    if method in ("GET", "DELETE"):
        parameters |= _gathered(parse_qsl(query, keep_blank_values=True))
    if method == "GET" or not body.strip():
        return parameters
    if content_type.startswith(_MULTIPART):
        return parameters | await _multipart(content_type, body)
    # curl says "urlencoded" of JSON too, unless it is told better.
    if content_type.startswith(_URLENCODED) and not body.lstrip().startswith(b"{"):
        return parameters | _gathered(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    content = _json(body)
    if content in ("", None) or (method == "DELETE" and not isinstance(content, dict)):
        # Plivo's Node SDK sends "" where there is nothing to say.
        return parameters
    if not isinstance(content, dict):
        raise Refusal(400, "the request body must be a JSON object")
    return parameters | content


def _json(body: bytes) -> object:
    try:
        content = json_text.parse(body)
    except ValueError:
        raise Refusal(400, "invalid json data sent in raw POST") from None
    if json_text.is_deeper_than(content):
        raise Refusal(400, "the request body is nested too deep")
    return content


async def _multipart(content_type: str, body: bytes) -> Json:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    # Its charset is not looked at: some decode in quadratic time.
    _, options = parse_options_header(content_type)
    headers = Headers(
        raw=[(b"content-type", b'multipart/form-data; boundary="' + options.get(b"boundary", b"") + b'"')]
    )
    try:
        form = await MultiPartParser(headers, stream(), max_part_size=MAX_BODY).parse()
    except MultiPartException as error:
        raise Refusal(400, error.message) from None
    pairs: list[tuple[str, Any]] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            pairs.append((name, value))
        elif value.size:
            # An empty file is how the SDKs say that there is none.
            kind = value.content_type or "application/octet-stream"
            pairs.append((name, Uploaded(value.filename or "", kind, value.size)))
    await form.close()
    return _gathered(pairs)


def _gathered(pairs: Iterable[tuple[str, Any]]) -> Json:
    gathered: Json = {}
    for name, value in pairs:
        known = gathered.get(name)
        if known is None:
            gathered[name] = value
        else:
            gathered[name] = [*known, value] if isinstance(known, list) else [known, value]
    return gathered
