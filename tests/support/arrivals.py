"""A stand-in for Plivo that only looks at its clock: when each account's requests arrive and are answered."""

import asyncio
import threading
from dataclasses import dataclass
from time import monotonic
from typing import Self

from tests.support.patience import PATIENCE


@dataclass
class Arrival:
    """One request; times are those of one clock, that of this process.

    Attributes:
        answered: taken before the answer is written.
    """

    account: str
    arrived: float
    answered: float


class Arrivals:
    """The server, in a thread. Use it as a context manager.

    Args:
        takes: seconds that an answer takes.
    """

    def __init__(self, *, takes: float) -> None:
        self._takes = takes
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.all: list[Arrival] = []
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def of(self, account: str) -> list[float]:
        """Return when an account's requests arrived, in order."""
        return sorted(each.arrived for each in self.all if each.account == account)

    def most_at_once(self, account: str) -> int:
        """Return the largest number of an account's requests that had arrived and were not answered."""
        own = [each for each in self.all if each.account == account]
        return max(sum(other.arrived <= each.arrived < other.answered for other in own) for each in own)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("ascii").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                await reader.readexactly(int(headers.get("content-length", 0)))
                arrival = Arrival(account=lines[0].split("/")[3], arrived=monotonic(), answered=0.0)
                self.all.append(arrival)
                await asyncio.sleep(self._takes)
                arrival.answered = monotonic()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def most_within(times: list[float], seconds: float) -> int:
    """Return the largest number of moments within any such time; each begins with one of them."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)
