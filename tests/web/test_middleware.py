"""The outermost layer: request ids, headers, log lines, and the one error shape when something breaks."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.telemetry.logs import Log
from app.web.envelope import Envelopes
from app.web.middleware import Edge

SECRET = "s3cret-of-the-inside"


class Inside:
    """What the edge is put around in these tests."""

    def __init__(self, *, breaks: bool = False, starts: bool = True) -> None:
        self._breaks = breaks
        self._starts = starts
        self.scope: Scope = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        if self._starts:
            headers = [(b"content-type", b"text/plain"), (b"x-inside", b"yes")]
            await send({"type": "http.response.start", "status": 207, "headers": headers})
        if self._breaks:
            raise RuntimeError(f"cannot read {SECRET}")
        await PlainTextResponse("fine")(scope, receive, _without_start(send))


def _without_start(send: Send) -> Send:
    async def send_rest(message: Message) -> None:
        if message["type"] != "http.response.start":
            await send(message)

    return send_rest


def edge(inside: ASGIApp, *, mirror: bool = False, headers: list[tuple[bytes, bytes]] | None = None) -> Edge:
    return Edge(inside, Log("info", "json"), Envelopes(mirror=mirror), headers=headers or [])


def ask(app: ASGIApp, *raw_headers: tuple[bytes, bytes], path: str = "/api/Plivo/x") -> tuple[Message, bytes]:
    """Send a request and return how the response starts, and its body."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def serve() -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": list(raw_headers), "query_string": b""}
        await app(scope, receive, send)

    asyncio.run(serve())
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert all(message["type"] == "http.response.body" for message in sent[1:])
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def ids_in(start: Message) -> list[bytes]:
    return [value for name, value in start["headers"] if name == b"x-request-id"]


@pytest.mark.parametrize("given", [b"a", b"A.b_9-", b"0" * 128])
def test_the_callers_id_is_kept(given: bytes) -> None:
    start, _ = ask(edge(Inside()), (b"x-request-id", given))
    assert ids_in(start) == [given]


@pytest.mark.parametrize("given", [b"", b" ", b"a b", b"0" * 129, b"a\n", b"\xc3\xa9", b"\xff", b"a/b", b"a,b", b"{}"])
def test_an_id_that_does_not_fit_is_replaced(given: bytes) -> None:
    made = {ids_in(ask(edge(Inside()), (b"x-request-id", given))[0])[0] for _ in range(20)}
    assert len(made) == 20
    assert given not in made
    assert all(re.fullmatch(rb"[A-Za-z0-9._-]{16,128}", request_id) for request_id in made)


def test_the_first_of_several_ids_counts() -> None:
    assert ids_in(ask(edge(Inside()), (b"x-request-id", b"a"), (b"x-request-id", b"b"))[0]) == [b"a"]
    assert ids_in(ask(edge(Inside()), (b"x-request-id", b"not one"), (b"x-request-id", b"b"))[0]) != [b"b"]


def test_its_headers_are_added_to_what_the_inside_answers() -> None:
    start, body = ask(edge(Inside(), headers=[(b"x-added", b"1")]))
    assert start["status"] == 207
    assert {(b"x-inside", b"yes"), (b"x-added", b"1")} <= set(start["headers"])
    assert body == b"fine"


@pytest.mark.parametrize("path", ["/events/sub_1", "/answer/token", "/mcp", "/sandbox/v1/Account/MA1/", "/"])
def test_who_goes_by_the_status_is_never_told_that_a_failure_was_none(path: str) -> None:
    start, body = ask(edge(Inside(breaks=True, starts=False), mirror=False), path=path)
    assert start["status"] == 500
    assert json.loads(body)["callback"] == "error"


@pytest.mark.parametrize("status", [200, 500])
def test_what_breaks_inside_is_answered_without_internals(
    status: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The log tells what broke and where, but not the exception's text, which may quote a secret."""
    start, body = ask(edge(Inside(breaks=True, starts=False), mirror=status == 500, headers=[(b"x-added", b"1")]))
    assert start["status"] == status
    assert (b"x-added", b"1") in start["headers"]
    assert (b"content-type", b"application/json") in start["headers"]
    assert json.loads(body) == {
        "callback": "error",
        "contextWrites": {
            "to": {
                "status_code": "INTERNAL_PACKAGE_ERROR",
                "status_msg": "Something went wrong inside the package.",
                "request_id": ids_in(start)[0].decode(),
            }
        },
    }
    written = capfdbinary.readouterr().err.decode()
    failure, line = (json.loads(text) for text in written.splitlines())
    assert failure["error"] == "RuntimeError"
    assert "test_middleware.py" in failure["where"]
    assert failure["request_id"] == line["request_id"] == ids_in(start)[0].decode()
    assert line["status_code"] == "INTERNAL_PACKAGE_ERROR"
    assert SECRET not in written


def test_what_breaks_after_its_answer_began_is_not_answered_twice(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    start, body = ask(edge(Inside(breaks=True)))
    assert start["status"] == 207
    assert body == b""
    assert b"RuntimeError" in capfdbinary.readouterr().err


def test_every_request_has_one_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ask(edge(Inside()), (b"x-request-id", b"r-1"))
    (text,) = capfdbinary.readouterr().err.splitlines()
    line = json.loads(text)
    assert line["request_id"] == "r-1"
    assert line["method"] == "GET"
    assert line["status"] == 207
    assert line["milliseconds"] >= 0
    assert line["path"] == "/api/Plivo/x"


def test_no_line_is_written_below_the_level(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ask(Edge(Inside(), Log("warning", "json"), Envelopes(mirror=False), headers=[]))
    assert capfdbinary.readouterr().err == b""


def test_other_scopes_pass_untouched() -> None:
    """The lifespan is the inside's own."""
    seen: list[Any] = []

    async def inside(*args: Any) -> None:
        seen.extend(args)

    async def receive() -> Message:
        raise NotImplementedError

    async def send(_: Message) -> None:
        raise NotImplementedError

    async def live() -> None:
        await edge(inside)({"type": "lifespan"}, receive, send)

    asyncio.run(live())
    assert seen == [{"type": "lifespan"}, receive, send]


def test_it_serves_an_http_client() -> None:
    """The whole of it once more through an HTTP client, which insists on well-formed messages."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(edge(Inside(breaks=True, starts=False)))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.get("/x", headers={"X-Request-Id": "r-2"})

    response = asyncio.run(get())
    assert response.headers["x-request-id"] == "r-2"
    assert response.json()["contextWrites"]["to"]["request_id"] == "r-2"
