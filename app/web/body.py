"""The body of a block call → raw args.

The body is read by what it is: multipart by its Content-Type; JSON when the Content-Type says so or
the first byte looks like it; else a urlencoded form (marketplace SDKs send all three). Text is UTF-8, whatever
charset the Content-Type names.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Message, Receive

from app import json_text
from app.errors import InvalidJson, PayloadTooLarge
from app.web.json_body import CSV, json_name, looks_like_csv, parse_object
from app.web.multipart import FormReader

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 10.0
"""How much of a body that is too large is still read: an answer sent before that would reach the client as a reset."""

_MULTIPART = "multipart/form-data"
CSV_TYPES = ("text/csv", "application/csv", "text/tab-separated-values")
_MAX_FIELDS = 10_000


class ClientDisconnectedError(Exception):
    """The client went away before its request was complete; there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """How large a body may be.

    Attributes:
        size: in bytes.
        setting: the variable that says so, if one does.
    """

    size: int
    setting: str | None


async def read_body(receive: Receive, limit: SizeLimit) -> bytes:
    """Read the whole body.

    Args:
        receive: gives its pieces (ASGI).
        limit: how large it may be.

    Raises:
        PayloadTooLarge: more bytes than the limit; up to DRAIN_BYTES were read and dropped.
        ClientDisconnectedError: the client went away.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        # Nearly every body comes in one piece.
        body: bytes = message.get("body", b"")
        if len(body) > limit.size:
            raise PayloadTooLarge(limit.size, limit.setting)
        return body
    pieces: list[bytes] = []
    await _take(receive, limit, pieces.append, message)
    return b"".join(pieces)


async def read_args(receive: Receive, content_type: str, *, body: SizeLimit, upload: SizeLimit) -> dict[str, Any]:
    """Read a body as raw args by name.

    Args:
        receive: gives its pieces (ASGI).
        content_type: what the request says it is; empty for nothing.
        body: how large it may be.
        upload: how large it may be as multipart.

    Raises:
        InvalidJson: the body is not what its type says, or not an object.
        PayloadTooLarge: it is larger than the limit.
        ClientDisconnectedError: the client went away.
        NotConfigured: there is no directory for the temporary file of a large upload.
        Overloaded: there is no room left in it.
    """
    if _media_type(content_type) == _MULTIPART:
        with FormReader(content_type) as reader:
            await _take(receive, upload, reader.feed)
            return _from_form(reader.finish())
    return parse_args(await read_body(receive, body), content_type)


def parse_args(body: bytes, content_type: str) -> dict[str, Any]:
    """Turn a body into raw args by name.

    Args:
        body: the whole of it.
        content_type: what the request says it is; empty for nothing.

    Raises:
        InvalidJson: the body is not what its type says, or not an object.
    """
    media_type = _media_type(content_type)
    if media_type == _MULTIPART:
        with FormReader(content_type) as reader:
            reader.feed(body)
            return _from_form(reader.finish())
    start = json_text.without_bom(body[:64]).lstrip()[:1]
    if media_type == "application/json" or media_type.endswith("+json") or start in (b"{", b"[", b'"'):
        return _unwrap(parse_object(body))
    if media_type in CSV_TYPES or (b"=" not in body and looks_like_csv(body)):
        raise InvalidJson(CSV)
    return _from_form(_parse_urlencoded(json_text.without_bom(body)))


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def _take(
    receive: Receive, limit: SizeLimit, consume: Callable[[bytes], None], first: Message | None = None
) -> None:
    """Hand on the pieces of a body as they come; ``first`` has come already."""
    size = 0
    is_more = True
    while is_more:
        message = first or await receive()
        first = None
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        piece = message.get("body", b"")
        is_more = message.get("more_body", False)
        size += len(piece)
        if size > limit.size:
            if is_more:
                await _drain(receive)
            raise PayloadTooLarge(limit.size, limit.setting)
        consume(piece)


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


def _unwrap(content: dict[str, Any]) -> dict[str, Any]:
    """Lift ``args`` up; what stands beside it counts unless it also stands inside."""
    if "args" not in content:
        return content
    args = content.pop("args")
    if not isinstance(args, dict):
        raise InvalidJson(f"args is {json_name(args)}; it must be an object with the fields of the block.")
    return {**content, **args} if content else args


def _parse_urlencoded(body: bytes) -> list[tuple[str, Any]]:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise InvalidJson(f"The form is not UTF-8 at byte {error.start + 1}.") from None
    try:
        return list(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS))
    except UnicodeDecodeError:
        raise InvalidJson("The form holds a percent-encoded text that is not UTF-8.") from None
    except ValueError:
        raise InvalidJson(f"The form has more than {_MAX_FIELDS} fields.") from None


def _from_form(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Read form fields: flat, as ``args[name]``, or one ``args`` holding JSON; ``name[]`` and repeats make a list."""
    wrapped: dict[str, Any] = {}
    flat: dict[str, Any] = {}
    for raw_name, value in items:
        name = raw_name.strip()
        fields = flat
        if name == "args" and isinstance(value, str):
            wrapped.update(_unwrap(parse_object(value, "The field args")))
            continue
        if name.startswith("args[") and "]" in name:
            inner, _, rest = name.removeprefix("args[").partition("]")
            name, fields = inner + rest, wrapped
        is_list = name.endswith("[]")
        name = name.removesuffix("[]")
        earlier = fields.get(name)
        if isinstance(earlier, list):
            earlier.append(value)
        elif name in fields:
            fields[name] = [earlier, value]
        else:
            fields[name] = [value] if is_list else value
    return {**flat, **wrapped}
