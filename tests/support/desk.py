"""What stands between a prepared call and Plivo, put together as the service does, around whatever a test brings."""

from collections.abc import Callable
from typing import Any

import httpx

from app.answers import open_answers
from app.answers.host import AnswerHost
from app.blocks import CleanArgs, Prepared
from app.blocks.files_by_url import FileFetcher
from app.blocks.sending import Sender
from app.datatypes.credentials import Credentials
from app.idempotency import KeyStore, open_keys
from app.idempotency.guard import Guard
from app.manifest.model import Block, Request
from app.plivo import Transport
from app.plivo.client import Plivo
from app.plivo.in_process import InProcess
from app.plivo.proven import ProvenPairs
from app.ratelimit import RateLimits, Unlimited
from app.ratelimit.quotas import WRITES, Bucket, Route
from app.secret_box import SecretBox
from app.storage import IN_MEMORY, open_engine
from tests.support.patience import PATIENCE
from tests.support.road import request

UNKNOWN_AFTER = PATIENCE + 20


def in_place_of_plivo(answer: Callable[[httpx.Request], Any]) -> Transport:
    """Return a transport to a function that answers in Plivo's place."""
    return InProcess(httpx.MockTransport(answer))


def sender_to(  # what a test may replace
    transport: Transport | httpx.AsyncBaseTransport,
    *,
    limits: RateLimits | None = None,
    store: KeyStore | None = None,
    api_url: str | None = None,
    timeout: float = PATIENCE,  # the setting of this name
    retries: int = 0,
    proven: ProvenPairs | None = None,
) -> Sender:
    """Return what sends calls over a transport.

    Args:
        transport: carries the requests.
        api_url: where requests go; None: to Plivo's own hosts.
        limits: says when it is their turn; None: at once.
        store: keeps keys; None: in memory.
        timeout: seconds for one call.
        retries: tries after the first.
        proven: which credentials Plivo has accepted; None: none yet.
    """
    carrier = InProcess(transport) if isinstance(transport, httpx.AsyncBaseTransport) else transport
    plivo = Plivo(carrier, api_url=api_url, timeout=timeout, retries=retries)
    pairs = proven or ProvenPairs()
    keys = store or open_keys(open_engine(IN_MEMORY), ttl=3600)
    guard = Guard(keys, pairs, unknown_after=UNKNOWN_AFTER)
    files = FileFetcher(max_bytes=2**20, is_allowed=None)
    box = SecretBox(["key of the tests"])
    answers = AnswerHost(box, open_answers(open_engine(IN_MEMORY)), public_url="https://connector.example")
    return Sender(plivo, limits or Unlimited(), guard, files, pairs, answers)


def call_of(
    account: str = "MA1",
    bucket: Bucket = Bucket.CALLS,
    *,
    method: str = "POST",
    token: str = "token",  # noqa: S107  # it opens nothing
    **args: Any,
) -> Prepared:
    """Return a call as blocks prepare it; ``args`` are of its CleanArgs."""
    path = f"/v1/Account/{account}/Call/"
    block = Block(
        name="someBlock", group="Tests", description="A block.", request=Request(method=method, path=path), example={}
    )
    return Prepared(
        block,
        CleanArgs(Credentials(account, token), {}, {}, **args),
        request(method, path),
        Route(bucket, block.name if method == "GET" else WRITES),
        "listOfThem",
    )
