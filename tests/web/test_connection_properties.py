"""However the bytes of some requests arrive, the answers are the same; whatever arrives, the connection ends."""

import asyncio
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from app.web.body import SizeLimit, read_body
from app.web.bounds import Bounds
from tests.support.patience import patient
from tests.support.virtual_time import run
from tests.support.wire import Listener

BOUNDS = Bounds(
    max_header_bytes=8192,
    max_url_bytes=1000,
    header_timeout=10,
    body_timeout=15,
    keep_alive_timeout=75,
    max_connections=3,
    max_body_bytes_in_flight=200_000,
)

BODIES = st.binary(max_size=200) | st.sampled_from([b"GET /hidden HTTP/1.1\r\n\r\n", b"x" * 100_000])
METHODS = st.sampled_from([b"GET", b"POST", b"DELETE", b"HEAD", b"OPTIONS", b"CONNECT"])
HEADERS = st.lists(
    st.sampled_from(
        [
            b"Upgrade: h2c",
            b"Connection: upgrade",
            b"Connection: keep-alive, Upgrade",
            b"Upgrade: websocket",
            b"Connection: close",
            b"Expect: 100-continue",
            b"A: " + b"x" * 3000,
            b"A: " + b"x" * 9000,
            b"broken",
        ]
    ),
    max_size=3,
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One request, whole or nearly so."""
    lines = [draw(METHODS) + b" /" + draw(st.sampled_from([b"", b"a?b=c", b"x" * 1100])) + b" HTTP/1.1", b"Host: x"]
    lines += draw(HEADERS)
    body = draw(BODIES)
    match draw(st.sampled_from(["length", "chunked", "none", "both"])):
        case "length":
            lines.append(b"Content-Length: %d" % len(body))
        case "chunked":
            lines.append(b"Transfer-Encoding: chunked")
            half = len(body) // 2
            pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:half], body[half:]) if piece]
            body = b"".join([*pieces, b"0\r\n", draw(st.sampled_from([b"", b"X-Trailer: 1\r\n"])), b"\r\n"])
        case "both":
            lines += [b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked"]
        case _:
            body = b""
    return b"\r\n".join([*lines, b"", body])


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell what arrived as a request."""
    body = await read_body(receive, SizeLimit(10**6, "MAX_BODY_BYTES"))
    told = f"<{scope['method']} {scope['path']} {len(body)} {hash(body)}>".encode()
    headers = [(b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


def answers_to(pieces: list[bytes]) -> list[bytes]:
    """Return what is answered to bytes that arrive so: statuses, and what the app was given.

    Of several things that are wrong with a request, the first that is seen is told.
    """

    async def main() -> list[bytes]:
        wire = Listener(echo, BOUNDS).connect()
        for piece in pieces:
            wire.send(piece)
            await asyncio.sleep(0.001)
        await wire.until_closed()
        told = re.findall(rb"HTTP/1\.1 \d+|<[A-Z]+ [^>]*>", wire.written)
        return [b"refused" if answer.startswith(b"HTTP/1.1 4") else answer for answer in told]

    return run(main())


@patient
@given(st.lists(requests(), min_size=1, max_size=4), st.lists(st.integers(0, 300_000), max_size=8))
def test_the_answers_do_not_depend_on_how_the_bytes_arrive(sent: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(sent)
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    pieces = [whole[start:end] for start, end in pairwise(places)]
    assert answers_to(pieces) == answers_to([whole])


@patient
@given(st.lists(st.binary(max_size=50) | requests() | st.sampled_from([b"\r\n", b"GET / HT", b"0\r\n"]), max_size=6))
def test_whatever_arrives_the_connection_ends(pieces: list[bytes]) -> None:
    answers_to(pieces)
