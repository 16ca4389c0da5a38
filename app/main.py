"""The composition root: the only module that knows all others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from app.blocks import Result
from app.blocks.bulk import BulkRunner
from app.blocks.choices import Choices
from app.connector import Connector, compose
from app.errors import ConnectorError, InternalPackageError, MethodNotAllowed, NotFound
from app.manifest import METADATA, Manifest
from app.mcp import Reach
from app.plivo import Transport
from app.settings import Settings
from app.surfaces.answers import create_answers
from app.surfaces.bulk import create_bulk
from app.surfaces.catalogue import create_catalogue
from app.surfaces.console import create_console
from app.surfaces.event_stream import create_event_stream
from app.surfaces.events import create_events
from app.surfaces.health import create_health
from app.surfaces.mcp import PATHS as MCP_PATHS
from app.surfaces.mcp import McpDoor, names_of
from app.surfaces.mcp_stdio import serve_stdio
from app.surfaces.openapi import create_openapi
from app.surfaces.options import create_options
from app.surfaces.rest import BlockCalls
from app.surfaces.webhook_event import NAME as WEBHOOK_EVENT
from app.surfaces.webhook_event import create_webhook_event
from app.telemetry.logs import Log
from app.web.body import SizeLimit
from app.web.bulk_body import BulkLimits
from app.web.envelope import Envelopes, goes_by_status
from app.web.middleware import Edge, note
from app.web.stopping import when_told_to_stop

if TYPE_CHECKING:
    from app.mcp.agent import Agent


def create_app(settings: Settings, *, transport: Transport | None = None, metadata: Path = METADATA) -> ASGIApp:
    """Build the service: the edge around the block calls around FastAPI with the rest.

    Args:
        settings: what the environment says.
        transport: carries requests to Plivo; None for what the settings say: the sandbox or the network.
        metadata: the directory of the manifest.

    Raises:
        ConfigurationError: the manifest has problems.
    """
    log = Log(settings.log_level, settings.log_format)
    envelopes = Envelopes(mirror=settings.error_status == "mirror")
    max_body = SizeLimit(settings.max_body_bytes, "MAX_BODY_BYTES")
    max_upload = SizeLimit(settings.max_upload_bytes, "MAX_UPLOAD_BYTES")
    connector = compose(settings, transport=transport, metadata=metadata)
    manifest, dispatcher, events = connector.manifest, connector.dispatcher, connector.events
    runner = BulkRunner(dispatcher, log)
    agents = _mcp_door(settings, connector, envelopes, log, max_body)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        def stop() -> None:
            runner.stop()
            events.stop()
            if connector.sandbox is not None:
                connector.sandbox.stop()

        with when_told_to_stop(stop):
            async with connector.opened():
                events.start()
                connector.outcomes.start()
                yield
                await agents.aclose()
                await runner.aclose()

    api = _framework(lifespan, envelopes)
    api.include_router(create_webhook_event(events, envelopes, max_body=max_body))
    api.include_router(create_catalogue(manifest, envelopes))
    api.include_router(create_health(connector.engine.check, sandbox=settings.sandbox))
    if connector.sandbox is not None:
        api.mount("/sandbox", connector.sandbox)
    choices = Choices(manifest, dispatcher)
    api.include_router(create_options(choices, envelopes, max_body=max_body))
    api.include_router(create_bulk(dispatcher, runner, _bulk_limits(settings, max_upload), envelopes))
    api.include_router(create_answers(connector.answers, envelopes))
    api.include_router(create_openapi(manifest, envelopes, public_url=connector.public_url))
    api.include_router(create_events(events.receiver, connector.outcomes.receiver, envelopes, max_body=max_body))
    api.include_router(create_event_stream(events, envelopes, most=max(1, settings.max_connections // 4)))
    if settings.console:
        api.include_router(create_console(manifest.blocks))
    api.router.routes.extend(Route(path, agents, methods=["POST"]) for path in MCP_PATHS)
    calls = BlockCalls(
        api,
        dispatcher,
        manifest.blocks,
        envelopes,
        max_body=max_body,
        max_upload=max_upload,
        elsewhere=(WEBHOOK_EVENT,),
    )
    return Edge(calls, log, envelopes, headers=[(b"x-plivo-sandbox", b"true")] if settings.sandbox else [])


async def serve_mcp(settings: Settings) -> None:
    """Serve AI agents over standard input and output, until it ends.

    Raises:
        ConfigurationError: the manifest or MCP_GROUPS has problems.
    """
    connector = compose(settings, listens=False)
    token = settings.plivo_auth_token.get_secret_value() if settings.plivo_auth_token else None
    credentials = (settings.plivo_auth_id, token)
    if settings.sandbox and credentials == (None, None):
        from app.sandbox import MAIN_ACCOUNT, MAIN_TOKEN  # noqa: PLC0415  # loaded by now, and in a sandbox alone

        credentials = (MAIN_ACCOUNT, MAIN_TOKEN)
    reach = _reach(settings, connector.manifest)
    agent = _agent(connector)
    async with connector.opened():
        log = Log(settings.log_level, settings.log_format)
        await serve_stdio(agent, log, reach, auth_id=credentials[0], auth_token=credentials[1])


def _framework(lifespan: Lifespan[FastAPI], envelopes: Envelopes) -> FastAPI:
    """Return the framework with its errors in the one shape."""

    async def answer_exception(request: Request, _: Exception) -> Response:
        # The framework raises it again once this is sent, so that the edge tells the observer.
        error = InternalPackageError(request.scope["record"].request_id)
        return envelopes.refusal(error, mirror=goes_by_status(request.scope["path"]))

    async def answer_error(request: Request, error: Exception) -> Response:
        # What reading the body may raise, whoever reads it.
        result = Result.of_error(cast("ConnectorError", error))
        note(request.scope["record"], result)
        return envelopes.response(result, mirror=goes_by_status(request.scope["path"]))

    async def answer_http_exception(_: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
            return envelopes.refusal(MethodNotAllowed((error.headers or {}).get("Allow", "other methods")))
        return envelopes.refusal(NotFound())

    return FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # Decided here, not by OTEL_* variables that were meant for somebody else.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            HTTPException: answer_http_exception,
            ConnectorError: answer_error,
            Exception: answer_exception,
        },
    )


def _mcp_door(settings: Settings, connector: Connector, envelopes: Envelopes, log: Log, max_body: SizeLimit) -> McpDoor:
    return McpDoor(
        partial(_agent, connector),
        _reach(settings, connector.manifest),
        list(connector.manifest.groups()),
        envelopes,
        log,
        names=names_of(settings.host, settings.public_url),
        max_body=max_body,
    )


def _agent(connector: Connector) -> "Agent":
    from app.mcp.agent import Agent  # noqa: PLC0415  # loaded when the first agent calls: it takes 0.02 s
    from app.mcp.confirm import Confirmations  # noqa: PLC0415  # as above

    return Agent(connector.manifest, connector.dispatcher, Confirmations(connector.box))


def _reach(settings: Settings, manifest: Manifest) -> Reach:
    return Reach.of_settings(settings.mcp_groups, read_only=settings.mcp_readonly, known=manifest.groups())


def _bulk_limits(settings: Settings, max_upload: SizeLimit) -> BulkLimits:
    return BulkLimits(
        max_body=max_upload,
        max_text=settings.max_body_bytes,
        max_product_bytes=settings.max_bulk_bytes,
        max_answer_bytes=settings.max_answer_bytes,
        max_reported=settings.max_reported_items,
        timeout=settings.bulk_timeout,
        seconds_to_send=min(settings.plivo_timeout, 10.0),
    )
