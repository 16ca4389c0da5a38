"""Events for long: what the suite tries with a few, with hundreds of kills and ten thousand events. ``make endure``."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import aiohttp
import pytest

from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.connectors import ACCOUNT, TOKEN, Driver
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.stores import Place
from tests.support.storm import FORM, PUBLIC_URL, STATES, Losses, Storm, Told, connectors, losses
from tests.support.subscriber import Answer, Arrival, Subscriber

pytestmark = pytest.mark.endurance

KILLS = int(os.environ.get("ENDURE_KILLS", "300"))
"""Of each store."""

EVENTS = int(os.environ.get("ENDURE_EVENTS", "10000"))
"""Of all three subscribers together."""

SENDERS = 10
"""Messages of each subscription that Plivo tells of at one time."""

SLOW = 0.2
"""Seconds that a slow subscriber takes for an event: sixteen at one time make eighty a second."""

NOTHING = Losses(lost=0, doubled=0, out_of_order=0)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


def test_hundreds_of_kills(
    driver: Driver, tmp_path: Path, place: Place, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    with connectors(driver, tmp_path, place.url, recorder.url) as group:
        tally = asyncio.run(Storm(group, seed=2).run(KILLS))
    with capsys.disabled():
        print(f"\n{place.url.partition(':')[0]}: {tally}")  # noqa: T201  # this is what it is run for
    assert tally.delivered == tally.streamed == NOTHING
    assert tally.kills == KILLS


class Taker:
    """A subscription and its subscriber, with the times at which events were told and came.

    Args:
        process: where it is made.
        answer: how a delivery is answered, of which it is told whether it is the first of its event.
    """

    def __init__(self, process: Process, answer: Callable[[bool], Answer]) -> None:
        self.told: dict[Told, float] = {}
        self.came: dict[Told, float] = {}
        self._answer = answer
        self.subscriber = Subscriber(self._take)
        args = {"authId": ACCOUNT, "authToken": TOKEN, "url": self.subscriber.url}
        self.url: str = process.call("createSubscription", **args).json()["contextWrites"]["to"]["events_url"]

    def _take(self, arrival: Arrival) -> Answer:
        now = time.monotonic()
        data = arrival.event["data"]
        told_of = data["message_uuid"], data["message_state"]
        is_first = self.came.setdefault(told_of, now) == now
        return self._answer(is_first)

    def losses(self) -> Losses:
        return losses(self.told, [arrival.event for arrival in self.subscriber.arrivals])

    def latencies(self) -> list[float]:
        """Return the milliseconds from Plivo's answer to the first delivery of each event."""
        return [1000 * (self.came[told_of] - told) for told_of, told in self.told.items()]

    async def is_told(self, http: aiohttp.ClientSession, base: str, messages: Iterator[int]) -> None:
        """Tell what became of messages, one after the other."""
        for number in messages:
            for sequence, state in enumerate(STATES, 1):
                body = urlencode({"MessageUUID": f"m{number}", "Status": state, "Sequence": sequence}).encode()
                headers = sign(Request("POST", self.url, body, FORM), nonce=f"{number}-{state}", tokens=[TOKEN])
                path = self.url.removeprefix(PUBLIC_URL)
                async with http.post(base + path, data=body, headers={**headers, "content-type": FORM}) as response:
                    assert response.status == 200, await response.text()
                self.told[f"m{number}", state] = time.monotonic()


def test_ten_thousand_events(
    tmp_path: Path, place: Place, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slow and a failing subscriber beside a healthy one, which they do not hold back."""
    settings = {
        "PLIVO_API_URL": recorder.url,
        "STORE_URL": place.url,
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a secret of the tests",
        "FETCH_PRIVATE_ADDRESSES": "true",
        "DELIVERY_RETRIES": "1,1,1",
    }
    pause = threading.Event().wait

    def slowly(_: bool) -> Answer:  # noqa: FBT001  # as all of them
        pause(SLOW)
        return 200

    with Process(tmp_path, **settings) as process, ExitStack() as stack:
        healthy = Taker(process, lambda _: 200)
        slow = Taker(process, slowly)
        failing = Taker(process, lambda is_first: 500 if is_first else 200)
        takers = [healthy, slow, failing]
        for taker in takers:
            stack.enter_context(taker.subscriber)
        begun = time.monotonic()
        asyncio.run(_tell_all(takers, f"http://127.0.0.1:{process.port}"))
        told = time.monotonic() - begun
        wanted = len(healthy.told)
        process.wait_for(lambda: len(healthy.came) == wanted)
        delivered = max(healthy.came.values()) - begun
        assert len(slow.came) < wanted
        for taker in (slow, failing):
            taker.subscriber.patience = 1200.0
            taker.subscriber.wait_for(wanted if taker is slow else 2 * wanted)
    total, waits = wanted * len(takers), healthy.latencies()
    with capsys.disabled():
        print(  # noqa: T201  # this is what it is run for
            f"\n{place.url.partition(':')[0]}: {total} events told in {told:.1f} s, {total / told:.0f} a second; the "
            f"healthy subscriber had its {wanted} after {delivered:.1f} s, from Plivo's answer to the delivery "
            f"{median(waits):.0f} ms, p99 {quantiles(waits, n=100)[98]:.0f} ms; "
            f"healthy {healthy.losses()}, slow {slow.losses()}, failing {failing.losses()}"
        )
    assert [taker.losses() for taker in takers] == [NOTHING] * 3


async def _tell_all(takers: list[Taker], base: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
        numbers = [iter(range(EVENTS // len(takers) // len(STATES) + 1)) for _ in takers]
        pairs = zip(takers, numbers, strict=True)
        await asyncio.gather(*(one.is_told(http, base, its) for one, its in pairs for _ in range(SENDERS)))
