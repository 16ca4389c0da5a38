"""Bytes that nobody asked for: one reply too many must never be the next tenant's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from app.datatypes.credentials import Credentials
from app.errors import ApiDisconnected
from app.plivo.client import Plivo
from tests.support.road import plivo_at, request

TENANTS = tuple(Credentials(f"MATENANT{number:012}", "token") for number in range(6))


def own_reply(account: str) -> bytes:
    body = b'{"api_id":"for %b"}' % account.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


SECOND = own_reply("nobody")


@dataclass
class Upstream:
    """Answers every request with whose it is, and more than that.

    Attributes:
        too_much: what follows a reply.
        at_once: whether it comes in the same segment.
        writers: the connections, in order.
    """

    too_much: bytes
    at_once: bool
    url: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
                )
                await reader.readexactly(int(length.partition(b":")[2]))
                reply = own_reply(head.split(b"/")[3].decode())
                writer.write(reply + self.too_much if self.at_once else reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def upstream(too_much: bytes, *, at_once: bool) -> AsyncIterator[tuple[Upstream, Plivo]]:
    served = Upstream(too_much, at_once)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with plivo_at(served.url, retries=0, max_connections=1) as plivo:
            yield served, plivo
    finally:
        server.close()
        for writer in served.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def whose(plivo: Plivo, tenant: Credentials, method: str) -> str | None:
    """Return for whom the reply was; None where it was given up."""
    path = f"/v1/Account/{tenant.auth_id}/Call/"
    try:
        return (await plivo.send(request(method, path), tenant)).api_id
    except ApiDisconnected:
        return None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "too_much", [SECOND, SECOND[:20], b"\r\n", b"x", SECOND * 3], ids=["reply", "part", "line", "byte", "replies"]
)
def test_what_follows_a_reply_is_nobodys(too_much: bytes, method: str) -> None:
    async def run() -> list[str | None]:
        async with upstream(too_much, at_once=True) as (_, plivo):
            return [await whose(plivo, tenant, method) for tenant in TENANTS]

    got = asyncio.run(run())
    # Where what follows cannot be told from a broken reply, the reply is given up.
    assert all(found in (f"for {tenant.auth_id}", None) for found, tenant in zip(got, TENANTS, strict=True))
    assert None not in got or too_much == b"x"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("too_much", [SECOND, SECOND[:20], b"x"], ids=["reply", "part", "byte"])
def test_what_comes_while_a_connection_is_idle_is_nobodys(too_much: bytes, method: str) -> None:
    """Between the requests of two tenants: the next one takes another connection."""

    async def run() -> tuple[list[str | None], int]:
        got = []
        async with upstream(too_much, at_once=False) as (served, plivo):
            for tenant in TENANTS:
                got.append(await whose(plivo, tenant, method))
                served.writers[-1].write(too_much)
                await served.writers[-1].drain()
                # One event loop serves both ends: after some rounds of it what was written has arrived.
                for _ in range(10):
                    await asyncio.sleep(0)
            return got, len(served.writers)

    got, connections = asyncio.run(run())
    assert got == [f"for {tenant.auth_id}" for tenant in TENANTS]
    assert connections == len(TENANTS)


def test_the_control_a_connection_without_strays_is_used_again() -> None:
    async def run() -> int:
        async with upstream(b"", at_once=True) as (served, plivo):
            for tenant in TENANTS:
                await whose(plivo, tenant, "POST")
            return len(served.writers)

    assert asyncio.run(run()) == 1
