"""A document that is made once, when it is first asked for, and served as it is (RFC 9110)."""

import gzip
import re
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256

from fastapi import Request, Response

from app import json_text

_TAKES_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))", re.IGNORECASE)


class Document:
    """Holds the document as bytes, plain and compressed, with an ETag for each.

    Args:
        make: returns what it says: its bytes, or what is written as JSON.
        media_type: of the bytes.
    """

    def __init__(self, make: Callable[[], object], media_type: str = "application/json") -> None:
        self._make = make
        self._media_type = media_type

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
        return Response(body, media_type=self._media_type, headers=headers)

    @cached_property
    def _body(self) -> bytes:
        made = self._make()
        return made if isinstance(made, bytes) else json_text.render(made)

    @cached_property
    def _hash(self) -> str:
        return sha256(self._body).hexdigest()[:32]

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, compresslevel=6, mtime=0)
