"""A connection that keeps the service waiting, on a socket, with bounds so short that a test need not wait.

``test_connection_clock`` says when exactly.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.raw_http import Caller, post
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

CALL = {"authId": AUTH_ID, "authToken": AUTH_TOKEN, "callFrom": "14155550100", "callTo": "14155550123"}
BODY = json.dumps({**CALL, "answerUrl": "https://example.com/answer"}).encode()
Say = Callable[[bytes], Caller]
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def hurried(shared_recorder: Recorder) -> Iterator[Service]:
    with Service(
        plivo_api_url=shared_recorder.url, header_timeout=1, body_timeout=1, keep_alive_timeout=0.5
    ) as running:
        yield running


@pytest.fixture
def say(hurried: Service) -> Iterator[Say]:
    """Connect and send: the time of the service begins when both are done."""
    with ExitStack() as stack:

        def connect_and_send(data: bytes) -> Caller:
            with hurried.held():
                return stack.enter_context(Caller(hurried.port)).send(data)

        yield connect_and_send


def test_a_silent_connection_is_closed_without_a_word(say: Say) -> None:
    assert say(b"").read_to_end() == b""


@pytest.mark.parametrize("part", [b"G", b"GET /healthz HTTP/1.1\r\nHost: x\r\n", HEALTH[:-1]])
def test_headers_that_do_not_end_are_given_up(part: bytes, say: Say) -> None:
    caller = say(part)
    response = caller.read()
    assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")
    assert "HEADER_TIMEOUT" in response.error["status_msg"]
    assert caller.read_to_end() == b""


def test_headers_of_a_second_request_are_given_up(say: Say) -> None:
    """They have the time of headers, though a connection without any would have been closed before."""
    caller = say(HEALTH + HEALTH[:-1])
    assert caller.read().status == 200
    assert caller.read().status == 408
    assert caller.read_to_end() == b""


@pytest.mark.parametrize("sent", [0, 10, 100_000])
@pytest.mark.parametrize("coding", [b"Content-Length: 200000", b"Transfer-Encoding: chunked"])
def test_a_body_that_stalls_is_given_up(sent: int, coding: bytes, say: Say, recorder: Recorder) -> None:
    head = post(b"").replace(b"Content-Length: 0", coding)
    part = b"x" * sent
    caller = say(head + (b"%x\r\n%b\r\n" % (sent, part) if sent and b"chunked" in coding else part))
    response = caller.read()
    assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")
    assert "BODY_TIMEOUT" in response.error["status_msg"]
    assert caller.read_to_end() == b""
    assert recorder.requests == []


def test_an_idle_connection_is_closed(say: Say) -> None:
    caller = say(HEALTH)
    assert caller.read().status == 200
    assert caller.read_to_end() == b""
