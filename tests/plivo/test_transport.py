"""Every fault that a socket can have, counted in arrivals: nothing is ever sent twice that must not be."""

import asyncio
from collections.abc import Sequence
from typing import cast

import aiohttp
import pytest

from app.errors import UpstreamError
from tests.support.answers import Answer, HangUp, Raw, Reply, ResetUnread, Silence, json_reply
from tests.support.recorder import Recorder
from tests.support.road import CREDENTIALS, METHODS, failure, plivo_at, request, told
from tests.support.virtual_time import ClockAhead

ONCE = {"POST": 1, "PATCH": 1, "DELETE": 1}
OWN_TRIES_FOR_READS = {"GET": 3, **ONCE}
ONCE_EACH = {"GET": 1, **ONCE}


async def meet(method: str, fault: Answer, before: Sequence[Answer]) -> tuple[int, UpstreamError]:
    """Send one request into a fault; return how often it arrived, and the error."""
    with Recorder() as recorder:
        async with plivo_at(recorder.url) as plivo:
            recorder.script(*before, fault)
            for _ in before:
                await plivo.send(request("GET"), CREDENTIALS)
            connections = recorder.connections
            error = await failure(plivo, method)
            if fault.leaves_request_unread:
                return recorder.connections - connections + bool(before), error
            arrived = recorder.requests[len(before) :]
            if before:
                assert arrived[0].connection == 1, "the kept connection was not used again"
            assert {each.method for each in arrived} == {method}
            return len(arrived), error


def meet_with_every_method(
    fault: Answer, *, before: Sequence[Answer] = ()
) -> tuple[dict[str, int], dict[str, UpstreamError]]:
    async def every_method() -> list[tuple[int, UpstreamError]]:
        return await asyncio.gather(*(meet(method, fault, before) for method in METHODS))

    results = dict(zip(METHODS, asyncio.run(every_method()), strict=True))
    return {method: result[0] for method, result in results.items()}, {
        method: result[1] for method, result in results.items()
    }


LOST = {
    "hung up": HangUp(),
    "reset": HangUp(reset=True),
    "reset before it was read": ResetUnread(),
    "cut short": Reply(b'{"api_id": "x"}', missing=5),
    "cut short in chunks": Reply(b'{"api_id": "x"}', chunked=True, missing=1),
    "error cut short": Reply(b'{"error": "x"}', status=500, missing=5),
    "cut in the headers": Raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "only an interim answer": Raw(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "not HTTP": Raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.mark.parametrize("before", [(), (Reply(),)], ids=["fresh", "kept alive"])
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_lost_connection(fault: Answer, before: Sequence[Answer]) -> None:
    """A write goes out once, whatever becomes of it; a read as often as PLIVO_RETRIES says."""
    arrivals, errors = meet_with_every_method(fault, before=before)
    assert arrivals == OWN_TRIES_FOR_READS
    assert {method: told(error) for method, error in errors.items()} == {
        method: ("API_DISCONNECTED", method == "GET", 502) for method in METHODS
    }
    assert {method: error.tries for method, error in errors.items()} == arrivals
    assert all("not known" in str(errors[method].message) for method in ONCE)
    assert "not known" not in str(errors["GET"].message)


SLOW = {"silence": Silence(), "silence after the headers": Reply(stall=30)}


@pytest.mark.parametrize("before", [(), (Reply(),)], ids=["fresh", "kept alive"])
@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW.keys())
def test_no_answer_in_time(fault: Answer, before: Sequence[Answer]) -> None:
    """Each try has half of what is left, the last one all of it; the clock moves when it has arrived."""
    wait = 400.0
    arrivals: dict[str, int] = {}
    errors: dict[str, UpstreamError] = {}

    async def one(method: str) -> UpstreamError:
        loop = cast("ClockAhead", asyncio.get_running_loop())
        with Recorder() as recorder:
            async with plivo_at(recorder.url, timeout=wait) as plivo:
                recorder.script(*before, fault)
                for _ in before:
                    await plivo.send(request("GET"), CREDENTIALS)
                failing = asyncio.create_task(failure(plivo, method))
                for number, share in enumerate((wait / 2, wait / 4, wait / 4) if method == "GET" else (wait,), 1):
                    await asyncio.to_thread(recorder.wait_for_requests, len(before) + number)
                    loop.ahead += share
                error = await failing
            arrived = recorder.requests[len(before) :]
            assert not before or arrived[0].connection == 1, "the kept connection was not used again"
            arrivals[method] = len(arrived)
        return error

    for method in METHODS:
        with asyncio.Runner(loop_factory=ClockAhead) as runner:
            errors[method] = runner.run(one(method))
    assert arrivals == OWN_TRIES_FOR_READS
    assert {method: told(error) for method, error in errors.items()} == {
        method: ("API_TIMEOUT", method == "GET", 504) for method in METHODS
    }
    assert all("not known" in str(errors[method].message) for method in ONCE)
    assert "not known" not in str(errors["GET"].message)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_server_error_that_a_read_is_repeated_after(status: int) -> None:
    arrivals, errors = meet_with_every_method(json_reply({"error": "busy"}, status))
    assert arrivals == OWN_TRIES_FOR_READS
    assert {method: told(error) for method, error in errors.items()} == {
        method: ("API_ERROR", method == "GET", status) for method in METHODS
    }


@pytest.mark.parametrize("status", [500, 501, 505])
def test_server_error_that_nothing_is_repeated_after(status: int) -> None:
    """A read may be sent again, but by the caller."""
    arrivals, errors = meet_with_every_method(json_reply({"error": "broken"}, status))
    assert arrivals == ONCE_EACH
    assert {method: told(error) for method, error in errors.items()} == {
        method: ("API_ERROR", method == "GET", status) for method in METHODS
    }


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 422])
def test_refusal(status: int) -> None:
    arrivals, errors = meet_with_every_method(json_reply({"error": "no"}, status))
    assert arrivals == ONCE_EACH
    assert {told(error) for error in errors.values()} == {("API_ERROR", False, status)}


