"""A JSON document that is made once and served as it is, with an ETag and compressed (RFC 9110)."""

import gzip
import re
from functools import cached_property
from hashlib import sha256

from fastapi import Request, Response

from app import json_text

_TAKES_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))", re.IGNORECASE)


class Document:
    """Holds the document as bytes; the compressed form is made when somebody first asks for it."""

    def __init__(self, content: object) -> None:
        self._body = json_text.render(content)
        self._hash = sha256(self._body).hexdigest()[:32]

    def answer(self, request: Request) -> Response:
        """Answer a GET: 304 to whom has it already, in either form."""
        is_packed = bool(_TAKES_GZIP.search(request.headers.get("accept-encoding", "")))
        plain_tag, packed_tag = f'"{self._hash}"', f'"{self._hash}-gzip"'
        headers = {
            "etag": packed_tag if is_packed else plain_tag,
            "cache-control": "no-cache",
            "vary": "accept-encoding",
        }
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if known & {plain_tag, packed_tag, "*"}:
            return Response(status_code=304, headers=headers)
        if is_packed:
            headers["content-encoding"] = "gzip"
        body = self._compressed if is_packed else self._body
        return Response(body, media_type="application/json", headers=headers)

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, compresslevel=6, mtime=0)
