"""The stub of Plivo: ``python -m bench.upstream``. Answers at once, or 50 ms late below ``/slow``.

Below ``/pages`` a list has as many rows as the query's ``rows`` says, and each of its pages takes 100 ms.

A bare protocol rather than a server, so that it takes as little as possible of the machine that it
shares with what is measured.
"""

import asyncio
import json
import os
from urllib.parse import parse_qs

import uvloop

from bench.cases import CALL_FIRED, call_list

SLOW = "/slow"
DELAY_SECONDS = 0.05
PAGES = "/pages"
PAGE_SECONDS = 0.1
_BACKLOG = 4096


def _reply(status: bytes, content: object) -> bytes:
    body = json.dumps(content).encode()
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class _Stub(asyncio.Protocol):
    replies: dict[bytes, bytes]
    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a socket's
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return
        self._received = b""
        method, target, _ = head.split(b" ", 2)
        loop = asyncio.get_running_loop()
        if target.startswith(PAGES.encode()):
            loop.call_later(PAGE_SECONDS, self._answer, _reply(b"200 OK", _page(target.decode())))
        elif target.startswith(SLOW.encode()):
            loop.call_later(DELAY_SECONDS, self._answer, self.replies[method])
        else:
            self._answer(self.replies[method])

    def _answer(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)


def _page(target: str) -> dict[str, object]:
    query = {name: int(values[0]) for name, values in parse_qs(target.partition("?")[2]).items()}
    total, limit, offset = query["rows"], query["limit"], query.get("offset", 0)
    rows = [_row(number) for number in range(offset, min(offset + limit, total))]
    following = f"/?offset={offset + limit}" if offset + limit < total else None
    return {"api_id": "pages", "meta": {"next": following, "total_count": total}, "objects": rows}


def _row(number: int) -> dict[str, object]:
    """Return an application, as long as Plivo's are."""
    return {"app_id": f"{number:016}", "app_name": f"Shop {number}", "answer_url": f"https://example.com/{'x' * 400}"}


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _serve(port: int) -> None:
    _Stub.replies = {b"POST": _reply(b"201 Created", CALL_FIRED), b"GET": _reply(b"200 OK", call_list())}
    server = await asyncio.get_running_loop().create_server(_Stub, "127.0.0.1", port, backlog=_BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(os.environ["PORT"])))
