"""What runs blocks, put together: the same behind every door."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from app import egress
from app.answers import open_answers
from app.answers.host import AnswerHost
from app.blocks.conditions import Conditions
from app.blocks.dispatch import Dispatcher
from app.blocks.dry_run import preview_message
from app.blocks.event_blocks import InnerCalls, event_blocks
from app.blocks.files_by_url import FileFetcher
from app.blocks.local import get_voices, render_xml
from app.blocks.pagination import WalkLimits
from app.blocks.sending import Sender
from app.datatypes.formats import formats_for
from app.events import open_events
from app.events.service import Events
from app.idempotency import open_keys
from app.idempotency.guard import Guard
from app.manifest import METADATA, Manifest, load_manifest
from app.outcomes.service import Outcomes
from app.plivo import Transport
from app.plivo.client import COMMON_HEADERS, Plivo
from app.plivo.in_process import InProcess
from app.plivo.network import Network
from app.plivo.proven import ProvenPairs
from app.ratelimit import RateLimits, Unlimited
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance
from app.ratelimit.sqlite import LeasedLimits
from app.secret_box import SecretBox, kept_keys, no_keys, open_secret_box
from app.settings import Settings
from app.storage import IN_MEMORY, open_engine
from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.sandbox.asgi import Sandbox
    from app.storage.redis import RedisEngine

    Engine = SqliteEngine | RedisEngine

UNKNOWN_MARGIN = 10.0
"""Seconds after PLIVO_TIMEOUT from which a send that nobody recorded the end of counts as of unknown outcome."""


@dataclass
class Connector:
    """What runs blocks, whichever door they come through. Open it before use.

    Attributes:
        manifest: what exists.
        dispatcher: runs blocks.
        sandbox: the embedded Plivo, where there is one.
        engine: keeps what must outlive a request.
        carrier: carries requests to Plivo.
        files: fetches files that are named by URL.
        limits: says when a request may leave.
        box: seals what is handed out.
        answers: the pages that Plivo fetches.
        events: what Plivo sends.
        outcomes: what tells the outcomes that somebody wants to be told.
        public_url: where Plivo reaches this service; None: nowhere.
    """

    manifest: Manifest
    dispatcher: Dispatcher
    sandbox: "Sandbox | None"
    engine: "Engine"
    carrier: Transport
    files: FileFetcher
    limits: RateLimits
    box: SecretBox
    answers: AnswerHost
    events: Events
    outcomes: Outcomes
    public_url: str | None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Be ready to run blocks."""
        async with self.carrier, self.files, self.sandbox or nullcontext():
            yield
            await self.outcomes.aclose()
            await self.events.aclose()
            await self.limits.aclose()
            await self.engine.aclose()


def compose(
    settings: Settings, *, transport: Transport | None = None, metadata: Path = METADATA, listens: bool = True
) -> Connector:
    """Put together what runs blocks.

    Args:
        settings: what the environment says.
        transport: carries requests to Plivo; None for what the settings say: the sandbox or the network.
        metadata: the directory of the manifest.
        listens: the process takes requests over HTTP.

    Raises:
        ConfigurationError: the manifest has problems.
    """
    manifest = load_manifest(metadata)
    is_allowed = _reachable(settings)
    public_url = _public_url(settings, listens=listens)
    sandbox = _sandbox(settings, manifest, is_allowed, public_url) if settings.sandbox else None
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
    box = _secret_box(settings, engine)
    answers = AnswerHost(box, open_answers(engine), public_url=public_url)
    files = FileFetcher(max_bytes=settings.max_upload_bytes, is_allowed=is_allowed)
    inner_calls = InnerCalls(manifest.package.accounts.test, proven)
    lasting = _lasting_box(settings, engine, box)
    events = Events(
        settings,
        open_events(engine),
        lasting,
        manifest.events,
        public_url=public_url,
        is_allowed=is_allowed,
        ask=inner_calls.ask,
        prove=inner_calls.prove,
        answers=answers,
    )
    outcomes = Outcomes(settings, engine, lasting, events, ask=inner_calls.ask, answers=answers)
    dispatcher = Dispatcher(
        manifest.blocks,
        Sender(plivo, limits, guard, files, proven, answers, outcomes.tracking),
        {
            "previewMessage": preview_message,
            "renderXml": render_xml,
            "getVoices": get_voices,
            **event_blocks(events.subscriptions, events.history),
        },
        walks=WalkLimits(settings.walk_concurrency, settings.max_answer_bytes),
        conditions=Conditions(
            requires_key=settings.require_idempotency_key,
            check_result_url=partial(egress.refuse_private, "resultUrl", is_allowed=is_allowed),
            require_public_url=events.context.check if settings.sandbox else answers.require_url,
        ),
        heard_of=answers.heard_of,
        formats=formats_for(settings.default_country),
    )
    inner_calls.dispatcher = dispatcher
    return Connector(
        manifest, dispatcher, sandbox, engine, carrier, files, limits, box, answers, events, outcomes, public_url
    )


