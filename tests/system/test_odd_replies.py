"""What Plivo may answer that nobody expects: the caller gets the one envelope, never our own error, never silence."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

CREDENTIALS = {"authId": AUTH_ID, "authToken": AUTH_TOKEN}
CALL = {"callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"}

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "read": ("getSingleCallDetails", {"callUuid": "c1"}),
    "write": ("makeCall", CALL),
    "keyed write": ("makeCall", CALL),
    "list": ("getApplications", {"returnAll": True}),
    "list inside": ("getMaskingSessions", {"returnAll": True}),
    "options": ("makeCall/options/callFrom", {}),
    "bulk": ("makeCall/bulk", {"items": [CALL, CALL]}),
}

VALUES = [
    b"1e400",
    b"-1e400",
    b"0.00500",
    b"12345678901234567890123",
    b"9" * 5000,
    b'"cut \\ud83d"',
    b'{"a": 1e400, "b": "\\ud83d", "c": 12345678901234567890123}',
    b"[" * 800 + b"]" * 800,
    b"[" * 5000 + b"]" * 5000,
    b'"' + b"x" * 100_000 + b'"',
    b"null",
    b"NaN",
    b'"\xff"',
    b'"\x00"',
]

PLACES = [
    b"%b",
    b'{"api_id": %b}',
    b'{"error": %b, "api_id": "a-1"}',
    b'{"message": "x", "other": {"error": %b}}',
    b'{"objects": [{"number": %b, "alias": %b}, %b], "meta": {"next": %b, "total_count": %b}}',
    b'{"objects": %b, "meta": %b}',
    b'{"response": {"objects": [%b], "meta": %b}}',
    b'{"%b": 1}',
]


def body(place: bytes, value: bytes) -> bytes:
    return place.replace(b"%b", value if place != PLACES[-1] else value.strip(b'"')[:1000])


@pytest.fixture(scope="module")
def service(shared_recorder: Recorder) -> Iterator[Service]:
    """A service that mirrors statuses, so that they matter."""
    patience = {"plivo_timeout": 3, "plivo_retries": 1, "plivo_rate_limit": False}
    with Service(plivo_api_url=shared_recorder.url, error_status="mirror", **patience) as running:
        yield running


def answered(service: Service, way: str) -> tuple[httpx.Response, Any]:
    """Call in one way; whatever the answer is, it is the envelope, complete, and no fault of ours."""
    block, args = WAYS[way]
    body = {"args": CREDENTIALS, **args} if "items" in args else {**CREDENTIALS, **args}
    key = {"Idempotency-Key": uuid4().hex} if way == "keyed write" else {}
    answer = service.http.post(f"/api/Plivo/{block}", json=body, headers=key)
    # Python reads no integer of five thousand digits.
    envelope = json.loads(answer.content, parse_int=lambda digits: int(digits[:20]))
    assert set(envelope) == {"callback", "contextWrites"}
    assert "INTERNAL_PACKAGE_ERROR" not in answer.text
    return answer, envelope["contextWrites"]["to"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [200, 400])
def test_any_body(way: str, status: int, service: Service, recorder: Recorder) -> None:
    """Numbers beyond a double, half characters, nesting, bytes that are no text, anywhere in a reply."""
    for place in PLACES:
        for value in VALUES:
            recorder.script(Reply(body(place, value), status, {"Retry-After": "99"}))
            answered(service, way)
    assert service.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [203, 205, 299, 300, 418, 499, 599, 600, 999])
def test_any_status(way: str, status: int, service: Service, recorder: Recorder) -> None:
    """Those that HTTP does not know too; an answer mirrors only what is a failure's."""
    recorder.script(Reply(b'{"error": "said so", "api_id": "a-1"}', status))
    answer, content = answered(service, way)
    if status >= 300 and way != "bulk":
        assert (content["status_code"], content["http_status"], content["status_msg"]) == (
            "API_ERROR",
            status,
            "said so",
        )
        assert answer.status_code == (status if 400 <= status < 600 else 502)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "wait",
    ["0", "999999999", "9" * 500, "-1", "1e9", "NaN", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"],
)
def test_any_retry_after(way: str, status: int, wait: str, service: Service, recorder: Recorder) -> None:
    """It is told where it can be read, and never waited for beyond the time of a request."""
    recorder.script(Reply(b'{"error": "later"}', status, {"Retry-After": wait}))
    answer, content = answered(service, way)
    if way not in ("bulk", "options") and content["status_code"] == "API_ERROR":
        assert content["http_status"] == status
        assert content.get("retry_after", 0) >= 0
        assert answer.headers.get("Retry-After", "1").isdigit()
