"""The sandbox's own requests when the receiver behaves badly."""

import asyncio

import pytest

from app.sandbox.callbacks import MOST_BYTES, Answer, Callback, CallbackError, Callbacks
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from tests.support.answers import HangUp, Reply
from tests.support.recorder import Recorder


def send(url: str, *, repeats: bool = True) -> Answer:
    """Make one request."""

    async def run() -> Answer:
        async with Callbacks(State(None, lambda: 0.0), is_allowed=None, own_url=None) as callbacks:
            return await callbacks.send(Callback(MAIN_ACCOUNT, url, "POST", {"Event": "Ring"}), repeats=repeats)

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
