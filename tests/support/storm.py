"""Events under ``kill -9``: Plivo tells connectors what became of messages while they are killed one after the other.

Plivo repeats what was not answered, with the nonce that it had or another one. A subscriber takes what is delivered,
now and then late, now and then not at all; a reader of the stream comes back whenever its connection ends.
"""

import asyncio
import json
import random
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from app import json_text
from app.manifest import METADATA
from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.connectors import ACCOUNT, TOKEN, Connector, Connectors, Driver, write_small_manifest
from tests.support.keyed import until
from tests.support.patience import PATIENCE
from tests.support.subscriber import Answer, Arrival, Subscriber

PUBLIC_URL = "https://connector.example.com"
FORM = "application/x-www-form-urlencoded"
STATES = ("queued", "sent", "delivered")
MESSAGES = 4
"""Messages that are told of at one time, about each kill."""

LONGEST_LIFE = 0.15
"""Seconds of a connector that is to be killed."""

STEPS = ("read_subscription", "receive", "claim_events", "settle_delivered", "settle_failed", "read_events")
DYING_BY_THEMSELVES = 0.5
SAME_NONCE = 0.3

pause = threading.Event().wait

Told = tuple[str, str]
"""A message and its state."""


@dataclass(frozen=True)
class Losses:
    """What went wrong; nothing should.

    Attributes:
        lost: events that never came.
        doubled: those that came under two ids.
        out_of_order: messages of which an older state came after a newer one.
    """

    lost: int
    doubled: int
    out_of_order: int


@dataclass(frozen=True)
class Tally:
    """What a storm did.

    Attributes:
        kills: connectors that were killed.
        told: events that Plivo told, each once.
        repeated: requests of Plivo's that were not answered, or with 503.
        deliveries: attempts that reached the subscriber.
        delivered: what went wrong with them, those under the same id left aside.
        streamed: what went wrong with the stream, of which each event must come exactly once.
    """

    kills: int
    told: int
    repeated: int
    deliveries: int
    delivered: Losses
    streamed: Losses


def connectors(driver: Driver, directory: Path, store: str, plivo: str) -> Connectors:
    """Return connectors with the blocks of events and what describes these.

    Args:
        driver: forks them.
        directory: an empty one.
        store: STORE_URL.
        plivo: PLIVO_API_URL.
    """
    write_small_manifest(directory)
    blocks = json.loads((METADATA / "blocks" / "event.json").read_text())
    for arg in (arg for block in blocks for arg in block["args"]):
        arg.pop("optionsFrom", None)
    (directory / "blocks" / "event.json").write_text(json.dumps(blocks))
    (directory / "events").symlink_to(METADATA / "events")
    settings = {
        "STORE_URL": store,
        "PLIVO_API_URL": plivo,
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a secret of the tests",
        "FETCH_PRIVATE_ADDRESSES": "true",
        "DELIVERY_RETRIES": ",".join(["0.05"] * 500),
    }
    return Connectors(driver, directory, **settings)


def ready(connector: Connector) -> Connector:
    """Wait until it listens."""
    asyncio.run(connector.wait())
    return connector


