"""The composition root: the only module that knows all others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from app.blocks.bulk import BulkRunner
from app.blocks.dispatch import Dispatcher, Steps
from app.blocks.files_by_url import FileFetcher
from app.errors import InternalPackageError, MethodNotAllowed, NotFound
from app.idempotency import open_store
from app.idempotency.guard import Once
from app.manifest import METADATA, load_manifest
from app.plivo.client import COMMON_HEADERS, Plivo
from app.plivo.transport import AiohttpTransport
from app.ratelimit import Limits
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance
from app.sandbox import create_sandbox
from app.settings import Settings
from app.surfaces.bulk import BulkLimits, create_bulk
from app.surfaces.catalogue import create_catalogue
from app.surfaces.health import create_health
from app.surfaces.openapi import create_openapi
from app.surfaces.options import create_options
from app.surfaces.rest import BlockCalls
from app.telemetry.logs import Log
from app.web.envelope import failure
from app.web.middleware import Edge

UNKNOWN_MARGIN = 10.0
"""Seconds after PLIVO_TIMEOUT from which a send that nobody recorded the end of counts as of unknown outcome."""


def create_app(
    settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, metadata: Path = METADATA
) -> ASGIApp:
    """Build the service: the edge around the block calls around FastAPI with the rest.

    Args:
        settings: what the environment says.
        transport: carries requests to Plivo; None for what the settings say: the sandbox or the network.
        metadata: the directory of the manifest.

    Raises:
        ConfigurationError: the manifest has problems.
    """
    log = Log(settings.log_level, settings.log_format)
    manifest = load_manifest(metadata)
    sandbox = create_sandbox(manifest.blocks, seed=settings.sandbox_seed) if settings.sandbox else None
    road = transport or _road_to_plivo(settings, sandbox)
    plivo = Plivo(road, api_url=settings.plivo_api_url, timeout=settings.plivo_timeout, retries=settings.plivo_retries)
    files = FileFetcher(
        timeout=settings.plivo_timeout,
        max_bytes=settings.max_upload_bytes,
        allow_private=settings.fetch_private_addresses,
    )
    mirror = settings.error_status == "mirror"

    store = open_store(settings.store_url, ttl=settings.idempotency_ttl)
    limits = _limits(settings)
    steps = Steps(files, plivo, limits, Once(store, unknown_after=settings.plivo_timeout + UNKNOWN_MARGIN))
    dispatcher = Dispatcher(manifest.blocks, steps)
    runner = BulkRunner(dispatcher)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with road, files:
            yield
            await runner.aclose()
            await store.aclose()
            if limits is not None:
                await limits.aclose()

    async def answer_exception(request: Request, _: Exception) -> Response:
        # The framework raises it again once this is sent, so that the edge logs it.
        envelope = failure(InternalPackageError(request.scope["record"].request_id))
        return Response(envelope.body(), envelope.status_for(mirror=mirror), media_type="application/json")

    api = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # Decided here, not by OTEL_* variables that were meant for somebody else.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={HTTPException: _answer_http_exception, Exception: answer_exception},
    )
    api.include_router(create_catalogue(manifest))
    api.include_router(create_health(store, sandbox=settings.sandbox))
    if sandbox is not None:
        api.mount("/sandbox", sandbox)
    api.include_router(create_options(manifest, dispatcher, mirror=mirror, max_body_bytes=settings.max_body_bytes))
    bulk_limits = BulkLimits(max_bytes=settings.max_upload_bytes, timeout=settings.bulk_timeout)
    api.include_router(create_bulk(dispatcher, runner, bulk_limits, mirror=mirror))
    api.include_router(create_openapi(manifest))
    calls = BlockCalls(
        api,
        dispatcher,
        manifest.blocks,
        mirror=mirror,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
    )
    return Edge(calls, log, headers=[(b"x-plivo-sandbox", b"true")] if sandbox else [], mirror=mirror)


def _road_to_plivo(settings: Settings, sandbox: ASGIApp | None) -> httpx.AsyncBaseTransport:
    if sandbox is not None:
        return httpx.ASGITransport(sandbox, raise_app_exceptions=False)
    return AiohttpTransport(
        headers=COMMON_HEADERS,
        connect_timeout=settings.plivo_connect_timeout,
        max_connections=settings.plivo_max_connections,
        proxy=settings.plivo_proxy,
    )


def _limits(settings: Settings) -> Limits | None:
    if not settings.plivo_rate_limit:
        return None
    allowance = Allowance(calls_per_second=settings.calls_per_second, messages_per_second=settings.messages_per_second)
    if not settings.store_url.startswith("redis"):
        return ProcessLimits(allowance.share_of(settings.workers))
    # Imported where it is chosen: the Redis client takes a good part of a second to load.
    from app.ratelimit.redis import SharedLimits  # noqa: PLC0415

    return SharedLimits(settings.store_url, allowance, lease=settings.plivo_timeout + UNKNOWN_MARGIN)


async def _answer_http_exception(_: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None) or {}
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
        envelope = failure(MethodNotAllowed(headers.get("Allow", "other methods")))
    else:
        envelope = failure(NotFound())
    return Response(envelope.body(), envelope.status, headers=headers, media_type="application/json")
