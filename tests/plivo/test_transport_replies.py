"""Replies as they come over a socket: compressed, in chunks, too large, with cookies."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from app.datatypes.credentials import Credentials
from app.errors import UpstreamError
from app.plivo import UpstreamReply
from app.plivo.client import MAX_REPLY_BYTES
from tests.support.answers import Reply, json_reply
from tests.support.recorder import RecordedRequest, Recorder
from tests.support.road import CREDENTIALS, METHODS, failure, plivo_at, request, told

BODY = b'{"api_id": "x", "message": "Gr\xc3\xbc\xc3\x9fe"}'
MIB = 1024 * 1024


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


def compressed(body: bytes, encoding: str, compress: Callable[[bytes], bytes] = gzip.compress) -> Reply:
    return Reply(compress(body), headers={"Content-Encoding": encoding})


def get(answer: Reply) -> tuple[UpstreamReply | UpstreamError, list[RecordedRequest]]:
    async def send() -> UpstreamReply | UpstreamError:
        async with plivo_at(recorder.url) as plivo:
            try:
                return await plivo.send(request("GET"), CREDENTIALS)
            except UpstreamError as error:
                return error

    with Recorder() as recorder:
        recorder.script(answer)
        return asyncio.run(send()), recorder.requests


@pytest.mark.parametrize(
    "answer",
    [
        Reply(BODY),
        Reply(BODY, chunked=True),
        Reply(BODY, status=202),
        compressed(BODY, "gzip"),
        compressed(BODY, "GZIP"),
        compressed(BODY, "deflate", zlib.compress),
        compressed(BODY, "deflate", raw_deflate),
        Reply(gzip.compress(BODY), headers={"Content-Encoding": "gzip"}, chunked=True),
        Reply(BODY, headers={"Content-Encoding": "identity"}),
        Reply(BODY, headers={"Content-Type": "text/plain; charset=latin-1"}),
    ],
    ids=["plain", "chunked", "202", "gzip", "GZIP", "deflate", "raw deflate", "gzip chunked", "identity", "no type"],
)
def test_json_comes_back_byte_for_byte(answer: Reply) -> None:
    reply, _ = get(answer)
    assert isinstance(reply, UpstreamReply)
    assert reply.body == BODY
    assert (reply.status, reply.api_id, reply.tries) == (answer.status, "x", 1)


@pytest.mark.parametrize(
    "answer",
    [Reply(b"", 204), Reply(b""), Reply(b"", 202, chunked=True), compressed(b"", "gzip")],
    ids=["no content", "empty", "chunked", "gzip"],
)
def test_empty_reply_is_a_success(answer: Reply) -> None:
    reply, _ = get(answer)
    assert isinstance(reply, UpstreamReply)
    assert json.loads(reply.body) == {"status": "success"}


def bad_reply(answer: Reply) -> UpstreamError:
    error, requests = get(answer)
    assert isinstance(error, UpstreamError)
    assert told(error) == ("API_BAD_REPLY", False, 502)
    assert error.http_status == answer.status
    assert len(requests) == 1
    return error


def test_reply_as_large_as_allowed() -> None:
    body = b'"' + b"x" * (MAX_REPLY_BYTES - 2) + b'"'
    reply, _ = get(Reply(body))
    assert isinstance(reply, UpstreamReply)
    assert reply.body == body


@pytest.mark.parametrize(
    "answer",
    [Reply(b'"' + b"x" * MAX_REPLY_BYTES + b'"'), Reply(b" " * 17 * MIB, chunked=True)],
    ids=["one", "chunked"],
)
def test_reply_that_is_too_large(answer: Reply) -> None:
    error = bad_reply(answer)
    assert len(str(error.details["body"])) <= 500


def gzip_twice(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body))


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip, gzip", gzip_twice)]
)
def test_decompression_bomb(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """It is neither taken nor unpacked as a whole."""
    bomb = compressed(bytes(128 * MIB), encoding, compress)
    tracemalloc.start()
    try:
        bad_reply(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MIB


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08 no gzip", b"plain"])
def test_reply_that_cannot_be_decompressed(body: bytes) -> None:
    bad_reply(Reply(body, headers={"Content-Encoding": "gzip"}))


@pytest.mark.parametrize(
    "answer",
    [
        Reply(b"no gzip", 400, {"Content-Encoding": "gzip"}),
        Reply(b"x" * (MAX_REPLY_BYTES + 1), 400),
        Reply(b"<html>Bad Request</html>", 400, {"Content-Type": "text/html"}),
        Reply(b"", 400),
    ],
    ids=["no gzip", "too large", "html", "empty"],
)
def test_error_status_is_told_whatever_the_body(answer: Reply) -> None:
    """What Plivo decided is in the status: a body that cannot be read does not hide it."""
    error, _ = get(answer)
    assert isinstance(error, UpstreamError)
    assert told(error) == ("API_ERROR", False, 400)
    assert len(str(error.message)) <= 2000


def test_no_cookie_comes_back() -> None:
    """One pool serves all tenants: what Plivo tells one of them stays with that answer."""

    async def two_tenants() -> None:
        with Recorder() as recorder:
            recorder.script(json_reply({}, Set_Cookie="session=first; Path=/"))
            async with plivo_at(recorder.url) as plivo:
                await plivo.send(request("GET"), CREDENTIALS)
                await plivo.send(request("POST"), Credentials("MAYYYYYYYYYYYYYYYYYY", "other"))
            first, second = recorder.requests
            assert first.connection == second.connection
            assert second.header("Cookie") is None
            assert first.header("Authorization") != second.header("Authorization")

    asyncio.run(two_tenants())


@pytest.mark.parametrize("method", METHODS)
def test_no_other_headers_are_sent(method: str) -> None:
    async def send() -> None:
        with Recorder() as recorder:
            async with plivo_at(recorder.url) as plivo:
                await plivo.send(request(method), CREDENTIALS)
            names = [name.decode().lower() for name, _ in recorder.only.headers]
            body = [] if method == "GET" else ["content-type", "content-length"]
            assert sorted(names) == sorted(["host", "authorization", "user-agent", "accept", "accept-encoding", *body])
            assert str(recorder.only.header("User-Agent")).startswith("plivo-connector/")

    asyncio.run(send())


def test_unread_reply_does_not_harm_the_next_request() -> None:
    """A connection whose reply was given up is not used again: the rest would be taken for the next answer."""

    async def send_after_giving_up() -> None:
        with Recorder() as recorder:
            recorder.script(Reply(b" " * (MAX_REPLY_BYTES + MIB)), json_reply({"api_id": "second"}))
            async with plivo_at(recorder.url, max_connections=1) as plivo:
                assert (await failure(plivo, "POST")).code == "API_BAD_REPLY"
                reply = await plivo.send(request("POST"), CREDENTIALS)
            assert reply.api_id == "second"

    asyncio.run(send_after_giving_up())
