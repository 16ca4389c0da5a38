"""What Plivo answered → the reply to pass on, or the error to tell. Pure, no I/O.

The shapes of Plivo's errors are barely documented (only ``{"api_id", "error"}`` is), so the text is
looked for where its tools have been seen to find it, and the body is never hidden.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import msgspec

from app import json_text
from app.errors import ApiBadReply, ApiError
from app.plivo import UpstreamReply
from app.plivo.hints import hint_for

EMPTY_REPLY = b'{"status":"success"}'
"""What an empty 2xx reply becomes (as in the original package)."""

SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)

PASSING = frozenset(
    (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    )
)
"""Statuses that say nothing about the request itself: the same one may fare better later."""

SANDBOX_HINT = "x-plivo-sandbox-hint"
"""A header of the embedded Plivo's: what helps there."""

_SERVER_ERRORS = range(500, 600)
_TELLING_NAMES = ("error", "errors", "global_error", "message", "detail")
_LONGEST_TEXT = 2000
_LONGEST_BAD_BODY = 500


def read_reply(status: int, headers: Mapping[str, str], body: bytes, *, is_read: bool) -> UpstreamReply:
    """Tell a reply from an error.

    Args:
        status: Plivo's HTTP status.
        headers: Plivo's headers, names in any case.
        body: the body, decompressed.
        is_read: the request changes nothing, so that it may be repeated after a server error.

    Raises:
        ApiError: the status is outside 2xx.
        ApiBadReply: the body is neither empty nor JSON.
    """
    if status not in SUCCESS:
        raise _error(status, headers, body, is_read=is_read)
    text = json_text.without_bom(body).strip()
    if not text:
        return UpstreamReply(status, EMPTY_REPLY, None)
    try:
        api_id = _skim(text)
    except ValueError:
        raise bad_reply("Plivo answered with something that is not JSON.", status, body) from None
    return UpstreamReply(status, text, api_id)


def bad_reply(reason: str, status: int | None, body: bytes) -> ApiBadReply:
    """Build the error for a 2xx reply that cannot be used, with the beginning of its body."""
    return ApiBadReply(reason, http_status=status, body=body.decode(errors="replace")[:_LONGEST_BAD_BODY])


def retry_after(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Read ``Retry-After`` (seconds or an HTTP date) as seconds from now; None where there is none.

    Args:
        headers: names in any capitals.
        now: seconds since 1970; None: what the clock says.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, round(moment.timestamp() - (time.time() if now is None else now), 1))
    except (ValueError, TypeError, OverflowError):
        return None


def _error(status: int, headers: Mapping[str, str], body: bytes, *, is_read: bool) -> ApiError:
    message, api_id = _message(status, body)
    wait = retry_after(headers)
    is_passing = status in PASSING or status in _SERVER_ERRORS
    return ApiError(
        message,
        http_status=status,
        retryable=status == HTTPStatus.TOO_MANY_REQUESTS or (is_read and is_passing),
        api_id=api_id,
        retry_after=wait,
        hint=headers.get(SANDBOX_HINT) or hint_for(status, message, retry_after=wait),
    )


def _message(status: int, body: bytes) -> tuple[object, str | None]:
    try:
        content = json_text.parse(body)
    except ValueError:
        content = None
    if content is None or json_text.is_deeper_than(content):
        text = body.decode(errors="replace").strip()[:_LONGEST_TEXT]
        return text or f"Plivo answered {status} with an empty body.", None
    if not isinstance(content, dict):
        return content, None
    return _said_in(content) or content, _api_id(content)


def _said_in(content: Mapping[str, object]) -> object:
    """Find what an error says of itself, where Plivo's many services have been seen to put it."""
    named = {name.lower(): value for name, value in content.items()}
    for name in _TELLING_NAMES:
        match named.get(name):
            case str(text) if text:
                return text
            case dict(inner) if inner:
                return _text_in(inner) or inner
            case list(items) if items:
                return items
    return next((said for inner in content.values() if isinstance(inner, dict) and (said := _text_in(inner))), None)


def _text_in(content: Mapping[str, object]) -> str | None:
    named = {name.lower(): value for name, value in content.items()}
    return next((said for name in _TELLING_NAMES if isinstance(said := named.get(name), str) and said), None)


class _Identified(msgspec.Struct):
    api_id: object = None


_read_identified = msgspec.json.Decoder(_Identified).decode

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_LEFT_OUT = b"?"


def _skim(text: bytes) -> str | None:
    """Make sure that text is JSON, and find the id in it, without building what it says: a third of the work.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        if not text.isascii():
            text.decode()  # what is skimmed over is not checked to be UTF-8
        api_id = _skim_strictly(text)
    except (msgspec.DecodeError, RecursionError):
        # No object, or no JSON as strict as this: whoever reads it in full has the last word.
        return _api_id(json_text.parse(text))
    return api_id if isinstance(api_id, str) else None


def _skim_strictly(text: bytes) -> object:
    try:
        return _read_identified(text).api_id
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half a character (an SMS cut inside an emoji) is refused. Without the escapes that may be one it is as much
        # JSON as with them, and a long list is looked at in a fifth of the time that reading it takes.
        api_id = _read_identified(_SURROGATE.sub(_LEFT_OUT, text.replace(rb"\\", _LEFT_OUT))).api_id
        if isinstance(api_id, str) and _LEFT_OUT.decode() in api_id:
            raise
        return api_id


def _api_id(content: Any) -> str | None:
    api_id = content.get("api_id") if isinstance(content, dict) else None
    return api_id if isinstance(api_id, str) else None
