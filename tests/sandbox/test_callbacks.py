"""The sandbox's own requests when the receiver behaves badly."""

import asyncio
import contextlib

import pytest

from app.sandbox.callbacks import MOST_BYTES, Answer, Callback, CallbackError, Callbacks
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.fragments import Patience, patience_of
from tests.support.answers import Answer as Scripted
from tests.support.answers import HangUp, Reply, Silence
from tests.support.recorder import Recorder


def send(url: str) -> Answer:
    """Make one request."""

    async def run() -> Answer:
        async with Callbacks(State(None, lambda: 0.0), is_allowed=None, own_url=None) as callbacks:
            return await callbacks.send(
                Callback(MAIN_ACCOUNT, url, "POST", {"Event": "Ring"}, patience=patience_of(url))
            )

    return asyncio.run(run())


def test_a_request_without_an_answer_is_made_once_more() -> None:
    with Recorder() as receiver:
        receiver.script(HangUp(), Reply(b"ok"))
        assert send(receiver.url).body == b"ok"
        first, second = receiver.requests
    assert first.body == second.body == b"Event=Ring"


def test_it_is_made_twice_at_most() -> None:
    with Recorder() as receiver:
        receiver.script(HangUp())
        with pytest.raises(CallbackError, match="no connection, or it was lost"):
            send(receiver.url)
        assert len(receiver.requests) == 2


def test_an_answer_that_does_not_please_is_an_answer() -> None:
    """Redirects lead nowhere, and what is too long is cut."""
    with Recorder() as receiver:
        receiver.script(Reply(status=302, headers={"Location": f"{receiver.url}/elsewhere"}))
        assert send(receiver.url).status == 302
        assert receiver.only.path == "/"
        receiver.script(Reply(b"x" * 10 * MOST_BYTES))
        assert MOST_BYTES < len(send(receiver.url).body) < 3 * MOST_BYTES


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "https://[", "nonsense"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(CallbackError):
        send(url)


@pytest.mark.parametrize(
    ("fragment", "answer", "requests"),
    [
        ("rc=0", HangUp(), 1),
        ("rc=3", HangUp(), 4),
        ("rc=3&rp=ct", HangUp(), 1),
        ("rc=2&rp=5xx", Reply(status=503), 3),
        ("rc=2&rp=4xx,rt", Reply(status=503), 1),
        ("rc=5&rp=all", Reply(status=404), 6),
        ("rp=all", Reply(), 1),
        ("rt=100", Silence(), 2),
        ("rt=100&rc=0", Silence(), 1),
        ("rt=100&rp=ct", Silence(), 1),
    ],
)
def test_the_fragment_says_how_often(fragment: str, answer: Scripted, requests: int) -> None:
    with Recorder() as receiver:
        receiver.script(answer)
        with contextlib.suppress(CallbackError):
            send(f"{receiver.url}/page?shop=1#{fragment}")
        assert [each.target for each in receiver.requests] == ["/page?shop=1"] * requests


@pytest.mark.parametrize("fragment", ["", "section", "rc=6", "rc=-1&ct=99", "rt=x", "rp=teapot", "rc=1000000000000"])
def test_what_a_fragment_does_not_say_is_as_plivo_documents_it(fragment: str) -> None:
    assert patience_of(f"https://example.com/#{fragment}") == Patience(2.0, 40.0, 55.0, 1, frozenset(("ct", "rt")))


def test_what_a_fragment_says() -> None:
    said = patience_of("https://example.com/#ct=500&rt=1500&tt=20000&rc=0&rp=5xx,ct&er=nearest")
    assert said == Patience(0.5, 1.5, 20.0, 0, frozenset(("5xx", "ct")))
