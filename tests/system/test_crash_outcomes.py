"""``kill -9`` at every point between a request with ``resultUrl`` and its post, with either store: it comes once."""

import asyncio
import json
import threading
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
from tests.support.patience import PATIENCE
from tests.support.plivo_records import PlivoRecords
from tests.support.stores import Place
from tests.support.subscriber import Subscriber

PUBLIC_URL = "https://connector.example.com"
FORM = "application/x-www-form-urlencoded"
TRIES = 3000
MESSAGE_ARGS = {"src": "14155550100", "destination": "14155550123", "text": "Hi"}
MESSAGE = {"authId": ACCOUNT, "authToken": TOKEN, **MESSAGE_ARGS}
STEPS = ("put_watch", "add_watch", "claim_watch", "receive", "settle_watch", "claim_events", "settle_delivered")
POINTS = [(when, step) for step in STEPS for when in ("before", "after")]

pause = threading.Event().wait


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


@pytest.fixture
def plivo() -> Iterator[PlivoRecords]:
    with PlivoRecords() as records:
        yield records


@pytest.fixture
def settings(tmp_path: Path, place: Place, plivo: PlivoRecords) -> dict[str, str]:
    """The settings of connectors with a block that takes ``resultUrl``, and what describes events."""
    write_small_manifest(tmp_path)
    kept = ("sendMessage", "getMessages", "getSingleMessage", "getResultSecret", "getDeliveries")
    files = [json.loads((METADATA / "blocks" / f"{name}.json").read_text()) for name in ("message", "event")]
    small = [block for blocks in files for block in blocks if block["name"] in kept]
    for arg in (arg for block in small for arg in block["args"]):
        arg.pop("optionsFrom", None)
    (tmp_path / "blocks" / "message.json").write_text(json.dumps(small))
    (tmp_path / "events").symlink_to(METADATA / "events")
    return {
        "STORE_URL": place.url,
        "PLIVO_API_URL": plivo.url,
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a secret of the tests",
        "FETCH_PRIVATE_ADDRESSES": "true",
        "DELIVERY_RETRIES": ",".join(["0.05"] * 500),
    }


def start(group: Connectors, die: tuple[str, str] | None = None) -> Connector:
    """Start a connector and wait until it listens."""
    connector = group.start(die)
    asyncio.run(connector.wait())
    return connector


def call(connector: Connector, block: str, **args: Any) -> dict[str, Any] | None:
    """Call a block; None where the connector died."""
    try:
        answer = httpx.post(f"{connector.url}/api/Plivo/{block}", json={"args": args}, timeout=PATIENCE)
    except httpx.HTTPError:
        return None
    envelope: dict[str, Any] = answer.json()
    return envelope


def reply_of(connector: Connector, block: str, **args: Any) -> dict[str, Any]:
    """Call a block that must succeed."""
    envelope = call(connector, block, authId=ACCOUNT, authToken=TOKEN, **args)
    assert envelope is not None
    assert envelope["callback"] == "success", envelope
    reply: dict[str, Any] = envelope["contextWrites"]["to"]
    return reply


def tell(connector: Connector, url: str, uuid: str) -> bool:
    """Say as Plivo does that a message was delivered; False where nobody takes it."""
    body = urlencode({"MessageUUID": uuid, "Status": "delivered", "Sequence": "3"}).encode()
    headers = sign(Request("POST", url, body, FORM), nonce="n", tokens=[TOKEN])
    with suppress(httpx.HTTPError):
        path = url.removeprefix(PUBLIC_URL)
        answer = httpx.post(
            connector.url + path, content=body, headers={**headers, "content-type": FORM}, timeout=PATIENCE
        )
        return answer.status_code == 200
    return False


def wait_until_delivered(connector: Connector, count: int) -> None:
    """Wait until so many results were delivered, and none is pending."""
    subscription = reply_of(connector, "getResultSecret")["subscription_id"]
    for _ in range(TRIES):
        found = reply_of(connector, "getDeliveries", subscriptionId=subscription)["deliveries"]
        if [delivery["state"] for delivery in found] == ["delivered"] * count:
            return
        pause(0.02)
    raise AssertionError(found)


@pytest.mark.parametrize(("when", "step"), POINTS, ids=str)
def test_a_connector_that_is_killed_at_a_step(
    driver: Driver, settings: dict[str, str], tmp_path: Path, plivo: PlivoRecords, when: str, step: str
) -> None:
    """Plivo repeats what was not answered; another process goes on with what is on record."""
    if step == "put_watch":
        settings["RESULT_TIMEOUT"] = "1"  # it has not left, and nobody will ever tell
    with Subscriber() as subscriber, Connectors(driver, tmp_path, **settings) as group:
        deadly = start(group, (when, step))
        envelope = call(deadly, "sendMessage", **MESSAGE, resultUrl=subscriber.url, idempotencyKey="order")
        has_left = bool(plivo.sent)
        is_told = has_left and tell(deadly, plivo.sent[0]["url"], "message-1-0")
        group.kill(deadly)
        heir = start(group)
        if has_left and not is_told:
            assert tell(heir, plivo.sent[0]["url"], "message-1-0")
        if not has_left:
            assert envelope is None
        is_on_record = (when, step) != ("before", "put_watch")
        if not is_on_record:
            plivo.records["message-1-0"] = {"message_state": "delivered"}
            reply_of(heir, "sendMessage", **MESSAGE_ARGS, resultUrl=subscriber.url)
        wait_until_delivered(heir, 1)
    told = {arrival.headers["webhook-id"]: arrival.event["data"] for arrival in subscriber.arrivals}
    (data,) = told.values()
    if has_left or not is_on_record:
        assert (data["state"], data["message_uuid"]) == ("delivered", "message-1-0")
    else:
        assert (data["state"], data["message_uuid"]) == ("unknown", None)


def test_a_request_whose_answer_is_lost_is_told_as_unknown(
    driver: Driver, settings: dict[str, str], tmp_path: Path, plivo: PlivoRecords
) -> None:
    """Plivo took it and never tells: whoever waits is not left waiting."""
    settings["RESULT_TIMEOUT"] = "1"
    with Subscriber() as subscriber, Connectors(driver, tmp_path, **settings) as group:
        deadly = start(group, ("before", "add_watch"))
        assert call(deadly, "sendMessage", **MESSAGE, resultUrl=subscriber.url) is None
        group.kill(deadly)
        assert len(plivo.sent) == 1
        wait_until_delivered(start(group), 1)
    assert [arrival.event["data"]["state"] for arrival in subscriber.arrivals] == ["unknown"]
