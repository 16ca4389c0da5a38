"""A request waits for its turn, is committed, and leaves; what Plivo refuses slows its account down."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from app.datatypes.credentials import Credentials
from app.errors import ApiError, ApiTimeout, ApiUnreachable, ConnectorError, RateLimited, StoreUnavailable
from app.plivo import UpstreamReply
from app.plivo.proven import ProvenPairs
from app.ratelimit import LONGEST_WAY, Unlimited
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance, Bucket
from app.storage import StoreError
from tests.support.desk import call_of, sender_to
from tests.support.virtual_time import now, run

if TYPE_CHECKING:
    from app.idempotency import KeyStore

PLIVO_TIMEOUT = 30.0
SOON = 0.01
TWO_PLACES = Allowance(calls=2, messages=2)


class Upstream(httpx.AsyncBaseTransport):
    """Stands in for Plivo: notes when what arrives, answers after a while.

    Args:
        answers: status codes, or what is raised, one per request; afterwards 200.
        takes: seconds that an answer takes.
        headers: of every answer.
    """

    def __init__(self, *answers: int | Exception, takes: float = 0.0, headers: dict[str, str] | None = None) -> None:
        self.arrivals: list[float] = []
        self.accounts: list[str] = []
        self._answers = list(answers)
        self._takes = takes
        self._headers = headers or {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._answers.pop(0) if self._answers else 200
        if isinstance(answer, Exception):
            raise answer
        self.arrivals.append(now())
        self.accounts.append(request.url.path.split("/")[3])
        await asyncio.sleep(self._takes)
        return httpx.Response(answer, headers=self._headers, json={"api_id": "a"})


class Commits:
    """A store of keys that only notes when a claim is marked as sending; ``commit`` is called then."""

    def __init__(self, commit: Callable[[], Awaitable[None]]) -> None:
        self._commit = commit

    async def claim(self, *_: object) -> None:
        return None

    async def begin_sending(self, *_: object) -> bool:
        try:
            await self._commit()
        except StoreUnavailable:
            raise StoreError("down") from None
        return True

    async def finish(self, *_: object) -> None:
        pass

    async def set_unknown(self, *_: object) -> None:
        pass

    async def free(self, *_: object) -> None:
        pass


class Desk:
    """Sends calls with two places per queue.

    Args:
        retries: Plivo's own, after the first try.
        allowance: None switches the limits off.
    """

    def __init__(self, upstream: Upstream, *, retries: int = 0, allowance: Allowance | None = TWO_PLACES) -> None:
        self._upstream = upstream
        self._retries = retries
        self.limits = ProcessLimits(allowance, clock=now) if allowance else Unlimited()
        self._keys = count()
        self._proven = ProvenPairs()
        for account in ("MA1", "MA2"):
            self._proven.add(Credentials(account, "token"))

    async def send(
        self,
        *,
        account: str = "MA1",
        bucket: Bucket = Bucket.CALLS,
        seconds: float = PLIVO_TIMEOUT,
        commit: Callable[[], Awaitable[None]] | None = None,
    ) -> UpstreamReply:
        """Send a call with this many seconds until its deadline, under a key if something is to be committed."""
        store = cast("KeyStore", Commits(commit)) if commit else None
        sender = sender_to(
            self._upstream,
            limits=self.limits,
            store=store,
            timeout=PLIVO_TIMEOUT,
            retries=self._retries,
            proven=self._proven,
        )
        key = f"key {next(self._keys)}" if commit else None
        return await sender.send(call_of(account, bucket, idempotency_key=key), deadline=now() + seconds)

    async def fill(self) -> None:
        await asyncio.gather(self.send(), self.send())


async def failure(sending: Awaitable[Any]) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await sending
    return raised.value


def test_a_request_over_the_limit_leaves_when_its_turn_comes_and_is_committed_just_before() -> None:
    async def check() -> None:
        upstream = Upstream()
        desk = Desk(upstream)
        await desk.fill()
        committed: list[tuple[float, int]] = []

        async def commit() -> None:
            committed.append((now(), len(upstream.arrivals)))

        reply = await desk.send(commit=commit)
        assert reply.status == 200
        assert upstream.arrivals == pytest.approx([0, 0, 5], abs=SOON)
        assert committed == [(upstream.arrivals[2], 2)]

    run(check())


@pytest.mark.parametrize("seconds", [3.0, 5.5])
def test_a_turn_that_leaves_no_time_to_send_is_refused_before_anything_is_committed(seconds: float) -> None:
    async def check() -> None:
        upstream = Upstream()
        desk = Desk(upstream)
        await desk.fill()

        async def commit() -> None:
            raise AssertionError("committed")

        error = await failure(desk.send(seconds=seconds, commit=commit))
        assert isinstance(error, RateLimited)
        assert (error.status, error.details) == (429, {"retryable": True, "retry_after": 5})
        assert now() == 0
        assert len(upstream.arrivals) == 2

    run(check())


def test_a_short_deadline_hurts_nobody_who_is_under_the_limit() -> None:
    async def check() -> None:
        upstream = Upstream()
        await Desk(upstream).send(seconds=0.1)
        assert upstream.arrivals == [0]

    run(check())


@pytest.mark.parametrize("bucket", [Bucket.CALLS, Bucket.MESSAGES])
def test_a_commit_that_fails_sends_nothing_and_takes_no_place(bucket: Bucket) -> None:
    async def check() -> None:
        upstream = Upstream()
        desk = Desk(upstream)

        async def commit() -> None:
            raise StoreUnavailable

        for _ in range(10):
            assert isinstance(await failure(desk.send(commit=commit, bucket=bucket)), StoreUnavailable)
        assert upstream.arrivals == []
        await desk.fill()
        assert now() == 0

    run(check())


def test_a_request_counts_from_when_it_left_not_from_before_it_was_committed() -> None:
    async def check() -> None:
        upstream = Upstream(takes=15)
        desk = Desk(upstream)

        async def commit() -> None:
            await asyncio.sleep(4)

        await asyncio.gather(desk.send(commit=commit), desk.send(commit=commit), desk.send())
        assert upstream.arrivals == pytest.approx([4, 4, 4 + LONGEST_WAY + 5], abs=SOON)

    run(check())


def test_the_deadline_holds_for_wait_and_request_together() -> None:
    async def check() -> None:
        upstream = Upstream(200, 200, takes=0.5)
        desk = Desk(upstream)
        await desk.fill()
        upstream._takes = 100
        error = await failure(desk.send(seconds=8))
        assert isinstance(error, ApiTimeout)
        assert now() == pytest.approx(0.5 + 8, abs=SOON)

    run(check())


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, 1), ({"Retry-After": "0"}, 1)])
def test_a_429_holds_that_account_back(headers: dict[str, str], seconds: float) -> None:
    """By what Plivo says, or a second."""

    async def check() -> None:
        upstream = Upstream(429, headers=headers)
        desk = Desk(upstream)
        error = await failure(desk.send())
        assert isinstance(error, ApiError)
        assert error.http_status == 429
        await asyncio.gather(desk.send(), desk.send(account="MA2"), desk.send(bucket=Bucket.VOICE))
        assert sorted(upstream.arrivals) == pytest.approx([0, 0, 0, seconds], abs=SOON)
        assert upstream.accounts[-1] == "MA1"

    run(check())


def test_plivos_own_repetitions_come_first_and_count() -> None:
    async def check() -> None:
        upstream = Upstream(429, 429, headers={"Retry-After": "1"})
        desk = Desk(upstream, retries=2, allowance=Allowance(calls=3))
        reply = await desk.send()
        assert reply.tries == 3
        assert upstream.arrivals == pytest.approx([0, 1, 2], abs=SOON)
        await desk.send()
        assert upstream.arrivals[3] == pytest.approx(2 + 5, abs=SOON)

    run(check())


@pytest.mark.parametrize(
    ("answer", "error"),
    [(httpx.ConnectError("refused"), ApiUnreachable), (401, ApiError)],
)
def test_what_plivo_cannot_have_counted_takes_no_place(answer: int | Exception, error: type[Exception]) -> None:
    """Nobody who does not know an account's token can use up its places."""

    async def check() -> None:
        upstream = Upstream(*[answer] * 20)
        desk = Desk(upstream)
        for _ in range(20):
            assert isinstance(await failure(desk.send()), error)
        await desk.fill()
        assert now() == 0

    run(check())


