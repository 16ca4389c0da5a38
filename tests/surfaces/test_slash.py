"""A slash at the end of an address changes nothing, and sends nobody elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.in_process import CALL, CREDENTIALS, App, error_in


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/Plivo", None),
        ("HEAD", "/api/Plivo", None),
        ("POST", "/api/Plivo", {}),
        ("GET", "/api/Plivo/makeCall", None),
        ("POST", "/api/Plivo/makeCall", CALL),
        ("POST", "/api/Plivo/makeCall/bulk", {**CALL, "items": [{}]}),
        ("POST", "/api/Plivo/makeCall/options/answerMethod", CREDENTIALS),
        ("POST", "/api/Plivo/webhookEvent", {"args": {"url": "https://example.com/events", **CREDENTIALS}}),
        ("GET", "/api/Plivo/events/stream", None),
        ("DELETE", "/api/Plivo/makeCall/bulk", None),
    ],
)
def test_a_slash_at_the_end_changes_nothing(method: str, path: str, body: dict[str, Any] | None, app: App) -> None:
    plain, slashed = (app.request(method, address, json=body) for address in (path, path + "/"))
    assert plain.status_code == slashed.status_code != 404
    assert plain.content == slashed.content
    assert b"NOT_FOUND" not in slashed.content


def test_a_selection_is_read_behind_the_slash_too(app: App) -> None:
    names = {block["name"] for block in app.get("/api/Plivo/?blocks=makeCall,sendMessage").json()["blocks"]}
    assert names == {"makeCall", "sendMessage"}


@pytest.mark.parametrize("path", ["/api/Plivo//", "/api/Plivo/makeCall//", "/api/Plivo/makeCall/bulk//", "/api//Plivo"])
def test_one_slash_is_one_and_no_more(path: str, app: App) -> None:
    answer = app.request("POST", path, json=CALL)
    assert (answer.status_code, error_in(answer)["status_code"]) == (404, "NOT_FOUND")
