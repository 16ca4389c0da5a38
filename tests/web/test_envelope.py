"""The one shape of every answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blocks import Result
from app.errors import (
    ApiBadReply,
    ApiDisconnected,
    ApiError,
    ApiTimeout,
    ApiUnreachable,
    BadRequest,
    ConnectorError,
    HeadersTooLarge,
    InternalPackageError,
    InvalidFields,
    InvalidJson,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    PayloadTooLarge,
    RequestTimeout,
    RequiredFields,
    UnknownBlock,
    UrlTooLong,
)
from app.plivo import UpstreamReply
from app.telemetry import RequestRecord
from app.web.envelope import Envelopes, render, render_item
from app.web.middleware import note
from tests.support.patience import patient

SYNTAX = "Syntax error. Incorrect input JSON. Please, check fields with JSON input."


def told(error: ConnectorError, key: str = "to") -> dict[str, Any]:
    """Read an error out of its envelope."""
    body = json.loads(render(Result.of_error(error), key))
    assert body.keys() == {"callback", "contextWrites"}
    assert body["callback"] == "error"
    assert body["contextWrites"].keys() == {key}
    said: dict[str, Any] = body["contextWrites"][key]
    return said


def status_of(error: ConnectorError, *, mirror: bool) -> int:
    return Envelopes(mirror=mirror).refusal(error).status_code


def noted(result: Result) -> RequestRecord:
    record = RequestRecord("r-1", "POST", "/")
    note(record, result)
    return record


def test_a_reply_stands_in_its_envelope_byte_for_byte() -> None:
    reply = b'{ "price": 0.10000000000000000001, "big": 1e400,\n "text": "caf\\u00e9 \\ud83d", "text": 2 }'
    body = render(Result.of_reply(UpstreamReply(200, reply, "a-1")))
    assert body == b'{"callback":"success","contextWrites":{"to":' + reply + b"}}"


def test_a_success_says_what_the_log_line_needs() -> None:
    record = noted(Result.of_reply(UpstreamReply(202, b"{}", "a-1", tries=2)))
    assert (record.outcome, record.status_code) == ("success", None)
    assert (record.http_status, record.api_id, record.tries) == (202, "a-1", 2)


@patient
@given(st.text(st.characters(), min_size=1))
def test_any_text_may_name_the_key_in_success_and_error_alike(key: str) -> None:
    body = json.loads(render(Result.of_reply(UpstreamReply(200, b'{"a":1}', None)), key))
    assert body == {"callback": "success", "contextWrites": {key: {"a": 1}}}
    assert told(InvalidJson(), key)["status_code"] == "JSON_VALIDATION"


@pytest.mark.parametrize(
    ("error", "status", "keeps_status", "result"),
    [
        (InvalidJson(), 400, False, {"status_code": "JSON_VALIDATION", "status_msg": SYNTAX}),
        (
            RequiredFields(["a"], {"b": "must be text"}),
            422,
            False,
            {
                "status_code": "REQUIRED_FIELDS",
                "status_msg": "Please, check and fill in required fields.",
                "fields": ["a"],
                "errors": {"b": "must be text"},
            },
        ),
        (
            RequiredFields(["a"], {}),
            422,
            False,
            {
                "status_code": "REQUIRED_FIELDS",
                "status_msg": "Please, check and fill in required fields.",
                "fields": ["a"],
            },
        ),
        (
            InternalPackageError("r-1"),
            500,
            False,
            {
                "status_code": "INTERNAL_PACKAGE_ERROR",
                "status_msg": "Something went wrong inside the package.",
                "request_id": "r-1",
            },
        ),
        (
            ApiError({"deep": ["é"]}, http_status=429, retryable=True, api_id="a-1", retry_after=3, hint="Wait."),
            429,
            False,
            {
                "status_code": "API_ERROR",
                "status_msg": {"deep": ["é"]},
                "http_status": 429,
                "retryable": True,
                "api_id": "a-1",
                "retry_after": 3,
                "hint": "Wait.",
            },
        ),
        (
            ApiError("moved", http_status=302, retryable=False),
            502,
            False,
            {"status_code": "API_ERROR", "status_msg": "moved", "http_status": 302, "retryable": False},
        ),
        (
            ApiBadReply("no JSON", http_status=200, body="<html>"),
            502,
            False,
            {
                "status_code": "API_BAD_REPLY",
                "status_msg": "no JSON",
                "http_status": 200,
                "retryable": False,
                "body": "<html>",
            },
        ),
        (
            ApiTimeout("late", retryable=True),
            504,
            False,
            {"status_code": "API_TIMEOUT", "status_msg": "late", "retryable": True},
        ),
        (
            ApiDisconnected("cut", retryable=False),
            502,
            False,
            {"status_code": "API_DISCONNECTED", "status_msg": "cut", "retryable": False},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ConnectorError) else "",
)
def test_every_error_has_its_code_its_keys_and_its_mirrored_status(
    error: ConnectorError,
    status: int,
    keeps_status: bool,  # noqa: FBT001  # a table's column
    result: dict[str, Any],
) -> None:
    assert told(error) == result
    assert status_of(error, mirror=True) == status
    assert status_of(error, mirror=False) == (status if keeps_status else 200)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (UnknownBlock("makeCal", ["makeCall"]), "UNKNOWN_BLOCK", 404),
        (NotFound(), "NOT_FOUND", 404),
        (MethodNotAllowed("GET, POST"), "METHOD_NOT_ALLOWED", 405),
        (PayloadTooLarge(1024, "MAX_BODY_BYTES"), "PAYLOAD_TOO_LARGE", 413),
        (HeadersTooLarge(1024, "MAX_HEADER_BYTES"), "PAYLOAD_TOO_LARGE", 431),
        (UrlTooLong(1024, "MAX_URL_BYTES"), "PAYLOAD_TOO_LARGE", 414),
        (BadRequest(), "BAD_REQUEST", 400),
        (RequestTimeout("body", 15, "BODY_TIMEOUT"), "REQUEST_TIMEOUT", 408),
        (Overloaded("There is no room."), "OVERLOADED", 503),
    ],
)
def test_some_errors_keep_their_real_status_even_where_failures_are_200(
    error: ConnectorError, code: str, status: int
) -> None:
    assert told(error)["status_code"] == code
    assert status_of(error, mirror=True) == status_of(error, mirror=False) == status


def test_an_unknown_block_is_told_with_the_nearest_names() -> None:
    error = told(UnknownBlock("makeCal", ["makeCall", "makeCalls"]))
    assert error["nearest"] == ["makeCall", "makeCalls"]
    assert "Did you mean makeCall or makeCalls?" in error["status_msg"]


def test_never_connected_means_nothing_was_sent_and_may_be_tried_again() -> None:
    error = told(ApiUnreachable("no such host"))
    assert (error["status_code"], error["retryable"]) == ("API_UNREACHABLE", True)
    assert "nothing was sent" in error["status_msg"]


def test_invalid_fields_are_told_by_name_and_in_the_message() -> None:
    error = told(InvalidFields({"timeLimit": "must be at least 1", "dst": "is not a field"}))
    assert error["fields"] == ["timeLimit", "dst"]
    assert error["errors"] == {"timeLimit": "must be at least 1", "dst": "is not a field"}
    assert "timeLimit: must be at least 1" in error["status_msg"]


def test_half_a_character_in_an_error_is_no_problem() -> None:
    assert told(ApiError({"text": "\ud83d"}, http_status=400, retryable=False))["status_msg"] == {"text": "\ud83d"}


def test_a_failure_says_what_the_log_line_needs() -> None:
    error = ApiError("no", http_status=404, retryable=False, api_id="a-1")
    error.tries = 3
    record = noted(Result.of_error(error))
    assert (record.outcome, record.status_code) == ("error", "API_ERROR")
    assert (record.http_status, record.api_id, record.tries) == (404, "a-1", 3)
    unsent = noted(Result.of_error(InvalidJson()))
    assert (unsent.http_status, unsent.api_id, unsent.tries) == (None, None, 0)


@pytest.mark.parametrize(("wait", "header"), [(3, "3"), (0.2, "1"), (None, None)])
def test_how_long_to_wait_is_a_header_too(wait: float | None, header: str | None) -> None:
    error = ApiError("slow", http_status=429, retryable=True, retry_after=wait)
    assert Envelopes(mirror=False).refusal(error).headers.get("retry-after") == header


def test_an_item_of_a_bulk_says_what_became_of_it() -> None:
    done = render_item(3, Result(b'{ "a":1 }'), ref="row 3", duplicate_of=None)
    assert done == b'{"index":3,"ref":"row 3","callback":"success","result":{ "a":1 }}'
    failed = json.loads(render_item(0, Result.of_error(NotFound()), ref=None))
    assert (failed["callback"], failed["result"]["status_code"]) == ("error", "NOT_FOUND")
    assert failed.keys() == {"index", "callback", "result"}