@pytest.mark.parametrize("answer", [400, 500, httpx.ReadError("lost")])
def test_what_plivo_may_have_counted_takes_a_place(answer: int | Exception) -> None:
    async def check() -> None:
        upstream = Upstream(answer, answer)
        desk = Desk(upstream)
        await failure(desk.send())
        await failure(desk.send())
        await desk.send()
        assert now() == pytest.approx(5, abs=SOON)

    run(check())


def test_a_cancelled_message_is_no_longer_simultaneous() -> None:
    async def check() -> None:
        upstream = Upstream(takes=10)
        desk = Desk(upstream)
        sending = [asyncio.ensure_future(desk.send(bucket=Bucket.MESSAGES)) for _ in range(3)]
        await asyncio.sleep(1)
        sending[0].cancel()
        await asyncio.wait(sending)
        assert upstream.arrivals == pytest.approx([0, 0, 1], abs=SOON)

    run(check())


@pytest.mark.parametrize("off", ["the limits", "the bucket"])
def test_what_has_no_limit_waits_for_nothing(off: str) -> None:
    async def check() -> None:
        upstream = Upstream()
        desk = Desk(upstream, allowance=None) if off == "the limits" else Desk(upstream)
        committed: list[int] = []

        async def commit() -> None:
            committed.append(len(upstream.arrivals))

        bucket = Bucket.CALLS if off == "the limits" else Bucket.OTHERS
        for _ in range(5):
            await desk.send(bucket=bucket, commit=commit)
        assert committed == [0, 1, 2, 3, 4]
        assert upstream.arrivals == [0] * 5

    run(check())
