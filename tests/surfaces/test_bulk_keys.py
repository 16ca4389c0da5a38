"""Bulk keys: by content, never by place; keys that look like none; identical items."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.in_process import CREDENTIALS, App, error_in

COMMON = {**CREDENTIALS, "src": "14155550100", "text": "Hi"}
PATH = "/api/Plivo/sendMessage/bulk"
A, B, C = ({"destination": f"1415555000{number}"} for number in (1, 2, 3))


def accept_message(request: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json={"message_uuid": [json.loads(request.content)["dst"]]})


def run(app: App, items: list[Any], headers: dict[str, str] | None = None, **common: Any) -> dict[str, Any]:
    response = app.request("POST", PATH, json={"args": COMMON | common, "items": items}, headers=headers or {})
    envelope = response.json()
    assert envelope["callback"] == "success", envelope
    result: dict[str, Any] = envelope["contextWrites"]["to"]
    return result


def sent_to(app: App) -> list[str]:
    return [json.loads(request.content)["dst"][-1] for request in app.sent]


def test_rows_may_be_inserted_removed_and_sorted_between_two_runs() -> None:
    with App(accept_message) as app:
        run(app, [A, B], idempotencyKey="nov")
        second = run(app, [C, A, B], idempotencyKey="nov")
        assert sent_to(app)[2:] == ["3"]
        assert [row["result"]["message_uuid"][0][-1] for row in second["results"]] == ["3", "1", "2"]
        run(app, [B], idempotencyKey="nov")
        assert len(app.sent) == 3


def test_identical_items_are_told_apart_by_their_count() -> None:
    with App(accept_message) as app:
        run(app, [A, A], idempotencyKey="k")
        assert sent_to(app) == ["1", "1"]
        run(app, [A, B, A, A], idempotencyKey="k")
        assert sorted(sent_to(app)) == ["1", "1", "1", "2"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from("12345"), max_size=8), max_size=4))
def test_each_content_goes_out_as_often_as_it_was_asked_for_at_most_at_one_time(runs: list[list[str]]) -> None:
    with App(accept_message) as app:
        wanted: Counter[str] = Counter()
        for letters in runs:
            if letters:
                run(app, [{"destination": f"1415555000{letter}"} for letter in letters], idempotencyKey="k")
            wanted |= Counter(letters)
        assert Counter(sent_to(app)) == wanted


def test_an_items_own_key_wins_and_an_empty_one_is_none() -> None:
    """An empty column of a spreadsheet gives ``""``."""
    with App(accept_message) as app:
        items = [A | {"idempotencyKey": "mine"}, B | {"idempotencyKey": ""}, C | {"idempotencyKey": None}]
        run(app, items, idempotencyKey="k")
        run(app, items, idempotencyKey="another")
        assert sorted(sent_to(app)) == ["1", "2", "2", "3", "3"]
        run(app, items, idempotencyKey="k")
        assert len(app.sent) == 5


@pytest.mark.parametrize("key", [0, False, "0", 7])
def test_a_key_that_looks_false_is_a_key(key: object) -> None:
    with App(accept_message) as app:
        run(app, [A, B], idempotencyKey=key)
        run(app, [A, B], idempotencyKey=key)
        assert len(app.sent) == 2


@pytest.mark.parametrize("key", [[], {}, ["k"], "é", "x" * 256])
def test_what_is_no_key_is_refused(key: object) -> None:
    with App(accept_message) as app:
        body = {"args": COMMON | {"idempotencyKey": key}, "items": [A]}
        error = error_in(app.request("POST", PATH, json=body))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["idempotencyKey"])
        assert app.sent == []


@pytest.mark.parametrize(
    ("header", "field", "told"),
    [("", "k", "Idempotency-Key"), ("  ", "k", "Idempotency-Key"), ("a", "b", "idempotencyKey")],
)
@pytest.mark.parametrize("path", [PATH, "/api/Plivo/sendMessage"])
def test_header_and_field_name_the_same_key(path: str, header: str, field: str, told: str) -> None:
    with App(accept_message) as app:
        body: dict[str, Any] = {**COMMON, **A, "idempotencyKey": field} | ({"items": [{}]} if path == PATH else {})
        error = error_in(app.request("POST", path, json=body, headers={"Idempotency-Key": header}))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", [told])
        same = app.request("POST", path, json=body, headers={"Idempotency-Key": field})
        assert same.json()["callback"] == "success"


@pytest.mark.parametrize(("header", "field"), [("true", "true"), ("7", "7"), ("1.10", "1.10"), ("k", '"k"')])
@pytest.mark.parametrize("path", [PATH, "/api/Plivo/sendMessage"])
def test_a_key_in_the_header_is_the_one_that_the_field_is_as_text(path: str, header: str, field: str) -> None:
    with App(accept_message) as app:
        body = json.dumps({**COMMON, **A} | ({"items": [{}]} if path == PATH else {}))[:-1]
        answer = app.request(
            "POST", path, content=f'{body}, "idempotencyKey": {field}}}', headers={"Idempotency-Key": header}
        )
        assert answer.json()["callback"] == "success", answer.text


def test_skip_duplicates_runs_identical_items_once() -> None:
    with App(accept_message) as app:
        result = run(app, [A, B | {"ref": "b"}, A, B | {"ref": "again"}], skipDuplicates=True)
        assert sorted(sent_to(app)) == ["1", "2"]
    rows = result["results"]
    assert [row.get("duplicate_of") for row in rows] == [None, None, 0, 1]
    assert [row.get("ref") for row in rows] == [None, "b", None, "again"]
    assert (rows[2]["result"], rows[3]["result"]) == (rows[0]["result"], rows[1]["result"])
    assert (result["total"], result["succeeded"], result["remaining"]) == (4, 4, 0)


def test_where_a_key_is_required_the_bulks_is_enough(tmp_path: Path) -> None:
    with App(accept_message, require_idempotency_key=True, store_url=f"sqlite:///{tmp_path}/store.db") as app:
        assert run(app, [A], idempotencyKey="k")["succeeded"] == 1
        error = error_in(app.request("POST", PATH, json={"args": COMMON, "items": [A]}))
        assert error["items"][0]["fields"] == ["idempotencyKey"]
        single = error_in(app.call("sendMessage", **COMMON, **A))
        assert (single["status_code"], single["fields"]) == ("REQUIRED_FIELDS", ["idempotencyKey"])
        assert app.call("sendMessage", **COMMON, **A, dryRun=True).json()["callback"] == "success"
        assert len(app.sent) == 1


def test_an_item_that_is_only_shown_is_not_the_one_that_is_sent() -> None:
    """It makes the same request, and takes neither the key of one that is sent nor its place."""
    shown = A | {"dryRun": True}
    with App(accept_message) as app:
        run(app, [shown, A], idempotencyKey="k")
        run(app, [A], idempotencyKey="k")
        assert sent_to(app) == ["1"]
        rows = run(app, [shown, A, shown, A], skipDuplicates=True)["results"]
        assert sent_to(app) == ["1", "1"]
    assert [row.get("duplicate_of") for row in rows] == [None, None, 0, 1]
    assert ["dryRun" in row["result"] for row in rows] == [True, False, True, False]


def test_another_accounts_item_is_not_identical() -> None:
    """Where the account does not stand in the path, two accounts make the same request."""
    item = {"callUuid": "c", "rating": 5}
    own, other = item | CREDENTIALS, item | {"authId": "MAOTHER", "authToken": "t"}
    path = "/api/Plivo/sendCallFeedback/bulk"
    with App() as app:
        app.request("POST", path, json={"items": [own, other], "idempotencyKey": "k"})
        app.request("POST", path, json={"items": [other, own], "idempotencyKey": "k"})
        assert len(app.sent) == 2
        answer = app.request("POST", path, json={"items": [own, other, own], "skipDuplicates": True}).json()
        assert [row.get("duplicate_of") for row in answer["contextWrites"]["to"]["results"]] == [None, None, 0]
        assert len(app.sent) == 4


def test_a_page_is_not_identical_to_the_whole_list() -> None:
    def list_one(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"meta": {"total_count": 1, "next": None}, "objects": [{"app_id": "1"}]})

    with App(list_one) as app:
        body = {"args": CREDENTIALS, "items": [{}, {"returnAll": True}, {}], "skipDuplicates": True}
        answer = app.request("POST", "/api/Plivo/getApplications/bulk", json=body).json()
    rows = answer["contextWrites"]["to"]["results"]
    assert [row.get("duplicate_of") for row in rows] == [None, None, 0]
    assert ["count" in row["result"]["meta"] for row in rows] == [False, True, False]
