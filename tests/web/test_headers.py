"""Credentials and keys in headers."""

from base64 import b64encode

import httpx
import pytest

from tests.support.in_process import AUTH_ID, CALL, CREDENTIALS, App, error_in

FIELDS = {name: value for name, value in CALL.items() if name not in CREDENTIALS}
PATHS = ["/api/Plivo/makeCall", "/api/Plivo/makeCall/bulk", "/api/Plivo/getApplications/options/noSuch"]


def ask(app: App, path: str, authorization: str | None, **fields: object) -> httpx.Response:
    body = {**FIELDS, **fields} | ({"items": [{}]} if path.endswith("/bulk") else {})
    return app.request("POST", path, json=body, headers={"Authorization": authorization} if authorization else {})


def send(app: App, path: str, headers: list[tuple[str, str]]) -> httpx.Response:
    return app.request("POST", path, json=FIELDS | ({"items": [{}]} if path.endswith("/bulk") else {}), headers=headers)


def basic(pair: str) -> str:
    return "Basic " + b64encode(pair.encode()).decode()


@pytest.mark.parametrize("path", PATHS[:2])
def test_basic_auth_does_in_place_of_the_fields(path: str) -> None:
    with App() as app:
        assert ask(app, path, basic(f"{AUTH_ID}:tök:en")).json()["callback"] == "success"
    assert app.sent[0].headers["authorization"] == basic(f"{AUTH_ID}:tök:en")
    assert app.sent[0].url.path == f"/v1/Account/{AUTH_ID}/Call/"


def test_the_fields_win_over_the_header() -> None:
    with App() as app:
        ask(app, PATHS[0], basic("MAOTHER:other"), **CREDENTIALS)
    assert AUTH_ID in app.sent[0].url.path


def test_half_a_pair_in_the_fields_is_not_filled_up_from_the_header() -> None:
    with App() as app:
        error = error_in(ask(app, PATHS[0], basic("MAOTHER:other"), authId=AUTH_ID))
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["authToken"])


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Bearer abc", basic("no colon"), basic(":token"), basic("MA1:"), "Basic /w==", "x"],
)
@pytest.mark.parametrize("path", PATHS)
def test_a_header_that_cannot_be_read_is_an_error_and_not_repeated(path: str, authorization: str) -> None:
    with App() as app:
        answer = ask(app, path, authorization, **CREDENTIALS)
        error = error_in(answer)
        assert app.sent == []
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["Authorization"])
    assert "HTTP Basic" in error["errors"]["Authorization"]
    assert authorization not in answer.text or authorization in ("Basic", "x")


@pytest.mark.parametrize("path", PATHS)
def test_two_different_authorizations_are_refused_and_not_repeated(path: str) -> None:
    pairs = [("Authorization", basic("MA1:first")), ("authorization", basic("MA2:second"))]
    with App() as app:
        answer = send(app, path, pairs)
        error = error_in(answer)
        assert app.sent == []
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["Authorization"])
    assert "more than once" in error["errors"]["Authorization"]
    assert not any(value in answer.text for _, value in pairs)


@pytest.mark.parametrize("path", PATHS[:2])
def test_two_different_keys_are_refused(path: str) -> None:
    with App() as app:
        error = error_in(send(app, path, [("Idempotency-Key", "order-1"), ("Idempotency-Key", "order-2")]))
        assert app.sent == []
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["Idempotency-Key"])
    assert "more than once" in error["errors"]["Idempotency-Key"]


@pytest.mark.parametrize("path", PATHS[:2])
def test_the_same_value_twice_is_one(path: str) -> None:
    twice = [("Authorization", basic(f"{AUTH_ID}:token")), ("Idempotency-Key", "order-1")] * 2
    with App() as app:
        for _ in range(2):
            assert send(app, path, twice).json()["callback"] == "success"
        assert len(app.sent) == 1
    assert app.sent[0].headers["authorization"] == basic(f"{AUTH_ID}:token")


def test_a_stream_of_events_and_an_event_for_itself_refuse_two_authorizations_as_well() -> None:
    pairs = [("Authorization", basic("MA1:first")), ("Authorization", basic("MA2:second"))]
    with App() as app:
        stream = app.get("/api/Plivo/events/stream?subscription=s", headers=pairs)
        event = app.request("POST", "/api/Plivo/webhookEvent", json={"url": "https://example.com/"}, headers=pairs)
    for answer in (stream, event):
        assert error_in(answer)["fields"] == ["Authorization"]