def test_rate_limit_is_waited_out_by_every_method() -> None:
    """Plivo refused the request, so it may be sent again whatever it does."""
    arrivals, errors = meet_with_every_method(json_reply({"error": "slow down"}, 429, Retry_After="1"))
    assert arrivals == dict.fromkeys(METHODS, 3)
    assert {told(error) for error in errors.values()} == {("API_ERROR", True, 429)}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    arrivals, errors = meet_with_every_method(json_reply({"message": "elsewhere"}, status, Location="/elsewhere"))
    assert arrivals == ONCE_EACH
    assert {told(error) for error in errors.values()} == {("API_ERROR", False, 502)}
    assert {error.http_status for error in errors.values()} == {status}


def test_reply_that_is_not_json() -> None:
    arrivals, errors = meet_with_every_method(Reply(b"<html>OK</html>", headers={"Content-Type": "text/html"}))
    assert arrivals == ONCE_EACH
    assert {told(error) for error in errors.values()} == {("API_BAD_REPLY", False, 502)}
    assert {error.details["body"] for error in errors.values()} == {"<html>OK</html>"}


def test_aiohttp_does_not_resend() -> None:
    """Its session would, and is not used: it sends the same DELETE twice, so the recorder sees such a thing."""

    def deletes(recorder: Recorder) -> int:
        return [each.method for each in recorder.requests].count("DELETE")

    async def by_session() -> int:
        with Recorder() as recorder:
            recorder.script(Reply(), HangUp(), Reply())
            async with aiohttp.ClientSession() as session:
                await (await session.get(recorder.url)).read()
                await (await session.delete(recorder.url)).read()
            return deletes(recorder)

    async def by_transport() -> int:
        with Recorder() as recorder:
            recorder.script(Reply(), HangUp(), Reply())
            async with plivo_at(recorder.url) as plivo:
                await plivo.send(request("GET"), CREDENTIALS)
                await failure(plivo, "DELETE")
            return deletes(recorder)

    assert asyncio.run(by_session()) == 2
    assert asyncio.run(by_transport()) == 1


def test_connection_closed_while_idle_is_not_used_again() -> None:
    """The usual case of a server that tidies up: nothing is lost, not even a write."""

    async def use_twice() -> None:
        with Recorder() as recorder:
            recorder.script(Reply(then_close=True), Reply())
            async with plivo_at(recorder.url) as plivo:
                await plivo.send(request("GET"), CREDENTIALS)
                await asyncio.to_thread(recorder.wait_for_closed_connections)
                await asyncio.sleep(0.05)  # the loop hears of it
                await plivo.send(request("POST"), CREDENTIALS)
            assert [each.connection for each in recorder.requests] == [1, 2]

    asyncio.run(use_twice())
