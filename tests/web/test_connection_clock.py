"""When exactly a connection that keeps the service waiting is given up, in virtual time."""

import asyncio
import json
import re
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from app.web.body import SizeLimit, read_body
from app.web.bounds import Bounds
from tests.support.virtual_time import now, run
from tests.support.wire import Listener, Wire

BOUNDS = Bounds(
    max_header_bytes=65536,
    max_url_bytes=8192,
    header_timeout=10,
    body_timeout=15,
    keep_alive_timeout=75,
    max_connections=3,
    max_body_bytes_in_flight=200_000,
    max_surplus=2,
)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Inside:
    """Reads the whole body and tells its size, after so many seconds, in so many bytes."""

    def __init__(self, *, seconds: float = 0, size: int = 0) -> None:
        self._seconds = seconds
        self._size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        body = await read_body(receive, SizeLimit(10**9, "MAX_BODY_BYTES"))
        await asyncio.sleep(self._seconds)
        answer = str(len(body)).encode().ljust(self._size)
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def connect(inside: Inside | None = None) -> Wire:
    return Listener(inside or Inside(), BOUNDS).connect()


def post(length: int) -> bytes:
    """Write the head of a POST."""
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length


def statuses(wire: Wire) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+) ", wire.written)


async def until_answered(wire: Wire, status: bytes) -> float:
    """Wait for a status, and return the loop's time then."""
    while status not in statuses(wire):
        await asyncio.sleep(0.1)
        assert now() < 1000, wire.written
    return now()


def error_in(wire: Wire) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(wire.written.partition(b"\r\n\r\n")[2])["contextWrites"]["to"]
    return error


async def drip(wire: Wire, data: bytes, seconds: float) -> None:
    """Send the same again and again until the connection is closed."""
    while wire.ended is None:
        wire.send(data)
        await asyncio.sleep(seconds)


def test_a_silent_connection_has_as_long_as_headers() -> None:
    async def main() -> None:
        wire = connect()
        assert await wire.until_closed() == pytest.approx(10, abs=0.1)
        assert wire.written == b""

    run(main())


@pytest.mark.parametrize("data", [b"A: b\r\n", b"\r\n"])
def test_headers_that_trickle_have_no_more_time(data: bytes) -> None:
    """Each line in time is not enough: all of them have to be."""

    async def main() -> None:
        wire = connect()
        if data != b"\r\n":
            wire.send(GET[:-2])
        dripping = asyncio.ensure_future(drip(wire, data, 1))
        await asyncio.sleep(10.1)
        assert statuses(wire) == ([b"408"] if data != b"\r\n" else [])
        assert wire.has_eof or wire.ended is not None
        await dripping

    run(main())


def test_the_time_for_headers_begins_with_them() -> None:
    async def main() -> None:
        wire = connect()
        for _ in range(3):
            wire.send(GET)
            await asyncio.sleep(70)
        wire.send(GET[:-2])
        began = now()
        assert await until_answered(wire, b"408") - began == pytest.approx(10, abs=0.2)
        assert statuses(wire) == [b"200", b"200", b"200", b"408"]

    run(main())


def test_an_idle_connection_may_wait_for_its_next_request() -> None:
    async def main() -> None:
        wire = connect()
        wire.send(GET)
        assert await wire.until_closed() == pytest.approx(75, abs=0.1)
        assert statuses(wire) == [b"200"]

    run(main())


@pytest.mark.parametrize("sent", [b"", b"x" * 100, b"x" * 50_000])
def test_a_body_of_which_nothing_comes(sent: bytes) -> None:
    async def main() -> None:
        wire = connect()
        wire.send(post(100_000))
        wire.send(sent)
        assert await until_answered(wire, b"408") == pytest.approx(15, abs=0.2)
        assert statuses(wire) == [b"408"]
        assert error_in(wire)["status_code"] == "REQUEST_TIMEOUT"
        assert wire.has_eof

    run(main())


