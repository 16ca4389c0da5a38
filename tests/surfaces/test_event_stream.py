"""Events as Server-Sent Events, read over a real socket."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.from_plivo import PUBLIC_URL, FromPlivo
from tests.support.in_process import error_in
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

AUTH = (AUTH_ID, AUTH_TOKEN)


@pytest.fixture
def plivo(recorder: Recorder) -> Iterator[FromPlivo]:
    with Service(plivo_api_url=recorder.url, public_url=PUBLIC_URL, store_url="memory:") as service:
        yield FromPlivo(service)


def read(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """Read so many events of a stream as a browser does."""
    events: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            events.append(fields)
            fields = {}
            if len(events) == count:
                return events
    raise AssertionError(events)


def stream(plivo: FromPlivo, made: dict[str, Any], **headers: str) -> Any:
    path = f"/api/Plivo/events/stream?subscription={made['subscription_id']}"
    return plivo.service.http.stream("GET", path, auth=AUTH, headers=headers)


def test_what_is_kept_and_what_comes_is_streamed(plivo: FromPlivo) -> None:
    made = plivo.subscribe()
    plivo.status(made, "m1")
    with stream(plivo, made) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        (first,) = read(lines, 1)
        plivo.status(made, "m2", "delivered")
        (second,) = read(lines, 1)
    assert (first["id"], first["event"]) == ("1", "message.sent")
    assert (second["id"], second["event"]) == ("2", "message.delivered")
    assert '"message_uuid":"m2"' in second["data"]


def test_a_reader_goes_on_after_the_last_event_that_it_saw(plivo: FromPlivo) -> None:
    made = plivo.subscribe()
    for number in range(150):
        plivo.status(made, f"m{number}")
    with stream(plivo, made, **{"last-event-id": "20"}) as response:
        events = read(response.iter_lines(), 130)
    assert [int(event["id"]) for event in events] == list(range(21, 151))


@pytest.mark.parametrize(
    ("auth", "subscription", "headers", "status", "code"),
    [
        (None, "sub", {}, 422, "REQUIRED_FIELDS"),
        (AUTH, "", {}, 422, "REQUIRED_FIELDS"),
        (AUTH, "sub_nobody", {}, 422, "INVALID_FIELDS"),
        (AUTH, "sub", {"last-event-id": "evt_1"}, 422, "INVALID_FIELDS"),
    ],
)
def test_a_stream_that_cannot_be_read_says_why(  # one row of the table
    plivo: FromPlivo,
    auth: tuple[str, str] | None,
    subscription: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    options: dict[str, Any] = {"auth": auth} if auth else {}
    path = f"/api/Plivo/events/stream?subscription={subscription}"
    response = plivo.service.http.get(path, headers=headers, **options)
    assert response.status_code == status
    assert error_in(response)["status_code"] == code
