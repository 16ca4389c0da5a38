"""Many runs of a block in one request: results, order, refusals, going on, and what is never sent."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.in_process import CREDENTIALS, App, error_in

COMMON = {**CREDENTIALS, "src": "14155550100", "text": "Hi"}
PATH = "/api/Plivo/sendMessage/bulk"


def items(count: int) -> list[dict[str, str]]:
    return [{"destination": str(14155550000 + number)} for number in range(count)]


def accept_message(request: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json={"message_uuid": [json.loads(request.content)["dst"]]})


def run(app: App, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    response = app.request("POST", PATH, json=body, **options)
    envelope = response.json()
    assert envelope["callback"] == "success", envelope
    result: dict[str, Any] = envelope["contextWrites"][body.get("to", "to")]
    return result


def test_every_item_is_run_and_told_in_order() -> None:
    with App(accept_message) as app:
        result = run(app, {"args": COMMON, "items": items(230), "to": "out"})
    assert [row["index"] for row in result["results"]] == list(range(230))
    assert result["results"][7] == {"index": 7, "callback": "success", "result": {"message_uuid": ["14155550007"]}}
    assert {name: result[name] for name in ("total", "succeeded", "failed", "remaining")} == {
        "total": 230,
        "succeeded": 230,
        "failed": 0,
        "remaining": 0,
    }
    sent = sorted(json.loads(request.content)["dst"] for request in app.sent)
    assert sent == [item["destination"] for item in items(230)]


def test_an_item_has_its_own_fields_before_the_common_ones() -> None:
    with App(accept_message) as app:
        run(app, {"args": COMMON, "items": [{"destination": "14155550001", "text": "Mine"}]})
    assert json.loads(app.sent[0].content)["text"] == "Mine"


def test_a_failing_item_is_told_as_a_single_call_would() -> None:
    def refuse_one(request: httpx.Request) -> httpx.Response:
        if b"14155550001" in request.content:
            return httpx.Response(400, json={"error": "no such destination"})
        return accept_message(request)

    with App(refuse_one) as app:
        result = run(app, {"args": COMMON, "items": items(3)})
        single = app.call("sendMessage", **COMMON, destination="14155550001").json()
    assert (result["succeeded"], result["failed"]) == (2, 1)
    assert result["results"][1]["callback"] == "error"
    assert result["results"][1]["result"] == single["contextWrites"]["to"]


def test_one_invalid_item_refuses_the_whole_bulk_and_nothing_is_sent() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON, "items": [*items(2), {"ref": "Grace", "destination": "12"}, {}]}
        error = error_in(app.request("POST", PATH, json=body))
    assert error["status_code"] == "INVALID_FIELDS"
    told = [(item["index"], item.get("ref"), item["status_code"], item["fields"]) for item in error["items"]]
    assert told == [(2, "Grace", "INVALID_FIELDS", ["destination"]), (3, None, "REQUIRED_FIELDS", ["destination"])]
    assert app.sent == []


def test_skip_invalid_runs_the_others() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON | {"skipInvalid": "true"}, "items": [{"destination": "12"}, *items(2)]}
        result = run(app, body)
    assert (result["succeeded"], result["failed"], len(app.sent)) == (2, 1, 2)
    assert [row["callback"] for row in result["results"]] == ["error", "success", "success"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "JSON_VALIDATION"),
        (b"[]", "JSON_VALIDATION"),
        (b'{"args": 1, "items": []}', "JSON_VALIDATION"),
        (b"{}", "INVALID_FIELDS"),
        (b'{"items": []}', "INVALID_FIELDS"),
        (b'{"items": {}}', "INVALID_FIELDS"),
        (b'{"items": [1]}', "INVALID_FIELDS"),
        (b'{"items": [{}], "skipInvalid": "maybe"}', "INVALID_FIELDS"),
        (json.dumps({"items": [{}] * 10_001}).encode(), "INVALID_FIELDS"),
    ],
)
def test_a_bulk_that_cannot_be_read_is_refused(body: bytes, code: str) -> None:
    with App(accept_message) as app:
        assert error_in(app.request("POST", PATH, content=body))["status_code"] == code
        assert app.sent == []


def test_an_unknown_block_is_not_found() -> None:
    with App() as app:
        response = app.request("POST", "/api/Plivo/sendMesage/bulk", json={"items": [{}]})
        assert response.status_code == 404
        assert error_in(response)["nearest"][0] == "sendMessage"


def test_a_body_over_the_upload_limit_is_too_large() -> None:
    with App(max_upload_bytes=2048) as app:
        response = app.request("POST", PATH, content=b" " * 3000)
        assert response.status_code == 413
        assert error_in(response)["status_code"] == "PAYLOAD_TOO_LARGE"


def test_lines_of_json_are_items_and_results_stream_as_lines() -> None:
    lines = [{"args": COMMON}, *items(3)]
    with App(accept_message) as app:
        response = app.request(
            "POST",
            PATH,
            content="\n".join(json.dumps(line) for line in lines).encode(),
            headers={"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"},
        )
    assert response.headers["content-type"].startswith("application/x-ndjson")
    *results, progress = [json.loads(line) for line in response.text.splitlines()]
    assert sorted(result["index"] for result in results) == [0, 1, 2]
    assert {result["callback"] for result in results} == {"success"}
    assert (progress["total"], progress["succeeded"], progress["failed"], progress["remaining"]) == (3, 3, 0, 0)
    assert progress.keys() == {"total", "succeeded", "failed", "remaining", "rate", "secondsLeft"}


def test_with_a_key_the_same_bulk_sends_nothing_again(tmp_path: Path) -> None:
    with App(accept_message, store_url=f"sqlite:///{tmp_path}/store.db") as app:
        body = {"args": COMMON | {"idempotencyKey": "order-7"}, "items": items(40)}
        first, again = run(app, body), run(app, body)
        assert first == again
        assert len(app.sent) == 40
        by_header = {"args": COMMON, "items": items(41)}
        result = run(app, by_header, headers={"Idempotency-Key": "order-7"})
    assert (result["succeeded"], len(app.sent)) == (41, 41)


def test_it_answers_in_time_and_the_same_request_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The upstream answers 60 items and then hangs; once it is back, the rest is sent and nothing twice."""
    hung = asyncio.Event()
    sent: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["dst"])
        if len(sent) > 60:
            if len(sent) == 110:  # no more go at one time
                app.let_pass(300)
            await hung.wait()
        return accept_message(request)

    store_url = f"sqlite:///{tmp_path}/store.db"
    body = {"args": COMMON | {"idempotencyKey": "k"}, "items": items(200)}
    with App(answer, bulk_timeout=300, store_url=store_url, plivo_timeout=600) as app:
        first = run(app, body)
        assert first["succeeded"] == 60
        assert first["remaining"] == 200 - first["succeeded"] - first["failed"]
        assert [row["index"] for row in first["results"]] == sorted(row["index"] for row in first["results"])
        hung.set()
        second = run(app, body)
    assert (second["total"], second["succeeded"], second["remaining"]) == (200, 200, 0)
    assert len(sent) == len(set(sent)) == 200


