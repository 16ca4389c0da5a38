"""What an error says beside Plivo's own words: where to look, and what a 404 may mean."""

from typing import Any

import httpx
import pytest

from tests.support.in_process import CALL, CREDENTIALS, App, error_in


def answering(status: int, **body: object) -> Any:
    return lambda _: httpx.Response(status, json={"api_id": "a-1", **body})


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_write_that_met_a_server_error_says_where_to_look(status: int) -> None:
    with App(answering(status, error="oops")) as app:
        error = error_in(app.call("makeCall", **CALL))
    assert (error["status_code"], error["status_msg"], error["retryable"]) == ("API_ERROR", "oops", False)
    assert error["look_in"] == "getCallsDetails"
    assert "Look in getCallsDetails before sending it again" in error["hint"]


@pytest.mark.parametrize(("block", "status"), [("makeCall", 400), ("getApplications", 500)])
def test_what_was_refused_or_only_asked_needs_no_look(block: str, status: int) -> None:
    with App(answering(status, error="oops")) as app:
        args = CALL if block == "makeCall" else CREDENTIALS
        error = error_in(app.call(block, **args))
    assert "look_in" not in error
    assert "hint" not in error


def test_a_connection_that_is_lost_says_where_to_look_too() -> None:
    def lose(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("lost")

    with App(lose) as app:
        error = error_in(app.call("makeCall", **CALL))
    assert (error["status_code"], error["look_in"]) == ("API_DISCONNECTED", "getCallsDetails")


def test_a_call_that_is_still_live_is_pointed_to() -> None:
    with App(answering(404, error="not found")) as app:
        error = error_in(app.call("getSingleCallDetails", **CREDENTIALS, callUuid="c-1"))
        other = error_in(app.call("getSingleApplication", **CREDENTIALS, appId="1"))
    assert (error["status_msg"], error["http_status"]) == ("not found", 404)
    assert "getSingleLiveCallDetails" in error["hint"]
    assert "hint" not in other
