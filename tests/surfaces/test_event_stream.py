"""Events as Server-Sent Events, read over a real socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from app.events.history import History
from app.surfaces.event_stream import MOST_OF_AN_ACCOUNT
from tests.support.from_plivo import PUBLIC_URL, FromPlivo
from tests.support.in_process import error_in
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

AUTH = (AUTH_ID, AUTH_TOKEN)
MANY = 250
"""Large events: more bytes than the kernel takes for somebody who does not read."""


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


def test_a_stream_ends_with_its_subscription(plivo: FromPlivo) -> None:
    made, other = plivo.subscribe(), plivo.subscribe()
    plivo.status(made, "m1")
    with stream(plivo, made) as response, stream(plivo, other) as still_open:
        lines = response.iter_lines()
        read(lines, 1)
        plivo.call("deleteSubscription", subscriptionId=made["subscription_id"])
        assert not any(lines), "it goes on"
        plivo.status(other, "m2")
        read(still_open.iter_lines(), 1)
    with stream(plivo, made) as response:
        response.read()
        assert response.status_code == 422
        assert error_in(response)["errors"] == {"subscriptionId": "is not a subscription of this account"}


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the error of a stream for which there is no room."""
    assert (response.status_code, response.headers["retry-after"]) == (status, "5")
    error = error_in(response)
    assert (error["status_code"], error["retryable"], error["retry_after"]) == ("OVERLOADED", True, 5)
    return error


def wait_for_room(plivo: FromPlivo, made: dict[str, Any]) -> None:
    pause = threading.Event()
    for _ in range(1200):
        with stream(plivo, made) as response:
            if response.status_code == 200:
                return
        pause.wait(0.05)
    raise AssertionError("no stream gives its place back")


def test_an_account_has_so_many_streams_and_no_more(plivo: FromPlivo) -> None:
    made = plivo.subscribe()
    path = f"/api/Plivo/events/stream?subscription={made['subscription_id']}"
    with ExitStack() as readers:
        for _ in range(MOST_OF_AN_ACCOUNT):
            assert readers.enter_context(stream(plivo, made)).status_code == 200
        assert f"{MOST_OF_AN_ACCOUNT} streams" in refused(plivo.service.http.get(path, auth=AUTH), 429)["status_msg"]
        theirs = ("MAYYYYYYYYYYYYYYYYYY", "other")
        other = plivo.call("createSubscription", authId=theirs[0], authToken=theirs[1])["subscription_id"]
        path = f"/api/Plivo/events/stream?subscription={other}"
        with plivo.service.http.stream("GET", path, auth=theirs) as response:
            assert response.status_code == 200
    wait_for_room(plivo, made)


def test_all_accounts_have_a_quarter_of_the_connections(recorder: Recorder) -> None:
    with Service(plivo_api_url=recorder.url, public_url=PUBLIC_URL, max_connections=12) as service, ExitStack() as all_:
        plivo = FromPlivo(service)
        made = plivo.subscribe()
        for _ in range(3):
            assert all_.enter_context(stream(plivo, made)).status_code == 200
        path = f"/api/Plivo/events/stream?subscription={made['subscription_id']}"
        assert "MAX_CONNECTIONS" in refused(service.http.get(path, auth=AUTH), 503)["status_msg"]


def test_a_reader_that_stalls_is_read_little_for_and_cut(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did not read is there when it comes back."""
    looks: list[int] = []
    watch = History.watch

    def counted(self: History, name: str, after: int, limit: int, most_bytes: int) -> Any:
        looks.append(after)
        return watch(self, name, after, limit, most_bytes)

    monkeypatch.setattr(History, "watch", counted)
    with Service(plivo_api_url=recorder.url, public_url=PUBLIC_URL, max_connections=4, body_timeout=3) as service:
        plivo = FromPlivo(service)
        made = plivo.subscribe()
        for number in range(MANY):
            plivo.status(made, f"m{number}", Large="x" * 50_000)
        with socket.socket() as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.connect(("127.0.0.1", service.port))
            head = f"GET /api/Plivo/events/stream?subscription={made['subscription_id']} HTTP/1.1\r\nhost: x\r\n"
            caller.sendall(f"{head}authorization: {httpx.BasicAuth(*AUTH)._auth_header}\r\n\r\n".encode())
            wait_for_room(plivo, made)
        # What fits into the buffers of the kernel was read for it, and not much more.
        assert max(looks) < MANY
        with stream(plivo, made) as response:
            events = read(response.iter_lines(), MANY)
    assert [int(event["id"]) for event in events] == list(range(1, MANY + 1))


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
