"""What Plivo answered → the reply to pass on, or the error to tell."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.blocks import Result
from app.errors import ApiBadReply, ApiError, UpstreamError, describe
from app.plivo import UpstreamReply
from app.plivo.replies import read_reply, retry_after
from app.web.envelope import render
from tests.support.patience import patient

BOM = b"\xef\xbb\xbf"


def read(status: int, body: bytes = b"", *, is_read: bool = True, **headers: str) -> UpstreamReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_reply(status, httpx.Headers(named), body, is_read=is_read)


def error_of(status: int, body: bytes = b"", *, is_read: bool = True, **headers: str) -> dict[str, Any]:
    """Return the error that a reply is told as."""
    with pytest.raises(ApiError) as raised:
        read(status, body, is_read=is_read, **headers)
    return describe(raised.value)


@pytest.mark.parametrize("status", [200, 201, 202, 206, 207])
def test_a_2xx_reply_passes_as_it_came(status: int) -> None:
    body = b'{ "api_id": "a-1", "price": 0.10000000000000000001 }'
    reply = read(status, body)
    assert (reply.status, reply.body, reply.api_id, reply.tries) == (status, body, "a-1", 1)


@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize("body", [b"", b" \r\n", BOM])
def test_an_empty_2xx_reply_becomes_a_success(status: int, body: bytes) -> None:
    assert json.loads(read(status, body).body) == {"status": "success"}


@pytest.mark.parametrize("body", [b"[]", b'["a"]', b'"done"', b"null", b"5", b"true", b'{"api_id": 7}'])
def test_any_json_is_a_reply(body: bytes) -> None:
    reply = read(200, body)
    assert (reply.body, reply.api_id) == (body, None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "cut \\ud83d"}',
        b'{"price": 1e400}',
        b'{"count": 123456789012345678901234567890}',
        b'{"deep": ' + b"[" * 1500 + b"]" * 1500 + b"}",
    ],
    ids=["half a character", "beyond a double", "beyond 64 bits", "deep"],
)
def test_valid_json_that_the_fast_parser_refuses_passes_too(body: bytes) -> None:
    try:
        assert read(200, body).body == body
    except ApiBadReply:
        assert body.startswith(b'{"deep"'), "only the interpreter's own limit of nesting may refuse valid JSON"


_TEXTS = st.text() | st.text(st.sampled_from(["\\", '"', "?", "u", "d", "8", "\ud83d", "\ude00", "é"]))
_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda children: st.lists(children) | st.dictionaries(_TEXTS | st.just("api_id"), children),
)
"""Half characters among them, and what looks like their escapes."""


@patient
@given(value=_JSON_VALUES, escaped=st.booleans(), data=st.data())
def test_a_reply_passes_exactly_if_it_is_json_in_utf_8(value: object, escaped: bool, data: st.DataObject) -> None:  # noqa: FBT001  # drawn
    """The standard library judges; most bodies are JSON in which a few bytes were broken."""
    text = bytearray(json.dumps(value, ensure_ascii=escaped).encode(errors="surrogatepass"))
    for _ in range(data.draw(st.integers(0, 3))):
        position = data.draw(st.integers(0, len(text)))
        text[position : position + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    body = bytes(text).strip()
    assume(body)
    try:
        content = json.loads(body.decode(), parse_constant=_refuse)
    except ValueError:
        with pytest.raises(ApiBadReply):
            read(200, body)
    else:
        reply = read(200, body)
        api_id = content.get("api_id") if isinstance(content, dict) else None
        assert (reply.body, reply.api_id) == (body, api_id if isinstance(api_id, str) else None)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def test_a_byte_order_mark_cannot_stand_inside_an_envelope() -> None:
    assert read(200, BOM + b'{"a": 1}').body == b'{"a": 1}'


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"{", b"NaN", b'{"a": Infinity}', b'{"a": "\xff"}', b"{} {}", b"\x1f\x8b\x08", b"[" * 200_000],
    ids=lambda body: repr(body[:10]),
)
@pytest.mark.parametrize("is_read", [True, False])
def test_a_2xx_reply_that_is_no_json_is_a_bad_reply(body: bytes, is_read: bool) -> None:  # noqa: FBT001  # a table's column
    with pytest.raises(ApiBadReply) as raised:
        read(200, body, is_read=is_read)
    error = describe(raised.value)
    assert (error["http_status"], error["retryable"]) == (200, False)
    assert error["body"] == body.decode(errors="replace")[:500]
    assert isinstance(error["status_msg"], str)


@pytest.mark.parametrize(
    ("body", "status_msg"),
    [
        (b'{"api_id": "a", "error": "not found"}', "not found"),
        (b'{"error": {"from": ["bad"]}, "message": "no"}', {"from": ["bad"]}),
        (b'{"error": "first", "global_error": "second", "message": "third"}', "first"),
        (b'{"global_error": "second", "message": "third"}', "second"),
        (b'{"error": "", "global_error": null, "message": "third"}', "third"),
        (b'{"api_id": "a", "error_code": 7}', {"api_id": "a", "error_code": 7}),
        (b'{"error": null}', {"error": None}),
        (b"{}", {}),
        (b'["a", "b"]', ["a", "b"]),
        (b'"just text"', "just text"),
        (b"null", "null"),
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"caf\xe9", "caf\ufffd"),
        (BOM + b'{"error": "marked"}', "marked"),
        (b'{"error": "cut \\ud83d"}', "cut \ud83d"),
    ],
)
def test_the_message_is_plivos_own(body: bytes, status_msg: object) -> None:
    assert error_of(400, body)["status_msg"] == status_msg


def test_at_most_2000_characters_of_a_body_that_is_no_json() -> None:
    assert error_of(502, b"x" * 3000)["status_msg"] == "x" * 2000
    assert error_of(502, b'{"error": "' + b"x" * 3000 + b'"}')["status_msg"] == "x" * 3000


def test_an_error_without_a_body_is_told_with_its_status() -> None:
    assert "503" in error_of(503)["status_msg"]


@pytest.mark.parametrize("levels", [64, 200, 300, 900, 990, 1500, 100_000])
def test_an_error_nested_however_deep_is_told(levels: int) -> None:
    body = b'{"error": ' + b"[" * levels + b"]" * levels + b"}"
    with pytest.raises(ApiError) as raised:
        read(400, body)
    envelope = json.loads(render(Result.of_error(raised.value)))
    assert envelope["contextWrites"]["to"]["status_code"] == "API_ERROR"
    assert "[[[[" in json.dumps(envelope)


def test_the_api_id_is_passed_on() -> None:
    assert error_of(404, b'{"api_id": "a-1", "error": "x"}')["api_id"] == "a-1"
    assert "api_id" not in error_of(404, b'{"api_id": {}, "error": "x"}')


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize(
    ("status", "of_a_read", "of_a_write"),
    [
        (302, False, False),
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (409, False, False),
        (429, True, True),
        (500, True, False),
        (502, True, False),
        (503, True, False),
        (504, True, False),
        (599, True, False),
    ],
)
def test_retryable(status: int, of_a_read: bool, of_a_write: bool, is_read: bool) -> None:  # noqa: FBT001  # a table
    error = error_of(status, is_read=is_read)
    assert error["retryable"] is (of_a_read if is_read else of_a_write)
    assert error["http_status"] == status


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("7", 7), (" 120 ", 120), ("00005", 5)])
def test_retry_after_in_seconds(value: str, seconds: int) -> None:
    assert error_of(429, Retry_After=value)["retry_after"] == seconds
    assert error_of(503, retry_after=value)["retry_after"] == seconds


def test_retry_after_as_a_date() -> None:
    in_a_minute = datetime.now(UTC) + timedelta(seconds=60)
    assert 50 <= error_of(503, retry_after=format_datetime(in_a_minute, usegmt=True))["retry_after"] <= 61
    assert 50 <= error_of(503, retry_after=in_a_minute.strftime("%A, %d-%b-%y %H:%M:%S GMT"))["retry_after"] <= 61


def test_a_date_that_has_passed_asks_for_no_wait() -> None:
    assert error_of(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")["retry_after"] == 0


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.5", "\u0665", "²", "Wed, 99 Oct 2015", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_retry_after_that_says_nothing_is_left_out(value: str) -> None:
    assert retry_after({"retry-after": value}) is None
    assert retry_after({}) is None


@patient
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,9} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]{1,8} [+-]?[A-Z0-9]{1,9}"))
def test_no_retry_after_breaks_anything(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (401, b'{"error": "authentication failed"}', "authId"),
        (402, b"", "credit"),
        (429, b"", "send more slowly"),
        (403, b'{"error": "Geo-permission to destination country is not enabled"}', "Geo Permissions"),
        (400, b'{"error": {"message": "insufficient funds"}}', "credit"),
    ],
)
def test_a_hint_where_one_helps(status: int, body: bytes, word: str) -> None:
    assert word in error_of(status, body)["hint"]


@pytest.mark.parametrize(
    ("status", "body"), [(404, b'{"error": "not found"}'), (500, b""), (400, b'{"error": "bad dst"}')]
)
def test_no_hint_where_none_helps(status: int, body: bytes) -> None:
    assert "hint" not in error_of(status, body)


@patient
@given(
    st.integers(200, 599), st.binary(max_size=40) | st.text(max_size=20).map(lambda text: json.dumps([text]).encode())
)
def test_every_answer_is_a_reply_or_an_upstream_error_that_can_be_told(status: int, body: bytes) -> None:
    try:
        reply = read(status, body)
    except UpstreamError as error:
        told = json.loads(render(Result.of_error(error)))["contextWrites"]["to"]
        assert told["http_status"] == status
        assert isinstance(told["retryable"], bool)
    else:
        assert 200 <= status < 300
        json.loads(reply.body)
