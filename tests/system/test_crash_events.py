"""``kill -9`` at every point between Plivo's request and the delivery, with either store: nothing is lost.

Nothing comes under two ids either, and what is about one message comes in order. ``CRASH_ROUNDS=10`` kills ten times as
many connectors.
"""

import json
import os
import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.manifest import METADATA
from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.connectors import ACCOUNT, TOKEN, Connector, Connectors, Driver, write_small_manifest
from tests.support.recorder import Recorder
from tests.support.stores import Place
from tests.support.subscriber import Answer, Arrival, Subscriber

PUBLIC_URL = "https://connector.example.com"
FORM = "application/x-www-form-urlencoded"
CREDENTIALS = {"authId": ACCOUNT, "authToken": TOKEN}
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
MESSAGES, KILLS = 20, 6
STATES = ("queued", "sent", "delivered")
TRIES = 3000

pause = threading.Event().wait


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


@pytest.fixture
def group(driver: Driver, tmp_path: Path, place: Place, recorder: Recorder) -> Iterator[Connectors]:
    """Connectors with the blocks of events and what describes these."""
    write_small_manifest(tmp_path)
    blocks = json.loads((METADATA / "blocks" / "event.json").read_text())
    for arg in (arg for block in blocks for arg in block["args"]):
        arg.pop("optionsFrom", None)
    (tmp_path / "blocks" / "event.json").write_text(json.dumps(blocks))
    (tmp_path / "events").symlink_to(METADATA / "events")
    settings = {
        "STORE_URL": place.url,
        "PLIVO_API_URL": recorder.url,
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a secret of the tests",
        "FETCH_PRIVATE_ADDRESSES": "true",
        "DELIVERY_RETRIES": ",".join(["0.05"] * 500),
    }
    with Connectors(driver, tmp_path, **settings) as connectors:
        yield connectors


def ready(connector: Connector) -> Connector:
    """Wait until it listens."""
    import asyncio  # noqa: PLC0415

    asyncio.run(connector.wait())
    return connector


def call(connector: Connector, block: str, **args: Any) -> dict[str, Any]:
    """Call a block that must succeed."""
    body = {"args": {**CREDENTIALS, **args}}
    envelope = httpx.post(f"{connector.url}/api/Plivo/{block}", json=body, timeout=20).json()
    assert envelope["callback"] == "success", envelope
    reply: dict[str, Any] = envelope["contextWrites"]["to"]
    return reply


def tell(connector: Connector, made: dict[str, Any], message: str, state: str, nonce: str) -> bool:
    """Send what became of a message as Plivo does, and say whether it was taken."""
    sequence = str(STATES.index(state) + 1)
    body = urlencode({"MessageUUID": message, "Status": state, "Sequence": sequence}).encode()
    headers = sign(Request("POST", made["events_url"], body, FORM), nonce=nonce, tokens=[TOKEN])
    path = made["events_url"].removeprefix(PUBLIC_URL)
    try:
        response = httpx.post(connector.url + path, content=body, headers={**headers, "content-type": FORM}, timeout=10)
    except httpx.HTTPError:
        return False
    assert response.status_code in (200, 503), response.text
    return response.status_code == 200


def ids_by_status(arrivals: list[Arrival]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for arrival in arrivals:
        data = arrival.event["data"]
        found[data["message_uuid"], data["message_state"]].add(arrival.headers["webhook-id"])
    return found


POINTS = [
    (when, step)
    for step in ("receive", "claim_events", "settle_delivered", "settle_failed")
    for when in ("before", "after")
]


@pytest.mark.parametrize(("when", "step"), POINTS, ids=str)
def test_a_connector_that_is_killed_at_a_step(group: Connectors, when: str, step: str) -> None:
    """Plivo repeats what was not answered; another process delivers what was stored."""
    answers: Iterator[Answer] = iter([500] if step == "settle_failed" else [])
    with Subscriber(lambda _: next(answers, 200)) as subscriber:
        heir = ready(group.start())
        made = call(heir, "createSubscription", url=subscriber.url)
        group.kill(heir)
        deadly = ready(group.start((when, step)))
        is_taken = tell(deadly, made, "m1", "sent", "first")
        assert step != "receive" or not is_taken
        group.kill(deadly)
        heir = ready(group.start())
        if not is_taken:
            assert tell(heir, made, "m1", "sent", "second")
        for _ in range(TRIES):
            (delivery,) = call(heir, "getDeliveries", subscriptionId=made["subscription_id"])["deliveries"]
            if delivery["state"] == "delivered":
                break
            pause(0.02)
        assert delivery["state"] == "delivered"
    assert ids_by_status(subscriber.arrivals) == {("m1", "sent"): {delivery["event_id"]}}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_connectors_that_are_killed_at_any_moment(group: Connectors, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret

    def answer(_: Arrival) -> Answer:
        pause(chance.random() * 0.02)
        return 500 if chance.random() < 0.1 else 200

    with Subscriber(answer) as subscriber:
        running = [ready(group.start()) for _ in range(2)]
        made = call(running[0], "createSubscription", url=subscriber.url)
        wanted = [(f"m{number}", state) for number in range(MESSAGES) for state in STATES]
        deaths = sorted(chance.sample(range(len(wanted)), KILLS))
        for place_in_turn, (message, state) in enumerate(wanted):
            if deaths and place_in_turn == deaths[0]:
                deaths.pop(0)
                victim = running.pop(chance.randrange(2))
                timer = threading.Timer(chance.random() * 0.01, group.kill, [victim])
                timer.start()
                _tell_until_taken([victim], made, message, state, "before")
                timer.join()
                running.append(ready(group.start()))
            _tell_until_taken(running, made, message, state, "after")
        subscription = made["subscription_id"]
        for _ in range(TRIES):
            if not call(running[0], "getDeliveries", subscriptionId=subscription, state="pending")["deliveries"]:
                break
            pause(0.02)
        found = ids_by_status(subscriber.arrivals)
        order = [
            (arrival.event["data"]["message_uuid"], arrival.event["data"]["sequence"])
            for arrival in subscriber.arrivals
        ]
    assert found.keys() == set(wanted)
    assert {len(names) for names in found.values()} == {1}
    for message in {message for message, _ in wanted}:
        assert list(dict.fromkeys(number for name, number in order if name == message)) == [1, 2, 3]


def _tell_until_taken(connectors: list[Connector], made: dict[str, Any], message: str, state: str, phase: str) -> None:
    """Send it as often as Plivo does, each time with another nonce; a dead connector takes nothing."""
    for number in range(1 if phase == "before" else TRIES):
        connector = connectors[number % len(connectors)]
        with suppress(OSError):
            if tell(connector, made, message, state, f"{message}-{state}-{phase}-{number}"):
                return
        pause(0.01)
    assert phase == "before", "nobody takes it"
