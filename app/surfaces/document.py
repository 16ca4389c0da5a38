"""A JSON document that is made once and served as it is, with an ETag and compressed (RFC 9110)."""

import gzip
from functools import cached_property
from hashlib import sha256

from fastapi import Request, Response

from app import json_text


class Document:
    """Holds the document as bytes; the compressed form is made when somebody first asks for it."""

    def __init__(self, content: object) -> None:
        self._body = json_text.render(content)
        self._etag = f'"{sha256(self._body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        """Answer a GET: 304 to whom has it already."""
        headers = {"etag": self._etag, "cache-control": "no-cache", "vary": "accept-encoding"}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if self._etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers |= {"content-encoding": "gzip"}
            return Response(self._compressed, media_type="application/json", headers=headers)
        return Response(self._body, media_type="application/json", headers=headers)

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, compresslevel=6, mtime=0)
