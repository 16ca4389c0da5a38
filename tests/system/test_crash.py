"""``kill -9`` at every point of a keyed send, with either store: no key is ever sent twice.

The connectors are real processes with a real store, and so is the road to what stands in for Plivo. By default a
run kills about a hundred of them; ``CRASH_ROUNDS=10`` makes it ten times as many.
"""

import asyncio
import json
import os
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
import uvloop

from tests.support.answers import After, Answer, HangUp, Reply, Silence, json_reply
from tests.support.connectors import (
    Connector,
    Connectors,
    Driver,
    arguments,
    outcome_of,
    send,
    sends_per_key,
    write_small_manifest,
)
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.redis_server import RedisServer
from tests.support.stores import Place, RedisPlace, SqlitePlace

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
KILLS = 40
"""Kills per round and store."""

CALLERS = 12
IMPATIENCE = {"PLIVO_TIMEOUT": "1"}
"""Where somebody waits for a connector that is dead."""

LEASE_OVER = 10.0
"""Seconds after which a claim may be taken over, with this timeout."""

OUTCOME_UNKNOWN = 120.0
"""Seconds after which a send counts as unknown, with any timeout."""

UNSETTLED = {
    "IDEMPOTENCY_IN_PROGRESS",
    "OUTCOME_UNKNOWN",
    "STORE_UNAVAILABLE",
    "API_DISCONNECTED",
    "API_TIMEOUT",
    "died",
}
"""What callers hear other than a reply of Plivo's."""


