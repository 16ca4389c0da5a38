"""``kill -9`` at every point between Plivo's request and the delivery, with either store: nothing is lost.

Nothing comes under two ids either, and what is about one message comes in order. ``make endure`` kills some hundreds.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.connectors import ACCOUNT, TOKEN, Connector, Connectors, Driver
from tests.support.patience import PATIENCE
from tests.support.recorder import Recorder
from tests.support.stores import Place
from tests.support.storm import FORM, MESSAGES, PUBLIC_URL, STATES, Losses, Storm, connectors, ready
from tests.support.subscriber import Answer, Arrival, Subscriber

CREDENTIALS = {"authId": ACCOUNT, "authToken": TOKEN}
KILLS = 12
TRIES = 3000

pause = threading.Event().wait


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


@pytest.fixture
def group(driver: Driver, tmp_path: Path, place: Place, recorder: Recorder) -> Iterator[Connectors]:
    with connectors(driver, tmp_path, place.url, recorder.url) as group:
        yield group


def call(connector: Connector, block: str, **args: Any) -> dict[str, Any]:
    """Call a block that must succeed."""
    body = {"args": {**CREDENTIALS, **args}}
    envelope = httpx.post(f"{connector.url}/api/Plivo/{block}", json=body, timeout=PATIENCE).json()
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
        response = httpx.post(
            connector.url + path, content=body, headers={**headers, "content-type": FORM}, timeout=PATIENCE
        )
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


def test_connectors_that_are_killed_at_any_moment(group: Connectors) -> None:
    """As ``make endure`` does for longer."""
    tally = asyncio.run(Storm(group, seed=1).run(KILLS))
    assert tally.delivered == tally.streamed == Losses(lost=0, doubled=0, out_of_order=0), tally
    assert tally.kills == KILLS
    assert tally.told == KILLS * MESSAGES * len(STATES)