def test_a_body_that_trickles() -> None:
    async def main() -> None:
        wire = connect()
        wire.send(post(100_000))
        dripping = asyncio.ensure_future(drip(wire, b"x", 1))
        assert await until_answered(wire, b"408") == pytest.approx(15, abs=0.2)
        assert statuses(wire) == [b"408"]
        await dripping

    run(main())


def test_a_body_may_take_long_as_long_as_it_goes_on() -> None:
    async def main() -> None:
        wire = connect()
        wire.send(post(100_000))
        for _ in range(20):
            await asyncio.sleep(14)
            wire.send(b"x" * 5000)
        await asyncio.sleep(0.1)
        assert statuses(wire) == [b"200"]
        assert wire.written.endswith(b"\r\n\r\n100000")

    run(main())


def test_the_time_for_a_body_does_not_run_while_it_waits_behind_another_request() -> None:
    async def main() -> None:
        wire = connect(Inside(seconds=60))
        wire.send(GET + post(150_000))
        await asyncio.sleep(0.1)
        wire.send(b"x" * 100_000)
        assert wire.is_paused
        await asyncio.sleep(70)
        assert not wire.is_paused
        wire.send(b"x" * 50_000)
        await asyncio.sleep(61)
        assert statuses(wire) == [b"200", b"200"]

    run(main())


def test_an_answer_may_take_longer_than_any_bound_of_the_callers() -> None:
    async def main() -> None:
        wire = connect(Inside(seconds=300))
        wire.send(post(3) + b"abc")
        await asyncio.sleep(301)
        assert statuses(wire) == [b"200"]

    run(main())


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_an_answer_that_nobody_reads_is_given_up(size: int) -> None:
    async def main() -> None:
        wire = connect(Inside(size=size))
        wire.is_read = False
        wire.send(GET)
        assert await wire.until_closed() == pytest.approx(15, abs=0.1)

    run(main())


def test_an_answer_may_be_read_slowly() -> None:
    async def main() -> None:
        wire = connect(Inside(size=100_000))
        wire.is_read = False
        wire.send(GET)
        for _ in range(21):
            await asyncio.sleep(10)
            wire.read(5_000)
        head, _, body = wire.written.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert len(body) == 100_000

    run(main())


def test_a_small_answer_that_nobody_reads_does_not_keep_a_connection_that_is_to_close() -> None:
    async def main() -> None:
        wire = connect(Inside(size=1000))
        wire.is_read = False
        wire.send(GET.replace(b"Host", b"Connection: close\r\nHost"))
        assert await wire.until_closed() == pytest.approx(15, abs=0.1)

    run(main())


def test_after_a_refusal_the_rest_is_taken_for_a_while() -> None:
    """A close would be a reset for who still sends, and could take the answer away."""

    async def main() -> None:
        wire = connect()
        wire.send(b"nonsense\r\n\r\n")
        await asyncio.sleep(0.1)
        assert statuses(wire) == [b"400"]
        assert wire.has_eof
        wire.send(b"x" * 1000)
        assert wire.ended is None
        assert await wire.until_closed() == pytest.approx(10, abs=0.2)

    run(main())


