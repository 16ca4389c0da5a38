"""The client to Plivo by itself: what it retries, how long it waits, whom it writes to."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from app.datatypes.credentials import Credentials
from app.errors import UpstreamError
from app.plivo import UpstreamReply
from app.plivo.client import FIRST_BACKOFF, Plivo
from app.plivo.in_process import InProcess
from tests.support import virtual_time
from tests.support.road import CREDENTIALS, METHODS, PATH, failure, request, told

Step = Callable[[], httpx.Response]


class Road(httpx.MockTransport):
    """A transport that plays steps in turn, the last one again and again, and keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(self._play)
        self._steps = list(steps)
        self.requests: list[httpx.Request] = []

    async def _play(self, sent: httpx.Request) -> httpx.Response:
        self.requests.append(sent)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return step()


def answer(status: int = 200, **headers: str) -> Step:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.Response(status, json={"api_id": "x"}, headers=named)


def fault(error: type[httpx.TransportError]) -> Step:
    def fail() -> httpx.Response:
        raise error("as scripted")

    return fail


class Sleeper:
    """Stands in for asyncio.sleep and notes the seconds."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def client(road: httpx.AsyncBaseTransport, **options: Any) -> Plivo:
    return Plivo(InProcess(road), **{"api_url": None, "timeout": 30.0, "retries": 2, "sleep": Sleeper(), **options})


def send(plivo: Plivo, method: str = "GET", **parts: Any) -> UpstreamReply:
    return asyncio.run(plivo.send(request(method, **parts), CREDENTIALS))


def fail(plivo: Plivo, method: str) -> UpstreamError:
    return asyncio.run(failure(plivo, method))


CONNECT_FAILURES = {
    "connect error": fault(httpx.ConnectError),
    "connect timeout": fault(httpx.ConnectTimeout),
    "full pool": fault(httpx.PoolTimeout),
}
LOST = {
    "read error": fault(httpx.ReadError),
    "write error": fault(httpx.WriteError),
    "close error": fault(httpx.CloseError),
    "protocol error": fault(httpx.RemoteProtocolError),
    "proxy error": fault(httpx.ProxyError),
    "read timeout": fault(httpx.ReadTimeout),
    "write timeout": fault(httpx.WriteTimeout),
}


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("step", [*CONNECT_FAILURES.values(), answer(429)], ids=[*CONNECT_FAILURES, "429"])
def test_what_was_not_acted_on_is_repeated(step: Step, method: str, retries: int) -> None:
    road = Road(step)
    error = fail(client(road, retries=retries), method)
    assert error.details["retryable"] is True
    assert error.tries == len(road.requests) == retries + 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "step", [*LOST.values(), answer(502), answer(503), answer(504)], ids=[*LOST, "502", "503", "504"]
)
def test_what_may_have_been_acted_on_is_repeated_for_reads_only(step: Step, method: str) -> None:
    road = Road(step)
    error = fail(client(road), method)
    assert error.details["retryable"] is (method == "GET")
    assert error.tries == len(road.requests) == (3 if method == "GET" else 1)


@pytest.mark.parametrize("step", CONNECT_FAILURES.values(), ids=CONNECT_FAILURES.keys())
def test_never_connected(step: Step) -> None:
    assert told(fail(client(Road(step)), "POST")) == ("API_UNREACHABLE", True, 502)


@pytest.mark.parametrize("step", LOST.values(), ids=LOST.keys())
def test_lost_while_it_was_out(step: Step) -> None:
    """Whatever the transport calls it: a write whose fate is open is never told as not sent."""
    error = fail(client(Road(step)), "POST")
    assert error.code in ("API_DISCONNECTED", "API_TIMEOUT")
    assert error.details["retryable"] is False


def test_write_that_was_refused_and_then_lost() -> None:
    """A retry is judged like a first try."""
    road = Road(answer(429), fault(httpx.ConnectError), fault(httpx.ReadError), answer())
    error = fail(client(road, retries=5), "POST")
    assert told(error) == ("API_DISCONNECTED", False, 502)
    assert error.tries == len(road.requests) == 3


@pytest.mark.parametrize("step", [answer(503), fault(httpx.ReadError), fault(httpx.ConnectError)])
def test_success_after_failures(step: Step) -> None:
    sleeper = Sleeper()
    reply = send(client(Road(step, step, answer()), sleep=sleeper))
    assert (reply.tries, reply.api_id, reply.status) == (3, "x", 200)
    assert len(sleeper.waits) == 2


def test_backoff_doubles_and_jitters() -> None:
    runs = []
    for _ in range(20):
        sleeper = Sleeper()
        fail(client(Road(answer(503)), retries=4, sleep=sleeper), "GET")
        runs.append(sleeper.waits)
    for position, waits in enumerate(zip(*runs, strict=True)):
        longest = FIRST_BACKOFF * 2**position
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(set(waits)) > 1


@pytest.mark.parametrize(("method", "status"), [("GET", 429), ("GET", 503), ("POST", 429), ("DELETE", 429)])
def test_retry_after_in_seconds_is_obeyed(method: str, status: int) -> None:
    sleeper = Sleeper()
    reply = send(client(Road(answer(status, Retry_After="7"), answer()), sleep=sleeper), method)
    assert sleeper.waits == [7]
    assert reply.tries == 2


def test_retry_after_as_a_date_is_obeyed() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    sleeper = Sleeper()
    send(client(Road(answer(429, Retry_After=when), answer()), sleep=sleeper))
    (wait,) = sleeper.waits
    # The date has whole seconds, and some time has passed.
    assert 5 < wait <= 10


@pytest.mark.parametrize("when", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after_that_is_over_does_not_wait(when: str) -> None:
    sleeper = Sleeper()
    send(client(Road(answer(429, Retry_After=when), answer()), sleep=sleeper))
    assert sleeper.waits == [0]


@pytest.mark.parametrize("nonsense", ["", "soon", "-5", "1.5e9", "٣", "Wed, 99 Oct"])
def test_retry_after_that_says_nothing_is_ignored(nonsense: str) -> None:
    sleeper = Sleeper()
    headers = {"Retry-After": nonsense.encode()}
    road = Road(lambda: httpx.Response(429, json={}, headers=headers), answer())  # type: ignore[arg-type]  # bytes do
    send(client(road, sleep=sleeper))
    (wait,) = sleeper.waits
    assert 0 < wait <= FIRST_BACKOFF


@pytest.mark.parametrize("when", ["30", "3600", "99999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
@pytest.mark.parametrize("method", METHODS)
def test_wait_past_the_deadline_is_not_begun(method: str, when: str) -> None:
    """The caller learns at once how long it would have to wait."""
    sleeper = Sleeper()
    road = Road(answer(429, Retry_After=when))
    error = fail(client(road, timeout=30, sleep=sleeper), method)
    assert told(error) == ("API_ERROR", True, 429)
    assert isinstance(error.details["retry_after"], int | float)
    assert error.details["retry_after"] >= 30
    assert sleeper.waits == []
    assert len(road.requests) == error.tries == 1


def test_retry_after_is_told_where_nothing_is_repeated() -> None:
    error = fail(client(Road(answer(503, Retry_After="7"))), "POST")
    assert error.details["retry_after"] == 7
    assert error.tries == 1


class SlowRoad(httpx.AsyncBaseTransport):
    """Never answers the first requests, then always at once."""

    def __init__(self, silent: int) -> None:
        self._silent = silent
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.requests <= self._silent:
            await asyncio.Event().wait()
        return httpx.Response(200, json={}, request=request)


def test_read_without_answer_is_given_up_at_half_time() -> None:
    """A second try gets the other half, though nothing but silence ended the first."""
    road = client(SlowRoad(1), sleep=asyncio.sleep)
    reply = virtual_time.run(road.send(request("GET"), CREDENTIALS))
    assert reply.tries == 2


@pytest.mark.parametrize("method", METHODS)
def test_deadline_bounds_everything(method: str) -> None:
    road = SlowRoad(100)
    error = virtual_time.run(failure(client(road, sleep=asyncio.sleep), method))
    assert told(error) == ("API_TIMEOUT", method == "GET", 504)
    assert error.tries == road.requests
    assert (method == "GET") == ("not known" not in str(error.message))


def test_write_gets_the_whole_time() -> None:
    """It has one try only, so that half of the time would be given away."""

    class HalfTime(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(20)
            return httpx.Response(200, json={}, request=request)

    assert virtual_time.run(client(HalfTime()).send(request("POST"), CREDENTIALS)).tries == 1


@pytest.mark.parametrize(
    ("api_url", "host", "expected"),
    [
        (None, "api.plivo.com", "https://api.plivo.com" + PATH),
        (None, "lookup.plivo.com", "https://lookup.plivo.com" + PATH),
        ("http://localhost:9000", "lookup.plivo.com", "http://localhost:9000" + PATH),
        ("http://localhost:9000/", "api.plivo.com", "http://localhost:9000" + PATH),
        ("https://proxy.example.com/plivo/eu", "api.plivo.com", "https://proxy.example.com/plivo/eu" + PATH),
        ("https://proxy.example.com/plivo/eu/", "stats.plivo.com", "https://proxy.example.com/plivo/eu" + PATH),
    ],
)
def test_where_requests_go(api_url: str | None, host: str, expected: str) -> None:
    road = Road(answer())
    send(client(road, api_url=api_url), host=host)
    assert str(road.requests[0].url) == expected


@pytest.mark.parametrize("token", ["token", "to:ken", "pässwörd ✓", "", " ", "a" * 2000])
def test_credentials_are_basic_auth_in_utf_8(token: str) -> None:
    road = Road(answer())
    asyncio.run(client(road).send(request("GET"), Credentials("MA1", token)))
    scheme, _, encoded = road.requests[0].headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(encoded).decode() == f"MA1:{token}"
