"""The composition root: the only module that knows all others."""

import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import cast

import httpx
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from app import egress
from app.answers import open_answers
from app.answers.host import AnswerHost
from app.blocks import Result
from app.blocks.bulk import BulkRunner
from app.blocks.choices import Choices
from app.blocks.dispatch import Dispatcher
from app.blocks.dry_run import preview_message
from app.blocks.files_by_url import FileFetcher
from app.blocks.local import get_voices, render_xml
from app.blocks.pagination import WalkLimits
from app.blocks.sending import Sender
from app.datatypes.formats import formats_for
from app.errors import ConnectorError, InternalPackageError, MethodNotAllowed, NotFound
from app.idempotency import open_keys
from app.idempotency.guard import Guard
from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.plivo import Transport
from app.plivo.client import COMMON_HEADERS, Plivo
from app.plivo.in_process import InProcess
from app.plivo.network import Network
from app.plivo.proven import ProvenPairs
from app.ratelimit import RateLimits, Unlimited
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance
from app.sandbox import create_sandbox
from app.sandbox.asgi import Sandbox
from app.secret_box import open_secret_box
from app.settings import Settings
from app.storage import IN_MEMORY, open_engine
from app.storage.sqlite import SqliteEngine
from app.surfaces.answers import create_answers
from app.surfaces.bulk import create_bulk
from app.surfaces.catalogue import create_catalogue
from app.surfaces.health import create_health
from app.surfaces.openapi import create_openapi
from app.surfaces.options import create_options
from app.surfaces.rest import BlockCalls
from app.telemetry.logs import Log
from app.web.body import SizeLimit
from app.web.bulk_body import BulkLimits
from app.web.envelope import Envelopes
from app.web.middleware import Edge, note
from app.web.stopping import when_told_to_stop

UNKNOWN_MARGIN = 10.0
"""Seconds after PLIVO_TIMEOUT from which a send that nobody recorded the end of counts as of unknown outcome."""


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
    manifest = load_manifest(metadata)
    sandbox = _sandbox(settings, manifest.blocks) if settings.sandbox else None
    carrier = transport or _carrier(settings, sandbox)

    # What the sandbox forgets with its process, keys that were used on it must not outlive.
    engine = open_engine(IN_MEMORY if settings.sandbox else settings.store_url)
    limits = _limits(settings, engine)
    proven = ProvenPairs()
    unknown_after = settings.plivo_timeout + UNKNOWN_MARGIN
    guard = Guard(open_keys(engine, ttl=settings.idempotency_ttl), proven, unknown_after=unknown_after)
    plivo = Plivo(
        carrier, api_url=settings.plivo_api_url, timeout=settings.plivo_timeout, retries=settings.plivo_retries
    )
    is_allowed = None if settings.fetch_private_addresses else egress.is_public
    is_shared = bool(settings.public_url) and not isinstance(engine, SqliteEngine)
    # Without a public URL nothing is handed out that must outlive the process.
    store_file = engine.path if isinstance(engine, SqliteEngine) and settings.public_url else None
    box = open_secret_box(settings.secret_key, store_file, is_shared=is_shared)
    answers = AnswerHost(box, open_answers(engine), public_url=_public_url(settings))
    files = FileFetcher(max_bytes=settings.max_upload_bytes, is_allowed=is_allowed)
    dispatcher = Dispatcher(
        manifest.blocks,
        Sender(plivo, limits, guard, files, proven, answers),
        {"previewMessage": preview_message, "renderXml": render_xml, "getVoices": get_voices},
        walks=WalkLimits(settings.walk_concurrency, settings.max_answer_bytes),
        requires_key=settings.require_idempotency_key,
        formats=formats_for(settings.default_country),
    )
    runner = BulkRunner(dispatcher, log)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with when_told_to_stop(runner.stop):
            async with carrier, files, sandbox or nullcontext():
                yield
                await runner.aclose()
                await limits.aclose()
                await engine.aclose()

    async def answer_exception(request: Request, _: Exception) -> Response:
        # The framework raises it again once this is sent, so that the edge tells the observer.
        return envelopes.refusal(InternalPackageError(request.scope["record"].request_id))

    async def answer_error(request: Request, error: Exception) -> Response:
        # What reading the body may raise, whoever reads it.
        result = Result.of_error(cast("ConnectorError", error))
        note(request.scope["record"], result)
        return envelopes.response(result)

    async def answer_http_exception(_: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
            return envelopes.refusal(MethodNotAllowed((error.headers or {}).get("Allow", "other methods")))
        return envelopes.refusal(NotFound())

    api = FastAPI(
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
    api.include_router(create_catalogue(manifest, envelopes))
    api.include_router(create_health(engine.check, sandbox=settings.sandbox))
    if sandbox is not None:
        api.mount("/sandbox", sandbox)
    choices = Choices(manifest, dispatcher)
    api.include_router(create_options(choices, envelopes, max_body=max_body))
    api.include_router(create_bulk(dispatcher, runner, _bulk_limits(settings, max_upload), envelopes))
    api.include_router(create_answers(answers, envelopes))
    api.include_router(create_openapi(manifest, envelopes))
    calls = BlockCalls(
        api,
        dispatcher,
        manifest.blocks,
        envelopes,
        max_body=max_body,
        max_upload=max_upload,
    )
    return Edge(calls, log, envelopes, headers=[(b"x-plivo-sandbox", b"true")] if sandbox else [])


def _public_url(settings: Settings) -> str | None:
    """Return where Plivo reaches this service; the sandbox reaches it where it listens."""
    if settings.public_url or not settings.sandbox:
        return settings.public_url
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # compared, not bound
    return f"http://{host}:{settings.port}"


def _sandbox(settings: Settings, blocks: Mapping[str, Block]) -> Sandbox:
    """Return the embedded Plivo; it calls back this machine as long as nobody else can ask for that."""
    nearby = egress.is_public_or_loopback if _is_loopback(settings.host) else egress.is_public
    is_allowed = None if settings.fetch_private_addresses else nearby
    return create_sandbox(blocks, seed=settings.sandbox_seed, is_allowed=is_allowed, own_url=_public_url(settings))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _carrier(settings: Settings, sandbox: ASGIApp | None) -> Transport:
    if sandbox is not None:
        return InProcess(httpx.ASGITransport(sandbox, raise_app_exceptions=False), headers=COMMON_HEADERS)
    return Network(
        headers=COMMON_HEADERS,
        connect_timeout=settings.plivo_connect_timeout,
        max_connections=settings.plivo_max_connections,
        proxy=settings.plivo_proxy,
    )


def _limits(settings: Settings, engine: object) -> RateLimits:
    if not settings.plivo_rate_limit:
        return Unlimited()
    allowance = Allowance(
        others=max(1, settings.plivo_max_connections // 4),
        calls_per_second=settings.calls_per_second,
        messages_per_second=settings.messages_per_second,
    )
    if isinstance(engine, SqliteEngine):
        return ProcessLimits(allowance.share_of(settings.workers))
    # Imported where it is chosen: the Redis client takes a good part of a second to load.
    from app.ratelimit.redis import SharedLimits  # noqa: PLC0415
    from app.storage.redis import RedisEngine  # noqa: PLC0415

    if not isinstance(engine, RedisEngine):
        raise TypeError("there are two engines")
    return SharedLimits(engine, allowance, lease=settings.plivo_timeout + UNKNOWN_MARGIN)


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