class TestConnections:
    def test_one_too_many_is_told_so_and_closed(self) -> None:
        async def main() -> None:
            listener = Listener(Inside(seconds=30), BOUNDS)
            wires = [listener.connect() for _ in range(4)]
            for wire in wires:
                wire.send(post(3) + b"abc")
            await asyncio.sleep(0.1)
            assert [statuses(wire) for wire in wires] == [[], [], [], [b"503"]]
            error = error_in(wires[3])
            assert (error["status_code"], error["retry_after"]) == ("OVERLOADED", 1)
            assert "MAX_CONNECTIONS" in error["status_msg"]
            assert b"\r\nretry-after: 1\r\n" in wires[3].written
            assert wires[3].has_eof
            await asyncio.sleep(30)
            assert [statuses(wire) for wire in wires] == [[b"200"], [b"200"], [b"200"], [b"503"]]

        run(main())

    @pytest.mark.parametrize("sent", [b"", GET, GET[:-2]], ids=["silent", "idle", "within its headers"])
    def test_who_waits_longest_makes_room(self, sent: bytes) -> None:
        """Connections without a request cannot keep others out."""

        async def main() -> None:
            listener = Listener(Inside(), BOUNDS)
            wires = [listener.connect() for _ in range(3)]
            for wire in wires:
                wire.send(sent)
            await asyncio.sleep(2)
            late = listener.connect()
            late.send(GET)
            await asyncio.sleep(0.1)
            assert statuses(late) == [b"200"]
            assert [wire.ended is not None for wire in wires] == [True, False, False]

        run(main())

    def test_a_burst_pushes_nobody_out(self) -> None:
        """Their requests may be on the way."""

        async def main() -> None:
            listener = Listener(Inside(), BOUNDS)
            wires = [listener.connect() for _ in range(5)]
            for wire in wires:
                wire.send(GET)
            await asyncio.sleep(0.1)
            assert [statuses(wire) for wire in wires] == [[b"200"]] * 3 + [[b"503"]] * 2

        run(main())

    def test_of_those_that_are_only_to_be_told_so_there_are_few(self) -> None:
        """The oldest of them go first; who is served stays, and who comes last still gets an answer."""

        async def main() -> None:
            listener = Listener(Inside(), BOUNDS)
            wires = [listener.connect() for _ in range(7)]
            assert [wire.ended is not None for wire in wires] == [False] * 3 + [True] * 2 + [False] * 2
            for wire in wires:
                wire.send(GET)
            await asyncio.sleep(0.1)
            assert [statuses(wire) for wire in wires] == [[b"200"]] * 3 + [[]] * 2 + [[b"503"]] * 2

        run(main())


class TestBodiesInFlight:
    def test_there_is_room_for_so_many(self) -> None:
        """The first 64 KiB of each are free; what does not fit is refused, what is done leaves."""

        async def main() -> None:
            listener = Listener(Inside(seconds=5), BOUNDS)
            first, second, third = (listener.connect() for _ in range(3))
            for wire in (first, second):
                wire.send(post(150_000))
                for _ in range(3):
                    wire.send(b"x" * 50_000)
                    await asyncio.sleep(0.01)
            third.send(post(150_000) + b"x" * 60_000)
            await asyncio.sleep(0.01)
            assert [statuses(wire) for wire in (first, second, third)] == [[], [], []]
            third.send(b"x" * 90_000)
            await asyncio.sleep(0.01)
            assert [statuses(wire) for wire in (first, second, third)] == [[], [], [b"503"]]
            assert error_in(third)["status_code"] == "OVERLOADED"
            assert "MAX_BODY_BYTES_IN_FLIGHT" in error_in(third)["status_msg"]
            assert listener.traffic.body_bytes == 2 * (150_000 - 65_536)
            await asyncio.sleep(5)
            assert [statuses(wire) for wire in (first, second)] == [[b"200"], [b"200"]]
            assert listener.traffic.body_bytes == 0
            first.send(post(150_000) + b"x" * 150_000)
            await asyncio.sleep(6)
            assert statuses(first) == [b"200", b"200"]

        run(main())

    def test_a_caller_that_leaves_takes_its_bytes_along(self) -> None:
        async def main() -> None:
            listener = Listener(Inside(), BOUNDS)
            wire = listener.connect()
            wire.send(post(150_000) + b"x" * 140_000)
            await asyncio.sleep(0.01)
            assert listener.traffic.body_bytes > 0
            wire.abort()
            await asyncio.sleep(0.01)
            assert listener.traffic.body_bytes == 0
            assert listener.traffic.waiting == {}

        run(main())
