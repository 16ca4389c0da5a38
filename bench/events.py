"""What events cost: receiving one beside a plain and a keyed block call, and how many are received and delivered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from bench.contestants import CONNECTOR, Running, started
from bench.safely import CLIENTS, check, message, ratio, seconds_of, stores_in

EVENTS = 300
"""Events, and calls, of one turn."""

PUBLIC_URL = "https://connector.example.com"
FORM = "application/x-www-form-urlencoded"
CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "bench-token"}
_PATIENCE = 120.0


class _Subscriber:
    """Takes deliveries, and notes how long after Plivo's request each came."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.waits: list[float] = []
        self.ids: set[str] = set()
        self._all = asyncio.Event()
        self._wanted = 0

    async def serve(self) -> tuple[asyncio.Server, str]:
        """Listen, and return the address."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0, backlog=1024)
        return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def wait_for(self, count: int) -> None:
        """Wait until so many events have come, each counted once."""
        self._wanted = count
        if len(self.ids) < count:
            self._all.clear()
            async with asyncio.timeout(_PATIENCE):
                await self._all.wait()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        name = body.partition(b'"message_uuid":"')[2].partition(b'"')[0].decode()
        if headers["webhook-id"] not in self.ids:
            self.ids.add(headers["webhook-id"])
            self.waits.append(perf_counter() - self.sent[name])
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        writer.close()
        if len(self.ids) >= self._wanted:
            self._all.set()


def measure(upstream: str) -> list[str]:
    """Return the lines of each store."""
    lines = []
    with TemporaryDirectory() as directory, stores_in(Path(directory)) as stores:
        for name, url in stores.items():
            environment = {
                "STORE_URL": url,
                "PUBLIC_URL": PUBLIC_URL,
                "SECRET_KEY": "bench",
                "FETCH_PRIVATE_ADDRESSES": "true",
            }
            with started(replace(CONNECTOR, environment=environment), upstream) as running:
                lines += asyncio.run(_compare(name, running))
    return lines


async def _by_clients(run: Callable[[int], Awaitable[None]]) -> None:
    """Run something for each event, by so many clients at one time."""
    numbers = iter(range(EVENTS))

    async def client() -> None:
        for number in numbers:
            await run(number)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def _compare(store: str, running: Running) -> list[str]:
    base = f"http://127.0.0.1:{running.port}"
    subscriber = _Subscriber()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CLIENTS)) as session:

        async def subscribe(**args: str) -> str:
            body = {"args": CREDENTIALS | args}
            async with session.post(f"{base}/api/Plivo/createSubscription", json=body) as reply:
                envelope = await reply.json()
                check(envelope)
                return str(envelope["contextWrites"]["to"]["events_url"])

        async def call(number: int, key: str | None) -> None:
            headers = {"Idempotency-Key": key} if key else {}
            async with session.post(f"{base}/api/Plivo/sendMessage", json=message(number), headers=headers) as reply:
                check(await reply.json())

        async def tell(url: str, name: str) -> None:
            body = urlencode({"MessageUUID": name, "From": "1", "To": "2", "Status": "sent", "Sequence": "2"}).encode()
            headers = sign(Request("POST", url, body, FORM), nonce=name, tokens=[CREDENTIALS["authToken"]])
            subscriber.sent[name] = perf_counter()
            address = base + url.removeprefix(PUBLIC_URL)
            async with session.post(address, data=body, headers={**headers, "content-type": FORM}) as reply:
                if reply.status != 200:  # noqa: PLR2004  # what Plivo wants
                    raise RuntimeError(f"an event was not taken: {reply.status}")

        async def calls(*, keyed: bool) -> None:
            await _by_clients(lambda number: call(number, uuid4().hex if keyed else None))

        async def events(url: str) -> None:
            await _by_clients(lambda _: tell(url, uuid4().hex))

        server, address = await subscriber.serve()
        async with server:
            kept, delivered = await subscribe(), await subscribe(url=address)
            turns = [lambda: calls(keyed=False), lambda: calls(keyed=True), lambda: events(kept)]
            plain, keyed, received = await seconds_of(turns)
            await events(delivered)  # warm
            await subscriber.wait_for(EVENTS)
            subscriber.waits.clear()
            begun = perf_counter()
            await events(delivered)
            await subscriber.wait_for(2 * EVENTS)
            seconds = perf_counter() - begun
    if len(subscriber.ids) != 2 * EVENTS:
        raise RuntimeError(f"{2 * EVENTS} events came under {len(subscriber.ids)} ids")
    waits = sorted(1000 * wait for wait in subscriber.waits)
    return [
        (
            f"{store}: receiving an event takes {ratio(received, plain):.1f} times a plain call and "
            f"{ratio(received, keyed):.1f} times a keyed one ({EVENTS / median(received):.0f} a second)"
        ),
        (
            f"{store}: {EVENTS / seconds:.0f} events a second are received and delivered, each once; "
            f"from Plivo's request to the delivery {median(waits):.0f} ms, p99 {waits[int(0.99 * len(waits))]:.0f} ms"
        ),
    ]
