"""What goes wrong with choices is told in the one error shape, with the status that it has elsewhere."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.in_process import App, error_in

CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "t0ken"}
APPLICATIONS = "/api/Plivo/createEndpoint/options/appId"
METHODS = "/api/Plivo/makeCall/options/answerMethod"
LARGEST = 2048


def refusing(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nothing is to be asked of Plivo: {request.url}")


@pytest.fixture(scope="module")
def service() -> Iterator[App]:
    with App(max_body_bytes=LARGEST) as running:
        yield running


@pytest.fixture
def app(service: App) -> App:
    """The service, in front of a Plivo that is not asked."""
    service.plivo = refusing
    return service


@pytest.mark.parametrize(
    "path",
    [
        "makeCall/options/nothing",
        "makeCall/options/callTo",
        "makeCall/options/authId",
        "makeCall/options/",
        "makeCall/options",
        "makeCall/options/answerMethod/more",
    ],
)
def test_a_field_without_choices(app: App, path: str) -> None:
    answer = app.request("POST", f"/api/Plivo/{path}", json=CREDENTIALS)
    assert answer.status_code == 404
    assert error_in(answer)["status_code"] == "NOT_FOUND"


@pytest.mark.parametrize("block", ["noSuchBlock", "makecall"])
def test_a_block_that_is_not_there(app: App, block: str) -> None:
    answer = app.request("POST", f"/api/Plivo/{block}/options/answerMethod", json=CREDENTIALS)
    assert answer.status_code == 404
    assert error_in(answer)["status_code"] == "UNKNOWN_BLOCK"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods(app: App, method: str) -> None:
    answer = app.request(method, METHODS)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert error_in(answer)["status_code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": []}, "offset"),
        ({"search": {"a": 1}}, "search"),
        ({"to": "+1 415 555 0123"}, "to"),
        ({"to": 5}, "to"),
    ],
)
@pytest.mark.parametrize("path", [APPLICATIONS, METHODS])
def test_a_query_that_does_not_fit(app: App, path: str, query: dict[str, Any], field: str) -> None:
    error = error_in(app.request("POST", path, json={**CREDENTIALS, **query}))
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", [field])
    assert error["errors"].keys() == {field}


def test_missing_credentials(app: App) -> None:
    error = error_in(app.request("POST", APPLICATIONS, json={}))
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["authId", "authToken"])


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"args": 5}', b"[" * 70 + b"]" * 70])
def test_a_body_that_cannot_be_read(app: App, body: bytes) -> None:
    answer = app.request("POST", APPLICATIONS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert error_in(answer)["status_code"] == "JSON_VALIDATION"


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", ""])
def test_a_body_that_is_too_large(app: App, content_type: str) -> None:
    """Files have no place here, so a multipart body has the same limit."""
    body = b'{"search": "' + b"x" * LARGEST + b'"}'
    answer = app.request("POST", METHODS, content=body, headers={"Content-Type": content_type} if content_type else {})
    assert answer.status_code == 413
    error = error_in(answer)
    assert (error["status_code"], error["limit"]) == ("PAYLOAD_TOO_LARGE", LARGEST)


def test_plivos_refusal_is_passed_on(app: App) -> None:
    app.plivo = lambda _: httpx.Response(401, json={"api_id": "a-1", "error": "authentication failed"})
    error = error_in(app.request("POST", APPLICATIONS, json=CREDENTIALS))
    assert (error["status_code"], error["http_status"], error["api_id"]) == ("API_ERROR", 401, "a-1")
    assert error["status_msg"] == "authentication failed"


def test_a_list_that_plivo_does_not_give(app: App) -> None:
    app.plivo = lambda _: httpx.Response(200, json={"message": "async api spawned"})
    assert error_in(app.request("POST", APPLICATIONS, json=CREDENTIALS))["status_code"] == "API_BAD_REPLY"


def test_statuses_are_mirrored_where_they_are_elsewhere() -> None:
    def unreachable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    bodies: list[tuple[Any, int]] = [({}, 422), ({**CREDENTIALS, "limit": 0}, 422), (CREDENTIALS, 502), ("text", 400)]
    with App(unreachable, error_status="mirror") as app:
        for body, status in bodies:
            answer = app.request("POST", APPLICATIONS, json=body)
            assert answer.status_code == status
            error_in(answer)


def test_a_caller_that_hangs_up_is_not_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with App(refusing, log_level="info") as app:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": METHODS,
            "raw_path": METHODS.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-length", b"100")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        messages: Iterator[dict[str, Any]] = iter(
            [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
        )

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(_: Any) -> None:
            pass

        app.run(asyncio.wait_for(app.asgi(scope, receive, send), 20))
    logged = capfd.readouterr()
    assert "INTERNAL_PACKAGE_ERROR" not in logged.out + logged.err
    assert "Traceback" not in logged.out + logged.err
