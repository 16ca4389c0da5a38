"""Block calls over HTTP: every kind of body, every path to an error, and the statuses of both modes."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.in_process import AUTH_ID, CALL, CREDENTIALS, App, Plivo, accept, error_in

SENT = {"from": "14155550100", "to": "14155550123", "answer_url": "https://example.com/answer"}
SYNTAX = "Syntax error. Incorrect input JSON. Please, check fields with JSON input."
FORM = "application/x-www-form-urlencoded"
SECRET = "s3cret-of-the-inside"


@pytest.fixture(scope="module")
def shared_app() -> Iterator[App]:
    with App(max_body_bytes=20_000, max_upload_bytes=40_000) as app:
        yield app


@pytest.fixture
def app(shared_app: App) -> App:
    shared_app.sent.clear()
    return shared_app


def urlencoded(args: dict[str, Any], pattern: str = "{}") -> bytes:
    return httpx.Request("POST", "http://x", data={pattern.format(name): value for name, value in args.items()}).content


def multipart(args: dict[str, Any]) -> tuple[bytes, str]:
    request = httpx.Request("POST", "http://x", files={name: (None, value) for name, value in args.items()})
    return request.read(), request.headers["content-type"]


BESIDE = {"callTo": "0", "answerUrl": CALL["answerUrl"]}
INSIDE = {name: value for name, value in CALL.items() if name != "answerUrl"}
"""What stands beside the args counts, unless it also stands inside them."""

BODIES: dict[str, tuple[bytes, str]] = {
    "wrapped JSON": (json.dumps({"args": CALL}).encode(), "application/json"),
    "flat JSON": (json.dumps(CALL).encode(), "application/json; charset=utf-8"),
    "partly wrapped JSON": (json.dumps({**BESIDE, "args": INSIDE}).encode(), "application/json"),
    "JSON without a type": (json.dumps({"args": CALL}).encode(), ""),
    "JSON as a form": (b" \n" + json.dumps({"args": CALL}).encode(), FORM),
    "JSON as text": (json.dumps(CALL).encode(), "text/plain"),
    "form": (urlencoded(CALL), FORM),
    "form without a type": (urlencoded(CALL), ""),
    "wrapped form": (urlencoded(CALL, "args[{}]"), FORM),
    "form with JSON": (urlencoded({"args": json.dumps(CALL)}), FORM),
    "multipart": multipart(CALL),
    "wrapped multipart": multipart({f"args[{name}]": value for name, value in CALL.items()}),
    "multipart with JSON": multipart({"args": json.dumps(CALL)}),
}


@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES.keys())
def test_a_call_means_the_same_in_every_kind_of_body(body: bytes, content_type: str, app: App) -> None:
    response = app.post("makeCall", body, content_type)
    assert response.status_code == 200
    assert response.content == (
        b'{"callback":"success","contextWrites":{"to":{"api_id":"a-1","message":"call fired"}}}'
    )
    (sent,) = app.sent
    assert (sent.method, sent.url.path) == ("POST", f"/v1/Account/{AUTH_ID}/Call/")
    assert json.loads(sent.read()) == SENT


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"{", ""),
        (b"[]", ""),
        (b'"text"', FORM),
        (b"null", "application/json"),
        (b'{"args": []}', "application/json"),
        (b'{"args": "x"}', "application/json"),
        (b"a=%ff", FORM),
        (b"args={", FORM),
        (b"no boundary", "multipart/form-data"),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "application/json"),
    ],
)
def test_a_body_that_cannot_be_read(body: bytes, content_type: str, app: App) -> None:
    response = app.post("makeCall", body, content_type)
    assert response.status_code == 200
    error = error_in(response)
    assert error.pop("hint")
    assert error == {"status_code": "JSON_VALIDATION", "status_msg": SYNTAX}
    assert app.sent == []


def test_an_empty_form_lacks_everything_that_is_required(app: App) -> None:
    error = error_in(app.post("makeCall", b"", FORM))
    assert error["status_code"] == "REQUIRED_FIELDS"
    assert error["fields"] == ["authId", "authToken", "callFrom", "callTo", "answerUrl", "answer"]
    assert error["status_msg"] == "Please, check and fill in required fields."


def test_the_caller_names_the_key_of_the_answer(app: App) -> None:
    assert app.call("makeCall", **CALL, to="answer").json()["contextWrites"].keys() == {"answer"}
    assert error_in(app.call("makeCall", to="answer"), "answer")["status_code"] == "REQUIRED_FIELDS"
    assert error_in(app.call("nothing", to="answer"), "answer")["status_code"] == "UNKNOWN_BLOCK"


@pytest.mark.parametrize("body", [b"{", b"", b'{"args": {}}', json.dumps(CALL).encode()])
def test_an_unknown_block_is_told_whatever_its_body(body: bytes, app: App) -> None:
    response = app.post("sendMesage", body)
    assert response.status_code == 404
    error = error_in(response)
    assert error["status_code"] == "UNKNOWN_BLOCK"
    assert "sendMessage" in error["nearest"]


def test_limits_are_those_of_the_kind_of_body(app: App) -> None:
    """A multipart body may be larger: it may carry files."""
    response = app.post("makeCall", b"x" * 20_001)
    assert response.status_code == 413
    assert error_in(response)["status_code"] == "PAYLOAD_TOO_LARGE"
    large = multipart({**CALL, "callerName": "x" * 30_000})
    assert app.post("makeCall", *large).json()["callback"] == "success"
    assert app.post("makeCall", *multipart({**CALL, "callerName": "x" * 40_000})).status_code == 413
    assert len(app.sent) == 1


def replying(status: int, content: bytes = b'{"api_id":"a-2","error":"no"}') -> Plivo:
    return lambda _: httpx.Response(status, content=content)


def raising(error: Exception) -> Plivo:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    return fail


FAILURES: dict[str, tuple[Plivo, dict[str, Any], str, int]] = {
    "missing": (accept, CREDENTIALS, "REQUIRED_FIELDS", 422),
    "invalid": (accept, CALL | {"answerUrl": "nowhere"}, "INVALID_FIELDS", 422),
    "unknown": (accept, CALL | {"answerUri": "x"}, "INVALID_FIELDS", 422),
    "refused": (replying(400), CALL, "API_ERROR", 400),
    "wrong credentials": (replying(401), CALL, "API_ERROR", 401),
    "too many": (replying(429), CALL, "API_ERROR", 429),
    "broken there": (replying(503), CALL, "API_ERROR", 503),
    "redirected": (replying(302), CALL, "API_ERROR", 502),
    "not JSON": (replying(200, b"<html>"), CALL, "API_BAD_REPLY", 502),
    "lost": (raising(httpx.ReadError("lost")), CALL, "API_DISCONNECTED", 502),
    "never connected": (raising(httpx.ConnectError("refused")), CALL, "API_UNREACHABLE", 502),
    "our fault": (raising(RuntimeError(SECRET)), CALL, "INTERNAL_PACKAGE_ERROR", 500),
}


@pytest.fixture(scope="module", params=["200", "mirror"])
def faulty(request: pytest.FixtureRequest) -> Iterator[App]:
    """A service in each mode of ERROR_STATUS; what its Plivo does is set by the test."""
    with App(error_status=request.param) as app:
        yield app


@pytest.mark.parametrize(("plivo", "args", "code", "mirrored"), FAILURES.values(), ids=FAILURES.keys())
def test_every_failure_has_the_one_shape_and_its_status(
    plivo: Plivo, args: dict[str, Any], code: str, mirrored: int, faulty: App
) -> None:
    faulty.plivo = plivo
    response = faulty.call("makeCall", **args)
    assert response.status_code == (mirrored if faulty.settings.error_status == "mirror" else 200)
    error = error_in(response)
    assert error["status_code"] == code
    assert ("retryable" in error) == code.startswith("API_")
    assert SECRET not in response.text


def test_statuses_that_do_not_depend_on_plivo(faulty: App) -> None:
    faulty.plivo = accept
    assert faulty.call("makeCall", **CALL).status_code == 200
    assert faulty.post("makeCall", b"{").status_code == (400 if faulty.settings.error_status == "mirror" else 200)
    assert faulty.call("nothing").status_code == 404


def test_our_own_fault_says_no_internals(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Neither does the log repeat an exception's text."""
    with App(raising(RuntimeError(SECRET)), log_format="json") as app:
        response = app.call("makeCall", **CALL)
    assert error_in(response) == {
        "status_code": "INTERNAL_PACKAGE_ERROR",
        "status_msg": "Something went wrong inside the package.",
        "request_id": response.headers["x-request-id"],
    }
    assert len(app.sent) == 1
    written = capfdbinary.readouterr().err.decode()
    assert response.headers["x-request-id"] in written
    assert "RuntimeError" in written
    assert SECRET not in written


@pytest.mark.parametrize(("first", "callback"), [(0, "success"), (1, "error")])
def test_the_first_of_several_content_types_counts(app: App, first: int, callback: str) -> None:
    types = ["application/json", "multipart/form-data; boundary=x"]
    headers = [("Content-Type", types[first]), ("Content-Type", types[1 - first])]
    body = json.dumps({"args": CALL}).encode()
    assert app.request("POST", "/api/Plivo/makeCall", content=body, headers=headers).json()["callback"] == callback