def _sandbox(
    settings: Settings, manifest: Manifest, is_allowed: Callable[[str], bool] | None, public_url: str | None
) -> "Sandbox":
    # A service that sends for real does not wait for what it never uses.
    from app.sandbox import create_sandbox  # noqa: PLC0415  # its 81 modules take 0.11 s to load

    return create_sandbox(manifest.blocks, seed=settings.sandbox_seed, is_allowed=is_allowed, own_url=public_url)


def _carrier(settings: Settings, sandbox: "Sandbox | None") -> Transport:
    if sandbox is not None:
        return InProcess(httpx.ASGITransport(sandbox, raise_app_exceptions=False), headers=COMMON_HEADERS)
    return Network(
        headers=COMMON_HEADERS,
        connect_timeout=settings.plivo_connect_timeout,
        max_connections=settings.plivo_max_connections,
        proxy=settings.plivo_proxy,
    )


def _public_url(settings: Settings, *, listens: bool) -> str | None:
    """Return where Plivo reaches this service: of the sandbox, which runs in it, where it listens."""
    if settings.sandbox and not listens:
        return None  # another process, which PUBLIC_URL may lead to, knows nothing of what is in this one's memory
    if settings.public_url is None and settings.sandbox and settings.port:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # not bound to
        return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    return settings.public_url


def _secret_box(settings: Settings, engine: object) -> SecretBox:
    is_shared = bool(settings.public_url) and not isinstance(engine, SqliteEngine)
    # Without a public URL nothing that is handed out comes back later, or to another process.
    is_kept = bool(settings.public_url) or settings.workers > 1
    store_file = engine.path if isinstance(engine, SqliteEngine) and is_kept else None
    return open_secret_box(settings.secret_key, store_file, is_shared=is_shared)


def _lasting_box(settings: Settings, engine: object, box: SecretBox) -> SecretBox:
    """Return a box for what must be opened after a restart too.

    Without a public URL hardly anybody needs one: its key is made when something is sealed.
    """
    if settings.secret_key or settings.public_url or settings.workers > 1:
        return box
    if isinstance(engine, SqliteEngine):
        return box if engine.path is None else SecretBox(partial(kept_keys, engine.path))
    return SecretBox(no_keys)


def _reachable(settings: Settings) -> Callable[[str], bool] | None:
    """Return what says whether an address that a caller named may be reached."""
    if settings.fetch_private_addresses:
        return None
    if settings.sandbox and egress.is_loopback(settings.host):
        # Whoever tries the sandbox on a machine has everything else there too.
        return egress.is_public_or_loopback
    return egress.is_public


def _limits(settings: Settings, engine: object) -> RateLimits:
    if not settings.plivo_rate_limit:
        return Unlimited()
    allowance = Allowance(
        others=max(1, settings.plivo_max_connections // 4),
        calls_per_second=settings.calls_per_second,
        messages_per_second=settings.messages_per_second,
    )
    longest = settings.plivo_timeout + UNKNOWN_MARGIN
    if isinstance(engine, SqliteEngine):
        if settings.workers == 1:
            return ProcessLimits(allowance)
        return LeasedLimits(engine, allowance, processes=settings.workers, longest=longest)
    from app.ratelimit.redis import SharedLimits  # noqa: PLC0415  # the Redis client takes 0.08 s to load
    from app.storage.redis import RedisEngine  # noqa: PLC0415  # as above

    if not isinstance(engine, RedisEngine):
        raise TypeError("there are two engines")
    return SharedLimits(engine, allowance, lease=longest)
