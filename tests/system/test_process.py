"""The service as it is run: a process that is called over a socket, from its start to its end."""

import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.patience import PATIENCE
from tests.support.process import Process, head_and_body, read_response
from tests.support.recorder import Recorder

CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "t0ken"}
CALL = {**CREDENTIALS, "callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"}
MAX_BODY_BYTES = 4096
FAR_OVER = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def process(shared_recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A running connector; its Plivo is the ``recorder``."""
    with Process(
        tmp_path_factory.mktemp("process"), PLIVO_API_URL=shared_recorder.url, MAX_BODY_BYTES=str(MAX_BODY_BYTES)
    ) as running:
        yield running


def error_of(response: httpx.Response) -> dict[str, Any]:
    """Return the error in an envelope that holds nothing else."""
    envelope = response.json()
    assert envelope.keys() == {"callback", "contextWrites"}
    assert envelope["callback"] == "error"
    assert envelope["contextWrites"].keys() == {"to"}
    error: dict[str, Any] = envelope["contextWrites"]["to"]
    return error


def test_a_block_call_reaches_plivo_and_comes_back(process: Process, recorder: Recorder) -> None:
    recorder.script(Reply(b'{"api_id": "a-1",  "n": 1.0}', 201))
    response = process.call("makeCall", **CALL)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.content == b'{"callback":"success","contextWrites":{"to":{"api_id": "a-1",  "n": 1.0}}}'
    assert recorder.only.line == b"POST /v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/ HTTP/1.1"


def test_it_is_alive_and_ready(process: Process, recorder: Recorder) -> None:
    """Neither check asks Plivo."""
    assert process.http.get("/healthz").status_code == 200
    ready = process.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["sandbox"] is False
    assert "x-plivo-sandbox" not in ready.headers
    assert recorder.requests == []


@pytest.mark.parametrize("path", ["/healthz", "/api/Plivo", "/api/Plivo/makeCall", "/nowhere"])
@pytest.mark.parametrize("given", ["7", "a.b_c-D", "x" * 128])
def test_the_callers_request_id_is_kept(path: str, given: str, process: Process) -> None:
    assert process.http.get(path, headers={"X-Request-Id": given}).headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "a\tb", "né", "a;b", '"q"'])
def test_any_other_request_gets_an_id_of_its_own(given: str | None, process: Process) -> None:
    headers = httpx.Headers({} if given is None else {"X-Request-Id": given}, encoding="utf-8")
    made = [process.http.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert made[0] != made[1]
    assert given not in made
    assert all(request_id.isascii() and request_id.isalnum() and len(request_id) >= 16 for request_id in made)


def test_the_manifest_is_sent_once_to_whom_keeps_it(process: Process) -> None:
    first = process.http.get("/api/Plivo")
    etag = first.headers["etag"]
    assert first.json()["package"] == "Plivo"
    assert process.http.post("/api/Plivo").content == first.content
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = process.http.get("/api/Plivo", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert process.http.get("/api/Plivo", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/api/Plivo/makeCall/x/y", "/docs", "/sandbox/v1/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_path_is_not_found(method: str, path: str, process: Process) -> None:
    response = process.http.request(method, path)
    assert response.status_code == 404
    assert error_of(response)["status_code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_block_is_told_with_the_nearest_names(method: str, process: Process) -> None:
    response = process.http.request(method, "/api/Plivo/makeCal")
    assert response.status_code == 404
    error = error_of(response)
    assert error["status_code"] == "UNKNOWN_BLOCK"
    assert "makeCall" in error["status_msg"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/Plivo", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/Plivo/makeCall", {"GET", "HEAD", "POST"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("PATCH", "/readyz", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_not_allowed(method: str, path: str, allowed: set[str], process: Process) -> None:
    response = process.http.request(method, path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == allowed
    assert error_of(response)["status_code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("coding", ["Content-Length", "Transfer-Encoding"])
def test_a_body_far_over_the_limit_gets_its_answer(coding: str, process: Process, recorder: Recorder) -> None:
    """The caller sends all of it before it reads, as most do; a reset would take the answer away."""
    body = b'{"args": "' + b"x" * FAR_OVER + b'"}'
    is_chunked = coding == "Transfer-Encoding"
    value = "chunked" if is_chunked else str(len(body))
    with process.connect() as connection:
        connection.sendall(f"POST /api/Plivo/makeCall HTTP/1.1\r\nHost: x\r\n{coding}: {value}\r\n\r\n".encode())
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if is_chunked else body)
        head, envelope = head_and_body(read_response(connection))
    assert head.startswith(b"HTTP/1.1 413 ")
    assert envelope["callback"] == "error"
    assert envelope["contextWrites"]["to"]["status_code"] == "PAYLOAD_TOO_LARGE"
    assert recorder.requests == []


def test_a_caller_that_leaves_within_its_request_sends_nothing(process: Process, recorder: Recorder) -> None:
    request_id = uuid.uuid4().hex
    with process.connect() as connection:
        connection.sendall(
            b"POST /api/Plivo/makeCall HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"X-Request-Id: " + request_id.encode() + b'\r\n\r\n{"args": {'
        )
    (line,) = process.request_lines(request_id)
    assert "makeCall" in line
    assert "success" not in line
    assert recorder.requests == []
    assert process.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("way", ["closed", "reset"])
def test_a_caller_that_hangs_up_does_not_cancel_a_write(way: str, process: Process, recorder: Recorder) -> None:
    """Plivo's answer is awaited and logged, although nobody waits for it any more."""
    recorder.script(Reply(b'{"api_id":"late-answer"}', 201, delay=0.5))
    request_id = uuid.uuid4().hex
    request = process.http.build_request("POST", "/api/Plivo/makeCall", json=CALL).read()
    with process.connect() as connection:
        connection.sendall(
            b"POST /api/Plivo/makeCall HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nX-Request-Id: %b\r\n\r\n%b"
            % (len(request), request_id.encode(), request)
        )
        recorder.wait_for_requests(1)
        if way == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    (line,) = process.request_lines(request_id)
    assert "outcome=success" in line
    assert "api_id=late-answer" in line
    assert recorder.only.json == {
        "from": "14155550100",
        "to": "14155550123",
        "answer_url": "https://example.com/answer",
    }


def test_requests_in_flight_are_finished_at_sigterm(recorder: Recorder, tmp_path: Path) -> None:
    """New ones are refused meanwhile; idle connections do not keep the process alive."""
    answers: list[httpx.Response] = []
    recorder.script(Reply(b'{"api_id":"slow"}', 201, delay=1.5))
    with Process(tmp_path, PLIVO_API_URL=recorder.url) as process, process.connect():
        threads = [threading.Thread(target=lambda: answers.append(process.call("makeCall", **CALL))) for _ in range(3)]
        for thread in threads:
            thread.start()
        recorder.wait_for_requests(3)
        process.terminate()
        for thread in threads:
            thread.join(PATIENCE)
        assert process.wait() == 0
    assert [answer.json()["callback"] for answer in answers] == ["success"] * 3
    assert "Traceback" not in process.output


@pytest.mark.parametrize(
    ("environment", "named", "secret"),
    [
        ({"PORT": "http"}, ["PORT"], "http"),
        ({"ERROR_STATUS": "teapot", "PLIVO_TIMEOUT": "soon"}, ["ERROR_STATUS", "PLIVO_TIMEOUT"], "teapot"),
        ({"PLIVO_PROXY": "https://user:s3cret@proxy:3128"}, ["PLIVO_PROXY"], "s3cret"),
        ({"SANDBOX": "true", "PLIVO_API_URL": "https://u:s3cret@example.com"}, ["SANDBOX", "PLIVO_API_URL"], "s3cret"),
    ],
)
def test_wrong_settings_are_told_in_one_message(
    environment: dict[str, str], named: list[str], secret: str, tmp_path: Path
) -> None:
    process = Process(tmp_path, **environment)
    try:
        assert process.wait() == 2
    finally:
        process.kill()
    assert all(name in process.output for name in named)
    assert "Traceback" not in process.output
    assert secret not in process.output


def test_a_taken_port_is_told_without_a_traceback(process: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, PORT=str(process.port))
    try:
        assert second.wait() != 0
    finally:
        second.kill()
    assert "address already in use" in second.output.lower()
    assert "Traceback" not in second.output
