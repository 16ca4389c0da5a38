"""Taking the body of a block call from the server: its size, and clients that go away."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from app.errors import InvalidJson, PayloadTooLarge
from app.web import body as body_module
from app.web.body import ClientDisconnectedError, SizeLimit, read_args, read_body


class Client:
    """Sends chunks one by one, as a server hands them on; counts what was taken."""

    def __init__(self, chunks: Iterable[bytes], *, hangs_up: bool = False) -> None:
        self._messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        if hangs_up:
            self._messages.append({"type": "http.disconnect"})
        else:
            self._messages[-1]["more_body"] = False
        self.taken = 0

    async def receive(self) -> Message:
        self.taken += 1
        return self._messages[self.taken - 1]


LIMIT = SizeLimit(10, "MAX_BODY_BYTES")


def whole(receive: Receive) -> bytes:
    return asyncio.run(read_body(receive, LIMIT))


@pytest.mark.parametrize("chunks", [[b""], [b"0123456789"], [b"01234", b"", b"56789"], [b"0"] * 10])
def test_a_body_up_to_the_limit_is_read_whole(chunks: list[bytes]) -> None:
    assert whole(Client(chunks).receive) == b"".join(chunks)


@pytest.mark.parametrize("chunks", [[b"0123456789X"], [b"0123456789", b"X"], [b"0123456789", b"X", b"Y" * 100, b"Z"]])
def test_a_larger_body_is_refused_after_it_was_taken(chunks: list[bytes]) -> None:
    """An answer sent before the whole body was read would reach the client as a reset."""
    client = Client(chunks)
    with pytest.raises(PayloadTooLarge) as raised:
        whole(client.receive)
    assert raised.value.details == {"limit": 10}
    assert "MAX_BODY_BYTES" in str(raised.value.message)
    assert client.taken == len(chunks)


def test_only_so_much_of_a_larger_body_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "DRAIN_BYTES", 100)
    client = Client([b"x" * 20] * 1000)
    with pytest.raises(PayloadTooLarge):
        whole(client.receive)
    assert client.taken <= 7


def test_a_larger_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "DRAIN_SECONDS", 0.01)
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        if taken > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"x" * 11, "more_body": True}

    with pytest.raises(PayloadTooLarge):
        whole(receive)


@pytest.mark.parametrize(
    ("chunks", "error"),
    [([], ClientDisconnectedError), ([b"0"], ClientDisconnectedError), ([b"0123456789X"], PayloadTooLarge)],
)
def test_a_client_that_hangs_up_ends_the_reading(chunks: list[bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        whole(Client(chunks, hangs_up=True).receive)


@pytest.mark.parametrize(
    ("content_type", "setting"),
    [("application/json", "MAX_BODY_BYTES"), ("Multipart/Form-Data; boundary=b", "MAX_UPLOAD_BYTES")],
)
def test_a_body_that_is_too_large_names_the_setting_that_limits_it(content_type: str, setting: str) -> None:
    """Uploads have a limit of their own."""
    upload = SizeLimit(30, "MAX_UPLOAD_BYTES")
    size = upload.size if setting == upload.setting else LIMIT.size
    for surplus in (0, 1):
        with pytest.raises(PayloadTooLarge if surplus else InvalidJson) as raised:
            asyncio.run(read_args(Client([b"x" * (size + surplus)]).receive, content_type, body=LIMIT, upload=upload))
    assert raised.value.details == {"limit": size}
    assert setting in str(raised.value.message)
