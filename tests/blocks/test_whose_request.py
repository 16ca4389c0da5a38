"""Whose request it is: what somebody does who knows an account's authId alone costs its owner no turn.

What a token does counts for the pair of authId and token until Plivo has accepted the pair once.
"""

import asyncio
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from app.datatypes.credentials import Credentials
from app.errors import ApiError, RateLimited
from app.plivo import UpstreamReply
from app.plivo.proven import ProvenPairs
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance, Bucket
from tests.support.desk import call_of, sender_to
from tests.support.in_process import CALL, App
from tests.support.virtual_time import now, run

OWNER, SECOND, WRONG = "the owner's token", "a second token of the owner's", "a token of somebody's own making"
PATIENCE = 30.0
SOON = 0.01


class Plivo(httpx.AsyncBaseTransport):
    """Answers in Plivo's place: 401 to tokens that are not the account's, else what a test wants.

    Args:
        takes: seconds until the answer.
    """

    def __init__(self, *, takes: float = 0.0) -> None:
        self.takes = takes
        self.accepted = {OWNER, SECOND}
        self.answer = 202
        self.refusal = 401
        self.headers: dict[str, str] = {}
        self.arrivals: dict[str, list[float]] = {}
        self.is_reachable = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.is_reachable:
            raise httpx.ConnectError("refused")
        _, _, token = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        self.arrivals.setdefault(token, []).append(now())
        await asyncio.sleep(self.takes)
        is_accepted = token in self.accepted
        status = self.answer if is_accepted else self.refusal
        return httpx.Response(status, headers=self.headers if status == 429 else {}, json={"api_id": "a"})


class Connector:
    """A connector that has just been started."""

    def __init__(self, plivo: Plivo, **allowance: Any) -> None:
        self.proven = ProvenPairs()
        limits = ProcessLimits(Allowance(**allowance), clock=now)
        self._sender = sender_to(plivo, limits=limits, timeout=PATIENCE, proven=self.proven)

    async def send(
        self, token: str = OWNER, bucket: Bucket = Bucket.MESSAGES, *, destinations: int = 1, method: str = "POST"
    ) -> UpstreamReply:
        """Send a message to so many destinations."""
        call = call_of(bucket=bucket, token=token, method=method)
        if method == "POST":
            call.request.json = {"dst": "<".join(["14155550123"] * destinations)}
        return await self._sender.send(call, deadline=now() + PATIENCE)


async def refused(sending: Awaitable[Any], status: int = 401) -> None:
    with pytest.raises(ApiError) as raised:
        await sending
    assert raised.value.http_status == status


@pytest.mark.parametrize("known", [True, False], ids=["known owner", "owner not known yet"])
def test_twenty_thousand_destinations_under_a_wrong_token_book_that_pairs_time_alone(*, known: bool) -> None:
    async def check() -> None:
        connector = Connector(Plivo(takes=1.0), messages_per_second=10)
        if known:
            await connector.send()
            await asyncio.sleep(1)
        attack = asyncio.ensure_future(connector.send(WRONG, destinations=20_000))
        await asyncio.sleep(0.5)
        # Meanwhile half an hour is booked: for whoever has this token.
        with pytest.raises(RateLimited):
            await connector.send(WRONG)
        began = now()
        await connector.send()
        assert now() == began + 1.0
        await refused(attack)

    run(check())


def test_a_401_gives_back_places_and_booked_time() -> None:
    async def check() -> None:
        plivo = Plivo()
        connector = Connector(plivo, messages=1, messages_per_second=10)
        for _ in range(5):
            await refused(connector.send(WRONG, destinations=20_000))
        assert plivo.arrivals[WRONG] == [0.0] * 5
        # Also the owner's, where the token was accepted before and is not any more.
        await connector.send()
        await asyncio.sleep(1)
        plivo.accepted.remove(OWNER)
        for _ in range(5):
            await refused(connector.send(OWNER, destinations=20_000))
        assert plivo.arrivals[OWNER] == [0.0] + [1.0] * 5
        assert Credentials("MA1", OWNER) not in connector.proven

    run(check())


def test_what_never_left_gives_back_its_booked_time_too() -> None:
    async def check() -> None:
        plivo = Plivo()
        connector = Connector(plivo, messages_per_second=10)
        await connector.send()
        await asyncio.sleep(1)
        plivo.is_reachable = False
        with pytest.raises(Exception, match="UNREACHABLE"):
            await connector.send(destinations=20_000)
        plivo.is_reachable = True
        await connector.send()
        assert plivo.arrivals[OWNER] == [0.0, 1.0]

    run(check())


@pytest.mark.parametrize("known", [True, False], ids=["known owner", "owner not known yet"])
def test_a_429_to_a_wrong_token_does_not_hold_the_owner_back(*, known: bool) -> None:
    async def check() -> None:
        plivo = Plivo()
        plivo.refusal, plivo.headers = 429, {"Retry-After": "60"}
        connector = Connector(plivo)
        if known:
            await connector.send()
        await refused(connector.send(WRONG), 429)
        with pytest.raises(RateLimited):
            await connector.send(WRONG)
        await connector.send()
        assert now() == 0

    run(check())