@dataclass
class Varied:
    """Success after a moment, each time with another id; now and then the connection is lost instead."""

    chance: random.Random
    numbers: Iterator[int] = field(default_factory=count)

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: Any, released: threading.Event) -> After:
        """Answer."""
        if self.chance.random() < 0.05:
            return HangUp().give(connection, released)
        answer = json_reply({"api_id": f"id-{next(self.numbers)}"}, 202)
        return Reply(answer.body, answer.status, delay=self.chance.random() * 0.03).give(connection, released)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A directory with a small manifest."""
    write_small_manifest(tmp_path)
    return tmp_path


REFUSED = json_reply({"api_id": "id", "error": "no"}, 400)
SENT = json_reply({"api_id": "the first"}, 202)
AGAIN = json_reply({"api_id": "the second"}, 202)


@dataclass(frozen=True)
class Point:
    """A step of the store at which a connector is killed.

    Attributes:
        when: ``before`` the step or ``after`` it.
        answer: what comes of the send, if there is one.
        sent: how often it was sent by then.
        repeat: what a repeat gets, long after.
        sent_again: how often the repeat sends.
    """

    when: str
    step: str
    answer: Answer
    sent: int
    repeat: str
    sent_again: int


POINTS = [
    Point("before", "claim", SENT, 0, "the first", 1),
    Point("after", "claim", SENT, 0, "the first", 1),
    Point("before", "begin_sending", SENT, 0, "the first", 1),
    Point("after", "begin_sending", SENT, 0, "OUTCOME_UNKNOWN", 0),
    Point("before", "finish", SENT, 1, "OUTCOME_UNKNOWN", 0),
    Point("after", "finish", SENT, 1, "the first", 0),
    Point("before", "set_unknown", HangUp(), 1, "OUTCOME_UNKNOWN", 0),
    Point("after", "set_unknown", HangUp(), 1, "OUTCOME_UNKNOWN", 0),
    Point("before", "free", REFUSED, 1, "OUTCOME_UNKNOWN", 0),
    Point("after", "free", REFUSED, 1, "the second", 1),
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.when} {point.step}")
def test_a_connector_that_is_killed_at_a_step(
    place: Place, driver: Driver, workplace: Path, recorder: Recorder, point: Point
) -> None:
    """A repeat gets what is certain, and what may have been acted on is not sent again."""
    recorder.script(point.answer, AGAIN if point.sent else SENT)

    async def scenario() -> None:
        async with aiohttp.ClientSession() as http:
            deadly, other = group.start((point.when, point.step)), group.start()
            await deadly.wait()
            assert outcome_of(await send(http, deadly, "key")) == "died"
            assert sends_per_key(recorder)["key"] == point.sent
            await other.wait()
            place.let_pass(OUTCOME_UNKNOWN)
            for _ in range(2):
                assert outcome_of(await send(http, other, "key")) == point.repeat

    with Connectors(driver, workplace, STORE_URL=place.url, PLIVO_API_URL=recorder.url) as group:
        run(scenario())
    assert sends_per_key(recorder)["key"] == point.sent + point.sent_again


def test_the_program_itself_is_killed_while_it_sends(workplace: Path, recorder: Recorder) -> None:
    """Nothing is set up but where Plivo is: the store is a file under ``data/``."""
    settings = {"PLIVO_API_URL": recorder.url}
    recorder.script(Silence())
    body = json.dumps({"args": arguments("key")}).encode()
    head = f"POST /api/Plivo/sendMessage HTTP/1.1\r\nHost: connector\r\nContent-Length: {len(body)}\r\n\r\n"
    with Process(workplace, **settings) as first, first.connect() as connection:
        connection.sendall(head.encode() + body)
        recorder.wait_for_requests(1)
        first.kill()
    recorder.release()
    place = SqlitePlace(workplace)
    assert place.path.is_file()
    place.let_pass(-PATIENCE)  # however long the next one takes to start
    with Process(workplace, **settings, **IMPATIENCE) as second:
        assert outcome_of(second.call("sendMessage", **arguments("key")).json()) == "IDEMPOTENCY_IN_PROGRESS"
        place.let_pass(PATIENCE + OUTCOME_UNKNOWN)
        assert outcome_of(second.call("sendMessage", **arguments("key")).json()) == "OUTCOME_UNKNOWN"
    assert sends_per_key(recorder)["key"] == 1


class Storm:
    """Callers that repeat themselves, and two connectors that are killed again and again."""

    def __init__(self, place: Place, group: Connectors, http: aiohttp.ClientSession, chance: random.Random) -> None:
        self._place = place
        self._group = group
        self._http = http
        self._chance = chance
        self._alive: list[Connector] = []
        self._is_over = False
        self.outcomes: defaultdict[str, set[str]] = defaultdict(set)

    async def rage(self, kills: int) -> None:
        """Go on until so many connectors were killed."""
        callers = [asyncio.create_task(self._call()) for _ in range(CALLERS)]
        others = [asyncio.create_task(self._pass_time())]
        if isinstance(self._place, RedisPlace):
            others.append(asyncio.create_task(self._restart_redis(self._place.server)))
        await asyncio.gather(*(self._kill(kills // 2) for _ in range(2)))
        self._is_over = True
        await asyncio.gather(*callers, *others)

    async def settle(self) -> dict[str, str]:
        """Repeat every request once, long after, and return the outcomes."""
        connector = self._group.start(PLIVO_TIMEOUT="60", PLIVO_CONNECT_TIMEOUT="60")
        await connector.wait()
        self._place.let_pass(OUTCOME_UNKNOWN)
        envelopes = await asyncio.gather(*(send(self._http, connector, key) for key in self.outcomes))
        return {key: outcome_of(envelope) for key, envelope in zip(self.outcomes, envelopes, strict=True)}

    async def _kill(self, times: int) -> None:
        for _ in range(times):
            connector = self._group.start()
            if self._chance.random() < 0.1:
                await asyncio.sleep(self._chance.random() * 0.3)  # perhaps before it is ready
            else:
                await connector.wait()
                self._alive.append(connector)
                await asyncio.sleep(self._chance.random() * 0.15)
                self._alive.remove(connector)
            self._group.kill(connector)

    async def _call(self) -> None:
        while not self._is_over:
            if not self._alive:
                await asyncio.sleep(0.005)
                continue
            key = f"key-{len(self.outcomes)}"
            if self.outcomes and self._chance.random() < 0.5:
                key = self._chance.choice(list(self.outcomes))
            self.outcomes[key].add(outcome_of(await send(self._http, self._chance.choice(self._alive), key)))

    async def _pass_time(self) -> None:
        while not self._is_over:
            await asyncio.sleep(self._chance.random())
            with suppress(OSError):  # the server may be down just now
                await asyncio.to_thread(self._place.let_pass, LEASE_OVER)

    async def _restart_redis(self, server: RedisServer) -> None:
        while not self._is_over:
            await asyncio.sleep(1 + self._chance.random())
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)


def test_connectors_that_are_killed_at_any_time(
    place: Place, driver: Driver, workplace: Path, recorder: Recorder
) -> None:
    """No key is sent twice; who heard of a success hears of the same one for ever; all others can find out."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  # shown where the test fails
    chance = random.Random(seed)  # noqa: S311  # disorder, not a secret
    recorder.script(Varied(chance))

    async def scenario() -> tuple[dict[str, set[str]], dict[str, str], int]:
        async with aiohttp.ClientSession() as http:
            storm = Storm(place, group, http, chance)
            await storm.rage(KILLS * ROUNDS)
            return storm.outcomes, await storm.settle(), group.killed

    with Connectors(driver, workplace, STORE_URL=place.url, PLIVO_API_URL=recorder.url, **IMPATIENCE) as group:
        before, after, killed = run(scenario())
    sends = sends_per_key(recorder)
    kinds = Counter("success" if final.startswith("id-") else final for final in after.values())
    print(f"{killed} kills, {len(before)} keys: {dict(kinds)}")  # noqa: T201  # as above
    assert killed == KILLS * ROUNDS
    assert {key: number for key, number in sends.items() if number > 1} == {}
    # A server that was down when the reply came could not keep it; a file always can.
    is_lossy = isinstance(place, RedisPlace)
    for key, outcomes in before.items():
        replies = outcomes - UNSETTLED
        final = after[key]
        assert len(replies) <= 1, outcomes
        if replies:
            assert replies == {final} or (is_lossy and final == "OUTCOME_UNKNOWN")
        elif final.startswith("id-"):
            assert sends[key] == 1
        assert final.startswith("id-") or final in ("OUTCOME_UNKNOWN", "API_DISCONNECTED", "API_TIMEOUT")
    assert kinds["success"] > killed, "too little came through to mean much"


def run(scenario: Any) -> Any:
    """Run a scenario that may take long: it has many steps."""

    async def bounded() -> Any:
        async with asyncio.timeout(5 * PATIENCE * ROUNDS):
            return await scenario

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(bounded())
