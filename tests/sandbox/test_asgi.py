"""The sandbox as a whole: what every reply says, asynchronous requests, odd values, seeds."""

import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support import virtual_time
from tests.support.sandbox_driver import (
    ANSWER,
    AUTH,
    Driver,
    application,
    blocks,
    example_call,
)


def test_every_reply_says_sandbox(plivo: Driver) -> None:
    """Nobody shall believe that a message went out."""
    for path in ("Message/", "Nothing/"):
        assert plivo.send("GET", path).headers["x-plivo-sandbox"] == "true"


def test_mounted() -> None:
    """Mounted below a path, it answers the same; links in lists stay Plivo's own paths."""
    plivo = Driver()
    inner = plivo.app
    plivo.app = Starlette(routes=[Mount("/sandbox", app=inner)])
    reply = plivo.get(f"/sandbox/v1/Account/{AUTH[0]}/Number/", limit=1)
    assert reply["meta"]["next"] == f"/v1/Account/{AUTH[0]}/Number/?limit=1&offset=1"


ODDITIES = [None, "", -1, 1.5, [None], {"a": [1]}, "\ud83d", 10**30, "<"]


@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: repr(oddity)[:12])
def test_no_value_breaks_it(plivo: Driver, oddity: object) -> None:
    """Whatever is sent for a parameter, no block answers with an internal error."""
    for block in sorted(blocks().values(), key=lambda block: block.request.method == "DELETE"):
        path, usual, _ = example_call(block)
        for name in [arg.wire_name for arg in block.args]:
            body = json.dumps({**usual, name: oddity}).encode()
            text = str(oddity).encode(errors="replace").decode()
            query = {"params": {**usual, name: text}} if block.request.method == "GET" else {"content": body}
            assert plivo.send(block.request.method, path, **query).status_code < 500, (block.name, name)


def test_async(plivo: Driver) -> None:
    """With a callback_url the answer is that it was spawned, and it is done all the same."""
    body = {"app_name": "later", "answer_url": ANSWER, "callback_url": "https://example.com/result"}
    reply = plivo.post("Application/", body, 202)
    assert (reply["message"], set(reply)) == ("async api spawned", {"api_id", "message"})
    assert plivo.get("Application/", app_name="later")["meta"]["total_count"] == 1
    spawned = plivo.get("Application/0/", 202, callback_url="https://example.com/result")
    assert spawned["message"] == "async api spawned"
    plivo.post("Application/", {"callback_url": "https://example.com/result"}, 400)


def test_slow_number(plivo: Driver) -> None:
    """The slow number is answered, but late; hanging up on it ends the wait."""
    body = {"src": "14155550100", "dst": "15005550408", "text": "hi"}

    async def impatient() -> None:
        transport = httpx.ASGITransport(app=plivo.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=AUTH) as client:
            await asyncio.wait_for(client.post(f"/v1/Account/{AUTH[0]}/Message/", json=body), 0.005)

    with pytest.raises(TimeoutError):
        virtual_time.run(impatient())
    plivo.post("Message/", body, 202)
    assert plivo.get("Message/")["meta"]["total_count"] == 2


def play(plivo: Driver) -> str:
    """Do a bit of everything and return all that was answered."""
    answers: list[object] = [
        plivo.post("Message/", {"src": "14155550100", "dst": "14155550123", "text": "hi"}),
        plivo.post("Subaccount/", {"name": "x"}),
        plivo.post("Call/", {"from": "14155550100", "to": "14155550123", "answer_url": ANSWER}),
        plivo.get("Conference/sandbox/"),
        application(plivo),
    ]
    plivo.wait(3)
    answers += [plivo.get(path) for path in ("Message/", "Subaccount/", "Application/", "Number/")]
    return json.dumps(answers)


def test_seed() -> None:
    """With a seed two runs of the same requests give the same answers, without one they do not."""
    assert play(Driver(seed=3)) == play(Driver(seed=3))
    assert play(Driver(seed=3)) != play(Driver(seed=4))
    assert play(Driver(seed=None)) != play(Driver(seed=None))


def test_sandboxes_share_nothing() -> None:
    """Each sandbox has a state of its own."""
    one, other = Driver(), Driver()
    app_id = application(one)
    other.get(f"Application/{app_id}/", 404)
    assert len(one.get("Application/")["objects"]) == 2