class Storm:
    """Kills connectors.

    Args:
        group: starts them; its store is what must lose nothing.
        seed: makes it repeatable, as far as kills can be.
    """

    def __init__(self, group: Connectors, seed: int) -> None:
        self._group = group
        self._chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._running: list[Connector] = []
        self._told: list[Told] = []
        self._streamed: list[dict[str, Any]] = []
        self._repeated = 0
        self._nonces = count()

    async def run(self, kills: int) -> Tally:
        """Tell of messages and kill so many connectors, until everything has arrived."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        authorization = {"authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        async with aiohttp.ClientSession(timeout=timeout, headers=authorization) as self._http:
            self._running = [self._start() for _ in range(2)]
            for connector in self._running:
                await connector.wait()
            with Subscriber(self._answer) as subscriber:
                self._made = await self._call("createSubscription", url=subscriber.url)
                reader = asyncio.create_task(self._read())
                for _ in range(kills):
                    await self._kill_one()
                async with asyncio.timeout(PATIENCE):
                    await until(self._all_is_delivered)
                    await until(self._all_is_read)
                reader.cancel()
        return Tally(
            self._group.killed,
            len(self._told),
            self._repeated,
            len(subscriber.arrivals),
            losses(self._told, [arrival.event for arrival in subscriber.arrivals]),
            losses_of_stream(self._told, self._streamed),
        )

    def _start(self, die: tuple[str, str] | None = None, time: int = 1) -> Connector:
        # One that only stands still must not be taken for dead: what it delivers would come after what follows.
        return self._group.start(die, time, LEASE_OF_DELIVERIES="10")

    async def _kill_one(self) -> None:
        """Tell of some messages while one of the connectors lives its last moments."""
        victim = self._running.pop()
        telling = [asyncio.create_task(self._tell_of_one(victim)) for _ in range(MESSAGES)]
        await asyncio.sleep(self._chance.random() * LONGEST_LIFE)
        await asyncio.to_thread(self._group.kill, victim)
        await asyncio.gather(*telling)
        await self._start_victim()

    async def _start_victim(self) -> None:
        """Start the one that is killed next, if it does not die by itself at a step of its store."""
        if self._chance.random() < DYING_BY_THEMSELVES:
            point = self._chance.choice(("before", "after")), self._chance.choice(STEPS)
            victim = self._start(point, self._chance.randint(1, 8))
            await victim.wait()
            self._running.append(victim)
        else:
            survivor = self._start()
            await survivor.wait()
            self._running.insert(self._chance.randrange(2), survivor)

    async def _tell_of_one(self, victim: Connector) -> None:
        """Tell all states of a message, each until it is taken, as Plivo does: of the next only then."""
        message = f"m{len(self._told)}-{next(self._nonces)}"
        for state in STATES:
            self._told.append((message, state))
            nonce = ""
            while True:
                is_same = bool(nonce) and self._chance.random() < SAME_NONCE
                nonce = nonce if is_same else f"n{next(self._nonces)}"
                taken = {200, 403} if is_same else {200}
                if await self._tell(self._chance.choice([victim, *self._running]), message, state, nonce) in taken:
                    break
                self._repeated += 1
                await asyncio.sleep(self._chance.random() * 0.02)

    async def _tell(self, connector: Connector, message: str, state: str, nonce: str) -> int:
        """Make a request of Plivo's and return the status of its answer; 0 for none."""
        sequence = str(STATES.index(state) + 1)
        body = urlencode({"MessageUUID": message, "Status": state, "Sequence": sequence}).encode()
        url = self._made["events_url"]
        headers = sign(Request("POST", url, body, FORM), nonce=nonce, tokens=[TOKEN]) | {"content-type": FORM}
        try:
            async with self._http.post(
                connector.url + url.removeprefix(PUBLIC_URL), data=body, headers=headers
            ) as response:
                assert response.status in (200, 403, 503), await response.text()
                return response.status
        except aiohttp.ClientError:
            return 0

    def _answer(self, _: Arrival) -> Answer:
        pause(self._chance.random() * 0.02)
        return 500 if self._chance.random() < 0.1 else 200

    async def _read(self) -> None:
        while True:
            with suppress(aiohttp.ClientError, IndexError):
                await self._read_until_it_ends(self._chance.choice(self._running))
            await asyncio.sleep(0.01)

    async def _read_until_it_ends(self, connector: Connector) -> None:
        last = str(self._streamed[-1]["sequence"]) if self._streamed else ""
        async with self._http.get(
            f"{connector.url}/api/Plivo/events/stream",
            params={"subscription": self._made["subscription_id"]},
            headers={"last-event-id": last} if last else {},
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response:
            if response.status != 200:
                return
            async for line in response.content:
                if line.startswith(b"data: ") and line.endswith(b"\n"):
                    self._streamed.append(json_text.parse(line.removeprefix(b"data: ")))

    async def _all_is_delivered(self) -> bool:
        its = {"subscriptionId": self._made["subscription_id"], "state": "pending"}
        return not (await self._call("getDeliveries", **its))["deliveries"]

    def _all_is_read(self) -> bool:
        return len(self._streamed) >= len(self._told)

    async def _call(self, block: str, **args: Any) -> dict[str, Any]:
        """Call a block at whoever answers: one of them always does."""
        for connector in self._running:
            with suppress(aiohttp.ClientError):
                async with self._http.post(f"{connector.url}/api/Plivo/{block}", json={"args": args}) as response:
                    envelope = await response.json()
                    assert envelope["callback"] == "success", envelope
                    reply: dict[str, Any] = envelope["contextWrites"]["to"]
                    return reply
        raise AssertionError("nobody answers")


def losses(told: Iterable[Told], events: Sequence[dict[str, Any]]) -> Losses:
    """Compare what was delivered with what was told; an event may be delivered again under the same id."""
    ids: dict[Told, set[str]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    for event in events:
        data = event["data"]
        told_of = data["message_uuid"], data["message_state"]
        if event["id"] not in ids[told_of]:
            order[told_of[0]].append(data["sequence"])
        ids[told_of].add(event["id"])
    return Losses(
        lost=len(set(told) - ids.keys()),
        doubled=sum(len(names) > 1 for names in ids.values()),
        out_of_order=sum(sequence != sorted(sequence) for sequence in order.values()),
    )


def losses_of_stream(told: Iterable[Told], events: Sequence[dict[str, Any]]) -> Losses:
    """Compare what was streamed with what was told: each event once, all of them in one order."""
    found = losses(told, events)
    steps = [later["sequence"] - earlier["sequence"] for earlier, later in pairwise(events)]
    return Losses(found.lost, found.doubled + steps.count(0), found.out_of_order + sum(step < 0 for step in steps))
