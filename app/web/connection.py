"""One connection of a caller, spoken to in HTTP/1.1: uvicorn's protocol on httptools, with bounds.

uvicorn limits neither sizes nor times nor connections, and takes any ``Upgrade`` header for one, so that the body of
the request is lost or read as a request of its own. Here

- headers, the URL, and what else of a request is kept while it arrives have a largest size;
- headers must arrive in time; a body, and the reading of an answer, must go on;
- a process has so many connections and so many bytes of bodies at one time, and no more;
- an upgrade is never taken: the request is read as if nobody had asked for one (RFC 9110 7.8);
- what is not HTTP, or is more than a bound allows, is answered like any other error, in its turn, and the connection
  is closed in a way that lets the answer arrive.
"""

import asyncio
import urllib.parse
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.errors import BadRequest, ConnectorError, HeadersTooLarge, Overloaded, UrlTooLong
from app.web.bounds import FREE_BODY_BYTES, Traffic
from app.web.exchange import Exchange, Outlet
from app.web.timed_connection import TimedConnection

PIECE_BYTES = 16 * 1024
"""The parser gets so much at a time: it cannot take in much more than a bound allows before that is seen."""

FIELD_BYTES = 32
"""What a header counts for besides its name and value, as in HTTP/2 (RFC 9113 6.5.2): empty ones take room, too."""

MAX_PIPELINED = 16
"""Requests that may wait for those before them; the connection closes after them, as RFC 9112 9.3.2 lets it."""


class _Enough(Exception):
    """Nothing is wrong, but nothing more is read from this connection: stops the parser."""


