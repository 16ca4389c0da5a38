"""The body of a block call → raw args.

The body is read by what it is: multipart by its Content-Type; JSON when the Content-Type says so or
the first byte looks like it; else a urlencoded form (marketplace SDKs send all three).
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive

from app import json_text
from app.datatypes.files import Upload
from app.errors import InvalidJson, PayloadTooLarge

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 10.0
"""How much of a body that is too large is still read: an answer sent before that would reach the client as a reset."""

_MULTIPART = "multipart/form-data"
_MAX_FIELDS = 10_000


class ClientDisconnectedError(Exception):
    """The client went away before its request was complete; there is nobody to answer."""


async def read_body(receive: Receive, content_type: str, *, max_body_bytes: int, max_upload_bytes: int) -> bytes:
    """Read the whole body.

    Args:
        receive: gives its pieces (ASGI).
        content_type: what the request says it is; empty for nothing.
        max_body_bytes: largest body.
        max_upload_bytes: largest multipart body.

    Raises:
        PayloadTooLarge: more bytes than the limit; up to DRAIN_BYTES were read and dropped.
        ClientDisconnectedError: the client went away.
    """
    limit = max_upload_bytes if _media_type(content_type) == _MULTIPART else max_body_bytes
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            if message.get("more_body"):
                await _drain(receive)
            raise PayloadTooLarge(limit)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks) if len(chunks) > 1 else chunk


async def read_args(body: bytes, content_type: str) -> dict[str, Any]:
    """Turn a body into raw args by name.

    Args:
        body: the whole of it.
        content_type: what the request says it is; empty for nothing.

    Raises:
        InvalidJson: the body is not what its type says, or not an object.
    """
    media_type = _media_type(content_type)
    if media_type == _MULTIPART:
        return _from_form(await _parse_multipart(body, content_type))
    start = json_text.without_bom(body[:64]).lstrip()[:1]
    if media_type == "application/json" or media_type.endswith("+json") or start in (b"{", b"[", b'"'):
        return _from_json(body)
    return _from_form(_parse_urlencoded(body))


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def _drain(receive: Receive) -> None:
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size < DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _from_json(body: bytes | str) -> dict[str, Any]:
    try:
        content = json_text.parse(body)
    except ValueError:
        raise InvalidJson from None
    if not isinstance(content, dict):
        raise InvalidJson
    # Counting brackets is enough to pass nearly every body; only one with many is walked through.
    brackets = body.count(b"{") + body.count(b"[") if isinstance(body, bytes) else body.count("{") + body.count("[")
    if brackets > json_text.MAX_DEPTH and json_text.is_deeper_than(content):
        raise InvalidJson
    return _unwrap(content)


def _unwrap(content: dict[str, Any]) -> dict[str, Any]:
    """Lift ``args`` up; what stands beside it counts unless it also stands inside."""
    if "args" not in content:
        return content
    args = content.pop("args")
    if not isinstance(args, dict):
        raise InvalidJson
    return {**content, **args} if content else args


def _parse_urlencoded(body: bytes) -> list[tuple[str, Any]]:
    try:
        return list(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise InvalidJson from None


async def _parse_multipart(body: bytes, content_type: str) -> list[tuple[str, Any]]:
    _, options = parse_options_header(content_type)
    if b"--%b--" % options.get(b"boundary", b"") not in body:
        # The parser takes what there is of a body that was cut short; half a form must not be sent on.
        raise InvalidJson

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(headers, stream(), max_files=100, max_fields=_MAX_FIELDS, max_part_size=len(body) + 1)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise InvalidJson from None
    try:
        return [
            (name, await _upload(value) if isinstance(value, UploadFile) else value)
            for name, value in form.multi_items()
        ]
    finally:
        await form.close()


async def _upload(file: UploadFile) -> Upload:
    return Upload(file.filename or "file", file.content_type or "application/octet-stream", await file.read())


def _from_form(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Read form fields: flat, as ``args[name]``, or one ``args`` holding JSON; ``name[]`` and repeats make a list."""
    wrapped: dict[str, Any] = {}
    flat: dict[str, Any] = {}
    for raw_name, value in items:
        name = raw_name.strip()
        fields = flat
        if name == "args" and isinstance(value, str):
            wrapped.update(_from_json(value))
            continue
        if name.startswith("args[") and "]" in name:
            inner, _, rest = name.removeprefix("args[").partition("]")
            name, fields = inner + rest, wrapped
        is_list = name.endswith("[]")
        name = name.removesuffix("[]")
        if name in fields:
            earlier = fields[name]
            fields[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            fields[name] = [value] if is_list else value
    return {**flat, **wrapped}
