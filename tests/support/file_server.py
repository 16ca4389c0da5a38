"""A web server that files are fetched from, and the names by which it is found: nothing leaves the machine."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]

LOOPBACK = "127.0.0.1"


@dataclass
class FileServer:
    """A server on a port of its own at 127.0.0.1.

    Attributes:
        answers: what is sent by request target, everything from the status line on; or what sends it.
        requests: the heads of the requests that came, as text.
        connections: connections that were made, whether or not a request came over them.
    """

    answers: dict[str, bytes | Handler] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    tasks: list[asyncio.Task[Any] | None] = field(default_factory=list)

    def url(self, path: str = "/a.png", host: str = LOOPBACK) -> str:
        """Return the URL of a path under some name of the server."""
        return f"http://{host}:{self.port}{path}"

    async def count_connections(self) -> int:
        """Return how many connections were made; one of its own, behind them, makes sure that none is on its way."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        writer.write(b"GET /own HTTP/1.1\r\n\r\n")
        await reader.readline()
        writer.close()
        return self.connections - 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head.decode("latin-1"))
                answer = self.answers.get(head.split(b" ")[1].decode("latin-1"), reply(404, b"no such file"))
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()


@asynccontextmanager
async def file_server(answers: dict[str, bytes | Handler] | None = None) -> AsyncIterator[FileServer]:
    """Run a server for as long as the context lasts."""
    files = FileServer(answers or {})
    server = await asyncio.start_server(files.serve, LOOPBACK, 0)
    files.port = server.sockets[0].getsockname()[1]
    try:
        yield files
    finally:
        server.close()
        for task in filter(None, files.tasks):
            task.cancel()
            await asyncio.wait([task])


def reply(status: int = 200, body: bytes = b"\x89PNG", **headers: str) -> bytes:
    """Return a reply as it goes over the wire; underscores in header names stand for hyphens."""
    fields = {"Content_Type": "image/png", "Content_Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status} As Scripted", *(f"{name.replace('_', '-')}: {text}" for name, text in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(to: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return reply(status, b"", Location=to)


class Names:
    """Stands in for DNS. A name has one answer for every lookup, or an iterator that gives the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[str, list[str] | Iterator[list[str]]] = {"localhost": [LOOPBACK]}
        self.asked: list[str] = []
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._lookup)

    def teach(self, name: str, *answers: Iterable[str]) -> None:
        """Give a name its addresses; several answers are given one after the other."""
        listed = [list(answer) for answer in answers]
        self.known[name] = listed[0] if len(listed) == 1 else iter(listed)

    def _lookup(self, host: str, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:  # noqa: A002  # the name of getaddrinfo's own
        name = str(host).rstrip(".").lower()
        with contextlib.suppress(socket.gaierror):
            # Addresses in any notation that the system's own resolver knows.
            return self._resolve(host, port, family, type, proto, flags & ~socket.AI_ADDRCONFIG | socket.AI_NUMERICHOST)
        self.asked.append(name)
        answer = self.known.get(name)
        if answer is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = answer if isinstance(answer, list) else next(answer)
        return [
            info
            for address in addresses
            for info in self._resolve(address, port, family, type, proto, socket.AI_NUMERICHOST)
        ]
