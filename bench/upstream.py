"""The stub of Plivo: ``python -m bench.upstream``. Answers at once, or 50 ms late below ``/slow``.

A bare protocol rather than a server, so that it takes as little as possible of the machine that it
shares with what is measured.
"""

import asyncio
import json
import os

import uvloop

from bench.cases import CALL_FIRED, call_list

SLOW = "/slow"
DELAY_SECONDS = 0.05
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
        reply = self.replies[head[: head.index(b" ")]]
        if head.partition(b" ")[2].startswith(SLOW.encode()):
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self._answer, reply)
        else:
            self._answer(reply)

    def _answer(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _serve(port: int) -> None:
    _Stub.replies = {b"POST": _reply(b"201 Created", CALL_FIRED), b"GET": _reply(b"200 OK", call_list())}
    server = await asyncio.get_running_loop().create_server(_Stub, "127.0.0.1", port, backlog=_BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(os.environ["PORT"])))