class Connection(TimedConnection):
    """Speaks HTTP/1.1 with one caller.

    Args:
        traffic: what all connections of this process share.
        options: what uvicorn makes its protocols with.
    """

    __slots__ = ("_is_one_too_many", "_outlet", "_piece", "_unparsed")

    def __init__(self, traffic: Traffic, **options: Any) -> None:
        super().__init__(traffic, **options)
        self._outlet: Outlet = None  # type: ignore[assignment]  # known as soon as there is a transport
        self._is_one_too_many = False
        self._piece = 0
        self._unparsed = 0
        """Bytes since a head began, or since the last piece of a body: what the parser may have kept of them."""

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin, or say at the first request that there are too many connections."""
        super().connection_made(transport)
        now = self.loop.time()
        if len(self.connections) > self._bounds.max_connections and not self._traffic.make_room(now):
            self._is_one_too_many = True
            self._traffic.add_surplus(self)
        self._outlet = Outlet(self)
        self._traffic.waiting[self] = now
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End everything that belongs to it."""
        self._traffic.waiting.pop(self, None)
        self._traffic.surplus.pop(self, None)
        for exchange, _ in self.pipeline:
            cast("Exchange", exchange).release()
        self._outlet.cut()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self._is_deaf:
            self._drop(len(data))
            return
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        if len(data) <= PIECE_BYTES:
            self._feed(data)
        else:
            for start in range(0, len(data), PIECE_BYTES):
                self._feed(data[start : start + PIECE_BYTES])
                if self._is_deaf:
                    return
        if self._in_head or self._in_body or self.cycle is None or self.cycle.response_complete:
            self._watch()

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True
        self._unparsed = self._piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        # What comes after the body (RFC 9112 7.1.2) must not be mistaken for one.
        if self._in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin to answer the request, or queue it behind those before it."""
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise BadRequest("CONNECT is not taken: this is not a proxy.")
            return
        bounds = self._bounds
        if len(self.url) > bounds.max_url_bytes:
            raise UrlTooLong(bounds.max_url_bytes, "MAX_URL_BYTES")
        # What has come for the head bounds its size, so that few are measured.
        if self._unparsed + FIELD_BYTES * len(self.headers) > bounds.max_header_bytes:
            self._measure_headers()
        if len(self.pipeline) >= MAX_PIPELINED:
            self.cycle.keep_alive = False
        if self._is_last():
            raise _Enough
        self._complete_scope()
        self._in_head = False
        self._in_body = True
        if self._timer is not None:
            self._stop_timer()
        self._traffic.waiting.pop(self, None)
        if self._is_one_too_many:
            self._refer(Overloaded("The service has as many connections as it can take (MAX_CONNECTIONS)."))
            raise _Enough
        self._begin(keep_alive=self.scope["http_version"] != "1.0" and self.parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        size = len(body)
        self._unparsed = 0
        if self._timer is not None:
            self._window += size
            self._last_piece = self.loop.time()
        exchange = self.cycle
        if exchange.response_complete:
            self._drop(size)
            return
        exchange.size += size
        if exchange.size > FREE_BODY_BYTES:
            exchange.hold()
        exchange.body += body
        if len(exchange.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        exchange.message_event.set()

    def on_message_complete(self) -> None:
        """End a request."""
        if self._in_head:
            return  # it asked for an upgrade, and is read anew
        self._in_body = False
        if self._timer is not None:
            self._stop_timer()
        exchange = self.cycle
        if not exchange.response_complete:
            exchange.more_body = False
            exchange.message_event.set()

    # What an exchange tells

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self._is_finished or self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start(self.pipeline.pop()[0])
            # It may have been us who did not read.
            self._stop_timer()
            self._watch()
        elif not self._in_body:
            self._traffic.waiting[self] = self.loop.time()
            # A head that has begun is waited for with its own timer, which alone says that it was too late.
            if not self._in_head:
                self.timeout_keep_alive_task = self.loop.call_later(self._bounds.keep_alive_timeout, self.finish)

    # Reading

    def _feed(self, piece: bytes) -> None:
        self._piece = len(piece)
        self._unparsed += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._feed_without_upgrade(piece[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            match error.__context__:
                case _Enough():
                    self._is_deaf = True
                case ConnectorError() as bound:
                    self.refuse(bound)
                case _:
                    self.refuse(BadRequest())
        else:
            if self._in_head or self._in_body:
                self._check_progress()

    def _feed_without_upgrade(self, rest: bytes) -> None:
        """Read the request anew without the header that asked for an upgrade, then what follows its head."""
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn
        self._feed(b"\r\n".join([*lines, b"", b""]))
        if rest and not self._is_deaf:
            self._feed(rest)

    def _measure_headers(self) -> None:
        size = sum(len(name) + len(value) + FIELD_BYTES for name, value in self.headers)
        if size > self._bounds.max_header_bytes:
            raise HeadersTooLarge(self._bounds.max_header_bytes, "MAX_HEADER_BYTES")

    def _check_progress(self) -> None:
        """Hold what the parser keeps of an unfinished request to its bounds."""
        bounds = self._bounds
        if self._in_head and len(self.url) > bounds.max_url_bytes:
            self.refuse(UrlTooLong(bounds.max_url_bytes, "MAX_URL_BYTES"))
        elif self._unparsed > bounds.max_header_bytes + PIECE_BYTES:
            self.refuse(HeadersTooLarge(bounds.max_header_bytes, "MAX_HEADER_BYTES"))

    # Answering

    def _complete_scope(self) -> None:
        """Say of the request what is known by now; as uvicorn does."""
        scope = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["path"] = self.root_path + (urllib.parse.unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + url.path
        scope["query_string"] = url.query or b""

    def _begin(self, *, keep_alive: bool) -> None:
        """Answer the request that stands in the scope, after those before it."""
        previous = self.cycle
        self.cycle = exchange = Exchange(
            self.scope,
            self._outlet,  # type: ignore[arg-type]  # as much of a transport as it uses
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            keep_alive,
            self.on_response_complete,
        )
        exchange.traffic = self._traffic
        exchange.tasks = self.tasks
        self._dropped = 0
        if previous is None or previous.response_complete:
            self._start(exchange)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, self.app))

    def _start(self, exchange: RequestResponseCycle) -> None:
        self.tasks.add(self.loop.create_task(exchange.run_asgi(self.app)))

    def _is_last(self) -> bool:
        """Whether the connection closes after the request before this one."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.keep_alive

    def _refer(self, error: ConnectorError) -> None:
        """Let the app answer with an error; nothing more is read."""
        self.scope["refusal"] = error  # type: ignore[typeddict-unknown-key]  # between us and the edge
        self.expect_100_continue = False
        self._begin(keep_alive=False)
        self._is_deaf = True

    def refuse(self, error: ConnectorError) -> None:
        """Answer what has come of a request with an error; nothing more is read."""
        self._stop_timer()
        self._is_deaf = True
        if not self._in_body:
            if self._is_last():
                return
            # There is no request yet, but an answer needs one.
            self._traffic.waiting.pop(self, None)
            super().on_message_begin()
            self.scope |= {"method": "-", "path": "", "raw_path": b"", "query_string": b""}
            self._refer(error)
        elif self.cycle.response_complete:
            self._linger()
        else:
            self.cycle.refuse(error)