def test_a_client_that_goes_away_stops_new_sends_but_not_those_under_way() -> None:
    finished: list[str] = []
    started: list[str] = []

    async def slow(request: httpx.Request) -> httpx.Response:
        destination = json.loads(request.content)["dst"]
        started.append(destination)
        await asyncio.sleep(0.3)
        finished.append(destination)
        return accept_message(request)

    with App(slow) as app:
        app.run(_send_and_leave(app))
    assert started == finished
    assert 0 < len(started) < 1000


async def _send_and_leave(app: App) -> None:
    """Send a streamed bulk as a raw ASGI request whose client is gone after the first result."""
    body = json.dumps({"args": COMMON, "items": items(1000)}).encode()
    has_result = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body}
        await has_result.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            has_result.set()

    headers = [(b"accept", b"application/x-ndjson"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b"", "state": {}}
    await app.asgi(scope | {"asgi": {"version": "3.0", "spec_version": "2.3"}}, receive, send)  # type: ignore[arg-type]  # ASGI types


def test_as_many_items_as_are_allowed_are_all_told_in_order() -> None:
    with App(accept_message) as app:
        result = run(app, {"args": COMMON | {"authId": "MABULKXXXXXXXXXXXXXX"}, "items": items(10_000)})
    assert (result["succeeded"], result["remaining"], len(app.sent)) == (10_000, 0, 10_000)
    assert [row["result"]["message_uuid"][0] for row in result["results"]] == [
        item["destination"] for item in items(10_000)
    ]