@pytest.mark.parametrize("bucket", Bucket)
def test_many_requests_with_wrong_tokens_leave_the_owner_its_turn(bucket: Bucket) -> None:
    async def check() -> None:
        connector = Connector(Plivo(takes=3.0), calls=10, voice=10, messages=10, others=10)
        await connector.send(bucket=bucket)
        attack = [asyncio.ensure_future(connector.send(f"wrong {number % 50}", bucket)) for number in range(1500)]
        await asyncio.sleep(0.1)
        began = now()
        await connector.send(bucket=bucket)
        assert now() == began + 3.0
        for each in attack:
            each.cancel()
        await asyncio.wait(attack)

    run(check())


def test_the_limit_holds_across_the_moment_in_which_a_pair_is_proven() -> None:
    """A connector that has just been started does not send twice the limit at first."""

    async def check() -> None:
        plivo = Plivo(takes=0.3)
        connector = Connector(plivo, calls=10)

        async def one(number: int) -> None:
            await asyncio.sleep(number * 0.1)
            await connector.send(bucket=Bucket.CALLS)

        await asyncio.gather(*(one(number) for number in range(35)))
        times = plivo.arrivals[OWNER]
        assert max(sum(start <= time < start + 5 for time in times) for start in times) == 10

    run(check())


def test_every_token_that_plivo_accepts_takes_turns_of_the_same_account() -> None:
    async def check() -> None:
        plivo = Plivo()
        connector = Connector(plivo, calls=2)
        for token in (OWNER, SECOND):
            await connector.send(token, Bucket.CALLS)
        await asyncio.sleep(10)
        await asyncio.gather(*(connector.send(token, Bucket.CALLS) for token in (OWNER, SECOND, OWNER, SECOND)))
        later = sorted(time for times in plivo.arrivals.values() for time in times if time >= 10)
        assert later == pytest.approx([10, 10, 15, 15], abs=SOON)

    run(check())


def test_a_429_slows_down_what_it_was_an_answer_to() -> None:
    """A list's own limit never holds back sending; writes hold back no reads."""

    async def check(refused_method: str, other_method: str) -> None:
        plivo = Plivo()
        connector = Connector(plivo)
        await connector.send()
        plivo.answer, plivo.headers = 429, {"Retry-After": "7"}
        await refused(connector.send(method=refused_method), 429)
        plivo.answer = 200
        began = now()
        await connector.send(method=other_method)
        assert now() == began
        await connector.send(method=refused_method)
        assert now() == pytest.approx(began + 7, abs=SOON)

    run(check("GET", "POST"))
    run(check("POST", "GET"))


def test_what_is_not_an_account_has_no_turns() -> None:
    """A thousand authIds of somebody's own making are forgotten when they are refused."""

    async def check() -> None:
        plivo = Plivo()
        limits = ProcessLimits(clock=now)
        sender = sender_to(plivo, limits=limits, timeout=PATIENCE)
        outcomes: Counter[str] = Counter()
        for number in range(1000):
            try:
                await sender.send(call_of(f"MA{number}", token=WRONG), deadline=now() + PATIENCE)
            except ApiError as error:
                outcomes[f"{error.http_status}"] += 1
        assert outcomes == {"401": 1000}
        assert limits.remembered <= 2

    run(check())


def test_the_service_tells_tokens_apart_at_limits_and_keys() -> None:
    """Put together as it is run: a refusal and an unknown outcome under a wrong token are that token's alone."""
    statuses = {WRONG: [429, 500, 401], OWNER: [202] * 3}

    def answer(request: httpx.Request) -> httpx.Response:
        _, _, token = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        return httpx.Response(statuses[token].pop(0), headers={"Retry-After": "60"}, json={"api_id": "a"})

    with App(answer, calls_per_second=10) as app:

        def told(token: str, key: str) -> str:
            to = app.call("makeCall", **{**CALL, "authToken": token}, idempotencyKey=key).json()["contextWrites"]["to"]
            return f"{to.get('status_code', 'sent')} {to.get('http_status', '')}".strip()

        assert told(WRONG, "one") == "API_ERROR 429"
        assert told(WRONG, "two") == "RATE_LIMITED"
        assert told(OWNER, "one") == "sent"
        assert told(WRONG, "one") == "IDEMPOTENCY_CONFLICT"
        assert told(OWNER, "two") == "sent"

    statuses[WRONG].remove(401)
    with App(answer) as app:
        assert told(WRONG, "three") == "API_ERROR 500"
        assert told(OWNER, "three") == "sent"
        assert told(WRONG, "three") == "OUTCOME_UNKNOWN"
