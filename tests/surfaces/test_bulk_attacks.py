"""What a bulk could do to others: silence the service, fill its memory, take more answer than its request cost."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.blocks import naming
from app.web.bulk_body import MAX_VALUES
from tests.support.in_process import CREDENTIALS, App, error_in

COMMON = {**CREDENTIALS, "src": "14155550100", "text": "Hi"}
PATH = "/api/Plivo/sendMessage/bulk"
NDJSON = "application/x-ndjson"


def items(count: int) -> list[dict[str, Any]]:
    return [{"destination": str(14155550000 + number)} for number in range(count)]


def accept_message(_: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json={"message_uuid": ["u"], "padding": "x" * 1000})


@pytest.fixture(scope="module")
def shared() -> Iterator[App]:
    with App(accept_message) as app:
        yield app


async def race(app: App, path: str, body: object, **headers: str) -> tuple[httpx.Response, int]:
    """Return the answer to an attack, and how often the service said meanwhile that it is alive."""
    content = json.dumps(body).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://service") as client:
        attack = asyncio.create_task(client.post(path, content=content, headers=headers))
        answered = 0
        while not attack.done():
            assert (await client.get("/healthz")).status_code == 200
            answered += not attack.done()
            await asyncio.sleep(0)
        return await attack, answered


@pytest.mark.parametrize(
    ("common", "rows"),
    [
        ({}, [{f"unknown{number}": 1 for number in range(50)}] * 40),
        ({"skipInvalid": True}, [{f"unknown{number}": 1 for number in range(50)}] * 40),
        ({"dryRun": True, "text": "x" * 20_000}, items(40)),
        ({"dryRun": True}, [item | {"text": "é" * 50_000} for item in items(12)]),
        ({"dryRun": True, "additionalFields": {f"a{number}": number for number in range(2000)}}, items(40)),
        ({"dryRun": True, "idempotencyKey": "k", "text": "x" * 20_000}, items(40)),
        ({"dryRun": True, "skipDuplicates": True, "text": "x" * 2000}, items(1) * 1500),
        ({"dryRun": True}, [{"destination": ",".join(item["destination"] for item in items(1000))}] * 10),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", NDJSON], ids=["one answer", "stream"])
def test_others_are_answered_meanwhile(
    common: dict[str, Any], rows: list[dict[str, Any]], accept: str, shared: App
) -> None:
    answer, answered = shared.run(race(shared, PATH, {"args": COMMON | common, "items": rows}, Accept=accept))
    assert answer.status_code == 200
    assert answered > 3


def test_unknown_names_are_looked_up_for_as_many_items_as_are_told_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []

    def look_up(name: str, *_: object, **__: object) -> list[str]:
        looked_up.append(name)
        return []

    monkeypatch.setattr(naming, "get_close_matches", look_up)
    with App(accept_message, max_reported_items=3) as app:
        body = {"args": COMMON, "items": [{f"unknown{number}": 1 for number in range(10)}] * 500}
        assert error_in(app.request("POST", PATH, json=body))["more"] == 497
    assert len(looked_up) == 30


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"items":[' + b"{}," * MAX_VALUES + b"{}]}", "application/json"),
        (b'{"items":[' + b"[" * MAX_VALUES, "application/json"),
        (b'{"items":[{"a":[' + b"1.5," * MAX_VALUES + b"1]}]}", "application/json"),
        (b"{}\n" * MAX_VALUES, NDJSON),
        (b"\n" * (MAX_VALUES + 1), NDJSON),
        (b"\r" * (MAX_VALUES + 1), NDJSON),
        (b"destination;text\n" + b"1;x\n" * MAX_VALUES, "text/csv"),
        (b"destination\n" + b"\n" * MAX_VALUES, "text/csv"),
        (b"a\t" * (MAX_VALUES + 1), "text/csv"),
    ],
    ids=["objects", "brackets", "numbers", "lines", "empty lines", "returns", "rows", "empty rows", "columns"],
)
def test_a_body_of_too_many_values_is_refused_unread(
    body: bytes, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("it was read")

    for reader in ("_from_json", "_from_lines", "_from_table"):
        monkeypatch.setattr(f"app.web.bulk_body.{reader}", read)
    with App(accept_message) as app:
        answer = app.request("POST", PATH, content=body, headers={"Content-Type": content_type})
        assert error_in(answer)["errors"]["items"].startswith(f"hold more than {MAX_VALUES} values")


def test_items_as_text_hold_no_more_values_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escaped, none of what separates them stands in the body."""

    def read(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("app.web.bulk_body._unwrapped", read)
    body = b'{"items":"\\u005b0' + b"\\u002c0" * (MAX_VALUES + 1) + b'\\u005d"}'
    with App(accept_message) as app:
        answer = app.request("POST", PATH, content=body, headers={"Content-Type": "application/json"})
        assert error_in(answer)["errors"]["items"].startswith(f"hold more than {MAX_VALUES} values")


def test_a_text_of_an_item_is_no_longer_than_a_single_call_may_bring() -> None:
    with App(accept_message, max_body_bytes=2048) as app:
        answer = app.request("POST", PATH, json={"args": COMMON, "items": [*items(1), {"text": "x" * 2049}]})
        assert error_in(answer)["errors"]["items"] == "item 1: text has more than 2048 characters"
        assert app.sent == []


@pytest.mark.parametrize("accept", ["application/json", NDJSON])
def test_identical_items_do_not_multiply_an_answer(accept: str) -> None:
    """Beyond MAX_ANSWER_BYTES they only say whose result is theirs; nobody may take them for not sent."""
    with App(accept_message, max_answer_bytes=20_000) as app:
        body = {"args": COMMON | {"skipDuplicates": True}, "items": items(1) * 3000}
        answer = app.request("POST", PATH, json=body, headers={"Accept": accept})
        assert len(app.sent) == 1
    if accept == NDJSON:
        *rows, counts = [json.loads(line) for line in answer.text.splitlines()]
    else:
        counts = answer.json()["contextWrites"]["to"]
        rows = counts["results"]
    assert (counts["succeeded"], counts["remaining"]) == (3000, 0)
    assert len(answer.content) < 20_000 + 3000 * 100
    assert rows[1]["result"] == rows[0]["result"]
    assert rows[-1] == {"index": 2999, "duplicate_of": 0, "callback": "success"}


def test_refusals_do_not_multiply_an_answer() -> None:
    with App(accept_message, max_answer_bytes=20_000) as app:
        body = {"args": COMMON | {"skipInvalid": True}, "items": [{}] * 3000}
        answer = app.request("POST", PATH, json=body)
    result = answer.json()["contextWrites"]["to"]
    assert result["failed"] + result["remaining"] == 3000
    assert len(answer.content) < 25_000
    assert "MAX_ANSWER_BYTES" in result["hint"]
