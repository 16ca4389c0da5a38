"""What the running service writes: one line for each request, and never a secret or an arg's value."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.answers import Reply, json_reply
from tests.support.process import Process
from tests.support.recorder import Recorder

AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
TOKEN = "S3cr3t+T0ken/of=many.characters"
PAIR = base64.b64encode(f"{AUTH_ID}:{TOKEN}".encode()).decode()
CREDENTIALS = {"authId": AUTH_ID, "authToken": TOKEN}
CALL = {**CREDENTIALS, "callFrom": "14155550177", "callTo": "14155550188", "answerUrl": "https://example.com/my-answer"}
MAX_BODY_BYTES = 50_000

Send = Callable[[httpx.Client], httpx.Response]


@pytest.fixture(scope="module", params=["console", "json"])
def process(
    request: pytest.FixtureRequest, shared_recorder: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """A connector for each format of the log; its Plivo is the ``recorder``."""
    with Process(
        tmp_path_factory.mktemp("log"),
        PLIVO_API_URL=shared_recorder.url,
        LOG_FORMAT=request.param,
        LOG_LEVEL="debug",
        MAX_BODY_BYTES=str(MAX_BODY_BYTES),
    ) as running:
        yield running


def read_line(line: str) -> dict[str, Any]:
    """Read the fields of a log line of either format."""
    if line.startswith("{"):
        fields: dict[str, Any] = json.loads(line)
        return fields
    pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)
    return {name: json.loads(value) if value.startswith('"') else value for name, value in pairs}


def the_line(process: Process, request_id: str) -> dict[str, Any]:
    (line,) = process.request_lines(request_id)
    return read_line(line)


def test_a_success_has_one_line_with_what_became_of_it(process: Process, recorder: Recorder) -> None:
    recorder.script(json_reply({"api_id": "id-of-plivo", "message": "call fired"}, 201))
    request_id = uuid.uuid4().hex
    process.call("makeCall", request_id, **CALL)
    fields = the_line(process, request_id)
    assert fields["block"] == "makeCall"
    assert fields["outcome"] == "success"
    assert "status_code" not in fields
    assert str(fields["http_status"]) == "201"
    assert fields["api_id"] == "id-of-plivo"
    assert str(fields["tries"]) == "1"
    assert float(fields["milliseconds"]) > 0


def test_a_failure_has_its_code(process: Process, recorder: Recorder) -> None:
    recorder.script(json_reply({"api_id": "id-of-refusal", "error": "no such call"}, 404))
    request_id = uuid.uuid4().hex
    process.call("getSingleCallDetails", request_id, **CREDENTIALS, callUuid="u-1")
    fields = the_line(process, request_id)
    assert fields["block"] == "getSingleCallDetails"
    assert fields["outcome"] == "error"
    assert fields["status_code"] == "API_ERROR"
    assert str(fields["http_status"]) == "404"
    assert fields["api_id"] == "id-of-refusal"


def test_tries_are_counted(process: Process, recorder: Recorder) -> None:
    recorder.script(Reply(status=503), Reply())
    request_id = uuid.uuid4().hex
    process.call("getSingleCallDetails", request_id, **CREDENTIALS, callUuid="u-1")
    assert str(the_line(process, request_id)["tries"]) == "2"


def test_what_was_never_sent_has_no_tries_and_no_status_of_plivos(process: Process, recorder: Recorder) -> None:
    request_id = uuid.uuid4().hex
    process.call("makeCall", request_id, **CREDENTIALS)
    fields = the_line(process, request_id)
    assert fields["status_code"] == "REQUIRED_FIELDS"
    assert str(fields["tries"]) == "0"
    assert not {"http_status", "api_id"}.intersection(fields)
    assert recorder.requests == []


@pytest.mark.parametrize("path", ["/healthz", "/api/Plivo", "/nowhere/14155550188"])
def test_other_requests_have_a_line_without_a_block(path: str, process: Process) -> None:
    request_id = uuid.uuid4().hex
    process.http.get(path, headers={"X-Request-Id": request_id})
    fields = the_line(process, request_id)
    assert "block" not in fields
    assert "14155550188" not in process.output


def post(body: bytes, content_type: str, path: str = "/api/Plivo/makeCall") -> Send:
    return lambda http: http.post(path, content=body, headers={"Content-Type": content_type})


def as_json(args: dict[str, Any], path: str = "/api/Plivo/makeCall") -> Send:
    return post(json.dumps({"args": args}).encode(), "application/json", path)


FORM = "application/x-www-form-urlencoded"
PATHS: dict[str, Send] = {
    "valid": as_json(CALL),
    "flat": post(json.dumps(CALL).encode(), "application/json"),
    "form": lambda http: http.post("/api/Plivo/makeCall", data=CALL),
    "multipart": lambda http: http.post(
        "/api/Plivo/makeCall", files={name: (None, value) for name, value in CALL.items()}
    ),
    "broken multipart": post(f"--b\r\n{TOKEN}".encode(), "multipart/form-data; boundary=b"),
    "broken JSON": post(f'{{"args": {{"authToken": "{TOKEN}"'.encode(), "application/json"),
    "not an object": post(json.dumps([TOKEN]).encode(), "application/json"),
    "broken form": post(TOKEN.encode() + b"=%ff\xff", FORM),
    "a list": as_json(CALL | {"authToken": [TOKEN]}),
    "an object": as_json(CALL | {"authToken": {"token": TOKEN}}),
    "control character": as_json(CALL | {"authToken": TOKEN + "\n"}),
    "half a character": as_json(CALL | {"authToken": TOKEN + "\ud83d"}),
    "unknown field": as_json(CALL | {"token": TOKEN}),
    "unknown name": as_json(CALL | {TOKEN: "x"}),
    "another field": as_json(CALL | {"answerUrl": TOKEN, "timeLimit": TOKEN, "answerMethod": TOKEN}),
    "key of the answer": as_json(CALL | {"to": TOKEN}),
    "wrong key of the answer": as_json(CALL | {"to": [TOKEN]}),
    "as authId": as_json(CALL | {"authId": TOKEN}),
    "additional": as_json(CALL | {"additionalFields": {"x": TOKEN}}),
    "idempotency key": as_json(CALL | {"idempotencyKey": TOKEN}),
    "large": as_json(CALL | {"authToken": TOKEN * 1000}),
    "too large": as_json(CALL | {"authToken": TOKEN * 10_000}),
    "unknown block": as_json(CALL, f"/api/Plivo/{quote(TOKEN, safe='')}"),
    "query": lambda http: http.post("/api/Plivo/makeCall", params=CALL),
    "path": lambda http: http.get(f"/nowhere/{quote(TOKEN, safe='')}"),
    "header": lambda http: http.post("/api/Plivo/makeCall", json=CALL, headers={"Authorization": f"Basic {PAIR}"}),
    "bulk": lambda http: http.post("/api/Plivo/makeCall/bulk", json={"args": CREDENTIALS, "items": [CALL, {}]}),
    "choices": as_json(CREDENTIALS, "/api/Plivo/makeCall/options/answerMethod"),
}
ECHO = json.dumps({"error": f"{TOKEN} is wrong, {PAIR} too", "api_id": "id-of-refusal"}).encode()
ANSWERS = {
    "accepted": Reply(status=201),
    "echoed": Reply(ECHO, 401),
    "echoed in a success": Reply(ECHO, 200),
    "echoed as text": Reply(f"{TOKEN} {PAIR}".encode(), 200),
    "echoed in a header": Reply(b"", 400, {"Retry-After": TOKEN, "X-Token": TOKEN}),
}


@pytest.mark.parametrize("send", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_line_holds_the_token_or_a_number(answer: Reply, send: Send, process: Process, recorder: Recorder) -> None:
    recorder.script(answer)
    response = send(process.http)
    assert process.request_lines(response.headers["x-request-id"])
    output = process.output
    for secret in (TOKEN, quote(TOKEN, safe=""), PAIR, "14155550177", "14155550188", "my-answer"):
        assert secret not in output
