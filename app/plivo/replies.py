"""What Plivo answered → the reply to pass on, or the error to tell. Pure, no I/O.

The shapes of Plivo's errors are barely documented (only ``{"api_id", "error"}`` is), so the text is
looked for where its tools have been seen to find it, and the body is never hidden.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import msgspec

from app import json_text
from app.errors import ApiBadReply, ApiError
from app.plivo import UpstreamReply

EMPTY_REPLY = b'{"status":"success"}'
"""What an empty 2xx reply becomes (as in the original package)."""

_SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
_LONGEST_TEXT = 2000
_LONGEST_BAD_BODY = 500

_HINTS_BY_TEXT = {
    "geo-permission": "Sending to this country is switched off: enable it under Geo Permissions in the Plivo console.",
    "geo permission": "Sending to this country is switched off: enable it under Geo Permissions in the Plivo console.",
    "outbound calling is disabled": "The account may not make outbound calls: ask Plivo's support to enable them.",
    "insufficient fund": "The account has run out of credit: recharge it in the Plivo console.",
    "identical to src": "The destination is the sender itself: use two different numbers.",
    "invalid auth token": "authId and authToken do not belong together: copy both anew from the Plivo console.",
}
_HINTS_BY_STATUS = {
    401: "Plivo did not accept this pair of authId and authToken; its answer says no more than that. It may be an "
    "authId that is none (20 letters and digits, beginning with MA or SA), a token that is mistyped, was renewed or "
    "belongs to another account, an account that is suspended, a subaccount that is disabled, or an address that the "
    "account does not allow to use the API.",
    402: "The account has run out of credit: recharge it in the Plivo console.",
    429: "Plivo's rate limit was met: wait for retry_after seconds, or send more slowly.",
}


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
    if status not in _SUCCESS:
        raise _error(status, headers, body, is_read=is_read)
    text = json_text.without_bom(body).strip()
    if not text:
        return UpstreamReply(status, EMPTY_REPLY, None)
    try:
        api_id = _skim(text)
    except ValueError:
        raise bad_reply("Plivo answered with something that is not JSON.", status, body) from None
    return UpstreamReply(status, text, api_id)


def bad_reply(reason: str, status: int, body: bytes) -> ApiBadReply:
    """Build the error for a 2xx reply that cannot be used, with the beginning of its body."""
    return ApiBadReply(reason, http_status=status, body=body.decode(errors="replace")[:_LONGEST_BAD_BODY])


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` (seconds or an HTTP date) as seconds from now; None where there is none."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, round((moment - datetime.now(UTC)).total_seconds(), 1))


def _error(status: int, headers: Mapping[str, str], body: bytes, *, is_read: bool) -> ApiError:
    message, api_id = _message(status, body)
    return ApiError(
        message,
        http_status=status,
        retryable=status == HTTPStatus.TOO_MANY_REQUESTS or (is_read and status >= HTTPStatus.INTERNAL_SERVER_ERROR),
        api_id=api_id,
        retry_after=retry_after(headers),
        hint=_hint(status, message),
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
    message = next((content[key] for key in ("error", "global_error", "message") if content.get(key)), content)
    return message, _api_id(content)


class _Identified(msgspec.Struct):
    api_id: object = None


_read_identified = msgspec.json.Decoder(_Identified).decode


def _skim(text: bytes) -> str | None:
    """Make sure that text is JSON, and find the id in it, without building what it says: a third of the work.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        if not text.isascii():
            text.decode()  # what is skimmed over is not checked to be UTF-8
        api_id = _read_identified(text).api_id
    except (msgspec.DecodeError, RecursionError):
        # No object, or no JSON as strict as this: whoever reads it in full has the last word.
        return _api_id(json_text.parse(text))
    return api_id if isinstance(api_id, str) else None


def _api_id(content: Any) -> str | None:
    api_id = content.get("api_id") if isinstance(content, dict) else None
    return api_id if isinstance(api_id, str) else None


def _hint(status: int, message: object) -> str | None:
    text = str(message).lower()
    by_text = next((hint for words, hint in _HINTS_BY_TEXT.items() if words in text), None)
    return by_text or _HINTS_BY_STATUS.get(status)
