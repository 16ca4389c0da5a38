"""The door for AI agents over HTTP: ``POST /mcp``, the streamable HTTP transport of MCP, without sessions.

The SDK is imported and the tools are made at the first request, so that a service that nobody uses this way starts as
fast as ever. Every request stands for itself and brings its credentials, so any worker can answer it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from app.blocks import Result
from app.egress import is_loopback
from app.errors import ConnectorError, InvalidFields
from app.mcp import Caller, Reach
from app.telemetry import Observer, RequestRecord
from app.web.body import ClientDisconnectedError, SizeLimit, read_body
from app.web.envelope import Envelopes
from app.web.headers import Headers, add_credentials, single_header
from app.web.middleware import note

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    from app.mcp.agent import Agent
    from app.mcp.server import Context

PATHS = ("/mcp", "/mcp/")

_CALLER = "mcp_caller"
_MISSING = (
    "Credentials are not arguments. Ask the user to give this connection HTTP Basic auth in its Authorization header: "
    "the authId as user name, the authToken as password."
)
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Names:
    """Names that a service may be called by; ``:*`` stands for any port.

    Attributes:
        hosts: values of Host.
        origins: values of Origin.
    """

    hosts: list[str]
    origins: list[str]


def names_of(host: str, public_url: str | None) -> Names | None:
    """Return the names that the service may be called by (DNS rebinding: a page that points its name at this machine).

    Args:
        host: the address that the service listens on. Where that is reached from outside, and nobody said under which
            name, every name is taken: None.
        public_url: where others reach the service.
    """
    if public_url is None and not is_loopback(host):
        return None
    hosts = [name for local in _LOCAL for name in (local, f"{local}:*")]
    origins = [f"http://{name}" for name in hosts]
    if public_url is not None:
        parts = urlsplit(public_url)
        hosts += [parts.netloc, f"{parts.hostname}:*"]
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return Names(hosts, origins)


class McpDoor:
    """Answers MCP over HTTP (ASGI).

    Args:
        make_agent: makes what runs the tools, once.
        reach: what agents can reach at most.
        groups: the groups of the manifest.
        envelopes: answers what is refused before the protocol begins.
        observer: is told of defects.
        names: the names that the service may be called by, see :func:`names_of`; None: any.
        max_body: largest body.
    """

    def __init__(
        self,
        make_agent: Callable[[], "Agent"],
        reach: Reach,
        groups: list[str],
        envelopes: Envelopes,
        observer: Observer,
        *,
        names: Names | None,
        max_body: SizeLimit,
    ) -> None:
        self._make_agent = make_agent
        self._reach = reach
        self._groups = groups
        self._envelopes = envelopes
        self._observer = observer
        self._names = names
        self._max_body = max_body
        self._opening = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._agent: Agent | None = None
        self._lifetime: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        try:
            scope[_CALLER] = self._caller(scope["headers"], scope["record"])
            body = await read_body(receive, self._max_body)
        except ClientDisconnectedError:
            return
        except ConnectorError as error:
            note(scope["record"], Result.of_error(error))
            # A client of the protocol goes by the status.
            response = self._envelopes.refusal(error, mirror=True)
            await response(scope, receive, send)
            return
        manager = self._manager or await self._open()
        await manager.handle_request(scope, _again(body, receive), send)

    async def aclose(self) -> None:
        """Finish what is running."""
        self._closed.set()
        if self._agent is not None:
            await self._agent.aclose()
        if self._lifetime is not None:
            await self._lifetime

    async def _open(self) -> "StreamableHTTPSessionManager":
        async with self._opening:
            if self._manager is None:
                # The import takes longer than any request may hold up the others.
                await asyncio.to_thread(import_module, "app.mcp.server")
                ready = asyncio.get_running_loop().create_future()
                self._lifetime = asyncio.create_task(self._live(ready))
                self._manager = await ready
            return self._manager

    async def _live(self, ready: "asyncio.Future[StreamableHTTPSessionManager]") -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415  # the SDK takes 0.6 s to load

        from app.mcp.server import create_server  # noqa: PLC0415  # it imports the SDK

        try:
            self._agent = self._make_agent()
            manager = StreamableHTTPSessionManager(
                create_server(self._agent, _caller_of, self._broke),
                json_response=True,
                stateless=True,
                security_settings=_security(self._names),
                max_request_body_size=self._max_body.size,
            )
            async with manager.run():
                ready.set_result(manager)
                await self._closed.wait()
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)

    def _caller(self, headers: Headers, record: RequestRecord) -> Caller:
        reach = self._reach.narrowed(
            single_header(headers, "X-MCP-Groups"), single_header(headers, "X-MCP-Readonly"), self._groups
        )
        credentials: dict[str, Any] = {}
        refused: InvalidFields | None = None
        try:
            add_credentials(credentials, headers)
        except InvalidFields as error:
            refused = error

        def told(block: str, result: Result) -> None:
            record.block = block
            note(record, result)

        return Caller(credentials, _MISSING, reach, refused, told)

    def _broke(self, context: "Context", error: Exception) -> str:
        record: RequestRecord = context.request.scope["record"]  # type: ignore[union-attr]  # there always is one here
        self._observer.request_broke(record, error)
        return record.request_id


def _caller_of(context: "Context") -> Caller:
    caller: Caller = context.request.scope[_CALLER]  # type: ignore[union-attr]  # there always is one here
    return caller


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what else comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return messages.pop() if messages else await receive()

    return read


def _security(names: Names | None) -> "TransportSecuritySettings":
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415  # it is the SDK's

    if names is None:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return TransportSecuritySettings(allowed_hosts=names.hosts, allowed_origins=names.origins)
