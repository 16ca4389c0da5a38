"""A bulk in trouble: an item that breaks, a time that is over, an end of the service. Nothing is lost or told wrong."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.in_process import CREDENTIALS, App
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder

COMMON = {**CREDENTIALS, "src": "14155550100", "text": "Hi"}
PATH = "/api/Plivo/sendMessage/bulk"
NDJSON = "application/x-ndjson"
SECRET = "s3cret in the text of an error"


def items(count: int) -> list[dict[str, Any]]:
    return [{"destination": str(14155550000 + number)} for number in range(count)]


def destination(request: httpx.Request) -> str:
    text: str = json.loads(request.content)["dst"]
    return text


def break_one(request: httpx.Request) -> httpx.Response:
    if destination(request) == "14155550007":
        raise RuntimeError(SECRET)
    return httpx.Response(202, json={"message_uuid": ["u"]})


def rows_and_counts(answer: httpx.Response) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Take either form of an answer apart; the rows by index."""
    if answer.headers["content-type"].startswith(NDJSON):
        *lines, counts = [json.loads(line) for line in answer.text.splitlines()]
        return sorted((line for line in lines if "index" in line), key=lambda row: row["index"]), counts
    counts = answer.json()["contextWrites"]["to"]
    return counts["results"], counts


@pytest.mark.parametrize("accept", ["application/json", NDJSON])
def test_a_defect_that_one_item_meets_is_its_own_result(accept: str, capfd: pytest.CaptureFixture[str]) -> None:
    with App(break_one) as app:
        headers = {"Accept": accept, "X-Request-Id": "the-request"}
        answer = app.request("POST", PATH, json={"args": COMMON, "items": items(120)}, headers=headers)
    rows, counts = rows_and_counts(answer)
    assert (counts["succeeded"], counts["failed"], counts["remaining"]) == (119, 1, 0)
    assert rows[7]["result"] == {
        "status_code": "INTERNAL_PACKAGE_ERROR",
        "status_msg": "Something went wrong inside the package.",
        "request_id": "the-request",
    }
    logged = capfd.readouterr().err
    assert "RuntimeError" in logged
    assert "the-request" in logged
    assert SECRET not in logged + answer.text


@pytest.mark.parametrize("accept", ["application/json", NDJSON])
@pytest.mark.parametrize("key", [None, "k"])
def test_what_is_in_flight_when_the_time_is_over_is_named(key: str | None, accept: str) -> None:
    """Who sends again what remains sends nothing twice."""
    back = asyncio.Event()
    sent: list[str] = []

    async def hang(request: httpx.Request) -> httpx.Response:
        sent.append(destination(request))
        if len(sent) > 10:
            if len(sent) == 60:  # no more go at one time
                app.let_pass(300)
            await back.wait()
        return httpx.Response(202, json={"message_uuid": ["u"]})

    with App(hang, bulk_timeout=300, plivo_timeout=600, plivo_rate_limit=False) as app:
        body = {"args": COMMON | {"idempotencyKey": key}, "items": items(200)}
        answer = app.request("POST", PATH, json=body, headers={"Accept": accept})
        begun = list(sent)
        back.set()
    rows, counts = rows_and_counts(answer)
    assert {items(200)[row["index"]]["destination"] for row in rows} == set(begun)
    assert counts["remaining"] == 200 - len(begun) > 0
    in_flight = [row["result"] for row in rows if row["callback"] == "error"]
    assert len(in_flight) == 50
    if key:
        assert {error["status_code"] for error in in_flight} == {"IDEMPOTENCY_IN_PROGRESS"}
    else:
        assert {error["status_code"] for error in in_flight} == {"API_TIMEOUT"}
        assert all(not error["retryable"] and error["look_in"] for error in in_flight)
    assert sent == begun, "what remains was sent after all"


@pytest.mark.parametrize("accept", ["application/json", NDJSON])
def test_at_sigterm_no_item_is_begun_and_what_is_in_flight_ends(accept: str, tmp_path: Path) -> None:
    answers: list[httpx.Response] = []
    with (
        Recorder() as recorder,
        Process(tmp_path, PLIVO_API_URL=recorder.url, PLIVO_RATE_LIMIT="false", STORE_URL="memory:") as process,
    ):
        recorder.script(Reply(b'{"message_uuid":["u"]}', 202, delay=0.5))

        def post() -> None:
            body = {"args": COMMON, "items": items(2000)}
            answers.append(process.http.post(PATH, json=body, headers={"Accept": accept}))

        thread = threading.Thread(target=post)
        thread.start()
        recorder.wait_for_requests(60)
        process.terminate()
        thread.join(PATIENCE)
        assert process.wait() == 0
        arrived = len(recorder.requests)
        output = process.output
    rows, counts = rows_and_counts(answers[0])
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (2000, arrived, 0)
    assert counts["remaining"] == 2000 - arrived > 0
    assert len(rows) == arrived
    if accept != NDJSON:
        assert counts["hint"].startswith("The service was told to stop")
    assert "Traceback" not in output


def test_a_request_that_is_cut_at_the_end_is_answered() -> None:
    """The time to finish is over: whatever still runs is cancelled."""
    messages: list[dict[str, Any]] = []

    async def cut(app: App) -> None:
        begun = asyncio.Event()

        async def hang(_: httpx.Request) -> httpx.Response:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        app.plivo = hang
        body = json.dumps({"args": COMMON | items(1)[0]}).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        scope = {"type": "http", "method": "POST", "path": "/api/Plivo/sendMessage", "headers": [], "query_string": b""}
        request = asyncio.ensure_future(app.asgi(scope, receive, send))  # type: ignore[arg-type]  # ASGI types
        await begun.wait()
        request.cancel()
        await request

    with App() as app:
        app.run(cut(app))
    error = json.loads(messages[1]["body"])["contextWrites"]["to"]
    assert (error["status_code"], error["retryable"]) == ("API_TIMEOUT", False)
    assert "stopped" in error["status_msg"]
