"""What a caller of the running service is told when the way to Plivo breaks, and what Plivo got meanwhile."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.answers import Answer, HangUp, Reply, ResetUnread, Silence, json_reply
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service, ServiceWithClock

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET": ("getSingleCallDetails", {"callUuid": "c1"}),
    "POST": (
        "makeCall",
        {"callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"},
    ),
    "DELETE": ("hangupSingleCall", {"callUuid": "c1"}),
}
UNKNOWN = "not known"


@pytest.fixture(scope="module")
def mirror(shared_recorder: Recorder) -> Iterator[Service]:
    """A service that tries once and mirrors statuses."""
    with Service(plivo_api_url=shared_recorder.url, plivo_retries=0, error_status="mirror") as service:
        yield service


@pytest.fixture(scope="module")
def impatient(shared_recorder: Recorder) -> Iterator[ServiceWithClock]:
    """The same with a clock that can be moved."""
    with ServiceWithClock(
        plivo_api_url=shared_recorder.url, plivo_retries=0, error_status="mirror", plivo_timeout=300
    ) as service:
        yield service


def call(service: Service, method: str) -> tuple[int, dict[str, Any]]:
    """Call a block of this method that must fail; return HTTP status and error."""
    block, args = CALLS[method]
    response = service.post(block, {"authId": AUTH_ID, "authToken": AUTH_TOKEN, **args})
    envelope = response.json()
    assert set(envelope) == {"callback", "contextWrites"}
    assert envelope["callback"] == "error"
    error: dict[str, Any] = envelope["contextWrites"]["to"]
    return response.status_code, error


LOST: dict[str, Answer] = {
    "hung up": HangUp(),
    "reset": HangUp(reset=True),
    "reset unread": ResetUnread(),
    "cut": Reply(b"{}", missing=1),
}
SLOW: dict[str, Answer] = {"silent": Silence(), "stalled": Reply(stall=20)}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("answer", LOST.values(), ids=LOST.keys())
def test_lost_connection(answer: Answer, method: str, mirror: Service, recorder: Recorder) -> None:
    recorder.script(answer)
    http_status, error = call(mirror, method)
    assert (http_status, error["status_code"]) == (502, "API_DISCONNECTED")
    assert error["retryable"] is (method == "GET")
    assert (UNKNOWN in error["status_msg"]) is (method != "GET")
    assert len(recorder.requests) == (0 if answer.leaves_request_unread else 1)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW.keys())
def test_no_answer_in_time(answer: Answer, method: str, impatient: ServiceWithClock, recorder: Recorder) -> None:
    recorder.script(answer)
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(call, impatient, method)
        recorder.wait_for_requests(1)
        impatient.let_pass(300)
        http_status, error = answered.result()
    assert (http_status, error["status_code"]) == (504, "API_TIMEOUT")
    assert error["retryable"] is (method == "GET")
    assert (UNKNOWN in error["status_msg"]) is (method != "GET")
    assert len(recorder.requests) == 1


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_status_of_plivo(status: int, method: str, mirror: Service, recorder: Recorder) -> None:
    recorder.script(json_reply({"api_id": "a1", "error": "Plivo's own words"}, status, Retry_After="3"))
    http_status, error = call(mirror, method)
    assert http_status == status
    assert error["status_code"] == "API_ERROR"
    assert error["status_msg"] == "Plivo's own words"
    assert error["http_status"] == status
    assert error["api_id"] == "a1"
    assert error["retry_after"] == 3
    assert error["retryable"] is (status == 429 or (method == "GET" and status >= 500))


@pytest.mark.parametrize("method", CALLS)
def test_redirect(method: str, mirror: Service, recorder: Recorder) -> None:
    """It is told, not followed: credentials go where the operator said and nowhere else."""
    recorder.script(json_reply({"message": "moved"}, 302, Location=f"{recorder.url}/elsewhere"))
    http_status, error = call(mirror, method)
    assert http_status == 502
    assert (error["status_code"], error["http_status"], error["retryable"]) == ("API_ERROR", 302, False)
    assert len(recorder.requests) == 1


@pytest.mark.parametrize("method", CALLS)
def test_success_that_is_not_json(method: str, mirror: Service, recorder: Recorder) -> None:
    recorder.script(Reply(b"<html>" + b"x" * 1000))
    http_status, error = call(mirror, method)
    assert http_status == 502
    assert (error["status_code"], error["http_status"], error["retryable"]) == ("API_BAD_REPLY", 200, False)
    assert "<html>" + "x" * 494 in json.dumps(error)
    assert "x" * 501 not in json.dumps(error)
    assert len(recorder.requests) == 1


def test_nobody_there() -> None:
    with (
        Recorder(listening=False) as closed,
        Service(plivo_api_url=closed.url, plivo_retries=0, error_status="mirror") as service,
    ):
        answers = [call(service, method) for method in CALLS]
    assert {status for status, _ in answers} == {502}
    assert {error["status_code"] for _, error in answers} == {"API_UNREACHABLE"}
    assert {error["retryable"] for _, error in answers} == {True}
    assert not [error for _, error in answers if UNKNOWN in error["status_msg"]]


@pytest.mark.parametrize(("method", "arrivals"), [("GET", 3), ("POST", 1), ("DELETE", 1)])
def test_default_settings(method: str, arrivals: int, connector: Service, recorder: Recorder) -> None:
    """PLIVO_RETRIES is 2, and failures come back with HTTP 200, as the marketplaces expect."""
    recorder.script(json_reply({"error": "busy"}, 503))
    http_status, error = call(connector, method)
    assert http_status == 200
    assert error["status_code"] == "API_ERROR"
    assert [each.method for each in recorder.requests] == [method] * arrivals


def test_settings_reach_the_wire(recorder: Recorder) -> None:
    """PLIVO_PROXY and the path of PLIVO_API_URL: the recorder is the proxy of a host that does not exist."""
    with Service(plivo_api_url="http://plivo.invalid/eu/", plivo_proxy=recorder.url) as service:
        assert service.call("getSingleConference", conferenceName="a/b;c")["callback"] == "success"
    line = f"GET http://plivo.invalid/eu/v1/Account/{AUTH_ID}/Conference/a%2Fb%3Bc/ HTTP/1.1"
    assert recorder.only.line == line.encode()


def test_reply_under_the_key_that_was_asked_for(connector: Service, recorder: Recorder) -> None:
    recorder.script(HangUp())
    envelope = connector.call("hangupSingleCall", callUuid="c1", to="result")
    assert envelope["contextWrites"]["result"]["status_code"] == "API_DISCONNECTED"


def test_no_cookie_reaches_another_tenant(connector: Service, recorder: Recorder) -> None:
    recorder.script(json_reply({}, Set_Cookie="session=first; Path=/", X_Secret="first"))
    first = connector.post("getAccountDetails", {"authId": "MA1", "authToken": "one"})
    connector.post("getAccountDetails", {"authId": "MA2", "authToken": "two"})
    assert "set-cookie" not in first.headers
    assert "x-secret" not in first.headers
    assert recorder.requests[1].header("Cookie") is None
    assert recorder.requests[0].header("Authorization") != recorder.requests[1].header("Authorization")


def test_no_header_of_the_caller_is_forwarded(connector: Service, recorder: Recorder) -> None:
    connector.http.post(
        "/api/Plivo/getAccountDetails",
        json={"authId": "MA1", "authToken": "one"},
        headers={"Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "User-Agent": "caller", "X-Request-Id": "r1"},
    )
    names = {name.decode().lower() for name, _ in recorder.only.headers}
    assert names == {"host", "authorization", "user-agent", "accept", "accept-encoding"}
    assert recorder.only.header("User-Agent") != "caller"


def test_caller_that_hangs_up_does_not_cancel_a_write(shared_recorder: Recorder, recorder: Recorder) -> None:
    """The only connection is used again afterwards: it would have been dropped with a cancelled request."""
    with Service(plivo_api_url=shared_recorder.url, plivo_max_connections=1) as service:
        waiting = threading.Event()
        recorder.script(Reply(delay=20), Reply())
        block, args = CALLS["POST"]
        body = json.dumps({"authId": AUTH_ID, "authToken": AUTH_TOKEN, **args}).encode()
        with socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2]))) as caller:
            caller.sendall(
                b"POST /api/Plivo/%b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (block.encode(), len(body), body)
            )
            recorder.wait_for_requests(1)
        # Long enough for a service that cancels to do so.
        waiting.wait(0.3)
        recorder.release()
        assert service.call("getAccountDetails")["callback"] == "success"
        write, read = recorder.requests
        assert write.connection == read.connection
